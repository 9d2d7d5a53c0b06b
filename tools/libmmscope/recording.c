// SPDX-License-Identifier: GPL-2.0-only
/*
 * A moment of a recording as a source. It is read whole and checked once; walks and
 * runs are made from its table blocks, as the module makes them from tables.
 */
#include "recording.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static struct recording *recording_of(struct libmmscope_source *src)
{
	return (struct recording *)src;
}

/* What a call returns; also of no bytes a reader may compute the end. */
static const void *answer(const struct recording *r)
{
	return r->out.data ? r->out.data : "";
}

static int entry_at(struct recording *r, unsigned int level, __u64 va,
		    struct mmscope_level *out)
{
	const struct block *b = recording_find_block(r, level, va);
	__u64 i;

	if (!b)
		return -ENOENT;
	i = (va - b->rec->va) >> mmscope_span_shift(level);
	out->level = level;
	out->index = mmscope_index(va, level);
	out->entry = b->slot[i];
	out->slot = b->rec->data ? b->rec->data + 8ULL * out->index : 0;
	out->node = b->rec->data ? recording_node(r, b->rec->data >> 12) : -1;
	return 0;
}

static int recording_walk(struct libmmscope_source *src, struct mmscope_walk *w)
{
	struct recording *r = recording_of(src);
	unsigned int level = src->format.info.levels;

	if (w->flags)
		return -ENODATA;	/* neither the kernel half nor a second top */
	if (w->va < r->moment.start || w->va >= r->moment.end)
		return -ENODATA;
	w->nr_levels = 0;
	w->retries = 0;
	w->out_flags = r->moment.done.out_flags & MMSCOPE_OUT_HIDDEN;
	memset(w->level, 0, sizeof(w->level));
	w->result = MMSCOPE_END_CHANGED;
	while (level--) {
		struct mmscope_level *l = &w->level[w->nr_levels];

		if (entry_at(r, level, w->va, l)) {
			w->out_flags |= MMSCOPE_OUT_CHANGED;
			return 0;	/* the table was not recorded: it kept changing */
		}
		w->nr_levels++;
		if (mmscope_is_table(l->entry, level))
			continue;
		w->result = mmscope_end_of(l->entry, level);
		return 0;
	}
	return 0;
}

static __u64 count_entries(const struct block *b)
{
	__u64 n = 0;
	__u32 i;

	for (i = 0; i < b->rec->nr; i++)
		n += !mmscope_is_none(b->slot[i]);
	return n;
}

static int copy_blocks(struct recording *r, struct mmscope_scan *scan)
{
	int level, err = 0;
	size_t i;

	/* uppers first; a reader of blocks orders them by level and address */
	for (level = MMSCOPE_LEVELS_MAX - 1; level >= 0; level--) {
		const struct block *b = (const struct block *)r->blocks[level].data;

		if (!(scan->levels >> level & 1))
			continue;
		for (i = 0; i < r->blocks[level].len / sizeof(*b) && !err; i++) {
			err = recording_append(&r->out, b[i].rec, sizeof(*b[i].rec));
			if (!err)
				err = recording_append(&r->out, b[i].slot, b[i].rec->nr * 8ULL);
			scan->tables++;
			scan->entries += count_entries(&b[i]);
		}
	}
	return err;
}

/* The filter by frame works on runs alone. 0 or a negative errno. */
static int check_frames(const struct recording *r, const struct mmscope_scan *s)
{
	if (!(s->flags & MMSCOPE_SCAN_FRAMES))
		return 0;
	if (s->flags & MMSCOPE_SCAN_BLOCKS)
		return -EOPNOTSUPP;
	if (r->moment.done.out_flags & MMSCOPE_OUT_HIDDEN)
		return -EPERM;
	return mmscope_frames_valid(&r->src.format, s->frame_start, s->frame_end) ? 0 : -EINVAL;
}

/* As far as tables were recorded; of other addresses nothing is said. */
static int scan_part(struct recording *r, struct mmscope_scan *scan)
{
	struct mmscope_scan part = *scan;
	int err = 0;

	part.start = scan->start > r->moment.start ? scan->start : r->moment.start;
	part.end = scan->end < r->moment.end ? scan->end : r->moment.end;
	part.resume = part.end;
	if (part.start < part.end)
		err = scan->flags == MMSCOPE_SCAN_BLOCKS ? copy_blocks(r, &part) :
							   recording_make_runs(r, &part);
	if (part.resume >= part.end)
		part.resume = scan->end;
	part.start = scan->start;
	part.end = scan->end;
	*scan = part;
	return err;
}

static int recording_scan(struct libmmscope_source *src, struct mmscope_scan *scan,
			  const void **records)
{
	struct recording *r = recording_of(src);
	int err = check_frames(r, scan);

	if (scan->flags & (MMSCOPE_HALF_KERNEL | MMSCOPE_TOP_USER))
		return -ENODATA;
	if (scan->start >= scan->end || scan->end > src->format.info.task_size ||
	    ((scan->start | scan->end) & 4095))
		return -EINVAL;
	if (err)
		return err;
	r->out.len = 0;
	scan->entries = 0;
	scan->tables = 0;
	scan->retries = 0;
	scan->changed = 0;
	err = scan_part(r, scan);
	*records = answer(r);
	scan->bytes = r->out.len;
	scan->out_flags = (r->moment.done.out_flags & MMSCOPE_OUT_HIDDEN) |
			  (scan->changed ? MMSCOPE_OUT_CHANGED : 0);
	return err;
}

static int recording_vmas(struct libmmscope_source *src, struct mmscope_vmas *vmas,
			  const void **records)
{
	struct recording *r = recording_of(src);
	const struct mmscope_vma *vma;
	int err = 0;
	size_t at;

	r->out.len = 0;
	vmas->count = 0;
	for (at = 0; at < r->vmas.len && !err; at += vma->bytes) {
		vma = (const struct mmscope_vma *)(r->vmas.data + at);
		if (vma->end <= vmas->start || vma->start >= vmas->end)
			continue;
		err = recording_append(&r->out, vma, vma->bytes);
		vmas->count++;
	}
	*records = answer(r);
	vmas->bytes = r->out.len;
	vmas->resume = vmas->end;
	vmas->map_count = r->mm.map_count;
	return err;
}

static int recording_mm(struct libmmscope_source *src, struct mmscope_mm *mm)
{
	const struct recording *r = recording_of(src);

	if (!r->have_mm)
		return -ENODATA;
	*mm = r->mm;
	return 0;
}

static int recording_tasks(struct libmmscope_source *src, struct mmscope_tasks *tasks,
			   const void **records)
{
	struct recording *r = recording_of(src);

	if (!r->have_tasks)
		return -ENODATA;
	*records = r->tasks.data;
	tasks->bytes = r->tasks.len;
	tasks->record_size = sizeof(struct mmscope_task);
	tasks->count = r->tasks.len / sizeof(struct mmscope_task);
	return 0;
}

static int recording_layout(struct libmmscope_source *src, struct mmscope_layout *layout,
			    const void **records)
{
	(void)src;
	(void)layout;
	(void)records;
	return -ENODATA;
}

static char *recording_swaps(struct libmmscope_source *src)
{
	struct recording *r = recording_of(src);

	return r->swaps.len ? strdup(r->swaps.data) : NULL;
}

static char *recording_host(struct libmmscope_source *src)
{
	return libmmscope_file_host(recording_of(src)->file);
}

static void recording_close(struct libmmscope_source *src)
{
	struct recording *r = recording_of(src);
	char **content = (char **)r->contents.data;
	size_t i;

	for (i = 0; i < MMSCOPE_LEVELS_MAX; i++)
		free(r->blocks[i].data);
	for (i = 0; i < r->contents.len / sizeof(*content); i++)
		free(content[i]);
	free(r->contents.data);
	free(r->vmas.data);
	free(r->tasks.data);
	free(r->zones.data);
	free(r->frames.data);
	free(r->swaps.data);
	free(r->out.data);
	libmmscope_file_close(r->file);
}

const struct source_ops recording_ops = {
	.walk = recording_walk,
	.scan = recording_scan,
	.vmas = recording_vmas,
	.mm = recording_mm,
	.tasks = recording_tasks,
	.frames = recording_frames,
	.layout = recording_layout,
	.zones = recording_zones,
	.swaps = recording_swaps,
	.host = recording_host,
	.close = recording_close,
};
