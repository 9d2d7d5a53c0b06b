// SPDX-License-Identifier: GPL-2.0-only
/*
 * What is made of a look (walk.c): the answer to WALK, and what every answer needs:
 * which addresses may be asked for, what upper levels take away, what a reader who
 * may not see frame numbers gets.
 */
#include "internal.h"

#include <linux/memory_hotplug.h>
#include <linux/mm.h>

struct mmscope_stats mmscope_answer_stats;

/**
 * mmscope_answer_hide - an entry for a reader who may not see frame numbers
 * @raw: entry
 * @level: level of its table
 *
 * Frame number, or offset and number of the swap device, read as 0 afterwards,
 * as in pagemap; what kind of entry it is, and the flags, stay, those of markers
 * too (the accessed and dirty state of a migration entry, part of the offset, is
 * lost). Where a field is stored inverted, 0 is all ones: an entry never becomes
 * an empty one. Bit 12 of a huge page is PAT and belongs to no frame number.
 */
u64 mmscope_answer_hide(u64 raw, unsigned int level)
{
	const struct mmscope_info *info = &mmscope_abi_format.info;
	u64 type = mmscope_field_mask(info->swp_type_shift, info->swp_type_bits);
	u64 frame = info->pfn_mask & ~(level ? _PAGE_PAT_LARGE : 0);
	const struct mmscope_kind *kind;

	switch (mmscope_classify(raw, level)) {
	case MMSCOPE_CLASS_TABLE:
		return raw & ~info->pfn_mask;
	case MMSCOPE_CLASS_SWAP:
		kind = mmscope_kind_of(&mmscope_abi_format, raw >> info->swp_type_shift);
		if (kind && (kind->flags & MMSCOPE_KIND_MARKER))
			return raw;
		/* the first row of the kinds are the swap devices */
		if (raw >> info->swp_type_shift <= mmscope_abi_format.kinds[0].last)
			raw &= ~type;
		return raw | mmscope_field_mask(info->swp_offset_shift,
						info->swp_offset_bits);
	case MMSCOPE_CLASS_PROTNONE:
		return (raw & ~frame) | mmscope_frame_bits(&mmscope_abi_format, level, 1);
	default:
		return raw & ~frame;
	}
}

/**
 * mmscope_answer_check - may these addresses be looked at, and are they addresses?
 * @f: descriptor
 * @start: first address
 * @end: address after the last
 * @flags: MMSCOPE_HALF_KERNEL, MMSCOPE_TOP_USER
 *
 * The last page of the address space is left out: no @end follows it, and the
 * kernel maps nothing there (error pointers).
 * Return: 0; -EOPNOTSUPP without page-table isolation, -EPERM, -EINVAL.
 */
int mmscope_answer_check(const struct mmscope_file *f, u64 start, u64 end, u32 flags)
{
	const struct mmscope_info *info = &mmscope_abi_format.info;

	if ((flags & MMSCOPE_TOP_USER) && !(info->features & MMSCOPE_FEATURE_PTI))
		return -EOPNOTSUPP;
	if (start >= end)
		return -EINVAL;
	if (!(flags & MMSCOPE_HALF_KERNEL))
		return end <= info->task_size ? 0 : -EINVAL;
	if (!f->phys)
		return -EPERM;
	return start >= info->kernel_start && end <= -PAGE_SIZE ? 0 : -EINVAL;
}

/* Rights (MMSCOPE_RIGHT_*) that the levels above the last table have taken. */
u8 mmscope_answer_taken(const struct mmscope_look *look)
{
	unsigned int level = mmscope_abi_format.info.levels - 1;
	bool kernel = look->flags & MMSCOPE_HALF_KERNEL;
	u8 taken = 0;

	for (; level > look->level; level--)
		taken |= mmscope_taken(&mmscope_abi_format, look->entry[level], level, kernel);
	return taken;
}

/* One level of the answer to WALK. */
static void fill_level(const struct mmscope_file *f, unsigned int level,
		       struct mmscope_level *out)
{
	u64 *slot = f->look.slot[level];
	struct page *page = pfn_to_online_page(PHYS_PFN(__pa(slot)));

	out->level = level;
	out->index = mmscope_index(f->look.va, level);
	out->entry = f->look.entry[level];
	out->node = -1;
	if (!f->phys) {
		out->entry = mmscope_answer_hide(out->entry, level);
		return;
	}
	out->slot = __pa(slot);
	if (page)
		out->node = page_to_nid(page);
}

/**
 * mmscope_answer_walk - WALK: every level of one address
 * @f: descriptor, locked
 * @w: see struct mmscope_walk
 */
int mmscope_answer_walk(struct mmscope_file *f, struct mmscope_walk *w)
{
	struct mmscope_look *look = &f->look;
	struct mm_struct *mm;
	unsigned int level;
	int err;

	err = mmscope_answer_check(f, w->va, w->va + 1, w->flags);
	if (err)
		return err;
	mm = mmscope_target_get(f);
	if (IS_ERR(mm))
		return PTR_ERR(mm);
	look->va = w->va;
	look->end = w->va + 1;
	look->flags = w->flags;
	look->floor = 0;
	look->whole = false;
	look->resume = false;
	err = mmscope_walk_look(mm, look);
	if (err == -EINTR)
		goto out_put;
	err = 0;
	w->out_flags = f->phys ? 0 : MMSCOPE_OUT_HIDDEN;
	if (look->result == MMSCOPE_END_CHANGED)
		w->out_flags |= MMSCOPE_OUT_CHANGED;
	if (w->flags & MMSCOPE_HALF_KERNEL)
		w->out_flags |= MMSCOPE_OUT_UNSTABLE;
	w->result = look->result;
	w->retries = look->retries;
	w->nr_levels = 0;
	memset(w->level, 0, sizeof(w->level));
	/* what a look that failed has seen is told to nobody */
	if (w->result != MMSCOPE_END_CHANGED)
		for (level = mmscope_abi_format.info.levels; level-- > look->level;)
			fill_level(f, level, &w->level[w->nr_levels++]);
	atomic64_inc(&mmscope_answer_stats.walks);
	atomic64_add(w->retries, &mmscope_answer_stats.retries);
	atomic64_add(look->result == MMSCOPE_END_CHANGED, &mmscope_answer_stats.changed);
out_put:
	mmscope_target_put(mm);
	return err;
}
