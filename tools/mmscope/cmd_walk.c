// SPDX-License-Identifier: GPL-2.0-only
/* mmscope walk: every page-table level of an address. */
#include "tool.h"

#include <stdlib.h>

static int run(const struct options *o)
{
	struct ladder l = { .o = o, .view = o->user_top ? MMSCOPE_TOP_USER : 0 };
	uint64_t *va = NULL;
	int used, err, i;

	err = tool_open(o, &l.src, &used);
	if (err)
		return err;
	err = EXIT_ERROR;
	if (o->argc == used) {
		tool_error("walk: which address?\nTry 'mmscope walk --help'.");
		goto out_close;
	}
	/* all are checked before anything is printed */
	va = calloc(o->argc, sizeof(*va));
	if (!va)
		goto out_close;
	for (i = used; i < o->argc; i++)
		if (tool_user_address(l.src, o->argv[i], &va[i - used]))
			goto out_close;
	l.out = out_begin(o, &command_walk, "walks");
	if (!l.out)
		goto out_close;
	if (!(libmmscope_format(l.src)->info.features & MMSCOPE_FEATURE_PHYS))
		tool_hidden(MMSCOPE_OUT_HIDDEN);
	err = ladder_print_all(&l, va, o->argc - used);
out_close:
	free(va);
	libmmscope_close(l.src);
	return err;
}

const struct command command_walk = {
	.name = "walk",
	.args = "PID ADDR...",
	.help = "the ladder of an address: every page-table level, raw and decoded",
	.more = "Addresses are hexadecimal, with or without 0x, and need not be aligned.\n"
		"The result is 'mapped', 'not-present' (a VMA is there, a page is not) or\n"
		"'hole' (no VMA). Rights: u user, r read, w write, x execute, after all levels.",
	.examples = " mmscope walk 1234 0x7ffc12345000\n"
		    " mmscope walk -o +EFF,TAKES,PAGE 1234 555555554000 7ffff7fc0000\n"
		    " mmscope walk -J self 400000 | jq '.walks[0].levels[].raw'\n",
	.columns = ladder_columns,
	.nr_columns = LADDER_COLUMNS,
	.options = OPT_TABLE | OPT_INPUT | OPT_BYTES | OPT_TOP,
	.run = run,
};
