// SPDX-License-Identifier: GPL-2.0-only
/*
 * Many slots of one table at once, for the walk. Most of a table of a sparse process
 * is empty, and all of it has to be read: that is what takes the time, so slots are
 * read in cache lines of eight, the empty ones without a store.
 */
#include "internal.h"
#include "slots.h"

#include <linux/bitops.h>

/* Slots to @to. False if one is no memory. */
bool mmscope_slots_load(u64 *to, const u64 *slot, unsigned int nr)
{
	unsigned int i;

	for (i = 0; i < nr; i++)
		if (!mmscope_slots_one(to + i, slot + i))
			return false;
	return true;
}

/* The compiler would have all slots of a line in registers at once, more than there are. */
static __always_inline bool load_or(u64 *any, const u64 *slot)
{
	u64 raw;

	if (!mmscope_slots_one(&raw, slot))
		return false;
	*any |= raw;
	asm volatile("" : "+r"(*any));
	return true;
}

/* The first line from @slot on that is not empty, @end, or NULL if a slot is no memory. */
static const u64 *skip_empty(const u64 *slot, const u64 *end)
{
	u64 any;

	for (; slot < end; slot += 8) {
		if (!mmscope_slots_one(&any, slot) || !load_or(&any, slot + 1) ||
		    !load_or(&any, slot + 2) || !load_or(&any, slot + 3) ||
		    !load_or(&any, slot + 4) || !load_or(&any, slot + 5) ||
		    !load_or(&any, slot + 6) || !load_or(&any, slot + 7))
			return NULL;
		if (any)
			break;
	}
	return slot;
}

static __always_inline bool copy_slot(u64 *to, const u64 *slot, u64 *all)
{
	u64 raw;

	if (!mmscope_slots_one(&raw, slot))
		return false;
	WRITE_ONCE(*to, raw);
	*all &= raw;
	asm volatile("" : "+r"(*all));
	return true;
}

/*
 * Lines from @slot to @to, up to one that is all 0. Where they end, or NULL if a slot is
 * no memory. @none: how many of their entries are empty.
 */
static const u64 *copy_lines(u64 *to, const u64 *slot, const u64 *end, unsigned int *none)
{
	unsigned int i;
	u64 all, any;

	for (; slot < end; slot += 8, to += 8) {
		all = MMSCOPE_P;
		if (!copy_slot(to, slot, &all) || !copy_slot(to + 1, slot + 1, &all) ||
		    !copy_slot(to + 2, slot + 2, &all) || !copy_slot(to + 3, slot + 3, &all) ||
		    !copy_slot(to + 4, slot + 4, &all) || !copy_slot(to + 5, slot + 5, &all) ||
		    !copy_slot(to + 6, slot + 6, &all) || !copy_slot(to + 7, slot + 7, &all))
			return NULL;
		if (likely(all))
			continue;
		for (any = 0, i = 0; i < 8; i++)
			any |= to[i];
		if (!any)
			break;
		for (i = 0; i < 8; i++)
			*none += mmscope_is_none(to[i]);
	}
	return slot;
}

/*
 * @max slots, in lines of eight. Empty ones are passed over, and cleared afterwards
 * where something else was; others are copied. What is copied has been loaded once:
 * that the passing over saw it is forgotten.
 */
static bool load_lines(struct mmscope_look *look, const u64 *slot, unsigned int max)
{
	u64 all = max == MMSCOPE_SLOTS ? ~0ULL : (1ULL << max / 8) - 1, stored = 0;
	u64 stale = look->dirty & all;
	unsigned int from, to, none = 0;
	const u64 *at, *end = slot + max;

	look->dirty |= all;
	for (at = slot; at < end; at += 8) {
		at = skip_empty(at, end);
		if (!at)
			return false;
		from = at - slot;
		at = copy_lines(look->copy + from, at, end, &none);
		if (!at)
			return false;
		to = at - slot;
		if (to > from)
			stored |= GENMASK_ULL(to / 8 - 1, from / 8);
	}
	for (stale &= ~stored; stale; stale &= stale - 1)
		memset64(look->copy + 8 * __ffs64(stale), 0, 8);
	look->dirty &= ~all | stored;
	look->entries = 8 * hweight64(stored) - none;
	return true;
}

/* The rest of a table, in lines if it consists of such: most of them often are empty. */
bool mmscope_slots_rest(struct mmscope_look *look, const u64 *slot, unsigned int index,
			unsigned int max)
{
	unsigned int i;

	look->entries = 0;
	if (index % 8 == 0 && max % 8 == 0) {
		look->lined = true;
		return load_lines(look, slot, max);
	}
	look->dirty = ~0ULL;
	if (!mmscope_slots_load(look->copy, slot, max))
		return false;
	for (i = 0; i < max; i++)
		look->entries += !mmscope_is_none(look->copy[i]);
	return true;
}
