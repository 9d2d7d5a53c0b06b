// SPDX-License-Identifier: GPL-2.0-only
/* mmscope tasks: who shares an address space. */
#include "tool.h"

#include <string.h>

enum { COL_PID, COL_TGID, COL_PPID, COL_ROLE, COL_COMM, NR_COLUMNS };

static const struct column columns[] = {
	[COL_PID] = { "PID", "pid", CELL_NUMBER, 6, true, "thread id" },
	[COL_TGID] = { "TGID", "tgid", CELL_NUMBER, 6, true, "process id" },
	[COL_PPID] = { "PPID", "ppid", CELL_NUMBER, 6, true, "process id of the parent" },
	[COL_ROLE] = { "ROLE", "role", CELL_LIST, 12, true, "leader or thread; vfork, 32bit, kthread, borrows" },
	[COL_COMM] = { "COMM", "comm", CELL_STRING, 10, true, "name of the task" },
};

static void set_role(struct out *out, __u32 flags)
{
	static const struct {
		__u32 flag;
		const char *name;
	} words[] = {
		{ MMSCOPE_TASK_VFORK, "vfork" },
		{ MMSCOPE_TASK_32BIT, "32bit" },
		{ MMSCOPE_TASK_KTHREAD, "kthread" },
		{ MMSCOPE_TASK_BORROWS, "borrows" },
	};
	char text[64];
	size_t i;

	snprintf(text, sizeof(text), "%s", flags & MMSCOPE_TASK_LEADER ? "leader" : "thread");
	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (flags & words[i].flag)
			tool_add_word(text, sizeof(text), "%s", words[i].name);
	out_set(out, COL_ROLE, "%s", text);
}

static int print(const struct options *o, const struct mmscope_tasks *tasks, const char *records)
{
	struct out *out = out_begin(o, &command_tasks, "tasks");
	const struct mmscope_task *t;
	__u32 i;

	for (i = 0; out && i < tasks->count; i++) {
		t = (const void *)(records + (size_t)i * tasks->record_size);
		out_set(out, COL_PID, "%d", t->pid);
		out_set(out, COL_TGID, "%d", t->tgid);
		out_set(out, COL_PPID, "%d", t->ppid);
		out_set(out, COL_COMM, "%.*s", (int)sizeof(t->comm), t->comm);
		set_role(out, t->flags);
		out_row(out);
	}
	if (!out || out_end(out))
		return EXIT_ERROR;
	if (tasks->unseen)
		tool_error("tasks: %u more are outside this pid namespace", tasks->unseen);
	if (tasks->truncated)
		tool_error("tasks: %u more did not fit", tasks->truncated);
	return tasks->truncated ? EXIT_PARTIAL : EXIT_OK;
}

static int run(const struct options *o)
{
	struct libmmscope_source *src;
	struct mmscope_tasks tasks;
	const void *records;
	int err;

	err = tool_open_alone(o, "tasks", &src);
	if (err)
		return err;
	err = libmmscope_tasks(src, &tasks, &records);
	err = err ? tool_fail(o, src, err) : print(o, &tasks, records);
	libmmscope_close(src);
	return err;
}

const struct command command_tasks = {
	.name = "tasks",
	.args = "PID",
	.help = "who shares the address space: threads, vfork, CLONE_VM, kernel threads",
	.more = "A kernel thread has no address space; it runs on that of whoever ran before it,\n"
		"which is listed as 'borrows' and changes at every switch.",
	.examples = " mmscope tasks 1234\n"
		    " mmscope tasks -J self | jq '.tasks[].role'\n",
	.columns = columns,
	.nr_columns = NR_COLUMNS,
	.options = OPT_TABLE | OPT_INPUT,
	.run = run,
};
