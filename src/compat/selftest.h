/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Differences between kernels in the helpers that only the self-test calls, found
 * and noted as in compat.h. Arguments are evaluated once or are plain variables.
 */
#ifndef MMSCOPE_COMPAT_SELFTEST_H
#define MMSCOPE_COMPAT_SELFTEST_H

#include "compat/compat.h"

#include <linux/mm_inline.h>	/* includes leafops.h where there is one */
#include <linux/string.h>

/* 7.3: the userfaultfd bit covers write and read-write protection. */
#ifdef _PAGE_BIT_UFFD
#define mmscope_compat_pte_uffd(pte)		pte_uffd(pte)
#define mmscope_compat_pmd_uffd(pmd)		pmd_uffd(pmd)
#define mmscope_compat_pte_swp_uffd(pte)	pte_swp_uffd(pte)
#define mmscope_compat_pmd_swp_uffd(pmd)	pmd_swp_uffd(pmd)
#define mmscope_compat_pte_mkuffd(pte)		pte_mkuffd(pte)
#define mmscope_compat_pmd_mkuffd(pmd)		pmd_mkuffd(pmd)
#define mmscope_compat_pte_swp_mkuffd(pte)	pte_swp_mkuffd(pte)
#else
#define mmscope_compat_pte_uffd(pte)		pte_uffd_wp(pte)
#define mmscope_compat_pmd_uffd(pmd)		pmd_uffd_wp(pmd)
#define mmscope_compat_pte_swp_uffd(pte)	pte_swp_uffd_wp(pte)
#define mmscope_compat_pmd_swp_uffd(pmd)	pmd_swp_uffd_wp(pmd)
#define mmscope_compat_pte_mkuffd(pte)		pte_mkuffd_wp(pte)
#define mmscope_compat_pmd_mkuffd(pmd)		pmd_mkuffd_wp(pmd)
#define mmscope_compat_pte_swp_mkuffd(pte)	pte_swp_mkuffd_wp(pte)
#endif

/* 5.19 (1493a1913e34): exclusive marker of anonymous swap entries. */
#ifdef _PAGE_SWP_EXCLUSIVE
#define mmscope_compat_pte_swp_exclusive(pte)	pte_swp_exclusive(pte)
#define mmscope_compat_pte_swp_mkexclusive(pte)	pte_swp_mkexclusive(pte)
#else
#define mmscope_compat_pte_swp_exclusive(pte)	0
#define mmscope_compat_pte_swp_mkexclusive(pte)	(pte)
#endif

/* 6.17 (d438d2734170): no more DEVMAP bit. */
#ifdef _PAGE_BIT_DEVMAP
#define mmscope_compat_pte_devmap(pte)	pte_devmap(pte)
#define mmscope_compat_pmd_devmap(pmd)	pmd_devmap(pmd)
#else
#define mmscope_compat_pte_devmap(pte)	0
#define mmscope_compat_pmd_devmap(pmd)	0
#endif

/*
 * 6.6 (bb3aadf7d446): a dirty entry that loses W keeps the fact in another bit. D
 * without W is a shadow stack's, if the CPU has them.
 */
#ifdef _PAGE_BIT_SAVED_DIRTY
#define MMSCOPE_NAME_PROTECTED_DIRTY	"saved_dirty"
#define mmscope_compat_pte_shstk(pte)	pte_shstk(pte)
#define mmscope_compat_pmd_shstk(pmd)	pmd_shstk(pmd)
#else
#define MMSCOPE_NAME_PROTECTED_DIRTY	"dirty"
#define mmscope_compat_pte_shstk(pte)	0
#define mmscope_compat_pmd_shstk(pmd)	0
#endif

/* 7.3: the option that allows migration entries at level 1 has a new name. */
#define MMSCOPE_HUGE_LEAVES	(IS_ENABLED(CONFIG_ARCH_ENABLE_THP_MIGRATION) ||	\
				 IS_ENABLED(CONFIG_ARCH_HAS_PMD_SOFTLEAVES))

/*
 * Constructors of entries that are not present; where a kernel lacks one, that of
 * something else, which the table of tests leaves out. 5.14 ("mm/swapops: rework
 * swap entry manipulation code"): they take a frame; before, a page, and the
 * predicates had other names. mmscope_compat_leaf_arg() is the frame they get.
 */
#ifdef MMSCOPE_HAVE_WRITABLE_MIGRATION
#define mmscope_compat_leaf_arg(page, pfn)		(pfn)
#define mmscope_compat_migration_read(page, pfn)	make_readable_migration_entry(pfn)
#define mmscope_compat_migration_write(page, pfn)	make_writable_migration_entry(pfn)
#define mmscope_compat_device_read(page, pfn)		make_readable_device_private_entry(pfn)
#define mmscope_compat_device_write(page, pfn)		make_writable_device_private_entry(pfn)
#define mmscope_compat_is_migration_write(leaf)		is_writable_migration_entry(leaf)
#define mmscope_compat_is_device_write(leaf)		is_writable_device_private_entry(leaf)
#else
#define mmscope_compat_leaf_arg(page, pfn)		page_to_pfn(page)
#define mmscope_compat_migration_read(page, pfn)	make_migration_entry(page, 0)
#define mmscope_compat_migration_write(page, pfn)	make_migration_entry(page, 1)
#define mmscope_compat_device_read(page, pfn)		make_device_private_entry(page, 0)
#define mmscope_compat_device_write(page, pfn)		make_device_private_entry(page, 1)
#define mmscope_compat_is_migration_write(leaf)		is_write_migration_entry(leaf)
#define mmscope_compat_is_device_write(leaf)		is_write_device_private_entry(leaf)
#endif
#ifdef SWP_MIGRATION_READ_EXCLUSIVE
#define mmscope_compat_migration_exclusive(pfn)	make_readable_exclusive_migration_entry(pfn)
#else
#define mmscope_compat_migration_exclusive(pfn)	swp_entry(0, pfn)
#endif
/* 6.15 (c25465eb7630): one kind of exclusive entry where there were two. */
#ifdef SWP_DEVICE_EXCLUSIVE
#define mmscope_compat_device_exclusive(pfn)	make_device_exclusive_entry(pfn)
#else
#define mmscope_compat_device_exclusive(pfn)	swp_entry(0, pfn)
#endif
#ifdef SWP_DEVICE_EXCLUSIVE_READ
#define mmscope_compat_device_exclusive_read(pfn)	make_readable_device_exclusive_entry(pfn)
#define mmscope_compat_device_exclusive_write(pfn)	make_writable_device_exclusive_entry(pfn)
#else
#define mmscope_compat_device_exclusive_read(pfn)	swp_entry(0, pfn)
#define mmscope_compat_device_exclusive_write(pfn)	swp_entry(0, pfn)
#endif
/* 5.19 to 6.1 ("unuse_pte can map random data if swap read fails"): a kind of its own. */
#ifdef SWP_SWAPIN_ERROR
#define mmscope_compat_swapin_error(page)	make_swapin_error_entry(page)
#else
#define mmscope_compat_swapin_error(page)	swp_entry(0, page_to_pfn(page))
#endif
/* 5.19 ("mm: introduce PTE_MARKER swap entry"): markers. */
#ifdef PTE_MARKER_UFFD_WP
#define mmscope_compat_marker(marks)	make_pte_marker(marks)
#else
#define mmscope_compat_marker(marks)	__pte(marks)
#endif

/* 6.1 (2e3468778dbe): what migration keeps of the accessed and the dirty bit. */
#ifdef SWP_MIG_YOUNG
#define mmscope_compat_leaf_bit(leaf, bit)	((swp_offset(leaf) & SWP_MIG_##bit) != 0)
#else
#define mmscope_compat_leaf_bit(leaf, bit)	0
#endif

/*
 * What the kernel makes of them; mmscope_compat_leaf_name() by the names of
 * kinds.def. 6.19 ("mm: introduce leaf entry type and use to simplify leaf entry
 * logic"): softleaf_t.
 */
#ifdef LEAF_TYPE_SHIFT
#define mmscope_compat_leaf(raw)		softleaf_from_pte(__pte(raw))
#define mmscope_compat_huge_leaf(raw)		softleaf_from_pmd(__pmd(raw))
#define mmscope_compat_leaf_has_pfn(leaf)	softleaf_has_pfn(leaf)
#define mmscope_compat_leaf_pfn(leaf)		softleaf_to_pfn(leaf)
#define mmscope_compat_leaf_marks(leaf)		softleaf_to_marker(leaf)

static inline const char *mmscope_compat_leaf_name(softleaf_t leaf)
{
	static const char * const name[] = {
		[SOFTLEAF_NONE] = "none",
		[SOFTLEAF_SWAP] = "swap",
		[SOFTLEAF_MIGRATION_READ] = "migration_read",
		[SOFTLEAF_MIGRATION_READ_EXCLUSIVE] = "migration_read_exclusive",
		[SOFTLEAF_MIGRATION_WRITE] = "migration_write",
		[SOFTLEAF_DEVICE_PRIVATE_READ] = "device_private_read",
		[SOFTLEAF_DEVICE_PRIVATE_WRITE] = "device_private_write",
		[SOFTLEAF_DEVICE_EXCLUSIVE] = "device_exclusive",
		[SOFTLEAF_HWPOISON] = "hwpoison",
		[SOFTLEAF_MARKER] = "marker",
	};

	return name[softleaf_type(leaf)];
}
#else
#define mmscope_compat_leaf(raw)	pte_to_swp_entry(__pte(raw))
#define mmscope_compat_huge_leaf(raw)	pmd_to_swp_entry(__pmd(raw))

/* 6.1 (0d206b5d2e0d): the frame no longer fills the whole offset. */
#ifdef SWP_PFN_BITS
#define mmscope_compat_leaf_has_pfn(leaf)	is_pfn_swap_entry(leaf)
#define mmscope_compat_leaf_pfn(leaf)		swp_offset_pfn(leaf)
#else
#define mmscope_compat_leaf_has_pfn(leaf)	\
	(strcmp(mmscope_compat_leaf_name(leaf), "swap") != 0)
#define mmscope_compat_leaf_pfn(leaf)		swp_offset(leaf)
#endif
#ifdef PTE_MARKER_UFFD_WP
#define mmscope_compat_leaf_marks(leaf)		pte_marker_get(leaf)
#else
#define mmscope_compat_leaf_marks(leaf)		0
#endif

static inline const char *mmscope_compat_leaf_name(swp_entry_t leaf)
{
	if (!non_swap_entry(leaf))
		return "swap";
	if (is_hwpoison_entry(leaf))
		return "hwpoison";
#ifdef SWP_MIGRATION_READ_EXCLUSIVE
	if (is_readable_exclusive_migration_entry(leaf))
		return "migration_read_exclusive";
#endif
	if (is_migration_entry(leaf))
		return mmscope_compat_is_migration_write(leaf) ? "migration_write" :
								 "migration_read";
	if (is_device_private_entry(leaf))
		return mmscope_compat_is_device_write(leaf) ? "device_private_write" :
							      "device_private_read";
#ifdef SWP_DEVICE_EXCLUSIVE_READ
	if (is_device_exclusive_entry(leaf))
		return is_writable_device_exclusive_entry(leaf) ? "device_exclusive_write" :
								  "device_exclusive_read";
#endif
#ifdef SWP_SWAPIN_ERROR
	if (is_swapin_error_entry(leaf))
		return "swapin_error";
#endif
#ifdef SWP_PTE_MARKER
	if (is_pte_marker_entry(leaf))
		return "marker";
#endif
	return "unknown";
}
#endif

#endif /* MMSCOPE_COMPAT_SELFTEST_H */
