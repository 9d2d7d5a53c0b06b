// SPDX-License-Identifier: GPL-2.0-only
/* Guard regions (6.13): markers in the page table instead of a VMA of its own. */
#include "scene.h"

#ifndef MADV_GUARD_INSTALL
#define MADV_GUARD_INSTALL 102
#define MADV_GUARD_REMOVE 103
#endif

int scene_guard(void)
{
	char *p = scene_anon(3);

	touch(p, 2);
	if (madvise(p + PAGE, 2 * PAGE, MADV_GUARD_INSTALL)) {
		if (errno == EINVAL)
			skip("no MADV_GUARD_INSTALL before 6.13: EINVAL");
		fail("MADV_GUARD_INSTALL");
	}
	say("expect page %p kind=page has=rw,dirty pm=!guard", (void *)p);
	say("expect guard %p kind=marker has=guard level=pte result=not-present pm=guard,!present eff=----",
	    (void *)(p + PAGE));
	say("expect never_touched %p kind=marker has=guard pm=guard", (void *)(p + 2 * PAGE));
	wait_for_line("guarded");
	if (madvise(p + PAGE, 2 * PAGE, MADV_GUARD_REMOVE))
		fail("MADV_GUARD_REMOVE");
	say("expect guard %p kind=none result=not-present pm=!guard", (void *)(p + PAGE));
	wait_for_line("removed");
	return 0;
}
