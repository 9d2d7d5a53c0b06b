// SPDX-License-Identifier: GPL-2.0-only
/* Threads: several tasks, one mm, so one set of page tables for all of them. */
#include "scene.h"

#include <pthread.h>
#include <sys/syscall.h>

static pthread_barrier_t ready;
static void *shared;

static void *body(void *arg)
{
	volatile char local = 1;

	say("task %ld role=thread", syscall(SYS_gettid));
	say("expect@%ld shared_%d %p kind=page same=leader slot=leader", syscall(SYS_gettid),
	    *(int *)arg, shared);
	say("expect@%ld stack_%d %p kind=page has=rw,dirty eff=urw- kpf=anon", syscall(SYS_gettid),
	    *(int *)arg, (volatile void *)&local);
	pthread_barrier_wait(&ready);
	for (;;)
		pause();
	return NULL;
}

int scene_threads(void)
{
	char *p = scene_anon(1);
	int number[3] = { 1, 2, 3 }, i;
	pthread_t thread;

	touch(p, 1);
	shared = p;
	pthread_barrier_init(&ready, NULL, 4);
	say("expect leader %p kind=page has=rw,dirty", (void *)p);
	say("task %d role=leader", getpid());
	for (i = 0; i < 3; i++)
		if (pthread_create(&thread, NULL, body, &number[i]))
			fail("pthread_create");
	pthread_barrier_wait(&ready);
	say("mm tasks=4 processes=1");
	wait_for_line("running");
	return 0;
}
