// SPDX-License-Identifier: GPL-2.0-only
/* mmscope diff: what has changed between two recordings, or processes. */
#include "diff.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

static const struct command *like(const struct options *o)
{
	return o->summary ? &diff_summary : &command_diff;
}

/* What could not be compared, and why. */
static void say(const struct options *o, const struct diff *d)
{
	const struct mmscope_info *a = &pieces_format(&d->side[0])->info;
	const struct mmscope_info *b = &pieces_format(&d->side[1])->info;
	unsigned int i;

	if (d->foreign)
		tool_error("diff: entries of the two are not described alike (%s, %u levels; %s, %u levels): flags are compared by name, frames not",
			   a->release, a->levels, b->release, b->levels);
	for (i = 0; i < 2; i++)
		if (diff_hidden(&d->side[i]))
			tool_error("diff: frames of %s are hidden: flags are compared, not where pages are",
				   o->argv[i]);
	if (d->no_facts)
		tool_error("diff: without facts about frames of both it is not seen what became shared");
	if (o->verbose)
		tool_error("diff: %" PRIu64 " looks repeated",
			   d->side[0].retries + d->side[1].retries);
}

/* Says which of the two an error is of. Return: exit status. */
static int fail(const struct options *o, const struct diff *d, int err)
{
	struct options of = *o;

	if (!tool_is_process(o->argv[d->failed]))
		of.input = o->argv[d->failed];
	return tool_fail(&of, d->side[d->failed].src, err);
}

/* How it ended. Return: exit status. */
static int status_of(const struct options *o, const struct diff *d, int err)
{
	if (err == -EINTR) {
		tool_error("diff: interrupted, the rest is missing");
		return EXIT_PARTIAL;
	}
	if (err < 0)
		return fail(o, d, err);
	if (err)
		return err;
	say(o, d);
	if (d->unknown) {
		tool_error("diff: %" PRIu64 " spans could not be read on both sides", d->unknown);
		return EXIT_PARTIAL;
	}
	return tool_incomplete ? EXIT_PARTIAL : EXIT_OK;
}

static int by_row(const struct options *o, struct diff *d, struct out *out)
{
	struct diff_rows rows = { .o = o, .d = d, .out = out };
	int err;

	err = diff_run(d, diff_rows_add, &rows);
	diff_rows_flush(&rows);
	return err;
}

static int by_sum(const struct options *o, struct diff *d, struct out *out)
{
	struct diff_sum sum = { .o = o, .out = out };
	int err;

	err = diff_run(d, diff_sum_add, &sum);
	diff_sum_end(&sum);
	return err;
}

static int compare(const struct options *o, struct diff *d)
{
	struct out *out;
	int err = diff_begin(d);

	if (err)
		return err < 0 ? fail(o, d, err) : err;
	if (diff_ignores(d, DIFF_SHARED) && diff_ignores(d, DIFF_PRIVATE))
		d->facts = false;
	out = out_begin(o, like(o), o->summary ? "summary" : "changes");
	if (!out)
		return EXIT_ERROR;
	err = o->summary ? by_sum(o, d, out) : by_row(o, d, out);
	if (out_end(out))
		return EXIT_ERROR;
	return status_of(o, d, err);
}

static int run(const struct options *o)
{
	struct diff *d;
	int err;

	if (o->argc != 2) {
		tool_error("diff: give two, each a recording or a process\nTry 'mmscope diff --help'.");
		return EXIT_TROUBLE;
	}
	d = calloc(1, sizeof(*d));
	if (!d)
		return EXIT_TROUBLE;
	d->ignored = o->ignore;
	/* of two processes a frame that both have is one and the same, asked about twice */
	d->facts = !tool_is_process(o->argv[0]) || !tool_is_process(o->argv[1]);
	err = tool_open_named(o->argv[0], &d->side[0].src);
	if (!err)
		err = tool_open_named(o->argv[1], &d->side[1].src);
	if (!err)
		err = compare(o, d);
	if (err == EXIT_ERROR)
		err = EXIT_TROUBLE;
	else if (!err && d->found)
		err = EXIT_DIFFERS;
	diff_end(d);
	free(d);
	return err;
}

const struct command command_diff = {
	.name = "diff",
	.args = "A B",
	.help = "what has changed from one recording or process to another: exit 0 same, 1 differs",
	.more = "A and B are each the file of a recording, or a process (a pid or self; ./123 is a\n"
		"file). Page by page at the same addresses; pages in a row that have changed alike\n"
		"are a row. --ignore takes names of changes and letters of flags, with commas\n"
		"between: A,D as the accessed and dirty bits change all the time. Changes:\n"
#define DIFF_CHANGE(symbol, name, help) "  " name ": " help "\n"
#include "diff.def"
#undef DIFF_CHANGE
		"Frames are compared if both sides are of one kernel, which has to be one boot.\n"
		"Status 3: a part could not be compared; 2 and 4 to 7: trouble.",
	.examples = " mmscope diff before.data after.data\n"
		    " mmscope diff --ignore A,D,d before.data 1234\n"
		    " mmscope diff --summary before.data after.data\n"
		    " mmscope diff -J before.data after.data | jq '.changes[] | select(.change == \"moved\")'\n"
		    " mmscope diff --ignore A,D 1234 1235   parent and child\n",
	.columns = diff_columns,
	.nr_columns = DIFF_COLUMNS,
	.options = OPT_TABLE | OPT_BYTES | OPT_NO_MERGE | OPT_DIFF,
	.trouble = EXIT_TROUBLE,
	.run = run,
	.like = like,
};
