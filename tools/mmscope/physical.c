// SPDX-License-Identifier: GPL-2.0-only
/* zones --layout: what lies where in physical memory, from /proc/iomem. */
#include "names.h"
#include "tool.h"

#include <inttypes.h>
#include <string.h>

/* Borders that every PC has had since the first one, and since 32-bit addresses. */
#define LOW_END		0xa0000ULL	/* the first 640 KiB */
#define ISA_END		0x100000ULL	/* display, option ROMs, firmware: up to 1 MiB */
#define FOUR_GB		(1ULL << 32)

enum { COL_START, COL_END, COL_SIZE, COL_PART, COL_ZONES, COL_DEPTH, COL_NAME, NR_COLUMNS };

static const struct column columns[] = {
	[COL_START] = { "START", "start", CELL_HEX, 12, true, "first address" },
	[COL_END] = { "END", "end", CELL_HEX, 12, true, "address after the last" },
	[COL_SIZE] = { "SIZE", "size", CELL_NUMBER, 8, true, "bytes" },
	[COL_PART] = { "PART", "part", CELL_STRING, 10, true, "low-640K, isa-hole, kernel, below-4G, 4G-hole or above-4G" },
	[COL_ZONES] = { "ZONES", "zones", CELL_LIST, 8, true, "memory: zones whose span it lies in, node:zone" },
	[COL_DEPTH] = { "DEPTH", "depth", CELL_NUMBER, 5, false, "0: in no other resource" },
	[COL_NAME] = { "NAME", "name", CELL_STRING, 20, true, "as in /proc/iomem; - is a hole, which nobody has claimed" },
};

const struct command physical_layout = {
	.name = "zones",
	.columns = columns,
	.nr_columns = NR_COLUMNS,
};

struct physical {
	const struct options *o;
	const struct libmmscope_zones *zones;
	struct iomem iomem;
	struct out *out;
	uint64_t low_top;	/* end of the memory below 4 GiB */
};

static bool is_ram(const char *name)
{
	return !strncmp(name, "System RAM", 10) || !strncmp(name, "Persistent Memory", 17);
}

static uint64_t find_low_top(const struct iomem *iomem)
{
	uint64_t top = ISA_END;
	size_t i;

	for (i = 0; i < iomem->nr; i++) {
		const struct resource *r = &iomem->row[i];

		if (is_ram(r->name) && r->last < FOUR_GB && r->last >= top)
			top = r->last + 1;
	}
	return top;
}

static const char *part_of(const struct physical *p, const struct resource *r)
{
	if (!strncmp(r->name, "Kernel ", 7))
		return "kernel";
	if (r->start >= FOUR_GB)
		return "above-4G";
	if (r->start >= p->low_top)
		return "4G-hole";
	return r->start < LOW_END ? "low-640K" : r->start < ISA_END ? "isa-hole" : "below-4G";
}

/* A zone may span what is no memory; that is not said of it here. */
static void set_zones(const struct physical *p, const struct resource *r)
{
	char text[256] = "";
	size_t i;

	for (i = 0; i < p->zones->count; i++) {
		const struct mmscope_zone *z = &p->zones->zone[i];

		if (z->start << 12 <= r->last && (z->start + z->spanned) << 12 > r->start)
			tool_add_word(text, sizeof(text), "%d:%s", z->node, z->name);
	}
	out_set(p->out, COL_ZONES, "%s", text);
}

static void print_row(const struct physical *p, const struct resource *r, uint64_t last)
{
	/* people see by the indentation what lies in what, programs by the depth */
	int indent = p->o->json || p->o->raw ? 0 : 2 * r->depth;
	char size[32];

	tool_size(p->o, last - r->start + 1, size, sizeof(size));
	out_set(p->out, COL_START, "0x%" PRIx64, r->start);
	out_set(p->out, COL_END, "0x%" PRIx64, last + 1);
	out_set(p->out, COL_SIZE, "%s", size);
	out_set(p->out, COL_PART, "%s", part_of(p, r));
	out_set(p->out, COL_DEPTH, "%u", r->depth);
	if (is_ram(r->name))
		set_zones(p, r);
	if (r->name[0])
		out_set(p->out, COL_NAME, "%*s%s", indent, "", r->name);
	out_row(p->out);
}

/* A hole from @start, a row for each side of a border it lies across. */
static void print_hole(const struct physical *p, uint64_t start, uint64_t end)
{
	const uint64_t borders[] = { LOW_END, ISA_END, p->low_top, FOUR_GB };
	struct resource hole = { .start = start };
	size_t i;

	for (i = 0; i < sizeof(borders) / sizeof(borders[0]) && hole.start < end; i++) {
		if (borders[i] <= hole.start || borders[i] >= end)
			continue;
		print_row(p, &hole, borders[i] - 1);
		hole.start = borders[i];
	}
	if (hole.start < end)
		print_row(p, &hole, end - 1);
}

/**
 * physical_print - /proc/iomem with its holes, parts and zones
 * @o: options
 * @zones: of all nodes
 *
 * Return: an exit status.
 */
int physical_print(const struct options *o, const struct libmmscope_zones *zones)
{
	struct physical p = { .o = o, .zones = zones };
	uint64_t next = 0;
	int err;
	size_t i;

	if (iomem_read(&p.iomem))
		return EXIT_ERROR;
	p.low_top = find_low_top(&p.iomem);
	p.out = out_begin(o, &physical_layout, "layout");
	for (i = 0; p.out && i < p.iomem.nr; i++) {
		const struct resource *r = &p.iomem.row[i];

		if (!r->depth) {
			print_hole(&p, next, r->start);
			next = r->last + 1;
		}
		print_row(&p, r, r->last);
	}
	err = p.out && !out_end(p.out) ? EXIT_OK : EXIT_ERROR;
	iomem_free(&p.iomem);
	return err;
}
