// SPDX-License-Identifier: GPL-2.0-only
/* The accessed bit: the kernel clears it, the CPU sets it at the next access. */
#include "scene.h"

int scene_accessed(void)
{
	char *p = scene_anon(2);

	touch(p, 2);
	must_write("/proc/self/clear_refs", "1");
	/* the kernel leaves the TLB alone: from 34 pages on, unmapping empties it */
	munmap(scene_map(64 * PAGE, RW, PRIVATE_ANON | MAP_POPULATE, -1), 64 * PAGE);
	say("expect one %p kind=page not=accessed has=dirty", (void *)p);
	say("expect two %p kind=page not=accessed has=dirty", (void *)(p + PAGE));
	wait_for_line("cleared");
	look(p, 1);
	say("expect one %p kind=page has=accessed same=one", (void *)p);
	say("expect two %p kind=page not=accessed same=two", (void *)(p + PAGE));
	wait_for_line("read");
	return 0;
}
