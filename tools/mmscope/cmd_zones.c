// SPDX-License-Identifier: GPL-2.0-only
/* mmscope zones: nodes, zones, and how much of them is free. */
#include "tool.h"

#include <inttypes.h>

enum {
	COL_NODE, COL_ZONE, COL_START, COL_END, COL_SPANNED, COL_PRESENT, COL_MANAGED, COL_FREE,
	NR_COLUMNS,
};

static const struct column columns[] = {
	[COL_NODE] = { "NODE", "node", CELL_NUMBER, 4, true, "NUMA node" },
	[COL_ZONE] = { "ZONE", "zone", CELL_STRING, 7, true, "DMA, DMA32, Normal, Movable or Device" },
	[COL_START] = { "START", "start", CELL_HEX, 10, true, "first frame number" },
	[COL_END] = { "END", "end", CELL_HEX, 10, true, "frame number after the last" },
	[COL_SPANNED] = { "SPANNED", "spanned", CELL_NUMBER, 8, true, "memory from first to last, with holes" },
	[COL_PRESENT] = { "PRESENT", "present", CELL_NUMBER, 8, true, "memory that is there" },
	[COL_MANAGED] = { "MANAGED", "managed", CELL_NUMBER, 8, true, "memory the page allocator has" },
	[COL_FREE] = { "FREE", "free", CELL_NUMBER, 8, true, "memory that is free" },
};

static void set_size(struct out *out, const struct options *o, unsigned int column,
		     uint64_t pages)
{
	char text[32];

	tool_size(o, pages << 12, text, sizeof(text));
	out_set(out, column, "%s", text);
}

static int print(const struct options *o, const struct libmmscope_zones *zones)
{
	struct out *out = out_begin(o, &command_zones, "zones");
	size_t i;

	for (i = 0; out && i < zones->count; i++) {
		const struct mmscope_zone *z = &zones->zone[i];

		out_set(out, COL_NODE, "%d", z->node);
		out_set(out, COL_ZONE, "%s", z->name);
		out_set(out, COL_START, "0x%" PRIx64, (uint64_t)z->start);
		out_set(out, COL_END, "0x%" PRIx64, (uint64_t)(z->start + z->spanned));
		set_size(out, o, COL_SPANNED, z->spanned);
		set_size(out, o, COL_PRESENT, z->present);
		set_size(out, o, COL_MANAGED, z->managed);
		set_size(out, o, COL_FREE, z->free);
		out_row(out);
	}
	return out && !out_end(out) ? EXIT_OK : EXIT_ERROR;
}

static int run(const struct options *o)
{
	struct libmmscope_zones zones;
	struct libmmscope_source *src;
	int used, err;

	if (o->argc) {
		tool_error("zones: unexpected argument '%s'", o->argv[0]);
		return EXIT_ERROR;
	}
	if (o->input && o->layout) {
		tool_error("zones: --layout is of this machine; a recording does not hold it");
		return EXIT_ERROR;
	}
	err = o->input ? tool_open(o, &src, &used) : tool_open_process("self", &src);
	if (err)
		return err;
	err = tool_phys(src, "zones");
	if (!err) {
		err = libmmscope_zones_read(src, &zones);
		err = err ? tool_fail(o, src, err) :
		      o->layout ? physical_print(o, &zones) : print(o, &zones);
		libmmscope_zones_free(&zones);
	}
	libmmscope_close(src);
	return err;
}

static const struct command *like(const struct options *o)
{
	return o->layout ? &physical_layout : &command_zones;
}

const struct command command_zones = {
	.name = "zones",
	.args = "",
	.help = "nodes and zones of physical memory; how it is laid out",
	.more = "Sizes are in multiples of 1024 bytes; -b gives bytes. With --layout the physical\n"
		"addresses as firmware and drivers use them (/proc/iomem), from the first 640 KiB\n"
		"to the hole below 4 GiB and what is above. Needs CAP_SYS_ADMIN.",
	.examples = " mmscope zones\n"
		    " mmscope zones --layout\n"
		    " mmscope zones -J | jq '.zones[] | select(.node == 1)'\n",
	.columns = columns,
	.nr_columns = NR_COLUMNS,
	.options = OPT_TABLE | OPT_INPUT | OPT_BYTES | OPT_LAYOUT,
	.run = run,
	.like = like,
};
