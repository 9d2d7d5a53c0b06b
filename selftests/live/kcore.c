// SPDX-License-Identifier: GPL-2.0-only
/*
 * The ladder against physical memory: WALK gives the physical address of every
 * slot; read there through /proc/kcore and find the same entry. Oracle: the
 * kernel's own ELF view of its memory (fs/proc/kcore.c), in which RAM segments
 * carry their physical address. In the kernel half also what the addresses hold:
 * read by virtual and by physical address it is the same, and /proc/kallsyms and
 * /proc/iomem say where text and data are.
 */
#include "dev.h"
#include "phys.h"
#include "tap.h"

static void check(int fd, const char *what, const void *address, uint32_t flags)
{
	struct mmscope_walk w = { .size = sizeof(w), .va = (uintptr_t)address, .flags = flags };
	unsigned int i, good = 0, next = 0;
	uint64_t value;

	if (dev_call(fd, MMSCOPE_IOC_WALK, &w)) {
		ok(false, "WALK of %s", what);
		return;
	}
	for (i = 0; i < w.nr_levels; i++) {
		const struct mmscope_level *l = &w.level[i];
		uint64_t table = l->slot & ~0xfffULL;

		/* the accessed bit may be set at any moment */
		if (phys_read(l->slot, &value, 8) && !((value ^ l->entry) & ~0x20ULL))
			good++;
		else
			printf("# level %u slot 0x%llx: entry 0x%llx, memory 0x%lx\n", l->level,
			       (unsigned long long)l->slot, (unsigned long long)l->entry, value);
		if (l->slot - table == 8ULL * l->index &&
		    (!i || table == (w.level[i - 1].entry & 0x000ffffffffff000ULL)))
			next++;
	}
	ok(good == w.nr_levels && good >= 1, "%s: all %u entries are in physical memory",
	   what, w.nr_levels);
	ok(next == w.nr_levels, "%s: each slot lies in the table that the entry above points to", what);
}

static uint64_t symbol(const char *name)
{
	char line[512], found[256];
	unsigned long address = 0, at;
	FILE *f = fopen("/proc/kallsyms", "r");

	while (f && !address && fgets(line, sizeof(line), f))
		if (sscanf(line, "%lx %*c %255s", &at, found) == 2 && !strcmp(found, name))
			address = at;
	if (f)
		fclose(f);
	return address;
}

/* First byte of a line of /proc/iomem. */
static uint64_t iomem(const char *name)
{
	char line[256];
	unsigned long start = 0, last;
	FILE *f = fopen("/proc/iomem", "r");

	while (f && fgets(line, sizeof(line), f))
		if (strstr(line, name) && sscanf(line, "%lx-%lx", &start, &last) == 2)
			break;
	if (f)
		fclose(f);
	return start;
}

/* Where an address of the kernel half leads: physical address, rights; 0 if nowhere. */
static uint64_t translate(int fd, uint64_t va, char *rights)
{
	struct mmscope_walk w = { .size = sizeof(w), .va = va, .flags = MMSCOPE_HALF_KERNEL };
	const struct mmscope_level *l;
	bool write = true, exec = true;
	uint64_t span, frame;
	unsigned int i;

	if (dev_call(fd, MMSCOPE_IOC_WALK, &w) || w.result != MMSCOPE_END_LEAF ||
	    !(w.out_flags & MMSCOPE_OUT_UNSTABLE))
		return 0;
	for (i = 0; i < w.nr_levels; i++) {
		write &= w.level[i].entry >> 1 & 1;
		exec &= !(w.level[i].entry >> 63);
	}
	sprintf(rights, "%c%c", write ? 'w' : '-', exec ? 'x' : '-');
	l = &w.level[w.nr_levels - 1];
	span = PAGE << (9 * l->level);
	frame = l->entry & 0x000ffffffffff000ULL & ~(span - 1);
	return frame + (va & (span - 1));
}

static void check_kernel(int fd, const char *what, uint64_t va, const char *want)
{
	unsigned char by_va[64], by_pa[64];
	char rights[3] = "";
	uint64_t pa = va ? translate(fd, va, rights) : 0;

	ok(pa && !strcmp(rights, want), "%s: mapped, rights %s", what, want);
	ok(pa && phys_read_virtual(va, by_va, 64) && phys_read(pa, by_pa, 64) &&
	   !memcmp(by_va, by_pa, 64), "%s: the physical memory there holds what the address holds",
	   what);
	check(fd, what, (const void *)va, MMSCOPE_HALF_KERNEL);
}

/* A vmalloc area with pages, from /proc/vmallocinfo: its address. */
static uint64_t vmalloc_area(void)
{
	char line[512];
	unsigned long start, end, found = 0;
	FILE *f = fopen("/proc/vmallocinfo", "r");

	while (f && !found && fgets(line, sizeof(line), f))
		if (strstr(line, "vmalloc") && strstr(line, "pages=") &&
		    sscanf(line, "0x%lx-0x%lx", &start, &end) == 2)
			found = start;
	if (f)
		fclose(f);
	return found;
}

static const struct mmscope_region *region(const struct mmscope_layout *l, const void *buffer,
					   const char *name)
{
	const struct mmscope_region *r = buffer;
	unsigned int i;

	for (i = 0; i < l->count; i++)
		if (!strcmp(r[i].name, name))
			return &r[i];
	return NULL;
}

static bool inside(const struct mmscope_region *r, uint64_t va)
{
	return r && va >= r->start && va < r->end;
}

/* The layout against the segments of kcore, and where known things are. */
static void check_layout(int fd, const void *buffer)
{
	struct mmscope_layout l = { .size = sizeof(l) };
	const struct mmscope_region *direct, *vmalloc;
	unsigned int i, ram = 0, fits = 0, vm = 0;
	const Elf64_Phdr *p;

	if (dev_call(fd, MMSCOPE_IOC_LAYOUT, &l))
		die("LAYOUT");
	direct = region(&l, buffer, "direct_map");
	vmalloc = region(&l, buffer, "vmalloc");
	for (i = 0; i < phys_segments; i++) {
		p = &phys_segment[i];
		if (p->p_type != PT_LOAD)
			continue;
		vm += vmalloc && p->p_vaddr == vmalloc->start;
		if (!inside(direct, p->p_vaddr))
			continue;
		ram++;
		fits += p->p_vaddr - p->p_paddr == direct->start &&
			p->p_vaddr + p->p_memsz <= direct->end;
	}
	ok(ram && fits == ram, "direct_map begins where physical address 0 is (%u segments)", ram);
	ok(vm == 1, "vmalloc begins where /proc/kcore says");
	ok(inside(region(&l, buffer, "kernel_text"), symbol("_text")), "_text is in kernel_text");
	ok(inside(region(&l, buffer, "modules"), symbol("mmscope_answer_walk")),
	   "our own code is in modules");
	ok(inside(vmalloc, vmalloc_area()), "a vmalloc area is in vmalloc");
	if (symbol("vmemmap_base"))
		ok(phys_read_virtual(symbol("vmemmap_base"), &p, 8) && region(&l, buffer, "vmemmap") &&
		   region(&l, buffer, "vmemmap")->start == (uintptr_t)p,
		   "vmemmap begins at vmemmap_base");
}

static void check_direct_map(int fd, const void *buffer, void *page)
{
	struct mmscope_layout l = { .size = sizeof(l) };
	int pagemap = open_pagemap(getpid());
	char rights[3] = "";
	uint64_t pm, pa;

	if (dev_call(fd, MMSCOPE_IOC_LAYOUT, &l) ||
	    pread(pagemap, &pm, 8, (uintptr_t)page / PAGE * 8) != 8)
		die("pagemap");
	close(pagemap);
	pa = (pm & ((1ULL << 55) - 1)) * PAGE;
	ok(translate(fd, region(&l, buffer, "direct_map")->start + pa, rights) == pa &&
	   !strcmp(rights, "w-"), "the direct map leads to a page of ours, where pagemap says it is");
	check_kernel(fd, "direct map", region(&l, buffer, "direct_map")->start + pa, "w-");
}

static uint64_t *top_half(int fd, const char *buffer, const struct mmscope_info *info,
			  uint32_t flags)
{
	struct mmscope_scan s = {
		.size = sizeof(s), .flags = MMSCOPE_SCAN_BLOCKS | MMSCOPE_HALF_KERNEL | flags,
		.start = info->kernel_start, .end = -PAGE, .levels = 1U << (info->levels - 1),
	};
	const struct mmscope_record *r = (const void *)buffer;
	uint64_t *copy = malloc(256 * 8);

	if (dev_call(fd, MMSCOPE_IOC_SCAN, &s) || r->nr != 256 || r->type != MMSCOPE_REC_BLOCK)
		die("SCAN of the top table");
	memcpy(copy, r + 1, 256 * 8);
	return copy;
}

/* The kernel half is one: another process has the same tables in it. */
static void check_shared(const char *buffer, int fd, const struct mmscope_info *info)
{
	int other = dev_open(), i, used = 0, differ = 0;
	uint64_t *a, *b;
	const char *buffer2;

	if (dev_attach(other, 1))
		die("ATTACH");
	buffer2 = dev_map(other);
	a = top_half(fd, buffer, info, 0);
	b = top_half(other, buffer2, info, 0);
	for (i = 0; i < 256; i++) {
		/* accessed; and the LDT of a process, the one slot of its own (PTI) */
		differ += ((a[i] ^ b[i]) & ~0x20ULL) && i != 512 - 240 - 256;
		used += !!a[i];
	}
	ok(used > 3 && !differ, "process 1 has the same %d tables in the kernel half", used);
	close(other);
}

/* Page-table isolation: the second top table, and what user mode sees of the kernel. */
static void check_isolation(int fd, const char *buffer, const struct mmscope_info *info)
{
	struct mmscope_walk w = { .size = sizeof(w), .va = (uintptr_t)check_isolation };
	struct mmscope_walk u = w;
	uint64_t *kernel, *user;
	int i, in_kernel = 0, in_user = 0;

	if (!(info->features & MMSCOPE_FEATURE_PTI)) {
		skip("page-table isolation", "it is off in this guest");
		return;
	}
	u.flags = MMSCOPE_TOP_USER;
	if (dev_call(fd, MMSCOPE_IOC_WALK, &w) || dev_call(fd, MMSCOPE_IOC_WALK, &u))
		die("WALK");
	ok(u.level[0].slot == w.level[0].slot + PAGE, "user mode's top table lies beside the kernel's");
	ok(w.level[0].entry >> 63 && !(u.level[0].entry >> 63) &&
	   !((w.level[0].entry ^ u.level[0].entry) & ~(1ULL << 63 | 0x20)),
	   "the top entries differ in NX, which the kernel's has");
	ok(u.nr_levels == w.nr_levels && u.level[1].slot == w.level[1].slot,
	   "below the top they share the tables");
	check(fd, "text, by user mode's table", (const void *)check_isolation, MMSCOPE_TOP_USER);
	kernel = top_half(fd, buffer, info, 0);
	user = top_half(fd, buffer, info, MMSCOPE_TOP_USER);
	for (i = 0; i < 256; i++) {
		in_kernel += !!kernel[i];
		in_user += !!user[i];
	}
	ok(in_user && in_user < in_kernel, "user mode's table has %d of %d slots of the kernel half",
	   in_user, in_kernel);
	w.va = symbol("init_task");
	w.flags = MMSCOPE_HALF_KERNEL | MMSCOPE_TOP_USER;
	ok(w.va && !dev_call(fd, MMSCOPE_IOC_WALK, &w) && w.result != MMSCOPE_END_LEAF,
	   "kernel data is not mapped there");
	w.va = symbol("entry_SYSCALL_64");
	ok(w.va && !dev_call(fd, MMSCOPE_IOC_WALK, &w) && w.result == MMSCOPE_END_LEAF,
	   "the system call entry is");
}

static int global = 1;

int main(void)
{
	struct mmscope_info info;
	const void *buffer;
	uint64_t text;
	char rights[3];

	int local = 1, fd = dev_open();
	char *heap = malloc(1 << 20), *empty;

	if (!phys_open()) {
		skip("ladder against physical memory", "no readable /proc/kcore");
		return tap_end();
	}
	if (dev_attach(fd, getpid()))
		die("ATTACH");
	memset(heap, 1, 1 << 20);
	empty = mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	check(fd, "text", (const void *)main, 0);
	check(fd, "data", &global, 0);
	check(fd, "stack", &local, 0);
	check(fd, "heap", heap + 70000, 0);
	check(fd, "untouched page", empty, 0);
	buffer = dev_map(fd);
	info = dev_info(fd);
	check_layout(fd, buffer);
	text = symbol("_text");
	ok(text && translate(fd, text, rights) == iomem("Kernel code"),
	   "_text is where /proc/iomem has the kernel's code");
	check_kernel(fd, "kernel text", text, "-x");
	check_kernel(fd, "kernel constant", symbol("linux_banner"), "--");
	check_kernel(fd, "kernel data", symbol("init_task"), "w-");
	check_kernel(fd, "module text", symbol("mmscope_answer_walk"), "-x");
	check_kernel(fd, "vmalloc", vmalloc_area(), "w-");
	check_direct_map(fd, buffer, heap);
	check_shared(buffer, fd, &info);
	check_isolation(fd, buffer, &info);
	return tap_end();
}
