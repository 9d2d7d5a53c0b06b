// SPDX-License-Identifier: GPL-2.0-only
/*
 * mmscope cow on a parent and a child whose pages went different ways after the fork.
 * Oracle: /proc/PID/pagemap of both, page by page, and the VMAs of /proc/PID/smaps.
 */
#include "tap.h"
#include "trace.h"

#include <inttypes.h>
#include <linux/io_uring.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>

#define HUGE (2UL << 20)
#define WAY 256			/* pages */
#define RW (PROT_READ | PROT_WRITE)
#define ANON (MAP_PRIVATE | MAP_ANONYMOUS)

enum { SHARED, COPIED, OWN, THERE, NEVER, UNKNOWN, PROMISED, NR };
static const char * const names[] = {
	"SHARED", "COPIED", "OWN", "THERE", "NEVER", "UNKNOWN", "PROMISED",
};

struct vma {
	unsigned long start, end, inode;
	bool private, write, mapped_by_number;
};

/* What a member of the family says when it is ready; the child's number is negative. */
struct told {
	int pid;
	unsigned long at;
};

static struct vma mine[200], other[200];
static unsigned int nr_mine, nr_other;
static unsigned long zero;	/* frame of the zero page */

static char *map(size_t len, int flags)
{
	char *p = mmap(NULL, len, RW, flags, -1, 0);

	if (p == MAP_FAILED)
		die("mmap");
	return p;
}

static void touch(char *p, size_t pages, char value)
{
	size_t i;

	for (i = 0; i < pages; i++)
		p[i * PAGE] = value;
}

/* Pages that a device may write to at any time: fork copies them at once. */
static void pin(char *p, size_t pages)
{
	struct io_uring_params params = { 0 };
	struct iovec buffer = { p, pages * PAGE };
	int fd = syscall(__NR_io_uring_setup, 1, &params);

	if (fd < 0 || syscall(__NR_io_uring_register, fd, IORING_REGISTER_BUFFERS, &buffer, 1))
		die("io_uring");
}

/* Frames in a row go up or down: which way for which half is the allocator's choice. */
static void touch_both_ways(char *p)
{
	int i;

	madvise(p, 2 * WAY * PAGE, MADV_NOHUGEPAGE);
	touch(p, WAY, 1);
	for (i = 2 * WAY; i-- > WAY;)
		touch(p + i * PAGE, 1, 1);
}

/* The parent: memory, a child, and then nothing any more. */
static void family(int tell)
{
	char *p = map(64 * PAGE, ANON), *huge = map(4 * HUGE, ANON), *s = map(8 * PAGE, ANON);
	char *gone = map(8 * PAGE, ANON), *over = map(8 * PAGE, ANON), *none = map(PAGE, ANON);
	char *pinned = map(3 * PAGE, ANON), *ways = map(2 * WAY * PAGE, ANON), *q;
	struct told told;
	pid_t child;
	int i;

	huge = (char *)(((unsigned long)huge + HUGE - 1) & ~(HUGE - 1));
	madvise(p, 64 * PAGE, MADV_NOHUGEPAGE);
	madvise(pinned, 3 * PAGE, MADV_DONTDUMP);	/* a VMA of its own */
	madvise(huge, 3 * HUGE, MADV_HUGEPAGE);
	touch(p, 32, 1);
	for (i = 32; i < 40; i++)
		(void)*(volatile char *)(p + i * PAGE);	/* the zero page */
	touch(huge, 1, 1);
	touch(huge + HUGE, 1, 1);
	touch_both_ways(ways);
	touch(s, 8, 1);
	touch(gone, 8, 1);
	touch(over, 8, 1);
	touch(none, 1, 1);
	if (mprotect(none, PAGE, PROT_NONE))
		die("mprotect");
	touch(pinned, 3, 1);
	pin(pinned, 3);
	for (i = 0; i < 200 && !swapped(s); i++) {
		madvise(s, 8 * PAGE, 21 /* MADV_PAGEOUT */);
		usleep(10000);
	}
	child = fork();
	if (child < 0)
		die("fork");
	if (!child) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		touch(p, 8, 2);				/* copied */
		touch(p + 36 * PAGE, 1, 2);		/* no more the zero page */
		touch(p + 48 * PAGE, 4, 2);		/* only in the child */
		touch(huge + HUGE + 9 * PAGE, 1, 2);	/* one page of a huge one */
		for (i = 3; i < 2 * WAY; i += 17)
			touch(ways + i * PAGE, 1, 2);
		touch(s, 2, 2);				/* back from swap */
		munmap(gone, 4 * PAGE);
		q = mmap(over, 4 * PAGE, RW, MAP_SHARED | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
		if (q != over)
			die("mmap");
		touch(over, 4, 2);			/* of its own, and shared on purpose */
	} else {
		touch(p + 16 * PAGE, 4, 3);		/* copied by the parent */
		touch(p + 56 * PAGE, 2, 3);		/* only in the parent */
	}
	told.pid = child ? getpid() : -getpid();
	told.at = (unsigned long)p;
	if (write(tell, &told, sizeof(told)) != sizeof(told))
		die("pipe");
	for (;;)
		pause();
}

static unsigned int read_vmas(pid_t pid, struct vma *v, unsigned int max)
{
	char path[64], line[512], perms[8];
	unsigned int nr = 0;
	struct vma next;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/smaps", pid);
	f = fopen(path, "re");
	while (f && fgets(line, sizeof(line), f)) {
		if (sscanf(line, "%lx-%lx %7s %*x %*s %lu", &next.start, &next.end, perms, &next.inode) == 4) {
			next.private = perms[3] == 'p';
			next.write = perms[1] == 'w';
			if (nr == max)
				die("too many VMAs");
			v[nr++] = next;
		} else if (nr && !strncmp(line, "VmFlags:", 8)) {
			v[nr - 1].mapped_by_number = strstr(line, " pf") || strstr(line, " io");
		}
	}
	if (f)
		fclose(f);
	return nr;
}

static uint64_t word_of(int pagemap, unsigned long va)
{
	uint64_t word = 0;

	if (pread(pagemap, &word, 8, va / PAGE * 8) != 8)
		die("pagemap");
	return word;
}

/* Nothing, a frame or a slot; the zero page is nothing. */
static uint64_t content(uint64_t word)
{
	uint64_t number = word & ((1ULL << 55) - 1);

	if (word >> 63)
		return number == zero ? 0 : 1ULL << 63 | number;
	return word >> 62 & 1 ? 1ULL << 62 | number : 0;
}

static const struct vma *vma_at(const struct vma *v, unsigned int nr, unsigned long va)
{
	unsigned int i;

	for (i = 0; i < nr; i++)
		if (va >= v[i].start && va < v[i].end)
			return &v[i];
	return NULL;
}

static unsigned int state(const struct vma *v, const struct vma *w, uint64_t a, uint64_t b)
{
	if (!w || !w->private || w->mapped_by_number || w->inode != v->inode)
		b = 0;
	if (!a || !b)
		return a ? OWN : b ? THERE : NEVER;
	if (a == b)
		return SHARED;
	return a >> 62 == b >> 62 ? COPIED : UNKNOWN;
}

static void expected(const struct vma *v, int map_a, int map_b, uint64_t *sum)
{
	unsigned long va;
	unsigned int s;

	memset(sum, 0, NR * sizeof(*sum));
	for (va = v->start; va < v->end; va += PAGE) {
		s = state(v, vma_at(other, nr_other, va), content(word_of(map_a, va)),
			  content(word_of(map_b, va)));
		sum[s] += PAGE;
		sum[PROMISED] += s == SHARED && v->write ? PAGE : 0;
	}
}

/* The tool's sums of one process against the other; how many VMAs, and what is in all. */
static void compare(const char *what, pid_t a, pid_t b, uint64_t *total)
{
	uint64_t want[NR], have[NR], size;
	int map_a = open_pagemap(a), map_b = open_pagemap(b), bad = 0, rows = 0, vmas = 0;
	char command[256], line[512], start[32];
	unsigned int i;
	FILE *f;

	nr_mine = read_vmas(a, mine, 200);
	nr_other = read_vmas(b, other, 200);
	memset(total, 0, NR * sizeof(*total));
	/* vsyscall is in the kernel half */
	for (i = 0; i < nr_mine; i++)
		vmas += mine[i].private && !mine[i].mapped_by_number && !(mine[i].start >> 63);
	snprintf(command, sizeof(command), "mmscope cow -b -nr -o START,SIZE,SHARED,COPIED,OWN,THERE,NEVER,UNKNOWN,PROMISED %d %d",
		 a, b);
	f = popen(command, "r");
	while (f && fgets(line, sizeof(line), f)) {
		const struct vma *v;

		if (sscanf(line, "%31s %lu %lu %lu %lu %lu %lu %lu %lu", start, &size, &have[SHARED],
			   &have[COPIED], &have[OWN], &have[THERE], &have[NEVER], &have[UNKNOWN],
			   &have[PROMISED]) != 9 || *start == '-')
			continue;
		rows++;
		v = vma_at(mine, nr_mine, strtoul(start, NULL, 16));
		if (!v || size != v->end - v->start)
			bad++;
		if (!v)
			continue;
		expected(v, map_a, map_b, want);
		for (i = 0; i < NR; i++) {
			total[i] += have[i];
			if (want[i] == have[i])
				continue;
			bad++;
			printf("# %s %s %" PRIu64 ", but %" PRIu64 "\n", start, names[i], have[i], want[i]);
		}
	}
	ok(f && !pclose(f) && rows == vmas && !bad, "%s: %d VMAs as pagemap has both sides", what, rows);
	close(map_a);
	close(map_b);
}

/* Do both frames of all pages of a row agree with pagemap? Counts pages whose frames go down. */
static bool row_agrees(const char *line, int map_a, int map_b, unsigned int *down)
{
	unsigned long va, pages, page, frame[2];
	char step[8], text[2][32];
	int i, d;

	if (sscanf(line, "%lx %lu %7s %31s %31s", &va, &pages, step, text[0], text[1]) != 5)
		return false;
	d = strcmp(step, "-") ? atoi(step) : 0;
	*down += d < 0 ? pages : 0;
	for (page = 0; page < pages; page++)
		for (i = 0; i < 2; i++) {
			frame[i] = strtoul(text[i], NULL, 16) + page * d;
			if (strncmp(text[i], "0x", 2))
				continue;
			if ((word_of(i ? map_b : map_a, va + page * PAGE) & ((1ULL << 55) - 1)) != frame[i])
				return false;
		}
	return true;
}

static void compare_pages(pid_t a, pid_t b)
{
	int map_a = open_pagemap(a), map_b = open_pagemap(b);
	unsigned int rows = 0, bad = 0, down = 0;
	char command[256], line[512];
	FILE *f;

	snprintf(command, sizeof(command), "mmscope cow --pages -nr -o START,PAGES,STEP,FRAME,OTHER %d %d", a, b);
	f = popen(command, "r");
	while (f && fgets(line, sizeof(line), f)) {
		rows++;
		if (row_agrees(line, map_a, map_b, &down))
			continue;
		if (!bad++)
			printf("# %s", line);
	}
	ok(f && !pclose(f) && rows && !bad,
	   "%u rows of pages have the frames of pagemap; of %u pages they go down", rows, down);
	close(map_a);
	close(map_b);
}

/* Number of the first word of a command's output. */
static unsigned long first_of(const char *format, pid_t a, pid_t b)
{
	char command[256], line[256] = "";
	FILE *f;

	snprintf(command, sizeof(command), format, a, b);
	f = popen(command, "r");
	if (!f || !fgets(line, sizeof(line), f))
		line[0] = '\0';
	if (f)
		pclose(f);
	return strtoul(line, NULL, 10);
}

/* Bytes that are marked as a process's own in the VMA whose row begins like that. */
static unsigned long exclusive(const char *row, pid_t a, pid_t b)
{
	char command[256], line[256];
	unsigned long bytes = ~0UL;
	FILE *f;

	snprintf(command, sizeof(command), "mmscope cow -b -nr -o START,EXCLUSIVE %d %d | grep '%s'", a, b, row);
	f = popen(command, "r");
	if (!f || !fgets(line, sizeof(line), f) || sscanf(line, "%*s %lu", &bytes) != 1)
		bytes = ~0UL;
	if (f)
		pclose(f);
	return bytes;
}

int main(void)
{
	uint64_t there[NR], back[NR];
	struct mmscope_info info = { .size = sizeof(info) };
	int tell[2], i, fd = dev_open();
	struct told told;
	char own[32];
	pid_t parent = 0, child = 0;
	char *p = map(PAGE, ANON);

	(void)*(volatile char *)p;
	zero = frame_of(getpid(), p);
	if (pipe(tell))
		die("pipe");
	if (!fork())
		family(tell[1]);
	for (i = 0; i < 2; i++) {
		if (read(tell[0], &told, sizeof(told)) != sizeof(told))
			die("pipe");
		*(told.pid > 0 ? &parent : &child) = abs(told.pid);
	}
	compare("child and parent", child, parent, there);
	compare("parent and child", parent, child, back);
	compare_pages(child, parent);
	ok(there[SHARED] == back[SHARED] && there[COPIED] == back[COPIED],
	   "both ways the same is shared (%" PRIu64 " KiB) and copied (%" PRIu64 " KiB)",
	   there[SHARED] >> 10, there[COPIED] >> 10);
	ok(there[COPIED] >= 16 * PAGE && there[OWN] >= 5 * PAGE && there[THERE] >= 2 * PAGE &&
	   back[OWN] >= 2 * PAGE + 8 * PAGE && there[UNKNOWN] == 2 * PAGE && there[SHARED] > HUGE,
	   "as it was made: copied %" PRIu64 ", own %" PRIu64 ", there %" PRIu64 ", unknown %" PRIu64,
	   there[COPIED] / PAGE, there[OWN] / PAGE, there[THERE] / PAGE, there[UNKNOWN] / PAGE);
	ok(first_of("mmscope cow -b -nr -o SHARED,PATH %d | sed -n 's/ total$//p'", child, 0) == there[SHARED],
	   "one process: against its parent");
	ok(first_of("mmscope cow --pages -nr -o PAGES,STATE %d %d | awk '$2 == \"copied\" { n += $1 } END { print n }'",
		    child, parent) == there[COPIED] / PAGE, "--pages has as many that were copied");
	ok(first_of("mmscope cow --all -b -nr -o SHARED,PID,RELATION %d | sed -n 's/ %d parent$//p'", child,
		    parent) == there[SHARED], "--all finds the parent");
	ok(first_of("mmscope cow --watch 0.1 --count 3 -b -nr -o SHARED %d %d | sort -u", child, parent) ==
	   there[SHARED] && first_of("mmscope cow --watch 0.1 --count 3 -nr -o SHARED %d %d | wc -l", child,
				     parent) == 3, "--watch says the same three times");
	ok(first_of("mmscope cow -b -nr -o COPIED,PATH %d %d 2>/dev/null | sed -n 's/ total$//p'", 1, getpid()) == 0,
	   "nothing is copied between strangers");
	ok(first_of("mmscope cow -b -nr -o PINNED,PATH %d %d | sed -n 's/ total$//p'", parent, child) ==
	   3 * PAGE, "three pages are pinned");
	if (dev_call(fd, MMSCOPE_IOC_INFO, &info))
		die("INFO");
	/* of those 64 pages the child has 13 that it has made, the parent 6; before 5.19 none is marked */
	snprintf(own, sizeof(own), "^0x%012lx ", told.at);
	i = info.features & MMSCOPE_FEATURE_EXCLUSIVE ? PAGE : 0;
	ok(exclusive(own, child, parent) == 13UL * i && exclusive(own, parent, child) == 6UL * i,
	   "pages that one of them has made are its own");
	ok(system("mmscope cow $$ $$ 2>&1 | grep -q 'one address space'") == 0, "a process with itself is refused");
	kill(parent, SIGKILL);
	waitpid(parent, NULL, 0);
	return tap_end();
}
