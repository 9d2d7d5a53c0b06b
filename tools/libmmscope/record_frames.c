// SPDX-License-Identifier: GPL-2.0-only
/*
 * The frames of a recording: those of all entries and tables, the few between them, and
 * the first ones of their folios.
 */
#include "record.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/*
 * Frames between two that are wanted come along: whoever reads asks for frames that
 * are as close as this in one call (tables_cost.c, facts.c).
 */
#define GAP 64

static int want(struct vector *ranges, __u64 start, __u64 end)
{
	struct record_range more = { start, end }, *last;

	if (!ranges->len)
		return recording_append(ranges, &more, sizeof(more));
	last = (struct record_range *)(ranges->data + ranges->len) - 1;
	if (start < last->start || start > last->end)
		return recording_append(ranges, &more, sizeof(more));
	if (end > last->end)
		last->end = end;
	return 0;
}

int record_want_block(struct libmmscope_recorder *rec, const struct mmscope_format *f,
		      const struct mmscope_record *block)
{
	const __u64 *slot = (const __u64 *)(block + 1);
	struct mmscope_entry e;
	__u64 nr;
	__u32 i;
	int err = 0;

	if (block->data)	/* where the table itself is */
		err = want(&rec->ranges, block->data >> 12, (block->data >> 12) + 1);
	for (i = 0; i < block->nr && !err; i++) {
		if (mmscope_is_none(slot[i]))
			continue;
		mmscope_decode(f, slot[i], block->level, 0, &e);
		if (!e.has_pfn || e.class == MMSCOPE_CLASS_TABLE)
			continue;
		nr = block->level <= MMSCOPE_LEAF_MAX ? mmscope_span(block->level) >> 12 : 1;
		err = want(&rec->ranges, e.pfn, e.pfn + nr);
	}
	return err;
}

static int by_start(const void *x, const void *y)
{
	const struct record_range *a = x, *b = y;

	return (a->start > b->start) - (a->start < b->start);
}

/* Sorts the ranges and joins those that touch or nearly do. */
static void join(struct vector *ranges)
{
	struct record_range *range = (struct record_range *)ranges->data;
	size_t nr = ranges->len / sizeof(*range), i, to = 0;

	if (!nr)
		return;
	qsort(range, nr, sizeof(*range), by_start);
	for (i = 1; i < nr; i++) {
		if (range[i].start > range[to].end + GAP)
			range[++to] = range[i];
		else if (range[i].end > range[to].end)
			range[to].end = range[i].end;
	}
	ranges->len = (to + 1) * sizeof(*range);
}

static bool has(const struct vector *ranges, __u64 pfn)
{
	const struct record_range *range = (const struct record_range *)ranges->data;
	size_t low = 0, high = ranges->len / sizeof(*range), middle;

	while (low < high) {
		middle = low + (high - low) / 2;
		if (range[middle].end <= pfn)
			low = middle + 1;
		else
			high = middle;
	}
	return low < ranges->len / sizeof(*range) && range[low].start <= pfn;
}

/* First frames of folios that are outside of the ranges. */
static int want_heads(struct libmmscope_recorder *rec, const struct mmscope_frames *f,
		      const char *records, struct vector *heads)
{
	const struct mmscope_frame *frame;
	__u64 last = ~0ULL;
	__u32 i;
	int err = 0;

	for (i = 0; i < f->count && !err; i++) {
		frame = (const void *)(records + (size_t)i * f->record_size);
		if (frame->head == frame->pfn || frame->head == last)
			continue;
		last = frame->head;
		if (!has(&rec->ranges, last))
			err = want(heads, last, last + 1);
	}
	return err;
}

/* The answer of one call, which of a recording may be any size. */
static int put_frames(struct libmmscope_recorder *rec, const struct mmscope_frames *f,
		      const char *records)
{
	__u32 most = RECORDING_CHUNK_MAX / 4 / f->record_size, done, nr;
	int err = 0;

	for (done = 0; done < f->count && !err; done += nr) {
		nr = f->count - done < most ? f->count - done : most;
		err = record_chunk(rec, RECORDING_FRAMES, f->record_size,
				   records + (size_t)done * f->record_size,
				   (size_t)nr * f->record_size);
	}
	rec->done->frames += done;
	return err;
}

/* One range; @heads NULL: those of its folios are not wanted. */
static int put_range(struct libmmscope_recorder *rec, struct libmmscope_source *src,
		     const struct record_range *range, struct vector *heads)
{
	struct mmscope_frames f = { .resume = range->start, .end = range->end };
	const void *records;
	int err = 0;

	while (f.resume < f.end && !err) {
		f.start = f.resume;
		err = libmmscope_frames(src, &f, &records);
		if (err == -ENODATA && libmmscope_moment(src))
			return 0;	/* the recording has no more of it */
		if (err)
			break;
		if (heads)
			err = want_heads(rec, &f, records, heads);
		if (!err)
			err = put_frames(rec, &f, records);
	}
	return err;
}

static int put_ranges(struct libmmscope_recorder *rec, struct libmmscope_source *src,
		      const struct vector *ranges, struct vector *heads)
{
	const struct record_range *range = (const struct record_range *)ranges->data;
	size_t nr = ranges->len / sizeof(*range), i;
	__u64 total = 0, done = 0;
	int err = 0;

	for (i = 0; i < nr; i++)
		total += range[i].end - range[i].start;
	for (i = 0; i < nr && !err; i++) {
		err = put_range(rec, src, &range[i], heads);
		done += range[i].end - range[i].start;
		if (!err)
			err = record_progress(rec, "frames", done, total);
	}
	return err;
}

int record_frames(struct libmmscope_recorder *rec, struct libmmscope_source *src)
{
	struct vector heads = { 0 };
	int err;

	join(&rec->ranges);
	err = put_ranges(rec, src, &rec->ranges, &heads);
	join(&heads);
	if (!err)
		err = put_ranges(rec, src, &heads, NULL);
	free(heads.data);
	rec->ranges.len = 0;
	return err;
}
