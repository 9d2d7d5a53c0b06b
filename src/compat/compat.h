/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Every difference between kernels; this file, pageflags.h and memcg.h for FRAMES,
 * and selftest.h for the self-test are the only ones of the module with conditionals
 * about them. Detected by presence: a header, a macro, or a compile probe
 * (probes.list, whose answers are in probed.h). Each stanza names the upstream
 * change it follows.
 */
#ifndef MMSCOPE_COMPAT_H
#define MMSCOPE_COMPAT_H

#include <linux/version.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/sched/mm.h>
#include <linux/swap.h>		/* before swapops.h: 5.10 breaks otherwise */
#include <linux/swapops.h>
#include <linux/mempolicy.h>
#include <linux/kernel-page-flags.h>
#include <linux/page-flags.h>
#include <linux/mmscope.h>
#include <asm/pgtable.h>

#include "compat/probed.h"

#if LINUX_VERSION_CODE < KERNEL_VERSION(5, 10, 0)
#error "mmscope needs Linux 5.10 or later"
#endif
#ifndef CONFIG_X86_64
#error "mmscope is for x86-64"
#endif

/* 6.1 (d4af56c5c7c6): VMAs moved from list and rbtree to a maple tree. */
#if __has_include(<linux/maple_tree.h>)
#define MMSCOPE_VMA_TREE	MMSCOPE_VMA_TREE_MAPLE
#else
#define MMSCOPE_VMA_TREE	MMSCOPE_VMA_TREE_LIST
#endif

/* 5.18 (b577f542f93c): confidential computing masks; cc_mkdec() exported. */
#if __has_include(<asm/coco.h>)
#include <asm/coco.h>
#define MMSCOPE_SHARED_MASK	cc_mkdec(0)
#else
#define MMSCOPE_SHARED_MASK	0
#endif

/* 5.19 (78fbe906cc90): anonymous pages of one process are marked; see pageflags.h. */
#ifdef MMSCOPE_HAVE_PG_ANON_EXCLUSIVE
#define MMSCOPE_KNOWS_EXCLUSIVE	true
#else
#define MMSCOPE_KNOWS_EXCLUSIVE	false
#endif

/*
 * 6.5 (11250fd12eb8): one rule for [heap] and [stack], with < and > where the
 * older show_map_vma() had <= and >=. The same rule serves on every kernel.
 */
#ifdef MMSCOPE_HAVE_INITIAL_HEAP
#define mmscope_compat_is_heap(vma)	vma_is_initial_heap(vma)
#else
#define mmscope_compat_is_heap(vma)			\
	((vma)->vm_start < (vma)->vm_mm->brk &&		\
	 (vma)->vm_end > (vma)->vm_mm->start_brk)
#endif
#define mmscope_compat_is_stack(vma)			\
	((vma)->vm_start <= (vma)->vm_mm->start_stack &&	\
	 (vma)->vm_end >= (vma)->vm_mm->start_stack)

/* 6.2 (f1a7941243c1): RSS in per-CPU counters; the sum is the exact value. */
#ifdef MMSCOPE_HAVE_MM_COUNTER_SUM
#define mmscope_compat_mm_counter(mm, member)	get_mm_counter_sum(mm, member)
#else
#define mmscope_compat_mm_counter(mm, member)	get_mm_counter(mm, member)
#endif

/* 5.17 (9a10064f5625): names of anonymous VMAs; shares a union before 6.2. */
#ifdef CONFIG_ANON_VMA_NAME
#define mmscope_compat_anon_name(vma)	\
	(!(vma)->vm_file && (vma)->anon_name ? (vma)->anon_name->name : NULL)
#else
#define mmscope_compat_anon_name(vma)	((const char *)NULL)
#endif

/* Mode of the VMA's own NUMA policy, -1 if it has none. */
#ifdef CONFIG_NUMA
#define mmscope_compat_policy(vma)	\
	((vma)->vm_policy ? (int)(vma)->vm_policy->mode : -1)
#else
#define mmscope_compat_policy(vma)	-1
#endif

/*
 * 5.11 (18b2db3b0385): before, "charged to a memory cgroup" was a page type, in
 * the place of the map count: such a page must not be mapped to user space.
 */
#ifdef PG_kmemcg
#define MMSCOPE_GFP_BUFFER	GFP_KERNEL
#else
#define MMSCOPE_GFP_BUFFER	GFP_KERNEL_ACCOUNT
#endif

/* 6.8 (def3ae83da02): the file of an overlayfs mapping is the layer's. */
#ifdef MMSCOPE_HAVE_FILE_USER_PATH
#define mmscope_compat_path(file)	file_user_path(file)
#define mmscope_compat_inode(file)	file_user_inode(file)
#else
#define mmscope_compat_path(file)	(&(file)->f_path)
#define mmscope_compat_inode(file)	file_inode(file)
#endif

/* 5.17: folios; KSM and swap-backed are asked of the folio, later only of it. */
#ifdef MMSCOPE_HAVE_FOLIO
#define mmscope_compat_is_ksm(head)		folio_test_ksm(page_folio(head))
#else
#define mmscope_compat_is_ksm(head)		PageKsm(head)
#endif

/*
 * The bit itself: folio_test_swapbacked() asserts that the page is no tail, which
 * one that nobody holds may become at any moment. 6.18: flags in a structure.
 */
#ifdef MMSCOPE_HAVE_MEMDESC_FLAGS
#define mmscope_compat_flags(page)		READ_ONCE((page)->flags.f)
#else
#define mmscope_compat_flags(page)		READ_ONCE((page)->flags)
#endif
#define mmscope_compat_is_swapbacked(head)	(mmscope_compat_flags(head) & BIT(PG_swapbacked))

/* 6.16 ("mm: remove PAGE_MAPPING_MOVABLE"): zsmalloc's and others', with no type before. */
#ifdef PAGE_MAPPING_MOVABLE
#define mmscope_compat_is_movable_ops(head)	\
	(((unsigned long)(head)->mapping & PAGE_MAPPING_FLAGS) == PAGE_MAPPING_MOVABLE)
#else
#define mmscope_compat_is_movable_ops(head)	false
#endif

/* 6.14 ("slab: allocate frozen pages"): kmalloc memory without a reference. */
#ifdef MMSCOPE_HAVE_LARGE_KMALLOC
#define mmscope_compat_is_large_kmalloc(head)	PageLargeKmalloc(head)
#else
#define mmscope_compat_is_large_kmalloc(head)	false
#endif

/* A kernel built without page-table isolation has one top table. */
#ifdef PTI_PGTABLE_SWITCH_BIT
#define mmscope_compat_user_top(top)	kernel_to_user_pgdp(top)
#else
#define mmscope_compat_user_top(top)	(top)
#endif

/*
 * 6.19: stable_page_flags() is exported and knows the huge zero page. Before, it
 * is what it looks like: a folio of that size which belongs to nobody. A driver's
 * buffer looks the same, but is never mapped like it (read-only, in a VMA of
 * anonymous memory): who shows it has to ask that as well.
 */
#ifdef MMSCOPE_HAVE_STABLE_PAGE_FLAGS
static inline bool mmscope_compat_is_huge_zero(struct page *page, struct page *head)
{
	const u64 both = BIT_ULL(KPF_ZERO_PAGE) | BIT_ULL(KPF_THP);

	return (stable_page_flags(page) & both) == both;
}
#else
static inline bool mmscope_compat_is_huge_zero(struct page *page, struct page *head)
{
	return IS_ENABLED(CONFIG_TRANSPARENT_HUGEPAGE) && PageCompound(page) &&
	       compound_order(head) == PMD_SHIFT - PAGE_SHIFT && !PageLRU(head);
}
#endif

/*
 * Masks of the flag table, 0 where a kernel lacks the bit. All are macros of
 * arch/x86/include/asm/pgtable_types.h or pgtable_64.h.
 */
#define MMSCOPE_MASK_PRESENT		_PAGE_PRESENT
#define MMSCOPE_MASK_RW			_PAGE_RW
#define MMSCOPE_MASK_USER		_PAGE_USER
#define MMSCOPE_MASK_PWT		_PAGE_PWT
#define MMSCOPE_MASK_PCD		_PAGE_PCD
#define MMSCOPE_MASK_ACCESSED		_PAGE_ACCESSED
#define MMSCOPE_MASK_DIRTY		_PAGE_DIRTY
#define MMSCOPE_MASK_PSE		_PAGE_PSE
#define MMSCOPE_MASK_PAT		_PAGE_PAT
#define MMSCOPE_MASK_GLOBAL		_PAGE_GLOBAL
#define MMSCOPE_MASK_PROTNONE		_PAGE_PROTNONE
#define MMSCOPE_MASK_SPECIAL		_PAGE_SPECIAL
#define MMSCOPE_MASK_SOFT_DIRTY		_PAGE_SOFT_DIRTY
#define MMSCOPE_MASK_PAT_LARGE		_PAGE_PAT_LARGE
#define MMSCOPE_MASK_PKEY		_PAGE_PKEY_BIT0
#define MMSCOPE_MASK_NX			_PAGE_NX
#define MMSCOPE_MASK_SWP_SOFT_DIRTY	_PAGE_SWP_SOFT_DIRTY

/* 7.3: the userfaultfd bit covers write and read-write protection. */
#ifdef _PAGE_BIT_UFFD
#define MMSCOPE_MASK_UFFD		_PAGE_UFFD
#define MMSCOPE_MASK_SWP_UFFD		_PAGE_SWP_UFFD
#define MMSCOPE_NAME_UFFD		"uffd"
#else
#define MMSCOPE_MASK_UFFD		_PAGE_UFFD_WP
#define MMSCOPE_MASK_SWP_UFFD		_PAGE_SWP_UFFD_WP
#define MMSCOPE_NAME_UFFD		"uffd_wp"
#endif

/* 5.19 (1493a1913e34): exclusive marker of anonymous swap entries. */
#ifdef _PAGE_SWP_EXCLUSIVE
#define MMSCOPE_MASK_SWP_EXCLUSIVE	_PAGE_SWP_EXCLUSIVE
#else
#define MMSCOPE_MASK_SWP_EXCLUSIVE	0
#endif

/* 6.17 (d438d2734170): no more DEVMAP bit. */
#ifdef _PAGE_BIT_DEVMAP
#define MMSCOPE_MASK_DEVMAP		BIT_ULL(_PAGE_BIT_DEVMAP)
#else
#define MMSCOPE_MASK_DEVMAP		0
#endif

/* 6.6 (bb3aadf7d446): dirty bit kept in software while write-protected. */
#ifdef _PAGE_BIT_SAVED_DIRTY
#define MMSCOPE_MASK_SAVED_DIRTY	BIT_ULL(_PAGE_BIT_SAVED_DIRTY)
#else
#define MMSCOPE_MASK_SAVED_DIRTY	0
#endif

#ifdef _PAGE_BIT_NOPTISHADOW
#define MMSCOPE_MASK_NOPTISHADOW	BIT_ULL(_PAGE_BIT_NOPTISHADOW)
#else
#define MMSCOPE_MASK_NOPTISHADOW	0
#endif

#ifdef _PAGE_BIT_KERNEL_4K
#define MMSCOPE_MASK_KERNEL_4K		BIT_ULL(_PAGE_BIT_KERNEL_4K)
#else
#define MMSCOPE_MASK_KERNEL_4K		0
#endif

/*
 * Swap type numbers of kinds.def (include/linux/swap.h), -1 where absent.
 * Before 5.19 migration and device kinds had other sets of names.
 */
#ifdef SWP_HWPOISON
#define MMSCOPE_SWP_HWPOISON		SWP_HWPOISON
#else
#define MMSCOPE_SWP_HWPOISON		-1
#endif
#ifdef SWP_MIGRATION_READ
#define MMSCOPE_SWP_MIGRATION_READ	SWP_MIGRATION_READ
#define MMSCOPE_SWP_MIGRATION_WRITE	SWP_MIGRATION_WRITE
#else
#define MMSCOPE_SWP_MIGRATION_READ	-1
#define MMSCOPE_SWP_MIGRATION_WRITE	-1
#endif
#ifdef SWP_MIGRATION_READ_EXCLUSIVE
#define MMSCOPE_SWP_MIGRATION_READ_EXCLUSIVE	SWP_MIGRATION_READ_EXCLUSIVE
#else
#define MMSCOPE_SWP_MIGRATION_READ_EXCLUSIVE	-1
#endif
#ifdef SWP_DEVICE_READ
#define MMSCOPE_SWP_DEVICE_PRIVATE_READ		SWP_DEVICE_READ
#define MMSCOPE_SWP_DEVICE_PRIVATE_WRITE	SWP_DEVICE_WRITE
#else
#define MMSCOPE_SWP_DEVICE_PRIVATE_READ		-1
#define MMSCOPE_SWP_DEVICE_PRIVATE_WRITE	-1
#endif
/* 6.15 (c25465eb7630): one kind of exclusive entry where there were two. */
#ifdef SWP_DEVICE_EXCLUSIVE
#define MMSCOPE_SWP_DEVICE_EXCLUSIVE		SWP_DEVICE_EXCLUSIVE
#else
#define MMSCOPE_SWP_DEVICE_EXCLUSIVE		-1
#endif
#ifdef SWP_DEVICE_EXCLUSIVE_READ
#define MMSCOPE_SWP_DEVICE_EXCLUSIVE_READ	SWP_DEVICE_EXCLUSIVE_READ
#define MMSCOPE_SWP_DEVICE_EXCLUSIVE_WRITE	SWP_DEVICE_EXCLUSIVE_WRITE
#else
#define MMSCOPE_SWP_DEVICE_EXCLUSIVE_READ	-1
#define MMSCOPE_SWP_DEVICE_EXCLUSIVE_WRITE	-1
#endif
#ifdef SWP_SWAPIN_ERROR
#define MMSCOPE_SWP_SWAPIN_ERROR	SWP_SWAPIN_ERROR
#else
#define MMSCOPE_SWP_SWAPIN_ERROR	-1
#endif
#ifdef SWP_PTE_MARKER
#define MMSCOPE_SWP_MARKER		SWP_PTE_MARKER
#else
#define MMSCOPE_SWP_MARKER		-1
#endif
#ifdef PTE_MARKER_UFFD_WP
#define MMSCOPE_MARK_UFFD_WP		PTE_MARKER_UFFD_WP
#else
#define MMSCOPE_MARK_UFFD_WP		0
#endif
#ifdef PTE_MARKER_POISONED
#define MMSCOPE_MARK_POISONED		PTE_MARKER_POISONED
#else
#define MMSCOPE_MARK_POISONED		0
#endif
#ifdef PTE_MARKER_GUARD
#define MMSCOPE_MARK_GUARD		PTE_MARKER_GUARD
#else
#define MMSCOPE_MARK_GUARD		0
#endif

/* 6.1 (2e3468778dbe): migration entries keep the accessed and the dirty bit. */
#ifdef SWP_MIG_YOUNG
#define MMSCOPE_MIGRATION_AD		MMSCOPE_KIND_AD
#else
#define MMSCOPE_MIGRATION_AD		0
#endif

/* 5.19 (0d206b5d2e0d): the frame number no longer fills the whole offset. */
#ifdef SWP_PFN_BITS
#define MMSCOPE_SWP_PFN_BITS		SWP_PFN_BITS
#else
#define MMSCOPE_SWP_PFN_BITS		(64 - SWP_OFFSET_SHIFT)
#endif

/* 5.19 (c89357e27f20): faults that give a page of one's own without a write. */
#if __has_include(<linux/maple_tree.h>)
#define MMSCOPE_COMPAT_FAULT_UNSHARE	FAULT_FLAG_UNSHARE
#else
#define MMSCOPE_COMPAT_FAULT_UNSHARE	0x400
#endif

/*
 * How often a probe was passed over because another was active. Before 5.14 its counter
 * has page faults inside handlers as well (kprobe_fault_handler()), which reading the
 * stack of a user makes: then it says nothing.
 */
#if LINUX_VERSION_CODE < KERNEL_VERSION(5, 14, 0)
#define mmscope_compat_passed_over(probe)	((void)(probe), 0UL)
#else
#define mmscope_compat_passed_over(probe)	((probe)->nmissed)
#endif

/* The task that an mm_struct is accounted to; the caller holds the RCU lock. */
#ifdef CONFIG_MEMCG
#define mmscope_compat_owner(mm)	rcu_dereference((mm)->owner)
#else
#define mmscope_compat_owner(mm)	((struct task_struct *)NULL)
#endif

/* VMA flags that not every kernel has; 0 leaves the row out. */
#ifndef VM_DENYWRITE
#define VM_DENYWRITE 0
#endif
#ifndef VM_MAYBE_GUARD
#define VM_MAYBE_GUARD 0
#endif
#ifndef VM_UFFD_MINOR
#define VM_UFFD_MINOR 0
#endif
#ifndef VM_UFFD_RWP
#define VM_UFFD_RWP 0
#endif
#ifndef VM_SHADOW_STACK
#define VM_SHADOW_STACK 0
#endif
#ifndef VM_ALLOW_ANY_UNCACHED
#define VM_ALLOW_ANY_UNCACHED 0
#endif
#ifndef VM_DROPPABLE
#define VM_DROPPABLE 0
#endif
#ifndef VM_SEALED
#define VM_SEALED 0
#endif

#endif /* MMSCOPE_COMPAT_H */
