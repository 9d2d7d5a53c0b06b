// SPDX-License-Identifier: GPL-2.0-only
/*
 * What one address space has of it: the module's records, in memory of our own.
 * Nothing is counted or printed before all of it was read.
 */
#include "who.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static int keep(struct who *w, const struct mmscope_record *rec)
{
	struct mmscope_record *more = w->record;

	if (w->records == w->room) {
		w->room = w->room ? 2 * w->room : 64;
		more = reallocarray(more, w->room, sizeof(*more));
		if (!more)
			return -ENOMEM;
		w->record = more;
	}
	w->record[w->records++] = *rec;
	return 0;
}

/* The module leaves out as much as it can; what is left is looked at in who_rows.c. */
static void set_filter(const struct who *w, struct mmscope_scan *s)
{
	if (w->o->file)
		return;
	if (w->o->swap) {
		s->filter_mask = MMSCOPE_P | MMSCOPE_PN;
		return;
	}
	s->flags |= MMSCOPE_SCAN_FRAMES;
	s->frame_start = w->range[0].start;
	s->frame_end = w->range[w->ranges - 1].end;
}

static int scan(struct who *w, uint64_t start, uint64_t end, uint64_t *changed)
{
	struct mmscope_scan s = {
		.flags = MMSCOPE_SCAN_RUNS, .end = end, .resume = start,
		.levels = (1U << (MMSCOPE_LEAF_MAX + 1)) - 1,
	};
	const struct mmscope_record *rec, *last;
	const void *records;
	int err = 0;

	set_filter(w, &s);
	while (s.resume < end && !err) {
		if (tool_interrupted)
			return -EINTR;
		s.start = s.resume;
		err = libmmscope_scan(w->src, &s, &records);
		if (err)
			return err;
		rec = records;
		last = rec + s.bytes / sizeof(*rec);
		for (; rec < last && !err; rec++) {
			if (rec->type == MMSCOPE_REC_RUN)
				err = keep(w, rec);
			else
				++*changed;
		}
	}
	return err;
}

static int scan_file(struct who *w, uint64_t *changed, uint64_t *vmas)
{
	int err = libmmscope_maps_read(w->src, &w->maps);
	const struct mmscope_vma *vma;
	size_t i;

	for (i = 0; i < w->maps.count && !err; i++) {
		vma = w->maps.vma[i];
		if (vma->file_id != w->file_id)
			continue;
		++*vmas;
		err = scan(w, vma->start, vma->end, changed);
	}
	return err;
}

/* For processes_each(): everything about one address space. */
int who_look(struct libmmscope_source *src, void *who)
{
	struct who *w = who;
	uint64_t changed = 0, vmas = 0;
	int err;

	w->src = src;
	w->records = 0;
	w->windowed = 0;
	if (w->o->file) {
		err = scan_file(w, &changed, &vmas);
	} else {
		err = scan(w, 0, w->f->info.task_size, &changed);
		if (!err && w->records)
			err = libmmscope_maps_read(src, &w->maps);
	}
	if (!err) {
		w->vmas += vmas;
		w->changed += changed;
		if (changed)
			tool_error("pid %d: %llu spans kept changing and were not read",
				   libmmscope_pid(src), (unsigned long long)changed);
		if (w->records) {
			progress_end(&w->processes.progress);
			who_print(w);
		}
	}
	libmmscope_maps_free(&w->maps);
	return err;
}
