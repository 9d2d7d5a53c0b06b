// SPDX-License-Identifier: GPL-2.0-only
/*
 * Every frame of the machine: FRAMES against /proc/kpageflags, kpagecount and
 * kpagecgroup, bit for bit. Oracle: the kernel's own words (fs/proc/page.c), bits
 * as in Documentation/admin-guide/mm/pagemap.rst; for files fstat(). The machine
 * lives on meanwhile: what differs is looked at again, from both sides, before
 * it counts.
 */
#include "absent.h"
#include "dev.h"
#include "sorts.h"
#include "tap.h"

#include <signal.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <sys/wait.h>

#include <linux/magic.h>

#define KPF(n)		(1ULL << (n))
#define LOCKED		KPF(0)
#define SLAB		KPF(7)
#define BUDDY		KPF(10)
#define ANON		KPF(12)
#define SWAPBACKED	KPF(14)
#define HEAD		KPF(15)
#define TAIL		KPF(16)
#define HUGETLB		KPF(17)
#define HWPOISON	KPF(19)
#define NOPAGE		KPF(20)
#define KSM		KPF(21)
#define THP		KPF(22)
#define ZERO		KPF(24)
#define PGTABLE		KPF(26)
#define RESERVED	KPF(32)
#define OWNER_2		KPF(34)	/* the same bit says that an anonymous page is exclusive */

#define TRIES 50

/* What the kernel says of a frame, in three files. */
struct words {
	uint64_t flags, count, cgroup;
};

static int kpageflags, kpagecount, kpagecgroup, device;
static const char *buffer;

/*
 * Some kernels (6.12) report every anonymous page as KSM, too: stable_page_flags()
 * tests for any of two bits there. Then the bit says nothing, and is left out.
 */
static uint64_t ignored;

static bool exclusive;	/* does the kernel know which anonymous pages are? */

/* Does the kind of a frame fit what kpageflags says of it? */
static bool kind_fits(const struct mmscope_frame *f, uint64_t k)
{
	switch (f->kind) {
	case MMSCOPE_FRAME_NONE:
	case MMSCOPE_FRAME_OFFLINE:
		return k & NOPAGE;
	case MMSCOPE_FRAME_DEVICE:	/* 5.10 takes some for online */
		return k & (NOPAGE | RESERVED);
	case MMSCOPE_FRAME_ZERO:
		return (k & ZERO) && !(k & THP);
	case MMSCOPE_FRAME_HUGE_ZERO:
		return (k & ZERO) && (k & THP);
	case MMSCOPE_FRAME_RESERVED:
		return k & RESERVED;
	case MMSCOPE_FRAME_HUGETLB:
		return k & HUGETLB;
	case MMSCOPE_FRAME_SLAB:
		return k & SLAB;
	case MMSCOPE_FRAME_TABLE:
		return k & PGTABLE;
	case MMSCOPE_FRAME_KSM:
		return k & (ignored ? ANON : KSM);
	case MMSCOPE_FRAME_ANON:
		return (k & ANON) && !(k & KSM);
	case MMSCOPE_FRAME_SHMEM:
		return (k & SWAPBACKED) && !(k & ANON);
	default:	/* free, file, kernel: none of the others */
		return !(k & (NOPAGE | ZERO | HUGETLB | SLAB | PGTABLE | KSM | ANON));
	}
}

static bool fits(const struct mmscope_frame *f, uint64_t k)
{
	if (k & NOPAGE)
		return kind_fits(f, k);
	if ((k & BUDDY) && f->kind != MMSCOPE_FRAME_FREE)
		return false;
	if (!!(k & TAIL) != !!(f->attrs & MMSCOPE_FRAME_TAIL))
		return false;
	/* a buddy block has an order, too, and no head */
	if (f->kind != MMSCOPE_FRAME_FREE && !!(k & (HEAD | TAIL)) != (f->order > 0))
		return false;
	if (!!(k & HWPOISON) != !!(f->attrs & MMSCOPE_FRAME_HWPOISON))
		return false;
	/* of a large folio some kernels repeat the flags of its head */
	if (exclusive && f->kind == MMSCOPE_FRAME_ANON && !f->order &&
	    !!(k & OWNER_2) != !!(f->attrs & MMSCOPE_FRAME_EXCLUSIVE))
		return false;
	return !(f->attrs & MMSCOPE_FRAME_AVERAGE) && kind_fits(f, k);
}

static uint64_t word_of(int file, uint64_t pfn)
{
	uint64_t k = 0;

	if (pread(file, &k, 8, pfn * 8) != 8)
		die("kpageflags, kpagecount or kpagecgroup");
	return file == kpageflags ? absent_or(pfn, k) : k;
}

static uint64_t flags_of(uint64_t pfn)
{
	return word_of(kpageflags, pfn);
}

static struct words words_of(uint64_t pfn)
{
	struct words w = {
		.flags = flags_of(pfn),
		.count = word_of(kpagecount, pfn),
		.cgroup = word_of(kpagecgroup, pfn),
	};

	return w;
}

static bool same(const struct mmscope_frame *f, const struct words *w)
{
	return f->flags == w->flags && f->mapcount == (uint32_t)w->count &&
	       f->cgroup == w->cgroup && fits(f, w->flags & ~ignored);
}

static const struct mmscope_frame *read_frames(struct mmscope_frames *a)
{
	if (dev_call(device, MMSCOPE_IOC_FRAMES, a))
		die("FRAMES");
	return (const void *)buffer;
}

/* Again and again, until both say the same, or it is a real difference. */
static bool same_later(uint64_t pfn)
{
	struct mmscope_frames a = { .size = sizeof(a), .start = pfn, .end = pfn + 1 };
	struct mmscope_frame f;
	struct words w;
	unsigned int i;

	for (i = 0; i < TRIES; i++) {
		f = *read_frames(&a);
		w = words_of(pfn);
		if (same(&f, &w))
			return true;
		usleep(1000);
	}
	printf("# pfn 0x%lx: kind %u order %u attrs %x\n", (unsigned long)pfn, f.kind, f.order,
	       f.attrs);
	printf("#   flags 0x%lx, kpageflags 0x%lx; mapcount %u, kpagecount %ld; cgroup %lu, kpagecgroup %lu\n",
	       (unsigned long)f.flags, (unsigned long)w.flags, f.mapcount, (long)w.count,
	       (unsigned long)f.cgroup, (unsigned long)w.cgroup);
	return false;
}

/* The last frame of memory, from /proc/iomem. */
static uint64_t end_of_ram(void)
{
	unsigned long start, last, end = 0;
	char line[256];
	FILE *f = fopen("/proc/iomem", "r");

	while (f && fgets(line, sizeof(line), f))
		if (strstr(line, "System RAM") && sscanf(line, "%lx-%lx", &start, &last) == 2)
			end = last / PAGE + 1;
	if (f)
		fclose(f);
	return end;
}

static unsigned long seen[16], charged, mapped;

static void read_words(int file, uint64_t *to, const struct mmscope_frames *a)
{
	if (pread(file, to, a->count * 8, a->start * 8) != a->count * 8L)
		die("kpageflags, kpagecount or kpagecgroup");
}

static unsigned long sweep(uint64_t end, unsigned long *done)
{
	struct mmscope_frames a = { .size = sizeof(a), .end = end };
	static uint64_t flags[BUFFER_LEN / 8], count[BUFFER_LEN / 8], cgroup[BUFFER_LEN / 8];
	const struct mmscope_frame *f;
	static uint64_t odd[1 << 16];
	unsigned int i, nr_odd = 0, wrong = 0;

	for (a.resume = 0; a.resume < end;) {
		a.start = a.resume;
		f = read_frames(&a);
		read_words(kpageflags, flags, &a);
		read_words(kpagecount, count, &a);
		read_words(kpagecgroup, cgroup, &a);
		for (i = 0; i < a.count; i++, ++*done) {
			struct words w = { absent_or(f[i].pfn, flags[i]), count[i], cgroup[i] };

			wrong += f[i].pfn != a.start + i;
			seen[f[i].kind & 15]++;
			charged += !!w.cgroup;
			mapped += !!w.count;
			if (!same(&f[i], &w) && nr_odd++ < 1 << 16)
				odd[nr_odd - 1] = f[i].pfn;
		}
	}
	wrong += nr_odd > 1 << 16;
	for (i = 0; i < nr_odd && wrong < 10; i++)
		wrong += !same_later(odd[i]);
	printf("# %u frames had changed between the two looks\n", nr_odd);
	return wrong;
}

/* All that the processor can address, without what holds no memory. */
static void check_skip(void)
{
	struct mmscope_frames a = {
		.size = sizeof(a), .flags = MMSCOPE_FRAMES_SKIP,
		.end = dev_info(device).pfn_mask / PAGE,
	};
	unsigned long there = 0, told = 0, kernels = 0, pfn = 0;
	static uint64_t flags[BUFFER_LEN / 8];
	const struct mmscope_frame *f;
	ssize_t i, len;

	for (a.resume = 0; a.resume < a.end; told += a.count) {
		a.start = a.resume;
		f = read_frames(&a);
		for (i = 0; i < a.count; i++)
			there += !(f[i].flags & NOPAGE);
	}
	lseek(kpageflags, 0, SEEK_SET);
	while ((len = read(kpageflags, flags, sizeof(flags))) > 0)
		for (i = 0; i < len / 8; i++)
			kernels += !(absent_or(pfn++, flags[i]) & NOPAGE);
	ok(there == kernels && told < 1UL << 24,
	   "all of 0x%lx: %lu frames told, %lu there, %lu by kpageflags", (unsigned long)a.end, told,
	   there, kernels);
}

static uint64_t frame_of(const void *p)
{
	int pagemap = open_pagemap(getpid());
	uint64_t pm;

	if (pread(pagemap, &pm, 8, (uintptr_t)p / PAGE * 8) != 8)
		die("pagemap");
	close(pagemap);
	return pm & ((1ULL << 55) - 1);
}

/* Frames of known folios: head and order. */
static void check_folio(const char *what, char *p, unsigned int order, unsigned int kind)
{
	struct mmscope_frames a = { .size = sizeof(a) };
	uint64_t head = frame_of(p);
	const struct mmscope_frame *f;

	a.start = head + 5;
	a.end = head + 6;
	f = read_frames(&a);
	ok(f->kind == kind && f->order == order && f->head == head &&
	   (f->attrs & MMSCOPE_FRAME_TAIL), "%s: frame 5 of a folio of order %u", what, order);
}

static bool is_exclusive(const void *p)
{
	struct mmscope_frames a = { .size = sizeof(a), .start = frame_of(p) };
	const struct mmscope_frame *f;

	a.end = a.start + 1;
	f = read_frames(&a);
	return f->kind == MMSCOPE_FRAME_ANON && (f->attrs & MMSCOPE_FRAME_EXCLUSIVE);
}

/* Shared from fork to the child's write, which gets a copy (Documentation: COW). */
static void check_exclusive(const char *what, char *p)
{
	bool before, shared, copy = false;
	int status;
	pid_t child;

	*p = 1;
	before = is_exclusive(p);
	child = fork();
	if (!child) {
		shared = !is_exclusive(p);
		*p = 2;
		copy = is_exclusive(p);
		_exit(shared && copy ? 0 : 1);
	}
	waitpid(child, &status, 0);
	ok(exclusive ? before && !status : !before && status,
	   "%s: exclusive before fork, not after, again when copied%s", what,
	   exclusive ? "" : " (this kernel does not tell)");
}

/* A page of a mapping of a file: which one, and where in it. */
static void check_file(const char *what, int file, unsigned int page, unsigned int kind)
{
	struct mmscope_frames a = { .size = sizeof(a) };
	const struct mmscope_frame *f;
	volatile char *p;
	struct stat st;

	p = mmap(NULL, (page + 1) * PAGE, PROT_READ, MAP_SHARED, file, 0);
	if (p == MAP_FAILED || fstat(file, &st))
		die("%s", what);
	(void)p[page * PAGE];
	a.start = frame_of((char *)p + page * PAGE);
	a.end = a.start + 1;
	f = read_frames(&a);
	ok(f->kind == kind && f->inode == st.st_ino && f->index == page &&
	   f->dev_major == major(st.st_dev) && f->dev_minor == minor(st.st_dev) &&
	   f->mapcount && f->refcount > 1,
	   "%s: inode %lu of %u:%u, page %lu, %u references", what, (unsigned long)f->inode,
	   f->dev_major, f->dev_minor, (unsigned long)f->index, f->refcount);
	munmap((void *)p, (page + 1) * PAGE);
}

#ifndef MFD_HUGETLB
#define MFD_HUGETLB 4U
#endif

/* A root file system in memory may be ramfs or tmpfs. */
static unsigned int self_kind(int file)
{
	struct statfs fs;

	if (fstatfs(file, &fs))
		die("fstatfs");
	return fs.f_type == TMPFS_MAGIC ? MMSCOPE_FRAME_SHMEM : MMSCOPE_FRAME_FILE;
}

static void check_files(const char *self)
{
	const unsigned int pages = 1024;
	int file = memfd_create("shmem", 0);

	if (ftruncate(file, 8 * PAGE) || pwrite(file, "x", 1, 7 * PAGE) != 1)
		die("memfd");
	check_file("memfd", file, 7, MMSCOPE_FRAME_SHMEM);
	close(file);
	file = memfd_create("huge", MFD_HUGETLB);
	if (file < 0 || ftruncate(file, pages * PAGE))
		die("memfd of hugetlb");
	check_file("hugetlb", file, 512 + 7, MMSCOPE_FRAME_HUGETLB);
	close(file);
	file = open(self, O_RDONLY);
	check_file("this program", file, 3, self_kind(file));
	close(file);
	mkdir("/tmp/ram", 0700);
	if (mount("none", "/tmp/ram", "ramfs", 0, NULL))
		die("ramfs");
	file = open("/tmp/ram/file", O_RDWR | O_CREAT, 0600);
	if (ftruncate(file, 8 * PAGE) || pwrite(file, "x", 1, 5 * PAGE) != 1)
		die("ramfs");
	check_file("ramfs", file, 5, MMSCOPE_FRAME_FILE);
	close(file);
	umount("/tmp/ram");
}

int main(int argc, char **argv)
{
	static char own[2 * PAGE] = "a page that nobody else has";
	struct mmscope_frames hole = {
		.size = sizeof(hole), .start = 1ULL << 39, .end = (1ULL << 39) + 1,
	};
	unsigned long done = 0, wrong;
	pid_t child;
	char *p;

	device = dev_open();
	buffer = dev_map(device);
	exclusive = dev_info(device).features & MMSCOPE_FEATURE_EXCLUSIVE;
	kpageflags = open("/proc/kpageflags", O_RDONLY);
	kpagecount = open("/proc/kpagecount", O_RDONLY);
	kpagecgroup = open("/proc/kpagecgroup", O_RDONLY);
	own[PAGE]++;
	ignored = flags_of(frame_of(own + PAGE)) & KSM;
	child = make_sorts();
	wrong = sweep(end_of_ram(), &done);
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	ok(!wrong && done > 100000 && charged > 100 && mapped > 100,
	   "%lu frames agree with kpageflags, kpagecount and kpagecgroup (%lu mapped, %lu charged)",
	   done, mapped, charged);
	ok(seen[MMSCOPE_FRAME_FREE] && seen[MMSCOPE_FRAME_ZERO] && seen[MMSCOPE_FRAME_ANON] &&
	   seen[MMSCOPE_FRAME_SHMEM] && seen[MMSCOPE_FRAME_TABLE] && seen[MMSCOPE_FRAME_SLAB] &&
	   seen[MMSCOPE_FRAME_RESERVED] && seen[MMSCOPE_FRAME_HUGETLB] &&
	   seen[MMSCOPE_FRAME_KSM] && seen[MMSCOPE_FRAME_HUGE_ZERO],
	   "kinds: %lu free, %lu anon, %lu ksm, %lu huge zero, %lu file, %lu shmem, %lu pgtable, %lu slab, %lu hugetlb, %lu kernel",
	   seen[MMSCOPE_FRAME_FREE], seen[MMSCOPE_FRAME_ANON], seen[MMSCOPE_FRAME_KSM],
	   seen[MMSCOPE_FRAME_HUGE_ZERO], seen[MMSCOPE_FRAME_FILE], seen[MMSCOPE_FRAME_SHMEM],
	   seen[MMSCOPE_FRAME_TABLE], seen[MMSCOPE_FRAME_SLAB], seen[MMSCOPE_FRAME_HUGETLB],
	   seen[MMSCOPE_FRAME_KERNEL]);
	p = mmap(NULL, HUGE_LEN, RW, PRIVATE | MAP_HUGETLB, -1, 0);
	if (p == MAP_FAILED)
		die("hugetlb");
	memset(p, 1, HUGE_LEN);
	ok(read_frames(&hole)->kind == MMSCOPE_FRAME_NONE, "no memory there: no frame");
	check_folio("hugetlb", p, 9, MMSCOPE_FRAME_HUGETLB);
	p = huge();
	memset(p, 1, HUGE_LEN);
	check_folio("transparent huge page", p, 9, MMSCOPE_FRAME_ANON);
	check_exclusive("transparent huge page", p + 5 * PAGE);
	check_exclusive("anonymous page", own + PAGE);
	check_skip();
	check_files(argv[argc - 1]);
	return tap_end();
}
