// SPDX-License-Identifier: GPL-2.0-only
/*
 * The regions of the kernel half as this boot has placed them. Every border is
 * a macro of the headers the module is built with, or an exported base that
 * KASLR has moved; names as in Documentation/arch/x86/x86_64/mm.rst.
 */
#include "internal.h"

#include <linux/mm.h>
#include <linux/mmzone.h>
#include <linux/nodemask.h>
#include <linux/pgtable.h>
#include <linux/sort.h>
#include <linux/string.h>
#include <asm/cpu_entry_area.h>
#include <asm/fixmap.h>
#include <asm/vsyscall.h>

#include "compat/compat.h"

#define MAX_REGIONS	20

struct list {
	struct mmscope_region region[MAX_REGIONS];
	unsigned int nr;
};

/* A region from @start up to and with the byte at @last. */
static void add(struct list *l, const char *name, u64 start, u64 last)
{
	struct mmscope_region *r = &l->region[l->nr];

	if (WARN_ON_ONCE(l->nr == MAX_REGIONS) || last <= start)
		return;
	r->start = start;
	r->end = last == U64_MAX ? last & PAGE_MASK : last + 1;
	strscpy(r->name, name, sizeof(r->name));
	l->nr++;
}

/* The frame after the last one of all nodes. */
static u64 end_of_memory(void)
{
	u64 end = 0;
	int nid;

	for_each_online_node(nid)
		end = max_t(u64, end, NODE_DATA(nid)->node_start_pfn +
				      NODE_DATA(nid)->node_spanned_pages);
	return end;
}

static void add_ram(struct list *l)
{
	u64 pfns = end_of_memory(), sections = ALIGN(pfns, PAGES_PER_SECTION);

	add(l, "direct_map", PAGE_OFFSET, PAGE_OFFSET + (pfns << PAGE_SHIFT) - 1);
	add(l, "vmalloc", VMALLOC_START, VMALLOC_END);
	add(l, "vmemmap", VMEMMAP_START,
	    VMEMMAP_START + sections * sizeof(struct page) - 1);
#ifdef CONFIG_KASAN
	add(l, "kasan_shadow", KASAN_SHADOW_START, KASAN_SHADOW_END - 1);
#endif
}

static int by_start(const void *x, const void *y)
{
	const struct mmscope_region *a = x, *b = y;

	if (a->start != b->start)
		return a->start < b->start ? -1 : 1;
	return a->end > b->end ? -1 : a->end < b->end;
}

static void make_list(struct list *l)
{
	add(l, "hypervisor", GUARD_HOLE_BASE_ADDR, GUARD_HOLE_END_ADDR - 1);
	add(l, "ldt_remap", LDT_BASE_ADDR, LDT_END_ADDR - 1);
	add_ram(l);
	add(l, "cpu_entry_area", CPU_ENTRY_AREA_BASE,
	    CPU_ENTRY_AREA_BASE + CPU_ENTRY_AREA_MAP_SIZE - 1);
	add(l, "espfix", ESPFIX_BASE_ADDR, ESPFIX_BASE_ADDR + P4D_SIZE - 1);
	add(l, "efi", EFI_VA_END, EFI_VA_START - 1);
	add(l, "kernel_text", __START_KERNEL_map,
	    __START_KERNEL_map + KERNEL_IMAGE_SIZE - 1);
	add(l, "modules", MODULES_VADDR, MODULES_END - 1);
	add(l, "fixmap", FIXADDR_TOT_START, FIXADDR_TOP + PAGE_SIZE - 1);
	add(l, "vsyscall", VSYSCALL_ADDR, VSYSCALL_ADDR + PAGE_SIZE - 1);
	sort(l->region, l->nr, sizeof(l->region[0]), by_start, NULL);
}

/**
 * mmscope_layout_fill - LAYOUT: the regions of the kernel half, into the buffer
 * @f: descriptor, locked
 * @a: see struct mmscope_layout
 *
 * Return: 0; -ENOBUFS, -EPERM.
 */
int mmscope_layout_fill(struct mmscope_file *f, struct mmscope_layout *a)
{
	struct list l = { .nr = 0 };

	static_assert(sizeof(l.region) <= MMSCOPE_BUFFER_MIN);
	if (!f->phys)
		return -EPERM;
	if (!READ_ONCE(f->buffer))
		return -ENOBUFS;
	make_list(&l);
	a->bytes = l.nr * sizeof(l.region[0]);
	a->count = l.nr;
	a->record_size = sizeof(l.region[0]);
	memcpy(f->buffer->data, l.region, a->bytes);
	return 0;
}
