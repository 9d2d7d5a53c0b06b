// SPDX-License-Identifier: GPL-2.0-only
/* frame --summary: how many frames of each kind, by node and zone. */
#include "frame.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { COL_NODE, COL_ZONE, COL_KIND, COL_FRAMES, COL_SIZE, NR_COLUMNS };

static const struct column columns[] = {
	[COL_NODE] = { "NODE", "node", CELL_NUMBER, 4, true, "NUMA node" },
	[COL_ZONE] = { "ZONE", "zone", CELL_STRING, 7, true, "zone" },
	[COL_KIND] = { "KIND", "kind", CELL_STRING, 9, true, "what the frames are used for" },
	[COL_FRAMES] = { "FRAMES", "frames", CELL_NUMBER, 10, true, "how many" },
	[COL_SIZE] = { "SIZE", "size", CELL_NUMBER, 10, true, "their bytes" },
};

const struct command frame_summary = {
	.name = "frame",
	.columns = columns,
	.nr_columns = NR_COLUMNS,
};

static bool belongs(const struct tally *t, const struct mmscope_frame *f, const char *kind)
{
	return t->kind == kind && t->node == f->node && t->zone == f->zone;
}

/* The last one found is first: frames of a kind come in rows. */
static struct tally *find(struct frames *s, const struct mmscope_frame *f, const char *kind)
{
	struct tally t, *grown;
	size_t i;

	for (i = 0; i < s->nr_tallies; i++) {
		if (!belongs(&s->tally[i], f, kind))
			continue;
		t = s->tally[0];
		s->tally[0] = s->tally[i];
		s->tally[i] = t;
		return s->tally;
	}
	grown = reallocarray(s->tally, i + 1, sizeof(t));
	if (!grown)
		return NULL;
	s->tally = grown;
	s->tally[i] = (struct tally){ .kind = kind, .node = f->node, .zone = f->zone };
	s->nr_tallies++;
	return &s->tally[i];
}

/* 0, or -1 without memory. */
int frame_summary_add(struct frames *s, const struct mmscope_frame *f, uint64_t nr)
{
	struct tally *t = find(s, f, page_frame_kind(f));

	if (!t)
		return -1;
	t->nr += nr;
	return 0;
}

/* By node and zone, those without one at the end; then the most first. */
static int compare(const void *a, const void *b)
{
	const struct tally *x = a, *y = b;

	if (x->node != y->node)
		return (unsigned int)x->node < (unsigned int)y->node ? -1 : 1;
	if (x->zone != y->zone)
		return x->zone < y->zone ? -1 : 1;
	if (x->nr != y->nr)
		return x->nr > y->nr ? -1 : 1;
	return strcmp(x->kind, y->kind);
}

void frame_summary_print(struct frames *s)
{
	const struct tally *t;
	char size[32];
	size_t i;

	if (s->nr_tallies)
		qsort(s->tally, s->nr_tallies, sizeof(*s->tally), compare);
	for (i = 0; i < s->nr_tallies; i++) {
		t = &s->tally[i];
		if (t->node >= 0) {
			out_set(s->out, COL_NODE, "%d", t->node);
			out_set(s->out, COL_ZONE, "%s",
				libmmscope_zone_name(&s->zones, t->node, t->zone));
		}
		out_set(s->out, COL_KIND, "%s", t->kind);
		out_set(s->out, COL_FRAMES, "%" PRIu64, t->nr);
		tool_size(s->o, t->nr << 12, size, sizeof(size));
		out_set(s->out, COL_SIZE, "%s", size);
		out_row(s->out);
	}
}
