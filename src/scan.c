// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bulk reading: looks at one table after another and writes records to the
 * descriptor's buffer. All state is in kernel memory; the buffer, which the
 * caller may map, is only written to.
 */
#include "internal.h"

#include <linux/err.h>
#include <linux/mm.h>
#include <linux/sched/signal.h>
#include <linux/string.h>

/* Room one step may need: a block for every level, or a run for every slot. */
#define STEP_ROOM	(MMSCOPE_LEVELS_MAX *	\
			 (sizeof(struct mmscope_record) + MMSCOPE_SLOTS * sizeof(u64)))

struct scan {
	struct mmscope_file *f;
	struct mm_struct *mm;
	struct mmscope_scan *arg;
	struct mmscope_record run;	/* the run being merged; nr 0 if none */
	u64 va;				/* everything below is in the buffer */
	u8 floor;			/* lowest level wanted */
	bool looked;			/* at something in this call */
};

static_assert(STEP_ROOM <= MMSCOPE_BUFFER_MIN / 2);
static_assert((MMSCOPE_SLOTS + 2) * sizeof(struct mmscope_record) <= STEP_ROOM);

static void put_record(struct scan *s, const struct mmscope_record *rec)
{
	*(struct mmscope_record *)(s->f->buffer->data + s->arg->bytes) = *rec;
	s->arg->bytes += sizeof(*rec);
}

static void flush_run(struct scan *s)
{
	if (s->run.nr)
		put_record(s, &s->run);
	s->run.nr = 0;
}

/* The slot at s->va leads to a table that is not online memory. */
static void put_bad(struct scan *s, u8 level, u64 data)
{
	struct mmscope_record rec = {
		.va = s->va & ~(mmscope_span(level) - 1),
		.data = s->f->phys ? data : mmscope_answer_hide(data, level),
		.nr = 1, .level = level, .type = MMSCOPE_REC_BAD,
	};

	flush_run(s);
	put_record(s, &rec);
}

/* Where to go on: the end of the address space wraps to 0. */
static u64 next_after(const struct scan *s, u64 end)
{
	return end > s->va && end < s->arg->end ? end : s->arg->end;
}

/*
 * The rest of the table of @level at s->va kept changing. Its true shape is not
 * known: a look that failed proves nothing. Return: address after it.
 */
static u64 put_changed(struct scan *s, u8 level)
{
	unsigned int shift = mmscope_span_shift(level);
	u64 left = ((s->arg->end - 1) >> shift) - (s->va >> shift) + 1;
	struct mmscope_record rec = {
		.va = s->va & ~(mmscope_span(level) - 1),
		.nr = min_t(u64, MMSCOPE_SLOTS - mmscope_index(s->va, level), left),
		.level = level, .type = MMSCOPE_REC_CHANGED,
	};

	flush_run(s);
	put_record(s, &rec);
	s->arg->changed++;
	return next_after(s, mmscope_record_end(&rec));
}

/* Both filters; one that is not asked for takes all. */
static bool wanted(const struct scan *s, u64 raw, unsigned int level)
{
	const struct mmscope_scan *a = s->arg;

	if ((raw & a->filter_mask) != a->filter_value)
		return false;
	return !(a->flags & MMSCOPE_SCAN_FRAMES) ||
	       mmscope_holds_frame(&mmscope_abi_format, raw, level,
				   !!(a->flags & MMSCOPE_HALF_KERNEL),
				   a->frame_start, a->frame_end);
}

static bool is_filtered(const struct scan *s)
{
	return s->arg->filter_mask || (s->arg->flags & MMSCOPE_SCAN_FRAMES);
}

/* A filter compares what the caller may see. */
static void hide_copy(struct scan *s)
{
	struct mmscope_look *look = &s->f->look;
	unsigned int i;

	if (s->f->phys)
		return;
	for (i = 0; i < look->nr; i++)
		if (!mmscope_is_none(look->copy[i]))
			look->copy[i] = mmscope_answer_hide(look->copy[i], look->level);
}

static void put_runs(struct scan *s)
{
	const struct mmscope_look *look = &s->f->look;
	unsigned int i, more, level = look->level;
	unsigned int shift = mmscope_span_shift(level);
	u64 first = look->va & ~(mmscope_span(level) - 1);
	u64 lines, va;
	u8 taken;

	if (!(s->arg->levels >> level & 1) || (look->lined && !look->entries))
		return;
	taken = mmscope_answer_taken(look);
	for (i = 0; i < look->nr; i++) {
		u64 raw = look->copy[i];

		/* to the line that has something */
		if (look->lined && i % 8 == 0) {
			lines = look->dirty >> i / 8;
			if (!lines)
				break;
			i += __ffs64(lines) * 8;
			if (i >= look->nr)
				break;
			raw = look->copy[i];
		}
		if (mmscope_is_none(raw) || mmscope_is_table(raw, level) ||
		    !wanted(s, raw, level))
			continue;
		va = first + ((u64)i << shift);
		if (!mmscope_run_add(&s->run, va, raw, level, taken)) {
			flush_run(s);
			mmscope_run_add(&s->run, va, raw, level, taken);
		}
		more = is_filtered(s) ? 0 : mmscope_run_extend(&s->run, look->copy + i + 1,
							       look->nr - i - 1);
		s->arg->entries += 1 + more;
		i += more;
	}
}

/* Is there a slot that a filter takes? Without one the slots need no look. */
static bool any_wanted(const struct scan *s)
{
	const struct mmscope_look *look = &s->f->look;
	unsigned int i;

	if (!is_filtered(s))
		return true;
	for (i = 0; i < look->nr; i++)
		if (wanted(s, look->copy[i], look->level))
			return true;
	return false;
}

/*
 * All that were copied, a word at a time: memcpy() goes by bytes where the processor
 * says that it is good at that, emulated ones too, and they are not.
 */
static void put_slots(struct scan *s)
{
	const struct mmscope_look *look = &s->f->look;
	void *to = s->f->buffer->data + s->arg->bytes;
	const void *from = look->copy;
	unsigned long nr = look->nr;

	asm volatile("rep movsq" : "+D"(to), "+S"(from), "+c"(nr) : : "memory");
	s->arg->entries += look->entries;
	s->arg->bytes += look->nr * sizeof(u64);
}

static void put_block(struct scan *s)
{
	const struct mmscope_look *look = &s->f->look;
	unsigned int level = look->level;
	struct mmscope_record rec = {
		.va = look->va & ~(mmscope_span(level) - 1),
		.data = s->f->phys ? __pa(look->slot[level]) & PAGE_MASK : 0,
		.nr = look->nr, .level = level, .type = MMSCOPE_REC_BLOCK,
	};

	if (!any_wanted(s))
		return;
	put_record(s, &rec);
	put_slots(s);
}

/* Look at the table of @level that covers s->va. Return: 0 or an error. */
static int look_at(struct scan *s, u8 level, bool whole)
{
	struct mmscope_look *look = &s->f->look;
	int err;

	look->va = s->va;
	look->end = s->arg->end;
	look->flags = s->arg->flags & (MMSCOPE_HALF_KERNEL | MMSCOPE_TOP_USER);
	look->floor = level;
	look->whole = whole;
	look->resume = s->looked;
	s->looked = true;
	err = mmscope_walk_look(s->mm, look);
	s->arg->retries += look->retries;
	if (err)
		return err;
	hide_copy(s);
	/* a table that comes in parts counts once, with its last */
	s->arg->tables += look->level == level &&
			  (mmscope_index(s->va, level) + look->nr == MMSCOPE_SLOTS ||
			   look->nr * mmscope_span(level) >=
			   s->arg->end - (s->va & ~(mmscope_span(level) - 1)));
	return 0;
}

/* Blocks of the upper tables that begin at s->va, wanted ones only. */
static int put_uppers(struct scan *s, bool first)
{
	unsigned int level = mmscope_abi_format.info.levels - 1;
	int err;

	for (; level > s->floor; level--) {
		/* a table begins where the slot above it does */
		if (!(s->arg->levels >> level & 1) ||
		    (!first && (s->va & (mmscope_span(level + 1) - 1))))
			continue;
		err = look_at(s, level, true);
		if (err == -EAGAIN) {
			put_changed(s, level);
			continue;
		}
		if (err)
			return err;
		if (s->f->look.level == level && s->f->look.nr)
			put_block(s);
	}
	return 0;
}

/* Records of what one look saw; s->va moves past it. */
static int step(struct scan *s, bool first)
{
	struct mmscope_look *look = &s->f->look;
	bool blocks = s->arg->flags & MMSCOPE_SCAN_BLOCKS;
	u64 next;
	int err;

	err = blocks ? put_uppers(s, first) : 0;
	if (!err)
		err = look_at(s, s->floor, false);
	if (err == -EAGAIN) {
		s->va = put_changed(s, s->floor);
		return 0;
	}
	if (err)
		return err;
	next = (s->va & ~(mmscope_span(look->level) - 1)) +
	       (u64)(look->nr ? look->nr : 1) * mmscope_span(look->level);
	if (look->result == MMSCOPE_END_BAD)
		put_bad(s, look->level, look->entry[look->level]);
	else if (!blocks)
		put_runs(s);
	else if (look->level == s->floor)
		put_block(s);
	s->va = next_after(s, next);
	return 0;
}

static int check_frames(const struct mmscope_file *f, const struct mmscope_scan *a)
{
	if (!(a->flags & MMSCOPE_SCAN_FRAMES))
		return a->frame_start || a->frame_end ? -EINVAL : 0;
	if (!f->phys)
		return -EPERM;
	return mmscope_frames_valid(&mmscope_abi_format, a->frame_start, a->frame_end) ?
	       0 : -EINVAL;
}

static int check(const struct mmscope_file *f, const struct mmscope_scan *a)
{
	u32 form = a->flags & (MMSCOPE_SCAN_RUNS | MMSCOPE_SCAN_BLOCKS);
	int err;

	if (form != MMSCOPE_SCAN_RUNS && form != MMSCOPE_SCAN_BLOCKS)
		return -EINVAL;
	if (a->__reserved || !a->levels || a->levels >> mmscope_abi_format.info.levels)
		return -EINVAL;
	if ((a->start | a->end) & ~PAGE_MASK)
		return -EINVAL;
	err = mmscope_answer_check(f, a->start, a->end, a->flags);
	if (err)
		return err;
	if (a->filter_value & ~a->filter_mask)
		return -EINVAL;
	err = check_frames(f, a);
	if (err)
		return err;
	return READ_ONCE(f->buffer) ? 0 : -ENOBUFS;
}

/**
 * mmscope_scan_fill - SCAN: records of a range into the buffer
 * @f: descriptor, locked
 * @a: see struct mmscope_scan
 *
 * Return: 0 also when the buffer or a signal ended it early (a->resume <
 * a->end); -EINVAL, -EOPNOTSUPP, -EPERM, -ENOBUFS, -ENOTCONN, -ESRCH; -EINTR
 * if being killed.
 */
int mmscope_scan_fill(struct mmscope_file *f, struct mmscope_scan *a)
{
	struct scan s = { .f = f, .arg = a, .va = a->start };
	bool first = true;
	int err = check(f, a);

	if (err)
		return err;
	s.mm = mmscope_target_get(f);
	if (IS_ERR(s.mm))
		return PTR_ERR(s.mm);
	s.floor = __ffs(a->levels);
	a->bytes = 0;
	a->entries = 0;
	a->tables = 0;
	a->retries = 0;
	a->changed = 0;
	a->__reserved2 = 0;
	while (!err && s.va < a->end && a->bytes + STEP_ROOM <= f->buffer->len) {
		err = step(&s, first);
		first = false;
		if (signal_pending(current))
			break;
		cond_resched();
	}
	flush_run(&s);
	a->resume = s.va;
	a->out_flags = (f->phys ? 0 : MMSCOPE_OUT_HIDDEN) |
		       (a->changed ? MMSCOPE_OUT_CHANGED : 0) |
		       (a->flags & MMSCOPE_HALF_KERNEL ? MMSCOPE_OUT_UNSTABLE : 0);
	atomic64_inc(&mmscope_answer_stats.scans);
	atomic64_add(a->tables, &mmscope_answer_stats.tables);
	atomic64_add(a->entries, &mmscope_answer_stats.entries);
	atomic64_add(a->retries, &mmscope_answer_stats.retries);
	atomic64_add(a->changed, &mmscope_answer_stats.changed);
	mmscope_target_put(s.mm);
	return err;
}
