// SPDX-License-Identifier: GPL-2.0-only
/*
 * Every frame of the machine: FRAMES against /proc/kpageflags. Oracle: the
 * kernel's own translation (fs/proc/page.c: stable_page_flags()), bits as in
 * Documentation/admin-guide/mm/pagemap.rst. The machine lives on meanwhile: what
 * differs is looked at again, from both sides, before it counts.
 */
#include "dev.h"
#include "tap.h"

#define KPF(n)		(1ULL << (n))
#define LOCKED		KPF(0)
#define SLAB		KPF(7)
#define BUDDY		KPF(10)
#define ANON		KPF(12)
#define SWAPBACKED	KPF(14)
#define HEAD		KPF(15)
#define TAIL		KPF(16)
#define HUGE		KPF(17)
#define HWPOISON	KPF(19)
#define NOPAGE		KPF(20)
#define KSM		KPF(21)
#define THP		KPF(22)
#define ZERO		KPF(24)
#define PGTABLE		KPF(26)
#define RESERVED	KPF(32)

#define TRIES 50

static int kpageflags, device;
static const char *buffer;

/*
 * Some kernels (6.12) report every anonymous page as KSM, too: stable_page_flags()
 * tests for any of two bits there. Then the bit says nothing, and is left out.
 */
static uint64_t ignored;

/* Does the kind of a frame fit what kpageflags says of it? */
static bool kind_fits(const struct mmscope_frame *f, uint64_t k)
{
	switch (f->kind) {
	case MMSCOPE_FRAME_NONE:
		return k & NOPAGE;
	case MMSCOPE_FRAME_ZERO:
		return (k & ZERO) && !(k & THP);
	case MMSCOPE_FRAME_HUGE_ZERO:
		return (k & ZERO) && (k & THP);
	case MMSCOPE_FRAME_RESERVED:
		return k & RESERVED;
	case MMSCOPE_FRAME_HUGETLB:
		return k & HUGE;
	case MMSCOPE_FRAME_SLAB:
		return k & SLAB;
	case MMSCOPE_FRAME_TABLE:
		return k & PGTABLE;
	case MMSCOPE_FRAME_KSM:
		return k & KSM;
	case MMSCOPE_FRAME_ANON:
		return (k & ANON) && !(k & KSM);
	case MMSCOPE_FRAME_SHMEM:
		return (k & SWAPBACKED) && !(k & ANON);
	default:	/* free, file, kernel: none of the others */
		return !(k & (NOPAGE | ZERO | HUGE | SLAB | PGTABLE | KSM | ANON));
	}
}

static bool fits(const struct mmscope_frame *f, uint64_t k)
{
	if (k & NOPAGE)
		return f->kind == MMSCOPE_FRAME_NONE;
	if ((k & BUDDY) && f->kind != MMSCOPE_FRAME_FREE)
		return false;
	if (!!(k & TAIL) != !!(f->attrs & MMSCOPE_FRAME_TAIL))
		return false;
	/* a buddy block has an order, too, and no head */
	if (f->kind != MMSCOPE_FRAME_FREE && !!(k & (HEAD | TAIL)) != (f->order > 0))
		return false;
	if (!!(k & HWPOISON) != !!(f->attrs & MMSCOPE_FRAME_HWPOISON))
		return false;
	return kind_fits(f, k);
}

static uint64_t flags_of(uint64_t pfn)
{
	uint64_t k = 0;

	if (pread(kpageflags, &k, 8, pfn * 8) != 8)
		die("kpageflags");
	return k & ~ignored;
}

static const struct mmscope_frame *read_frames(struct mmscope_frames *a)
{
	if (dev_call(device, MMSCOPE_IOC_FRAMES, a))
		die("FRAMES");
	return (const void *)buffer;
}

/* Again and again, until both say the same, or it is a real difference. */
static bool fits_later(uint64_t pfn)
{
	struct mmscope_frames a = { .size = sizeof(a), .start = pfn, .end = pfn + 1 };
	struct mmscope_frame f;
	unsigned int i;

	for (i = 0; i < TRIES; i++) {
		f = *read_frames(&a);
		if (fits(&f, flags_of(pfn)))
			return true;
		usleep(1000);
	}
	printf("# pfn 0x%lx: kind %u order %u attrs %x, kpageflags 0x%lx\n", (unsigned long)pfn,
	       f.kind, f.order, f.attrs, (unsigned long)flags_of(pfn));
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

static unsigned long seen[16];

static unsigned long sweep(uint64_t end, unsigned long *done)
{
	struct mmscope_frames a = { .size = sizeof(a), .end = end };
	static uint64_t k[BUFFER_LEN / 8];
	const struct mmscope_frame *f;
	static uint64_t odd[4096];
	unsigned int i, nr_odd = 0, wrong = 0;

	for (a.resume = 0; a.resume < end;) {
		a.start = a.resume;
		f = read_frames(&a);
		if (pread(kpageflags, k, a.count * 8, a.start * 8) != a.count * 8L)
			die("kpageflags");
		*done += a.count;
		for (i = 0; i < a.count; i++) {
			if (f[i].pfn != a.start + i)
				wrong++;
			seen[f[i].kind & 15]++;
			if (fits(&f[i], k[i] & ~ignored))
				continue;
			if (nr_odd < 4096)
				odd[nr_odd++] = f[i].pfn;
			else
				wrong++;	/* no room to look again */
		}
	}
	for (i = 0; i < nr_odd && wrong < 10; i++)
		wrong += !fits_later(odd[i]);
	printf("# %u frames had changed between the two looks\n", nr_odd);
	return wrong;
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

/* Page cache that is no shared memory: of a block device. */
static void check_file(void)
{
	int fd = open("/dev/vda", O_RDONLY);
	struct mmscope_frames a = { .size = sizeof(a) };
	volatile char *p = fd < 0 ? MAP_FAILED : mmap(NULL, PAGE, PROT_READ, MAP_SHARED, fd, 0);

	if (p == MAP_FAILED) {
		skip("page cache of a file", "no disk in this guest");
		return;
	}
	(void)p[0];
	a.start = frame_of((void *)p);
	a.end = a.start + 1;
	ok(a.start && read_frames(&a)->kind == MMSCOPE_FRAME_FILE, "page cache of a file");
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

int main(void)
{
	static char own[2 * PAGE] = "a page that nobody else has";
	struct mmscope_frames hole = {
		.size = sizeof(hole), .start = 1ULL << 39, .end = (1ULL << 39) + 1,
	};
	unsigned long done = 0, wrong;
	char *p;

	device = dev_open();
	buffer = dev_map(device);
	kpageflags = open("/proc/kpageflags", O_RDONLY);
	own[PAGE]++;
	ignored = flags_of(frame_of(own + PAGE)) & KSM;
	wrong = sweep(end_of_ram(), &done);
	ok(!wrong && done > 100000, "%lu frames agree with kpageflags", done);
	ok(seen[MMSCOPE_FRAME_FREE] && seen[MMSCOPE_FRAME_ZERO] && seen[MMSCOPE_FRAME_ANON] &&
	   seen[MMSCOPE_FRAME_SHMEM] && seen[MMSCOPE_FRAME_TABLE] && seen[MMSCOPE_FRAME_SLAB] &&
	   seen[MMSCOPE_FRAME_RESERVED] && seen[MMSCOPE_FRAME_HUGETLB],
	   "kinds: %lu free, %lu anon, %lu shmem, %lu pgtable, %lu slab, %lu hugetlb, %lu kernel",
	   seen[MMSCOPE_FRAME_FREE], seen[MMSCOPE_FRAME_ANON], seen[MMSCOPE_FRAME_SHMEM],
	   seen[MMSCOPE_FRAME_TABLE], seen[MMSCOPE_FRAME_SLAB], seen[MMSCOPE_FRAME_HUGETLB],
	   seen[MMSCOPE_FRAME_KERNEL]);
	p = mmap(NULL, 2UL << 20, PROT_READ | PROT_WRITE,
		 MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB, -1, 0);
	if (p == MAP_FAILED)
		die("hugetlb");
	memset(p, 1, 2UL << 20);
	ok(read_frames(&hole)->kind == MMSCOPE_FRAME_NONE, "no memory there: no frame");
	check_file();
	check_folio("hugetlb", p, 9, MMSCOPE_FRAME_HUGETLB);
	p = mmap(NULL, 4UL << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	p = (char *)(((uintptr_t)p + (2UL << 20) - 1) & ~((2UL << 20) - 1));
	madvise(p, 2UL << 20, MADV_HUGEPAGE);
	memset(p, 1, 2UL << 20);
	check_folio("transparent huge page", p, 9, MMSCOPE_FRAME_ANON);
	return tap_end();
}
