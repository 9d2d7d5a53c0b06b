// SPDX-License-Identifier: GPL-2.0-only
/*
 * The kernel's side of verify: pagemap and PAGEMAP_SCAN of the process, the files
 * about frames, and physical memory through /proc/kcore, an ELF view in which the
 * segments of RAM carry their physical address (fs/proc/kcore.c).
 */
#include "verify.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/utsname.h>
#include <unistd.h>

#define SEGMENTS	256
#define REGIONS		1024

/* struct pm_scan_arg and struct page_region of linux/fs.h, which 6.7 brought. */
struct scan_arg {
	uint64_t size, flags, start, end, walk_end, vec, vec_len, max_pages;
	uint64_t category_inverted, category_mask, category_anyof_mask, return_mask;
};

struct scan_region {
	uint64_t start, end, categories;
};

#define SCAN_IOCTL	_IOWR('f', 16, struct scan_arg)

struct verify_sources {
	int pagemap, kcore;
	int frames[VERIFY_NR_CHECKS];	/* kpageflags, kpagecount, kpagecgroup */
	Elf64_Phdr segment[SEGMENTS];
	unsigned int segments;
	struct scan_region region[REGIONS];
};

static int open_of(pid_t pid, const char *name)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/%s", pid, name);
	return open(path, O_RDONLY | O_CLOEXEC);
}

static unsigned int running_release(void)
{
	unsigned int major = 0, minor = 0;
	struct utsname name;

	uname(&name);
	if (sscanf(name.release, "%u.%u", &major, &minor) != 2)
		return 0;
	return major * 1000 + minor;
}

static int scan_once(const struct verify *v, struct scan_arg *arg)
{
	int n = ioctl(v->kernel->pagemap, SCAN_IOCTL, arg);

	return n < 0 ? -errno : n;
}

/* Which categories there are: each is asked for alone. */
static uint64_t find_categories(const struct verify *v)
{
	uint64_t bit, known = 0;

	for (bit = 1; bit <= PAGE_IS_ACCESSED_; bit <<= 1) {
		struct scan_arg arg = {
			.size = sizeof(arg), .end = 4096, .return_mask = bit,
			.vec = (uintptr_t)v->kernel->region, .vec_len = REGIONS,
		};

		if (scan_once(v, &arg) >= 0)
			known |= bit;
	}
	return known;
}

static void open_kcore(struct verify_sources *s)
{
	Elf64_Ehdr head;
	ssize_t len;

	s->kcore = open("/proc/kcore", O_RDONLY | O_CLOEXEC);
	if (s->kcore < 0 || pread(s->kcore, &head, sizeof(head), 0) != sizeof(head))
		return;
	s->segments = head.e_phnum < SEGMENTS ? head.e_phnum : SEGMENTS;
	len = s->segments * sizeof(*s->segment);
	if (pread(s->kcore, s->segment, len, head.e_phoff) != len)
		s->segments = 0;
}

/**
 * verify_sources_open - everything the kernel says
 * @v: source and format are set
 *
 * Return: 0, or a negative errno if pagemap cannot be read. What else is missing
 * is noted in the tallies.
 */
int verify_sources_open(struct verify *v)
{
	struct verify_sources *s = calloc(1, sizeof(*s));

	if (!s)
		return -ENOMEM;
	v->kernel = s;
	memset(s->frames, -1, sizeof(s->frames));
	s->kcore = -1;
	v->release = running_release();
	s->pagemap = open_of(libmmscope_pid(v->src), "pagemap");
	if (s->pagemap < 0)
		return errno == ENOENT ? -ESRCH : -errno;
	s->frames[VERIFY_FLAGS] = open("/proc/kpageflags", O_RDONLY | O_CLOEXEC);
	s->frames[VERIFY_COUNT] = open("/proc/kpagecount", O_RDONLY | O_CLOEXEC);
	s->frames[VERIFY_CGROUP] = open("/proc/kpagecgroup", O_RDONLY | O_CLOEXEC);
	open_kcore(s);
	v->categories = find_categories(v);
	if (!v->categories)
		v->tally[VERIFY_SCAN].missing = "this kernel has no PAGEMAP_SCAN (6.7 brought it)";
	if (!s->segments)
		v->tally[VERIFY_SLOT].missing = "/proc/kcore cannot be read";
	if (s->frames[VERIFY_FLAGS] < 0)
		v->tally[VERIFY_FLAGS].missing = "/proc/kpageflags cannot be opened";
	if (s->frames[VERIFY_COUNT] < 0)
		v->tally[VERIFY_COUNT].missing = "/proc/kpagecount cannot be opened";
	if (s->frames[VERIFY_CGROUP] < 0)
		v->tally[VERIFY_CGROUP].missing = "this kernel has no /proc/kpagecgroup";
	return 0;
}

static void close_one(int file)
{
	if (file >= 0)
		close(file);
}

void verify_sources_close(struct verify *v)
{
	struct verify_sources *s = v->kernel;
	unsigned int i;

	if (!s)
		return;
	close_one(s->pagemap);
	close_one(s->kcore);
	for (i = 0; i < VERIFY_NR_CHECKS; i++)
		close_one(s->frames[i]);
	free(s);
	v->kernel = NULL;
}

/* Words of /proc/PID/pagemap. Past the end of the address space there are none. */
int verify_read_pagemap(const struct verify *v, uint64_t va, uint64_t *to, size_t pages)
{
	ssize_t n = pread(v->kernel->pagemap, to, pages * 8, va / 4096 * 8);

	if (n < 0)
		return -errno;
	if (!n && pages)
		return -ESRCH;	/* the address space is gone */
	memset((char *)to + n, 0, pages * 8 - n);
	return 0;
}

/* Categories of PAGEMAP_SCAN, a word for each page. */
int verify_read_categories(const struct verify *v, uint64_t va, uint64_t *to, size_t pages)
{
	struct scan_region *region = v->kernel->region;
	uint64_t end = va + pages * 4096, at;
	struct scan_arg arg = {
		.size = sizeof(arg), .start = va, .end = end, .return_mask = v->categories,
		.vec = (uintptr_t)region, .vec_len = REGIONS,
	};
	int i, n;

	memset(to, 0, pages * 8);
	while (arg.start < end) {
		n = scan_once(v, &arg);
		if (n < 0)
			return n;
		for (i = 0; i < n; i++)
			for (at = region[i].start; at < region[i].end; at += 4096)
				to[(at - va) / 4096] = region[i].categories;
		if (arg.walk_end <= arg.start)
			return -EIO;
		arg.start = arg.walk_end;
	}
	return 0;
}

/* Slots of a table, by its physical address. */
bool verify_read_slots(const struct verify *v, uint64_t pa, uint64_t *to, size_t nr)
{
	const struct verify_sources *s = v->kernel;
	unsigned int i;

	for (i = 0; i < s->segments; i++) {
		const Elf64_Phdr *p = &s->segment[i];

		/* the others have physical address 0 or -1; the kernel's text is no RAM segment */
		if (p->p_type != PT_LOAD || !p->p_memsz || p->p_paddr == UINT64_MAX ||
		    p->p_vaddr >= 0xffffffff80000000ULL || pa < p->p_paddr ||
		    pa - p->p_paddr >= p->p_memsz || (!p->p_paddr && p->p_memsz > 1ULL << 20))
			continue;
		return pread(s->kcore, to, nr * 8, p->p_offset + (pa - p->p_paddr)) ==
		       (ssize_t)(nr * 8);
	}
	return false;
}

/* Words about frames, from the file that belongs to the check. */
bool verify_read_frames(const struct verify *v, enum verify_check check, uint64_t pfn,
			uint64_t *to, size_t nr)
{
	int file = v->kernel->frames[check];

	return file >= 0 && pread(file, to, nr * 8, pfn * 8) == (ssize_t)(nr * 8);
}
