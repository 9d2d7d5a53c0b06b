// SPDX-License-Identifier: GPL-2.0-only
/* Physical facts of a recording: frames and zones, of those that it holds. */
#include "recording.h"

#include <errno.h>
#include <stdlib.h>

static int by_number(const void *x, const void *y)
{
	const struct mmscope_frame *a = x, *b = y;

	return (a->pfn > b->pfn) - (a->pfn < b->pfn);
}

/* One frame may be told twice: either is right. */
static void sort(struct vector *frames)
{
	struct mmscope_frame *frame = (struct mmscope_frame *)frames->data;
	size_t nr = frames->len / sizeof(*frame), i, to = 0;

	for (i = 1; i < nr && frame[i - 1].pfn < frame[i].pfn;)
		i++;
	if (i >= nr)
		return;
	qsort(frame, nr, sizeof(*frame), by_number);
	for (i = 1; i < nr; i++) {
		to += frame[i].pfn != frame[to].pfn;
		frame[to] = frame[i];
	}
	frames->len = (to + 1) * sizeof(*frame);
}

/* When they are first asked for. 0 or a negative errno. */
static int load(struct recording *r)
{
	int err;

	if (!r->frames_loaded) {
		err = recording_load_places(r, r->moment.first, r->moment.count, true);
		r->frames_loaded = err ? err : 1;
		sort(&r->frames);
	}
	return r->frames_loaded < 0 ? r->frames_loaded : 0;
}

/* Number of the first record whose frame is not below @pfn. */
static size_t find(const struct recording *r, __u64 pfn)
{
	const struct mmscope_frame *frame = (const struct mmscope_frame *)r->frames.data;
	size_t low = 0, high = r->frames.len / sizeof(*frame), middle;

	while (low < high) {
		middle = low + (high - low) / 2;
		if (frame[middle].pfn < pfn)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/*
 * Records of the range without a gap: a reader counts on that. It ends where the next
 * frame was not recorded, and there the next call finds nothing; MMSCOPE_FRAMES_SKIP
 * goes on behind the gap.
 */
int recording_frames(struct libmmscope_source *src, struct mmscope_frames *frames,
		     const void **records)
{
	struct recording *r = (struct recording *)src;
	const struct mmscope_frame *frame;
	bool skip = frames->flags & MMSCOPE_FRAMES_SKIP;
	size_t first, end, nr;
	int err = load(r);

	if (err)
		return err;
	if (frames->start >= frames->end)
		return -EINVAL;
	frame = (const struct mmscope_frame *)r->frames.data;
	nr = r->frames.len / sizeof(*frame);
	first = find(r, frames->start);
	if (!nr || (!skip && (first == nr || frame[first].pfn != frames->start)))
		return -ENODATA;
	for (end = first; end < nr && frame[end].pfn < frames->end; end++)
		if (end > first && frame[end].pfn != frame[end - 1].pfn + 1)
			break;
	*records = frame + first;
	frames->count = end - first;
	frames->record_size = sizeof(*frame);
	frames->bytes = frames->count * sizeof(*frame);
	frames->resume = frames->end;
	if (frames->count && (!skip || (end < nr && frame[end].pfn < frames->end)))
		frames->resume = frame[end - 1].pfn + 1;
	return 0;
}

int recording_zones(struct libmmscope_source *src, struct mmscope_zones *zones,
		    const void **records)
{
	struct recording *r = (struct recording *)src;

	if (!r->zones.len)
		return -ENODATA;
	*records = r->zones.data;
	zones->bytes = r->zones.len;
	zones->record_size = sizeof(struct mmscope_zone);
	zones->count = r->zones.len / sizeof(struct mmscope_zone);
	return 0;
}

/* The facts say it; else the zones do, where those of two nodes do not overlap. */
int recording_node(struct recording *r, __u64 pfn)
{
	const struct mmscope_frame *frame;
	const struct mmscope_zone *zone = (const struct mmscope_zone *)r->zones.data;
	int node = -1;
	size_t i;

	if (!load(r)) {
		frame = (const struct mmscope_frame *)r->frames.data;
		i = find(r, pfn);
		if (i < r->frames.len / sizeof(*frame) && frame[i].pfn == pfn)
			return frame[i].node;
	}
	for (i = 0; i < r->zones.len / sizeof(*zone); i++) {
		if (pfn < zone[i].start || pfn - zone[i].start >= zone[i].spanned)
			continue;
		if (node >= 0 && node != zone[i].node)
			return -1;
		node = zone[i].node;
	}
	return node;
}
