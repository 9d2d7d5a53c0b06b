// SPDX-License-Identifier: GPL-2.0-only
/* Pages whose entries have not changed: whether their frames became shared, or their own. */
#include "diff.h"

#include <errno.h>

/* Pages that are asked about at a time. */
#define BATCH 512

/* What is known of a frame; 0: it is nobody's, or of a kind that is not counted. */
#define KNOWN	1
#define SHARED	2	/* mapped more than once */
#define OWN	4	/* marked as one process's own */

static uint8_t state_of(const struct mmscope_frame *frame)
{
	switch (frame->kind) {
	case MMSCOPE_FRAME_ANON:
	case MMSCOPE_FRAME_KSM:
	case MMSCOPE_FRAME_FILE:
	case MMSCOPE_FRAME_SHMEM:
	case MMSCOPE_FRAME_HUGETLB:
		return KNOWN | (frame->mapcount > 1 ? SHARED : 0) |
		       (frame->attrs & MMSCOPE_FRAME_EXCLUSIVE ? OWN : 0);
	default:
		return 0;
	}
}

/* The states of frames in a row. 0 or a negative errno. */
static int states(struct libmmscope_source *src, uint64_t first, uint64_t nr, uint8_t *state)
{
	struct mmscope_frames f = { .resume = first, .end = first + nr };
	const struct mmscope_frame *frame;
	const void *records;
	__u32 i;
	int err;

	while (f.resume < f.end) {
		f.start = f.resume;
		err = libmmscope_frames(src, &f, &records);
		if (err)
			return err;
		for (i = 0; i < f.count; i++) {
			frame = (const void *)((const char *)records + (size_t)i * f.record_size);
			if (frame->pfn >= first && frame->pfn - first < nr)
				state[frame->pfn - first] = state_of(frame);
		}
	}
	return 0;
}

static enum diff_change judge(const struct diff *d, uint8_t a, uint8_t b)
{
	bool marked = pieces_format(&d->side[0])->info.features &
		      pieces_format(&d->side[1])->info.features & MMSCOPE_FEATURE_EXCLUSIVE;

	if (!(a & b & KNOWN))
		return DIFF_SAME;
	if ((a ^ b) & SHARED)
		return b & SHARED ? DIFF_SHARED : DIFF_PRIVATE;
	if (marked && ((a ^ b) & OWN))
		return b & OWN ? DIFF_PRIVATE : DIFF_SHARED;
	return DIFF_SAME;
}

/* So many pages at the start of a span, all with frames. */
static int compare(struct diff *d, const struct diff_span *s, uint64_t pages)
{
	int direction = pages > 1 ? s->side[0].direction : 1;
	uint64_t frames = direction ? pages : 1, i, first = s->side[0].id;
	uint8_t state[2][BATCH] = { 0 };
	struct diff_span part = *s;
	enum diff_change change;
	unsigned int side;
	int err = 0;

	if (direction < 0)
		first -= pages - 1;
	for (side = 0; side < 2 && !err; side++) {
		d->failed = side;
		err = states(d->side[side].src, first, frames, state[side]);
	}
	if (err)
		return err;
	part.change = DIFF_SAME;
	for (i = 0; i <= pages && !err; i++) {
		uint64_t k = !direction ? 0 : direction < 0 ? pages - 1 - i : i;

		change = i < pages ? judge(d, state[0][k], state[1][k]) : DIFF_SAME;
		if (i < pages && i && change == part.change)
			continue;
		part.end = s->start + (i << 12);
		if (i && part.change != DIFF_SAME)
			err = diff_emit(d, &part);
		part.change = change;
		part.start = part.end;
		for (side = 0; side < 2; side++)
			part.side[side] = piece_from(&s->side[side], part.start);
	}
	return err;
}

/**
 * diff_frames - look at the frames of pages whose entries are the same
 * @d: comparison; without facts on one side it has none from then on
 * @s: the pages
 *
 * Return: 0, a negative errno, or what the function returned.
 */
int diff_frames(struct diff *d, const struct diff_span *s)
{
	struct diff_span part = *s;
	unsigned int side;
	uint64_t pages;
	int err = 0;

	if (d->foreign || diff_hidden(&d->side[0]) || diff_hidden(&d->side[1]) ||
	    s->side[0].id != s->side[1].id)
		return 0;
	while (part.start < s->end && !err) {
		pages = (s->end - part.start) >> 12;
		pages = pages < BATCH ? pages : BATCH;
		err = compare(d, &part, pages);
		part.start += pages << 12;
		for (side = 0; side < 2; side++)
			part.side[side] = piece_from(&s->side[side], part.start);
	}
	if (err != -ENODATA && err != -EPERM)
		return err;
	d->facts = false;
	d->no_facts = true;
	return 0;
}
