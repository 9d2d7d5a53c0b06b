// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a page fault costs with nobody listening, with an empty BPF program on a
 * kretprobe of handle_mm_fault(), with the event alone, and with mmscope trace.
 *
 * usage: faults [ROUNDS]
 */
#include "bench.h"

#include <bpf/libbpf.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "empty.skel.h"

#define PAGE 4096UL
#define PAGES 2000
#define EVENT "/sys/kernel/tracing/events/mmscope/mmscope_fault/enable"

static char *area;

/* Of this thread, for each of so many first writes. */
static double fault(void)
{
	double begun, ns;
	int i;

	begun = bench_now(CLOCK_THREAD_CPUTIME_ID);
	for (i = 0; i < PAGES; i++)
		*(volatile char *)(area + i * PAGE) = 1;
	ns = (bench_now(CLOCK_THREAD_CPUTIME_ID) - begun) / PAGES;
	madvise(area, PAGES * PAGE, MADV_DONTNEED);
	return ns;
}

/* Are the probes of the module there? */
static bool armed(void)
{
	char line[256];
	bool found = false;
	FILE *f = fopen("/sys/kernel/debug/kprobes/list", "re");

	if (!f)
		err(1, "kprobes/list");
	while (fgets(line, sizeof(line), f))
		found |= !!strstr(line, "handle_mm_fault");
	fclose(f);
	return found;
}

static pid_t start_trace(const char *how)
{
	char pid[16];
	pid_t child;

	snprintf(pid, sizeof(pid), "%d", getpid());
	child = fork();
	if (!child) {
		if (!freopen("/dev/null", "w", stdout))
			err(127, "/dev/null");
		execlp("mmscope", "mmscope", "trace", "-p", pid, how, NULL);
		err(127, "mmscope");
	}
	while (!armed())
		if (waitpid(child, NULL, WNOHANG))
			errx(1, "mmscope trace ended");
		else
			usleep(10000);
	/* it attaches one program after the other */
	usleep(200000);
	return child;
}

static void stop_trace(pid_t child)
{
	int status;

	kill(child, SIGINT);
	if (waitpid(child, &status, 0) != child || !WIFEXITED(status) ||
	    (WEXITSTATUS(status) && WEXITSTATUS(status) != 3))
		errx(1, "mmscope trace failed");
}

int main(int argc, char **argv)
{
	struct bench nobody = { .name = "nobody listens" };
	struct bench empty = { .name = "empty BPF on a kretprobe" };
	struct bench event = { .name = "the event, to tracefs" };
	struct bench lines = { .name = "mmscope trace, lines" };
	struct bench sums = { .name = "mmscope trace, --summary" };
	int rounds = argc > 1 ? atoi(argv[1]) : 9, i;
	double base, probe;
	struct empty_bpf *bpf = empty_bpf__open_and_load();
	struct bpf_link *link;
	pid_t child;

	area = mmap(NULL, PAGES * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (!bpf || area == MAP_FAILED)
		err(1, "cannot begin");
	madvise(area, PAGES * PAGE, MADV_NOHUGEPAGE);
	fault();
	for (i = 0; i < rounds; i++) {
		bench_add(&nobody, fault());
		link = bpf_program__attach(bpf->progs.on_fault_end);
		if (!link)
			err(1, "kretprobe");
		bench_add(&empty, fault());
		bpf_link__destroy(link);
		bench_put(EVENT, "1");
		bench_add(&event, fault());
		bench_put(EVENT, "0");
		child = start_trace("--json-lines");
		bench_add(&lines, fault());
		stop_trace(child);
		child = start_trace("--summary");
		bench_add(&sums, fault());
		stop_trace(child);
	}
	bench_print(&nobody);
	bench_print(&empty);
	bench_print(&event);
	bench_print(&lines);
	bench_print(&sums);
	base = bench_median(&nobody);
	probe = bench_median(&empty) - base;
	/* what is added to a fault, and the whole of it */
	bench_ratio("fault_event_over_kretprobe", (bench_median(&event) - base) / probe);
	bench_ratio("fault_trace_over_kretprobe", (bench_median(&lines) - base) / probe);
	bench_ratio("fault_summary_over_kretprobe", (bench_median(&sums) - base) / probe);
	bench_ratio("whole_fault_trace_over_kretprobe", bench_median(&lines) / bench_median(&empty));
	empty_bpf__destroy(bpf);
	return 0;
}
