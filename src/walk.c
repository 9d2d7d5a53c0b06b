// SPDX-License-Identifier: GPL-2.0-only
/*
 * The lock-free walk: the only code that reads page-table slots.
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
 * In the kernel half there is no such proof: nobody says when its tables are
 * freed. There only (1) is checked, and the answer is marked unstable.
 */
#include "internal.h"

#include <linux/interrupt.h>
#include <linux/memory_hotplug.h>
#include <linux/mm.h>
#include <linux/sched/signal.h>
#include <linux/uaccess.h>

#include "compat/compat.h"

/* Looks at one place before it is reported as changing. */
#define TRIES	64

/*
 * A busy mm flushes all the time. After this many tries a look takes one cache
 * line of slots, not a whole table, and is over before the next flush.
 */
#define TRIES_WHOLE	8

struct mmscope_stats mmscope_walk_stats;

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

/* The one load of slots. Aligned 8-byte loads on x86: no entry is torn. */
static bool load_slots(u64 *to, const u64 *slot, unsigned int nr)
{
	return mmscope_walk_read(to, slot, nr * sizeof(*to));
}

/*
 * The table an entry points to, or NULL if that is no online memory, or memory
 * that nobody may read: given back to the host, or broken.
 */
static u64 *table_of(u64 raw)
{
	unsigned long pfn = mmscope_frame(&mmscope_abi_format, raw, 0, 0);
	struct page *page = pfn_to_online_page(pfn);

	if (!page || PageOffline(page) || PageHWPoison(page))
		return NULL;
	return __va(PFN_PHYS(pfn));
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
static bool still_linked(const struct mmscope_look *look)
{
	unsigned int level;
	u64 now;

	for (level = mmscope_abi_format.info.levels - 1; level > look->level; level--)
		if (!load_slots(&now, look->slot[level], 1) ||
		    ((now ^ look->entry[level]) & ~MMSCOPE_A))
			return false;
	return true;
}

/* Down to the floor, or to the first entry that is no table. */
static u8 descend(struct mm_struct *mm, struct mmscope_look *look, s64 gen)
{
	unsigned int level = mmscope_abi_format.info.levels - 1;
	u64 *table = top_of(mm, look);

	for (;; level--) {
		look->level = level;
		look->entry[level] = 0;
		look->slot[level] = table + mmscope_index(look->va, level);
		if (!load_slots(&look->entry[level], look->slot[level], 1)) {
			/* it is the entry above that leads nowhere */
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
		table = table_of(look->entry[level]);
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
	if (look->level == look->floor)
		return load_slots(look->copy, slot, max);
	for (n = 0; n < max; n += step) {
		step = min(8 - (index + n) % 8, max - n);
		if (!load_slots(look->copy + n, slot + n, step))
			return false;
		for (look->nr = n; look->nr < n + step; look->nr++)
			if (mmscope_is_table(look->copy[look->nr], look->level))
				return look->nr;
	}
	return true;
}

static bool try_look(struct mm_struct *mm, struct mmscope_look *look, bool line)
{
	unsigned long irq;
	bool good;
	s64 gen;

	local_irq_save(irq);
	gen = atomic64_read(&mm->context.tlb_gen);
	smp_rmb();	/* tlb_gen before the first slot */
	look->nr = 0;
	look->result = descend(mm, look, gen);
	good = look->result != MMSCOPE_END_CHANGED;
	if (good && look->result != MMSCOPE_END_BAD)
		good = copy_slots(look, line);
	smp_rmb();	/* the copy before the second look */
	good = good && still_linked(look) && !flushed_since(mm, look, gen);
	local_irq_restore(irq);
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
		if (try_look(mm, look, try >= TRIES_WHOLE && !look->whole))
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

/* The same from where nothing may sleep, with fewer tries: 0 or -EAGAIN. */
int mmscope_walk_peek(struct mm_struct *mm, struct mmscope_look *look)
{
	unsigned int try;

	for (try = 0; try < TRIES_WHOLE; try++)
		if (try_look(mm, look, true))
			return 0;
	return -EAGAIN;
}

/**
 * mmscope_walk_hide - an entry for a reader who may not see frame numbers
 * @raw: entry
 * @level: level of its table
 *
 * Frame number, or offset and number of the swap device, read as 0 afterwards,
 * as in pagemap; what kind of entry it is, and the flags, stay, those of markers
 * too (the accessed and dirty state of a migration entry, part of the offset, is
 * lost). Where a field is stored inverted, 0 is all ones: an entry never becomes
 * an empty one. Bit 12 of a huge page is PAT and belongs to no frame number.
 */
u64 mmscope_walk_hide(u64 raw, unsigned int level)
{
	const struct mmscope_info *info = &mmscope_abi_format.info;
	u64 type = mmscope_field_mask(info->swp_type_shift, info->swp_type_bits);
	u64 frame = info->pfn_mask & ~(level ? _PAGE_PAT_LARGE : 0);
	const struct mmscope_kind *kind;

	switch (mmscope_classify(raw, level)) {
	case MMSCOPE_CLASS_TABLE:
		return raw & ~info->pfn_mask;
	case MMSCOPE_CLASS_SWAP:
		kind = mmscope_kind_of(&mmscope_abi_format, raw >> info->swp_type_shift);
		if (kind && (kind->flags & MMSCOPE_KIND_MARKER))
			return raw;
		/* the first row of the kinds are the swap devices */
		if (raw >> info->swp_type_shift <= mmscope_abi_format.kinds[0].last)
			raw &= ~type;
		return raw | mmscope_field_mask(info->swp_offset_shift,
						info->swp_offset_bits);
	case MMSCOPE_CLASS_PROTNONE:
		return (raw & ~frame) | mmscope_frame_bits(&mmscope_abi_format, level, 1);
	default:
		return raw & ~frame;
	}
}

/**
 * mmscope_walk_check - may these addresses be looked at, and are they addresses?
 * @f: descriptor
 * @start: first address
 * @end: address after the last
 * @flags: MMSCOPE_HALF_KERNEL, MMSCOPE_TOP_USER
 *
 * The last page of the address space is left out: no @end follows it, and the
 * kernel maps nothing there (error pointers).
 * Return: 0; -EOPNOTSUPP without page-table isolation, -EPERM, -EINVAL.
 */
int mmscope_walk_check(const struct mmscope_file *f, u64 start, u64 end, u32 flags)
{
	const struct mmscope_info *info = &mmscope_abi_format.info;

	if ((flags & MMSCOPE_TOP_USER) && !(info->features & MMSCOPE_FEATURE_PTI))
		return -EOPNOTSUPP;
	if (start >= end)
		return -EINVAL;
	if (!(flags & MMSCOPE_HALF_KERNEL))
		return end <= info->task_size ? 0 : -EINVAL;
	if (!f->phys)
		return -EPERM;
	return start >= info->kernel_start && end <= -PAGE_SIZE ? 0 : -EINVAL;
}

/* Rights (MMSCOPE_RIGHT_*) that the levels above the last table have taken. */
u8 mmscope_walk_taken(const struct mmscope_look *look)
{
	unsigned int level = mmscope_abi_format.info.levels - 1;
	bool kernel = look->flags & MMSCOPE_HALF_KERNEL;
	u8 taken = 0;

	for (; level > look->level; level--)
		taken |= mmscope_taken(&mmscope_abi_format, look->entry[level], level, kernel);
	return taken;
}

/* One level of the answer to WALK. */
static void fill_level(const struct mmscope_file *f, unsigned int level,
		       struct mmscope_level *out)
{
	u64 *slot = f->look.slot[level];
	struct page *page = pfn_to_online_page(PHYS_PFN(__pa(slot)));

	out->level = level;
	out->index = mmscope_index(f->look.va, level);
	out->entry = f->look.entry[level];
	out->node = -1;
	if (!f->phys) {
		out->entry = mmscope_walk_hide(out->entry, level);
		return;
	}
	out->slot = __pa(slot);
	if (page)
		out->node = page_to_nid(page);
}

/**
 * mmscope_walk_one - WALK: every level of one address
 * @f: descriptor, locked
 * @w: see struct mmscope_walk
 */
int mmscope_walk_one(struct mmscope_file *f, struct mmscope_walk *w)
{
	struct mmscope_look *look = &f->look;
	struct mm_struct *mm;
	unsigned int level;
	int err;

	err = mmscope_walk_check(f, w->va, w->va + 1, w->flags);
	if (err)
		return err;
	mm = mmscope_target_get(f);
	if (IS_ERR(mm))
		return PTR_ERR(mm);
	look->va = w->va;
	look->end = w->va + 1;
	look->flags = w->flags;
	look->floor = 0;
	look->whole = false;
	err = mmscope_walk_look(mm, look);
	if (err == -EINTR)
		goto out_put;
	err = 0;
	w->out_flags = f->phys ? 0 : MMSCOPE_OUT_HIDDEN;
	if (look->result == MMSCOPE_END_CHANGED)
		w->out_flags |= MMSCOPE_OUT_CHANGED;
	if (w->flags & MMSCOPE_HALF_KERNEL)
		w->out_flags |= MMSCOPE_OUT_UNSTABLE;
	w->result = look->result;
	w->retries = look->retries;
	w->nr_levels = 0;
	memset(w->level, 0, sizeof(w->level));
	/* what a look that failed has seen is told to nobody */
	if (w->result != MMSCOPE_END_CHANGED)
		for (level = mmscope_abi_format.info.levels; level-- > look->level;)
			fill_level(f, level, &w->level[w->nr_levels++]);
	atomic64_inc(&mmscope_walk_stats.walks);
	atomic64_add(w->retries, &mmscope_walk_stats.retries);
	atomic64_add(look->result == MMSCOPE_END_CHANGED, &mmscope_walk_stats.changed);
out_put:
	mmscope_target_put(mm);
	return err;
}
