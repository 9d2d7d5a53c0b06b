// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a process notices of being looked at: how long its page faults, and its mmap()
 * and munmap(), take while somebody reads its page tables again and again. A process
 * that only computes is the measure: it takes as much of the processors.
 *
 * usage: observer [ROUNDS]    0: only how often the mmap_lock is taken, by an event of the
 *                             kernel, for which its text is patched
 */
#include "bench.h"
#include "ways.h"

#include <signal.h>
#include <sched.h>
#include <sys/wait.h>

#define LOOPS 400		/* of the victim, in a round */
#define TOUCHED 16		/* pages in each */
#define BALLAST (64UL << 20)	/* memory of the victim that there is to read */

/* Nothing of the victim is looked at. */
static long spin(const struct work *w)
{
	volatile long n;

	(void)w;
	for (n = 0; n < 100000; n++)
		;
	return n;
}

static const struct observer {
	const char *name, *key;
	way_fn fn;
} observers[] = {
	{ "nobody", "nobody", NULL },
	{ "a process that computes", "spin", spin },
	{ "mmscope, blocks", "mmscope", blocks },
	{ "pagemap", "pagemap", by_pagemap },
	{ "PAGEMAP_SCAN, present", "pagemap_scan", scan_present },
	{ "smaps", "smaps", smaps },
	{ "smaps_rollup", "smaps_rollup", rollup },
};

#define NR_OBSERVERS (sizeof(observers) / sizeof(observers[0]))

struct samples {
	double *ns;
	size_t nr;
};

static int order(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double at(const struct samples *s, double part)
{
	return s->ns[(size_t)((s->nr - 1) * part)];
}

static void on_cpu(int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	sched_setaffinity(0, sizeof(set), &set);
}

/* mmap, a few first writes, munmap: the time of all that, again and again. */
static void live(struct samples *s)
{
	double begun;
	int i, k;
	char *p;

	for (i = 0; i < LOOPS; i++) {
		begun = bench_now(CLOCK_MONOTONIC);
		p = mmap(NULL, TOUCHED * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
			 -1, 0);
		for (k = 0; k < TOUCHED; k++)
			p[k * PAGE] = 1;
		munmap(p, TOUCHED * PAGE);
		s->ns[s->nr++] = bench_now(CLOCK_MONOTONIC) - begun;
	}
}

/* Looks at @pid until it is killed; says when it has begun. Not every kernel has all. */
static pid_t start(const struct observer *o, pid_t pid, char *ballast)
{
	struct work w = { .start = ballast, .len = BALLAST };
	int pipes[2];
	pid_t child;
	char c = 0;

	if (pipe(pipes))
		die("pipe");
	child = fork();
	if (child < 0)
		die("fork");
	if (!child) {
		on_cpu(1);
		work_open(&w, pid);
		c = o->fn(&w) >= 0;
		if (write(pipes[1], &c, 1) != 1)
			_exit(1);
		while (c)
			o->fn(&w);
		_exit(0);
	}
	if (read(pipes[0], &c, 1) != 1)
		die("%s", o->name);
	close(pipes[0]);
	close(pipes[1]);
	if (c)
		return child;
	waitpid(child, NULL, 0);
	return 0;
}

/* How often a process took the mmap_lock of another while it did @fn once: by the kernel. */
#define TRACING "/sys/kernel/tracing/"
#define LOCKING TRACING "events/mmap_lock/mmap_lock_start_locking/"

static long locks_taken(way_fn fn, pid_t pid, char *ballast)
{
	struct work w = { .start = ballast, .len = BALLAST };
	char line[512], filter[64];
	long n = 0;
	FILE *f;

	if (access(LOCKING "enable", F_OK))
		return -1;
	work_open(&w, pid);
	if (fn(&w) < 0)
		return -1;
	snprintf(filter, sizeof(filter), "common_pid == %d", getpid());
	bench_put(LOCKING "filter", filter);
	bench_put(TRACING "trace", "");
	bench_put(LOCKING "enable", "1");
	fn(&w);
	bench_put(LOCKING "enable", "0");
	f = fopen(TRACING "trace", "re");
	while (f && fgets(line, sizeof(line), f))
		n += !!strstr(line, "mmap_lock_start_locking:");
	if (f)
		fclose(f);
	return n;
}

static long nothing(const struct work *w)
{
	(void)w;
	return 0;
}

/* The victim is a child, so that taking its lock is not taking one's own. */
static pid_t victim(char *ballast)
{
	pid_t child = fork();

	if (child)
		return child;
	/* pages of its own */
	memset(ballast, 2, BALLAST);
	raise(SIGSTOP);
	_exit(0);
}

static void print_locks(char *ballast)
{
	pid_t pid = victim(ballast);
	unsigned int i;
	int status;
	long n, own;

	if (waitpid(pid, &status, WUNTRACED) != pid)
		die("victim");
	/* the event does not tell whose lock it is: page faults of this program take its own */
	own = locks_taken(nothing, pid, ballast);
	for (i = 2; i < NR_OBSERVERS; i++) {
		n = locks_taken(observers[i].fn, pid, ballast);
		if (n >= 0)
			printf("bench: mmap_lock_taken_%s %ld\n", observers[i].key, n > own ? n - own : 0);
	}
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

int main(int argc, char **argv)
{
	int rounds = argc > 1 ? atoi(argv[1]) : 9, k;
	struct samples s[NR_OBSERVERS] = { 0 };
	char *ballast = mmap(NULL, BALLAST, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	unsigned int i;
	pid_t child;

	if (ballast == MAP_FAILED)
		die("mmap");
	madvise(ballast, BALLAST, MADV_NOHUGEPAGE);
	memset(ballast, 1, BALLAST);
	if (!rounds) {
		print_locks(ballast);
		return 0;
	}
	on_cpu(0);
	for (i = 0; i < NR_OBSERVERS; i++)
		s[i].ns = calloc((size_t)rounds * LOOPS, sizeof(double));
	for (k = 0; k < rounds; k++)
		for (i = 0; i < NR_OBSERVERS; i++) {
			child = observers[i].fn ? start(&observers[i], getpid(), ballast) : 0;
			if (observers[i].fn && !child)
				continue;
			live(&s[i]);
			if (child) {
				kill(child, SIGKILL);
				waitpid(child, NULL, 0);
			}
		}
	printf("-- observer: mmap, %d first writes, munmap while somebody looks; microseconds\n",
	       TOUCHED);
	printf("%-28s %10s %10s %10s\n", "who looks", "p50", "p99", "max");
	for (i = 0; i < NR_OBSERVERS; i++) {
		if (!s[i].nr)
			continue;
		qsort(s[i].ns, s[i].nr, sizeof(double), order);
		printf("%-28s %10.1f %10.1f %10.1f\n", observers[i].name, at(&s[i], 0.5) / 1000,
		       at(&s[i], 0.99) / 1000, at(&s[i], 1) / 1000);
	}
	for (i = 2; i < NR_OBSERVERS; i++) {
		char name[64];

		if (!s[i].nr)
			continue;
		snprintf(name, sizeof(name), "observer_p50_%s", observers[i].key);
		bench_ratio(name, at(&s[i], 0.5) / at(&s[1], 0.5));
		snprintf(name, sizeof(name), "observer_p99_%s", observers[i].key);
		bench_ratio(name, at(&s[i], 0.99) / at(&s[1], 0.99));
	}
	return 0;
}
