// SPDX-License-Identifier: GPL-2.0-only
/* mmscope tables: what page tables cost, and what stands against huge pages. */
#include "tables.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define SPARSE	8

static const struct tables_section * const sections[] = {
	&tables_by_level, &tables_by_total, &tables_by_vma, &tables_by_page, &tables_by_run,
	&tables_by_reason, &tables_by_span, &tables_by_process,
};

#define NR_SECTIONS (sizeof(sections) / sizeof(sections[0]))

/* NULL if there is no such. */
static const struct tables_section *section_of(const struct options *o)
{
	size_t i;

	for (i = 0; i < NR_SECTIONS; i++)
		if (!strcmp(o->by ? o->by : sections[0]->by, sections[i]->by))
			return sections[i];
	return NULL;
}

static int parse_sparse(const char *text, unsigned int *sparse)
{
	char *end;
	unsigned long value;

	*sparse = SPARSE;
	if (!text)
		return 0;
	value = strtoul(text, &end, 10);
	*sparse = value;
	if (isdigit((unsigned char)*text) && !*end && value <= MMSCOPE_SLOTS)
		return 0;
	tool_error("tables: --sparse takes a number of entries, 0 to %u, not '%s'", MMSCOPE_SLOTS,
		   text);
	return EXIT_ERROR;
}

static int check_options(const struct options *o, const struct tables_section *section)
{
	if (!section)
		tool_error("tables: there is no '--by %s'\nTry 'mmscope tables --help'.", o->by);
	else if (o->all && section->alone)
		tool_error("tables: '--by %s' is about one process, not --all", section->by);
	else if (o->all && (o->input || o->argc))
		tool_error("tables: --all takes neither a process nor a recording");
	else if (o->no_merge && !section->span)
		tool_error("tables: --no-merge is about '--by span'");
	else
		return 0;
	return EXIT_ERROR;
}

/* The rows of a section, and for people the totals below those of the levels. */
static int print(const struct options *o, const struct tables_section *section, struct tables *t)
{
	struct options plain = *o;
	struct out *out;

	if (section->print)
		section->print(t->out, o, t);
	if (out_end(t->out))
		return EXIT_ERROR;
	if (o->by || o->columns || o->json || o->raw || o->noheadings)
		return EXIT_OK;
	plain.by = tables_by_total.by;
	out = out_begin(&plain, &tables_by_total.shape, tables_by_total.array);
	if (!out)
		return EXIT_ERROR;
	putchar('\n');
	tables_by_total.print(out, &plain, t);
	return out_end(out) ? EXIT_ERROR : EXIT_OK;
}

/* What is missing in what was printed. Return: exit status. */
static int judge(const struct options *o, const struct tables *t)
{
	const struct tables_machine *m = t->machine;

	if (t->hidden)
		tool_hidden(MMSCOPE_OUT_HIDDEN);
	if (o->verbose || t->sum.unread)
		tool_error("%" PRIu64 " looks repeated, %" PRIu64 " tables not read",
			   t->sum.retries, t->sum.unread);
	if (m && m->denied)
		tool_error("tables: %" PRIu64 " processes (kernel threads among them) may not be looked at and are not counted",
			   m->denied);
	if (t->cut)
		tool_error("interrupted; this is not all");
	return t->cut || t->sum.unread || (m && m->denied) ? EXIT_PARTIAL : EXIT_OK;
}

static int show(const struct options *o, const struct tables_section *section, struct tables *t)
{
	struct tables_machine machine = { 0 };
	int err;

	t->o = o;
	t->span = section->span;
	t->out = out_begin(o, &section->shape, section->array);
	if (!t->out)
		return EXIT_ERROR;
	err = o->all ? tables_read_all(t, &machine, section) : tables_read(t);
	if (err) {
		out_end(t->out);
		return tool_fail(o, t->src, err);
	}
	if (section->process && !o->all)
		section->process(t);
	err = print(o, section, t);
	return err ? err : judge(o, t);
}

static int run(const struct options *o)
{
	const struct tables_section *section = section_of(o);
	struct tables *t;
	int err;

	if (check_options(o, section))
		return EXIT_ERROR;
	t = calloc(1, sizeof(*t));
	if (!t)
		return EXIT_ERROR;
	err = parse_sparse(o->sparse, &t->sparse);
	if (!err)
		err = o->all ? tool_open_process("self", &t->src) :
			       tool_open_alone(o, "tables", &t->src);
	if (!err) {
		err = show(o, section, t);
		tables_free(t);
		libmmscope_close(t->src);
	}
	free(t);
	return err;
}

static const struct command *like(const struct options *o)
{
	const struct tables_section *section = section_of(o);

	return section ? &section->shape : &tables_by_level.shape;
}

const struct command command_tables = {
	.name = "tables",
	.args = "PID | --all",
	.help = "what page tables cost; runs of frames, huge pages and what stands against them",
	.more = "Without --by the tables by level, then the totals. --by takes\n"
		"  level    tables: how many, how full, on which NUMA node\n"
		"  total    sums: the kernel's own count, coverage by huge pages, TLB reach\n"
		"  vma      tables for each VMA, and what they map there\n"
		"  page     what is mapped, by size of page\n"
		"  run      how long runs of frames are that follow each other\n"
		"  reason   spans of 2 MiB by what stands against a huge page\n"
		"  span     these spans themselves; --no-merge: each that is touched on its own\n"
		"  process  address spaces\n"
		"'--by WHAT --help' lists its columns. Frames and nodes need CAP_SYS_ADMIN.",
	.examples = " mmscope tables 1234\n"
		    " mmscope tables --by vma -o +HUGE% 1234\n"
		    " mmscope tables --by span 1234\n"
		    " mmscope tables --all --by process | sort -rnk4 | head\n"
		    " mmscope tables -J --by total 1234 | jq '.totals[] | select(.field == \"tlb_reach\").value'\n",
	.options = OPT_TABLE | OPT_INPUT | OPT_BYTES | OPT_NO_MERGE | OPT_TABLES,
	.run = run,
	.like = like,
};
