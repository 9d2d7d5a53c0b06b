/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What entries mean on one kernel, as INFO reports it: the only knowledge
 * decode.h works from. The module has one for itself, the tool one per source.
 */
#ifndef MMSCOPE_FORMAT_H
#define MMSCOPE_FORMAT_H

#include <linux/mmscope.h>

/* Hardware bits that are the same on every x86-64 CPU (SDM vol. 3A, 4.5.5). */
#define MMSCOPE_P	0x001ULL /* present */
#define MMSCOPE_W	0x002ULL /* writable */
#define MMSCOPE_U	0x004ULL /* user */
#define MMSCOPE_A	0x020ULL /* accessed */
#define MMSCOPE_D	0x040ULL /* dirty */
#define MMSCOPE_PS	0x080ULL /* page size: a leaf at levels 1 and 2 */
#define MMSCOPE_PN	0x100ULL /* protnone, when not present (pgtable_types.h) */
#define MMSCOPE_UFFD	0x400ULL /* userfaultfd (pgtable_types.h: SOFTW2) */
#define MMSCOPE_NX	(1ULL << 63)

/* An entry with at most these set is empty (pte_none(): a KNL erratum). */
#define MMSCOPE_NONE_IGNORES	(MMSCOPE_A | MMSCOPE_D)

/* Highest level whose entries can map memory: 1 GiB pages, in a PUD. */
#define MMSCOPE_LEAF_MAX	2

/**
 * struct mmscope_format - the format description of one kernel
 * @info: as INFO filled it in; its three pointers are not used
 * @bits: info.nr_bits rows
 * @kinds: info.nr_kinds rows
 * @vma_flags: info.nr_vma_flags rows
 */
struct mmscope_format {
	struct mmscope_info info;
	const struct mmscope_bit *bits;
	const struct mmscope_kind *kinds;
	const struct mmscope_vma_flag *vma_flags;
};

/* log2 of the bytes one slot of a table at @level stands for. */
static inline unsigned int mmscope_span_shift(unsigned int level)
{
	return 12 + 9 * level;
}

/* Bytes one slot of a table at @level stands for. */
static inline __u64 mmscope_span(unsigned int level)
{
	return 1ULL << mmscope_span_shift(level);
}

/* Slot number of @va in its table at @level. */
static inline unsigned int mmscope_index(__u64 va, unsigned int level)
{
	return (va >> mmscope_span_shift(level)) & (MMSCOPE_SLOTS - 1);
}

/*
 * The one name table of levels. The top is the PGD whatever the depth: with 4
 * levels the kernel folds the P4D into it.
 */
static inline const char *mmscope_level_name(const struct mmscope_format *f,
					     unsigned int level)
{
	static const char * const name[] = { "pte", "pmd", "pud", "p4d", "pgd" };

	if (level + 1 >= f->info.levels)
		return "pgd";
	return name[level];
}

/* How the kernel keeps the VMAs, in words. */
static inline const char *mmscope_tree_name(__u64 tree)
{
	return tree == MMSCOPE_VMA_TREE_MAPLE ? "maple tree" :
	       tree == MMSCOPE_VMA_TREE_LIST ? "list+rbtree" : "unknown";
}

/*
 * Rights of a VMA as in /proc/PID/maps, into five bytes. VM_READ, VM_WRITE,
 * VM_EXEC and VM_MAYSHARE are bits 0, 1, 2 and 7 on every kernel (mm.h).
 */
static inline void mmscope_perms(__u64 vm_flags, char *perms)
{
	perms[0] = vm_flags & 0x01 ? 'r' : '-';
	perms[1] = vm_flags & 0x02 ? 'w' : '-';
	perms[2] = vm_flags & 0x04 ? 'x' : '-';
	perms[3] = vm_flags & 0x80 ? 's' : 'p';
	perms[4] = '\0';
}

#endif /* MMSCOPE_FORMAT_H */
