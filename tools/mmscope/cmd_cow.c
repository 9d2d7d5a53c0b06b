// SPDX-License-Identifier: GPL-2.0-only
/* mmscope cow: what two processes that were one still share, and what was copied. */
#include "cow.h"
#include "processes.h"
#include "trace.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define COW_STATE(symbol, column, word, shown, help)		\
	{ column, word, CELL_NUMBER, 7, shown, help },
#define COW_SUM(symbol, column, key, width, shown, help)	\
	{ column, key, CELL_NUMBER, width, shown, help },

enum { COL_START, COL_END, COL_PERMS, COL_SIZE, COL_VMA_SUMS, COL_PATH = COL_VMA_SUMS + NR_SUMS };
static const struct column columns[] = {
	[COL_START] = { "START", "start", CELL_HEX, 14, true, "first address; none: the sum of all" },
	{ "END", "end", CELL_HEX, 14, false, "address after the last" },
	{ "PERMS", "perms", CELL_STRING, 5, true, "rights" },
	{ "SIZE", "size", CELL_NUMBER, 6, true, "bytes of addresses" },
#include "cow.def"
#include "cow_sums.def"
	{ "PATH", "path", CELL_STRING, 10, true, "file, or [heap], [stack] …; total" },
};

enum { WATCH_TIME, WATCH_DRIFT, WATCH_SUMS };
static const struct column watch_columns[] = {
	[WATCH_TIME] = { "TIME", "time", CELL_DECIMAL, 8, true, "seconds since the first look" },
	{ "DRIFT", "drift", CELL_NUMBER, 7, true, "bytes that are shared no more since the look before" },
#include "cow.def"
#include "cow_sums.def"
};

static const struct command command_watch = {
	.name = "cow", .columns = watch_columns, .nr_columns = WATCH_SUMS + NR_SUMS,
};

static const struct command *like(const struct options *o)
{
	return o->is_cmd ? &trace_summary : o->pages ? &cow_pages : o->all ? &cow_relatives :
	       o->watch ? &command_watch : &command_cow;
}

static void set_bytes(struct out *out, const struct options *o, unsigned int column, uint64_t bytes)
{
	char text[64];

	tool_size(o, bytes, text, sizeof(text));
	out_set(out, column, "%s", text);
}

void cow_set_sums(struct out *out, const struct options *o, unsigned int first,
		  const struct cow_sums *s)
{
	unsigned int i;

	for (i = 0; i < NR_COW_STATES; i++)
		set_bytes(out, o, first + SUM_STATES + i, s->state[i]);
	set_bytes(out, o, first + SUM_PROMISED, s->promised);
	if (cow_wants_facts(out, first)) {
		set_bytes(out, o, first + SUM_EXCLUSIVE, s->exclusive);
		set_bytes(out, o, first + SUM_PINNED, s->pinned);
	}
}

/* Facts about frames are asked for only if a column shows them. */
bool cow_wants_facts(const struct out *out, unsigned int first)
{
	return out_wants(out, first + SUM_EXCLUSIVE) || out_wants(out, first + SUM_PINNED);
}

static void print_vma(struct out *out, const struct options *o, const struct mmscope_vma *vma,
		      const struct cow_sums *s)
{
	const char *path = libmmscope_vma_string(vma, vma->name);
	char perms[8];

	out_set(out, COL_START, "0x%012" PRIx64, (uint64_t)vma->start);
	out_set(out, COL_END, "0x%012" PRIx64, (uint64_t)vma->end);
	mmscope_perms(vma->flags, perms);
	out_set(out, COL_PERMS, "%s", perms);
	if (path)
		out_set(out, COL_PATH, "%s", path);
	set_bytes(out, o, COL_SIZE, s->size);
	cow_set_sums(out, o, COL_VMA_SUMS, s);
	out_row(out);
}

/* All private VMAs, each a row. 0 or a negative errno. */
static int print_vmas(struct cow *c, const struct options *o, struct out *out,
		      struct cow_sums *total)
{
	struct cow_sums sums;
	size_t i;
	int err;

	for (i = 0; i < c->mine.maps.count; i++) {
		if (!cow_takes(c, c->mine.maps.vma[i]))
			continue;
		memset(&sums, 0, sizeof(sums));
		err = cow_vma(c, c->mine.maps.vma[i], &sums, NULL, NULL);
		if (err)
			return err;
		cow_add(total, &sums);
		print_vma(out, o, c->mine.maps.vma[i], &sums);
	}
	return 0;
}

/* What the numbers do not tell. Return: exit status. */
static int say(const struct options *o, const struct cow *c)
{
	if (!c->kin)
		tool_error("%d and %d are not one program, one has called exec since: nothing is said to be copied",
			   libmmscope_pid(c->mine.src), libmmscope_pid(c->other.src));
	if (o->verbose)
		tool_error("%" PRIu64 " looks repeated", c->mine.retries + c->other.retries);
	if (!c->mine.changed && !c->other.changed)
		return EXIT_OK;
	tool_error("changed meanwhile: %" PRIu64 " spans not read",
		   c->mine.changed + c->other.changed);
	return EXIT_PARTIAL;
}

/* How a table of rows ends that was begun. Return: exit status. */
static int end(const struct options *o, const struct cow *c, int err)
{
	if (err == -EINTR) {
		tool_error("interrupted: rows are missing");
		return EXIT_PARTIAL;
	}
	return err ? tool_fail(o, c->mine.src, err) : say(o, c);
}

static int by_vma(const struct options *o, struct cow *c)
{
	struct out *out = out_begin(o, &command_cow, "cow");
	struct cow_sums total = { 0 };
	int err;

	if (!out)
		return EXIT_ERROR;
	c->want_facts = cow_wants_facts(out, COL_VMA_SUMS);
	err = print_vmas(c, o, out, &total);
	if (!err) {
		out_set(out, COL_PATH, "total");
		set_bytes(out, o, COL_SIZE, total.size);
		cow_set_sums(out, o, COL_VMA_SUMS, &total);
		out_row(out);
	}
	if (out_end(out))
		return EXIT_ERROR;
	return end(o, c, err);
}

static int by_page(const struct options *o, struct cow *c)
{
	struct out *out = out_begin(o, &cow_pages, "pages");
	int err;

	if (!out)
		return EXIT_ERROR;
	err = cow_pages_print(c, out);
	return out_end(out) ? EXIT_ERROR : end(o, c, err);
}

/* One look of many. Each opens the processes anew: one may have called exec. */
static int look_again(const struct options *o, struct cow *first, struct out *out, double time,
		      int64_t *shared)
{
	struct cow c = { .want_facts = cow_wants_facts(out, WATCH_SUMS) };
	struct cow_sums sums = { 0 };
	int64_t now;
	int err;

	err = cow_open(&c, &(struct cow_name){ .pid = libmmscope_pid(first->mine.src) },
		       &(struct cow_name){ .pid = libmmscope_pid(first->other.src) });
	if (!err)
		err = cow_all(&c, &sums, NULL, NULL);
	if (!err) {
		now = sums.state[COW_SHARED];
		out_set(out, WATCH_TIME, "%.1f", time);
		if (*shared >= 0)
			out_set(out, WATCH_DRIFT, "%" PRId64, *shared - now);
		cow_set_sums(out, o, WATCH_SUMS, &sums);
		out_row(out);
		out_flush(out);
		*shared = now;
	}
	cow_close(&c);
	return err;
}

/* Until one of them is gone, or the user wants no more. */
static int watch(const struct options *o, struct cow *c)
{
	double step = strtod(o->watch, NULL), begun = tool_seconds();
	struct out *out = out_begin(o, &command_watch, "cow");
	struct timespec pause = { (time_t)step, (step - (time_t)step) * 1e9 };
	long left = o->count ? strtol(o->count, NULL, 10) : -1;
	int64_t shared = -1;
	int err = 0;

	if (!out)
		return EXIT_ERROR;
	while (!err && left && !tool_interrupted) {
		err = look_again(o, c, out, tool_seconds() - begun, &shared);
		if (left > 0)
			left--;
		if (!err && left)
			nanosleep(&pause, NULL);
	}
	if (out_end(out))
		return EXIT_ERROR;
	/* that one of them ends is how it ends; interrupted, it has shown what there was */
	if (err == -ESRCH && shared >= 0) {
		tool_error("cow: one of the processes is gone");
		return EXIT_OK;
	}
	return err && err != -EINTR ? tool_fail(o, c->mine.src, err) : EXIT_OK;
}

/* A program to its end: what its writes to shared pages cost, and where they are. */
static int of_program(const struct options *o)
{
	struct options with = *o;

	if (!o->argc || o->pages || o->all || o->watch || o->count) {
		tool_error("cow: after -- a program to run, without --pages, --all and --watch");
		return EXIT_ERROR;
	}
	with.follow = true;
	with.cow = true;
	with.summary = true;
	with.by = "kind,code,vma";
	return command_trace.run(&with);
}

static int check(const struct options *o)
{
	char *end;

	if (o->input && (o->argc > 1 || o->all || o->watch)) {
		tool_error("cow: -i FILE goes with one more recording at the most, without --all and --watch");
		return EXIT_ERROR;
	}
	if (!o->input && (o->argc < 1 || o->argc > 2 || (o->all && o->argc > 1))) {
		tool_error("cow: give one process, or two; with --all one\nTry 'mmscope cow --help'.");
		return EXIT_ERROR;
	}
	if (o->pages + o->all + !!o->watch > 1 || (o->count && !o->watch)) {
		tool_error("cow: --pages, --all and --watch exclude each other, --count goes with --watch");
		return EXIT_ERROR;
	}
	if (o->watch && (strtod(o->watch, &end) < 0.01 || *end || strtod(o->watch, NULL) > 86400)) {
		tool_error("cow: --watch takes seconds from 0.01 to 86400, not '%s'", o->watch);
		return EXIT_ERROR;
	}
	if (o->count && (strtol(o->count, &end, 10) < 1 || *end)) {
		tool_error("cow: --count takes a number from 1, not '%s'", o->count);
		return EXIT_ERROR;
	}
	return EXIT_OK;
}

/* The second process, or the parent of the first. 0: there is none. */
static int find_other(const struct options *o, struct libmmscope_source *me, pid_t *other)
{
	struct libmmscope_source *src;
	int err;

	*other = o->argc == 2 ? 0 : processes_parent(libmmscope_pid(me));
	if (o->argc == 2) {
		err = tool_open_process(o->argv[1], &src);
		if (err)
			return err;
		*other = libmmscope_pid(src);
		libmmscope_close(src);
	}
	if (*other)
		return EXIT_OK;
	tool_error("cow: process %d has no parent that can be seen; give two processes",
		   libmmscope_pid(me));
	return EXIT_ERROR;
}

static int print(const struct options *o, struct cow *c)
{
	if (libmmscope_mm_id(c->mine.src) == libmmscope_mm_id(c->other.src)) {
		tool_error("cow: %d and %d have one address space: nothing is copied between them",
			   libmmscope_pid(c->mine.src), libmmscope_pid(c->other.src));
		return EXIT_ERROR;
	}
	return o->pages ? by_page(o, c) : o->watch ? watch(o, c) : by_vma(o, c);
}

static int compare(const struct options *o, struct libmmscope_source *me)
{
	struct cow_name mine = { libmmscope_pid(me), o->input }, other = { 0 };
	struct cow c = { 0 };
	char buf[4096];
	int err;

	if (o->input) {
		err = cow_find_recorded(o, me, buf, sizeof(buf));
		other.recording = buf;
	} else {
		err = find_other(o, me, &other.pid);
	}
	if (err)
		return err;
	err = cow_open(&c, &mine, &other);
	err = err ? tool_fail(o, me, err) : print(o, &c);
	cow_close(&c);
	return err;
}

static int run(const struct options *o)
{
	struct libmmscope_source *me;
	int used, err;

	if (o->is_cmd)
		return of_program(o);
	err = check(o);
	if (err)
		return err;
	err = tool_open(o, &me, &used);
	if (err)
		return err;
	err = tool_phys(me, "cow");
	if (!err)
		err = o->all ? cow_relatives_print(o, me) : compare(o, me);
	libmmscope_close(me);
	return err;
}

const struct command command_cow = {
	.name = "cow",
	.args = "PID [PID] | -i FILE [FILE] | -- CMD...",
	.help = "what two processes share since a fork, and what was copied; one: with its parent",
	.more = "Private memory only. Pages of one address are the same frame or swap slot (shared),\n"
		"other ones (copied), or there in one process only. The process is not stopped: rows\n"
		"are of one moment each. After exec nothing is said to be copied. Needs CAP_SYS_ADMIN.\n"
		"With -i FILE[@N] two recordings, or two processes of one file (record PID,PID).",
	.examples = " mmscope cow 1235                    a child and its parent\n"
		    " mmscope cow --pages 1235 1234       page by page\n"
		    " mmscope cow --all 1234              with every process it was one with\n"
		    " mmscope cow --watch 1 1234 1235     how copies add up\n"
		    " mmscope cow -- ./server             what breaks sharing: kinds, code and VMAs by cost\n",
	.columns = columns,
	.nr_columns = COL_PATH + 1,
	.options = OPT_TABLE | OPT_INPUT | OPT_BYTES | OPT_COW,
	.run = run,
	.like = like,
};
