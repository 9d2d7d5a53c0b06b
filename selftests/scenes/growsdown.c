// SPDX-License-Identifier: GPL-2.0-only
/* MAP_GROWSDOWN: an access below the area, and it grows there, like a stack. */
#include "scene.h"

int scene_growsdown(void)
{
	/* in the middle of nothing: neighbours would stop it */
	char *room = scene_map(64UL << 20, PROT_NONE, PRIVATE_ANON | MAP_NORESERVE, -1);
	char *p = room + (32UL << 20);

	munmap(room, 64UL << 20);
	if (mmap(p, PAGE, RW, PRIVATE_ANON | MAP_GROWSDOWN | MAP_FIXED, -1, 0) != p)
		fail("mmap");
	touch(p, 1);
	say("expect top %p kind=page has=rw,dirty eff=urw-", (void *)p);
	say("expect below %p kind=none result=hole", (void *)(p - 3 * PAGE));
	say("smaps %p VmFlags=gd Size=4", (void *)p);
	wait_for_line("mapped");
	touch(p - 3 * PAGE, 1);
	say("expect grown %p kind=page has=rw,dirty differs=top eff=urw-", (void *)(p - 3 * PAGE));
	say("expect between %p kind=none result=not-present", (void *)(p - 2 * PAGE));
	say("smaps %p VmFlags=gd Size=16", (void *)p);
	wait_for_line("grown");
	return 0;
}
