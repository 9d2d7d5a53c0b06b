// SPDX-License-Identifier: GPL-2.0-only
/*
 * Kernel same-page merging: two pages with the same contents share a frame,
 * write-protected, until one of them is written.
 */
#include "scene.h"

#define KSM "/sys/kernel/mm/ksm/"

int scene_ksm(void)
{
	char *p = scene_anon(2), *q = p + PAGE;
	int tries = 3000;

	memset(p, 0x5a, PAGE);
	memset(q, 0x5a, PAGE);
	say("expect a %p kind=page has=rw kpf=anon,!ksm", (void *)p);
	say("expect b %p kind=page has=rw differs=a", (void *)q);
	wait_for_line("before");
	if (madvise(p, 2 * PAGE, MADV_MERGEABLE))
		fail("MADV_MERGEABLE");
	must_write(KSM "pages_to_scan", "1000");
	must_write(KSM "sleep_millisecs", "1");
	must_write(KSM "run", "1");
	while (((pagemap(p) ^ pagemap(q)) & PM_FRAME) && --tries)
		usleep(10000);
	must_write(KSM "run", "0");
	if (!tries)
		fail("ksmd does not merge");
	say("expect a %p kind=page level=pte not=rw eff=ur-- kpf=ksm,anon page=ksm", (void *)p);
	say("expect b %p kind=page not=rw same=a kpf=ksm page=ksm", (void *)q);
	say("smaps %p VmFlags=mg", (void *)p);
	wait_for_line("merged");
	q[0] = 1;
	say("expect a %p kind=page not=rw same=a kpf=ksm", (void *)p);
	say("expect b %p kind=page has=rw,dirty differs=a kpf=anon,!ksm page=anon,!ksm eff=urw-",
	    (void *)q);
	wait_for_line("written");
	must_write(KSM "run", "2");
	must_write(KSM "run", "0");
	return 0;
}
