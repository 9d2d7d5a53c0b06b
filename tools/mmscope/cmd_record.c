// SPDX-License-Identifier: GPL-2.0-only
/* mmscope record: all of one process into a file. */
#include "tool.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Under another name until it is whole: a recording exists or it does not. */
static int write_file(const struct options *o, struct libmmscope_source *src,
		      const char *path, struct libmmscope_recorded *done)
{
	char part[4096];
	FILE *stream;
	int err;

	if (snprintf(part, sizeof(part), "%s.part", path) >= (int)sizeof(part)) {
		tool_error("%s: %s", path, strerror(ENAMETOOLONG));
		return EXIT_ERROR;
	}
	stream = fopen(part, "we");
	if (!stream) {
		tool_error("%s: %s", part, strerror(errno));
		return EXIT_ERROR;
	}
	err = libmmscope_record(src, stream, done);
	if (fclose(stream) && !err)
		err = -errno;
	if (!err && rename(part, path))
		err = -errno;
	if (!err)
		return EXIT_OK;
	unlink(part);
	if (err == -ESRCH)
		return tool_fail(o, src, err);
	tool_error("%s: %s", path, strerror(-err));
	return EXIT_ERROR;
}

static int run(const struct options *o)
{
	const char *path = o->output ? o->output : "mmscope.data";
	struct libmmscope_recorded done;
	struct libmmscope_source *src;
	int err;

	err = tool_open_alone(o, "record", &src);
	if (err)
		return err;
	err = write_file(o, src, path, &done);
	libmmscope_close(src);
	if (err)
		return err;
	tool_hidden(done.out_flags);
	if (o->verbose || done.changed)
		tool_error("record: %" PRIu64 " tables, %" PRIu64 " entries, %" PRIu64
			   " looks repeated, %" PRIu64 " spans not read",
			   done.tables, done.entries, done.retries, done.changed);
	if (!done.changed && (done.out_flags & MMSCOPE_OUT_CHANGED))
		tool_error("record: not all tasks that share the mm fitted");
	return done.changed || (done.out_flags & MMSCOPE_OUT_CHANGED) ? EXIT_PARTIAL : EXIT_OK;
}

const struct command command_record = {
	.name = "record",
	.args = "PID",
	.help = "all of one process into a file, for -i",
	.more = "The file holds the format description, the mm, the VMAs, the tasks, the names of\n"
		"the swap areas and every table, and is read without the module, without root\n"
		"and on any kernel.",
	.examples = " mmscope record -o shell.data $$\n"
		    " mmscope dump -i shell.data\n",
	.options = OPT_OUTPUT,
	.run = run,
};
