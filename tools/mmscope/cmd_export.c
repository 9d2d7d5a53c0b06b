// SPDX-License-Identifier: GPL-2.0-only
/* mmscope export: all of a recording as one JSON document. */
#include "tool.h"

#include <stdlib.h>
#include <string.h>

static bool has_mm(struct libmmscope_source *src)
{
	struct mmscope_mm mm;

	return !libmmscope_mm(src, &mm);
}

static bool has_vmas(struct libmmscope_source *src)
{
	(void)src;
	return true;
}

static bool has_tasks(struct libmmscope_source *src)
{
	struct mmscope_tasks tasks;
	const void *records;

	return !libmmscope_tasks(src, &tasks, &records);
}

static bool has_zones(struct libmmscope_source *src)
{
	struct mmscope_zones zones;
	const void *records;

	return !libmmscope_zones(src, &zones, &records);
}

static bool has_frames(struct libmmscope_source *src)
{
	struct mmscope_frames f = { .flags = MMSCOPE_FRAMES_SKIP, .end = 1ULL << 40 };
	const void *records;

	return !libmmscope_frames(src, &f, &records) && f.count;
}

/* The commands whose JSON is put together, and whether a recording has it. */
static const struct part {
	const struct command *command;
	bool (*has)(struct libmmscope_source *src);
} parts[] = {
	{ &command_mm, has_mm },
	{ &command_tasks, has_tasks },
	{ &command_maps, has_vmas },
	{ &command_zones, has_zones },
	{ &command_dump, has_vmas },
	{ &command_frame, has_frames },
};

#define NR_PARTS (sizeof(parts) / sizeof(parts[0]))

/* All columns of a command, for -o. */
static void all_columns(const struct command *c, char *buf, size_t len)
{
	size_t i, at = 0;

	buf[0] = '\0';
	for (i = 0; i < c->nr_columns && at < len; i++)
		at += snprintf(buf + at, len - at, "%s%s", i ? "," : "", c->columns[i].name);
}

/* One command's JSON of one moment, without the end of its line. */
static int put_part(const struct command *c, const char *input)
{
	char columns[1024];
	struct options o = {
		.json = true, .bytes = true, .input = input, .no_merge = false,
		.all = c == &command_frame, .columns = c->nr_columns ? columns : NULL,
	};

	all_columns(c, columns, sizeof(columns));
	return c->run(&o);
}

/* A list of objects, one for each command; "jq add" makes one of them. */
static int put_moment(const char *input, struct libmmscope_source *src)
{
	const char *before = "[";
	int err = EXIT_OK, status;
	size_t i;

	for (i = 0; i < NR_PARTS; i++) {
		if (!parts[i].has(src))
			continue;
		fputs(before, stdout);
		before = ",";
		status = put_part(parts[i].command, input);
		if (status)
			err = status;
	}
	puts("]");
	return err;
}

static int put_moments(const struct options *o, size_t count)
{
	struct libmmscope_source *src;
	int err = EXIT_OK, status;
	char input[4096];
	size_t i;

	for (i = 0; i < count && !tool_interrupted; i++) {
		snprintf(input, sizeof(input), "%s@%zu", o->argv[0], i + 1);
		fputs(i ? "," : "", stdout);
		status = libmmscope_open_recording(input, &src) ? EXIT_PARTIAL : EXIT_OK;
		if (status) {	/* it begins where the file ends */
			puts("[]");
		} else {
			status = put_moment(input, src);
			libmmscope_close(src);
		}
		if (status)
			err = status;
	}
	return tool_interrupted ? EXIT_PARTIAL : err;
}

static int run(const struct options *o)
{
	struct options report = { .json = true, .bytes = true, .argc = 1, .argv = o->argv };
	struct libmmscope_file *file;
	char columns[1024];
	size_t count;
	int err;

	if (o->argc != 1) {
		tool_error("export: takes one recording");
		return EXIT_ERROR;
	}
	err = libmmscope_file_open(o->argv[0], &file);
	if (err)
		return tool_explain(o->argv[0], err);
	libmmscope_file_moments(file, &count);
	libmmscope_file_close(file);
	all_columns(&command_report, columns, sizeof(columns));
	report.columns = columns;
	fputs("{\"report\":", stdout);
	err = command_report.run(&report);
	fputs(",\"moments\":[\n", stdout);
	if (err == EXIT_OK || err == EXIT_PARTIAL) {
		int status = put_moments(o, count);

		err = status ? status : err;
	}
	puts("]}");
	return err;
}

const struct command command_export = {
	.name = "export",
	.args = "FILE",
	.help = "all of a recording as one JSON document",
	.more = "\"report\" is what mmscope report -J says, \"moments\" has a list for each moment: the\n"
		"objects of mm, tasks, maps, zones, dump and frame with all their columns, as far as\n"
		"the recording has them.",
	.examples = " mmscope export mmscope.data >process.json\n"
		    " mmscope export mmscope.data | jq '.moments[0] | add | .entries | length'\n",
	.run = run,
};
