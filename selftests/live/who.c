// SPDX-License-Identifier: GPL-2.0-only
/*
 * Who maps a frame: `mmscope who` and the filter of SCAN, against the pagemap of
 * every process: each (process, address) that has the frame there has to be found,
 * and no other. Oracles: /proc/PID/pagemap and maps of all processes (bits as in
 * Documentation/admin-guide/mm/pagemap.rst), /proc/kpagecount.
 */
#include "dev.h"
#include "sorts.h"
#include "tap.h"

#include <ctype.h>
#include <dirent.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>

#include <linux/capability.h>

#define PM_FRAME	((1ULL << 55) - 1)
#define PM_FILE		(1ULL << 61)
#define PM_SWAP		(1ULL << 62)
#define PM_PRESENT	(1ULL << 63)

#define MAX_PLACES	500000
#define TRIES		4

/* A page of a process: what pagemap or the tool says is there. */
struct place {
	int pid;
	uint64_t va, word;
};

struct places {
	size_t nr;
	struct place at[MAX_PLACES];
};

static struct places all, want, have;
static pid_t clone_vm;		/* shares our memory: not another address space */
static pid_t children[2];
static char *cow, *file, *again, *ksm, *zero, *thp, *hugetlb, *none, *swapped;
static int file_fd;

static void add(struct places *p, int pid, uint64_t va, uint64_t word)
{
	if (p->nr == MAX_PLACES)
		die("too many pages");
	p->at[p->nr++] = (struct place){ .pid = pid, .va = va, .word = word };
}

static int by_place(const void *x, const void *y)
{
	const struct place *a = x, *b = y;

	if (a->pid != b->pid)
		return a->pid - b->pid;
	if (a->va != b->va)
		return a->va < b->va ? -1 : 1;
	return a->word < b->word ? -1 : a->word > b->word;
}

static bool same_places(void)
{
	size_t i;

	qsort(want.at, want.nr, sizeof(*want.at), by_place);
	qsort(have.at, have.nr, sizeof(*have.at), by_place);
	for (i = 0; i < want.nr && i < have.nr; i++)
		if (by_place(&want.at[i], &have.at[i]))
			return false;
	return want.nr == have.nr;
}

static void tell_places(void)
{
	size_t i;

	for (i = 0; i < want.nr && i < 8; i++)
		printf("# pagemap %d 0x%llx 0x%llx\n", want.at[i].pid,
		       (unsigned long long)want.at[i].va, (unsigned long long)want.at[i].word);
	for (i = 0; i < have.nr && i < 8; i++)
		printf("# mmscope %d 0x%llx 0x%llx\n", have.at[i].pid,
		       (unsigned long long)have.at[i].va, (unsigned long long)have.at[i].word);
}

/* The pages of one VMA that are not empty. */
static void read_range(int pid, int fd, uint64_t start, uint64_t end)
{
	static uint64_t words[65536];
	uint64_t va = start;
	ssize_t n, i;

	while (va < end) {
		size_t pages = (end - va) / PAGE < 65536 ? (end - va) / PAGE : 65536;

		n = pread(fd, words, pages * 8, va / PAGE * 8) / 8;
		if (n <= 0)
			return;
		for (i = 0; i < n; i++)
			if (words[i] & (PM_PRESENT | PM_SWAP))
				add(&all, pid, va + i * PAGE, words[i]);
		va += n * PAGE;
	}
}

/* With @only: the VMAs of that file alone. */
static void read_process(int pid, const struct stat *only)
{
	unsigned long long start, end, offset;
	unsigned int major, minor;
	unsigned long inode;
	char path[64], line[512], perms[8];
	int fd = open_pagemap(pid);
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/maps", pid);
	f = fopen(path, "r");
	while (fd >= 0 && f && fgets(line, sizeof(line), f)) {
		if (sscanf(line, "%llx-%llx %7s %llx %x:%x %lu", &start, &end, perms, &offset,
			   &major, &minor, &inode) != 7 || start >> 63)
			continue;
		if (only && (makedev(major, minor) != only->st_dev || inode != only->st_ino))
			continue;
		read_range(pid, fd, start, end);
	}
	if (f)
		fclose(f);
	if (fd >= 0)
		close(fd);
}

/* Every page of every process. */
static void read_all(const struct stat *only)
{
	DIR *dir = opendir("/proc");
	struct dirent *d;

	all.nr = 0;
	while (dir && (d = readdir(dir)))
		if (isdigit((unsigned char)d->d_name[0]) && atoi(d->d_name) != clone_vm)
			read_process(atoi(d->d_name), only);
	if (!dir)
		die("/proc");
	closedir(dir);
}

static uint64_t word_of(const void *p)
{
	uint64_t word = 0;
	int fd = open_pagemap(getpid());

	if (fd < 0 || pread(fd, &word, 8, (uintptr_t)p / PAGE * 8) != 8)
		die("pagemap");
	close(fd);
	return word;
}

static uint64_t frame_of(const void *p)
{
	uint64_t word = word_of(p);

	if (!(word & PM_PRESENT))
		die("a page of the test is not there");
	return word & PM_FRAME;
}

/* The tool */

static char output[1 << 20], messages[1 << 14];
static pid_t tool_pid;

static void slurp(int fd, char *buf, size_t len)
{
	size_t at = 0;
	ssize_t n;

	lseek(fd, 0, SEEK_SET);
	while (at + 1 < len && (n = read(fd, buf + at, len - 1 - at)) > 0)
		at += n;
	buf[at] = '\0';
	close(fd);
}

/* In the child, before the tool runs. */
static void (*prepare)(void);

/* Runs a program; returns its exit status. */
static int run(const char * const *argv)
{
	int out = memfd_create("out", 0), err = memfd_create("err", 0), status;

	tool_pid = fork();
	if (!tool_pid) {
		dup2(out, 1);
		dup2(err, 2);
		if (prepare)
			prepare();
		execvp(argv[0], (char * const *)argv);
		_exit(99);
	}
	waitpid(tool_pid, &status, 0);
	slurp(out, output, sizeof(output));
	slurp(err, messages, sizeof(messages));
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

#define RUN(...) run((const char * const[]){ "mmscope", "who", __VA_ARGS__, NULL })

static void tell_output(void)
{
	printf("# out: %.300s\n# err: %.300s\n", output, messages);
}

/* Rows "PID ADDR PAGES PROCS" of the tool, page by page; its own apart. */
static bool parse_rows(void)
{
	unsigned long long va;
	unsigned long pages, procs;
	char *line, *rest;
	int pid;

	have.nr = 0;
	for (line = strtok_r(output, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
		if (sscanf(line, "%d %llx %lu %lu", &pid, &va, &pages, &procs) != 4)
			return false;
		if (procs != (pid == getpid() ? 2 : 1))
			return false;
		for (; pid != tool_pid && pages--; va += PAGE)
			add(&have, pid, va, 0);
	}
	return true;
}

static uint64_t map_count(uint64_t pfn)
{
	int fd = open("/proc/kpagecount", O_RDONLY);
	uint64_t count = ~0ULL;

	if (pread(fd, &count, 8, pfn * 8) != 8)
		die("kpagecount");
	close(fd);
	return count;
}

/* Who has the frame, in @want by pagemap, in @have by the tool? */
static bool ask(uint64_t pfn, int *status)
{
	char text[32];
	size_t i;

	snprintf(text, sizeof(text), "0x%llx", (unsigned long long)pfn);
	read_all(NULL);
	for (i = want.nr = 0; i < all.nr; i++)
		if ((all.at[i].word & PM_PRESENT) && (all.at[i].word & PM_FRAME) == pfn)
			add(&want, all.at[i].pid, all.at[i].va, 0);
	*status = RUN("-rn", "-o", "PID,ADDR,PAGES,PROCS", text);
	return parse_rows() && same_places();
}

/* @counted: the kernel's map count is of this frame alone. */
static void check_frame(const char *what, const void *p, size_t least, bool counted)
{
	uint64_t pfn = frame_of(p);
	int i, status;
	bool same;

	for (i = 0; i < TRIES; i++) {
		same = ask(pfn, &status);
		if (same && !status && !*messages)
			break;
	}
	if (!ok(same && want.nr >= least, "%s: frame 0x%llx, the same %zu places as in pagemap", what,
		(unsigned long long)pfn, want.nr))
		tell_places();
	if (!ok(!status && !*messages, "%s: status 0 and no message", what))
		tell_output();
	if (counted)
		ok(map_count(pfn) == want.nr, "%s: kpagecount says %zu, too", what, want.nr);
}

/* SCAN with the filter, of ourselves: entries, and blocks that hold one. */
static void check_ioctl(const char *what, const void *p)
{
	struct mmscope_scan s = { .size = sizeof(s), .levels = 1 };
	const char *buffer;
	int fd = dev_open();
	size_t i, entries = 0, blocks = 0, places = 0, inside = 0;
	uint64_t at, table = 0;

	if (dev_attach(fd, getpid()))
		die("ATTACH");
	buffer = dev_map(fd);
	s.flags = MMSCOPE_SCAN_FRAMES | MMSCOPE_SCAN_RUNS;
	s.end = dev_info(fd).task_size;
	s.frame_start = frame_of(p);
	s.frame_end = s.frame_start + 1;
	if (dev_call(fd, MMSCOPE_IOC_SCAN, &s) || s.resume != s.end)
		die("SCAN");
	for (at = 0; at < s.bytes; at += sizeof(struct mmscope_record))
		entries += ((const struct mmscope_record *)(buffer + at))->nr;
	for (i = 0; i < want.nr; i++) {
		if (want.at[i].pid != getpid())
			continue;
		places++;
		blocks += want.at[i].va >> 21 != table;
		table = want.at[i].va >> 21;
	}
	ok(entries == places && s.entries == places, "%s: SCAN finds %zu entries of ours", what, entries);
	s.flags = MMSCOPE_SCAN_FRAMES | MMSCOPE_SCAN_BLOCKS;
	if (dev_call(fd, MMSCOPE_IOC_SCAN, &s))
		die("SCAN");
	for (at = entries = 0; at < s.bytes; entries++) {
		const struct mmscope_record *r = (const void *)(buffer + at);

		for (i = 0; i < want.nr; i++)
			if (want.at[i].pid == getpid() && want.at[i].va - r->va < r->nr * PAGE)
				inside++;
		at += sizeof(*r) + 8UL * r->nr;
	}
	ok(entries == blocks && inside == places, "%s: SCAN gives the %zu tables that hold one", what,
	   entries);
	/* both filters at once: of the present ones those that may not be written */
	s.flags = MMSCOPE_SCAN_FRAMES | MMSCOPE_SCAN_RUNS;
	s.filter_mask = 3;
	s.filter_value = 2;
	ok(!dev_call(fd, MMSCOPE_IOC_SCAN, &s) && !s.entries, "%s: both filters have to match", what);
	munmap((void *)buffer, BUFFER_LEN);
	close(fd);
}

/* What there is to find */

static int sharer(void *arg)
{
	(void)arg;
	for (;;)
		pause();
	return 0;
}

static void child_body(int number, int ready)
{
	char *p;

	if (number == 1) {
		cow[PAGE] = 5;
		/* the same huge page in pieces, and the file at another place */
		mprotect(thp, PAGE, PROT_READ);
		p = mmap(NULL, 8 * PAGE, RW, MAP_SHARED, file_fd, 0);
		*(volatile char *)p;
		*(volatile char *)(p + 3 * PAGE);
	} else {
		p = mmap(NULL, 8 * PAGE, RW, MAP_PRIVATE, file_fd, 0);
		*(volatile char *)p;
		p[PAGE] = 1;
		p[2 * PAGE] = 1;
		madvise(p + 2 * PAGE, PAGE, MADV_PAGEOUT);
	}
	if (hugetlb)
		*(volatile char *)hugetlb;
	if (write(ready, "", 1) != 1)
		_exit(1);
	for (;;)
		pause();
}

static void wait_for_ksm(void)
{
	int tries = 3000;

	write_to("/sys/kernel/mm/ksm/pages_to_scan", "1000");
	write_to("/sys/kernel/mm/ksm/sleep_millisecs", "1");
	write_to("/sys/kernel/mm/ksm/run", "1");
	while ((frame_of(ksm) != frame_of(ksm + PAGE) || frame_of(ksm) != frame_of(ksm + 2 * PAGE)) &&
	       --tries)
		usleep(10000);
	write_to("/sys/kernel/mm/ksm/run", "0");
}

static void make_memory(void)
{
	static char stack[65536];
	int ready[2], i;
	char c;

	cow = anon(8 * PAGE);
	memset(cow, 1, 8 * PAGE);
	file_fd = open("/tmp/who.file", O_RDWR | O_CREAT | O_TRUNC, 0600);
	if (file_fd < 0 || ftruncate(file_fd, 8 * PAGE))
		die("file");
	file = mmap(NULL, 8 * PAGE, RW, MAP_SHARED, file_fd, 0);
	again = mmap(NULL, PAGE, PROT_READ, MAP_SHARED, file_fd, 0);
	memset(file, 2, 4 * PAGE);
	*(volatile char *)again;
	ksm = anon(3 * PAGE);
	memset(ksm, 0x5c, 3 * PAGE);
	madvise(ksm, 3 * PAGE, MADV_MERGEABLE);
	zero = anon(5 * PAGE);
	for (i = 0; i < 4; i++)
		*(volatile char *)(zero + i * PAGE);
	thp = huge();
	memset(thp, 3, HUGE_LEN);
	none = anon(3 * PAGE);
	memset(none, 4, 3 * PAGE);
	mprotect(none, 3 * PAGE, PROT_NONE);
	hugetlb = mmap(NULL, HUGE_LEN, RW, MAP_SHARED | MAP_ANONYMOUS | MAP_HUGETLB, -1, 0);
	if (hugetlb == MAP_FAILED)
		hugetlb = NULL;
	else
		memset(hugetlb, 6, PAGE);
	swapped = anon(16 * PAGE);
	memset(swapped, 7, 16 * PAGE);
	madvise(swapped, 16 * PAGE, MADV_PAGEOUT);
	wait_for_ksm();
	if (pipe(ready))
		die("pipe");
	for (i = 0; i < 2; i++) {
		children[i] = fork();
		if (!children[i])
			child_body(i, ready[1]);
		if (read(ready[0], &c, 1) != 1)
			die("child");
	}
	clone_vm = clone(sharer, stack + sizeof(stack), CLONE_VM | SIGCHLD, NULL);
	if (clone_vm < 0)
		die("clone");
}

static void frames(void)
{
	check_frame("after fork", cow, 3, true);
	check_ioctl("after fork", cow);
	check_frame("after a write of one child", cow + PAGE, 2, true);
	check_frame("a shared file page, here twice", file, 4, true);
	check_ioctl("a shared file page", file);
	check_frame("merged by KSM", ksm, 9, true);
	check_ioctl("merged by KSM", ksm);
	/* 5.10 leaves out at fork what was only read */
	check_frame("the zero page", zero, 4, false);
	check_frame("without access", none + PAGE, 3, true);
	check_ioctl("without access", none + PAGE);
	check_frame("inside a huge page, in pieces in one child", thp + 77 * PAGE, 3, false);
	if (hugetlb)
		check_frame("inside a hugetlb page", hugetlb + 99 * PAGE, 3, false);
	else
		skip("inside a hugetlb page", "no hugetlb pages");
}

/* A range: all frames of the huge page at once, row by row and as one. */
static void ranges(void)
{
	uint64_t pfn = frame_of(thp);
	char text[64];
	size_t i;
	int status;

	snprintf(text, sizeof(text), "%llx+200", (unsigned long long)pfn);
	read_all(NULL);
	for (i = want.nr = 0; i < all.nr; i++)
		if ((all.at[i].word & PM_PRESENT) && (all.at[i].word & PM_FRAME) - pfn < 512)
			add(&want, all.at[i].pid, all.at[i].va, 0);
	status = RUN("-rn", "-o", "PID,ADDR,PAGES,PROCS", text);
	if (!ok(!status && parse_rows() && same_places() && want.nr == 3 * 512,
		"a range of 512 frames: %zu places", want.nr))
		tell_output();
	status = RUN("-rn", "--no-merge", "-o", "PID,ADDR,PAGES,PROCS", text, text);
	ok(!status && parse_rows() && same_places(), "asked for twice, entries apart: the same");
}

/* Rows "PID ADDR PAGES AREA SLOT". */
static bool parse_swap(void)
{
	unsigned long long va, area, slot;
	unsigned long pages, i;
	char *line, *rest;
	int pid;

	have.nr = 0;
	for (line = strtok_r(output, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
		if (sscanf(line, "%d %llx %lu %llu %llx", &pid, &va, &pages, &area, &slot) != 5)
			return false;
		for (i = 0; pid != tool_pid && i < pages; i++)
			add(&have, pid, va + i * PAGE, area | (slot + i) << 5);
	}
	return true;
}

static bool ask_swap(const char *which, uint64_t start, uint64_t end)
{
	uint64_t word;
	size_t i;

	read_all(NULL);
	for (i = want.nr = 0; i < all.nr; i++) {
		word = all.at[i].word & PM_FRAME;
		if ((all.at[i].word & PM_SWAP) && !(word & 31) && word >> 5 >= start && word >> 5 < end)
			add(&want, all.at[i].pid, all.at[i].va, word);
	}
	return !RUN("-rn", "--swap", "-o", "PID,ADDR,PAGES,AREA,SLOT", which ? which : "0") &&
	       parse_swap() && same_places();
}

static void swap(void)
{
	uint64_t slot;
	char text[64];
	bool same;
	int i;

	if (!swap_is_on()) {
		skip("swap entries", "no swap");
		ok(!RUN("--swap") && strstr(messages, "no swap area is on"), "--swap without swap: said");
		ok(RUN("--swap", "0:1") == 1 && strstr(messages, "no swap area is on"),
		   "a swap slot without swap: status 1");
		return;
	}
	for (i = 0; i < 16 && !(word_of(swapped + i * PAGE) & PM_SWAP); i++)
		;
	if (i == 16)
		die("MADV_PAGEOUT leaves all pages in memory");
	slot = (word_of(swapped + i * PAGE) & PM_FRAME) >> 5;
	for (i = 0, same = false; i < TRIES && !same; i++)
		same = ask_swap(NULL, 0, UINT64_MAX);
	if (!ok(same && want.nr >= 3, "swap entries: the same %zu as in pagemap", want.nr))
		tell_places();
	snprintf(text, sizeof(text), "0:%llx", (unsigned long long)slot);
	for (i = 0, same = false; i < TRIES && !same; i++)
		same = ask_swap(text, slot, slot + 1);
	if (!ok(same && want.nr == 3, "one swap slot: of %zu processes", want.nr))
		tell_places();
	snprintf(text, sizeof(text), "0:%llx+4", (unsigned long long)slot - 1);
	ok(ask_swap(text, slot - 1, slot + 3), "a range of swap slots");
	ok(!RUN("--swap", "0:fffffffff") && strstr(messages, "no process has such a swap entry"),
	   "a swap slot of nobody: status 0, said");
	ok(RUN("--swap", "/dev/none") == 1 && strstr(messages, "no swap area"), "no such swap area");
	ok(RUN("--swap", "99:1") == 1 && strstr(messages, "no swap area"), "no such number of one");
	ok(RUN("--swap", "0:xx") == 1 && strstr(messages, "no range of them"), "a slot that is none");
}

/* Rows "PID ADDR PAGES OF". */
static bool parse_file(void)
{
	unsigned long long va;
	unsigned long pages;
	char *line, *rest, of[16];
	int pid;

	have.nr = 0;
	for (line = strtok_r(output, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
		if (sscanf(line, "%d %llx %lu %15s", &pid, &va, &pages, of) != 4)
			return false;
		for (; pid != tool_pid && pages--; va += PAGE)
			add(&have, pid, va, !strcmp(of, "file"));
	}
	return true;
}

static void check_file(const char *what, const char *path, size_t least)
{
	size_t i, copies = 0;
	bool same = false;
	struct stat st;
	int tries;

	if (stat(path, &st))
		die("%s", path);
	for (tries = 0; tries < TRIES && !same; tries++) {
		read_all(&st);
		for (i = want.nr = copies = 0; i < all.nr; i++) {
			add(&want, all.at[i].pid, all.at[i].va, !!(all.at[i].word & PM_FILE));
			copies += !(all.at[i].word & PM_FILE);
		}
		same = !RUN("-rn", "-o", "PID,ADDR,PAGES,OF", "--file", path) && parse_file() &&
		       same_places() && !*messages;
	}
	if (!ok(same && want.nr >= least && copies, "%s: %zu pages, %zu of them private copies", what,
		want.nr, copies)) {
		tell_places();
		tell_output();
	}
}

static void files(void)
{
	char empty[] = "/tmp/who.empty", unmapped[] = "/tmp/who.unmapped";
	int fd = open(empty, O_RDWR | O_CREAT, 0600), two = open(unmapped, O_RDWR | O_CREAT, 0600);
	char *p, own[256] = "";

	if (readlink("/proc/self/exe", own, sizeof(own) - 1) < 0)
		die("/proc/self/exe");
	check_file("--file, shared and private", "/tmp/who.file", 4 + 1 + 2 + 3);
	check_file("--file, a program that runs", own, 3);
	ok(!RUN("--file", empty) && strstr(messages, "which is empty"), "--file of an empty file: said");
	if (write(two, "x", 1) != 1)
		die("write");
	ok(!RUN("--file", unmapped) && strstr(messages, "no process maps"), "--file that nobody maps: said");
	p = mmap(NULL, PAGE, PROT_READ, MAP_SHARED, two, 0);
	ok(!RUN("--file", unmapped) && strstr(messages, "by 1 VMAs; no page of it is present"),
	   "--file that is mapped and not touched: said");
	munmap(p, PAGE);
	ok(RUN("--file", "/tmp") == 1 && strstr(messages, "directory"), "--file of a directory: status 1");
	ok(RUN("--file", "/nonexistent") == 1 && strstr(messages, "No such file"), "--file that is not there");
	ok(RUN("--file", "/dev/null") == 1 && strstr(messages, "neither a regular file"), "--file of a device");
	close(fd);
	close(two);
}

/* Injecting counts as an access on younger kernels, and forces the signal. */
static void survive(int number)
{
	(void)number;
}

/* A frame that is poisoned: the entry still says which it was. */
static void hwpoison(void)
{
	char *p = anon(PAGE), text[32];
	unsigned long long pfn;

	*p = 1;
	pfn = frame_of(p);
	signal(SIGBUS, survive);
	if (madvise(p, PAGE, MADV_HWPOISON)) {
		skip("a poisoned frame", "MADV_HWPOISON is not there");
		return;
	}
	snprintf(text, sizeof(text), "%llx", pfn);
	RUN("-rn", "-o", "PID,ADDR,KIND", text);
	snprintf(text, sizeof(text), "%d 0x%012llx hwpoison\n", getpid(), (unsigned long long)(uintptr_t)p);
	if (!ok(!strcmp(output, text), "a poisoned frame: still in its entry"))
		tell_output();
	munmap(p, PAGE);
}

static void in_namespace(void)
{
	int status;
	pid_t pid;

	if (unshare(CLONE_NEWPID | CLONE_NEWNS) || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL))
		_exit(98);
	pid = fork();
	if (!pid) {
		if (mount("proc", "/proc", "proc", 0, NULL))
			_exit(97);
		return;
	}
	waitpid(pid, &status, 0);
	_exit(WIFEXITED(status) ? WEXITSTATUS(status) : 96);
}

/* No process is listed: only the map count tells that something is missing. */
static void hide_processes(void)
{
	if (unshare(CLONE_NEWNS) || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
	    mount("tmpfs", "/proc", "tmpfs", 0, NULL))
		_exit(98);
}

static void drop_ptrace(void)
{
	if (prctl(PR_CAPBSET_DROP, CAP_SYS_PTRACE, 0, 0, 0))
		_exit(98);
}

/* What the tool could not see, it says. */
static void unseen(void)
{
	char text[32], path[64];
	const char * const head[] = { "busybox", "head", "-c", "8", path, NULL };

	snprintf(path, sizeof(path), "/proc/%d/pagemap", children[0]);
	snprintf(text, sizeof(text), "%llx", (unsigned long long)frame_of(cow));
	/* the process that waits outside has it, too */
	prepare = in_namespace;
	if (!ok(RUN(text) == 3 && strstr(messages, "mapped 4 times as the kernel counts, 0 seen") &&
		strstr(messages, "outside this pid namespace"),
		"in a pid namespace: mapped 4 times, 0 seen, status 3"))
		tell_output();
	prepare = hide_processes;
	if (!ok(RUN(text) == 3 && strstr(messages, "mapped 3 times as the kernel counts, 0 seen"),
		"with an empty /proc: mapped 3 times, 0 seen, status 3"))
		tell_output();
	prepare = drop_ptrace;
	/* newer kernels let an administrator in without it */
	if (!run(head))
		skip("without CAP_SYS_PTRACE: denied is said", "this kernel allows it");
	else if (!ok(RUN(text) == 3 && strstr(messages, "mapped 3 times as the kernel counts, 0 seen") &&
		strstr(messages, "may not be looked at: permission denied"),
		"without CAP_SYS_PTRACE: denied is said, status 3"))
		tell_output();
	prepare = NULL;
}

static void bad_input(void)
{
	ok(RUN("-v") == 1 && strstr(messages, "which frames"), "no frame: status 1");
	ok(RUN("fffffffffffff") == 1 && strstr(messages, "past the end of physical memory"),
	   "a frame past physical memory: status 1");
	ok(RUN("12zz") == 1 && strstr(messages, "no range of them"), "no number: status 1");
	ok(RUN("5-3") == 1 && strstr(messages, "reversed"), "a reversed range: status 1");
	ok(RUN("--file", "/bin/sh", "5") == 1 && strstr(messages, "takes no frames"), "--file and frames");
	ok(RUN("--of", "self", "1000") == 1 && strstr(messages, "has no frame"), "--of an empty address");
	ok(!RUN("0") && strstr(messages, "no process maps frame 0x0 (reserved)"),
	   "a frame of nobody: status 0, said");
	ok(!RUN("-J", "0") && !strcmp(output, "{\"who\":[]}\n"), "and in JSON an empty list");
	ok(!RUN("7fffffffff") && strstr(messages, "0x7fffffffff (nopage)"), "a frame where no memory is");
	ok(RUN("-o", "NOPE", "1") == 1 && strstr(messages, "unknown column"), "an unknown column");
}

int main(void)
{
	make_memory();
	frames();
	ranges();
	swap();
	files();
	unseen();
	bad_input();
	kill(clone_vm, SIGKILL);
	kill(children[0], SIGKILL);
	kill(children[1], SIGKILL);
	while (wait(NULL) > 0)
		;
	clone_vm = 0;
	hwpoison();
	return tap_end();
}
