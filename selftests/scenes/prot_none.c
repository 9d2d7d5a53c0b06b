// SPDX-License-Identifier: GPL-2.0-only
/*
 * PROT_NONE: for the CPU the entry is not present, for the kernel it is; the
 * frame number in it is stored inverted.
 */
#include "scene.h"

int scene_prot_none(void)
{
	char *p = scene_anon(2), *huge = scene_map_aligned(HUGE, HUGE, RW, PRIVATE_ANON, -1);

	madvise(huge, HUGE, MADV_HUGEPAGE);
	touch(p, 1);
	touch(huge, 1);
	say("expect huge %p kind=page level=pmd has=rw,pse", (void *)huge);
	say("expect page %p kind=page has=rw,dirty", (void *)p);
	wait_for_line("rw");
	if (mprotect(p, 2 * PAGE, PROT_NONE) || mprotect(huge, HUGE, PROT_NONE))
		fail("mprotect");
	say("expect none %p kind=protnone level=pte has=protnone not=present,rw same=page pm=present,!swap eff=---- page=anon",
	    (void *)p);
	say("expect huge %p kind=protnone level=pmd has=protnone,pse not=present,rw same=huge pm=present eff=---- page=thp",
	    (void *)huge);
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
