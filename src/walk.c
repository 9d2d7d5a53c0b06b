// SPDX-License-Identifier: GPL-2.0-only
/*
 * The lock-free walk: with slots.c the only code that reads page-table slots.
 *
 * No lock of the target is taken. With interrupts off, the walk goes down from
 * the top table, each slot loaded once through the direct map, with fault
 * fix-up; a table is entered only if its frame is online memory. The slots of
 * the last table are copied into private memory. Then two things must hold, or
 * the copy is thrown away and the look repeated:
 *
 *   1. every entry on the way down still has the value it had, the accessed
 *      bit apart (the CPU may set it at any time);
 *   2. mm->context.tlb_gen has not moved since before the first load.
 *
 * The second is what makes it a proof. Tables are freed in the order unlink,
 * flush, free, and flushing an mm increments its tlb_gen first
 * (flush_tlb_mm_range(): inc_mm_tlb_gen()). The two that are freed otherwise
 * fit as well: a shared hugetlb table is freed by its last sharer, but this mm
 * was flushed when it was unshared; a deposited table is freed without a flush,
 * but was flushed when it was unlinked. So with an unmoved tlb_gen no table that
 * was linked when the walk began has been freed by its end, however the slots
 * look: (1) alone could be fooled by a table that is freed, used for something
 * else and linked again at the same place during the copy. Nothing here relies
 * on RCU or on the shoot-down IPI, which on 5.10 to 6.12 does not reach a CPU
 * that does not run the target.
 *
 * The same is checked after every load on the way down, before an entry is
 * followed: no address that comes from a freed table is ever read. Every read
 * has fault fix-up, so a table freed under the reader costs a discarded copy.
 *
 * A look that goes on from another (resume) may begin where that one has been:
 * the tables on its way were linked then, tlb_gen has not moved since, so they are
 * not freed; that they are still linked is (1), which goes over all levels. What is
 * known of an mm (ctx_id, which no other mm ever has) is forgotten when its tlb_gen
 * moves.
 *
 * In the kernel half there is no such proof: nobody says when its tables are
 * freed. There only (1) is checked, and the answer is marked unstable.
 */
#include "internal.h"
#include "slots.h"

#include <linux/interrupt.h>
#include <linux/memory_hotplug.h>
#include <linux/mm.h>
#include <linux/sched/signal.h>

#include "compat/compat.h"

/* Looks at one place before it is reported as changing. */
#define TRIES	64

/*
 * A busy mm flushes all the time. After this many tries a look takes one cache
 * line of slots, not a whole table, and is over before the next flush.
 */
#define TRIES_WHOLE	8

/**
 * mmscope_walk_read - the one read of memory that nothing holds
 * @to: where to
 * @from: kernel address; a bad one is no harm
 * @len: bytes; aligned words of 8, 4 and 2 are read in one piece
 *
 * Return: whether it could be read.
 */
bool mmscope_walk_read(void *to, const void *from, size_t len)
{
	return !copy_from_kernel_nofault(to, from, len);
}

/*
 * The table an entry points to, or NULL if that is no online memory, was given back
 * to the host, or is broken. With the same tlb_gen what was online still is.
 */
static u64 *table_of(struct mmscope_look *look, unsigned int level)
{
	unsigned long pfn = mmscope_frame(&mmscope_abi_format, look->entry[level], 0, 0);
	struct page *page;

	page = look->known[level] == look->entry[level] ? pfn_to_page(pfn) :
							  pfn_to_online_page(pfn);
	if (!page || PageOffline(page) || PageHWPoison(page))
		return NULL;
	look->known[level] = look->entry[level];
	return __va(PFN_PHYS(pfn));
}

/* What was known of another mm, before a flush, or of the kernel half is not. */
static void forget(const struct mm_struct *mm, struct mmscope_look *look, s64 gen)
{
	u64 id = look->flags & (MMSCOPE_HALF_KERNEL | MMSCOPE_TOP_USER) ? 0 : mm->context.ctx_id;

	if (id && id == look->known_mm && gen == look->known_gen)
		return;
	memset(look->known, 0, sizeof(look->known));
	look->known_mm = id;
	look->known_gen = gen;
	look->known_level = mmscope_abi_format.info.levels - 1;
}

/* Where to begin: the lowest level whose table was passed by the look before. */
static unsigned int begin_at(const struct mmscope_look *look)
{
	unsigned int top = mmscope_abi_format.info.levels - 1;
	unsigned int level = max(look->known_level, look->floor);

	if (!look->resume)
		return top;
	while (level < top && (look->va ^ look->known_va) >> mmscope_span_shift(level + 1))
		level++;
	return level;
}

static bool flushed_since(const struct mm_struct *mm, const struct mmscope_look *look,
			  s64 gen)
{
	/* flushes of the kernel half are not counted there */
	if (look->flags & MMSCOPE_HALF_KERNEL)
		return false;
	smp_rmb();	/* what was read before tlb_gen */
	return atomic64_read(&mm->context.tlb_gen) != gen;
}

/*
 * The top table: the kernel's, or with page-table isolation the one that user
 * mode runs on, which lies beside it (asm/pgtable.h: kernel_to_user_pgdp()).
 */
static u64 *top_of(const struct mm_struct *mm, const struct mmscope_look *look)
{
	if (look->flags & MMSCOPE_TOP_USER)
		return (u64 *)mmscope_compat_user_top(mm->pgd);
	return (u64 *)mm->pgd;
}

/* Is every table on the way still linked where it was? */
static bool still_linked(struct mmscope_look *look)
{
	unsigned int level;
	u64 now;

	for (level = mmscope_abi_format.info.levels - 1; level > look->level; level--) {
		if (!mmscope_slots_one(&now, look->slot[level]) ||
		    ((now ^ look->entry[level]) & ~MMSCOPE_A))
			return false;
		look->entry[level] = now;
	}
	return true;
}

/* Down to the floor, or to the first entry that is no table. */
static u8 descend(struct mm_struct *mm, struct mmscope_look *look, s64 gen)
{
	unsigned int level = begin_at(look), first = level;
	u64 *table = level + 1 == mmscope_abi_format.info.levels ? top_of(mm, look) :
								   table_of(look, level + 1);

	if (!table)
		return MMSCOPE_END_CHANGED;
	for (;; level--) {
		look->level = level;
		look->entry[level] = 0;
		look->slot[level] = table + mmscope_index(look->va, level);
		if (!mmscope_slots_one(&look->entry[level], look->slot[level])) {
			/* it is the entry above that leads nowhere; is it seen in this look? */
			if (level == first && level + 1 < mmscope_abi_format.info.levels)
				return MMSCOPE_END_CHANGED;
			look->level += level + 1 < mmscope_abi_format.info.levels;
			return MMSCOPE_END_BAD;
		}
		if (flushed_since(mm, look, gen))
			return MMSCOPE_END_CHANGED;
		if (!mmscope_is_table(look->entry[level], level))
			break;
		if (level == look->floor)
			return 0;
		/* without tlb_gen this is all there is against following garbage */
		if ((look->flags & MMSCOPE_HALF_KERNEL) && !still_linked(look))
			return MMSCOPE_END_CHANGED;
		table = table_of(look, level);
		if (!table)
			return MMSCOPE_END_BAD;
	}
	return mmscope_end_of(look->entry[level], level);
}

/*
 * The slots from look->va on. At the floor the rest of the table; above it up
 * to the next pointer to a table, in cache lines: that one is entered next.
 */
static bool copy_slots(struct mmscope_look *look, bool line)
{
	unsigned int index = mmscope_index(look->va, look->level);
	unsigned int shift = mmscope_span_shift(look->level);
	u64 left = ((look->end - 1) >> shift) - (look->va >> shift) + 1;
	unsigned int max = min_t(u64, MMSCOPE_SLOTS - index, left);
	const u64 *slot = look->slot[look->level];
	unsigned int n, step;

	if (line)
		max = min(max, 8 - index % 8);
	look->nr = max;
	look->lined = false;
	if (look->level == look->floor)
		return mmscope_slots_rest(look, slot, index, max);
	look->dirty = ~0ULL;
	for (n = 0; n < max; n += step) {
		step = min(8 - (index + n) % 8, max - n);
		if (!mmscope_slots_load(look->copy + n, slot + n, step))
			return false;
		for (look->nr = n; look->nr < n + step; look->nr++)
			if (mmscope_is_table(look->copy[look->nr], look->level))
				return look->nr;
	}
	return true;
}

/* How much of the table is read: the entry it ended at, a cache line, all from there on. */
enum take { TAKE_ENTRY, TAKE_LINE, TAKE_REST };

static bool try_look(struct mm_struct *mm, struct mmscope_look *look, enum take take)
{
	unsigned long irq;
	bool good;
	s64 gen;

	local_irq_save(irq);
	gen = atomic64_read(&mm->context.tlb_gen);
	smp_rmb();	/* tlb_gen before the first slot */
	forget(mm, look, gen);
	look->nr = 0;
	look->result = descend(mm, look, gen);
	good = look->result != MMSCOPE_END_CHANGED;
	if (good && take != TAKE_ENTRY && look->result != MMSCOPE_END_BAD)
		good = copy_slots(look, take == TAKE_LINE);
	smp_rmb();	/* the copy before the second look */
	good = good && still_linked(look) && !flushed_since(mm, look, gen);
	local_irq_restore(irq);
	look->known_va = look->va;
	look->known_level = good && look->result != MMSCOPE_END_BAD ?
		look->level : mmscope_abi_format.info.levels - 1;
	return good;
}

/**
 * mmscope_walk_look - one validated look at the table that covers an address
 * @mm: target; the caller holds mm_users
 * @look: in and out, see struct mmscope_look
 *
 * With @look->whole the rest of the table comes in one look or not at all;
 * without, it may come in parts when the target is busy.
 *
 * May sleep between tries. Return: 0; -EAGAIN if the tables changed at every
 * try, then nothing in @look means anything but the result; -EINTR if a fatal
 * signal came meanwhile.
 */
int mmscope_walk_look(struct mm_struct *mm, struct mmscope_look *look)
{
	unsigned int try;

	look->retries = 0;
	for (try = 0; try < TRIES; try++) {
		if (try_look(mm, look, try < TRIES_WHOLE || look->whole ? TAKE_REST : TAKE_LINE))
			return 0;
		look->retries++;
		cond_resched();
		if (fatal_signal_pending(current))
			return -EINTR;
	}
	look->nr = 0;
	look->result = MMSCOPE_END_CHANGED;
	return -EAGAIN;
}

/* The entry alone (nr is 0), where nothing may sleep, with fewer tries: 0 or -EAGAIN. */
int mmscope_walk_peek(struct mm_struct *mm, struct mmscope_look *look)
{
	unsigned int try;

	for (try = 0; try < TRIES_WHOLE; try++)
		if (try_look(mm, look, TAKE_ENTRY))
			return 0;
	return -EAGAIN;
}
