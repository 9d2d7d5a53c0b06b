// SPDX-License-Identifier: GPL-2.0-only
/* MADV_COLLAPSE (6.1): small pages become a huge one, in other frames. */
#include "scene.h"

#ifndef MADV_COLLAPSE
#define MADV_COLLAPSE 25
#endif

int scene_collapse(void)
{
	char *p = scene_map_aligned(HUGE, HUGE, RW, PRIVATE_ANON, -1);
	int tries = 100;

	if (madvise(p, HUGE, MADV_NOHUGEPAGE))
		fail("MADV_NOHUGEPAGE");
	touch(p, 512);
	say("expect page %p kind=page level=pte has=rw,dirty kpf=anon", (void *)(p + 9 * PAGE));
	wait_for_line("small");
	if (madvise(p, HUGE, MADV_HUGEPAGE))
		fail("MADV_HUGEPAGE");
	/* EAGAIN: a page was in use at this moment */
	while (madvise(p, HUGE, MADV_COLLAPSE)) {
		if (errno == EINVAL)
			skip("no MADV_COLLAPSE before 6.1: EINVAL");
		if (errno != EAGAIN || !tries--)
			fail("MADV_COLLAPSE");
		usleep(10000);
	}
	look(p, 1);
	say("expect page %p kind=page level=pmd has=pse,rw kpf=thp,anon page=thp differs=page eff=urw-",
	    (void *)(p + 9 * PAGE));
	say("smaps %p AnonHugePages=2048", (void *)p);
	wait_for_line("huge");
	return 0;
}
