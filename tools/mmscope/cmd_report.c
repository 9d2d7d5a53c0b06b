// SPDX-License-Identifier: GPL-2.0-only
/* mmscope report: what a recording holds, and how far it is sound. */
#include "tool.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
	COL_NR, COL_TIME, COL_PID, COL_COMM, COL_STATE, COL_FLAGS, COL_TABLES, COL_ENTRIES,
	COL_CHANGED, COL_FRAMES, COL_START, COL_END, COL_LENGTH, COL_STORED, NR_COLUMNS,
};

static const struct column columns[] = {
	[COL_NR] = { "NR", "nr", CELL_NUMBER, 3, true, "number of the moment: FILE@NR" },
	[COL_TIME] = { "TIME", "time", CELL_STRING, 23, true, "when it was begun" },
	[COL_PID] = { "PID", "pid", CELL_NUMBER, 7, true, "process id" },
	[COL_COMM] = { "COMM", "comm", CELL_STRING, 12, true, "name of the process" },
	[COL_STATE] = { "STATE", "state", CELL_STRING, 6, true, "whole, cut (the file ends before), gone (the process), interrupted" },
	[COL_FLAGS] = { "FLAGS", "flags", CELL_LIST, 10, true, "frozen, frames, hidden, at-exit, part (not all addresses)" },
	[COL_TABLES] = { "TABLES", "tables", CELL_NUMBER, 7, true, "page tables read" },
	[COL_ENTRIES] = { "ENTRIES", "entries", CELL_NUMBER, 9, true, "entries that are not empty" },
	[COL_CHANGED] = { "CHANGED", "changed", CELL_NUMBER, 4, false, "spans that could not be read" },
	[COL_FRAMES] = { "FRAMES", "frames", CELL_NUMBER, 7, false, "frames with facts" },
	[COL_START] = { "START", "start", CELL_HEX, 14, false, "first address whose tables were read" },
	[COL_END] = { "END", "end", CELL_HEX, 14, false, "address after the last" },
	[COL_LENGTH] = { "LENGTH", "length", CELL_NUMBER, 7, false, "its bytes, unpacked" },
	[COL_STORED] = { "STORED", "stored", CELL_NUMBER, 7, true, "its bytes in the file" },
};

static const char *state_of(const struct libmmscope_moment *m)
{
	static const char * const word[] = {
		[LIBMMSCOPE_ENDED_WHOLE] = "whole",
		[LIBMMSCOPE_ENDED_INTERRUPTED] = "interrupted",
		[LIBMMSCOPE_ENDED_GONE] = "gone",
	};

	if (!m->whole)
		return "cut";
	return m->done.ended < sizeof(word) / sizeof(word[0]) ? word[m->done.ended] : "?";
}

static void set_flags(struct out *out, const struct libmmscope_moment *m)
{
	char text[64] = "";

	if (m->flags & LIBMMSCOPE_FROZEN)
		tool_add_word(text, sizeof(text), "frozen");
	if (m->flags & LIBMMSCOPE_FRAMES)
		tool_add_word(text, sizeof(text), "frames");
	if ((m->flags & LIBMMSCOPE_HIDDEN) || (m->done.out_flags & MMSCOPE_OUT_HIDDEN))
		tool_add_word(text, sizeof(text), "hidden");
	if (m->flags & LIBMMSCOPE_AT_EXIT)
		tool_add_word(text, sizeof(text), "at-exit");
	if (m->flags & LIBMMSCOPE_PART)
		tool_add_word(text, sizeof(text), "part");
	out_set(out, COL_FLAGS, "%s", text);
}

static void set_size(struct out *out, const struct options *o, unsigned int column,
		     uint64_t bytes)
{
	char text[32];

	tool_size(o, bytes, text, sizeof(text));
	out_set(out, column, "%s", text);
}

static void set_time(struct out *out, uint64_t nanoseconds)
{
	time_t seconds = nanoseconds / 1000000000;
	char text[32];
	struct tm tm;

	if (!nanoseconds || !gmtime_r(&seconds, &tm))
		return;
	strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &tm);
	out_set(out, COL_TIME, "%s.%03uZ", text,
		(unsigned int)(nanoseconds / 1000000 % 1000));
}

static void put_row(struct out *out, const struct options *o, const struct libmmscope_moment *m)
{
	out_set(out, COL_NR, "%u", m->number);
	set_time(out, m->time);
	out_set(out, COL_PID, "%d", m->pid);
	out_set(out, COL_COMM, "%s", m->comm);
	out_set(out, COL_STATE, "%s", state_of(m));
	set_flags(out, m);
	if (m->whole) {
		out_set(out, COL_TABLES, "%" PRIu64, m->done.tables);
		out_set(out, COL_ENTRIES, "%" PRIu64, m->done.entries);
		out_set(out, COL_CHANGED, "%" PRIu64, m->done.changed);
		out_set(out, COL_FRAMES, "%" PRIu64, m->done.frames);
	}
	out_set(out, COL_START, "0x%" PRIx64, m->start);
	out_set(out, COL_END, "0x%" PRIx64, m->end);
	set_size(out, o, COL_LENGTH, m->length);
	set_size(out, o, COL_STORED, m->stored);
	out_row(out);
}

/* Lines of "name=value", lined up as lscpu does; not among columns for a program. */
static void print_host(const struct options *o, struct libmmscope_file *file)
{
	char *text = libmmscope_file_host(file), *line, *rest, *value, *c;

	if (!text || o->json || o->raw || o->noheadings) {
		free(text);
		return;
	}
	for (line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
		value = strchr(line, '=');
		if (!value)
			continue;
		*value = '\0';
		/* from whoever made the file: no escapes */
		for (c = value + 1; *c; c++)
			if ((unsigned char)*c < ' ' || *c == 127)
				*c = '?';
		printf("%-9s%s\n", line, value + 1);
	}
	putchar('\n');
	free(text);
}

static int print(const struct options *o, struct libmmscope_file *file)
{
	const struct libmmscope_moment *m;
	const char *damage;
	struct out *out;
	size_t count, i;
	uint64_t at;

	print_host(o, file);
	out = out_begin(o, &command_report, "moments");
	if (!out)
		return EXIT_ERROR;
	m = libmmscope_file_moments(file, &count);
	for (i = 0; i < count; i++)
		put_row(out, o, &m[i]);
	if (out_end(out))
		return EXIT_ERROR;
	damage = libmmscope_file_damage(file, &at);
	if (damage)
		tool_error("%s: %s at byte %" PRIu64 ": what follows is missing", o->argv[0],
			   damage, at);
	for (i = 0; i < count; i++)
		tool_incomplete |= !m[i].whole || m[i].done.ended;
	return damage ? EXIT_PARTIAL : EXIT_OK;
}

static int run(const struct options *o)
{
	struct libmmscope_file *file;
	int err;

	if (o->argc != 1) {
		tool_error("report: takes one recording");
		return EXIT_ERROR;
	}
	err = libmmscope_file_open(o->argv[0], &file);
	if (err)
		return tool_explain(o->argv[0], err);
	err = libmmscope_file_check(file);
	err = err ? tool_explain(o->argv[0], err) : print(o, file);
	libmmscope_file_close(file);
	return err;
}

const struct command command_report = {
	.name = "report",
	.args = "FILE",
	.help = "what a recording holds: its moments, and how far it is sound",
	.more = "Times are UTC, sizes in multiples of 1024 bytes; -b gives bytes. Status 3 if the file\n"
		"is damaged or cut off, or a moment is not whole.",
	.examples = " mmscope report mmscope.data\n"
		    " mmscope report -J mmscope.data | jq '.moments[] | select(.state != \"whole\")'\n",
	.columns = columns,
	.nr_columns = NR_COLUMNS,
	.options = OPT_TABLE | OPT_BYTES,
	.run = run,
};
