// SPDX-License-Identifier: GPL-2.0-only
/* mremap: entries move to other addresses, the frames behind them stay. */
#include "scene.h"

#ifndef MREMAP_DONTUNMAP
#define MREMAP_DONTUNMAP 4
#endif

int scene_mremap(void)
{
	char *p = scene_anon(4), *to = scene_anon(4), *q;

	touch(p, 4);
	say("expect there %p kind=page has=rw,dirty", (void *)(p + PAGE));
	wait_for_line("mapped");
	q = mremap(p, 4 * PAGE, 4 * PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, to);
	if (q != to)
		fail("mremap");
	say("expect moved %p kind=page has=rw,dirty,soft_dirty same=there", (void *)(q + PAGE));
	say("expect old %p kind=none result=hole", (void *)(p + PAGE));
	wait_for_line("moved");
	p = mremap(q, 4 * PAGE, 4 * PAGE, MREMAP_MAYMOVE | MREMAP_DONTUNMAP, NULL);
	if (p == MAP_FAILED)
		fail("mremap MREMAP_DONTUNMAP");
	say("expect again %p kind=page has=rw,dirty same=there", (void *)(p + PAGE));
	say("expect left %p kind=none result=not-present", (void *)(q + PAGE));
	wait_for_line("dontunmap");
	return 0;
}
