/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Ways to read page tables of a range: mmscope's, and those of the kernel, each by
 * its best use. The process that is read is the one whose files are open.
 */
#ifndef MMSCOPE_BENCH_WAYS_H
#define MMSCOPE_BENCH_WAYS_H

#include "../live/dev.h"

#define PIECE (1UL << 20)
#define TABLE (2UL << 20)	/* what a table of the lowest level covers */

/* The ioctl of pagemap as of 6.7, for headers that lack it. */
struct scan_region {
	uint64_t start, end, categories;
};

struct scan_arg {
	uint64_t size, flags, start, end, walk_end, vec, vec_len, max_pages;
	uint64_t inverted, mask, anyof, returned;
};

#define SCAN_IOCTL _IOWR('f', 16, struct scan_arg)
#define SCAN_PRESENT (1U << 3)
#define SCAN_ALL 0xffU		/* WPALLOWED … SOFT_DIRTY */

/* What is read, and with what. */
struct work {
	char *start;
	size_t len;
	double pages;	/* that a time is divided by */
	pid_t pid;
	int dev, pagemap, kpageflags, kpagecount;
	const void *buffer;	/* of the device */
	char *copy, *other;	/* so much as blocks or pagemap have for the range */
	size_t copy_len;
	struct scan_region *regions;
	uint64_t first_frame;
};

/* Bytes, or another number that shows that the work was done; negative: it cannot be. */
typedef long (*way_fn)(const struct work *w);

static inline long scan(const struct work *w, unsigned int form)
{
	struct mmscope_scan s = {
		.size = sizeof(s), .flags = form, .start = (unsigned long)w->start,
		.end = (unsigned long)w->start + w->len, .levels = 1,
	};
	long entries = 0;

	do {
		if (dev_call(w->dev, MMSCOPE_IOC_SCAN, &s))
			die("SCAN");
		entries += s.entries;
		s.start = s.resume;
	} while (s.start < s.end);
	return entries;
}

static inline long blocks(const struct work *w)
{
	return scan(w, MMSCOPE_SCAN_BLOCKS);
}

static inline long runs(const struct work *w)
{
	return scan(w, MMSCOPE_SCAN_RUNS);
}

static inline long by_pagemap(const struct work *w)
{
	size_t at = (unsigned long)w->start / PAGE * 8, end = at + w->len / PAGE * 8;
	ssize_t n;

	for (; at < end; at += n) {
		n = pread(w->pagemap, w->other, end - at < PIECE ? end - at : PIECE, at);
		if (n <= 0)
			die("pagemap");
	}
	return w->len / PAGE;
}

static inline long pagemap_scan(const struct work *w, uint64_t mask, uint64_t returned)
{
	struct scan_arg a = {
		.size = sizeof(a), .start = (unsigned long)w->start,
		.end = (unsigned long)w->start + w->len, .vec = (unsigned long)w->regions,
		.vec_len = PIECE / sizeof(*w->regions), .mask = mask, .returned = returned,
	};
	long pages = 0;
	int i, n;

	do {
		n = ioctl(w->pagemap, SCAN_IOCTL, &a);
		if (n < 0)
			return -1;
		for (i = 0; i < n; i++)
			pages += (w->regions[i].end - w->regions[i].start) / PAGE;
		a.start = a.walk_end;
	} while (a.start < a.end);
	return pages;
}

static inline long scan_present(const struct work *w)
{
	return pagemap_scan(w, SCAN_PRESENT, SCAN_PRESENT);
}

static inline long scan_all(const struct work *w)
{
	return pagemap_scan(w, 0, SCAN_ALL);
}

/* Of as many frames as there are pages. */
static inline long by_kpage(const struct work *w)
{
	size_t at = w->first_frame * 8, end = at + w->len / PAGE * 8;
	ssize_t n;

	for (; at < end; at += n) {
		n = pread(w->kpageflags, w->other, end - at < PIECE ? end - at : PIECE, at);
		if (n <= 0 || pread(w->kpagecount, w->other, n, at) != n)
			return -1;
	}
	return w->len / PAGE;
}

static inline long read_file(const char *path)
{
	static char text[1 << 20];
	int fd = open(path, O_RDONLY);
	long sum = 0;
	ssize_t n;

	while ((n = read(fd, text, sizeof(text))) > 0)
		sum += n;
	close(fd);
	return sum;
}

static inline long read_of(const struct work *w, const char *name)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/%s", w->pid, name);
	return read_file(path);
}

static inline long smaps(const struct work *w)
{
	return read_of(w, "smaps");
}

static inline long rollup(const struct work *w)
{
	return read_of(w, "smaps_rollup");
}

/* Everything open, for process @pid; the range is the caller's. */
static inline void work_open(struct work *w, pid_t pid)
{
	w->pid = pid;
	w->dev = dev_open();
	w->pagemap = open_pagemap(pid);
	w->kpageflags = open("/proc/kpageflags", O_RDONLY);
	w->kpagecount = open("/proc/kpagecount", O_RDONLY);
	w->first_frame = 0x8000;
	if (w->pagemap < 0 || dev_attach(w->dev, pid))
		die("ATTACH");
	w->buffer = dev_map(w->dev);
	/* in place before it is measured */
	w->copy = malloc(PIECE);
	w->other = malloc(PIECE);
	w->regions = malloc(PIECE);
	if (!w->copy || !w->other || !w->regions)
		die("malloc");
	memset(w->copy, 1, PIECE);
	memset(w->other, 1, PIECE);
	memset(w->regions, 1, PIECE);
}

#endif /* MMSCOPE_BENCH_WAYS_H */
