/* SPDX-License-Identifier: GPL-2.0-only */
/* Every address space of the machine, once. */
#ifndef MMSCOPE_PROCESSES_H
#define MMSCOPE_PROCESSES_H

#include "tool.h"

/* Zero but for progress.what; the numbers are set by processes_each(). */
struct processes {
	struct progress progress;
	uint64_t found;		/* processes */
	uint64_t spaces;	/* address spaces looked at */
	uint64_t kernel;	/* kernel threads: they have none */
	uint64_t denied;	/* processes that may not be looked at */
	uint64_t gone;		/* that exited before they were looked at */
	bool cut;		/* interrupted */
	pid_t failed;		/* whose call failed, if one did */
};

/* For one address space; libmmscope_pid(src) is the first process found that has it. */
typedef int (*processes_fn)(struct libmmscope_source *src, void *arg);

int processes_each(struct processes *p, processes_fn fn, void *arg);
bool processes_report(const struct processes *p, const struct options *o, const char *command);
char processes_state(pid_t pid);
pid_t processes_parent(pid_t pid);

#endif /* MMSCOPE_PROCESSES_H */
