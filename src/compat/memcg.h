/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What /proc/kpagecgroup says of a frame that nobody holds: the inode of its
 * memory cgroup, after the mm/memcontrol.c of each kernel.
 */
#ifndef MMSCOPE_COMPAT_MEMCG_H
#define MMSCOPE_COMPAT_MEMCG_H

#include <linux/cgroup.h>
#include <linux/memcontrol.h>

#include "compat/compat.h"

/*
 * The cgroup that a folio is charged to, or the nearest one above that is online, as
 * page_cgroup_ino() has it. A cgroup that a page is charged to is freed after a grace
 * period, at the least. Before 5.11 a pointer of its own in struct page. On 7.x
 * memcg_data leads to an obj_cgroup, and its place in the second page of a folio
 * holds a number: the folio that was asked for may be part of another one by now, so
 * that the pointer is followed with care, and counts if it is still the same.
 */
#ifndef CONFIG_MEMCG
#define mmscope_compat_cgroup(page, head)	0
#else
#if defined(MMSCOPE_HAVE_OBJCG_IS_ROOT)
static inline struct mem_cgroup *mmscope_compat_memcg(struct page *page, struct page *head)
{
	unsigned long data = READ_ONCE(((struct folio *)head)->memcg_data);
	struct obj_cgroup *objcg = (void *)(data & ~OBJEXTS_FLAGS_MASK);
	struct mem_cgroup *memcg;

	smp_rmb();	/* a tail is marked before that number is written */
	if (PageTail(head) || !objcg || (data & MEMCG_DATA_OBJEXTS) ||
	    !mmscope_walk_read(&memcg, &objcg->memcg, sizeof(memcg)))
		return NULL;
	smp_rmb();	/* the pointer before a second look at the word that led to it */
	return READ_ONCE(((struct folio *)head)->memcg_data) == data ? memcg : NULL;
}
#elif defined(MMSCOPE_HAVE_FOLIO_MEMCG_CHECK)
#define mmscope_compat_memcg(page, head)	folio_memcg_check((struct folio *)(head))
#elif !defined(PG_kmemcg)
#define mmscope_compat_memcg(page, head)	page_memcg_check(page)
#else
static inline struct mem_cgroup *mmscope_compat_memcg(struct page *page, struct page *head)
{
	struct mem_cgroup *memcg = READ_ONCE(page->mem_cgroup);

	/* a slab's table of cgroups, marked by the lowest bit */
	return (unsigned long)memcg & 1 ? NULL : memcg;
}
#endif

static inline u64 mmscope_compat_cgroup(struct page *page, struct page *head)
{
	struct mem_cgroup *memcg;
	u64 inode = 0;

	rcu_read_lock();
	memcg = mmscope_compat_memcg(page, head);
	while (memcg && !(memcg->css.flags & CSS_ONLINE))
		memcg = parent_mem_cgroup(memcg);
	if (memcg)
		inode = cgroup_ino(memcg->css.cgroup);
	rcu_read_unlock();
	return inode;
}
#endif

#endif /* MMSCOPE_COMPAT_MEMCG_H */
