// SPDX-License-Identifier: GPL-2.0-only
/*
 * All tasks of an address space stopped, for an exact picture. By ptrace(2): no
 * SIGCHLD and no wait status for the parent as with SIGSTOP, and should this
 * program die, the kernel lets them go.
 */
#include "processes.h"
#include "verify.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* A task that sleeps in the kernel this long (ns) does not stop, but stays there. */
#define PATIENCE	1000000000LL

struct task {
	pid_t pid;
	bool stopped;
	int signal;	/* was on its way when it stopped: to be given back */
};

struct freeze {
	struct task *task;
	size_t nr;
};

static long long now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static bool knows(const struct freeze *f, pid_t pid)
{
	size_t i;

	for (i = 0; i < f->nr; i++)
		if (f->task[i].pid == pid)
			return true;
	return false;
}

static void await(struct task *t)
{
	long long begun = now();
	int status;

	do {
		if (waitpid(t->pid, &status, __WALL | WNOHANG) == t->pid) {
			t->stopped = WIFSTOPPED(status);
			if (t->stopped && status >> 16 != PTRACE_EVENT_STOP)
				t->signal = WSTOPSIG(status);
			return;
		}
		usleep(1000);
	} while (now() - begun < PATIENCE || processes_state(t->pid) == 'R');
}

/* Return: 1 if there was one more; 0; negative errno. */
static int stop_task(struct freeze *f, pid_t pid)
{
	struct task *more;

	if (knows(f, pid) || pid == getpid())
		return 0;
	if (ptrace(PTRACE_SEIZE, pid, 0, 0))
		return errno == ESRCH ? 0 : -errno;
	ptrace(PTRACE_INTERRUPT, pid, 0, 0);
	more = reallocarray(f->task, f->nr + 1, sizeof(*more));
	if (!more)
		return -ENOMEM;	/* let go when this program ends */
	f->task = more;
	f->task[f->nr] = (struct task){ .pid = pid };
	await(&f->task[f->nr++]);
	return 1;
}

/* All tasks that are there now. Return: how many were new, or a negative errno. */
static int stop_all(struct libmmscope_source *src, struct freeze *f)
{
	const struct mmscope_task *t;
	struct mmscope_tasks tasks;
	const void *records;
	int err, found = 0;
	__u32 i;

	memset(&tasks, 0, sizeof(tasks));
	err = libmmscope_tasks(src, &tasks, &records);
	if (err)
		return err;
	for (i = 0; i < tasks.count; i++) {
		t = (const void *)((const char *)records + (size_t)i * tasks.record_size);
		if (t->flags & MMSCOPE_TASK_KTHREAD)
			continue;
		err = stop_task(f, t->pid);
		if (err < 0)
			return err;
		found += err;
	}
	return found;
}

/**
 * freeze_begin - stop every task that shares the address space
 * @src: live source
 * @out: to be ended with freeze_end()
 *
 * Return: 0; -EPERM if one is traced already or may not be; negative errno.
 */
int freeze_begin(struct libmmscope_source *src, struct freeze **out)
{
	struct freeze *f = calloc(1, sizeof(*f));
	int found;

	*out = f;
	if (!f)
		return -ENOMEM;
	/* a thread that was not stopped yet may have made another */
	do
		found = stop_all(src, f);
	while (found > 0);
	return found;
}

void freeze_end(struct freeze *f)
{
	size_t i;

	if (!f)
		return;
	for (i = 0; i < f->nr; i++)
		if (f->task[i].stopped)
			ptrace(PTRACE_DETACH, f->task[i].pid, 0, f->task[i].signal);
	free(f->task);
	free(f);
}
