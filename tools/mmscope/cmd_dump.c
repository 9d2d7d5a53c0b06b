// SPDX-License-Identifier: GPL-2.0-only
/* mmscope dump: the entries of a process, folded into runs. */
#include "tool.h"

#include <string.h>

/* --by frames, which is the default, or flags. */
static int parse_by(const struct options *o, bool *by_flags)
{
	*by_flags = o->by && !strcmp(o->by, "flags");
	if (o->by && !*by_flags && strcmp(o->by, "frames"))
		tool_error("dump: '--by %s' is neither frames nor flags", o->by);
	else if (*by_flags && o->no_merge)
		tool_error("dump: with --no-merge there is nothing to join by flags");
	else
		return 0;
	return EXIT_ERROR;
}

static int run(const struct options *o)
{
	struct spans s = { .o = o, .view = o->user_top ? MMSCOPE_TOP_USER : 0 };
	struct libmmscope_maps maps;
	uint64_t start, end;
	int used, err;

	if (parse_by(o, &s.by_flags))
		return EXIT_ERROR;
	err = tool_open(o, &s.src, &used);
	if (err)
		return err;
	err = EXIT_ERROR;
	if (o->argc > used + 1) {
		tool_error("dump: unexpected argument '%s'", o->argv[used + 1]);
		goto out_close;
	}
	if (tool_range(s.src, o->argc > used ? o->argv[used] : NULL, &start, &end))
		goto out_close;
	err = libmmscope_maps_read(s.src, &maps);
	if (err) {
		err = tool_fail(o, s.src, err);
		goto out_close;
	}
	s.maps = &maps;
	s.out = out_begin(o, &command_dump, "entries");
	err = EXIT_ERROR;
	if (!s.out)
		goto out_maps;
	if (!(libmmscope_format(s.src)->info.features & MMSCOPE_FEATURE_PHYS))
		tool_hidden(MMSCOPE_OUT_HIDDEN);
	err = spans_print(&s, start, end);
	if (out_end(s.out) && !err)
		err = EXIT_ERROR;
out_maps:
	libmmscope_maps_free(&maps);
out_close:
	libmmscope_close(s.src);
	return err;
}

const struct command command_dump = {
	.name = "dump",
	.args = "PID [START-END]",
	.help = "the page-table entries, folded into runs",
	.more = "A run is a sequence of entries of one level with the same flags and frames that\n"
		"count up, count down or are all the same one (STEP); with --by flags their frames\n"
		"may be any, PFN and STEP are empty then. It never crosses the border of a VMA.\n"
		"A range is START-END or START+LENGTH, hexadecimal, aligned to pages.",
	.examples = " mmscope dump 1234\n"
		    " mmscope dump --no-merge 1234 7ffc12340000-7ffc12362000\n"
		    " mmscope dump -o +PAGE,PATH 1234\n"
		    " mmscope dump --by flags -o +SIZE,PATH 1234\n"
		    " mmscope dump --wx 1234 && echo nothing is writable and executable\n"
		    " mmscope dump -o +PATH -J 1234 | jq '.entries[] | select(.kind == \"swap\")'\n",
	.columns = spans_columns,
	.nr_columns = SPANS_COLUMNS,
	.options = OPT_TABLE | OPT_INPUT | OPT_BYTES | OPT_NO_MERGE | OPT_TOP | OPT_WX |
		   OPT_DUMP,
	.run = run,
};
