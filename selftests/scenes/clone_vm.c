// SPDX-License-Identifier: GPL-2.0-only
/*
 * CLONE_VM without CLONE_THREAD: two processes, each with a pid of its own,
 * share one address space. What one writes the other has.
 */
#include "scene.h"

#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>

static volatile int started;

static int body(void *arg)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	*(volatile char *)arg = 1;
	started = 1;
	for (;;)
		pause();
	return 0;
}

int scene_clone_vm(void)
{
	char *p = scene_anon(1), *stack = scene_anon(16);
	pid_t pid;

	pid = clone(body, stack + 16 * PAGE, CLONE_VM | SIGCHLD, p);
	if (pid < 0)
		fail("clone");
	while (!started)
		usleep(1000);
	say("expect one %p kind=page has=rw,dirty eff=urw-", (void *)p);
	say("expect@%d other %p kind=page has=rw,dirty same=one slot=one", pid, (void *)p);
	say("mm tasks=2 processes=2");
	say("task %d role=leader", getpid());
	say("task %d role=leader", pid);
	wait_for_line("running");
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	say("expect one %p kind=page same=one", (void *)p);
	say("mm tasks=1 processes=1");
	wait_for_line("alone");
	return 0;
}
