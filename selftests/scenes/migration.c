// SPDX-License-Identifier: GPL-2.0-only
/*
 * Pages on their way: for that moment their entries are migration entries. A
 * thread moves them from node to node until somebody has seen one.
 */
#include "node.h"

#include <pthread.h>

#define PAGES 256

static volatile int stop;

/* move_pages moves in one batch; the kernel replaces all entries, then copies. */
static void *mover(void *arg)
{
	static void *page[PAGES];
	static int node[PAGES], status[PAGES];
	int i, round;

	for (round = 0; !stop; round++) {
		for (i = 0; i < PAGES; i++) {
			page[i] = (char *)arg + i * PAGE;
			node[i] = round & 1;
		}
		if (syscall(SYS_move_pages, 0, (long)PAGES, page, node, status, 2) < 0)
			fail("move_pages");
	}
	return NULL;
}

int scene_migration(void)
{
	char *p = scene_anon(PAGES);
	pthread_t thread;

	need_two_nodes();
	touch(p, PAGES);
	say("expect page %p kind=page has=rw,dirty", (void *)p);
	wait_for_line("still");
	if (pthread_create(&thread, NULL, mover, p))
		fail("pthread_create");
	say("race moving %p 0x%lx kind=migration_* level=pte", (void *)p,
	    PAGES * PAGE);
	wait_for_line("moving");
	stop = 1;
	pthread_join(thread, NULL);
	say("expect page %p kind=page level=pte has=rw", (void *)p);
	wait_for_line("still_again");
	return 0;
}
