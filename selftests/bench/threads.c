// SPDX-License-Identifier: GPL-2.0-only
/*
 * One scan against the same in as many parts as there are processors, each part with
 * a descriptor of its own. In an emulated guest these have to be threads of the
 * emulator: --mttcg.
 *
 * usage: threads [ROUNDS]
 */
#include "bench.h"
#include "ways.h"

#include <pthread.h>
#include <sched.h>

#define CPUS 2
#define TIMES 8		/* that a part is read, so that starting threads counts little */

static struct part {
	struct work w;
	way_fn fn;
	int cpu;
	long entries;
} part[CPUS];

static pthread_barrier_t ready;

static void *look(void *arg)
{
	struct part *p = arg;
	cpu_set_t set;
	int i;

	CPU_ZERO(&set);
	CPU_SET(p->cpu, &set);
	sched_setaffinity(0, sizeof(set), &set);
	pthread_barrier_wait(&ready);
	p->entries = 0;
	for (i = 0; i < TIMES; i++)
		p->entries += p->fn(&p->w);
	return NULL;
}

/* Time for all parts, with @nr threads at a time. */
static double measure(way_fn fn, int nr, long entries)
{
	pthread_t thread[CPUS];
	double ns = 0, begun;
	long seen = 0;
	int i, k;

	for (i = 0; i < CPUS; i += nr) {
		pthread_barrier_init(&ready, NULL, nr + 1);
		for (k = i; k < i + nr; k++) {
			part[k].fn = fn;
			part[k].cpu = k - i;
			if (pthread_create(&thread[k], NULL, look, &part[k]))
				die("pthread_create");
		}
		/* none begins before this thread is here */
		begun = bench_now(CLOCK_MONOTONIC);
		pthread_barrier_wait(&ready);
		for (k = i; k < i + nr; k++) {
			pthread_join(thread[k], NULL);
			seen += part[k].entries;
		}
		ns += bench_now(CLOCK_MONOTONIC) - begun;
		pthread_barrier_destroy(&ready);
	}
	if (seen != entries * TIMES)
		die("%ld of %ld entries were seen", seen, entries * TIMES);
	return ns;
}

static void compare(const char *name, way_fn fn, long entries, int rounds)
{
	struct bench one = { .name = "one processor" }, all = { .name = "two processors" };
	int i;

	printf("-- threads: %s; ns for a page\n", name);
	for (i = 0; i < rounds; i++) {
		bench_add(&one, measure(fn, 1, entries) / entries / TIMES);
		bench_add(&all, measure(fn, CPUS, entries) / entries / TIMES);
	}
	bench_print(&one);
	bench_print(&all);
	printf("bench: threads_%s %.3f\n", name, bench_median(&one) / bench_median(&all));
}

int main(int argc, char **argv)
{
	int rounds = argc > 1 ? atoi(argv[1]) : 9, i;
	const size_t len = 256UL << 20;
	char *p = mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		die("mmap");
	madvise(p, len, MADV_NOHUGEPAGE);
	memset(p, 1, len);
	for (i = 0; i < CPUS; i++) {
		work_open(&part[i].w, getpid());
		part[i].w.start = p + len / CPUS * i;
		part[i].w.len = len / CPUS;
	}
	compare("blocks", blocks, len / PAGE, rounds);
	compare("runs", runs, len / PAGE, rounds);
	return 0;
}
