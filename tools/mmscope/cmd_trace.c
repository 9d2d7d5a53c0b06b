// SPDX-License-Identifier: GPL-2.0-only
/* mmscope trace: page faults as they happen, with the entry before and after each. */
#include "trace.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* A run of the command. */
struct run {
	const struct options *o;
	struct trace trace;
	struct trace_row row;		/* its out: NULL with --summary */
	struct trace_sums *sums;	/* with --summary */
	uint64_t first;			/* time of the first event */
	pid_t child;			/* CMD */
	uint64_t before_exec;		/* its address space until then; 0: it has called exec */
	uint64_t shown, most;		/* events; so many are enough */
	bool failed;
};

/*
 * What CMD does until it calls exec is the tool's own. Its address space is known by
 * its identity; another one may have that later, when this one is gone.
 */
static bool is_before_exec(struct run *r, const struct fault_record *rec)
{
	if (!r->before_exec || rec->tgid != r->child)
		return false;
	if (rec->event.mm_id == r->before_exec)
		return true;
	/* the arguments of the new program are written by the old one */
	if (!(rec->event.flags & MMSCOPE_FAULT_REMOTE))
		r->before_exec = 0;
	return false;
}

static void on_event(void *arg, const struct fault_record *rec)
{
	struct run *r = arg;
	uint64_t offset;
	double time;

	trace_names_until(r->row.names, rec->time);
	if (rec->event.kind == FAULT_FORK) {
		trace_names_forked(r->row.names, rec->tgid, rec->event.mm_pid);
		return;
	}
	if (is_before_exec(r, rec) || r->shown == r->most)
		return;
	if (!(r->trace.kinds >> rec->event.kind & 1)) {
		/* a program's code: now there is a map to read */
		trace_names_find(r->row.names, &rec->event, rec->event.addr, &offset);
		return;
	}
	if (!r->first)
		r->first = rec->time;
	time = rec->time < r->first ? 0 : (rec->time - r->first) / 1e9;
	r->shown++;
	if (!r->sums)
		trace_row_print(&r->row, rec, time);
	else if (trace_sums_add(r->sums, r->row.names, rec, time))
		r->failed = true;
}

/* -p PID,PID…: chosen, and noted. Return: exit status. */
static int add_processes(struct run *r, pid_t *pids, int max, int *nr)
{
	char *list = strdup(r->o->pids), *word, *at = list, *end;
	int status = list ? EXIT_OK : EXIT_ERROR;
	long pid;

	while (!status && (word = strsep(&at, ","))) {
		pid = strtol(word, &end, 10);
		if (pid <= 0 || pid > INT_MAX || *end || !*word || *nr == max) {
			tool_error("trace: -p takes up to %d process ids with commas between, not '%s'",
				   max, r->o->pids);
			status = EXIT_ERROR;
		} else if (kill(pid, 0) && errno == ESRCH) {
			tool_error("trace: pid %ld: no such process", pid);
			status = EXIT_NO_PROCESS;
		} else {
			pids[(*nr)++] = pid;
			r->failed |= !!trace_add(&r->trace, pid);
			trace_names_know(r->row.names, pid);
		}
	}
	free(list);
	return status;
}

/* CMD, which waits until it may begin. Return: its pid; *go has to be closed for that. */
static pid_t start(struct run *r, int *go)
{
	struct libmmscope_source *src;
	int wait[2];
	pid_t pid;
	char c;

	if (pipe2(wait, O_CLOEXEC))
		return -1;
	fflush(stdout);
	pid = fork();
	if (!pid) {
		close(wait[1]);
		signal(SIGINT, SIG_DFL);
		if (read(wait[0], &c, 1) < 0)
			_exit(127);
		execvp(r->o->argv[0], r->o->argv);
		tool_error("trace: %s: %s", r->o->argv[0], strerror(errno));
		_exit(127);
	}
	close(wait[0]);
	*go = wait[1];
	r->child = pid;
	trace_names_know(r->row.names, pid);
	if (pid > 0 && !libmmscope_open_live(pid, &src, NULL)) {
		r->before_exec = libmmscope_mm_id(src);
		libmmscope_close(src);
	}
	return pid;
}

/* Is there nobody left to listen to? CMD's status is kept. */
static bool over(pid_t child, int *status, const pid_t *pids, int nr)
{
	int i;

	if (child)
		return waitpid(child, status, WNOHANG) == child;
	for (i = 0; i < nr; i++)
		if (!kill(pids[i], 0) || errno != ESRCH)
			return false;
	return nr;
}

/* Until it is over, or the user wants no more; then what is still in the buffer. */
static int listen(struct run *r, pid_t child, int *status, const pid_t *pids, int nr)
{
	bool last = false;
	uint64_t before;
	int n;

	for (;;) {
		before = tool_seconds() * 1e9;
		n = trace_poll(&r->trace, last ? 0 : 100);
		if (n < 0)
			return n;
		/* also if nothing faults: others map and begin programs all the time */
		trace_names_until(r->row.names, before);
		if (n && r->row.out)
			out_flush(r->row.out);
		if (n && fflush(stdout))
			return 0;
		if (last && !n)
			return 0;
		if (!last)
			last = tool_interrupted || r->shown == r->most ||
			       over(child, status, pids, nr);
	}
}

/* What was not seen. Return: exit status. */
static int say(struct run *r)
{
	uint64_t lost = trace_count(&r->trace, FAULT_LOST), missed = trace_missed(&r->trace);
	uint64_t strangers = trace_count(&r->trace, FAULT_STRANGERS);

	if (r->o->verbose)
		tool_error("trace: %" PRIu64 " events, %" PRIu64 " shown; %" PRIu64
			   " forks, %" PRIu64 " children followed",
			   trace_count(&r->trace, FAULT_SEEN), r->shown,
			   trace_count(&r->trace, FAULT_FORKS),
			   trace_count(&r->trace, FAULT_CHILDREN));
	if (r->o->verbose && (!r->trace.maps || trace_maps_lost(r->trace.maps)))
		tool_error("trace: the kernel did not tell of all mappings: some names may be missing");
	if (lost)
		tool_error("trace: %" PRIu64 " events lost: the buffer was full", lost);
	if (missed)
		tool_error("trace: %" PRIu64 " faults were not seen: too many at once", missed);
	if (strangers)
		tool_error("trace: %" PRIu64 " children were not followed: too many", strangers);
	if (access("/sys/kernel/debug/mmscope/stats", R_OK))
		tool_error("trace: no debugfs: faults that the module missed are not known");
	if (r->failed)
		tool_error("trace: out of memory: some events are missing");
	return lost || missed || strangers || r->failed ? EXIT_PARTIAL : EXIT_OK;
}

static int trace(struct run *r)
{
	pid_t pids[64], child = 0;
	int nr = 0, go = -1, status = 0, err;

	if (r->o->pids) {
		err = add_processes(r, pids, 64, &nr);
		if (err)
			return err;
	}
	if (r->o->argc) {
		child = start(r, &go);
		if (child < 0 || trace_add(&r->trace, child)) {
			tool_error("trace: cannot start %s: %s", r->o->argv[0], strerror(errno));
			return EXIT_ERROR;
		}
	}
	err = trace_attach(&r->trace);
	if (go >= 0)
		close(go);
	if (err) {
		if (child > 0) {
			kill(child, SIGKILL);
			waitpid(child, NULL, 0);
		}
		return err == -EPERM ? EXIT_DENIED : EXIT_NO_MODULE;
	}
	err = listen(r, child, &status, pids, nr);
	if (child && (WIFSIGNALED(status) || WEXITSTATUS(status)))
		tool_error("trace: %s ended with %s %d", r->o->argv[0],
			   WIFSIGNALED(status) ? "signal" : "status",
			   WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
	if (err)
		tool_error("trace: %s", strerror(-err));
	/* 127: it could not be started, which it has said */
	return err || (child && WIFEXITED(status) && WEXITSTATUS(status) == 127) ? EXIT_ERROR :
										  EXIT_OK;
}

/* Kinds with --cow: whatever becomes of a page that is shared. */
static uint32_t wanted_kinds(const struct options *o)
{
	return o->cow ? 1U << MMSCOPE_FAULT_COW_COPIED | 1U << MMSCOPE_FAULT_COW_REUSED |
			1U << MMSCOPE_FAULT_COW_UNSHARED | 1U << MMSCOPE_FAULT_THP_COW : ~0U;
}

static int run_with(struct run *r, unsigned int by)
{
	int status, more;

	if (r->o->summary)
		r->sums = trace_sums_new(by);
	else
		r->row.out = out_begin(r->o, &trace_rows, "faults");
	if (!r->sums && !r->row.out)
		return EXIT_ERROR;
	status = trace_begin(&r->trace) ? EXIT_DENIED : EXIT_OK;
	trace_names_listen(r->row.names, r->trace.maps);
	status = status ? status : trace(r);
	if (!status && r->sums)
		status = trace_sums_print(r->sums, r->row.names, r->o);
	if (r->row.out && !r->o->json_lines && out_end(r->row.out))
		status = EXIT_ERROR;
	if (r->trace.bpf && !status) {
		more = say(r);
		status = more;
	}
	return status;
}

/* What rows of a summary are by, and how many events are enough. Return: exit status. */
static int check(const struct options *o, unsigned int *by, uint64_t *most)
{
	char *end = "";

	*by = o->by ? trace_by(o->by) : 1U << TRACE_BY_KIND;
	if (!*by)
		return EXIT_ERROR;
	if (o->by && !o->summary) {
		tool_error("trace: --by goes with --summary");
		return EXIT_ERROR;
	}
	*most = o->count ? strtoull(o->count, &end, 10) : UINT64_MAX;
	if (*most && !*end && (!o->count || *o->count != '-'))
		return EXIT_OK;
	tool_error("trace: --count takes a number from 1, not '%s'", o->count);
	return EXIT_ERROR;
}

static int run(const struct options *o)
{
	struct options with = *o;
	struct run r = {
		.o = &with, .row = { .stacks = o->stack, .json_lines = o->json_lines },
		.trace = { .follow = o->follow, .arg = &r, .fn = on_event,
			   .kinds = wanted_kinds(o) },
	};
	struct libmmscope_source *me;
	unsigned int by;
	int status = check(o, &by, &r.most);

	if (status)
		return status;
	r.trace.stacks = o->stack || (o->summary && by >> TRACE_BY_STACK & 1);
	/* who asks for stacks wants to see them */
	if (o->stack && !o->columns && !o->summary)
		with.columns = "+STACK";
	status = tool_open_process("self", &me);
	if (status)
		return status;
	r.row.format = libmmscope_format(me);
	r.trace.all = !o->pids && !o->argc;
	r.row.names = trace_names_new(r.trace.all);
	status = r.row.names ? run_with(&r, by) : EXIT_ERROR;
	trace_end(&r.trace);
	trace_sums_free(r.sums);
	trace_names_free(r.row.names);
	libmmscope_close(me);
	return status;
}

static const struct command *like(const struct options *o)
{
	return o->summary ? &trace_summary : &trace_rows;
}

const struct command command_trace = {
	.name = "trace",
	.args = "[-p PID[,PID...]] [-- CMD...]",
	.help = "page faults as they happen: entry and frame before and after, what each did",
	.more = "Without -p and CMD: all processes. Ends with them, or when interrupted. Names of code are\n"
		"those at the time of the fault, of all else those of the last look at a memory map;\n"
		"a process may be gone by then. Kinds of faults: docs/FAULTS.md and mmscope(1). Lost\n"
		"events are said at the end, with status 3.",
	.examples = " mmscope trace -p 1234\n"
		    " mmscope trace -f --cow -- ./server       which writes break sharing after fork\n"
		    " mmscope trace --summary --by code,vma -- make\n"
		    " mmscope trace -p 1234 -nr --summary --by stack -o WHAT,FAULTS   for flame graphs\n"
		    " mmscope trace --json-lines -p 1234 | jq 'select(.kind == \"swap-in\")'\n",
	.options = OPT_TABLE | OPT_BYTES | OPT_TRACE,
	.run = run,
	.like = like,
};
