// SPDX-License-Identifier: GPL-2.0-only
/*
 * Runs from the table blocks of a recording, as the module makes them from tables, and
 * in as many answers.
 */
#include "recording.h"

/* The block of @level that holds the slot of @va: the last that begins before. */
const struct block *recording_find_block(const struct recording *r, unsigned int level,
					 __u64 va)
{
	const struct block *b = (const struct block *)r->blocks[level].data;
	size_t low = 0, high = r->blocks[level].len / sizeof(*b), mid;

	while (low < high) {
		mid = low + (high - low) / 2;
		if (b[mid].rec->va <= va)
			low = mid + 1;
		else
			high = mid;
	}
	return low && va < mmscope_record_end(b[low - 1].rec) ? &b[low - 1] : NULL;
}

/* State of making runs from blocks. */
struct maker {
	struct recording *r;
	struct mmscope_scan *scan;
	struct mmscope_record run;
	__u64 stopped;	/* address where the answer is full; 0 if it is not */
};

/* Records in one answer are about so much: what is made is used from the cache. */
#define ANSWER (256 << 10)

static int flush_run(struct maker *m)
{
	int err = m->run.nr ? recording_append(&m->r->out, &m->run, sizeof(m->run)) : 0;

	m->run.nr = 0;
	return err;
}

static int add_entry(struct maker *m, __u64 va, __u64 raw, unsigned int level, __u8 taken)
{
	const struct mmscope_scan *s = m->scan;
	int err;

	if (!(s->levels >> level & 1) || (raw & s->filter_mask) != s->filter_value)
		return 0;
	if ((s->flags & MMSCOPE_SCAN_FRAMES) &&
	    !mmscope_holds_frame(&m->r->src.format, raw, level, 0, s->frame_start, s->frame_end))
		return 0;
	m->scan->entries++;
	if (mmscope_run_add(&m->run, va, raw, level, taken))
		return 0;
	err = flush_run(m);
	mmscope_run_add(&m->run, va, raw, level, taken);
	return err;
}

/* The span of a table that is missing from the file. */
static int add_missing(struct maker *m, __u64 va, unsigned int level)
{
	struct mmscope_record rec = {
		.va = va, .nr = 1, .level = level, .type = MMSCOPE_REC_CHANGED,
	};
	struct vector *out = &m->r->out;
	struct mmscope_record *last;
	int err = flush_run(m);

	/* of a file that was cut off much is missing: one record for what adjoins */
	last = out->len ? (struct mmscope_record *)(out->data + out->len) - 1 : NULL;
	if (!err && last && last->type == MMSCOPE_REC_CHANGED && last->level == level &&
	    mmscope_record_end(last) == va) {
		last->nr++;
		return 0;
	}
	m->scan->changed++;
	return err ? err : recording_append(&m->r->out, &rec, sizeof(rec));
}

static int make_runs(struct maker *m, unsigned int level, __u64 start, __u64 end, __u8 taken);

/* Where a slot leads: the entries of the table below in [start, end). */
static int add_table(struct maker *m, __u64 raw, unsigned int level, __u64 start, __u64 end,
		     __u8 taken)
{
	if (!recording_find_block(m->r, level - 1, start))
		return add_missing(m, start & ~(mmscope_span(level) - 1), level);
	return make_runs(m, level - 1, start, end,
			 taken | mmscope_taken(&m->r->src.format, raw, level, 0));
}

/*
 * Slots [@i, @last) of one block with no filter. What goes on as it did is most of it,
 * and is not looked at one by one.
 */
static int add_all(struct maker *m, const struct block *b, __u64 i, __u64 last, __u8 taken)
{
	unsigned int level = b->rec->level, shift = mmscope_span_shift(level);
	/* the run is made where it will be read */
	int err = recording_room(&m->r->out, (last - i + 1) * sizeof(m->run));
	struct mmscope_record *run;
	const __u64 *slot = b->slot;
	__u64 va, entries = 0;
	__u32 more;

	if (err)
		return err;
	run = (struct mmscope_record *)(m->r->out.data + m->r->out.len);
	*run = m->run;
	for (; i < last; i++) {
		if (mmscope_is_none(slot[i]))
			continue;
		va = b->rec->va + (i << shift);
		entries++;
		if (mmscope_run_add(run, va, slot[i], level, taken)) {
			more = mmscope_run_extend(run, slot + i + 1, last - i - 1);
			entries += more;
			i += more;
			continue;
		}
		*++run = (struct mmscope_record){ 0 };
		mmscope_run_add(run, va, slot[i], level, taken);
	}
	m->run = *run;
	m->scan->entries += entries;
	m->r->out.len = (char *)run - m->r->out.data;
	return 0;
}

static int add_leaves(struct maker *m, const struct block *b, __u64 i, __u64 last, __u8 taken)
{
	const struct mmscope_scan *s = m->scan;
	unsigned int level = b->rec->level;
	int err = 0;

	if (!(s->levels >> level & 1))
		return 0;
	if (!s->filter_mask && !(s->flags & MMSCOPE_SCAN_FRAMES))
		return add_all(m, b, i, last, taken);
	for (; i < last && !err; i++)
		if (!mmscope_is_none(b->slot[i]))
			err = add_entry(m, b->rec->va + (i << mmscope_span_shift(level)),
					b->slot[i], level, taken);
	return err;
}

/* Entries of [start, end) that one block has; from slot @i on, which is that of @start. */
static int add_uppers(struct maker *m, const struct block *b, __u64 start, __u64 end, __u8 taken)
{
	unsigned int level = b->rec->level;
	__u64 span = mmscope_span(level), next, raw;
	int err = 0;

	for (; start < end && !err && !m->stopped; start = next) {
		next = (start & ~(span - 1)) + span;
		raw = b->slot[(start - b->rec->va) >> mmscope_span_shift(level)];
		if (mmscope_is_none(raw))
			continue;
		if (mmscope_is_table(raw, level))
			err = add_table(m, raw, level, start, next < end ? next : end, taken);
		else
			err = add_entry(m, start & ~(span - 1), raw, level, taken);
	}
	return err;
}

/* Where what a block says ends: it is older than one that begins inside of it. */
static __u64 end_of(const struct recording *r, const struct block *b)
{
	const struct vector *blocks = &r->blocks[b->rec->level];
	__u64 end = mmscope_record_end(b->rec);

	if (b + 1 == (const struct block *)(blocks->data + blocks->len) || b[1].rec->va >= end)
		return end;
	return b[1].rec->va;
}

/* All entries of [start, end), which one table at @level covers; @taken above it. */
static int make_runs(struct maker *m, unsigned int level, __u64 start, __u64 end, __u8 taken)
{
	unsigned int shift = mmscope_span_shift(level);
	__u64 span = mmscope_span(level), next;
	const struct block *b;
	int err = 0;

	for (; start < end && !err && !m->stopped; start = next) {
		b = recording_find_block(m->r, level, start);
		if (!b) {
			next = (start & ~(span - 1)) + span;
			err = add_missing(m, start & ~(span - 1), level);
			continue;
		}
		next = end_of(m->r, b) < end ? end_of(m->r, b) : end;
		if (!level)
			err = add_leaves(m, b, (start - b->rec->va) >> shift,
					 (next - b->rec->va + span - 1) >> shift, taken);
		else
			err = add_uppers(m, b, start, next, taken);
		/* not within a table: what is missing of one is told with its level */
		if (!level && m->r->out.len >= ANSWER && !(next & (mmscope_span(1) - 1)))
			m->stopped = next;
	}
	return err;
}

/* SCAN_RUNS: what s->flags and its filters want, into r->out. 0 or a negative errno. */
int recording_make_runs(struct recording *r, struct mmscope_scan *s)
{
	struct maker m = { .r = r, .scan = s };
	int err = make_runs(&m, r->src.format.info.levels - 1, s->start, s->end, 0);

	if (!err)
		err = flush_run(&m);
	s->resume = m.stopped ? m.stopped : s->end;
	return err;
}
