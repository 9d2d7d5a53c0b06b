// SPDX-License-Identifier: GPL-2.0-only
/* A page of one node moves to the other: another frame, same address. */
#include "node.h"

int scene_numa(void)
{
	char *p = scene_anon(1), *q = scene_anon(1);

	need_two_nodes();
	bind_to(p, PAGE, 1);
	bind_to(q, PAGE, 0);
	touch(p, 1);
	touch(q, 1);
	say("expect one %p kind=page has=rw node=1", (void *)p);
	say("expect zero %p kind=page has=rw node=0", (void *)q);
	wait_for_line("bound");
	migrate_to(1, 0);
	say("expect one %p kind=page node=0 differs=one", (void *)p);
	say("expect zero %p kind=page node=0 same=zero", (void *)q);
	wait_for_line("migrated");
	return 0;
}
