// SPDX-License-Identifier: GPL-2.0-only
/* mmscope tables --by level, vma, page and run. */
#include "tables.h"

#include <inttypes.h>

static const char * const size_name[TABLES_SIZES] = { "4K", "2M", "1G" };

/* Levels */

enum { LEVEL_LEVEL, LEVEL_TABLES, LEVEL_SIZE, LEVEL_ENTRIES, LEVEL_FILL, LEVEL_EMPTY,
	LEVEL_SPARSE, LEVEL_NODES, NR_LEVEL };

static const struct column level_columns[] = {
	[LEVEL_LEVEL] = { "LEVEL", "level", CELL_STRING, 5, true, "level of the tables" },
	[LEVEL_TABLES] = { "TABLES", "tables", CELL_NUMBER, 6, true, "tables that are linked" },
	[LEVEL_SIZE] = { "SIZE", "size", CELL_NUMBER, 6, true, "bytes they take" },
	[LEVEL_ENTRIES] = { "ENTRIES", "entries", CELL_NUMBER, 7, true, "slots that are not empty" },
	[LEVEL_FILL] = { "FILL%", "fill", CELL_DECIMAL, 5, true, "part of their slots (of the user half) that is" },
	[LEVEL_EMPTY] = { "EMPTY", "empty", CELL_NUMBER, 5, true, "tables without an entry" },
	[LEVEL_SPARSE] = { "SPARSE", "sparse", CELL_NUMBER, 6, true, "tables with fewer entries than --sparse says, empty ones, too" },
	[LEVEL_NODES] = { "NODES", "nodes", CELL_LIST, 8, true, "NUMA node:tables on it" },
};

static void set_nodes(struct out *out, const struct tables_level *l)
{
	char text[1024] = "";
	unsigned int i;

	for (i = 0; i < TABLES_NODES; i++)
		if (l->on_node[i])
			tool_add_word(text, sizeof(text), "%u:%" PRIu64, i, l->on_node[i]);
	if (*text)
		out_set(out, LEVEL_NODES, "%s", text);
}

static void print_levels(struct out *out, const struct options *o, const struct tables *t)
{
	const struct mmscope_format *f = libmmscope_format(t->src);
	unsigned int level;

	for (level = f->info.levels; level--;) {
		const struct tables_level *l = &t->sum.level[level];

		out_set(out, LEVEL_LEVEL, "%s", mmscope_level_name(f, level));
		tables_set_number(out, LEVEL_TABLES, l->tables);
		tables_set_size(out, o, LEVEL_SIZE, l->tables << 12);
		tables_set_number(out, LEVEL_ENTRIES, l->entries);
		tables_set_share(out, LEVEL_FILL, l->entries, l->slots);
		tables_set_number(out, LEVEL_EMPTY, l->empty);
		tables_set_number(out, LEVEL_SPARSE, l->sparse);
		set_nodes(out, l);
		out_row(out);
	}
}

const struct tables_section tables_by_level = {
	.by = "level",
	.array = "levels",
	.shape = { .columns = level_columns, .nr_columns = NR_LEVEL },
	.print = print_levels,
};

/* VMAs */

enum { VMA_START, VMA_END, VMA_SIZE, VMA_PERMS, VMA_TABLES, VMA_OWN, VMA_DEPOSITED, VMA_COST,
	VMA_MAPPED, VMA_HUGE, VMA_SHARE, VMA_PATH, NR_VMA };

static const struct column vma_columns[] = {
	[VMA_START] = { "START", "start", CELL_HEX, 14, true, "first address" },
	[VMA_END] = { "END", "end", CELL_HEX, 14, true, "address after the last" },
	[VMA_SIZE] = { "SIZE", "size", CELL_NUMBER, 6, true, "bytes of the VMA" },
	[VMA_PERMS] = { "PERMS", "perms", CELL_STRING, 5, false, "rights, and p private or s shared" },
	[VMA_TABLES] = { "TABLES", "tables", CELL_NUMBER, 6, true, "tables whose span it touches, without the top table" },
	[VMA_OWN] = { "OWN", "own", CELL_NUMBER, 5, true, "those that no other VMA touches: they go with it" },
	[VMA_DEPOSITED] = { "DEPOSITED", "deposited", CELL_NUMBER, 9, false, "tables in store for its huge pages" },
	[VMA_COST] = { "COST", "cost", CELL_NUMBER, 5, true, "bytes of tables; what VMAs share is divided equally" },
	[VMA_MAPPED] = { "MAPPED", "mapped", CELL_NUMBER, 7, true, "bytes present" },
	[VMA_HUGE] = { "HUGE", "huge", CELL_NUMBER, 7, true, "bytes of them in pages of 2M and 1G" },
	[VMA_SHARE] = { "HUGE%", "huge_share", CELL_DECIMAL, 5, false, "the same as a part" },
	[VMA_PATH] = { "PATH", "path", CELL_STRING, 10, true, "file, or [heap], [stack], [vdso] …" },
};

static void print_vmas(struct out *out, const struct options *o, const struct tables *t)
{
	size_t i;

	for (i = 0; i < t->maps.count; i++) {
		const struct mmscope_vma *vma = t->maps.vma[i];
		const char *path = libmmscope_vma_string(vma, vma->name);
		const struct tables_vma *v = &t->vma[i];
		char perms[5];

		mmscope_perms(vma->flags, perms);
		out_set(out, VMA_START, "0x%012" PRIx64, (uint64_t)vma->start);
		out_set(out, VMA_END, "0x%012" PRIx64, (uint64_t)vma->end);
		tables_set_size(out, o, VMA_SIZE, vma->end - vma->start);
		out_set(out, VMA_PERMS, "%s", perms);
		tables_set_number(out, VMA_TABLES, v->tables);
		tables_set_number(out, VMA_OWN, v->own);
		tables_set_number(out, VMA_DEPOSITED, v->deposited);
		tables_set_size(out, o, VMA_COST, v->cost + 0.5);
		tables_set_size(out, o, VMA_MAPPED, v->mapped);
		tables_set_size(out, o, VMA_HUGE, v->huge);
		tables_set_share(out, VMA_SHARE, v->huge, v->mapped);
		if (path)
			out_set(out, VMA_PATH, "%s", path);
		out_row(out);
	}
}

const struct tables_section tables_by_vma = {
	.by = "vma",
	.array = "vmas",
	.alone = true,
	.shape = { .columns = vma_columns, .nr_columns = NR_VMA },
	.print = print_vmas,
};

/* Pages by size */

enum { PAGE_PAGE, PAGE_ENTRIES, PAGE_MAPPED, PAGE_SHARE, NR_PAGE };

static const struct column page_columns[] = {
	[PAGE_PAGE] = { "PAGE", "page", CELL_STRING, 4, true, "size of page: 4K, 2M, 1G" },
	[PAGE_ENTRIES] = { "ENTRIES", "entries", CELL_NUMBER, 8, true, "present entries: so many translations for the TLB" },
	[PAGE_MAPPED] = { "MAPPED", "mapped", CELL_NUMBER, 8, true, "bytes they map" },
	[PAGE_SHARE] = { "SHARE%", "share", CELL_DECIMAL, 6, true, "part of all that is mapped" },
};

static void print_pages(struct out *out, const struct options *o, const struct tables *t)
{
	unsigned int i;

	for (i = 0; i < TABLES_SIZES; i++) {
		uint64_t bytes = t->sum.mapped[i] << mmscope_span_shift(i);

		out_set(out, PAGE_PAGE, "%s", size_name[i]);
		tables_set_number(out, PAGE_ENTRIES, t->sum.mapped[i]);
		tables_set_size(out, o, PAGE_MAPPED, bytes);
		tables_set_share(out, PAGE_SHARE, bytes, tables_mapped(&t->sum, 0));
		out_row(out);
	}
}

const struct tables_section tables_by_page = {
	.by = "page",
	.array = "pages",
	.shape = { .columns = page_columns, .nr_columns = NR_PAGE },
	.print = print_pages,
};

/* Runs of frames */

enum { RUN_LENGTH, RUN_RUNS, RUN_MAPPED, RUN_SHARE, NR_RUN };

static const struct column run_columns[] = {
	[RUN_LENGTH] = { "LENGTH", "length", CELL_NUMBER, 6, true, "bytes: runs of this length and more, less than twice that" },
	[RUN_RUNS] = { "RUNS", "runs", CELL_NUMBER, 8, true, "runs of pages whose addresses and frames follow each other, inside a VMA" },
	[RUN_MAPPED] = { "MAPPED", "mapped", CELL_NUMBER, 8, true, "bytes in them" },
	[RUN_SHARE] = { "SHARE%", "share", CELL_DECIMAL, 6, true, "part of all" },
};

static void print_runs(struct out *out, const struct options *o, const struct tables *t)
{
	uint64_t pages = 0;
	unsigned int i, last = 0;

	for (i = 0; i < TABLES_RUNS; i++) {
		pages += t->sum.run_pages[i];
		last = t->sum.runs[i] ? i : last;
	}
	for (i = 0; i <= last && pages; i++) {
		tables_set_size(out, o, RUN_LENGTH, 4096ULL << i);
		tables_set_number(out, RUN_RUNS, t->sum.runs[i]);
		tables_set_size(out, o, RUN_MAPPED, t->sum.run_pages[i] << 12);
		tables_set_share(out, RUN_SHARE, t->sum.run_pages[i], pages);
		out_row(out);
	}
}

const struct tables_section tables_by_run = {
	.by = "run",
	.array = "runs",
	.shape = { .columns = run_columns, .nr_columns = NR_RUN },
	.print = print_runs,
};
