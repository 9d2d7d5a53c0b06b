// SPDX-License-Identifier: GPL-2.0-only
/*
 * Between vfork and exec the child runs in the parent's address space, and
 * the parent does not run at all. The child does the talking.
 */
#include "scene.h"

#include <sched.h>
#include <signal.h>
#include <sys/wait.h>

static int body(void *arg)
{
	pid_t pid = getpid();

	*(volatile char *)arg = 1;
	say("expect parent %p kind=page has=rw,dirty", arg);
	say("expect@%d child %p kind=page has=rw,dirty same=parent slot=parent", pid, arg);
	say("mm tasks=2 processes=2");
	say("task %d role=vfork", pid);
	wait_for_line("in_child");
	_exit(0);
}

int scene_vfork(void)
{
	char *p = scene_anon(1), *stack = scene_anon(16);
	pid_t pid = clone(body, stack + 16 * PAGE, CLONE_VM | CLONE_VFORK | SIGCHLD, p);

	if (pid < 0)
		fail("vfork");
	waitpid(pid, NULL, 0);
	say("expect parent %p kind=page same=parent", (void *)p);
	say("mm tasks=1 processes=1");
	wait_for_line("after");
	return 0;
}
