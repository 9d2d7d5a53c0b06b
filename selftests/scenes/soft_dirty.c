// SPDX-License-Identifier: GPL-2.0-only
/*
 * Soft-dirty tracking: clearing write-protects every page, a write fault sets
 * the bit again, so that pagemap tells which pages were written since.
 */
#include "scene.h"

int scene_soft_dirty(void)
{
	char *p = scene_anon(3);

	touch(p, 2);
	say("expect one %p kind=page has=rw,soft_dirty pm=soft_dirty", (void *)p);
	wait_for_line("before");
	must_write("/proc/self/clear_refs", "4");
	if (pagemap(p) & (1ULL << 55))
		skip("no soft-dirty tracking: clear_refs 4 clears nothing");
	say("expect one %p kind=page not=soft_dirty,rw pm=!soft_dirty same=one", (void *)p);
	say("expect two %p kind=page not=soft_dirty,rw pm=!soft_dirty", (void *)(p + PAGE));
	say("smaps %p VmFlags=!sd", (void *)p);
	wait_for_line("cleared");
	/* 5.10 may copy here, when a list of its own still holds the page */
	touch(p, 1);
	say("expect one %p kind=page has=rw,soft_dirty,dirty pm=soft_dirty", (void *)p);
	say("expect two %p kind=page not=soft_dirty,rw pm=!soft_dirty same=two",
	    (void *)(p + PAGE));
	wait_for_line("written");
	return 0;
}
