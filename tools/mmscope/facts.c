// SPDX-License-Identifier: GPL-2.0-only
/*
 * Facts about the frames of many entries, with few calls: what is wanted is noted
 * first, sorted, and asked for in ranges. Frames in between come along where they
 * are few.
 */
#include "account.h"

#include <errno.h>
#include <stdlib.h>

/* Frames that are not wanted, but cheaper to read than another call is to make. */
#define GAP 32

/* Makes room for one more; like realloc(), the old block stays if it fails. */
static int room_for(void **block, size_t nr, size_t *room, size_t size)
{
	size_t more = *room ? 2 * *room : 256;
	void *p;

	if (*block && nr < *room)
		return 0;
	p = reallocarray(*block, more, size);
	if (!p)
		return -ENOMEM;
	*block = p;
	*room = more;
	return 0;
}

/* Notes that frames are wanted. 0 or -ENOMEM. */
int facts_want(struct facts *f, uint64_t pfn, uint64_t nr)
{
	struct facts_range *last = f->nr_ranges ? &f->range[f->nr_ranges - 1] : NULL;

	if (last && pfn >= last->start && pfn <= last->end) {
		last->end = pfn + nr > last->end ? pfn + nr : last->end;
		return 0;
	}
	if (room_for((void **)&f->range, f->nr_ranges, &f->range_room, sizeof(*f->range)))
		return -ENOMEM;
	f->range[f->nr_ranges++] = (struct facts_range){ pfn, pfn + nr };
	return 0;
}

static int by_start(const void *a, const void *b)
{
	const struct facts_range *x = a, *y = b;

	return (x->start > y->start) - (x->start < y->start);
}

/* Sorts the ranges and joins those that touch or nearly do. */
static void join_ranges(struct facts *f)
{
	struct facts_range *to = f->range;
	size_t i;

	if (!f->nr_ranges)
		return;
	qsort(f->range, f->nr_ranges, sizeof(*f->range), by_start);
	for (i = 1; i < f->nr_ranges; i++) {
		if (f->range[i].start > to->end + GAP)
			*++to = f->range[i];
		else if (f->range[i].end > to->end)
			to->end = f->range[i].end;
	}
	f->nr_ranges = to + 1 - f->range;
}

static int add(struct facts_list *list, const struct mmscope_frame *frame)
{
	if (room_for((void **)&list->fact, list->nr, &list->room, sizeof(*list->fact)))
		return -ENOMEM;
	list->fact[list->nr++] = (struct fact){
		.pfn = frame->pfn, .head = frame->head, .flags = frame->flags,
		.refcount = frame->refcount, .mapcount = frame->mapcount, .kind = frame->kind,
		.young = frame->attrs & MMSCOPE_FRAME_YOUNG,
	};
	return 0;
}

/* The wanted ranges into a list, which is in order of frames then. */
static int read_ranges(struct facts *f, struct libmmscope_source *src, struct facts_list *list)
{
	struct mmscope_frames a = { 0 };
	const void *records;
	size_t r;
	__u32 i;
	int err = 0;

	join_ranges(f);
	list->nr = 0;
	for (r = 0; r < f->nr_ranges; r++) {
		a.end = f->range[r].end;
		for (a.resume = f->range[r].start; a.resume < a.end && !err;) {
			a.start = a.resume;
			err = libmmscope_frames(src, &a, &records);
			for (i = 0; i < a.count && !err; i++)
				err = add(list, (const void *)((const char *)records +
							       (size_t)i * a.record_size));
			f->calls++;
		}
		if (err)
			break;
	}
	f->nr_ranges = 0;
	return err;
}

static const struct fact *find(const struct facts_list *list, uint64_t pfn)
{
	size_t low = 0, high = list->nr, middle;

	while (low < high) {
		middle = low + (high - low) / 2;
		if (list->fact[middle].pfn == pfn)
			return &list->fact[middle];
		if (list->fact[middle].pfn < pfn)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}

/**
 * facts_read - read what was wanted, and the first frames of its folios
 * @f: facts; what they held before is gone
 * @src: source; uses up what its last call returned
 *
 * Return: 0 or a negative errno.
 */
int facts_read(struct facts *f, struct libmmscope_source *src)
{
	const struct fact *fact;
	uint64_t last = UINT64_MAX;
	size_t i;
	int err;

	err = read_ranges(f, src, &f->frames);
	for (i = 0; i < f->frames.nr && !err; i++) {
		fact = &f->frames.fact[i];
		if (fact->head == fact->pfn || fact->head == last)
			continue;
		last = fact->head;
		if (!find(&f->frames, last))
			err = facts_want(f, last, 1);
	}
	return err ? err : read_ranges(f, src, &f->heads);
}

/* What is known of a frame, or NULL. */
const struct fact *facts_find(const struct facts *f, uint64_t pfn)
{
	const struct fact *fact = find(&f->frames, pfn);

	return fact ? fact : find(&f->heads, pfn);
}

void facts_free(struct facts *f)
{
	free(f->range);
	free(f->frames.fact);
	free(f->heads.fact);
}
