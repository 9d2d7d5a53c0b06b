// SPDX-License-Identifier: GPL-2.0-only
/*
 * How many tables there are, how full they are, on which node they lie and which
 * VMA they are there for. A table may come in several blocks, and the upper ones
 * again at every call: what counts is its level and the address it begins at.
 */
#include "tables.h"

#include <errno.h>
#include <stdlib.h>

/* Tables closer to each other than this are asked about in one call. */
#define NEAR_FRAMES	64

/* A table of a level, while its blocks come in. */
struct open_table {
	bool any;
	uint64_t start;		/* address its first slot stands for */
	uint64_t done;		/* slots below this address have been counted */
	uint64_t entries;
};

struct cost {
	struct tables *t;
	struct open_table open[MMSCOPE_LEVELS_MAX];
	/* physical addresses of the tables: multiples of 4096, the level fits below */
	struct tables_numbers place;
};

/*
 * To the VMAs in the span of a table: the kernel frees it with the last of them.
 * The top table belongs to the mm.
 */
static void add_cost(struct tables *t, unsigned int level, uint64_t start)
{
	uint64_t end = start + mmscope_span(level + 1);
	size_t first, last, i;

	if (level + 1 == libmmscope_format(t->src)->info.levels)
		return;
	first = libmmscope_maps_after(&t->maps, start);
	for (last = first; last < t->maps.count && t->maps.vma[last]->start < end;)
		last++;
	for (i = first; i < last; i++) {
		t->vma[i].tables++;
		t->vma[i].own += last - first == 1;
		t->vma[i].cost += 4096.0 / (last - first);
	}
}

static void close_table(struct cost *c, unsigned int level)
{
	struct tables_level *l = &c->t->sum.level[level];
	struct open_table *open = &c->open[level];

	if (!open->any)
		return;
	l->tables++;
	l->entries += open->entries;
	l->empty += !open->entries;
	l->sparse += open->entries < c->t->sparse;
	add_cost(c->t, level, open->start);
	open->any = false;
}

static int add_block(struct cost *c, const struct mmscope_record *rec)
{
	uint64_t start = rec->va & ~(mmscope_span(rec->level + 1) - 1);
	struct open_table *open = &c->open[rec->level];
	const __u64 *slot = (const void *)(rec + 1);
	uint64_t i = 0;
	int err = 0;

	if (!open->any || open->start != start) {
		close_table(c, rec->level);
		*open = (struct open_table){ .any = true, .start = start, .done = start };
		if (rec->data)
			err = tables_numbers_add(&c->place, rec->data | rec->level);
	}
	if (open->done > rec->va)
		i = (open->done - rec->va) >> mmscope_span_shift(rec->level);
	for (; i < rec->nr; i++) {
		open->entries += !mmscope_is_none(slot[i]);
		c->t->sum.level[rec->level].slots++;
	}
	if (mmscope_record_end(rec) > open->done)
		open->done = mmscope_record_end(rec);
	return err;
}

static int add_record(void *arg, const struct mmscope_record *rec)
{
	struct cost *c = arg;

	if (rec->type == MMSCOPE_REC_BLOCK)
		return add_block(c, rec);
	c->t->sum.unread++;
	return 0;
}

static void add_node(struct tables *t, const struct mmscope_frame *frame, uint64_t place)
{
	if (frame->node >= 0 && frame->node < TABLES_NODES)
		t->sum.level[place & 4095].on_node[frame->node]++;
}

/* Nodes of the tables from place @i on that lie near each other. Return: the next i. */
static size_t read_nodes(struct cost *c, size_t i, int *err)
{
	const uint64_t *place = c->place.number;
	struct mmscope_frames f = { .start = place[i] >> 12 };
	const struct mmscope_frame *frame;
	const void *records;
	size_t end = i + 1;

	while (end < c->place.nr && (place[end] >> 12) - (place[end - 1] >> 12) < NEAR_FRAMES)
		end++;
	f.end = (place[end - 1] >> 12) + 1;
	*err = libmmscope_frames(c->t->src, &f, &records);
	while (!*err && i < end && place[i] >> 12 < f.resume) {
		frame = (const void *)((const char *)records +
				       ((place[i] >> 12) - f.start) * f.record_size);
		add_node(c->t, frame, place[i++]);
	}
	return i;
}

/* Frames take the place of the records of a scan: asked for when that is over. */
static int add_nodes(struct cost *c)
{
	size_t i = 0;
	int err = 0;

	tables_numbers_sort(&c->place);
	while (i < c->place.nr && !err && !tool_interrupted)
		i = read_nodes(c, i, &err);
	c->t->cut |= tool_interrupted && i < c->place.nr;
	/* neither recordings have them nor does everybody see them */
	return err == -ENODATA || err == -EPERM ? 0 : err;
}

static int keep_shareable(struct cost *c)
{
	size_t i;
	int err = 0;

	for (i = 0; i < c->place.nr && !err; i++)
		if ((c->place.number[i] & 4095) == 1)
			err = tables_numbers_add(&c->t->shareable, c->place.number[i]);
	return err;
}

int tables_cost(struct tables *t)
{
	unsigned int level, levels = libmmscope_format(t->src)->info.levels;
	struct cost c = { .t = t };
	int err = tables_scan(t, MMSCOPE_SCAN_BLOCKS, (1U << levels) - 1, add_record, &c);

	for (level = 0; level < levels; level++)
		close_table(&c, level);
	if (!err)
		err = add_nodes(&c);
	if (!err)
		err = keep_shareable(&c);
	free(c.place.number);
	return err;
}
