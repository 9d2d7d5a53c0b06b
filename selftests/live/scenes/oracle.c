// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the kernel says of a page, by its own interfaces:
 * Documentation/admin-guide/mm/pagemap.rst, proc.rst, move_pages(2), kcmp(2).
 */
#include "scenes.h"
#include "../phys.h"

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

/* linux/fs.h of 6.7; the build machine's may be older */
struct scan_arg {
	uint64_t size, flags, start, end, walk_end, vec, vec_len, max_pages;
	uint64_t category_inverted, category_mask, category_anyof_mask, return_mask;
};

struct scan_region {
	uint64_t start, end, categories;
};

#define SCENES_PAGEMAP_SCAN _IOWR('f', 16, struct scan_arg)

static int kpageflags;
static unsigned int version;
static bool ksm_is_told;
/* This stack is not merged. */
static void probe_ksm(void)
{
	uint64_t pm, kpf;

	if (oracle_pagemap(getpid(), (uintptr_t)&pm, &pm) && oracle_kpageflags(pm & PM_FRAME, &kpf))
		ksm_is_told = !(kpf & KPF_KSM);
}

void oracle_setup(void)
{
	struct utsname name;
	unsigned int major = 0, minor = 0;

	kpageflags = open("/proc/kpageflags", O_RDONLY | O_CLOEXEC);
	uname(&name);
	sscanf(name.release, "%u.%u", &major, &minor);
	version = major * 1000 + minor;
	phys_open();
	probe_ksm();
}

/* 6.12 and its like set KPF_KSM for every anonymous page (fs/proc/page.c). */
bool oracle_knows_ksm(void)
{
	return ksm_is_told;
}

/* What pagemap tells has grown: bit 57 in 5.14, bit 58 in 6.15. */
bool oracle_knows_uffd(void)
{
	return version >= 5014;
}

bool oracle_knows_guard(void)
{
	return version >= 6015;
}

/* Bit 3 of a swap entry has a meaning since 5.19. */
bool oracle_has_exclusive(void)
{
	return version >= 5019;
}

static int open_of(pid_t pid, const char *name)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/%s", pid, name);
	return open(path, O_RDONLY | O_CLOEXEC);
}

bool oracle_pagemap(pid_t pid, uint64_t va, uint64_t *value)
{
	int fd = open_of(pid, "pagemap");
	bool good = fd >= 0 && pread(fd, value, 8, va / PAGE * 8) == 8;

	if (fd >= 0)
		close(fd);
	return good;
}

bool oracle_kpageflags(uint64_t pfn, uint64_t *value)
{
	return pread(kpageflags, value, 8, pfn * 8) == 8;
}

/* False where the kernel has no such call. */
bool oracle_scan(pid_t pid, uint64_t va, uint64_t *categories)
{
	struct scan_region region = { 0 };
	struct scan_arg arg = {
		.size = sizeof(arg), .start = va & ~(PAGE - 1), .end = (va | (PAGE - 1)) + 1,
		.vec = (uintptr_t)&region, .vec_len = 1, .return_mask = 0xff,
	};
	int fd = open_of(pid, "pagemap"), n;

	if (oracle_knows_guard())
		arg.return_mask |= 0x100;
	n = ioctl(fd, SCENES_PAGEMAP_SCAN, &arg);
	close(fd);
	*categories = n > 0 ? region.categories : 0;
	return n >= 0;
}

/* The lines of smaps about one VMA: header, then what `take` wants. */
static FILE *find_in_smaps(pid_t pid, uint64_t va, struct vma *vma)
{
	unsigned long start, end;
	char path[64], line[512];
	FILE *f;

	vma->found = false;
	snprintf(path, sizeof(path), "/proc/%d/smaps", pid);
	f = fopen(path, "re");
	while (f && fgets(line, sizeof(line), f)) {
		if (sscanf(line, "%lx-%lx", &start, &end) != 2 || va < start || va >= end)
			continue;
		vma->found = true;
		vma->start = start;
		vma->end = end;
		return f;
	}
	if (f)
		fclose(f);
	return NULL;
}

bool oracle_smaps(pid_t pid, uint64_t va, const char *key, char *value, size_t len)
{
	size_t n = strlen(key);
	unsigned long start, end;
	bool found = false;
	char line[512];
	struct vma vma;
	FILE *f = find_in_smaps(pid, va, &vma);

	while (f && fgets(line, sizeof(line), f)) {
		if (sscanf(line, "%lx-%lx", &start, &end) == 2)
			break;
		if (strncmp(line, key, n) || line[n] != ':')
			continue;
		line[strcspn(line, "\n")] = '\0';
		snprintf(value, len, "%s", line + n + 1 + strspn(line + n + 1, " "));
		found = true;
		break;
	}
	if (f)
		fclose(f);
	return found;
}

void oracle_vma(pid_t pid, uint64_t va, struct vma *vma)
{
	FILE *f = find_in_smaps(pid, va, vma);

	vma->flags[0] = '\0';
	if (!f)
		return;
	fclose(f);
	oracle_smaps(pid, va, "VmFlags", vma->flags, sizeof(vma->flags));
}

/* Node of the page at an address, or -errno. */
int oracle_node_of_page(pid_t pid, uint64_t va)
{
	void *page = (void *)(va & ~(PAGE - 1));
	int status = -1;

	if (syscall(SYS_move_pages, pid, 1L, &page, NULL, &status, 0) < 0)
		return -errno;
	return status;
}

/* By the memory blocks of the nodes in sysfs; -1 if it is no memory. */
int oracle_node_of_frame(uint64_t pfn)
{
	unsigned long block = 0;
	char pattern[128];
	int node = -1;
	glob_t found;
	FILE *f = fopen("/sys/devices/system/memory/block_size_bytes", "re");

	if (f && fscanf(f, "%lx", &block) != 1)
		block = 0;
	if (f)
		fclose(f);
	if (!block)
		return -1;
	snprintf(pattern, sizeof(pattern), "/sys/devices/system/node/node*/memory%lu",
		 pfn * PAGE / block);
	if (glob(pattern, 0, NULL, &found))
		return -1;
	sscanf(found.gl_pathv[0], "/sys/devices/system/node/node%d", &node);
	globfree(&found);
	return node;
}

bool oracle_same_mm(pid_t a, pid_t b)
{
	return syscall(SYS_kcmp, a, b, 1 /* KCMP_VM */, 0L, 0L) == 0;
}

bool oracle_swap_device(char *path, size_t len)
{
	FILE *f = fopen("/proc/swaps", "re");
	bool good = f && fgets(path, len, f) && fgets(path, len, f);

	if (f)
		fclose(f);
	if (good)
		path[strcspn(path, " \t\n")] = '\0';
	return good;
}

bool oracle_physical(uint64_t pa, void *buf, size_t len)
{
	return phys_read(pa, buf, len);
}

bool oracle_memory(pid_t pid, uint64_t va, void *buf, size_t len)
{
	int fd = open_of(pid, "mem");
	bool good = fd >= 0 && pread(fd, buf, len, va) == (ssize_t)len;

	if (fd >= 0)
		close(fd);
	return good;
}
