// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reading page tables: mmscope beside what the kernel offers for the same pages, each
 * by its best use. Times are for one page (dense), or for one that is mapped (sparse).
 *
 * usage: scan [ROUNDS [GIB]]   GIB: the largest address space of the last part (64)
 */
#include "bench.h"
#include "ways.h"

struct way {
	struct bench bench;
	way_fn fn;
	long result;
};

/* The bytes that blocks deliver, from one place in memory to another. */
static long copying(const struct work *w)
{
	size_t at;

	/* in pieces of a table, as they come */
	for (at = 0; at < w->copy_len; at += PAGE)
		memcpy(w->other + at % PIECE, w->copy + at, PAGE);
	__asm__ volatile("" : : "r"(w->other) : "memory");
	return w->copy_len;
}

static long walk_one(const struct work *w)
{
	struct mmscope_walk a = { .size = sizeof(a) };
	int i;

	for (i = 0; i < 1000; i++) {
		a.va = (unsigned long)w->start + i * PAGE;
		if (dev_call(w->dev, MMSCOPE_IOC_WALK, &a))
			die("WALK");
	}
	return 1000;
}

static long pagemap_one(const struct work *w)
{
	uint64_t entry;
	int i;

	for (i = 0; i < 1000; i++)
		if (pread(w->pagemap, &entry, 8, ((unsigned long)w->start / PAGE + i) * 8) != 8)
			die("pagemap");
	return 1000;
}

#define WAY(called, function) { .bench = { .name = called }, .fn = function }

/* Rounds in turns. A way that this kernel has not is left out. */
static void measure(const struct work *w, struct way *way, int nr, int rounds)
{
	double begun;
	int i, k;

	/* the first is to warm up, and not counted */
	for (k = -1; k < rounds; k++)
		for (i = 0; i < nr; i++) {
			if (way[i].result < 0)
				continue;
			begun = bench_now(CLOCK_MONOTONIC);
			way[i].result = way[i].fn(w);
			if (k >= 0 && way[i].result >= 0)
				bench_add(&way[i].bench,
					  (bench_now(CLOCK_MONOTONIC) - begun) / w->pages);
		}
	for (i = 0; i < nr; i++)
		if (way[i].bench.rounds)
			bench_print(&way[i].bench);
		else
			printf("%-28s not in this kernel\n", way[i].bench.name);
	fflush(stdout);
}

/* How often faster than @peer @way is. */
static void faster(const char *name, const struct way *way, const struct way *peer)
{
	if (peer->bench.rounds)
		bench_ratio(name, bench_median(&peer->bench) / bench_median(&way->bench));
}

static char *map(size_t len, int flags, int fd)
{
	char *p = mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_NORESERVE | flags, fd, 0);

	if (p == MAP_FAILED)
		die("mmap");
	madvise(p, len, MADV_NOHUGEPAGE);
	return p;
}

static void dense(struct work *w, int rounds)
{
	enum { BLOCKS, RUNS, PAGEMAP, PRESENT, ALL, KPAGE, SMAPS, ROLLUP, MEMCPY, NR };
	struct way way[NR] = {
		[BLOCKS] = WAY("mmscope, blocks", blocks),
		[RUNS] = WAY("mmscope, runs", runs),
		[PAGEMAP] = WAY("pagemap, 1 MiB pieces", by_pagemap),
		[PRESENT] = WAY("PAGEMAP_SCAN, present", scan_present),
		[ALL] = WAY("PAGEMAP_SCAN, all", scan_all),
		[KPAGE] = WAY("kpageflags + kpagecount", by_kpage),
		[SMAPS] = WAY("smaps", smaps),
		[ROLLUP] = WAY("smaps_rollup", rollup),
		[MEMCPY] = WAY("memcpy of the bytes", copying),
	};

	w->len = 128UL << 20;
	w->start = map(w->len, MAP_PRIVATE | MAP_ANONYMOUS, -1);
	memset(w->start, 1, w->len);
	w->pages = w->len / PAGE;
	w->copy_len = w->len / PAGE * 8;
	printf("-- dense: %.0f pages of 4 KiB, one after the other; ns a page\n", w->pages);
	measure(w, way, NR, rounds);
	if (way[BLOCKS].result != (long)w->pages || way[RUNS].result != (long)w->pages)
		die("mmscope saw %ld and %ld of %.0f pages", way[BLOCKS].result, way[RUNS].result,
		    w->pages);
	faster("dense_blocks_vs_pagemap", &way[BLOCKS], &way[PAGEMAP]);
	faster("dense_blocks_vs_scan_all", &way[BLOCKS], &way[ALL]);
	faster("dense_blocks_vs_scan_present", &way[BLOCKS], &way[PRESENT]);
	faster("dense_runs_vs_scan_present", &way[RUNS], &way[PRESENT]);
	faster("dense_blocks_vs_smaps", &way[BLOCKS], &way[SMAPS]);
	bench_ratio("dense_blocks_over_memcpy",
		    bench_median(&way[BLOCKS].bench) / bench_median(&way[MEMCPY].bench));
	munmap(w->start, w->len);
}

static void sparse(struct work *w, int rounds)
{
	enum { BLOCKS, RUNS, PAGEMAP, PRESENT, NR };
	struct way way[NR] = {
		[BLOCKS] = WAY("mmscope, blocks", blocks),
		[RUNS] = WAY("mmscope, runs", runs),
		[PAGEMAP] = WAY("pagemap, 1 MiB pieces", by_pagemap),
		[PRESENT] = WAY("PAGEMAP_SCAN, present", scan_present),
	};
	size_t at;

	w->len = 8UL << 30;
	w->start = map(w->len, MAP_PRIVATE | MAP_ANONYMOUS, -1);
	for (at = 0; at < w->len; at += TABLE)
		w->start[at] = 1;
	w->pages = w->len / TABLE;
	printf("-- sparse: %.0f pages, one in 2 MiB; ns for one\n", w->pages);
	measure(w, way, NR, rounds);
	faster("sparse_runs_vs_pagemap", &way[RUNS], &way[PAGEMAP]);
	faster("sparse_runs_vs_scan_present", &way[RUNS], &way[PRESENT]);
	faster("sparse_blocks_vs_pagemap", &way[BLOCKS], &way[PAGEMAP]);
	munmap(w->start, w->len);
}

/* Address spaces that grow: one small file, mapped again and again. */
static void growing(struct work *w, int rounds, unsigned long most)
{
	const size_t gib = 1UL << 30;
	double least = 0, largest = 0;
	int mem = memfd_create("bench", 0);
	unsigned long n;
	size_t at, i;
	char name[64];

	if (mem < 0 || ftruncate(mem, gib))
		die("memfd");
	printf("-- growing: one page in 2 MiB of a file that is mapped again and again; ns for a table\n");
	for (n = 1; n <= most; n *= 4) {
		struct way way[1] = { WAY(name, runs) };
		double ns;

		snprintf(name, sizeof(name), "mmscope, runs, %lu GiB", n);
		w->len = n * gib;
		w->start = map(w->len, MAP_PRIVATE | MAP_ANONYMOUS, -1);
		for (i = 0; i < n; i++) {
			if (mmap(w->start + i * gib, gib, PROT_READ | PROT_WRITE,
				 MAP_SHARED | MAP_FIXED, mem, 0) == MAP_FAILED)
				die("mmap");
			/* without the pages around */
			madvise(w->start + i * gib, gib, MADV_RANDOM);
			for (at = 0; at < gib; at += TABLE)
				w->start[i * gib + at] = 1;
		}
		w->pages = w->len / TABLE;
		measure(w, way, 1, rounds);
		ns = bench_median(&way[0].bench);
		least = !least || ns < least ? ns : least;
		largest = ns > largest ? ns : largest;
		munmap(w->start, w->len);
	}
	bench_ratio("growing_most_over_least", largest / least);
	close(mem);
}

static void one_address(struct work *w, int rounds)
{
	struct way way[] = { WAY("mmscope walk", walk_one), WAY("pagemap, 8 bytes", pagemap_one) };

	w->len = 1000 * PAGE;
	w->start = map(w->len, MAP_PRIVATE | MAP_ANONYMOUS, -1);
	memset(w->start, 1, w->len);
	w->pages = 1000;
	printf("-- one address; ns for one call\n");
	measure(w, way, 2, rounds);
	bench_ratio("walk_over_pagemap_pread",
		    bench_median(&way[0].bench) / bench_median(&way[1].bench));
	munmap(w->start, w->len);
}

int main(int argc, char **argv)
{
	int rounds = argc > 1 ? atoi(argv[1]) : 9;
	unsigned long most = argc > 2 ? strtoul(argv[2], NULL, 10) : 64;
	struct work w = { 0 };

	work_open(&w, getpid());
	dense(&w, rounds);
	sparse(&w, rounds);
	one_address(&w, rounds);
	growing(&w, rounds < 5 ? rounds : 5, most);
	return 0;
}
