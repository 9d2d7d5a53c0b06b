// SPDX-License-Identifier: GPL-2.0-only
/* The same with a huge page: the migration entry is in the PMD. */
#include "node.h"

#include <pthread.h>

static volatile int stop;

static void *mover(void *arg)
{
	int node, status, round;

	for (round = 0; !stop; round++) {
		node = round & 1;
		if (syscall(SYS_move_pages, 0, 1L, &arg, &node, &status, MPOL_MF_MOVE) < 0)
			fail("move_pages");
	}
	return NULL;
}

int scene_migration_huge(void)
{
	char *p = scene_map_aligned(HUGE, HUGE, RW, PRIVATE_ANON, -1);
	pthread_t thread;

	need_two_nodes();
	if (madvise(p, HUGE, MADV_HUGEPAGE))
		fail("madvise");
	touch(p, 1);
	say("expect huge %p kind=page level=pmd has=pse,rw", (void *)p);
	wait_for_line("still");
	if (pthread_create(&thread, NULL, mover, p))
		fail("pthread_create");
	say("race moving %p 0x1000 kind=migration_write level=pmd", (void *)p);
	wait_for_line("moving");
	stop = 1;
	pthread_join(thread, NULL);
	say("expect huge %p kind=page level=pmd has=pse,rw", (void *)p);
	wait_for_line("still_again");
	return 0;
}
