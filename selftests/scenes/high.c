// SPDX-License-Identifier: GPL-2.0-only
/* Above 47 bits there is memory only with five levels, and only on request. */
#include "scene.h"

int scene_high(void)
{
	char *p = mmap((void *)(1UL << 50), 2 * PAGE, RW, PRIVATE_ANON, -1, 0);

	if (p == MAP_FAILED)
		fail("mmap");
	if (!((uintptr_t)p >> 47))
		skip("four page-table levels: mmap() at 1 << 50 gives memory below 47 bits");
	touch(p, 1);
	say("expect high %p kind=page level=pte has=rw,dirty eff=urw- kpf=anon", (void *)p);
	say("expect next %p kind=none result=not-present", (void *)(p + PAGE));
	wait_for_line("mapped");
	return 0;
}
