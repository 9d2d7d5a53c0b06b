// SPDX-License-Identifier: GPL-2.0-only
/* diff --summary: of every VMA, how much of it has changed in which way. */
#include "diff.h"

#include <inttypes.h>

enum { COL_START, COL_END, COL_CHANGE, COL_PAGES, COL_SIZE, COL_PATH, NR_COLUMNS };

static const struct column columns[] = {
	[COL_START] = { "START", "start", CELL_HEX, 14, true, "first address of the VMA, in A if B has none; none: the sum of all" },
	[COL_END] = { "END", "end", CELL_HEX, 14, true, "address after the last" },
	[COL_CHANGE] = { "CHANGE", "change", CELL_STRING, 12, true, "what has changed, see above" },
	[COL_PAGES] = { "PAGES", "pages", CELL_NUMBER, 6, true, "pages of 4 KiB that have" },
	[COL_SIZE] = { "SIZE", "size", CELL_NUMBER, 6, true, "bytes" },
	[COL_PATH] = { "PATH", "path", CELL_STRING, 10, true, "file, or [heap], [stack] …; total" },
};

const struct command diff_summary = {
	.name = "diff", .columns = columns, .nr_columns = NR_COLUMNS,
};

/* A row for each change that there was, and on to the next VMA. */
static void print(struct diff_sum *s, struct diff_tally *t, const char *path)
{
	unsigned int i;
	char size[32];

	for (i = 0; i < NR_DIFF_CHANGES; i++) {
		if (!t->bytes[i])
			continue;
		if (t == &s->tally) {
			out_set(s->out, COL_START, "0x%012" PRIx64, s->start);
			out_set(s->out, COL_END, "0x%012" PRIx64, s->end);
		}
		tool_size(s->o, t->bytes[i], size, sizeof(size));
		out_set(s->out, COL_CHANGE, "%s", diff_name(i));
		out_set(s->out, COL_PAGES, "%" PRIu64, t->bytes[i] >> 12);
		out_set(s->out, COL_SIZE, "%s", size);
		if (path)
			out_set(s->out, COL_PATH, "%s", path);
		out_row(s->out);
		t->bytes[i] = 0;
	}
}

/* What was added up of one VMA. */
static void flush(struct diff_sum *s)
{
	print(s, &s->tally, s->vma ? libmmscope_vma_string(s->vma, s->vma->name) : NULL);
}

/* A diff_fn: @arg is a struct diff_sum. Whose pages they are is B's to say, if it knows. */
int diff_sum_add(void *arg, const struct diff_span *span)
{
	const struct mmscope_vma *vma = span->vma[1] ? span->vma[1] : span->vma[0];
	struct diff_sum *s = arg;

	if (!s->begun || vma != s->vma) {
		flush(s);
		s->vma = vma;
		s->start = vma ? vma->start : span->start;
		s->begun = true;
	}
	s->end = vma ? vma->end : span->end;
	s->tally.bytes[span->change] += span->end - span->start;
	s->total.bytes[span->change] += span->end - span->start;
	return ferror(stdout) ? EXIT_ERROR : 0;
}

/* The last VMA, and the sum of all. */
void diff_sum_end(struct diff_sum *s)
{
	flush(s);
	print(s, &s->total, "total");
}
