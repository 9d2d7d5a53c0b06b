// SPDX-License-Identifier: GPL-2.0-only
/*
 * The example of the textbooks: a process with anonymous, file and read-only
 * mappings forks; parent and child share g_val's frame until the child writes.
 */
#include "scene.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>

/* On pages of its own, so that nothing else breaks the sharing. */
static struct {
	volatile int value;
	char rest[4096 - sizeof(int)];
} g_val __attribute__((aligned(4096))) = { .value = 1 };

static const char constant[] = "read only";

int scene_fork_write(void)
{
	int fd = open(scene_self, O_RDONLY), go[2];
	char *anon, *file, c = 0;
	pid_t child;

	anon = scene_map(16 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1);
	memset(anon, 1, 4 * PAGE);
	file = scene_map(4 * PAGE, PROT_READ, MAP_PRIVATE, fd);
	c = *(volatile char *)file;
	g_val.value = 42;
	say("pid %d", getpid());
	say("g_val %p", (void *)&g_val);
	say("anonymous %p", (void *)anon);
	say("file %p", (void *)file);
	say("readonly %p", (const void *)constant);
	say("code %p", (void *)scene_fork_write);
	say("stack %p", (void *)&c);
	wait_for_line("start");
	if (pipe(go))
		return 1;
	child = fork();
	if (!child) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (read(go[0], &c, 1) != 1)
			_exit(1);
		g_val.value = 43;	/* the write that breaks the sharing */
		if (write(go[1], &c, 1) != 1)
			_exit(1);
		for (;;)
			pause();
	}
	say("child %d", child);
	say("expect parent %p kind=page level=pte not=rw has=dirty|saved_dirty eff=ur--",
	    (void *)&g_val);
	say("expect parent %p page=anon takes=wx", (void *)&g_val);
	say("expect@%d child %p kind=page not=rw same=parent otherslot=parent eff=ur--", child, (void *)&g_val);
	say("expect@%d code %p kind=page eff=ur-x pm=file", child, (void *)scene_fork_write);
	wait_for_line("forked");
	if (write(go[1], "w", 1) != 1)
		return 1;
	usleep(300000);
	say("expect parent %p kind=page same=parent", (void *)&g_val);
	say("expect@%d child %p kind=page has=rw,dirty differs=parent eff=urw-", child,
	    (void *)&g_val);
	wait_for_line("written");
	kill(child, SIGKILL);
	return 0;
}
