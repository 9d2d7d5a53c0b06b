// SPDX-License-Identifier: GPL-2.0-only
/* Rights change in the entry, the frame stays, and so does that it is dirty. */
#include "scene.h"

int scene_mprotect(void)
{
	char *p = scene_anon(2), *x = scene_anon(1), *q = p + PAGE;

	touch(p, 1);
	touch(x, 1);
	look(q, 1);
	say("expect page %p kind=page has=rw,dirty,nx eff=urw-", (void *)p);
	say("expect zero %p kind=page not=rw kpf=zero", (void *)q);
	wait_for_line("rw");
	if (mprotect(p, 2 * PAGE, PROT_READ) || mprotect(x, PAGE, PROT_READ | PROT_EXEC))
		fail("mprotect");
	say("expect page %p kind=page not=rw has=nx,dirty|saved_dirty same=page eff=ur--",
	    (void *)p);
	say("expect exec %p kind=page not=rw,nx eff=ur-x", (void *)x);
	say("smaps %p VmFlags=rd,!wr,!ex", (void *)p);
	wait_for_line("r");
	if (mprotect(p, 2 * PAGE, RW) || mprotect(x, PAGE, RW | PROT_EXEC))
		fail("mprotect");
	/* 5.10 may copy now, when a list of its own still holds the page */
	touch(p, 1);
	touch(x, 1);
	say("expect page %p kind=page has=rw,dirty,nx eff=urw-", (void *)p);
	say("expect zero %p kind=page not=rw same=zero", (void *)q);
	say("expect exec %p kind=page has=rw,dirty not=nx eff=urwx", (void *)x);
	say("smaps %p VmFlags=rd,wr,ex", (void *)x);
	wait_for_line("rw_again");
	return 0;
}
