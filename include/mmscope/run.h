/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Runs: entries in consecutive slots whose raw values form an arithmetic
 * progression. Merging loses nothing, every entry can be computed back. The
 * module merges with this while it scans, the tool when it reads recordings.
 */
#ifndef MMSCOPE_RUN_H
#define MMSCOPE_RUN_H

#include <mmscope/decode.h>

/* What the next entry of a run adds to the one before it. */
static inline __u64 mmscope_run_step(unsigned int stride, unsigned int level)
{
	switch (stride) {
	case MMSCOPE_STRIDE_UP:
		return mmscope_span(level);
	case MMSCOPE_STRIDE_DOWN:
		return -mmscope_span(level);
	case MMSCOPE_STRIDE_SWAP:
		return -(1ULL << 9); /* the offset begins at bit 9, inverted */
	default:
		return 0;
	}
}

/*
 * The stride from @raw to its successor @next, or -1. Entries that map a frame count
 * it up or down, inverted or not (the buddy allocator hands out either way), swap
 * ones (inverted) slots.
 */
static inline int mmscope_run_stride(__u64 raw, __u64 next, unsigned int level)
{
	__u64 step = next - raw;
	int stride;

	if (step == 0)
		return MMSCOPE_STRIDE_SAME;
	if (!(raw & (MMSCOPE_P | MMSCOPE_PN | MMSCOPE_PS)))
		stride = MMSCOPE_STRIDE_SWAP;
	else if (step == mmscope_span(level))
		stride = MMSCOPE_STRIDE_UP;
	else
		stride = MMSCOPE_STRIDE_DOWN;
	return step == mmscope_run_step(stride, level) ? stride : -1;
}

/* Entry number @i of a run. */
static inline __u64 mmscope_run_entry(const struct mmscope_record *run, __u32 i)
{
	return run->data + i * mmscope_run_step(run->stride, run->level);
}

/*
 * Whether the frame (or swap slot) of each entry of a run is above that of the one
 * before, 1, below it, -1, or the same, 0.
 */
static inline int mmscope_run_direction(const struct mmscope_record *run)
{
	if (run->nr < 2 || run->stride == MMSCOPE_STRIDE_SAME)
		return 0;
	if (run->stride == MMSCOPE_STRIDE_SWAP)
		return 1;
	/* what is not present is stored inverted */
	return (run->stride == MMSCOPE_STRIDE_UP) == !!(run->data & MMSCOPE_P) ? 1 : -1;
}

/* Address after the last slot of a record. */
static inline __u64 mmscope_record_end(const struct mmscope_record *rec)
{
	return rec->va + ((__u64)rec->nr << mmscope_span_shift(rec->level));
}

/**
 * mmscope_run_add - add one entry to a run, if it continues it
 * @run: the run; nr = 0 is an empty one, which takes anything
 * @va: address of the entry's span
 * @raw: the entry
 * @level: level of its table
 * @taken: MMSCOPE_RIGHT_* that the levels above have taken away
 *
 * Return: 1 if @run now holds it, 0 if it does not continue @run.
 */
static inline int mmscope_run_add(struct mmscope_record *run, __u64 va,
				  __u64 raw, unsigned int level, __u8 taken)
{
	int stride;

	if (run->nr == 0) {
		run->va = va;
		run->data = raw;
		run->nr = 1;
		run->level = level;
		run->type = MMSCOPE_REC_RUN;
		run->stride = 0;
		run->taken = taken;
		return 1;
	}
	if (level != run->level || taken != run->taken || va != mmscope_record_end(run) ||
	    run->nr == 0xffffffffU)
		return 0;
	stride = mmscope_run_stride(run->nr == 1 ? run->data : mmscope_run_entry(run, run->nr - 1),
				    raw, level);
	if (stride < 0 || (run->nr > 1 && stride != run->stride))
		return 0;
	run->stride = stride;
	run->nr++;
	return 1;
}

/**
 * mmscope_run_extend - add entries to a run as long as they continue it
 * @run: the run; with fewer than two entries nothing is added
 * @next: what is in the slots after its last one, of the same table
 * @max: how many there are
 *
 * The same as mmscope_run_add() for each until one is refused, at a few
 * instructions each. Return: how many were added.
 */
static inline __u32 mmscope_run_extend(struct mmscope_record *run, const __u64 *next, __u32 max)
{
	__u64 step, raw;
	__u32 n;

	if (run->nr < 2)
		return 0;
	if (max > 0xffffffffU - run->nr)
		max = 0xffffffffU - run->nr;
	step = mmscope_run_step(run->stride, run->level);
	raw = mmscope_run_entry(run, run->nr);
	if (!max || next[0] != raw)
		return 0;
	for (n = 0; n + 4 <= max && !((next[n] ^ raw) | (next[n + 1] ^ (raw + step)) |
				      (next[n + 2] ^ (raw + 2 * step)) |
				      (next[n + 3] ^ (raw + 3 * step))); n += 4)
		raw += 4 * step;
	for (; n < max && next[n] == raw; n++)
		raw += step;
	run->nr += n;
	return n;
}

#endif /* MMSCOPE_RUN_H */
