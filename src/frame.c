// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a frame is used for. No reference is taken, as one would disturb
 * migration and the splitting of huge pages: struct page is read as it is, and
 * may change its meaning while it is read, as with /proc/kpageflags.
 */
#include "internal.h"

#include <linux/mm.h>
#include <linux/hugetlb.h>
#include <linux/memory_hotplug.h>
#include <linux/sched/signal.h>
#include <linux/uaccess.h>

#include "compat/compat.h"
#include "compat/memcg.h"
#include "compat/pageflags.h"

/* Frames looked at before others may run. */
#define BATCH	64

/* Pages that are in the hands of users: what struct page's mapping says. */
static u8 kind_of_mapped(struct page *page, struct page *head)
{
	if (mmscope_compat_is_ksm(head))
		return MMSCOPE_FRAME_KSM;
	if (PageAnon(head))
		return MMSCOPE_FRAME_ANON;
	if (mmscope_compat_is_movable_ops(head))
		return MMSCOPE_FRAME_KERNEL;
	if (READ_ONCE(head->mapping))
		return mmscope_compat_is_swapbacked(head) ? MMSCOPE_FRAME_SHMEM :
							     MMSCOPE_FRAME_FILE;
	if (mmscope_compat_is_huge_zero(page, head))
		return MMSCOPE_FRAME_HUGE_ZERO;
	return MMSCOPE_FRAME_KERNEL;
}

/* Types first: they use the other fields of struct page for themselves. */
static u8 kind_of(struct page *page, struct page *head)
{
	if (is_zero_pfn(page_to_pfn(page)))
		return MMSCOPE_FRAME_ZERO;
	if (is_zone_device_page(page))	/* 5.10: some look as if they were online */
		return MMSCOPE_FRAME_DEVICE;
	if (PageReserved(page))
		return MMSCOPE_FRAME_RESERVED;
	if (PageHuge(page))
		return MMSCOPE_FRAME_HUGETLB;
	if (PageSlab(head))
		return MMSCOPE_FRAME_SLAB;
	if (PageTable(head))
		return MMSCOPE_FRAME_TABLE;
	if (mmscope_compat_is_large_kmalloc(head))
		return MMSCOPE_FRAME_KERNEL;
	/* a folio that is split or migrated has no reference either, for a moment */
	if (PageBuddy(page) || (!page_count(head) && !READ_ONCE(head->mapping)))
		return MMSCOPE_FRAME_FREE;
	if (page_has_type(head))
		return MMSCOPE_FRAME_KERNEL;
	return kind_of_mapped(page, head);
}

/*
 * Which file, and where in it. Nothing holds the inode: it may be freed, and
 * mapping may be no mapping at all by now. Hence mmscope_walk_read(), which
 * refuses what is not mapped, and a second look: if mapping is still the same and
 * the folio is one of a file, it was one throughout, as file systems free inodes
 * after a grace period.
 */
static void read_file(struct page *page, struct page *head, struct mmscope_frame *rec)
{
	const struct address_space *mapping;
	struct super_block *sb = NULL;
	struct inode *host = NULL;
	typeof(host->i_ino) inode;
	dev_t dev;
	u64 index;

	rcu_read_lock();
	mapping = READ_ONCE(head->mapping);
	index = mmscope_compat_index(head, rec->order);
	if (!mapping || ((unsigned long)mapping & 3) ||
	    !mmscope_walk_read(&host, &mapping->host, sizeof(host)) || !host ||
	    !mmscope_walk_read(&inode, &host->i_ino, sizeof(inode)) ||
	    !mmscope_walk_read(&sb, &host->i_sb, sizeof(sb)) || !sb ||
	    !mmscope_walk_read(&dev, &sb->s_dev, sizeof(dev)))
		goto out;
	smp_rmb();	/* before mapping is read once more */
	if (READ_ONCE(head->mapping) != mapping || compound_head(page) != head ||
	    kind_of(page, head) != rec->kind)
		goto out;
	rec->inode = inode;
	rec->index = index + (rec->pfn - rec->head);
	rec->dev_major = MAJOR(dev);
	rec->dev_minor = MINOR(dev);
out:
	rcu_read_unlock();
}

static bool is_of_file(u8 kind)
{
	return kind == MMSCOPE_FRAME_FILE || kind == MMSCOPE_FRAME_SHMEM ||
	       kind == MMSCOPE_FRAME_HUGETLB;
}

/*
 * Not online: registers, a hole, a device's memory, or memory that was there. A
 * section goes offline as a whole; in one that is online the frame is in a hole.
 */
static u8 kind_of_absent(u64 pfn)
{
	if (!pfn_valid(pfn))
		return MMSCOPE_FRAME_NONE;
	if (mmscope_compat_is_device(pfn))
		return MMSCOPE_FRAME_DEVICE;
	return online_section_nr(pfn_to_section_nr(pfn)) ? MMSCOPE_FRAME_NONE :
							   MMSCOPE_FRAME_OFFLINE;
}

static u32 attrs_of(struct page *page, struct page *head)
{
	u32 attrs = 0;

	/* a hugetlb page is poisoned as a whole, in its head */
	if (PageHWPoison(PageHuge(page) ? head : page))
		attrs |= MMSCOPE_FRAME_HWPOISON;
	if (mmscope_compat_is_exclusive(page, head))
		attrs |= MMSCOPE_FRAME_EXCLUSIVE;
	if (mmscope_compat_is_average(head))
		attrs |= MMSCOPE_FRAME_AVERAGE;
	if (mmscope_compat_is_young(head))
		attrs |= MMSCOPE_FRAME_YOUNG;
	return attrs;
}

static void read_frame(u64 pfn, struct mmscope_frame *rec)
{
	struct page *page = pfn_to_online_page(pfn), *head;
	unsigned int order;

	memset(rec, 0, sizeof(*rec));
	rec->pfn = pfn;
	rec->head = pfn;
	rec->node = -1;
	rec->flags = BIT_ULL(KPF_NOPAGE);
	if (!page) {
		rec->kind = kind_of_absent(pfn);
		return;
	}
	head = compound_head(page);
	order = compound_order(head);
	rec->kind = kind_of(page, head);
	rec->node = page_to_nid(page);
	rec->zone = page_zonenum(page);
	rec->flags = mmscope_compat_page_flags(page, head);
	rec->refcount = page_ref_count(head);
	rec->mapcount = mmscope_compat_mapcount(page, head);
	rec->cgroup = mmscope_compat_cgroup(page, head);
	rec->attrs = attrs_of(page, head);
	/* a folio that is split or freed meanwhile: this frame alone is certain */
	if (page_to_pfn(head) > pfn || order >= 64 - PAGE_SHIFT ||
	    pfn - page_to_pfn(head) >= 1ULL << order)
		return;
	rec->head = page_to_pfn(head);
	rec->order = order;
	if (rec->head != pfn)
		rec->attrs |= MMSCOPE_FRAME_TAIL;
	if (is_of_file(rec->kind))
		read_file(page, head, rec);
}

/**
 * mmscope_frame_kind - what a frame is used for, in short; never sleeps
 * @pfn: frame number
 * @exclusive: whether it is marked as one process's own
 *
 * Return: MMSCOPE_FRAME_*, _NONE for what is not online memory.
 */
u8 mmscope_frame_kind(u64 pfn, bool *exclusive)
{
	struct page *page = pfn_to_online_page(pfn), *head;

	*exclusive = false;
	if (!page)
		return MMSCOPE_FRAME_NONE;
	head = compound_head(page);
	*exclusive = mmscope_compat_is_exclusive(page, head);
	return kind_of(page, head);
}

/* The frame itself, or the first one after it that may be memory. */
static u64 skip_absent(u64 pfn, u64 end)
{
	unsigned long nr = pfn_to_section_nr(pfn);
	struct mem_section *section;

	if (nr >= NR_MEM_SECTIONS)
		return end;
	section = __nr_to_section(nr);
	if (valid_section(section))
		return pfn;
	/* NULL: nor has any of those that share a page of the table */
	nr = section ? nr + 1 : round_up(nr + 1, SECTIONS_PER_ROOT);
	return min_t(u64, section_nr_to_pfn(nr), end);
}

/**
 * mmscope_frame_fill - FRAMES: facts about a range of frames, into the buffer
 * @f: descriptor, locked
 * @a: see struct mmscope_frames
 *
 * Return: 0 also when the buffer or a signal ended it early (a->resume <
 * a->end); -EINVAL, -ENOBUFS, -EPERM.
 */
int mmscope_frame_fill(struct mmscope_file *f, struct mmscope_frames *a)
{
	struct mmscope_frame rec;
	u32 steps = 0;

	if (!f->phys)
		return -EPERM;
	if (!mmscope_frames_valid(&mmscope_abi_format, a->start, a->end))
		return -EINVAL;
	if (!READ_ONCE(f->buffer))
		return -ENOBUFS;
	a->bytes = 0;
	a->count = 0;
	a->record_size = sizeof(rec);
	a->resume = a->start;
	while (a->resume < a->end && a->bytes + sizeof(rec) <= f->buffer->len) {
		u64 pfn = a->resume;

		if (++steps % BATCH == 0) {
			if (signal_pending(current))
				break;
			cond_resched();
		}
		if (a->flags & MMSCOPE_FRAMES_SKIP)
			a->resume = skip_absent(pfn, a->end);
		if (a->resume != pfn)
			continue;
		read_frame(pfn, &rec);
		memcpy(f->buffer->data + a->bytes, &rec, sizeof(rec));
		a->bytes += sizeof(rec);
		a->count++;
		a->resume++;
	}
	return 0;
}
