// SPDX-License-Identifier: GPL-2.0-only
/*
 * A process that maps, touches and unmaps tables without pause, while others
 * scan it. Freed table pages are used for data at once: pages of a pipe, which
 * the kernel takes from the same lists (unmovable), filled with a pattern that
 * no entry can be. Oracle: what the storm can produce at all: anonymous,
 * writable, touched, in RAM.
 */
#include "dev.h"
#include "tap.h"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>

#define BASE	0x200000000000UL
#define SLOTS	32
#define STRIDE	(4UL << 20)
#define PATTERN	0xa5

static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec + ts.tv_nsec / 1e9;
}

/* Takes and gives back some pages of the lists that tables come from. */
static void dirty_freed_pages(const int *fd)
{
	static char data[8 * 4096];
	ssize_t n;

	memset(data, PATTERN, sizeof(data));
	n = write(fd[1], data, sizeof(data));
	while (n > 0)
		n -= read(fd[0], data, n);
}

/* Each round frees the page tables of one slot and makes new ones. */
static void storm(volatile unsigned long *rounds)
{
	unsigned long i, seed = 12345;
	int fd[2];
	char *p;

	if (pipe(fd))
		_exit(1);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (;; ++*rounds) {
		seed = seed * 6364136223846793005UL + 1442695040888963407UL;
		p = (char *)BASE + (seed >> 33) % SLOTS * STRIDE;
		munmap(p, STRIDE);
		dirty_freed_pages(fd);
		p = mmap(p, STRIDE, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
		if (p == MAP_FAILED)
			_exit(1);
		madvise(p, STRIDE, MADV_NOHUGEPAGE);
		for (i = 0; i < STRIDE; i += (1UL << 20) + (seed >> 40) % 64 * PAGE)
			memset(p + i, PATTERN, PAGE);
		if (seed >> 62 == 0)
			munmap(p, STRIDE);
	}
}

static uint64_t highest_frame(void)
{
	unsigned long start, end, top = 0;
	char line[256];
	FILE *f = fopen("/proc/iomem", "r");

	while (f && fgets(line, sizeof(line), f))
		if (strstr(line, "System RAM") && sscanf(line, "%lx-%lx", &start, &end) == 2)
			top = end > top ? end : top;
	if (f)
		fclose(f);
	return top >> 12;
}

struct result {
	unsigned long scans, entries, retries, changed, implausible;
};

/*
 * P RW US D NX must be set, soft-dirty and A may (page ageing clears A, which
 * multi-generation LRU does often), nothing else; a frame of RAM.
 */
static bool plausible(uint64_t raw, unsigned int level, uint64_t top)
{
	const uint64_t need = 0x8000000000000047ULL, may = 0x820ULL;
	uint64_t frame = (raw & 0x000ffffffffff000ULL) >> 12;

	return level == 0 && (raw & ~(0x000ffffffffff000ULL | may)) == need && frame && frame <= top;
}

static void judge(const struct mmscope_record *r, uint64_t top, struct result *out)
{
	unsigned int i;
	uint64_t raw;

	for (i = 0; r->type == MMSCOPE_REC_RUN && i < r->nr; i++) {
		raw = r->data + (r->stride == MMSCOPE_STRIDE_UP ? i * PAGE :
				 r->stride == MMSCOPE_STRIDE_DOWN ? -(i * PAGE) : 0);
		out->entries++;
		if (plausible(raw, r->level, top))
			continue;
		if (out->implausible++ < 5)
			printf("# 0x%llx level %u: 0x%016lx\n", (unsigned long long)r->va, r->level, raw);
	}
}

static void reader(pid_t pid, double seconds, struct result *out)
{
	uint64_t top = highest_frame(), at;
	int fd = dev_open();
	const char *buffer;
	double end = now() + seconds;

	if (dev_attach(fd, pid))
		die("ATTACH");
	buffer = dev_map(fd);
	while (now() < end) {
		struct mmscope_scan s = {
			.size = sizeof(s), .flags = MMSCOPE_SCAN_RUNS, .start = BASE,
			.end = BASE + SLOTS * STRIDE, .levels = 7,
		};

		for (s.resume = BASE; s.resume < s.end; s.start = s.resume) {
			s.start = s.resume;
			if (dev_call(fd, MMSCOPE_IOC_SCAN, &s))
				die("SCAN");
			out->retries += s.retries;
			out->changed += s.changed;
			for (at = 0; at < s.bytes; at += sizeof(struct mmscope_record))
				judge((const void *)(buffer + at), top, out);
		}
		out->scans++;
	}
	fflush(stdout);
}

int main(int argc, char **argv)
{
	double seconds = argc > 1 ? atof(argv[1]) : 5;
	struct result *r = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	volatile unsigned long *rounds = (void *)&r[2];
	pid_t pid, readers[2];
	int i;

	pid = fork();
	if (!pid)
		storm(rounds);
	for (i = 0; i < 2; i++) {
		readers[i] = fork();
		if (!readers[i]) {
			reader(pid, seconds, &r[i]);
			_exit(0);
		}
	}
	for (i = 0; i < 2; i++)
		waitpid(readers[i], NULL, 0);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	for (i = 0; i < 2; i++)
		ok(r[i].implausible == 0 && r[i].scans > 0 && r[i].entries > 0,
		   "reader %d: %lu scans, %lu entries, %lu looks repeated, %lu spans lost, %lu implausible",
		   i + 1, r[i].scans, r[i].entries, r[i].retries, r[i].changed, r[i].implausible);
	ok(*rounds > 0, "the storm made %lu rounds meanwhile", *rounds);
	ok(r[0].retries + r[1].retries > 0, "the storm was strong enough to make looks repeat");
	return tap_end();
}
