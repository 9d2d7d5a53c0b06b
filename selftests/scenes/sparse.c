// SPDX-License-Identifier: GPL-2.0-only
/*
 * A page here and there: each in a table of its own, so that the tables take as
 * much memory as the pages. The tables go with the area.
 */
#include "scene.h"

#define TABLES 256UL

int scene_sparse(void)
{
	char *p = scene_map_aligned(TABLES * HUGE, GIGA, RW, PRIVATE_ANON | MAP_NORESERVE, -1);
	size_t i;

	/* without huge pages in the kernel it is as wanted anyway */
	if (madvise(p, TABLES * HUGE, MADV_NOHUGEPAGE) && errno != EINVAL)
		fail("madvise");
	for (i = 0; i < TABLES; i++)
		touch(p + i * HUGE, 1);
	say("area %p", (void *)p);
	say("expect first %p kind=page level=pte has=rw,dirty kpf=anon", (void *)p);
	say("expect beside %p kind=none level=pte result=not-present", (void *)(p + PAGE));
	say("expect last %p kind=page level=pte has=rw,dirty kpf=anon",
	    (void *)(p + (TABLES - 1) * HUGE));
	say("smaps %p Rss=%lu AnonHugePages=0", (void *)p, TABLES * PAGE / 1024);
	wait_for_line("touched");
	if (munmap(p, TABLES * HUGE))
		fail("munmap");
	say("expect first %p kind=none result=hole", (void *)p);
	wait_for_line("unmapped");
	return 0;
}
