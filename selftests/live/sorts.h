/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Frames of every sort: huge pages mapped as a whole, in pieces and both, the
 * huge zero page, locked, lazily freed, swapped and merged ones.
 */
#ifndef MMSCOPE_TEST_SORTS_H
#define MMSCOPE_TEST_SORTS_H

#include "dev.h"

#define HUGE_LEN	(2UL << 20)
#define RW		(PROT_READ | PROT_WRITE)
#define PRIVATE		(MAP_PRIVATE | MAP_ANONYMOUS)

static inline char *anon(size_t len)
{
	char *p = mmap(NULL, len, RW, PRIVATE, -1, 0);

	if (p == MAP_FAILED)
		die("mmap");
	return p;
}

/* Where a transparent huge page fits. */
static inline char *huge(void)
{
	uintptr_t p = (uintptr_t)anon(2 * HUGE_LEN);

	p = (p + HUGE_LEN - 1) & ~(HUGE_LEN - 1);
	madvise((void *)p, HUGE_LEN, MADV_HUGEPAGE);
	return (char *)p;
}

static inline void write_to(const char *path, const char *text)
{
	FILE *f = fopen(path, "w");

	if (!f || fputs(text, f) < 0 || fclose(f))
		die("%s", path);
}

/* Until the child that is returned is killed. */
static inline pid_t make_sorts(void)
{
	char *shared = huge(), *cut = huge(), *zero = huge(), *small = anon(64 * PAGE);
	pid_t pid;

	memset(shared, 1, HUGE_LEN);
	memset(cut, 2, HUGE_LEN);
	munmap(cut + 9 * PAGE, 3 * PAGE);
	(void)*(volatile char *)zero;
	memset(small, 3, 64 * PAGE);
	mlock(small, PAGE);
	madvise(small + 8 * PAGE, 8 * PAGE, MADV_FREE);
	madvise(small + 16 * PAGE, 16 * PAGE, MADV_PAGEOUT);
	(void)*(volatile char *)(small + 20 * PAGE);
	madvise(small + 32 * PAGE, 32 * PAGE, MADV_MERGEABLE);
	write_to("/sys/kernel/mm/ksm/sleep_millisecs", "5");
	write_to("/sys/kernel/mm/ksm/run", "1");
	pid = fork();
	if (!pid) {
		/* mapped as a whole by the one, in pieces by the other */
		mprotect(shared, PAGE, PROT_READ);
		for (;;)
			pause();
	}
	sleep(2);
	write_to("/sys/kernel/mm/ksm/run", "0");
	return pid;
}

#endif /* MMSCOPE_TEST_SORTS_H */
