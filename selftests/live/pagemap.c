// SPDX-License-Identifier: GPL-2.0-only
/*
 * Every page of a process with all kinds of memory: SCAN (runs and blocks) and
 * WALK against /proc/PID/pagemap. Oracle: pagemap and maps of the kernel. The
 * bits are taken apart here by hand, with the manual at hand (SDM 4.5,
 * Documentation/admin-guide/mm/pagemap.rst), not by the decode under test.
 */
#include "dev.h"
#include "tap.h"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#ifndef MADV_PAGEOUT
#define MADV_PAGEOUT 21
#endif

#define PM_PRESENT	(1ULL << 63)
#define PM_SWAP		(1ULL << 62)
#define PM_PFN		((1ULL << 55) - 1)
#define PFN_FIELD	0x000ffffffffff000ULL

/* What the target has made; in memory shared with it. */
struct made {
	char *anon, *sparse, *zero, *none, *untouched, *file, *shared, *thp, *hugetlb,
	     *swap, *high;
	size_t len;
	volatile int ready;
};

static char *map(size_t len, int prot, int flags, int fd)
{
	char *p = mmap(NULL, len, prot, flags, fd, 0);

	if (p == MAP_FAILED)
		die("mmap");
	return p;
}

static void touch(char *p, size_t len, size_t step)
{
	size_t i;

	for (i = 0; i < len; i += step)
		p[i] = i / PAGE + 1;
}

static char *make_file(size_t len)
{
	int fd = open("/tmp/pagemap.file", O_RDWR | O_CREAT | O_TRUNC, 0600);
	char *p;

	if (fd < 0 || ftruncate(fd, len))
		die("file");
	p = map(len, PROT_READ | PROT_WRITE, MAP_SHARED, fd);
	touch(p, len, PAGE);
	munmap(p, len);
	p = map(len, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd);
	close(fd);
	return p;
}

static char *make_huge(size_t len)
{
	char *p = map(len + (2UL << 20), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1);

	p = (char *)(((uintptr_t)p + (2UL << 20) - 1) & ~((2UL << 20) - 1));
	madvise(p, len, MADV_HUGEPAGE);
	touch(p, len, PAGE);
	return p;
}

/* Above 47 bits, if the CPU walks five levels; else where it likes. */
static char *make_high(size_t len)
{
	return mmap((void *)(1UL << 50), len, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

static void target(struct made *m)
{
	const int rw = PROT_READ | PROT_WRITE, priv = MAP_PRIVATE | MAP_ANONYMOUS;
	size_t len = m->len, i;
	volatile char sum = 0;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	m->anon = map(len, rw, priv, -1);
	touch(m->anon, len, PAGE);
	m->sparse = map(len, rw, priv, -1);
	touch(m->sparse, len, 3 * PAGE);
	m->zero = map(len, PROT_READ, priv, -1);
	for (i = 0; i < len; i += PAGE)
		sum += m->zero[i];
	m->none = map(len, rw, priv, -1);
	touch(m->none, len, PAGE);
	mprotect(m->none, len, PROT_NONE);
	m->untouched = map(len, rw, priv, -1);
	m->file = make_file(len);
	for (i = 0; i < len; i += 2 * PAGE)
		sum += m->file[i];
	touch(m->file, len / 2, 5 * PAGE);
	m->shared = map(len, rw, MAP_SHARED | MAP_ANONYMOUS, -1);
	touch(m->shared, len, 2 * PAGE);
	m->thp = make_huge(4UL << 20);
	m->hugetlb = mmap(NULL, 4UL << 20, rw, priv | MAP_HUGETLB, -1, 0);
	if (m->hugetlb != MAP_FAILED)
		touch(m->hugetlb, 2UL << 20, PAGE);
	m->swap = map(len, rw, priv, -1);
	touch(m->swap, len, PAGE);
	madvise(m->swap, len / 2, MADV_PAGEOUT);
	m->high = make_high(len);
	if (m->high != MAP_FAILED)
		touch(m->high, len, PAGE);
	(void)sum;
	m->ready = 1;
	for (;;)
		pause();
}

/* One page of the range that is compared. */
struct page {
	uint64_t raw;
	uint8_t level;
};

struct range {
	uint64_t start, end;
	struct page *page;
};

static struct range ranges[512];
static unsigned int nr_ranges;

static void read_maps(pid_t pid)
{
	char path[64], line[1024];
	unsigned long start, end;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/maps", pid);
	f = fopen(path, "r");
	while (f && fgets(line, sizeof(line), f)) {
		if (sscanf(line, "%lx-%lx", &start, &end) != 2 || (long)start < 0)
			continue;
		ranges[nr_ranges].start = start;
		ranges[nr_ranges].end = end;
		ranges[nr_ranges++].page = calloc((end - start) / PAGE, sizeof(struct page));
	}
	if (f)
		fclose(f);
}

static struct page *page_at(uint64_t va)
{
	unsigned int i;

	for (i = 0; i < nr_ranges; i++)
		if (va >= ranges[i].start && va < ranges[i].end)
			return &ranges[i].page[(va - ranges[i].start) / PAGE];
	return NULL;
}

static void clear_pages(void)
{
	unsigned int i;

	for (i = 0; i < nr_ranges; i++)
		memset(ranges[i].page, 0,
		       (ranges[i].end - ranges[i].start) / PAGE * sizeof(struct page));
}

/* An entry of a slot onto the 4 KiB pages it stands for; stray ones counted. */
static unsigned long spread(uint64_t va, uint64_t raw, unsigned int level)
{
	uint64_t span = PAGE << (9 * level), at;
	unsigned long stray = 0;
	struct page *p;

	for (at = va; at < va + span; at += PAGE) {
		p = page_at(at);
		if (p) {
			p->raw = raw;
			p->level = level;
		}
		stray += !p;
	}
	return stray;
}

static uint64_t step_of(const struct mmscope_record *r)
{
	switch (r->stride) {
	case MMSCOPE_STRIDE_UP:
		return PAGE << (9 * r->level);
	case MMSCOPE_STRIDE_DOWN:
		return -(PAGE << (9 * r->level));
	case MMSCOPE_STRIDE_SWAP:
		return -512ULL;
	default:
		return 0;
	}
}

/* Does the entry point to a table? (present, not PS; always above 1 GiB) */
static bool is_pointer(uint64_t raw, unsigned int level)
{
	return (raw & 1) && level && (level > 2 || !(raw & 0x80));
}

static unsigned long take(const struct mmscope_record *r)
{
	const uint64_t *slot = (const uint64_t *)(r + 1);
	unsigned long stray = 0;
	uint64_t raw;
	unsigned int i;

	for (i = 0; i < r->nr; i++) {
		raw = r->type == MMSCOPE_REC_RUN ? r->data + i * step_of(r) : slot[i];
		if (raw && !is_pointer(raw, r->level))
			stray += spread(r->va + i * (PAGE << (9 * r->level)), raw, r->level);
	}
	return stray;
}

/* All of the process into ranges[]. Return: entries outside every VMA. */
static unsigned long scan(int fd, const char *buffer, uint32_t how, uint64_t end,
			  unsigned int *calls)
{
	struct mmscope_scan s = { .size = sizeof(s), .flags = how, .end = end, .levels = 7 };
	const struct mmscope_record *r;
	unsigned long stray = 0;
	uint64_t at;

	clear_pages();
	for (s.resume = 0, *calls = 0; s.resume < end; ++*calls) {
		s.start = s.resume;
		if (dev_call(fd, MMSCOPE_IOC_SCAN, &s))
			die("SCAN");
		for (at = 0; at < s.bytes;) {
			r = (const void *)(buffer + at);
			if (r->type > MMSCOPE_REC_BLOCK)
				die("record of type %u of a process that is still", r->type);
			stray += take(r);
			at += sizeof(*r) + (r->type == MMSCOPE_REC_BLOCK ? 8UL * r->nr : 0);
		}
	}
	return stray;
}

/* What pagemap must say of a page with this entry. */
static uint64_t expect(uint64_t raw, unsigned int level, uint64_t va)
{
	bool huge_invalid = level && (raw & 0x80);
	uint64_t v, offset;

	if (!raw)
		return 0;
	if ((raw & 1) || (raw & 0x100) || huge_invalid) {
		v = ((raw & 1) ? raw : ~raw) & PFN_FIELD;
		v &= ~((PAGE << (9 * level)) - 1);
		return PM_PRESENT | ((v >> 12) + (va & ((PAGE << (9 * level)) - 1)) / PAGE);
	}
	offset = (~raw >> 9) & ((1ULL << 50) - 1);
	return PM_SWAP | (((raw >> 59) | offset << 5) & PM_PFN);
}

struct tally {
	unsigned long pages, present, swapped, empty, huge, protnone, wrong;
};

static void compare(int pagemap, struct tally *t)
{
	const uint64_t mask = PM_PRESENT | PM_SWAP | PM_PFN;
	uint64_t va, pm, want;
	struct page *p;
	unsigned int i;

	memset(t, 0, sizeof(*t));
	for (i = 0; i < nr_ranges; i++) {
		for (va = ranges[i].start; va < ranges[i].end; va += PAGE, t->pages++) {
			p = page_at(va);
			if (pread(pagemap, &pm, 8, va / PAGE * 8) != 8)
				die("pagemap");
			want = expect(p->raw, p->level, va);
			t->present += !!(pm & PM_PRESENT);
			t->swapped += !!(pm & PM_SWAP);
			t->empty += !(pm & (PM_PRESENT | PM_SWAP));
			t->huge += p->level > 0;
			t->protnone += p->raw && !(p->raw & 1) && (pm & PM_PRESENT);
			if ((pm & mask) == want)
				continue;
			if (t->wrong++ < 5)
				printf("# 0x%lx level %u raw 0x%016lx: pagemap 0x%lx, expected 0x%lx\n",
				       va, p->level, p->raw, pm & mask, want);
		}
	}
}

/* WALK of every 7th page and of every page of the special areas. */
static unsigned long compare_walks(int fd, uint64_t from, uint64_t len, unsigned long every,
				   unsigned long *done)
{
	struct mmscope_walk w = { .size = sizeof(w) };
	const struct mmscope_level *l;
	unsigned long wrong = 0;
	struct page *p;
	uint64_t va;

	for (va = from; va < from + len; va += every * PAGE, ++*done) {
		w.va = va + 123;
		p = page_at(va);
		if (!p || dev_call(fd, MMSCOPE_IOC_WALK, &w) || !w.nr_levels) {
			wrong++;
			continue;
		}
		l = &w.level[w.nr_levels - 1];
		/* page ageing clears accessed bits of a process that is stopped, too */
		if (!((l->entry ^ p->raw) & ~0x20ULL) && (!p->raw || l->level == p->level) &&
		    w.result == (!p->raw ? MMSCOPE_END_NONE :
				 (p->raw & 0x181) || p->level ? MMSCOPE_END_LEAF :
				 MMSCOPE_END_NONPRESENT))
			continue;
		if (wrong++ < 5)
			printf("# walk 0x%lx: result %u level %u entry 0x%016llx, scan saw 0x%016lx\n",
			       va, w.result, l->level, (unsigned long long)l->entry, p->raw);
	}
	return wrong;
}

static void check_kinds(const struct made *m, const struct tally *t, unsigned int levels)
{
	struct page *p;

	p = page_at((uintptr_t)m->untouched);
	ok(p && !p->raw, "memory that was never touched has no entry");
	ok(t->protnone >= m->len / PAGE, "%lu PROT_NONE pages are present for pagemap and for us",
	   t->protnone);
	p = page_at((uintptr_t)m->thp);
	if (p && p->level == 1)
		ok(true, "transparent huge page seen at level 1");
	else
		skip("transparent huge page", "the kernel gave small pages");
	if (m->hugetlb == MAP_FAILED)
		skip("hugetlb page", "no hugetlb pages reserved");
	else
		ok(page_at((uintptr_t)m->hugetlb)->level == 1, "hugetlb page seen at level 1");
	if (!swap_is_on())
		skip("swap entries", "no swap device");
	else
		ok(t->swapped > 0, "%lu swap entries equal pagemap's", t->swapped);
	if (levels == 5)
		ok((uintptr_t)m->high >> 47 && page_at((uintptr_t)m->high)->raw,
		   "memory above 47 bits with five levels");
	else
		ok(!((uintptr_t)m->high >> 47), "four levels: nothing above 47 bits");
}

static void report(const char *how, const struct tally *t, unsigned long stray)
{
	ok(t->wrong == 0 && t->present > 1000,
	   "%s: %lu pages equal pagemap (%lu present, %lu swapped, %lu empty, %lu huge)", how,
	   t->pages, t->present, t->swapped, t->empty, t->huge);
	ok(stray == 0, "%s: no entry outside every VMA", how);
}

int main(void)
{
	struct made *m = (void *)map(PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1);
	unsigned long stray, wrong = 0, walks = 0;
	unsigned int calls;
	struct mmscope_info info;
	const char *buffer;
	int fd, pagemap;
	struct tally t;
	pid_t pid;

	m->len = 2UL << 20;
	pid = fork();
	if (!pid)
		target(m);
	while (!m->ready)
		usleep(1000);
	usleep(200000);	/* pageout and khugepaged settle */
	kill(pid, SIGSTOP);
	waitpid(pid, NULL, WUNTRACED);
	fd = dev_open();
	info = dev_info(fd);
	ok(dev_attach(fd, pid) == 0, "attached to the target");
	/* the smallest buffer: it fills up, and the scan has to be resumed */
	buffer = dev_map_len(fd, MMSCOPE_BUFFER_MIN);
	pagemap = open_pagemap(pid);
	read_maps(pid);
	stray = scan(fd, buffer, MMSCOPE_SCAN_BLOCKS, info.task_size, &calls);
	compare(pagemap, &t);
	report("blocks", &t, stray);
	ok(calls > 1, "the buffer filled up, %u calls were needed", calls);
	stray = scan(fd, buffer, MMSCOPE_SCAN_RUNS, info.task_size, &calls);
	compare(pagemap, &t);
	report("runs", &t, stray);
	check_kinds(m, &t, info.levels);
	wrong += compare_walks(fd, (uintptr_t)m->anon, m->len, 7, &walks);
	wrong += compare_walks(fd, (uintptr_t)m->sparse, m->len, 1, &walks);
	wrong += compare_walks(fd, (uintptr_t)m->none, m->len, 7, &walks);
	wrong += compare_walks(fd, (uintptr_t)m->file, m->len, 1, &walks);
	wrong += compare_walks(fd, (uintptr_t)m->thp, 4UL << 20, 33, &walks);
	wrong += compare_walks(fd, (uintptr_t)m->swap, m->len, 3, &walks);
	wrong += compare_walks(fd, (uintptr_t)m->untouched, m->len, 64, &walks);
	ok(wrong == 0, "%lu walks agree with the scan", walks);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	return tap_end();
}
