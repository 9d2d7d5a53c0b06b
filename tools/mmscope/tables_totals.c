// SPDX-License-Identifier: GPL-2.0-only
/* mmscope tables --by total and process: sums of one process or of all. */
#include "tables.h"

#include <inttypes.h>

enum { COL_FIELD, COL_VALUE, COL_MEANING, NR_TOTAL };

static const struct column total_columns[] = {
	[COL_FIELD] = { "FIELD", "field", CELL_STRING, 16, true, "name" },
	[COL_VALUE] = { "VALUE", "value", CELL_DECIMAL, 10, true, "its value" },
	[COL_MEANING] = { "MEANING", "meaning", CELL_STRING, 20, true, "what it is" },
};

enum unit { COUNT, BYTES, PERCENT };

struct field {
	const char *name;
	enum unit unit;
	double value;
	const char *help;
};

static void print_field(struct out *out, const struct options *o, const struct field *x)
{
	const char *sign = x->value < 0 ? "-" : "";
	double value = x->value < 0 ? -x->value : x->value;
	char text[32];

	out_set(out, COL_FIELD, "%s", x->name);
	out_set(out, COL_MEANING, "%s", x->help);
	if (x->unit == BYTES)
		tool_size(o, value, text, sizeof(text));
	else
		snprintf(text, sizeof(text), x->unit == PERCENT ? "%.1f" : "%.0f", value);
	out_set(out, COL_VALUE, "%s%s", sign, text);
	out_row(out);
}

static uint64_t all_tables(const struct tables_sum *sum, unsigned int levels)
{
	uint64_t tables = 0;
	unsigned int i;

	for (i = 0; i < levels; i++)
		tables += sum->level[i].tables;
	return tables;
}

static double share(double part, double whole)
{
	return whole ? 100 * part / whole : 0;
}

static void print_machine(struct out *out, const struct options *o,
			  const struct tables_machine *m)
{
	const struct field fields[] = {
		{ "processes", COUNT, m->processes, "processes that were read" },
		{ "address_spaces", COUNT, m->spaces, "their address spaces, each counted once" },
		{ "kernel_threads", COUNT, m->kernel_threads, "not counted: they have none of their own" },
		{ "exited", COUNT, m->gone, "not counted: exited, or called exec meanwhile" },
		{ "denied", COUNT, m->denied, "not counted: permission denied" },
		{ "shared_tables", COUNT, m->shared, "PMD tables of hugetlb that several share, and that are counted for each" },
	};
	size_t i;

	for (i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
		print_field(out, o, &fields[i]);
}

static void print_totals(struct out *out, const struct options *o, const struct tables *t)
{
	const struct tables_sum *s = &t->sum;
	double linked = 4096.0 * all_tables(s, MMSCOPE_LEVELS_MAX);
	double deposited = 4096.0 * s->deposited;
	double counted = 4096.0 * all_tables(s, TABLES_COUNTED);
	double mapped = tables_mapped(s, 0), huge = tables_mapped(s, 1);
	double entries = s->mapped[0] + s->mapped[1] + s->mapped[2];
	const struct field fields[] = {
		{ "tables", BYTES, linked, "tables that are linked, all levels" },
		{ "deposited", BYTES, deposited, "tables in store for the day an anonymous huge page is split; linked nowhere" },
		{ "kernel_count", BYTES, s->kernel_bytes, "what the kernel counts (VmPTE): PTE, PMD and PUD tables, deposited ones" },
		{ "difference", BYTES, s->kernel_bytes - counted - deposited, "its count less what was found of these; not 0 if something changed meanwhile" },
		{ "mapped", BYTES, mapped, t->machine ? "present pages; what processes share counts for each" : "present pages" },
		{ "overhead", PERCENT, share(linked + deposited, mapped), "tables in per cent of that" },
		{ "huge", BYTES, huge, "of that in pages of 2M and 1G" },
		{ "huge_share", PERCENT, share(huge, mapped), "the same in per cent" },
		{ "tlb_4k", COUNT, s->mapped[0], "TLB entries of 4K to hold it all, were there one for each page" },
		{ "tlb_2m", COUNT, s->mapped[1], "of 2M; a CPU may merge or split them" },
		{ "tlb_1g", COUNT, s->mapped[2], "of 1G" },
		{ "tlb_reach", BYTES, entries ? mapped / entries : 0, "bytes that one of them maps on average" },
		{ "spans", COUNT, s->spans, "spans of 2 MiB that VMAs cover, or a part of them" },
		{ "huge_spans", COUNT, s->by_reason[REASON_HUGE], "mapped by huge pages" },
		{ "unread", COUNT, s->unread, "tables that kept changing and are not in these numbers" },
	};
	size_t i;

	if (t->machine)
		print_machine(out, o, t->machine);
	for (i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
		print_field(out, o, &fields[i]);
}

const struct tables_section tables_by_total = {
	.by = "total",
	.array = "totals",
	.shape = { .columns = total_columns, .nr_columns = NR_TOTAL },
	.print = print_totals,
};

enum { PROCESS_PID, PROCESS_COMM, PROCESS_PROCESSES, PROCESS_TABLES, PROCESS_SIZE,
	PROCESS_DEPOSITED, PROCESS_MAPPED, PROCESS_OVERHEAD, PROCESS_HUGE, PROCESS_REACH,
	NR_PROCESS };

static const struct column process_columns[] = {
	[PROCESS_PID] = { "PID", "pid", CELL_NUMBER, 6, true, "process id; the first that has the address space" },
	[PROCESS_COMM] = { "COMM", "comm", CELL_STRING, 10, true, "name of the task" },
	[PROCESS_PROCESSES] = { "PROCESSES", "processes", CELL_NUMBER, 9, false, "processes that have the address space" },
	[PROCESS_TABLES] = { "TABLES", "tables", CELL_NUMBER, 6, true, "tables that are linked" },
	[PROCESS_SIZE] = { "SIZE", "size", CELL_NUMBER, 6, true, "bytes they take" },
	[PROCESS_DEPOSITED] = { "DEPOSITED", "deposited", CELL_NUMBER, 9, true, "tables in store for huge pages, besides" },
	[PROCESS_MAPPED] = { "MAPPED", "mapped", CELL_NUMBER, 7, true, "bytes present" },
	[PROCESS_OVERHEAD] = { "COST%", "cost", CELL_DECIMAL, 5, true, "tables in per cent of that" },
	[PROCESS_HUGE] = { "HUGE%", "huge", CELL_DECIMAL, 5, true, "part of it in pages of 2M and 1G" },
	[PROCESS_REACH] = { "REACH", "reach", CELL_NUMBER, 6, true, "bytes a TLB entry maps on average, were there one for each page" },
};

static void print_process(struct tables *t)
{
	uint64_t tables = all_tables(&t->sum, MMSCOPE_LEVELS_MAX);
	uint64_t mapped = tables_mapped(&t->sum, 0);
	uint64_t entries = t->sum.mapped[0] + t->sum.mapped[1] + t->sum.mapped[2];
	struct out *out = t->out;
	char comm[64];

	tables_set_number(out, PROCESS_PID, libmmscope_pid(t->src));
	if (!t->o->input) {
		tool_comm(libmmscope_pid(t->src), comm, sizeof(comm));
		out_set(out, PROCESS_COMM, "%s", comm);
	}
	tables_set_number(out, PROCESS_PROCESSES, t->mm.processes);
	tables_set_number(out, PROCESS_TABLES, tables);
	tables_set_size(out, t->o, PROCESS_SIZE, tables << 12);
	tables_set_number(out, PROCESS_DEPOSITED, t->sum.deposited);
	tables_set_size(out, t->o, PROCESS_MAPPED, mapped);
	tables_set_share(out, PROCESS_OVERHEAD, (tables + t->sum.deposited) << 12, mapped);
	tables_set_share(out, PROCESS_HUGE, tables_mapped(&t->sum, 1), mapped);
	tables_set_size(out, t->o, PROCESS_REACH, entries ? mapped / entries : 0);
	out_row(out);
}

const struct tables_section tables_by_process = {
	.by = "process",
	.array = "processes",
	.shape = { .columns = process_columns, .nr_columns = NR_PROCESS },
	.process = print_process,
};
