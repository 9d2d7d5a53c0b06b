// SPDX-License-Identifier: GPL-2.0-only
/*
 * What was seen of a frame against how often the kernel says that it is mapped:
 * the map count is read before and after, as the machine lives on meanwhile.
 */
#include "who.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* Frames whose counts differ that are named, each. */
#define LISTED	10

typedef void (*frame_fn)(struct who *w, struct who_frame *to, const struct mmscope_frame *now);

/* Calls @fn for all frames asked for. Return: 0 or a negative errno. */
static int each(struct who *w, frame_fn fn)
{
	struct who_frame *to = w->frame;
	struct mmscope_frames f = { 0 };
	struct mmscope_frame now;
	const void *records;
	size_t i;
	__u32 n;
	int err;

	for (i = 0; i < w->ranges; i++) {
		f.end = w->range[i].end;
		for (f.resume = w->range[i].start; f.resume < f.end;) {
			f.start = f.resume;
			err = libmmscope_frames(w->src, &f, &records);
			if (err)
				return err;
			for (n = 0; n < f.count; n++) {
				memcpy(&now, (const char *)records + (size_t)n * f.record_size,
				       sizeof(now));
				fn(w, to++, &now);
			}
		}
	}
	return 0;
}

static void begin(struct who *w, struct who_frame *to, const struct mmscope_frame *now)
{
	(void)w;
	to->before = *now;
}

/* Does the kernel keep a map count for it? Not for what it does not manage as memory. */
static bool has_count(const struct mmscope_frame *f)
{
	switch (f->kind) {
	case MMSCOPE_FRAME_ANON:
	case MMSCOPE_FRAME_KSM:
	case MMSCOPE_FRAME_FILE:
	case MMSCOPE_FRAME_SHMEM:
	case MMSCOPE_FRAME_HUGETLB:
		return true;
	default:
		return false;
	}
}

static void compare(struct who *w, struct who_frame *to, const struct mmscope_frame *now)
{
	uint32_t low = to->before.mapcount, high = now->mapcount, swap;
	char times[64], note[96] = "";

	if (low > high) {
		swap = low;
		low = high;
		high = swap;
	}
	if (!has_count(now) || (to->seen >= low && to->seen <= high))
		return;
	/* of a large folio some kernels keep one count, and tell its average */
	if (now->order)
		snprintf(note, sizeof(note),
			 "; the count may be an average over the %u frames of its folio",
			 1U << (now->order & 31));
	w->unseen += to->seen < low && !now->order;
	if (++w->differ > LISTED)
		return;
	if (low == high)
		snprintf(times, sizeof(times), "%u times", low);
	else
		snprintf(times, sizeof(times), "%u to %u times", low, high);
	tool_error("frame 0x%" PRIx64 " (%s): mapped %s as the kernel counts, %u seen%s",
		   (uint64_t)now->pfn, page_frame_kind(now), times, to->seen, note);
}

/* Before anything is looked at. Return: 0 or a negative errno. */
int who_count_begin(struct who *w)
{
	uint64_t frames = 0;
	size_t i;

	for (i = 0; i < w->ranges; i++)
		frames += w->range[i].end - w->range[i].start;
	w->frames = frames;
	if (frames > WHO_COUNTED)
		return 0;
	w->frame = calloc(frames + 1, sizeof(*w->frame));
	return w->frame ? each(w, begin) : -ENOMEM;
}

/**
 * who_count_end - say which frames were seen more or less often than they are mapped
 * @w: after everything was looked at; w->unseen is set
 *
 * Return: 0 or a negative errno.
 */
int who_count_end(struct who *w)
{
	int err;

	if (!w->frame) {
		tool_error("who: more than %u frames: not compared with their map counts",
			   WHO_COUNTED);
		return 0;
	}
	err = each(w, compare);
	if (w->differ > LISTED)
		tool_error("who: %" PRIu64 " more frames are mapped more or less often than seen",
			   w->differ - LISTED);
	return err;
}
