/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What page tables cost and what they reach, for the command tables: one
 * process is read into a struct tables, sums of several are added up.
 */
#ifndef MMSCOPE_TABLES_H
#define MMSCOPE_TABLES_H

#include "tool.h"

/* Most NUMA nodes (MAX_NUMNODES of x86-64 distribution kernels). */
#define TABLES_NODES	1024

/* Classes of runs: those of 2^n pages and more, less than 2^(n+1). */
#define TABLES_RUNS	40

/*
 * Levels that the kernel counts in pgtables_bytes and shows as VmPTE: PTE, PMD
 * and PUD; neither a P4D nor the top table (mm.h: mm_inc_nr_puds() and below).
 */
#define TABLES_COUNTED	3

/* Sizes of pages: by the level of the entry that maps them. */
#define TABLES_SIZES	(MMSCOPE_LEAF_MAX + 1)

/* A piece of the address space that one PMD entry stands for. */
#define TABLES_HUGE	(1UL << 21)

enum {
#define TABLES_REASON(symbol, name, help) REASON_##symbol,
#include "tables_reasons.def"
#undef TABLES_REASON
	TABLES_REASONS,
};

/* Numbers in a row that grows: pids, identities, addresses of tables. */
struct tables_numbers {
	uint64_t *number;
	size_t nr, room;
};

/* Tables of one level. */
struct tables_level {
	uint64_t tables;
	uint64_t slots;			/* of the user half, as far as they were read */
	uint64_t entries;		/* slots that are not empty */
	uint64_t empty;			/* tables without an entry */
	uint64_t sparse;		/* tables with fewer than --sparse entries */
	uint64_t on_node[TABLES_NODES];
};

/* All that is added up over processes; nothing but uint64_t, see tables_add(). */
struct tables_sum {
	struct tables_level level[MMSCOPE_LEVELS_MAX];
	uint64_t deposited;		/* tables kept for huge pages, linked nowhere */
	uint64_t kernel_bytes;		/* what the kernel says it has (VmPTE) */
	uint64_t mapped[TABLES_SIZES];	/* present entries by level */
	uint64_t runs[TABLES_RUNS];
	uint64_t run_pages[TABLES_RUNS];
	uint64_t spans;			/* spans of 2 MiB, each counted once */
	uint64_t by_reason[TABLES_REASONS];	/* spans that have the reason */
	uint64_t only_reason[TABLES_REASONS];	/* and no other */
	uint64_t present_pages[TABLES_REASONS];	/* what is mapped in them */
	uint64_t retries;		/* looks that were repeated */
	uint64_t unread;		/* tables that kept changing or were bad */
};

/* What a VMA costs. */
struct tables_vma {
	uint64_t tables;		/* tables whose span it touches */
	uint64_t own;			/* those that no other VMA touches */
	uint64_t deposited;
	double cost;			/* bytes; a table is divided among its VMAs */
	uint64_t mapped, huge;		/* bytes present; by entries above level 0 */
};

/* Neighbouring spans of 2 MiB in one VMA with the same reasons. */
struct tables_span {
	const struct mmscope_vma *vma;
	uint64_t start, end;
	uint64_t nr;
	uint64_t present, swapped;	/* pages */
	uint32_t reasons;		/* bit by REASON_* */
};

/* With --all: what the sum is of. */
struct tables_machine {
	uint64_t processes, spaces;	/* read; address spaces among them */
	uint64_t kernel_threads, gone, denied;
	uint64_t shared;		/* PMD tables counted again: hugetlb shares them */
};

/* One process that is being read, or the sum of all. */
struct tables {
	const struct options *o;
	struct libmmscope_source *src;
	unsigned int sparse;
	/* called for neighbouring spans with the same reasons, in order; or NULL */
	void (*span)(struct tables *t, const struct tables_span *span);
	struct out *out;		/* for @span */
	struct libmmscope_maps maps;
	struct tables_vma *vma;		/* by number in maps */
	struct tables_numbers shareable;	/* addresses of its PMD tables; none if hidden */
	bool hidden;			/* frame numbers and table addresses */
	bool cut;			/* an interrupt ended it early */
	struct tables_sum sum;
	struct mmscope_mm mm;
	const struct tables_machine *machine;	/* with --all */
};

/* tables.c */
int tables_read(struct tables *t);
void tables_free(struct tables *t);
void tables_add(struct tables_sum *to, const struct tables_sum *from);
int tables_numbers_add(struct tables_numbers *n, uint64_t number);
void tables_numbers_sort(struct tables_numbers *n);
uint64_t tables_mapped(const struct tables_sum *sum, unsigned int from);
int tables_scan(struct tables *t, __u32 form, __u32 levels,
		int (*record)(void *arg, const struct mmscope_record *rec), void *arg);

/* tables_cost.c: how many tables, how full, where, for whom */
int tables_cost(struct tables *t);

/* tables_fit.c: what is mapped by them, and how it lies in memory */
int tables_fit(struct tables *t);

/* One way to show it: --by @by. */
struct tables_section {
	const char *by;
	const char *array;		/* key in JSON */
	bool alone;			/* of one process, not with --all */
	struct command shape;		/* its columns */
	/* rows of what was read; NULL: they are printed while it is read */
	void (*print)(struct out *out, const struct options *o, const struct tables *t);
	void (*span)(struct tables *t, const struct tables_span *span);
	void (*process)(struct tables *t);
};

extern const struct tables_section tables_by_level, tables_by_vma, tables_by_page, tables_by_run,
	tables_by_reason, tables_by_span, tables_by_total, tables_by_process;

/* tables_all.c */
int tables_read_all(struct tables *all, struct tables_machine *m,
		    const struct tables_section *section);

/* tables.c: cells */
void tables_set_number(struct out *out, unsigned int column, uint64_t value);
void tables_set_size(struct out *out, const struct options *o, unsigned int column,
		     uint64_t bytes);
void tables_set_share(struct out *out, unsigned int column, uint64_t part, uint64_t whole);

#endif /* MMSCOPE_TABLES_H */
