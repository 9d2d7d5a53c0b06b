// SPDX-License-Identifier: GPL-2.0-only
/* mmscope kernel: the kernel half of the address space, and where its regions lie. */
#include "tool.h"

#include <inttypes.h>
#include <stdlib.h>

/* The regions alone are columns that the spans have, too. */
static const char layout_columns[] = "START,END,SIZE,REGION";

static int print_layout(const struct options *o, const struct libmmscope_regions *regions)
{
	struct options options = *o;
	struct out *out;

	if (!o->columns)
		options.columns = layout_columns;
	out = out_begin(&options, &command_kernel, "regions");
	return out ? spans_print_regions(out, &options, regions) : EXIT_ERROR;
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
	if (!err && o->wx && s.found)
		err = EXIT_ERROR;
	return out_end(s.out) && !err ? EXIT_ERROR : err;
}

/* An address of the kernel half, or a message why it is none. */
static int parse_address(const struct libmmscope_source *src, const char *text, uint64_t *va)
{
	const struct mmscope_info *info = &libmmscope_format(src)->info;

	if (tool_address(text, va)) {
		tool_error("'%s' is not an address (hexadecimal, with or without 0x)", text);
		return EXIT_ERROR;
	}
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

static int run(const struct options *o)
{
	__u32 view = MMSCOPE_HALF_KERNEL | (o->user_top ? MMSCOPE_TOP_USER : 0);
	struct libmmscope_regions regions = { 0 };
	struct libmmscope_source *src;
	int err;

	if (o->layout && o->argc) {
		tool_error("kernel: --layout takes no address");
		return EXIT_ERROR;
	}
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

/* With addresses the columns are those of walk. */
static const struct command *like(const struct options *o)
{
	return o->argc && !o->layout ? &command_walk : &command_kernel;
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
		    " mmscope kernel --wx || echo something is writable and executable\n"
		    " mmscope kernel --user-pgd --of 1234\n",
	.columns = spans_kernel_columns,
	.nr_columns = SPANS_COLUMNS,
	.options = OPT_TABLE | OPT_BYTES | OPT_NO_MERGE | OPT_TOP | OPT_WX | OPT_KERNEL | OPT_ALL,
	.run = run,
	.like = like,
};
