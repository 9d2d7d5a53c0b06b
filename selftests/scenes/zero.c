// SPDX-License-Identifier: GPL-2.0-only
/*
 * Demand zero: a page that was only read is the one zero page of the machine,
 * write-protected; the first write gives a page of one's own.
 */
#include "scene.h"

int scene_zero(void)
{
	char *p = scene_anon(4);

	say("expect untouched %p kind=none result=not-present", (void *)p);
	wait_for_line("untouched");
	look(p, 2);
	say("expect first %p kind=page level=pte has=special not=rw,dirty eff=ur-- kpf=zero pm=!file page=zero",
	    (void *)p);
	say("expect second %p kind=page same=first not=rw page=zero", (void *)(p + PAGE));
	say("expect third %p kind=none result=not-present", (void *)(p + 2 * PAGE));
	wait_for_line("read");
	touch(p, 1);
	say("expect own %p kind=page has=rw,dirty differs=first eff=urw- kpf=anon,!zero page=anon,!zero",
	    (void *)p);
	say("expect second %p kind=page same=first page=zero", (void *)(p + PAGE));
	wait_for_line("written");
	return 0;
}
