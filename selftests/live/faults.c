// SPDX-License-Identifier: GPL-2.0-only
/*
 * Page faults made on purpose, one of each kind, and what the tracepoint says of
 * them through tracefs. Oracles: how the fault was made, /proc/PID/pagemap before
 * and after it, getrusage().
 */
#include "tap.h"
#include "trace.h"

#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/uio.h>
#include <sys/wait.h>

#define HUGE (2UL << 20)
#define RW (PROT_READ | PROT_WRITE)
#define ANON (MAP_PRIVATE | MAP_ANONYMOUS)

static sigjmp_buf refused;

static char *map(size_t len, int prot, int flags, int fd)
{
	char *p = mmap(NULL, len, prot, flags, fd, 0);

	if (p == MAP_FAILED)
		die("mmap");
	return p;
}

/* At a multiple of 2 MiB; what is around it is left as it is. */
static char *map_huge(void)
{
	char *p = map(2 * HUGE, RW, ANON, -1);

	p = (char *)(((unsigned long)p + HUGE - 1) & ~(HUGE - 1));
	return madvise(p, HUGE, MADV_HUGEPAGE) ? NULL : p;
}

/*
 * What is told of the page at @va since trace_clear(): one event, of @kind, from
 * the frame @before to the one that pagemap has now.
 */
static void expect(const char *what, pid_t pid, const char *va, const char *kind,
		   unsigned long before)
{
	unsigned long after = frame_of(pid, va);
	struct event e = { .kind = "none" };
	int n = trace_events(pid, va, &e, 1);

	if (!ok(n == 1 && !strcmp(e.kind, kind) && e.pfn_before == before && e.pfn_after == after,
		"%s: %s, frame %s", what, kind,
		!before ? "new" : before == after ? "the same" : "another"))
		printf("# %d events, %s 0x%lx -> 0x%lx, but 0x%lx -> 0x%lx\n", n, e.kind,
		       e.pfn_before, e.pfn_after, before, after);
}

/* A child that writes to @p at the first word, and ends at the second. */
static pid_t child_of(char *p, int pipe_in[2], int pipe_out[2])
{
	char word;
	pid_t pid;

	if (pipe(pipe_in) || pipe(pipe_out))
		die("pipe");
	pid = fork();
	if (pid < 0)
		die("fork");
	if (pid)
		return pid;
	while (read(pipe_in[0], &word, 1) == 1 && word != 'q') {
		*p = 'c';
		if (write(pipe_out[1], "", 1) != 1)
			break;
	}
	_exit(0);
}

static void child_writes(int pipe_in[2], int pipe_out[2])
{
	char word;

	if (write(pipe_in[1], "w", 1) != 1 || read(pipe_out[0], &word, 1) != 1)
		die("the child");
}

static void child_ends(pid_t pid, int pipe_in[2])
{
	if (write(pipe_in[1], "q", 1) != 1 || waitpid(pid, NULL, 0) != pid)
		die("the child");
}

static void anonymous(void)
{
	char *p = map(2 * PAGE, RW, ANON, -1);
	unsigned long zero;

	trace_clear();
	(void)*(volatile char *)p;
	expect("first read", getpid(), p, "zero-page", 0);
	zero = frame_of(getpid(), p);
	trace_clear();
	*p = 1;
	expect("write to the zero page", getpid(), p, "cow-unshared", zero);
	trace_clear();
	p[PAGE] = 1;
	expect("first write", getpid(), p + PAGE, "anon-new", 0);
}

/*
 * Enough other pages first: a page that has just been made waits in a batch of its
 * CPU, holds a reference there, and 5.10 would copy it instead of using it again.
 */
static char *settled_page(void)
{
	char *p = map(65 * PAGE, RW, ANON, -1);
	int i;

	for (i = 0; i < 65; i++)
		p[i * PAGE] = 1;
	return p;
}

static void after_fork(void)
{
	char *p = settled_page();
	unsigned long old = frame_of(getpid(), p);
	int in[2], out[2];
	pid_t child;

	child = child_of(p, in, out);
	trace_clear();
	*p = 2;
	expect("fork, then the parent writes", getpid(), p, "cow-copied", old);
	ok(frame_of(child, p) == old, "the child keeps the frame");
	child_ends(child, in);

	p = settled_page();
	old = frame_of(getpid(), p);
	child = child_of(p, in, out);
	trace_clear();
	child_writes(in, out);
	expect("fork, then the child writes", child, p, "cow-copied", old);
	child_ends(child, in);
	trace_clear();
	*p = 2;
	expect("the child is gone, the parent writes", getpid(), p, "cow-reused", old);
}

static void files(void)
{
	int fd = open("/proc/self/exe", O_RDONLY), mem = memfd_create("faults", 0);
	char *p = map(4 * PAGE, RW, MAP_PRIVATE, fd), *s;
	unsigned long old;

	trace_clear();
	(void)*(volatile char *)p;
	expect("read of a private file", getpid(), p, "file-minor", 0);
	old = frame_of(getpid(), p);
	trace_clear();
	*p = 1;
	expect("write to the page that was read", getpid(), p, "cow-copied", old);
	/* the page after may have been mapped with the first: not this one's map */
	munmap(p, 4 * PAGE);
	p = map(4 * PAGE, RW, MAP_PRIVATE, fd);
	trace_clear();
	p[2 * PAGE] = 1;
	expect("write to a private file", getpid(), p + 2 * PAGE, "cow-copied", 0);
	if (mem < 0 || ftruncate(mem, PAGE))
		die("memfd");
	s = map(PAGE, RW, MAP_SHARED, mem);
	trace_clear();
	*s = 1;
	expect("write to a shared file", getpid(), s, "file-minor", 0);
}

/* A page of the disk that swap is on, which the page cache has not. */
static void major(void)
{
	char path[128], line[256];
	unsigned char here = 1;
	int fd = -1, tries = 100;
	FILE *f = fopen("/proc/swaps", "re");
	char *p;

	while (f && fgets(line, sizeof(line), f))
		if (sscanf(line, "/dev/%100s", path + 5) == 1)
			fd = open(memcpy(path, "/dev/", 5), O_RDONLY);
	if (f)
		fclose(f);
	if (fd < 0) {
		skip("a file's page that has to be read", "no disk");
		return;
	}
	p = map(PAGE, PROT_READ, MAP_SHARED, fd);
	madvise(p, PAGE, MADV_RANDOM);
	do {
		posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
		usleep(10000);
	} while (!mincore(p, PAGE, &here) && (here & 1) && --tries);
	if (!ok(tries, "a page of a disk is not in memory"))
		return;
	trace_clear();
	(void)*(volatile char *)p;
	expect("read of a page that is not in memory", getpid(), p, "file-major", 0);
	close(fd);
}

static void swap(void)
{
	char *p = map(PAGE, RW, ANON, -1);
	int tries = 200;

	*p = 1;
	while (!swapped(p) && --tries) {
		madvise(p, PAGE, 21 /* MADV_PAGEOUT */);
		usleep(10000);
	}
	if (!ok(tries, "a page is in swap"))
		return;
	trace_clear();
	*p = 2;
	expect("back from swap", getpid(), p, "swap-in", 0);
}

static void huge(void)
{
	char *p = map_huge();
	unsigned long old;
	int in[2], out[2];
	struct event e = {};
	pid_t child;

	if (!p) {
		skip("huge pages", "no transparent huge pages");
		return;
	}
	trace_clear();
	*p = 1;
	expect("first write to a huge page", getpid(), p, "thp-new", 0);
	ok(trace_events(getpid(), p, &e, 1) == 1 && e.level_after == 1, "it is an entry of level 1");
	old = frame_of(getpid(), p + 7 * PAGE);
	child = child_of(p, in, out);
	trace_clear();
	p[7 * PAGE] = 2;
	expect("fork, then a write to a huge page", getpid(), p + 7 * PAGE, "thp-cow", old);
	ok(trace_events(getpid(), p + 7 * PAGE, &e, 1) == 1 && e.level_before == 1 && !e.level_after,
	   "from level 1 to level 0");
	child_ends(child, in);
}

static void hugetlb(void)
{
	char *p = mmap(NULL, HUGE, RW, ANON | MAP_HUGETLB, -1, 0);
	int in[2], out[2];
	unsigned long old;
	pid_t child;

	if (p == MAP_FAILED) {
		skip("hugetlb", "no free huge page");
		return;
	}
	trace_clear();
	*p = 1;
	expect("first write to a hugetlb page", getpid(), p, "hugetlb", 0);
	old = frame_of(getpid(), p);
	child = child_of(p, in, out);
	trace_clear();
	*p = 2;
	expect("fork, then a write to a hugetlb page", getpid(), p, "cow-copied", old);
	child_ends(child, in);
	munmap(p, HUGE);
}

static void ksm(void)
{
	char *p = map(2 * PAGE, RW, ANON, -1);
	int tries = 500;
	unsigned long old;

	memset(p, 0x5a, 2 * PAGE);
	if (madvise(p, 2 * PAGE, MADV_MERGEABLE)) {
		skip("KSM", "not in this kernel");
		return;
	}
	put("/sys/kernel/mm/ksm/sleep_millisecs", "1");
	put("/sys/kernel/mm/ksm/pages_to_scan", "1000");
	put("/sys/kernel/mm/ksm/run", "1");
	while (frame_of(getpid(), p) != frame_of(getpid(), p + PAGE) && --tries)
		usleep(10000);
	put("/sys/kernel/mm/ksm/run", "0");
	if (ok(tries, "two pages are merged")) {
		old = frame_of(getpid(), p);
		trace_clear();
		*p = 1;
		expect("write to a merged page", getpid(), p, "cow-unshared", old);
	}
	put("/sys/kernel/mm/ksm/run", "2");
	munmap(p, 2 * PAGE);
}

/* Soft-dirty tracking; and a round trip through read-only, which need not fault. */
static void watched(void)
{
	struct mmscope_info info = { .size = sizeof(info) };
	char *p = settled_page();
	unsigned long old = frame_of(getpid(), p);
	int fd = dev_open();
	const char *kind;
	struct event e;

	if (dev_call(fd, MMSCOPE_IOC_INFO, &info))
		die("INFO");
	/* before 5.19 pages of one process are not marked */
	kind = info.features & MMSCOPE_FEATURE_EXCLUSIVE ? "write-enable" : "cow-reused";
	if (!put("/proc/self/clear_refs", "4"))
		die("clear_refs");
	trace_clear();
	*p = 2;
	expect("write while soft-dirty bits are watched", getpid(), p, kind, old);
	if (mprotect(p, PAGE, PROT_READ) || mprotect(p, PAGE, RW))
		die("mprotect");
	trace_clear();
	*p = 3;
	switch (trace_events(getpid(), p, &e, 1)) {
	case 0:
		ok(frame_of(getpid(), p) == old, "round trip of mprotect: no fault at all");
		break;
	case 1:
		expect("round trip of mprotect", getpid(), p, kind, old);
		break;
	default:
		ok(false, "round trip of mprotect: more than one fault");
	}
	close(fd);
}

static void on_signal(int sig)
{
	(void)sig;
	siglongjmp(refused, 1);
}

/* Access that ends in a signal; nothing changes. */
static void no_access(const char *what, char *p, bool write)
{
	unsigned long old;
	struct event e = { .kind = "none" };
	int n;

	trace_clear();
	if (!sigsetjmp(refused, 1)) {
		if (write)
			*(volatile char *)p = 1;
		else
			(void)*(volatile char *)p;
	}
	old = frame_of(getpid(), p);
	n = trace_events(getpid(), p, &e, 1);
	if (!ok(n == 1 && !strcmp(e.kind, "refused") && e.before == e.after && e.pfn_before == old &&
		e.access[0] == (write ? 'w' : 'r') && e.access[1] == 'u' && (e.result & 0x40),
		"%s: refused, nothing changed", what))
		printf("# %d events, %s %s 0x%lx -> 0x%lx, frame 0x%lx\n", n, e.kind, e.access, e.before,
		       e.after, old);
}

static void signals(void)
{
	char *p = map(4 * PAGE, RW, ANON, -1);

	memset(p, 1, 4 * PAGE);
	signal(SIGSEGV, on_signal);
	if (mprotect(p, PAGE, PROT_NONE) || mprotect(p + PAGE, PAGE, PROT_READ))
		die("mprotect");
	munmap(p + 3 * PAGE, PAGE);
	no_access("write to PROT_NONE", p, true);
	no_access("read of PROT_NONE", p, false);
	no_access("write to a read-only page", p + PAGE, true);
	no_access("read of a hole", p + 3 * PAGE, false);
	signal(SIGSEGV, SIG_DFL);
}

static void remote(void)
{
	char *p = map(PAGE, RW, ANON, -1), word = 'x';
	struct iovec from = { &word, 1 }, to = { p, 1 };
	struct event e = {};
	int in[2], out[2];
	pid_t child = child_of(p, in, out);

	trace_clear();
	if (process_vm_writev(child, &from, 1, &to, 1, 0) != 1)
		die("process_vm_writev");
	expect("process_vm_writev() into a child", child, p, "anon-new", 0);
	ok(trace_events(child, p, &e, 1) == 1 && e.pid == getpid() && e.access[2] == 'R',
	   "told of the child's memory, by its parent");
	child_ends(child, in);
}

/* What the kernel counts for this process is what was told. */
static void counts(void)
{
	struct rusage before, after;
	static struct event e[2000];
	long want, have = 0;
	char *p = map(600 * PAGE, RW, ANON, -1);
	int i, n;

	/* or one fault brings 512 pages; EINVAL: there are none */
	madvise(p, 600 * PAGE, MADV_NOHUGEPAGE);
	trace_clear();
	getrusage(RUSAGE_SELF, &before);
	for (i = 0; i < 600; i++)
		p[i * PAGE] = 1;
	getrusage(RUSAGE_SELF, &after);
	n = trace_events(getpid(), NULL, e, 2000);
	want = after.ru_minflt - before.ru_minflt + after.ru_majflt - before.ru_majflt;
	/* reading the trace may fault as well: those are not of these pages */
	for (i = 0; i < n && i < 2000; i++)
		have += e[i].va >= (unsigned long)p && e[i].va < (unsigned long)p + 600 * PAGE &&
			!strcmp(e[i].kind, "anon-new");
	ok(have == 600 && want >= 600 && want <= n, "600 first writes are 600 events, rusage has %ld of %d",
	   want, n);
	ok(want == 600, "and the same number of faults");
}

static bool armed(void)
{
	FILE *f = fopen("/sys/kernel/debug/kprobes/list", "re");
	char line[256];
	bool found = false;

	while (f && fgets(line, sizeof(line), f))
		found |= strstr(line, "handle_mm_fault") || strstr(line, "force_sig_");
	if (f)
		fclose(f);
	return found;
}

/* On and off, while a child faults as fast as it can. */
static void storm(int cycles)
{
	char *p = map(256 * PAGE, RW, ANON, -1);
	pid_t child = fork();
	int i, bad = 0;

	if (!child)
		for (;;) {
			for (i = 0; i < 256; i++)
				p[i * PAGE] = 1;
			madvise(p, 256 * PAGE, MADV_DONTNEED);
		}
	for (i = 0; i < cycles; i++)
		bad += !trace_on(true) + !trace_on(false);
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	ok(!bad && !armed(), "%d times on and off while faults come: no probe is left", cycles);
}

/*
 * For trace.sh: so many of each kind in one area, and what the kernel counts for it
 * in this process, into a file.
 */
static int make(const char *path)
{
	char *p = map(400 * PAGE, RW, ANON, -1);
	struct rusage before, after;
	FILE *f = fopen(path, "we");
	pid_t child;
	int i;

	if (!f)
		die("%s", path);
	madvise(p, 400 * PAGE, MADV_NOHUGEPAGE);
	(void)frame_of(getpid(), p);
	getrusage(RUSAGE_SELF, &before);
	for (i = 0; i < 100; i++)
		p[i * PAGE] = 1;
	for (i = 100; i < 150; i++)
		(void)*(volatile char *)(p + i * PAGE);
	/* see settled_page() */
	for (i = 200; i < 300; i++)
		p[i * PAGE] = 1;
	getrusage(RUSAGE_SELF, &after);
	child = fork();
	if (!child) {
		for (i = 0; i < 10; i++)
			p[i * PAGE] = 2;
		_exit(0);
	}
	waitpid(child, NULL, 0);
	for (i = 0; i < 20; i++)
		p[i * PAGE] = 3;
	fprintf(f, "%lu %lu %d %d %ld\n", (unsigned long)p, (unsigned long)p + 400 * PAGE, getpid(),
		child, after.ru_minflt - before.ru_minflt + after.ru_majflt - before.ru_majflt);
	return fclose(f) ? 1 : 0;
}

/* So many first writes, once the file @go is there; as many as were counted are said. */
static int many(long nr, const char *go)
{
	const long pages = 1000;
	char *p = map(pages * PAGE, RW, ANON, -1);
	struct rusage before, after;
	long i;

	madvise(p, pages * PAGE, MADV_NOHUGEPAGE);
	while (access(go, F_OK))
		usleep(10000);
	getrusage(RUSAGE_SELF, &before);
	for (i = 0; i < nr; i++) {
		p[i % pages * PAGE] = 1;
		if (i % pages == pages - 1)
			madvise(p, pages * PAGE, MADV_DONTNEED);
	}
	getrusage(RUSAGE_SELF, &after);
	printf("%ld\n", after.ru_minflt - before.ru_minflt + after.ru_majflt - before.ru_majflt);
	return 0;
}

/* So many children, one after the other, each of which writes to four pages. */
static int forks(int nr, const char *path)
{
	char *p = map(4 * PAGE, RW, ANON, -1);
	FILE *f = fopen(path, "we");
	pid_t child;
	int i, k;

	if (!f)
		die("%s", path);
	for (k = 0; k < 4; k++)
		p[k * PAGE] = 1;
	for (i = 0; i < nr; i++) {
		child = fork();
		if (child < 0)
			die("fork");
		if (!child) {
			for (k = 0; k < 4; k++)
				p[k * PAGE] = 2;
			_exit(0);
		}
		waitpid(child, NULL, 0);
	}
	fprintf(f, "%lu %lu\n", (unsigned long)p, (unsigned long)p + 4 * PAGE);
	return fclose(f) ? 1 : 0;
}

int main(int argc, char **argv)
{
	char filter[64];
	cpu_set_t one;

	CPU_ZERO(&one);
	CPU_SET(0, &one);
	sched_setaffinity(0, sizeof(one), &one);
	if (argc > 3)
		return *argv[1] == 'm' ? many(atol(argv[2]), argv[3]) : forks(atoi(argv[2]), argv[3]);
	if (argc > 2)
		return make(argv[2]);
	trace_open();
	ok(!armed(), "nobody listens: no probe");
	put(TRACEFS "buffer_size_kb", "8192");
	if (!trace_on(true))
		die("cannot enable the tracepoint");
	ok(armed(), "somebody listens: probes");
	anonymous();
	after_fork();
	files();
	swap();
	major();
	huge();
	hugetlb();
	ksm();
	watched();
	signals();
	remote();
	snprintf(filter, sizeof(filter), "mm_pid == %d", getpid());
	ok(put(EVENT "filter", filter), "a filter by process");
	counts();
	put(EVENT "filter", "0");
	trace_on(false);
	ok(!armed(), "nobody listens any more: no probe");
	storm(argc > 1 ? atoi(argv[1]) : 20);
	return tap_end();
}
