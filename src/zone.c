// SPDX-License-Identifier: GPL-2.0-only
/*
 * The zones of all nodes. Nothing that modules may use keeps memory from coming
 * and going meanwhile: the numbers are those of a moment, as in /proc/zoneinfo.
 */
#include "internal.h"

#include <linux/mm.h>
#include <linux/mmzone.h>
#include <linux/nodemask.h>
#include <linux/string.h>
#include <linux/vmstat.h>

static void read_zone(struct zone *zone, s32 node, u32 number,
		      struct mmscope_zone *rec)
{
	memset(rec, 0, sizeof(*rec));
	rec->start = zone->zone_start_pfn;
	rec->spanned = zone->spanned_pages;
	rec->present = zone->present_pages;
	rec->managed = atomic_long_read(&zone->managed_pages);
	rec->free = zone_page_state(zone, NR_FREE_PAGES);
	rec->node = node;
	rec->number = number;
	strscpy(rec->name, zone->name, sizeof(rec->name));
}

/**
 * mmscope_zone_fill - ZONES: the zones of all online nodes, into the buffer
 * @f: descriptor, locked
 * @a: see struct mmscope_zones
 *
 * Return: 0; -ENOBUFS, -EPERM.
 */
int mmscope_zone_fill(struct mmscope_file *f, struct mmscope_zones *a)
{
	struct mmscope_zone rec;
	unsigned int i;
	int node;

	if (!f->phys)
		return -EPERM;
	if (!READ_ONCE(f->buffer))
		return -ENOBUFS;
	a->bytes = 0;
	a->count = 0;
	a->record_size = sizeof(rec);
	for_each_online_node(node) {
		for (i = 0; i < MAX_NR_ZONES; i++) {
			struct zone *zone = &NODE_DATA(node)->node_zones[i];

			if (!zone->spanned_pages && !populated_zone(zone))
				continue;
			if (a->bytes + sizeof(rec) > f->buffer->len)
				return -ENOBUFS;
			read_zone(zone, node, i, &rec);
			memcpy(f->buffer->data + a->bytes, &rec, sizeof(rec));
			a->bytes += sizeof(rec);
			a->count++;
		}
	}
	return 0;
}
