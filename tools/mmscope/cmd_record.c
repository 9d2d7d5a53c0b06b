// SPDX-License-Identifier: GPL-2.0-only
/* mmscope record: processes into a file, once or again and again. */
#include "tool.h"
#include "verify.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>

#define MAX_PROCESSES 64

struct recording_run {
	const struct options *o;
	struct record_file file;
	struct progress progress;
	char *pid[MAX_PROCESSES];	/* words of the command line */
	int nr;
	long count;		/* moments of each; LONG_MAX: until interrupted */
	double interval;	/* seconds */
	uint64_t moments;	/* written */
	uint64_t tables, entries, retries, changed;
	uint32_t out_flags;
	bool partial;		/* a process was gone, or it was interrupted */
	int err;		/* of writing the file: a negative errno */
};

static int on_progress(void *arg, const char *unit, uint64_t done, uint64_t total)
{
	struct recording_run *r = arg;

	r->progress.unit = unit;
	progress_update(&r->progress, done < total ? done : total, total);
	/* an interrupt ends the program as well: its last moment is what is wanted */
	return tool_interrupted && !r->o->is_cmd;
}

static void add_counts(struct recording_run *r, const struct libmmscope_recorded *done)
{
	r->moments++;
	r->tables += done->tables;
	r->entries += done->entries;
	r->retries += done->retries;
	r->changed += done->changed;
	r->out_flags |= done->out_flags;
	if (done->ended == LIBMMSCOPE_ENDED_GONE)
		tool_error("record: the process was gone before all of it was recorded");
	else if (done->ended == LIBMMSCOPE_ENDED_INTERRUPTED)
		tool_error("record: interrupted; the file holds what had been read");
	r->partial |= done->ended != LIBMMSCOPE_ENDED_WHOLE;
}

static int set_range(struct recording_run *r, const struct libmmscope_source *src,
		     struct libmmscope_what *what)
{
	const char *text = !r->o->is_cmd && r->o->argc > !r->o->input ?
			   r->o->argv[!r->o->input] : NULL;

	if (!text)
		return 0;
	return tool_range(src, text, &what->start, &what->end);
}

/* One moment of an open source. Return: exit status. */
static int add(struct recording_run *r, struct libmmscope_source *src, uint32_t flags)
{
	struct libmmscope_what what = {
		.flags = flags | (r->o->frames ? LIBMMSCOPE_FRAMES : 0),
		.progress = on_progress, .arg = r,
	};
	struct libmmscope_recorded done;
	int err = set_range(r, src, &what);

	if (err)
		return err;
	if (r->o->frames) {
		err = tool_phys(src, "record: --frames");
		if (err)
			return err;
	}
	/* from a recording all that it has */
	if (r->o->input)
		what.flags |= libmmscope_moment(src)->flags & LIBMMSCOPE_FRAMES;
	err = libmmscope_recorder_add(r->file.recorder, src, &what, &done);
	progress_end(&r->progress);
	if (!err)
		add_counts(r, &done);
	else if (ferror(r->file.stream))
		r->err = err;
	else
		return tool_fail(r->o, src, err);
	return r->err ? EXIT_ERROR : EXIT_OK;
}

/* Opens one process, and stops it if wanted. Return: exit status. */
static int begin(const struct recording_run *r, const char *pid, struct libmmscope_source **src,
		 struct freeze **freeze)
{
	int err = tool_open_process(pid, src);

	if (err || !r->o->freeze)
		return err;
	err = freeze_begin(*src, freeze);
	if (!err)
		return EXIT_OK;
	err = tool_fail(r->o, *src, err);
	libmmscope_close(*src);
	return err;
}

/* One moment of each process, all of them stopped before the first is read. */
static int add_round(struct recording_run *r, uint32_t flags)
{
	struct libmmscope_source *src[MAX_PROCESSES];
	struct freeze *freeze[MAX_PROCESSES] = { NULL };
	int i, nr, err = EXIT_OK;

	for (nr = 0; nr < r->nr && !err; nr++) {
		err = begin(r, r->pid[nr], &src[nr], &freeze[nr]);
		/* the others go on */
		if (err == EXIT_NO_PROCESS && r->moments && r->nr > 1) {
			memmove(r->pid + nr, r->pid + nr + 1,
				(--r->nr - nr) * sizeof(r->pid[0]));
			r->partial = true;
			err = EXIT_OK;
			nr--;
		} else if (err) {
			break;
		}
	}
	if (r->o->freeze)
		flags |= LIBMMSCOPE_FROZEN;
	for (i = 0; i < nr && !err && (!tool_interrupted || r->o->is_cmd); i++) {
		err = add(r, src[i], flags);
		/* gone since it was opened: the next round does without it */
		if (err == EXIT_NO_PROCESS && r->moments && r->nr > 1) {
			r->partial = true;
			err = EXIT_OK;
		}
	}
	for (i = 0; i < nr; i++) {
		freeze_end(freeze[i]);
		libmmscope_close(src[i]);
	}
	return err;
}

static void sleep_until(double until)
{
	double left = until - tool_seconds();
	struct timespec t = { left, (left - (time_t)left) * 1e9 };

	if (left > 0 && !tool_interrupted)
		nanosleep(&t, NULL);
}

/* All processes, every so often. Return: exit status. */
static int add_all(struct recording_run *r)
{
	double next = tool_seconds();
	long n;
	int err;

	for (n = 0; n < r->count && !tool_interrupted; n++) {
		if (n) {
			/* after a long stop no burst of what was missed */
			next += r->interval;
			if (next < tool_seconds())
				next = tool_seconds();
			sleep_until(next);
		}
		if (tool_interrupted)
			break;
		err = add_round(r, 0);
		if (err == EXIT_NO_PROCESS && n) {
			r->partial |= r->count != LONG_MAX;
			return EXIT_OK;
		}
		if (err)
			return err;
	}
	r->partial |= n < r->count && r->count != LONG_MAX;
	return EXIT_OK;
}

/* A program, when it ends and every so often before. Return: exit status. */
static int add_program(struct recording_run *r)
{
	pid_t child = record_program_start(r->o->argv);
	double next = tool_seconds();
	int state, status, err = EXIT_OK;
	bool ending = false;
	char pid[32];

	if (child < 0)
		return EXIT_ERROR;
	snprintf(pid, sizeof(pid), "%d", child);
	r->pid[r->nr++] = pid;
	do {
		next = r->o->interval ? next + r->interval : 1e18;
		state = record_program_wait(child, next, &status);
		if (state < 2 && !err && !ending && (long)r->moments < r->count - !state)
			err = add_round(r, state ? LIBMMSCOPE_AT_EXIT : 0);
		/* it called exec or ended just then: its end is still to come */
		if (!state && err == EXIT_NO_PROCESS)
			err = EXIT_OK;
		ending |= state == 1;
		if (state == 1)
			record_program_go(child);
	} while (state < 2);
	if (WIFSIGNALED(status) || WEXITSTATUS(status))
		tool_error("record: %s ended with %s %d", r->o->argv[0],
			   WIFSIGNALED(status) ? "signal" : "status",
			   WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
	return err;
}

/* Numbers among the options. Return: exit status. */
static int parse(struct recording_run *r)
{
	const struct options *o = r->o;
	char *end = "";

	r->interval = o->interval ? strtod(o->interval, &end) : 0;
	if (*end || !(r->interval >= 0 && r->interval <= 86400) ||
	    (o->interval && end == o->interval)) {
		tool_error("record: --interval takes seconds up to 86400, not '%s'", o->interval);
		return EXIT_ERROR;
	}
	r->count = o->count ? strtol(o->count, &end, 10) : o->interval || o->is_cmd ? LONG_MAX : 1;
	if (*end || r->count < 1) {
		tool_error("record: --count takes a number from 1, not '%s'", o->count);
		return EXIT_ERROR;
	}
	if (o->input && (o->freeze || o->interval || o->count || o->is_cmd))
		tool_error("record: -i takes one moment from a file: no process to freeze or to wait for");
	else if (o->is_cmd && (o->freeze || !o->argc))
		tool_error("record: after -- a program to run; it is stopped when it is about to end: no --freeze");
	else if (!o->is_cmd && o->argc > 2 - !!o->input)
		tool_error("record: unexpected argument '%s'", o->argv[2 - !!o->input]);
	else if (!o->is_cmd && !o->input && !o->argc)
		tool_error("record: which process? Give a pid, several with commas, or -- and a program");
	else
		return EXIT_OK;
	return EXIT_ERROR;
}

/* "PID,PID…" into words. Return: exit status. */
static int split(struct recording_run *r, char *text)
{
	char *rest, *word = strtok_r(text, ",", &rest);

	for (; word; word = strtok_r(NULL, ",", &rest)) {
		if (r->nr == MAX_PROCESSES) {
			tool_error("record: %d processes at the most", MAX_PROCESSES);
			return EXIT_ERROR;
		}
		r->pid[r->nr++] = word;
	}
	return EXIT_OK;
}

/* What is to be recorded, into the file. Return: exit status. */
static int fill(struct recording_run *r)
{
	struct libmmscope_source *src;
	int used, err;

	if (r->o->is_cmd)
		return add_program(r);
	if (!r->o->input)
		return add_all(r);
	err = tool_open(r->o, &src, &used);
	if (err)
		return err;
	err = add(r, src, 0);
	libmmscope_close(src);
	return err;
}

static void report(const struct recording_run *r)
{
	tool_hidden(r->out_flags);
	if (r->o->verbose || r->changed)
		tool_error("record: %" PRIu64 " moments, %" PRIu64 " tables, %" PRIu64
			   " entries, %" PRIu64 " looks repeated, %" PRIu64 " spans not read",
			   r->moments, r->tables, r->entries, r->retries, r->changed);
	if (!r->changed && (r->out_flags & MMSCOPE_OUT_CHANGED))
		tool_error("record: not all tasks that share the mm fitted");
}

static int run(const struct options *o)
{
	struct recording_run r = { .o = o, .progress = { .what = "record", .silent = true } };
	char *pids = !o->is_cmd && !o->input && o->argc ? strdup(o->argv[0]) : NULL;
	int err = parse(&r), ended;

	if (!err && pids)
		err = split(&r, pids);
	if (!err)
		err = record_file_begin(&r.file, o->output ? o->output : "mmscope.data");
	if (err)
		goto out_free;
	err = fill(&r);
	ended = record_file_end(&r.file, r.err, r.moments || r.err);
	if (ended)
		err = ended;
	report(&r);
	if (!err && !r.moments) {
		tool_error("record: nothing was recorded");
		err = EXIT_PARTIAL;
	}
	if (!err && (r.partial || r.changed || (r.out_flags & MMSCOPE_OUT_CHANGED)))
		err = EXIT_PARTIAL;
out_free:
	free(pids);
	return err;
}

const struct command command_record = {
	.name = "record",
	.args = "PID[,PID...] [RANGE] | -- CMD...",
	.help = "all of a process into a file, for -i",
	.more = "The file holds the format description, the mm, the VMAs, the tasks, the zones, the\n"
		"names of the swap areas and every table, and is read without the module, without\n"
		"root and on any kernel; with --frames also what frame, smaps, cow and tables say\n"
		"of the frames. It is FILE.part until it is whole, and an older one stays as FILE.old.\n"
		"With --interval it holds a moment each time, until --count, an interrupt or the end\n"
		"of the process; FILE@N is the Nth. A program after -- is recorded when it is about to\n"
		"end. -i FILE@N -o NEW takes one moment from another recording.",
	.examples = " mmscope record -o shell.data $$\n"
		    " mmscope dump -i shell.data\n"
		    " mmscope record --frames --freeze -o server.data 1234\n"
		    " mmscope record --interval 10 --count 6 1234    a minute of a process\n"
		    " mmscope record -o sort.data -- sort /etc/services\n",
	.options = OPT_OUTPUT | OPT_INPUT | OPT_FREEZE | OPT_RECORD,
	.run = run,
};
