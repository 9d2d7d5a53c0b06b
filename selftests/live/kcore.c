// SPDX-License-Identifier: GPL-2.0-only
/*
 * The ladder against physical memory: WALK gives the physical address of every
 * slot; read there through /proc/kcore and find the same entry. Oracle: the
 * kernel's own ELF view of its memory (fs/proc/kcore.c), in which RAM segments
 * carry their physical address.
 */
#include "dev.h"
#include "tap.h"

#include <elf.h>

static int kcore;
static Elf64_Phdr segment[256];
static unsigned int nr_segments;

static bool open_kcore(void)
{
	Elf64_Ehdr head;

	kcore = open("/proc/kcore", O_RDONLY);
	if (kcore < 0 || pread(kcore, &head, sizeof(head), 0) != sizeof(head))
		return false;
	nr_segments = head.e_phnum < 256 ? head.e_phnum : 256;
	return pread(kcore, segment, nr_segments * sizeof(*segment), head.e_phoff) ==
	       (ssize_t)(nr_segments * sizeof(*segment));
}

static bool read_physical(uint64_t pa, uint64_t *value)
{
	unsigned int i;

	for (i = 0; i < nr_segments; i++) {
		const Elf64_Phdr *p = &segment[i];

		/* segments that are no RAM have physical address 0 or -1 */
		if (p->p_type != PT_LOAD || pa < p->p_paddr || pa - p->p_paddr >= p->p_memsz ||
		    p->p_vaddr >= 0xffffffff80000000ULL || p->p_paddr == 0xffffffffffffffffULL)
			continue;
		if (!p->p_paddr && pa > (1ULL << 20))
			continue;
		return pread(kcore, value, 8, p->p_offset + (pa - p->p_paddr)) == 8;
	}
	return false;
}

static void check(int fd, const char *what, const void *address)
{
	struct mmscope_walk w = { .size = sizeof(w), .va = (uintptr_t)address };
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
		if (read_physical(l->slot, &value) && !((value ^ l->entry) & ~0x20ULL))
			good++;
		else
			printf("# level %u slot 0x%llx: entry 0x%llx, memory 0x%lx\n", l->level,
			       (unsigned long long)l->slot, (unsigned long long)l->entry, value);
		if (l->slot - table == 8ULL * l->index &&
		    (!i || table == (w.level[i - 1].entry & 0x000ffffffffff000ULL)))
			next++;
	}
	ok(good == w.nr_levels && w.nr_levels >= 4, "%s: all %u entries are in physical memory",
	   what, w.nr_levels);
	ok(next == w.nr_levels, "%s: each slot lies in the table that the entry above points to", what);
}

static int global = 1;

int main(void)
{
	int local = 1, fd = dev_open();
	char *heap = malloc(1 << 20), *empty;

	if (!open_kcore()) {
		skip("ladder against physical memory", "no readable /proc/kcore");
		return tap_end();
	}
	if (dev_attach(fd, getpid()))
		die("ATTACH");
	memset(heap, 1, 1 << 20);
	empty = mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	check(fd, "text", (const void *)main);
	check(fd, "data", &global);
	check(fd, "stack", &local);
	check(fd, "heap", heap + 70000);
	check(fd, "untouched page", empty);
	return tap_end();
}
