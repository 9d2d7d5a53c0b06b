/* SPDX-License-Identifier: GPL-2.0-only */
/* Slots of page tables, loaded; only walk.c may say what they mean. */
#ifndef MMSCOPE_SLOTS_H
#define MMSCOPE_SLOTS_H

#include <linux/uaccess.h>

struct mmscope_look;

/*
 * The one load of a slot, in place: for one of them the exported function costs ten
 * times as much. An aligned 8-byte load: no entry is torn. A bad one is fixed up.
 */
static __always_inline bool mmscope_slots_one(u64 *to, const u64 *slot)
{
	__get_kernel_nofault(to, slot, u64, bad);
	return true;
bad:
	return false;
}

bool mmscope_slots_load(u64 *to, const u64 *slot, unsigned int nr);
bool mmscope_slots_rest(struct mmscope_look *look, const u64 *slot, unsigned int index,
			unsigned int max);

#endif /* MMSCOPE_SLOTS_H */
