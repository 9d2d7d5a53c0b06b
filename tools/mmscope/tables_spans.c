// SPDX-License-Identifier: GPL-2.0-only
/* mmscope tables --by reason and span: what stands against huge pages. */
#include "tables.h"

#include <inttypes.h>

enum { REASON_NAME, REASON_SPANS, REASON_ONLY, REASON_PRESENT, REASON_MEANING, NR_REASON };

static const struct column reason_columns[] = {
	[REASON_NAME] = { "REASON", "reason", CELL_STRING, 10, true, "what stands against a huge page" },
	[REASON_SPANS] = { "SPANS", "spans", CELL_NUMBER, 7, true, "spans of 2 MiB that have it" },
	[REASON_ONLY] = { "ONLY", "only", CELL_NUMBER, 7, true, "those that have no other" },
	[REASON_PRESENT] = { "PRESENT", "present", CELL_NUMBER, 7, true, "bytes of frames in them" },
	[REASON_MEANING] = { "MEANING", "meaning", CELL_STRING, 20, true, "what it is" },
};

static const struct {
	const char *name, *help;
} reasons[] = {
#define TABLES_REASON(symbol, nm, hlp) \
	[REASON_##symbol] = { nm, hlp },
#include "tables_reasons.def"
#undef TABLES_REASON
};

static void print_reasons(struct out *out, const struct options *o, const struct tables *t)
{
	unsigned int i;

	for (i = 0; i < TABLES_REASONS; i++) {
		out_set(out, REASON_NAME, "%s", reasons[i].name);
		tables_set_number(out, REASON_SPANS, t->sum.by_reason[i]);
		tables_set_number(out, REASON_ONLY, t->sum.only_reason[i]);
		tables_set_size(out, o, REASON_PRESENT, t->sum.present_pages[i] << 12);
		out_set(out, REASON_MEANING, "%s", reasons[i].help);
		out_row(out);
	}
}

const struct tables_section tables_by_reason = {
	.by = "reason",
	.array = "reasons",
	.shape = { .columns = reason_columns, .nr_columns = NR_REASON },
	.print = print_reasons,
};

enum { SPAN_START, SPAN_END, SPAN_SPANS, SPAN_PRESENT, SPAN_SWAPPED, SPAN_REASONS, SPAN_PATH,
	NR_SPAN };

static const struct column span_columns[] = {
	[SPAN_START] = { "START", "start", CELL_HEX, 14, true, "first address" },
	[SPAN_END] = { "END", "end", CELL_HEX, 14, true, "address after the last" },
	[SPAN_SPANS] = { "SPANS", "spans", CELL_NUMBER, 6, true, "spans of 2 MiB that are alike" },
	[SPAN_PRESENT] = { "PRESENT", "present", CELL_NUMBER, 7, true, "bytes of frames in them" },
	[SPAN_SWAPPED] = { "SWAPPED", "swapped", CELL_NUMBER, 7, false, "bytes swapped out of them" },
	[SPAN_REASONS] = { "REASONS", "reasons", CELL_LIST, 20, true, "what stands against a huge page, see --by reason" },
	[SPAN_PATH] = { "PATH", "path", CELL_STRING, 10, true, "file, or [heap], [stack], [vdso] …" },
};

static void print_span(struct tables *t, const struct tables_span *s)
{
	const char *path = libmmscope_vma_string(s->vma, s->vma->name);
	struct out *out = t->out;
	char text[256] = "";
	unsigned int i;

	for (i = 0; i < TABLES_REASONS; i++)
		if (s->reasons >> i & 1)
			tool_add_word(text, sizeof(text), "%s", reasons[i].name);
	out_set(out, SPAN_START, "0x%012" PRIx64, s->start);
	out_set(out, SPAN_END, "0x%012" PRIx64, s->end);
	tables_set_number(out, SPAN_SPANS, s->nr);
	tables_set_size(out, t->o, SPAN_PRESENT, s->present << 12);
	tables_set_size(out, t->o, SPAN_SWAPPED, s->swapped << 12);
	out_set(out, SPAN_REASONS, "%s", text);
	if (path)
		out_set(out, SPAN_PATH, "%s", path);
	out_row(out);
}

const struct tables_section tables_by_span = {
	.by = "span",
	.array = "spans",
	.alone = true,
	.shape = { .columns = span_columns, .nr_columns = NR_SPAN },
	.span = print_span,
};
