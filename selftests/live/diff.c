// SPDX-License-Identifier: GPL-2.0-only
/*
 * mmscope diff of a process that is recorded, changes in ways that are known, and is
 * recorded again. Oracles: what it has done; /proc/PID/pagemap of both moments, page
 * by page.
 */
#include "tap.h"
#include "trace.h"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#define HUGE (2UL << 20)
#define RW (PROT_READ | PROT_WRITE)
#define ANON (MAP_PRIVATE | MAP_ANONYMOUS)
#define THP "/sys/kernel/mm/transparent_hugepage/enabled"
#define MAX_PAGES 20000
#define MAX_ROWS 3000
#define LEN(array) (sizeof(array) / sizeof((array)[0]))

enum {
	TOUCHED, UNMAPPED, READ_ONLY, NO_ACCESS, PAGED_OUT, PAGED_IN, MOVES, MOVED_TO, GROWS,
	OTHER_FILE, DROPPED, SPLITS, DROPPED_HUGE, COLLAPSES, WRITTEN, STILL, NR_REGIONS,
};

/* A row that has to be there: the first page in its region, and so many. */
struct want {
	unsigned int region, page, pages;
	const char *change, *from, *to;
	const char *bits;		/* a word in BITS, or NULL: any */
};

static const struct want first[] = {
	{ TOUCHED, 8, 4, "appeared", "-", "page", NULL },
	{ UNMAPPED, 4, 4, "vma-shrunk", "rw-p", "-", NULL },
	{ UNMAPPED, 4, 4, "gone", "page", "-", NULL },
	{ READ_ONLY, 8, 8, "vma-flags", "rw-p", "r--p", "-wr" },
	{ READ_ONLY, 8, 8, "flags", "page", "page", "-W" },
	{ NO_ACCESS, 0, 16, "vma-flags", "rw-p", "---p", "-rd" },
	{ NO_ACCESS, 0, 16, "kind", "page", "protnone", NULL },
	{ PAGED_OUT, 0, 16, "swapped-out", "page", "swap", NULL },
	{ PAGED_IN, 0, 4, "swapped-in", "swap", "page", NULL },
	{ MOVES, 0, 16, "vma-gone", "rw-p", "-", NULL },
	{ MOVES, 0, 16, "gone", "page", "-", NULL },
	{ MOVED_TO, 0, 16, "vma-appeared", "-", "rw-p", NULL },
	{ MOVED_TO, 0, 16, "appeared", "-", "page", NULL },
	{ GROWS, 4, 4, "vma-grown", "-", "rw-p", NULL },
	{ OTHER_FILE, 0, 4, "vma-path", "/memfd:one\\x20(deleted)", "/memfd:other\\x20(deleted)", NULL },
	{ OTHER_FILE, 0, 4, "gone", "page", "-", NULL },
	{ DROPPED, 0, 8, "gone", "swap", "-", NULL },
	{ DROPPED, 8, 8, "gone", "page", "-", NULL },
};

static const struct want split[] = {
	{ SPLITS, 0, 5, "split", "pmd\\x20page", "page", NULL },
	{ SPLITS, 5, 1, "gone", "pmd\\x20page", "-", NULL },
	{ SPLITS, 6, 506, "split", "pmd\\x20page", "page", NULL },
	{ DROPPED_HUGE, 0, 512, "gone", "pmd\\x20page", "-", NULL },
};

static const struct want collapsed[] = {
	{ COLLAPSES, 0, 512, "collapsed", "page", "pmd\\x20page", NULL },
};

/*
 * A fork protects all private pages from writes; what is written then is a copy. What
 * was left alone is two VMAs.
 */
static const struct want second[] = {
	{ WRITTEN, 0, 4, "moved", "page", "page", NULL },
	{ WRITTEN, 4, 12, "flags", "page", "page", "-W" },
	{ STILL, 0, 8, "flags", "page", "page", "-W" },
	{ STILL, 8, 8, "flags", "page", "page", "-W" },
};

struct row {
	unsigned long start, pages;
	char change[16], from[128], to[128], bits[128], frame[2][32];
};

struct page {
	unsigned long va;
	uint64_t word;
};

/* What the process says of its memory. */
struct said {
	bool swapped, huge, collapsed;
};

static struct said *said;

static struct row rows[MAX_ROWS];
static unsigned int nr_rows;
static struct page pages[2][MAX_PAGES];
static unsigned int nr_pages[2];

/* Far apart, so that none is one VMA with the next. */
static char *region(unsigned int i)
{
	return (char *)(0x100000000000UL + i * (1UL << 30));
}

static char *map(char *at, size_t len, int flags, int fd)
{
	char *p = mmap(at, len, RW, flags | MAP_FIXED, fd, 0);

	if (p != at)
		die("mmap");
	return p;
}

static char *map_file(const char *name)
{
	int fd = memfd_create(name, 0);

	if (fd < 0 || ftruncate(fd, 4 * PAGE))
		die("memfd");
	return map(region(OTHER_FILE), 4 * PAGE, MAP_SHARED, fd);
}

static void touch(char *p, size_t nr, char value)
{
	size_t i;

	for (i = 0; i < nr; i++)
		p[i * PAGE] = value;
}

static bool page_out(char *p, unsigned int nr)
{
	unsigned int i, tries, out = 0;

	for (tries = 0; tries < 200 && out < nr; tries++) {
		madvise(p, nr * PAGE, 21 /* MADV_PAGEOUT */);
		usleep(10000);
		for (i = 0, out = 0; i < nr; i++)
			out += swapped(p + i * PAGE);
	}
	return out == nr;
}

/* Is it one page of 2 MiB, as smaps says? */
static bool is_huge(const char *p)
{
	unsigned long start, end, kib;
	bool inside = false, huge = false;
	char line[512];
	FILE *f = fopen("/proc/self/smaps", "re");

	while (f && fgets(line, sizeof(line), f)) {
		if (sscanf(line, "%lx-%lx %*s %*x", &start, &end) == 2)
			inside = (unsigned long)p >= start && (unsigned long)p < end;
		else if (inside && sscanf(line, "AnonHugePages: %lu kB", &kib) == 1)
			huge = kib == HUGE >> 10;
	}
	if (f)
		fclose(f);
	return huge;
}

static void begin(void)
{
	static const unsigned int written[] = {
		UNMAPPED, READ_ONLY, NO_ACCESS, PAGED_OUT, PAGED_IN, MOVES, DROPPED, WRITTEN, STILL,
	};
	unsigned int i;

	for (i = 0; i < LEN(written); i++)
		touch(map(region(written[i]), 16 * PAGE, ANON, -1), 16, 1);
	touch(map(region(TOUCHED), 16 * PAGE, ANON, -1), 8, 1);
	touch(map(region(GROWS), 4 * PAGE, ANON, -1), 4, 1);
	touch(map_file("one"), 4, 1);
	madvise(region(STILL) + 8 * PAGE, 8 * PAGE, MADV_DONTDUMP);
	for (i = SPLITS; i <= DROPPED_HUGE; i++) {
		map(region(i), HUGE, ANON, -1);
		madvise(region(i), HUGE, MADV_HUGEPAGE);
		touch(region(i), 1, 1);
	}
	said->huge = is_huge(region(SPLITS)) && is_huge(region(DROPPED_HUGE));
	touch(map(region(COLLAPSES), HUGE, ANON, -1), 512, 1);
	said->swapped = page_out(region(PAGED_IN), 16) && page_out(region(DROPPED), 8);
}

static void change(void)
{
	touch(region(TOUCHED) + 8 * PAGE, 4, 1);
	if (munmap(region(UNMAPPED) + 4 * PAGE, 4 * PAGE) ||
	    mprotect(region(READ_ONLY) + 8 * PAGE, 8 * PAGE, PROT_READ) ||
	    mprotect(region(NO_ACCESS), 16 * PAGE, PROT_NONE))
		die("mprotect");
	said->swapped &= page_out(region(PAGED_OUT), 16);
	touch(region(PAGED_IN), 4, 2);
	if (mremap(region(MOVES), 16 * PAGE, 16 * PAGE, MREMAP_MAYMOVE | MREMAP_FIXED,
		   region(MOVED_TO)) != region(MOVED_TO))
		die("mremap");
	map(region(GROWS) + 4 * PAGE, 4 * PAGE, ANON, -1);
	map_file("other");
	madvise(region(SPLITS) + 5 * PAGE, PAGE, MADV_DONTNEED);
	madvise(region(DROPPED_HUGE), HUGE, MADV_DONTNEED);
	madvise(region(DROPPED), 16 * PAGE, MADV_DONTNEED);
	said->collapsed = !madvise(region(COLLAPSES), HUGE, 25 /* MADV_COLLAPSE */) &&
			  is_huge(region(COLLAPSES));
}

static void forks(void)
{
	pid_t child = fork();

	if (child < 0)
		die("fork");
	if (!child) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		for (;;)
			pause();
	}
	touch(region(WRITTEN), 4, 3);
}

/* The process: a step whenever it is told to. */
static void subject(int in, int out)
{
	static void (* const step[])(void) = { begin, change, forks };
	unsigned int i;
	char c = 0;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (i = 0; i < LEN(step); i++) {
		if (read(in, &c, 1) != 1)
			die("pipe");
		step[i]();
		if (write(out, &c, 1) != 1)
			die("pipe");
	}
	for (;;)
		pause();
}

static void next_step(int to, int from)
{
	char c = 0;

	if (write(to, &c, 1) != 1 || read(from, &c, 1) != 1)
		die("the process is gone");
	/* it sleeps before anything is looked at */
	usleep(200000);
}

/* All that is mapped, as pagemap has it. */
static void snapshot(pid_t pid, unsigned int which)
{
	int fd = open_pagemap(pid);
	unsigned long start, end;
	char path[64], line[512];
	uint64_t word;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/maps", pid);
	f = fopen(path, "re");
	nr_pages[which] = 0;
	while (f && fgets(line, sizeof(line), f)) {
		if (sscanf(line, "%lx-%lx", &start, &end) != 2 || start >> 63)
			continue;
		for (; start < end; start += PAGE) {
			if (pread(fd, &word, 8, start / PAGE * 8) != 8 || nr_pages[which] == MAX_PAGES)
				die("pagemap");
			if (word >> 62)
				pages[which][nr_pages[which]++] = (struct page){ start, word };
		}
	}
	if (f)
		fclose(f);
	close(fd);
}

static uint64_t word_of(unsigned int which, unsigned long va)
{
	unsigned int i;

	for (i = 0; i < nr_pages[which]; i++)
		if (pages[which][i].va == va)
			return pages[which][i].word;
	return 0;
}

/* Exit status of a diff whose rows are read; accessed bits are the kernel's to clear. */
static int diff(const char *options, const char *a, const char *b)
{
	char command[256], line[1024];
	struct row *r;
	FILE *f;
	int status;

	nr_rows = 0;
	snprintf(command, sizeof(command), "mmscope diff --ignore A -nr -o START,PAGES,CHANGE,FROM,TO,BITS,FRAME_A,FRAME_B %s %s %s 2>/tmp/err",
		 options, a, b);
	f = popen(command, "r");
	while (f && fgets(line, sizeof(line), f)) {
		if (nr_rows == MAX_ROWS)
			die("too many rows");
		r = &rows[nr_rows++];
		if (sscanf(line, "%lx %lu %15s %127s %127s %127s %31s %31s", &r->start, &r->pages,
			   r->change, r->from, r->to, r->bits, r->frame[0], r->frame[1]) != 8)
			die("row: %s", line);
	}
	status = f ? pclose(f) : -1;
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* What pagemap lets expect of a page; of one whose frame is the same, NULL: it may be. */
static const char *expected(uint64_t a, uint64_t b)
{
	uint64_t number = (1ULL << 55) - 1;

	if (!(a >> 62) || !(b >> 62))
		return a >> 62 ? "gone" : "appeared";
	if (a >> 62 != b >> 62)
		return b >> 63 ? "swapped-in" : "swapped-out";
	return (a ^ b) & number ? "moved" : NULL;
}

static const struct row *row_of(unsigned long va)
{
	unsigned int i;

	for (i = 0; i < nr_rows; i++)
		if (va >= rows[i].start && va < rows[i].start + rows[i].pages * PAGE &&
		    strncmp(rows[i].change, "vma-", 4))
			return &rows[i];
	return NULL;
}

/* Does a page's row say what pagemap says? Kind and size go before another frame. */
static bool page_agrees(unsigned long va)
{
	uint64_t a = word_of(0, va), b = word_of(1, va);
	const struct row *r = row_of(va);
	const char *want = expected(a, b);
	unsigned int i;

	if (!r)
		return !want;
	for (i = 0; i < 2 && r->start == va; i++) {
		uint64_t word = (i ? b : a) & ((1ULL << 55) - 1);
		char frame[32] = "-";

		if ((i ? b : a) >> 63)
			snprintf(frame, sizeof(frame), "0x%llx", (unsigned long long)word);
		else if ((i ? b : a) >> 62)
			snprintf(frame, sizeof(frame), "swap:%llu", (unsigned long long)word >> 5);
		if (strcmp(frame, r->frame[i]))
			return false;
	}
	if (!strcmp(r->change, "kind") || !strcmp(r->change, "collapsed") || !strcmp(r->change, "split"))
		return a >> 63 && b >> 63;
	return !strcmp(r->change, want ? want : "flags");
}

static void check_pagemap(const char *what)
{
	unsigned int which, i, bad = 0;

	for (which = 0; which < 2; which++)
		for (i = 0; i < nr_pages[which]; i++) {
			unsigned long va = pages[which][i].va;

			if (page_agrees(va) || bad++ > 5)
				continue;
			printf("# 0x%lx: pagemap 0x%llx 0x%llx, row %s\n", va,
			       (unsigned long long)word_of(0, va), (unsigned long long)word_of(1, va),
			       row_of(va) ? row_of(va)->change : "none");
		}
	ok(nr_pages[0] > 100 && nr_pages[1] > 100 && !bad,
	   "%s: %u and %u pages, each with the change that pagemap has", what, nr_pages[0], nr_pages[1]);
}

static unsigned int rows_of(unsigned int i)
{
	unsigned int n, found = 0;

	for (n = 0; n < nr_rows; n++)
		found += rows[n].start >= (unsigned long)region(i) &&
			 rows[n].start < (unsigned long)region(i) + (1UL << 30);
	return found;
}

static bool has_row(const struct want *w)
{
	unsigned int n;

	for (n = 0; n < nr_rows; n++)
		if (rows[n].start == (unsigned long)region(w->region) + w->page * PAGE &&
		    rows[n].pages == w->pages && !strcmp(rows[n].change, w->change) &&
		    !strcmp(rows[n].from, w->from) && !strcmp(rows[n].to, w->to) &&
		    (!w->bits || strstr(rows[n].bits, w->bits)))
			return true;
	return false;
}

/* Each row that has to be there, and no other in these regions. */
static void check_rows(const struct want *want, unsigned int nr)
{
	unsigned int i, k, of_region, n;

	for (i = 0; i < nr; i++) {
		for (k = 0, of_region = 0; k < nr; k++)
			of_region += want[k].region == want[i].region;
		if (ok(has_row(&want[i]) && rows_of(want[i].region) == of_region,
		       "%s %u pages, %s -> %s", want[i].change, want[i].pages, want[i].from, want[i].to))
			continue;
		for (n = 0; n < nr_rows; n++)
			printf("# 0x%lx %lu %s %s %s %s\n", rows[n].start, rows[n].pages, rows[n].change,
			       rows[n].from, rows[n].to, rows[n].bits);
	}
}

static void record(pid_t pid, const char *file)
{
	char command[128];

	snprintf(command, sizeof(command), "mmscope record -o %s %d", file, pid);
	ok(!system(command), "%s", command);
}

/* The same rows, however the second moment is read. */
static void check_live(pid_t pid)
{
	static struct row recorded[MAX_ROWS];
	unsigned int nr;
	char text[16];
	int status;

	snprintf(text, sizeof(text), "%d", pid);
	diff("", "/tmp/0", "/tmp/1");
	memcpy(recorded, rows, sizeof(rows));
	nr = nr_rows;
	status = diff("", "/tmp/0", text);
	ok(status == 1 && nr == nr_rows && !memcmp(recorded, rows, nr * sizeof(rows[0])),
	   "the recording against the process: the same %u rows", nr_rows);
	status = diff("", "/tmp/1", text);
	ok(status == 0 && !nr_rows, "the later recording against the process: nothing");
	ok(diff("", "/tmp/1", "/tmp/1") == 0 && !nr_rows, "and against itself");
	ok(!system("mmscope diff --summary -nr /tmp/0 /tmp/1 2>/dev/null | grep -q '^- - swapped-out 16 65536 total'"),
	   "--summary has 16 pages that were swapped out");
}

/* The word in brackets, into 128 bytes. */
static void thp_mode(char *mode)
{
	char line[128] = "", *open, *close;
	FILE *f = fopen(THP, "re");

	if (f && fgets(line, sizeof(line), f)) {
		open = strchr(line, '[');
		close = strchr(line, ']');
		if (open && close)
			snprintf(mode, close - open, "%s", open + 1);
	}
	if (f)
		fclose(f);
}

static void compare(pid_t pid)
{
	int status;

	status = diff("", "/tmp/0", "/tmp/1");
	ok(status == 1, "they differ: status %d", status);
	ok(said->swapped, "pages are in swap");
	check_rows(first, LEN(first));
	ok(!rows_of(STILL), "what was left alone is in no row");
	if (said->huge)
		check_rows(split, LEN(split));
	else
		skip("split", "there was no huge page");
	if (said->collapsed)
		check_rows(collapsed, LEN(collapsed));
	else
		skip("collapsed", "no MADV_COLLAPSE, or no huge page");
	check_pagemap("changed");
	diff("--no-merge", "/tmp/0", "/tmp/1");
	check_pagemap("every entry on its own");
	ok(rows_of(PAGED_OUT) == 16 && rows_of(DROPPED) == 16, "of small pages each is a row");
	if (said->huge)
		ok(rows_of(SPLITS) == 512 && rows_of(DROPPED_HUGE) == 1,
		   "of a huge page one, or each small one that it has become");
	else
		skip("rows of a huge page", "there was none");
	check_live(pid);
}

int main(void)
{
	char before[128] = "";
	int to[2], from[2];
	pid_t pid;

	said = mmap(NULL, PAGE, RW, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (pipe(to) || pipe(from) || said == MAP_FAILED)
		die("pipe");
	/* huge pages where they are asked for, and nowhere else */
	thp_mode(before);
	ok(*before && put(THP, "madvise"), "transparent huge pages by advice, not %s", before);
	fflush(stdout);
	pid = fork();
	if (!pid)
		subject(to[0], from[1]);
	next_step(to[1], from[0]);
	record(pid, "/tmp/0");
	snapshot(pid, 0);
	next_step(to[1], from[0]);
	record(pid, "/tmp/1");
	snapshot(pid, 1);
	compare(pid);
	memcpy(pages[0], pages[1], sizeof(pages[0]));
	nr_pages[0] = nr_pages[1];
	next_step(to[1], from[0]);
	record(pid, "/tmp/2");
	snapshot(pid, 1);
	ok(diff("", "/tmp/1", "/tmp/2") == 1, "they differ after a fork");
	check_rows(second, LEN(second));
	check_pagemap("forked");
	put(THP, before);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	return tap_end();
}
