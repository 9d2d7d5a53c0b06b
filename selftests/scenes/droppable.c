// SPDX-License-Identifier: GPL-2.0-only
/* MAP_DROPPABLE (6.11): never swapped, dropped when memory is short. */
#include "scene.h"

#ifndef MAP_DROPPABLE
#define MAP_DROPPABLE 0x08
#endif

int scene_droppable(void)
{
	char *p = mmap(NULL, 4 * PAGE, RW, MAP_DROPPABLE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED) {
		if (errno == EINVAL)
			skip("no MAP_DROPPABLE before 6.11: EINVAL");
		fail("mmap");
	}
	touch(p, 1);
	say("expect page %p kind=page has=rw,dirty kpf=anon eff=urw-", (void *)p);
	say("expect untouched %p kind=none result=not-present", (void *)(p + PAGE));
	say("smaps %p VmFlags=dp,wf,dd", (void *)p);
	wait_for_line("mapped");
	return 0;
}
