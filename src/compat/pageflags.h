/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What /proc/kpageflags and /proc/kpagecount say of a frame, bit for bit, of pages
 * that nobody holds. 6.19 exports the function behind the first; before, it is
 * written again here after the fs/proc/page.c of that kernel. Bits are tested in
 * the flags word itself: the accessors of folios and of mapped pages assert what
 * only a reference keeps.
 */
#ifndef MMSCOPE_COMPAT_PAGEFLAGS_H
#define MMSCOPE_COMPAT_PAGEFLAGS_H

#include <linux/hugetlb.h>
#include <linux/memremap.h>

#include "compat/compat.h"

/* A bit of the kernel's flags word and the one it becomes. */
static inline u64 mmscope_compat_kpf(unsigned long k, unsigned int kpf, unsigned int pg)
{
	return k & BIT(pg) ? BIT_ULL(kpf) : 0;
}

/* Accessed before who tracks idle pages (DAMON) took the accessed bit away. */
static inline bool mmscope_compat_is_young(struct page *head)
{
#ifdef MMSCOPE_HAVE_PG_IDLE
	return mmscope_compat_flags(head) & BIT(PG_young);
#else
	return false;
#endif
}

#ifndef MMSCOPE_HAVE_STABLE_PAGE_FLAGS

/* Bits that are copied on every kernel. */
static inline u64 mmscope_compat_copied_flags(unsigned long k)
{
	return mmscope_compat_kpf(k, KPF_LOCKED, PG_locked) |
	       mmscope_compat_kpf(k, KPF_DIRTY, PG_dirty) |
	       mmscope_compat_kpf(k, KPF_UPTODATE, PG_uptodate) |
	       mmscope_compat_kpf(k, KPF_WRITEBACK, PG_writeback) |
	       mmscope_compat_kpf(k, KPF_LRU, PG_lru) |
	       mmscope_compat_kpf(k, KPF_REFERENCED, PG_referenced) |
	       mmscope_compat_kpf(k, KPF_ACTIVE, PG_active) |
	       mmscope_compat_kpf(k, KPF_RECLAIM, PG_reclaim) |
	       mmscope_compat_kpf(k, KPF_SWAPBACKED, PG_swapbacked) |
	       mmscope_compat_kpf(k, KPF_UNEVICTABLE, PG_unevictable) |
	       mmscope_compat_kpf(k, KPF_MLOCKED, PG_mlocked) |
	       mmscope_compat_kpf(k, KPF_RESERVED, PG_reserved) |
	       mmscope_compat_kpf(k, KPF_PRIVATE, PG_private) |
	       mmscope_compat_kpf(k, KPF_PRIVATE_2, PG_private_2) |
	       mmscope_compat_kpf(k, KPF_OWNER_PRIVATE, PG_owner_priv_1) |
	       mmscope_compat_kpf(k, KPF_ARCH, PG_arch_1);
}

/* Bits that are copied where they exist. */
static inline u64 mmscope_compat_rare_flags(unsigned long k)
{
	u64 u = 0;

#ifdef MMSCOPE_HAVE_PG_ERROR
	u |= mmscope_compat_kpf(k, KPF_ERROR, PG_error);
#endif
#ifdef CONFIG_ARCH_USES_PG_UNCACHED
	u |= mmscope_compat_kpf(k, KPF_UNCACHED, PG_uncached);
#endif
#ifdef KPF_OWNER_2
	u |= mmscope_compat_kpf(k, KPF_OWNER_2, PG_owner_2);
#else
	u |= mmscope_compat_kpf(k, KPF_MAPPEDTODISK, PG_mappedtodisk);
#endif
#ifdef MMSCOPE_HAVE_PG_ARCH_2
	u |= mmscope_compat_kpf(k, KPF_ARCH_2, PG_arch_2);
#endif
#ifdef CONFIG_ARCH_USES_PG_ARCH_3
	u |= mmscope_compat_kpf(k, KPF_ARCH_3, PG_arch_3);
#endif
#ifdef MMSCOPE_HAVE_PG_IDLE
	u |= mmscope_compat_kpf(k, KPF_IDLE, PG_idle);
#endif
	return u;
}

/* 5.11: is_free_buddy_page() is exported; the same without the zone's lock. */
static inline bool mmscope_compat_is_buddy(struct page *page, struct page *head)
{
#ifdef MMSCOPE_HAVE_IS_FREE_BUDDY_PAGE
	return PageBuddy(page) || (!page_ref_count(head) && is_free_buddy_page(page));
#else
	unsigned long pfn = page_to_pfn(page);
	unsigned int order;

	if (PageBuddy(page))
		return true;
	for (order = 0; !page_ref_count(head) && order < MAX_ORDER; order++) {
		struct page *first = page - (pfn & ((1UL << order) - 1));

		if (PageBuddy(first) && page_private(first) >= order)
			return true;
	}
	return false;
#endif
}

/* What only looks like the huge zero page is taken for it: see compat.h. */
static inline u64 mmscope_compat_zero_flags(struct page *page, struct page *head)
{
	if (is_zero_pfn(page_to_pfn(page)))
		return BIT_ULL(KPF_ZERO_PAGE);
	if (!PageSlab(head) && !page_has_type(head) && !READ_ONCE(head->mapping) &&
	    mmscope_compat_is_huge_zero(page, head))
		return BIT_ULL(KPF_ZERO_PAGE) | BIT_ULL(KPF_THP);
	return 0;
}

/* Types, and swap cache, which were asked of the head on every kernel. */
static inline u64 mmscope_compat_type_flags(struct page *page, struct page *head)
{
	const unsigned long both = BIT(PG_swapbacked) | BIT(PG_swapcache);
	u64 u = 0;

	if (mmscope_compat_is_buddy(page, head))
		u |= BIT_ULL(KPF_BUDDY);
	if (PageOffline(page))
		u |= BIT_ULL(KPF_OFFLINE);
	if (PageTable(page))
		u |= BIT_ULL(KPF_PGTABLE);
	if (PageSlab(head))
		u |= BIT_ULL(KPF_SLAB);
	if ((mmscope_compat_flags(head) & both) == both)
		u |= BIT_ULL(KPF_SWAPCACHE);
	return u;
}

#endif /* MMSCOPE_HAVE_STABLE_PAGE_FLAGS */

/* How often a huge page is mapped as a whole. */
static inline int mmscope_compat_entire_mapcount(struct page *head)
{
	if (!(mmscope_compat_flags(head) & BIT(PG_head)))
		return 0;
#ifdef MMSCOPE_HAVE_MAPCOUNT_IS_TYPE
	return atomic_read(&((struct folio *)head)->_entire_mapcount) + 1;
#else
	return atomic_read(compound_mapcount_ptr(head)) + 1;
#endif
}

/*
 * 6.12: the map count of a page with a type is none. Before 6.2 a huge page has
 * a flag in its second frame: each frame is counted once more than it is mapped.
 */
#ifdef MMSCOPE_HAVE_MAPCOUNT_IS_TYPE
static inline u32 mmscope_compat_exact_mapcount(struct page *page, struct page *head)
{
	int count = atomic_read(&page->_mapcount) + 1;

	if (page_mapcount_is_type(count))
		count = 0;
	return count + mmscope_compat_entire_mapcount(head);
}
#else
static inline u32 mmscope_compat_exact_mapcount(struct page *page, struct page *head)
{
	int count = atomic_read(&page->_mapcount) + 1;

	if (PageSlab(head) || page_has_type(page))
		return 0;
	/* the second page is there only behind a head that is one still */
	if (!PageCompound(page) || !(mmscope_compat_flags(head) & BIT(PG_head)) ||
	    (!PageAnon(head) && !PageHuge(head)))
		return count;
	count += mmscope_compat_entire_mapcount(head);
	if (mmscope_compat_flags(head + 1) & BIT(PG_double_map))
		count--;
	return count;
}
#endif

/*
 * 6.15 (749492229e3b): a kernel may count a large folio as a whole only. Then
 * the average of its pages is what there is, rounded, but 1 if any is mapped.
 */
#ifdef CONFIG_NO_PAGE_MAPCOUNT
static inline bool mmscope_compat_is_average(struct page *head)
{
	return mmscope_compat_flags(head) & BIT(PG_head);
}

static inline u32 mmscope_compat_mapcount(struct page *page, struct page *head)
{
	const struct folio *folio = (const struct folio *)head;
	unsigned int order = compound_order(head);
	int all, whole, rest;

	if (!mmscope_compat_is_average(head) || order > 20)
		return mmscope_compat_exact_mapcount(page, head);
	all = atomic_read(&folio->_large_mapcount) + 1;
	whole = atomic_read(&folio->_entire_mapcount) + 1;
	if (all <= 0)
		return 0;
	rest = max(all - whole, 0);
	return max(whole + (int)((rest + (1U << order) / 2) >> order), 1);
}
#else
static inline bool mmscope_compat_is_average(struct page *head)
{
	return false;
}

static inline u32 mmscope_compat_mapcount(struct page *page, struct page *head)
{
	return mmscope_compat_exact_mapcount(page, head);
}
#endif

#if defined(MMSCOPE_HAVE_STABLE_PAGE_FLAGS)
#define mmscope_compat_page_flags(page, head)	stable_page_flags(page)

/*
 * 6.10 (dee3d0bef2b0): flags are those of the folio. Its test for KSM is true of
 * every anonymous page, and so is this one: it is what the kernel says.
 */
#elif !defined(MMSCOPE_HAVE_PG_SLAB)
static inline bool mmscope_compat_is_mapped(struct page *head, unsigned long k)
{
	int count;

	if (k & BIT(PG_head))
		return atomic_read(&((struct folio *)head)->_large_mapcount) >= 0;
	count = atomic_read(&head->_mapcount) + 1;
	return count >= 1 && !page_mapcount_is_type(count);
}

static inline u64 mmscope_compat_page_flags(struct page *page, struct page *head)
{
	unsigned long mapping = (unsigned long)READ_ONCE(head->mapping);
	unsigned long k = mmscope_compat_flags(head);
	u64 u = mmscope_compat_copied_flags(k) | mmscope_compat_rare_flags(k) |
		mmscope_compat_type_flags(page, head);

	if (mmscope_compat_is_mapped(head, k))
		u |= BIT_ULL(KPF_MMAP);
	if (mapping & PAGE_MAPPING_ANON)
		u |= BIT_ULL(KPF_ANON);
	if ((mapping & PAGE_MAPPING_ANON) && (mapping & PAGE_MAPPING_KSM))
		u |= BIT_ULL(KPF_KSM);
	u |= page == head ? mmscope_compat_kpf(k, KPF_COMPOUND_HEAD, PG_head) :
			    BIT_ULL(KPF_COMPOUND_TAIL);
	if (PageHuge(head))
		u |= BIT_ULL(KPF_HUGE);
	else if ((k & BIT(PG_head)) && (mmscope_compat_flags(head + 1) & BIT(PG_large_rmappable)))
		u |= BIT_ULL(KPF_THP);
	else
		u |= mmscope_compat_zero_flags(page, head);
#ifdef CONFIG_MEMORY_FAILURE
	u |= mmscope_compat_kpf(u & BIT_ULL(KPF_HUGE) ? k : mmscope_compat_flags(page),
				KPF_HWPOISON, PG_hwpoison);
#endif
	return u;
}

/* Before, those of the frame itself, with exceptions. */
#else
static inline bool mmscope_compat_is_mapped(struct page *page, struct page *head)
{
	unsigned int order = compound_order(head);
	unsigned long i, nr = PAGES_PER_SECTION - (page_to_pfn(head) & ~PAGE_SECTION_MASK);

	if (PageSlab(head))
		return false;
	/* the second page is there only behind a head that is one still */
	if (!PageCompound(page) || !(mmscope_compat_flags(head) & BIT(PG_head)))
		return atomic_read(&page->_mapcount) >= 0;
	if (atomic_read(compound_mapcount_ptr(head)) >= 0)
		return true;
	/* freed meanwhile, the order is anything */
	if (PageHuge(head) || order >= MAX_ORDER)
		return false;
	/* such a folio stays in its section; pages of the next may not exist */
	nr = min(nr, 1UL << order);
	for (i = 0; i < nr; i++)
		if (atomic_read(&head[i]._mapcount) >= 0)
			return true;
	return false;
}

static inline u64 mmscope_compat_page_flags(struct page *page, struct page *head)
{
	unsigned long k = mmscope_compat_flags(page);
	u64 u = mmscope_compat_copied_flags(k) | mmscope_compat_rare_flags(k) |
		mmscope_compat_type_flags(page, head);

	if (mmscope_compat_is_mapped(page, head))
		u |= BIT_ULL(KPF_MMAP);
	if (PageAnon(head))
		u |= BIT_ULL(KPF_ANON);
	if (mmscope_compat_is_ksm(head))
		u |= BIT_ULL(KPF_KSM);
	if (PageHead(page))
		u |= BIT_ULL(KPF_COMPOUND_HEAD);
	if (PageTail(page))
		u |= BIT_ULL(KPF_COMPOUND_TAIL);
	if (PageHuge(head))
		u |= BIT_ULL(KPF_HUGE);
	else if (PageCompound(page) && (PageLRU(head) || PageAnon(head)))
		u |= BIT_ULL(KPF_THP);
	else
		u |= mmscope_compat_zero_flags(page, head);
#ifdef CONFIG_MEMORY_FAILURE
	u |= mmscope_compat_kpf(k, KPF_HWPOISON, PG_hwpoison);
#endif
	return u;
}
#endif

/* 6.7 (a08c7193e4f1): a hugetlb folio's place in its file counts small pages. */
static inline u64 mmscope_compat_index(struct page *head, unsigned int order)
{
#ifdef MMSCOPE_HAVE_FOLIO
	u64 index = READ_ONCE(((struct folio *)head)->index);
#else
	u64 index = READ_ONCE(head->index);
#endif

#ifdef MMSCOPE_HAVE_HUGETLB_BASEPAGE_INDEX
	if (PageHuge(head))
		index <<= order;
#endif
	return index;
}

/*
 * 5.19 (78fbe906cc90): anonymous pages that belong to one process are marked. A
 * huge page that is mapped as a whole has the mark in its head, hugetlb always.
 */
#ifdef MMSCOPE_HAVE_PG_ANON_EXCLUSIVE
static inline bool mmscope_compat_is_exclusive(struct page *page, struct page *head)
{
	unsigned long k = mmscope_compat_flags(page);

	if (page != head && (PageHuge(head) || mmscope_compat_entire_mapcount(head)))
		k = mmscope_compat_flags(head);
	return PageAnon(head) && (k & BIT(PG_anon_exclusive));
}
#else
static inline bool mmscope_compat_is_exclusive(struct page *page, struct page *head)
{
	return false;
}
#endif

/* Memory of a device with a struct page. 6.19 dropped the second argument. */
static inline bool mmscope_compat_is_device(unsigned long pfn)
{
#ifdef MMSCOPE_HAVE_PAGEMAP_BY_PFN
	struct dev_pagemap *map = get_dev_pagemap(pfn);
#else
	struct dev_pagemap *map = get_dev_pagemap(pfn, NULL);
#endif

	put_dev_pagemap(map);
	return map;
}

#endif /* MMSCOPE_COMPAT_PAGEFLAGS_H */
