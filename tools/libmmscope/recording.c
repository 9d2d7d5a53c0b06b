// SPDX-License-Identifier: GPL-2.0-only
/*
 * A recording as a source. The file is read whole and checked once; walks and
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
	out->slot = b->rec->data ? b->rec->data + 8 * out->index : 0;
	out->node = -1;
	return 0;
}

static int recording_walk(struct libmmscope_source *src, struct mmscope_walk *w)
{
	struct recording *r = recording_of(src);
	unsigned int level = src->format.info.levels;

	if (w->flags)
		return -ENODATA;	/* neither the kernel half nor a second top */
	w->nr_levels = 0;
	w->retries = 0;
	w->out_flags = r->done.out_flags & MMSCOPE_OUT_HIDDEN;
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
	if (r->done.out_flags & MMSCOPE_OUT_HIDDEN)
		return -EPERM;
	return mmscope_frames_valid(&r->src.format, s->frame_start, s->frame_end) ? 0 : -EINVAL;
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
	scan->resume = scan->end;
	scan->entries = 0;
	scan->tables = 0;
	scan->retries = 0;
	scan->changed = 0;
	if (scan->flags == MMSCOPE_SCAN_BLOCKS)
		err = copy_blocks(r, scan);
	else
		err = recording_make_runs(r, scan);
	*records = r->out.data;
	scan->bytes = r->out.len;
	scan->out_flags = (r->done.out_flags & MMSCOPE_OUT_HIDDEN) |
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
	*records = r->out.data;
	vmas->bytes = r->out.len;
	vmas->resume = vmas->end;
	vmas->map_count = r->mm.map_count;
	return err;
}

static int recording_mm(struct libmmscope_source *src, struct mmscope_mm *mm)
{
	*mm = recording_of(src)->mm;
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

static int recording_frames(struct libmmscope_source *src, struct mmscope_frames *frames,
			    const void **records)
{
	(void)src;
	(void)frames;
	(void)records;
	return -ENODATA;
}

static int recording_layout(struct libmmscope_source *src, struct mmscope_layout *layout,
			    const void **records)
{
	(void)src;
	(void)layout;
	(void)records;
	return -ENODATA;
}

static int recording_zones(struct libmmscope_source *src, struct mmscope_zones *zones,
			   const void **records)
{
	(void)src;
	(void)zones;
	(void)records;
	return -ENODATA;
}

static char *recording_swaps(struct libmmscope_source *src)
{
	struct recording *r = recording_of(src);

	return r->swaps.len ? strdup(r->swaps.data) : NULL;
}

static void recording_close(struct libmmscope_source *src)
{
	struct recording *r = recording_of(src);
	unsigned int i;

	for (i = 0; i < MMSCOPE_LEVELS_MAX; i++)
		free(r->blocks[i].data);
	free(r->vmas.data);
	free(r->tasks.data);
	free(r->swaps.data);
	free(r->out.data);
	free(r->file);
}

static const struct source_ops recording_ops = {
	.walk = recording_walk,
	.scan = recording_scan,
	.vmas = recording_vmas,
	.mm = recording_mm,
	.tasks = recording_tasks,
	.frames = recording_frames,
	.layout = recording_layout,
	.zones = recording_zones,
	.swaps = recording_swaps,
	.close = recording_close,
};

/* Of those that begin at the same address the newest is the last. */
static int by_address(const void *x, const void *y)
{
	const struct block *a = x, *b = y;

	if (a->rec->va != b->rec->va)
		return a->rec->va < b->rec->va ? -1 : 1;
	return a->rec < b->rec ? -1 : a->rec > b->rec;
}

static int load(struct recording *r)
{
	const struct recording_head *head = (const void *)r->file;
	struct recording_chunk chunk = { 0 };
	size_t at = sizeof(*head);
	unsigned int i;
	int err = 0;

	if (r->file_len < sizeof(*head) ||
	    memcmp(head->magic, RECORDING_MAGIC, sizeof(head->magic)))
		return -EBADMSG;
	if (head->version != RECORDING_VERSION)
		return -EPROTO;
	r->src.pid = head->pid;
	while (at < r->file_len && !err) {
		if (r->file_len - at < sizeof(chunk))
			return -EBADMSG;
		memcpy(&chunk, r->file + at, sizeof(chunk));
		at += sizeof(chunk);
		if (chunk.length > r->file_len - at || chunk.length % 8)
			return -EBADMSG;
		err = recording_load_chunk(r, chunk.type, r->file + at, chunk.length);
		at += chunk.length;
	}
	if (!err && (!r->have_mm || chunk.type != RECORDING_SUMMARY))
		return -EBADMSG;	/* cut off */
	for (i = 0; i < MMSCOPE_LEVELS_MAX; i++)
		if (r->blocks[i].len)
			qsort(r->blocks[i].data, r->blocks[i].len / sizeof(struct block),
			      sizeof(struct block), by_address);
	return err;
}

static int read_file(struct recording *r, const char *path)
{
	FILE *stream = fopen(path, "re");
	struct vector v = { 0 };
	char part[65536];
	size_t n;
	int err = 0;

	if (!stream)
		return -errno;
	while (!err && (n = fread(part, 1, sizeof(part), stream)) > 0)
		err = recording_append(&v, part, n);
	if (ferror(stream))
		err = -EIO;
	fclose(stream);
	r->file = v.data;
	r->file_len = v.len;
	return err;
}

int libmmscope_open_recording(const char *path, struct libmmscope_source **out)
{
	struct recording *r = calloc(1, sizeof(*r));
	int err;

	if (!r)
		return -ENOMEM;
	r->src.ops = &recording_ops;
	err = read_file(r, path);
	if (!err)
		err = load(r);
	if (err) {
		libmmscope_close(&r->src);
		return err;
	}
	*out = &r->src;
	return 0;
}
