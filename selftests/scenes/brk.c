// SPDX-License-Identifier: GPL-2.0-only
/* The heap: brk() makes a VMA larger, only an access makes an entry. */
#include "scene.h"

int scene_brk(void)
{
	uintptr_t end = ((uintptr_t)sbrk(0) + PAGE - 1) & ~(PAGE - 1);
	char *p = (char *)end;

	say("expect beyond %p kind=none result=hole", (void *)(p + 15 * PAGE));
	wait_for_line("before");
	if (brk(p + 16 * PAGE))
		fail("brk");
	say("expect grown %p kind=none result=not-present", (void *)(p + 15 * PAGE));
	wait_for_line("grown");
	touch(p + 15 * PAGE, 1);
	say("expect touched %p kind=page has=rw,dirty,nx eff=urw- kpf=anon",
	    (void *)(p + 15 * PAGE));
	say("expect neighbour %p kind=none", (void *)(p + 14 * PAGE));
	wait_for_line("touched");
	if (brk(p))
		fail("brk");
	say("expect gone %p kind=none result=hole", (void *)(p + 15 * PAGE));
	wait_for_line("shrunk");
	return 0;
}
