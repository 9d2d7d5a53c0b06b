// SPDX-License-Identifier: GPL-2.0-only
/*
 * Whole commands, from start to exit, beside what others offer for the question: dump
 * beside page-types -p; tables --all and who beside reading /proc of 200 processes.
 *
 * usage: endtoend [ROUNDS [GIB]]   GIB: mapped memory of the process that is dumped (16)
 */
#include "bench.h"
#include "ways.h"

#include <dirent.h>
#include <signal.h>
#include <sys/wait.h>

#define DAMON_STAT "/sys/module/damon_stat/parameters/enabled"
#define CROWD 200
#define OWN (1UL << 20)		/* memory that each of them has */
#define FILE_LEN (256UL << 20)	/* a file that is mapped again and again */

static void silent(void)
{
	int null = open("/dev/null", O_WRONLY);

	dup2(null, STDOUT_FILENO);
}

/* A command with its output thrown away; how long it took. */
static double run(char * const argv[])
{
	double begun = bench_now(CLOCK_MONOTONIC);
	int status = 0;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (!pid) {
		silent();
		execvp(argv[0], argv);
		_exit(127);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid || status)
		die("%s: status 0x%x", argv[0], status);
	return bench_now(CLOCK_MONOTONIC) - begun;
}

/* A child that does something, says so, and waits. */
static pid_t child(void (*make)(unsigned long), unsigned long arg)
{
	int pipes[2];
	pid_t pid;
	char c;

	if (pipe(pipes))
		die("pipe");
	pid = fork();
	if (!pid) {
		make(arg);
		if (write(pipes[1], "", 1) != 1)
			_exit(1);
		for (;;)
			pause();
	}
	close(pipes[1]);
	if (pid < 0 || read(pipes[0], &c, 1) != 1)
		die("child");
	close(pipes[0]);
	return pid;
}

static void end(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

static void map_much(unsigned long gib)
{
	int mem = memfd_create("bench", 0);
	size_t at;

	if (mem < 0 || ftruncate(mem, FILE_LEN))
		die("memfd");
	for (at = 0; at < gib << 30; at += FILE_LEN)
		if (mmap(NULL, FILE_LEN, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, mem, 0) ==
		    MAP_FAILED)
			die("mmap");
}

static void own_memory(unsigned long n)
{
	char *p = mmap(NULL, OWN, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		die("mmap");
	madvise(p, OWN, MADV_NOHUGEPAGE);
	memset(p, n + 1, OWN);
}

/*
 * page-types -p sums up by flags, with -l it lists runs of frames: dump by flags, and
 * dump, say the same and where.
 */
static void dump(int rounds, unsigned long gib)
{
	pid_t pid = child(map_much, gib);
	char number[16];
	char * const flags[] = { "mmscope", "dump", "--by", "flags", number, NULL };
	char * const frames[] = { "mmscope", "dump", number, NULL };
	char * const sums[] = { "/page-types", "-p", number, NULL };
	char * const list[] = { "/page-types", "-l", "-p", number, NULL };
	char * const * const command[] = { flags, frames, sums, list };
	struct bench b[] = {
		{ .name = "mmscope dump --by flags" }, { .name = "mmscope dump" },
		{ .name = "page-types -p" }, { .name = "page-types -l -p" },
	};
	int i, n, nr = access(sums[0], X_OK) ? 2 : 4;

	snprintf(number, sizeof(number), "%d", pid);
	printf("-- end to end: a process with %lu GiB of mapped 4 KiB pages; ns\n", gib);
	for (i = 0; i < rounds; i++)
		for (n = 0; n < nr; n++)
			bench_add(&b[n], run(command[n]));
	for (n = 0; n < nr; n++)
		bench_print(&b[n]);
	if (nr == 4) {
		bench_ratio("dump_by_flags_vs_page_types", bench_median(&b[2]) / bench_median(&b[0]));
		bench_ratio("dump_vs_page_types", bench_median(&b[2]) / bench_median(&b[1]));
		bench_ratio("dump_vs_page_types_list", bench_median(&b[3]) / bench_median(&b[1]));
	}
	end(pid);
}

static int is_process(const struct dirent *entry)
{
	return entry->d_name[0] >= '0' && entry->d_name[0] <= '9';
}

/* All of /proc. Return: what @fn said, summed up. */
static long all_of_proc(long (*fn)(const char *pid, uint64_t arg), uint64_t arg)
{
	struct dirent **entry;
	int n = scandir("/proc", &entry, is_process, NULL), i;
	long sum = 0;

	for (i = 0; i < n; i++) {
		sum += fn(entry[i]->d_name, arg);
		free(entry[i]);
	}
	if (n > 0)
		free(entry);
	return sum;
}

static long read_rollup(const char *pid, uint64_t arg)
{
	char path[300];

	(void)arg;
	snprintf(path, sizeof(path), "/proc/%s/smaps_rollup", pid);
	return read_file(path);
}

/* Pages of a process that are in frame @pfn. */
static long find_frame(const char *pid, uint64_t pfn)
{
	static uint64_t entry[PIECE / 8];
	unsigned long start, end;
	char path[300], line[512];
	long found = 0, n, i;
	FILE *maps;
	int fd;

	snprintf(path, sizeof(path), "/proc/%s/pagemap", pid);
	fd = open(path, O_RDONLY);
	snprintf(path, sizeof(path), "/proc/%s/maps", pid);
	maps = fopen(path, "re");
	while (maps && fgets(line, sizeof(line), maps)) {
		if (sscanf(line, "%lx-%lx", &start, &end) != 2)
			continue;
		for (; start < end; start += n / 8 * PAGE) {
			n = (end - start) / PAGE * 8;
			n = pread(fd, entry, n < (long)PIECE ? n : (long)PIECE, start / PAGE * 8);
			if (n <= 0)
				break;
			for (i = 0; i < n / 8; i++)
				found += entry[i] >> 63 && (entry[i] & ((1ULL << 55) - 1)) == pfn;
		}
	}
	if (maps)
		fclose(maps);
	close(fd);
	return found;
}

static uint64_t frame_of_own(void)
{
	static char page[2 * PAGE];
	char *p = (char *)(((unsigned long)page + PAGE - 1) & ~(PAGE - 1));
	int fd = open_pagemap(getpid());
	uint64_t entry;

	*p = 1;
	if (pread(fd, &entry, 8, (unsigned long)p / PAGE * 8) != 8)
		die("pagemap");
	close(fd);
	return entry & ((1ULL << 55) - 1);
}

static void crowd(int rounds)
{
	struct bench tables = { .name = "mmscope tables --all" };
	struct bench rollups = { .name = "smaps_rollup of all" };
	struct bench who = { .name = "mmscope who" };
	struct bench pagemaps = { .name = "pagemap of all" };
	char number[32];
	char * const tables_all[] = { "mmscope", "tables", "--all", NULL };
	char * const who_has[] = { "mmscope", "who", number, NULL };
	pid_t pid[CROWD];
	uint64_t frame;
	double begun;
	int i;

	for (i = 0; i < CROWD; i++)
		pid[i] = child(own_memory, i);
	/* children have this page, too, if it was there before: it is made after them */
	frame = frame_of_own();
	snprintf(number, sizeof(number), "%llx", (unsigned long long)frame);
	printf("-- end to end: %d processes; ns\n", CROWD);
	for (i = 0; i < rounds; i++) {
		bench_add(&tables, run(tables_all));
		begun = bench_now(CLOCK_MONOTONIC);
		if (!all_of_proc(read_rollup, 0))
			die("smaps_rollup");
		bench_add(&rollups, bench_now(CLOCK_MONOTONIC) - begun);
		bench_add(&who, run(who_has));
		begun = bench_now(CLOCK_MONOTONIC);
		if (all_of_proc(find_frame, frame) != 1)
			die("the frame was not found");
		bench_add(&pagemaps, bench_now(CLOCK_MONOTONIC) - begun);
	}
	bench_print(&tables);
	bench_print(&rollups);
	bench_print(&who);
	bench_print(&pagemaps);
	bench_ratio("tables_all_vs_smaps_rollup", bench_median(&rollups) / bench_median(&tables));
	bench_ratio("who_vs_all_pagemaps", bench_median(&pagemaps) / bench_median(&who));
	for (i = 0; i < CROWD; i++)
		end(pid[i]);
}

int main(int argc, char **argv)
{
	int rounds = argc > 1 ? atoi(argv[1]) : 9;

	/* on from boot from 7.2 on: what it samples differs in its accessed bits, and ends runs */
	if (!access(DAMON_STAT, W_OK))
		bench_put(DAMON_STAT, "N");
	dump(rounds, argc > 2 ? strtoul(argv[2], NULL, 10) : 16);
	crowd(rounds);
	return 0;
}
