// SPDX-License-Identifier: GPL-2.0-only
/* mmscope cow --pages: both entries of every page, those that are alike in one row. */
#include "cow.h"

#include <inttypes.h>

enum {
	COL_START, COL_END, COL_PAGES, COL_STATE, COL_PROMISED, COL_FRAME, COL_OTHER,
	COL_STEP, COL_LEVEL, COL_OTHER_LEVEL, COL_ENTRY, COL_OTHER_ENTRY, COL_PATH, NR_COLUMNS,
};

static const struct column columns[] = {
	[COL_START] = { "START", "start", CELL_HEX, 14, true, "first address" },
	[COL_END] = { "END", "end", CELL_HEX, 14, false, "address after the last" },
	[COL_PAGES] = { "PAGES", "pages", CELL_NUMBER, 6, true, "pages of 4 KiB" },
	[COL_STATE] = { "STATE", "state", CELL_STRING, 7, true, "shared, copied, own, there, unknown" },
	[COL_PROMISED] = { "PROMISED", "promised", CELL_STRING, 8, true, "yes: a write here makes a copy" },
	[COL_FRAME] = { "FRAME", "frame", CELL_HEX, 10, true, "frame of the first page here, or swap:SLOT" },
	[COL_OTHER] = { "OTHER", "other", CELL_HEX, 10, true, "the same in the other process" },
	[COL_STEP] = { "STEP", "step", CELL_NUMBER, 4, true, "where the frames of the next pages are: 1 up, -1 down, 0 all the same one" },
	[COL_LEVEL] = { "LEVEL", "level", CELL_STRING, 5, false, "level of the entry here" },
	[COL_OTHER_LEVEL] = { "OTHERLEVEL", "other_level", CELL_STRING, 10, false, "the same there" },
	[COL_ENTRY] = { "ENTRY", "entry", CELL_HEX, 18, true, "the entry of the first page here" },
	[COL_OTHER_ENTRY] = { "OTHERENTRY", "other_entry", CELL_HEX, 18, true, "the same there" },
	[COL_PATH] = { "PATH", "path", CELL_STRING, 10, true, "file, or [heap], [stack] …" },
};

const struct command cow_pages = {
	.name = "cow", .columns = columns, .nr_columns = NR_COLUMNS,
};

struct pages {
	struct out *out;
	const struct mmscope_format *f;
};

static void set_side(const struct pages *p, const struct piece *side, unsigned int frame,
		     unsigned int level, unsigned int entry)
{
	if (side->what == PIECE_NOTHING || side->what == PIECE_UNREAD)
		return;
	if (side->what == PIECE_FRAME)
		out_set(p->out, frame, "0x%" PRIx64, side->id);
	else if (side->what == PIECE_SLOT)
		out_set(p->out, frame, "swap:%" PRIu64, (uint64_t)(side->id & ((1ULL << 58) - 1)));
	out_set(p->out, level, "%s", mmscope_level_name(p->f, side->level));
	out_set(p->out, entry, "0x%016" PRIx64, side->raw);
}

/* What nobody has written is left out: it is most of the addresses. */
static int print(void *arg, const struct cow_span *s)
{
	static const char * const word[] = {
#define COW_STATE(symbol, column, word, ...) word,
#include "cow.def"
	};
	const struct piece *one = piece_counts(&s->mine) ? &s->mine : &s->other;
	const struct pages *p = arg;
	const char *path = libmmscope_vma_string(s->vma, s->vma->name);

	if (s->state == COW_NEVER)
		return 0;
	out_set(p->out, COL_START, "0x%012" PRIx64, s->start);
	out_set(p->out, COL_END, "0x%012" PRIx64, s->end);
	out_set(p->out, COL_PAGES, "%" PRIu64, (s->end - s->start) >> 12);
	out_set(p->out, COL_STATE, "%s", word[s->state]);
	if (s->promised)
		out_set(p->out, COL_PROMISED, "yes");
	set_side(p, &s->mine, COL_FRAME, COL_LEVEL, COL_ENTRY);
	set_side(p, &s->other, COL_OTHER, COL_OTHER_LEVEL, COL_OTHER_ENTRY);
	if (s->end - s->start > 4096 && piece_counts(one))
		out_set(p->out, COL_STEP, "%d", one->direction);
	if (path)
		out_set(p->out, COL_PATH, "%s", path);
	out_row(p->out);
	return 0;
}

/* All pages of two processes. 0 or a negative errno. */
int cow_pages_print(struct cow *c, struct out *out)
{
	struct pages p = { .out = out, .f = libmmscope_format(c->mine.src) };
	struct cow_sums sums = { 0 };

	return cow_all(c, &sums, print, &p);
}
