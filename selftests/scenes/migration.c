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
	static void *page[2 * PAGES];
	static int node[2 * PAGES], status[2 * PAGES];
	char **area = arg;
	int i, round;

	for (round = 0; !stop; round++) {
		for (i = 0; i < 2 * PAGES; i++) {
			page[i] = area[i % 2] + i / 2 * PAGE;
			node[i] = round & 1;
		}
		if (syscall(SYS_move_pages, 0, 2L * PAGES, page, node, status, MPOL_MF_MOVE) < 0)
			fail("move_pages");
	}
	return NULL;
}

int scene_migration(void)
{
	char *p = scene_anon(PAGES), *q = scene_anon(PAGES), *area[2] = { p, q };
	pthread_t thread;

	need_two_nodes();
	touch(p, PAGES);
	touch(q, PAGES);
	if (mprotect(q, PAGES * PAGE, PROT_READ))
		fail("mprotect");
	say("expect page %p kind=page has=rw,dirty", (void *)p);
	wait_for_line("still");
	if (pthread_create(&thread, NULL, mover, area))
		fail("pthread_create");
	say("race writable %p 0x%lx kind=migration_write level=pte", (void *)p, PAGES * PAGE);
	say("race readable %p 0x%lx kind=migration_read* level=pte", (void *)q, PAGES * PAGE);
	wait_for_line("moving");
	stop = 1;
	pthread_join(thread, NULL);
	say("expect page %p kind=page level=pte has=rw", (void *)p);
	wait_for_line("still_again");
	return 0;
}
