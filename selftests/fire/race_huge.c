// SPDX-License-Identifier: GPL-2.0-only
/*
 * Storms of huge pages: collapse by khugepaged and by MADV_COLLAPSE, split, tables of a
 * file taken away by a collapse, tables of hugetlb shared and unshared. Oracle: a table
 * of pages or one huge page, and what the kernel makes of them on the way: nothing,
 * migration entries, a huge page that is not present while it is split.
 */
#include "races.h"

#include <signal.h>
#include <sys/prctl.h>

#define THP		"/sys/kernel/mm/transparent_hugepage/"
#define AREAS		8UL

#ifndef MADV_COLLAPSE
#define MADV_COLLAPSE	25
#endif
#ifndef MFD_HUGE_2MB
#define MFD_HUGE_2MB	(21 << 26)
#endif

static const struct shape thp[] = {
	SMALL_RW(1), SMALL_LOST(1), HUGE_RW(2), MOVING(0), MOVING(1), SPLITTING,
};

static const char *lacks_thp(void)
{
	char text[64];

	return get(THP "enabled", text, sizeof(text)) ? NULL : "no transparent huge pages";
}

static void begin_khugepaged(void)
{
	put(THP "khugepaged/scan_sleep_millisecs", "0");
	put(THP "khugepaged/alloc_sleep_millisecs", "0");
	put(THP "khugepaged/pages_to_scan", "100000");
}

static void end_khugepaged(void)
{
	put(THP "khugepaged/scan_sleep_millisecs", "10000");
	put(THP "khugepaged/alloc_sleep_millisecs", "60000");
	put(THP "khugepaged/pages_to_scan", "4096");
}

/* A table with some pages of 4 KiB, where huge ones may come later. */
static void small_pages(uint64_t area)
{
	madvise(AT(area * HUGE), HUGE, MADV_NOHUGEPAGE);
	madvise(AT(area * HUGE), HUGE, MADV_DONTNEED);
	dirty_freed_pages();
	touch(area * HUGE + rnd(8) * PAGE, (area + 1) * HUGE, (8 + rnd(64)) * PAGE);
	madvise(AT(area * HUGE), HUGE, MADV_HUGEPAGE);
}

static void storm_khugepaged(void)
{
	uint64_t i;

	map_at(0, AREAS * HUGE, PROT_READ | PROT_WRITE, MAP_PRIVATE, -1);
	for (i = 0; i < AREAS; i++)
		small_pages(i);
	for (;; shared->rounds++) {
		usleep(10000);
		small_pages(rnd(AREAS));
	}
}

static const char *lacks_collapse(void)
{
	char *p;
	const char *why = NULL;

	if (lacks_thp())
		return lacks_thp();
	p = map_at(0, HUGE, PROT_READ | PROT_WRITE, MAP_PRIVATE, -1);
	p[0] = 1;
	if (madvise(p, HUGE, MADV_COLLAPSE) && errno == EINVAL)
		why = "no MADV_COLLAPSE (6.1)";
	munmap(p, HUGE);
	return why;
}

static void storm_collapse(void)
{
	uint64_t area;

	map_at(0, AREAS * HUGE, PROT_READ | PROT_WRITE, MAP_PRIVATE, -1);
	for (;; shared->rounds++) {
		area = rnd(AREAS);
		small_pages(area);
		madvise(AT(area * HUGE), HUGE, MADV_COLLAPSE);
	}
}

static const struct shape split[] = {
	SMALL_RW(1), SMALL_LOST(1), HUGE_RW(2), MOVING(0), MOVING(1), SPLITTING, SMALL_RO(4),
};

/* By giving back a part, and by protecting a part. */
static void storm_split(void)
{
	uint64_t at;

	map_at(0, AREAS * HUGE, PROT_READ | PROT_WRITE, MAP_PRIVATE, -1);
	madvise(AT(0), AREAS * HUGE, MADV_HUGEPAGE);
	for (;; shared->rounds++) {
		at = rnd(AREAS) * HUGE;
		mprotect(AT(at), HUGE, PROT_READ | PROT_WRITE);
		madvise(AT(at), HUGE, MADV_DONTNEED);
		dirty_freed_pages();
		touch(at, at + PAGE, PAGE);
		/* some stay as they are until their next turn */
		switch (rnd(3)) {
		case 0:
			madvise(AT(at + (1 + rnd(500)) * PAGE), PAGE, MADV_DONTNEED);
			break;
		case 1:
			mprotect(AT(at + HUGE / 2), 8 * PAGE, PROT_READ);
			break;
		}
	}
}

#define SHARED_MAY	(MAY_DIRTY | E_RW)

static const struct shape retracted[] = {
	{ LEAF, 0, 1, ANON_RO, SHARED_MAY },
	{ LEAF, 1, 2, ANON_RO | E_PS, SHARED_MAY },
};

static const char *lacks_retract(void)
{
	char text[128];

	return get(THP "shmem_enabled", text, sizeof(text)) ? NULL : "no huge pages of shmem";
}

static void begin_retract(void)
{
	begin_khugepaged();
	put(THP "shmem_enabled", "advise");
}

static void end_retract(void)
{
	end_khugepaged();
	put(THP "shmem_enabled", "never");
}

/*
 * Pages written to a file that nobody has advised of are small; where they are mapped
 * with advice, a collapse takes the tables away.
 */
static void storm_retract(void)
{
	int fd = memfd_create("file", 0), i;
	char page[PAGE];
	uint64_t at;

	memset(page, PATTERN, PAGE);
	for (;; shared->rounds++) {
		if (fd < 0 || ftruncate(fd, 0) || ftruncate(fd, AREAS * HUGE))
			die("memfd");
		for (at = 0; at < AREAS * HUGE; at += 16 * PAGE)
			if (pwrite(fd, page, PAGE, at) != PAGE)
				die("pwrite");
		map_at(0, AREAS * HUGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd);
		/* 5.10 looks for the advice before it takes it: khugepaged hears of the second */
		madvise(AT(0), AREAS * HUGE, MADV_HUGEPAGE);
		madvise(AT(0), AREAS * HUGE, MADV_HUGEPAGE);
		for (i = 0; i < 20; i++) {
			touch(0, AREAS * HUGE, 64 * PAGE);
			if (i == 5)
				madvise(AT(rnd(AREAS) * HUGE), HUGE, MADV_COLLAPSE);
			usleep(3000);
			dirty_freed_pages();
		}
		munmap(AT(0), AREAS * HUGE);
	}
}

#define GIB		(1UL << 30)
#define HUGETLB_NR	8

/* Eight of the 512 huge pages of a table */
static unsigned int where_hugetlb(uint64_t va)
{
	return (va - BASE) / HUGE % 64 == 5 ? ANYWHERE : 0;
}

static const struct shape hugetlb[] = {
	HUGE_RW(1), { LEAF, 1, 2, ANON_RO | E_PS, MAY_DIRTY }, MOVING(1),
};

static const char *lacks_hugetlb(void)
{
	char text[32];

	put("/proc/sys/vm/nr_hugepages", "16");
	get("/proc/sys/vm/nr_hugepages", text, sizeof(text));
	return atoi(text) < HUGETLB_NR ? "no hugetlb pages" : NULL;
}

static void end_hugetlb(void)
{
	put("/proc/sys/vm/nr_hugepages", "0");
}

static int hugetlb_fd;

/* Maps the file, shares the table that the other one has, or not, and unmaps it. */
static void share_loop(unsigned int seed)
{
	unsigned int i;
	uint64_t at;

	for (;; shared->rounds++) {
		map_at(0, GIB, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_NORESERVE, hugetlb_fd);
		for (i = 0; i < HUGETLB_NR; i++)
			*AT((i * 64 + 5) * HUGE) = seed;
		if (!rnd(4)) {
			at = (rnd(HUGETLB_NR) * 64 + 5) * HUGE;
			mprotect(AT(at), HUGE, PROT_READ);
			for (i = 0; i < HUGETLB_NR; i++)
				seed += *(volatile char *)AT((i * 64 + 5) * HUGE);
			usleep(rnd(2000));
		}
		usleep(2000 + rnd(4000));
		munmap(AT(0), GIB);
		dirty_freed_pages();
	}
}

static void storm_hugetlb(void)
{
	pid_t pid;

	hugetlb_fd = memfd_create("file", MFD_HUGETLB | MFD_HUGE_2MB);
	if (hugetlb_fd < 0 || ftruncate(hugetlb_fd, GIB))
		die("hugetlb");
	pid = fork();
	if (pid < 0)
		die("fork");
	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		rnd(2);
		share_loop(1);
	}
	shared->partner = pid;
	share_loop(2);
}

const struct race huge_races[] = {
	{
		.name = "khugepaged", .lacks = lacks_thp, .begin = begin_khugepaged,
		.end = end_khugepaged, .storm = storm_khugepaged, .len = AREAS * HUGE,
		SHAPES(thp), .states = 3, .events = "thp_collapse_alloc",
	},
	{
		.name = "collapse", .lacks = lacks_collapse, .storm = storm_collapse,
		.len = AREAS * HUGE, SHAPES(thp), .states = 3, .events = "thp_collapse_alloc",
	},
	{
		.name = "split", .lacks = lacks_thp, .storm = storm_split, .len = AREAS * HUGE,
		SHAPES(split), .states = 7, .events = "thp_split_pmd",
	},
	{
		.name = "retract", .lacks = lacks_retract, .begin = begin_retract,
		.end = end_retract, .storm = storm_retract, .len = AREAS * HUGE,
		SHAPES(retracted), .states = 3, .events = "thp_collapse_alloc",
	},
	{
		.name = "hugetlb", .lacks = lacks_hugetlb, .end = end_hugetlb,
		.storm = storm_hugetlb, .len = GIB, SHAPES(hugetlb), .where = where_hugetlb,
		.states = 3 | ST_SHARED | ST_OWN, .flags = PARTNER,
	},
	{ 0 }
};
