/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Memory by its physical address, and the kernel's by its virtual one, through
 * /proc/kcore: an ELF view (fs/proc/kcore.c) in which RAM segments carry their
 * physical address. An oracle that knows nothing of page tables.
 */
#ifndef MMSCOPE_TEST_PHYS_H
#define MMSCOPE_TEST_PHYS_H

#include <elf.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <unistd.h>

static int phys_kcore;
static Elf64_Phdr phys_segment[256];
static unsigned int phys_segments;

static inline bool phys_open(void)
{
	Elf64_Ehdr head;

	phys_kcore = open("/proc/kcore", O_RDONLY);
	if (phys_kcore < 0 || pread(phys_kcore, &head, sizeof(head), 0) != sizeof(head))
		return false;
	phys_segments = head.e_phnum < 256 ? head.e_phnum : 256;
	return pread(phys_kcore, phys_segment, phys_segments * sizeof(*phys_segment), head.e_phoff) ==
	       (ssize_t)(phys_segments * sizeof(*phys_segment));
}

static inline bool phys_read(uint64_t pa, void *value, size_t len)
{
	unsigned int i;

	for (i = 0; i < phys_segments; i++) {
		const Elf64_Phdr *p = &phys_segment[i];

		/* segments that are no RAM have physical address 0 or -1 */
		if (p->p_type != PT_LOAD || pa < p->p_paddr || pa - p->p_paddr >= p->p_memsz ||
		    p->p_vaddr >= 0xffffffff80000000ULL || p->p_paddr == 0xffffffffffffffffULL)
			continue;
		if (!p->p_paddr && pa > (1ULL << 20))
			continue;
		return pread(phys_kcore, value, len, p->p_offset + (pa - p->p_paddr)) == (ssize_t)len;
	}
	return false;
}

static inline bool phys_read_virtual(uint64_t va, void *value, size_t len)
{
	unsigned int i;

	for (i = 0; i < phys_segments; i++) {
		const Elf64_Phdr *p = &phys_segment[i];

		if (p->p_type == PT_LOAD && va >= p->p_vaddr && va - p->p_vaddr < p->p_memsz)
			return pread(phys_kcore, value, len, p->p_offset + (va - p->p_vaddr)) ==
			       (ssize_t)len;
	}
	return false;
}

#endif /* MMSCOPE_TEST_PHYS_H */
