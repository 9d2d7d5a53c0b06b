// SPDX-License-Identifier: GPL-2.0-only
/*
 * PROT_NONE: for the CPU the entry is not present, for the kernel it is; the
 * frame number in it is stored inverted.
 */
#include "scene.h"

int scene_prot_none(void)
{
	char *p = scene_anon(2);

	touch(p, 1);
	say("expect page %p kind=page has=rw,dirty", (void *)p);
	wait_for_line("rw");
	if (mprotect(p, 2 * PAGE, PROT_NONE))
		fail("mprotect");
	say("expect none %p kind=protnone level=pte has=protnone not=present,rw same=page pm=present,!swap eff=---- page=anon",
	    (void *)p);
	say("expect untouched %p kind=none result=not-present", (void *)(p + PAGE));
	say("smaps %p VmFlags=!rd,!wr,!ex Rss=4", (void *)p);
	wait_for_line("none");
	if (mprotect(p, 2 * PAGE, RW))
		fail("mprotect");
	touch(p, 1);
	say("expect page %p kind=page has=rw,dirty eff=urw-", (void *)p);
	wait_for_line("rw_again");
	return 0;
}
