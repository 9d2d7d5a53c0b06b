/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Ways to do the same, side by side: rounds take turns (A B C A B C …), what counts
 * is the median of the rounds, and the ratio of two medians.
 */
#ifndef MMSCOPE_BENCH_H
#define MMSCOPE_BENCH_H

#include <err.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define BENCH_ROUNDS_MAX 99

/* One way to do it. */
struct bench {
	const char *name;
	double ns[BENCH_ROUNDS_MAX];	/* for one piece of work, by round */
	int rounds;
};

static inline int bench_order(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* The value that @percent of the rounds are not above. */
static inline double bench_at(const struct bench *b, int percent)
{
	double sorted[BENCH_ROUNDS_MAX];

	memcpy(sorted, b->ns, b->rounds * sizeof(*sorted));
	qsort(sorted, b->rounds, sizeof(*sorted), bench_order);
	return sorted[(b->rounds - 1) * percent / 100];
}

static inline double bench_median(const struct bench *b)
{
	return bench_at(b, 50);
}

static inline void bench_add(struct bench *b, double ns)
{
	if (b->rounds == BENCH_ROUNDS_MAX)
		errx(1, "%s: too many rounds", b->name);
	b->ns[b->rounds++] = ns;
}

/* Nanoseconds; @clock: CLOCK_MONOTONIC, or the time of this thread alone. */
static inline double bench_now(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return t.tv_sec * 1e9 + t.tv_nsec;
}

/* The row of one way: its times and how far rounds differ. */
static inline void bench_print(const struct bench *b)
{
	printf("%-28s %12.1f ns   %5.1f %% between quartiles, %d rounds\n", b->name, bench_median(b),
	       100 * (bench_at(b, 75) - bench_at(b, 25)) / bench_median(b), b->rounds);
}

/* A file of the kernel that is written whole. */
static inline void bench_put(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_TRUNC);

	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		err(1, "%s", path);
	close(fd);
}

/* For programs: a name without blanks and a number. */
static inline void bench_ratio(const char *name, double ratio)
{
	printf("bench: %s %.3f\n", name, ratio);
}

#endif /* MMSCOPE_BENCH_H */
