// SPDX-License-Identifier: GPL-2.0-only
/* mmscope kernel: the kernel half of the address space, and where its regions lie. */
#include "tool.h"

#include <inttypes.h>
#include <stdlib.h>

enum { COL_START, COL_END, COL_SIZE, COL_REGION, NR_COLUMNS };

static const struct column layout_columns[] = {
	[COL_START] = { "START", "start", CELL_HEX, 18, true, "first address" },
	[COL_END] = { "END", "end", CELL_HEX, 18, true, "address after the last" },
	[COL_SIZE] = { "SIZE", "size", CELL_NUMBER, 6, true, "bytes" },
	[COL_REGION] = { "REGION", "region", CELL_STRING, 12, true, "its name" },
};

/* What kernel --layout prints. */
static const struct command layout = {
	.columns = layout_columns,
	.nr_columns = NR_COLUMNS,
};

static int print_layout(const struct options *o, const struct libmmscope_regions *regions)
{
	struct out *out = out_begin(o, &layout, "regions");
	char size[32];
	size_t i;

	for (i = 0; out && i < regions->count; i++) {
		const struct mmscope_region *r = &regions->region[i];

		tool_size(o, r->end - r->start, size, sizeof(size));
		out_set(out, COL_START, "0x%016" PRIx64, (uint64_t)r->start);
		out_set(out, COL_END, "0x%016" PRIx64, (uint64_t)r->end);
		out_set(out, COL_SIZE, "%s", size);
		out_set(out, COL_REGION, "%s", r->name);
		out_row(out);
	}
	return out && !out_end(out) ? EXIT_OK : EXIT_ERROR;
}

static int print_spans(const struct options *o, struct libmmscope_source *src,
		       const struct libmmscope_regions *regions, __u32 view)
{
	struct spans s = {
		.o = o, .src = src, .view = view, .by_flags = true, .regions = regions,
		.out = out_begin(o, &command_kernel, "spans"),
	};
	int err;

	if (!s.out)
		return EXIT_ERROR;
	err = spans_print(&s, libmmscope_format(src)->info.kernel_start, TOOL_KERNEL_END);
	return out_end(s.out) && !err ? EXIT_ERROR : err;
}

/* An address of the kernel half, or a message why it is none. */
static int parse_address(const struct libmmscope_source *src, const char *text, uint64_t *va)
{
	const struct mmscope_info *info = &libmmscope_format(src)->info;

	if (tool_address(text, va))
		return EXIT_ERROR;
	if (*va >= info->kernel_start && *va < TOOL_KERNEL_END)
		return 0;
	tool_error("0x%" PRIx64 " is not in the kernel half, 0x%" PRIx64 "-0x%" PRIx64, *va,
		   (uint64_t)info->kernel_start, (uint64_t)TOOL_KERNEL_END);
	return EXIT_ERROR;
}

static int print_ladders(const struct options *o, struct libmmscope_source *src,
			 const struct libmmscope_regions *regions, __u32 view)
{
	struct ladder l = { .o = o, .src = src, .regions = regions, .view = view };
	uint64_t *va = calloc(o->argc, sizeof(*va));
	int i, err = EXIT_ERROR;

	if (!va)
		return err;
	for (i = 0; i < o->argc; i++)
		if (parse_address(src, o->argv[i], &va[i]))
			goto out_free;
	l.out = out_begin(o, &command_walk, "walks");
	if (l.out)
		err = ladder_print_all(&l, va, o->argc);
out_free:
	free(va);
	return err;
}

/* What would be ignored is refused. */
static int check_options(const struct options *o)
{
	if (o->layout && (o->argc || o->wx || o->no_merge || o->all || o->user_top || o->of))
		tool_error("kernel: --layout takes no address and no option but those of output");
	else if (o->argc && (o->wx || o->no_merge || o->all))
		tool_error("kernel: --wx, --no-merge and --all are about spans, not about an address");
	else
		return 0;
	return EXIT_ERROR;
}

static int run(const struct options *o)
{
	__u32 view = MMSCOPE_HALF_KERNEL | (o->user_top ? MMSCOPE_TOP_USER : 0);
	struct libmmscope_regions regions = { 0 };
	struct libmmscope_source *src;
	int err;

	if (check_options(o))
		return EXIT_ERROR;
	err = tool_open_process(o->of ? o->of : "self", &src);
	if (err)
		return err;
	err = tool_phys(src, "the kernel half");
	if (err)
		goto out_close;
	err = libmmscope_regions_read(src, &regions);
	if (err)
		err = tool_fail(o, src, err);
	else if (o->layout)
		err = print_layout(o, &regions);
	else if (o->argc)
		err = print_ladders(o, src, &regions, view);
	else
		err = print_spans(o, src, &regions, view);
	libmmscope_regions_free(&regions);
out_close:
	libmmscope_close(src);
	return err;
}

/* With addresses the columns are those of walk; the layout has its own. */
static const struct command *like(const struct options *o)
{
	return o->layout ? &layout : o->argc ? &command_walk : &command_kernel;
}

const struct command command_kernel = {
	.name = "kernel",
	.args = "[ADDR...]",
	.help = "the kernel half: spans by region, or the ladder of an address",
	.more = "A span is a sequence of entries of one level with the same flags, whatever frames\n"
		"they map, inside one region. Nothing can be held while the kernel half is read:\n"
		"the picture is unstable. With addresses the columns are those of walk.\n"
		"Needs CAP_SYS_ADMIN.",
	.examples = " mmscope kernel --layout\n"
		    " mmscope kernel ffffffff81000000\n"
		    " mmscope kernel --wx && echo nothing is writable and executable\n"
		    " mmscope kernel --user-pgd --of 1234\n",
	.columns = spans_kernel_columns,
	.nr_columns = SPANS_COLUMNS,
	.options = OPT_TABLE | OPT_BYTES | OPT_NO_MERGE | OPT_TOP | OPT_WX | OPT_LAYOUT | OPT_ALL |
		   OPT_OF,
	.run = run,
	.like = like,
};
