// SPDX-License-Identifier: GPL-2.0-only
/* What has changed, as rows: pages in a row that have changed alike are one. */
#include "diff.h"

#include <inttypes.h>
#include <string.h>

enum {
	COL_START, COL_END, COL_SIZE, COL_PAGES, COL_CHANGE, COL_FROM, COL_TO, COL_BITS,
	COL_FLAGS, COL_FRAME_A, COL_FRAME_B, COL_RAW_A, COL_RAW_B, COL_PATH, COL_VMA,
	NR_COLUMNS,
};

const struct column diff_columns[] = {
	[COL_START] = { "START", "start", CELL_HEX, 14, true, "first address" },
	[COL_END] = { "END", "end", CELL_HEX, 14, true, "address after the last" },
	[COL_SIZE] = { "SIZE", "size", CELL_NUMBER, 6, false, "bytes" },
	[COL_PAGES] = { "PAGES", "pages", CELL_NUMBER, 6, true, "pages of 4 KiB" },
	[COL_CHANGE] = { "CHANGE", "change", CELL_STRING, 12, true, "what has changed, see above" },
	[COL_FROM] = { "FROM", "from", CELL_STRING, 8, true, "what it was in A: kind, after its level if not the lowest; rights or path of a VMA" },
	[COL_TO] = { "TO", "to", CELL_STRING, 8, true, "what it is in B" },
	[COL_BITS] = { "BITS", "bits", CELL_LIST, 8, true, "flags in letters: + if only B has it, - if only A" },
	[COL_FLAGS] = { "FLAGS", "flags", CELL_LIST, 20, false, "the same by name" },
	[COL_FRAME_A] = { "FRAME_A", "frame_a", CELL_HEX, 10, true, "frame of the first page in A, or swap:SLOT" },
	[COL_FRAME_B] = { "FRAME_B", "frame_b", CELL_HEX, 10, true, "the same in B" },
	[COL_RAW_A] = { "RAW_A", "raw_a", CELL_HEX, 18, false, "entry of the first page in A" },
	[COL_RAW_B] = { "RAW_B", "raw_b", CELL_HEX, 18, false, "the same in B" },
	[COL_PATH] = { "PATH", "path", CELL_STRING, 10, true, "file, or [heap], [stack] …" },
	[COL_VMA] = { "VMA", "vma", CELL_HEX, 14, false, "first address of the VMA, in A if B has none" },
};

_Static_assert(NR_COLUMNS == DIFF_COLUMNS, "diff.h counts the columns");

static bool of_vma(enum diff_change change)
{
	return change >= DIFF_VMA_APPEARED;
}

static const char *kind_of(const struct diff_rows *r, const struct diff_span *s, unsigned int side,
			   struct mmscope_entry *e)
{
	const struct mmscope_format *f = pieces_format(&r->d->side[side]);

	mmscope_decode(f, s->side[side].raw, s->side[side].level, 0, e);
	return tool_kind(f, e, s->vma[side]);
}

/* One side of pages: what is there, and in which frame. */
static void set_page(const struct diff_rows *r, unsigned int side)
{
	const struct diff_span *s = &r->row;
	const struct piece *p = &s->side[side];
	struct mmscope_entry e;
	const char *kind;

	if (p->what == PIECE_UNREAD)
		out_set(r->out, COL_FROM + side, "unread");
	if (p->what == PIECE_UNREAD || p->what == PIECE_NOTHING)
		return;
	kind = kind_of(r, s, side, &e);
	if (p->level)
		out_set(r->out, COL_FROM + side, "%s %s",
			mmscope_level_name(pieces_format(&r->d->side[side]), p->level), kind);
	else
		out_set(r->out, COL_FROM + side, "%s", kind);
	out_set(r->out, COL_RAW_A + side, "0x%016" PRIx64, p->raw);
	if (diff_hidden(&r->d->side[side]))
		return;
	if (p->what == PIECE_SLOT)
		out_set(r->out, COL_FRAME_A + side, "swap:%" PRIu64, (uint64_t)e.offset);
	else if (e.has_pfn)
		out_set(r->out, COL_FRAME_A + side, "0x%" PRIx64, p->id);
}

/* One side of a VMA: what changed of it. */
static void set_vma(const struct diff_rows *r, unsigned int side)
{
	const struct mmscope_vma *vma = r->row.vma[side];
	char text[4096];

	if (!vma)
		return;
	if (r->row.change == DIFF_VMA_PATH)
		diff_vma_text(vma, r->row.vma[!side], text, sizeof(text));
	else
		mmscope_perms(vma->flags, text);
	if (*text)
		out_set(r->out, COL_FROM + side, "%s", text);
}

/* Prints what waits. */
void diff_rows_flush(struct diff_rows *r)
{
	const struct diff_span *s = &r->row;
	const struct mmscope_vma *vma = s->vma[1] ? s->vma[1] : s->vma[0];
	const char *path = vma ? libmmscope_vma_string(vma, vma->name) : NULL;
	unsigned int side;
	char size[32];

	if (!r->waiting)
		return;
	r->waiting = false;
	tool_size(r->o, s->end - s->start, size, sizeof(size));
	out_set(r->out, COL_START, "0x%012" PRIx64, s->start);
	out_set(r->out, COL_END, "0x%012" PRIx64, s->end);
	out_set(r->out, COL_SIZE, "%s", size);
	out_set(r->out, COL_PAGES, "%" PRIu64, (s->end - s->start) >> 12);
	out_set(r->out, COL_CHANGE, "%s", diff_name(s->change));
	for (side = 0; side < 2; side++)
		(of_vma(s->change) ? set_vma : set_page)(r, side);
	if (*r->words.letters) {
		out_set(r->out, COL_BITS, "%s", r->words.letters);
		out_set(r->out, COL_FLAGS, "%s", r->words.names);
	}
	if (path)
		out_set(r->out, COL_PATH, "%s", path);
	if (vma)
		out_set(r->out, COL_VMA, "0x%012" PRIx64, (uint64_t)vma->start);
	out_row(r->out);
}

/* Are the entries of one side alike, but for their flags? */
static bool same_side(const struct diff_rows *r, const struct diff_span *s, unsigned int side)
{
	const struct piece *p = &s->side[side], *q = &r->row.side[side];
	struct mmscope_entry e;

	if (p->what != q->what || p->level != q->level)
		return false;
	if (p->what == PIECE_NOTHING || p->what == PIECE_UNREAD || p->raw == q->raw)
		return true;
	return !strcmp(kind_of(r, s, side, &e), kind_of(r, &r->row, side, &e));
}

/* Does a span go on with what waits? */
static bool joins(const struct diff_rows *r, const struct diff_span *s)
{
	const char *letters = s->words ? s->words->letters : "";

	return r->waiting && !r->o->no_merge && s->start == r->row.end &&
	       s->change == r->row.change && s->vma[0] == r->row.vma[0] &&
	       s->vma[1] == r->row.vma[1] && !of_vma(s->change) && same_side(r, s, 0) &&
	       same_side(r, s, 1) && !strcmp(letters, r->words.letters);
}

static void begin(struct diff_rows *r, const struct diff_span *s)
{
	diff_rows_flush(r);
	r->row = *s;
	r->words.letters[0] = '\0';
	r->words.names[0] = '\0';
	if (s->words)
		r->words = *s->words;
	r->waiting = true;
}

/* Every entry on its own: of a huge page against small ones, the small ones. */
static void each_entry(struct diff_rows *r, const struct diff_span *s)
{
	unsigned int level = s->side[0].what ? s->side[0].level : s->side[1].level;
	struct diff_span part = *s;
	uint64_t span;

	if (s->side[1].what && s->side[1].level < level)
		level = s->side[1].level;
	for (span = mmscope_span(level); part.start < s->end; part.start = part.end) {
		part.end = (part.start & ~(span - 1)) + span;
		part.end = part.end < s->end ? part.end : s->end;
		part.side[0] = piece_from(&s->side[0], part.start);
		part.side[1] = piece_from(&s->side[1], part.start);
		begin(r, &part);
	}
}

/* A diff_fn: @arg is a struct diff_rows. */
int diff_rows_add(void *arg, const struct diff_span *s)
{
	struct diff_rows *r = arg;

	if (r->o->no_merge && !of_vma(s->change) && s->change != DIFF_UNKNOWN)
		each_entry(r, s);
	else if (joins(r, s))
		r->row.end = s->end;
	else
		begin(r, s);
	return ferror(stdout) ? EXIT_ERROR : 0;
}
