// SPDX-License-Identifier: GPL-2.0-only
/* mmscope cow --all: one process and every other that has been one with it. */
#include "cow.h"
#include "processes.h"

#include <errno.h>

#define COW_STATE(symbol, column, word, shown, help)		\
	{ column, word, CELL_NUMBER, 7, shown, help },
#define COW_SUM(symbol, column, key, width, shown, help)	\
	{ column, key, CELL_NUMBER, width, shown, help },

enum { REL_PID, REL_COMM, REL_RELATION, REL_SUMS };
static const struct column relative_columns[] = {
	[REL_PID] = { "PID", "pid", CELL_NUMBER, 7, true, "the other process" },
	{ "COMM", "comm", CELL_STRING, 12, true, "its name" },
	{ "RELATION", "relation", CELL_STRING, 8, true, "parent, child or relative" },
#include "cow.def"
#include "cow_sums.def"
};

const struct command cow_relatives = {
	.name = "cow", .columns = relative_columns, .nr_columns = REL_SUMS + NR_SUMS,
};

struct relatives {
	const struct options *o;
	struct out *out;
	struct libmmscope_source *me;
	unsigned int found;
};

/* One row: an address space that was one with ours. */
static int add_relative(struct libmmscope_source *src, void *arg)
{
	struct relatives *r = arg;
	pid_t me = libmmscope_pid(r->me), pid = libmmscope_pid(src);
	struct cow c = { .want_facts = cow_wants_facts(r->out, REL_SUMS) };
	struct cow_sums sums = { 0 };
	char comm[32];
	int err = 0;

	if (libmmscope_mm_id(src) == libmmscope_mm_id(r->me))
		return 0;
	err = cow_open(&c, &(struct cow_name){ .pid = me }, &(struct cow_name){ .pid = pid });
	if (!err && c.kin)
		err = cow_all(&c, &sums, NULL, NULL);
	if (!err && c.kin) {
		out_set(r->out, REL_PID, "%d", pid);
		tool_comm(pid, comm, sizeof(comm));
		out_set(r->out, REL_COMM, "%s", comm);
		out_set(r->out, REL_RELATION, "%s", processes_parent(me) == pid ? "parent" :
			processes_parent(pid) == me ? "child" : "relative");
		cow_set_sums(r->out, r->o, REL_SUMS, &sums);
		out_row(r->out);
		r->found++;
	}
	cow_close(&c);
	/* the other one may go; ours may not */
	return err == -ESRCH && kill(pid, 0) ? 0 : err;
}

/* Every process that was one with this one. Return: exit status. */
int cow_relatives_print(const struct options *o, struct libmmscope_source *me)
{
	struct relatives r = { .o = o, .me = me };
	struct processes p = { .progress = { .what = "cow: address spaces", .unit = "" } };
	int err;

	r.out = out_begin(o, &cow_relatives, "cow");
	if (!r.out)
		return EXIT_ERROR;
	err = processes_each(&p, add_relative, &r);
	if (out_end(r.out))
		return EXIT_ERROR;
	if (err)
		return tool_fail(o, me, err);
	if (!r.found)
		tool_error("cow: no other process has been one with %d", libmmscope_pid(me));
	return processes_report(&p, o, "cow") ? EXIT_PARTIAL : EXIT_OK;
}
