// SPDX-License-Identifier: GPL-2.0-only
/* Memory that may be written and executed at once: what hardening forbids. */
#include "scene.h"

int scene_wx(void)
{
	char *p = scene_map(4 * PAGE, RW | PROT_EXEC, PRIVATE_ANON, -1);

	p[0] = 1;
	p[PAGE] = 1;
	say("expect written %p kind=page has=rw not=nx eff=urwx kpf=anon", (void *)p);
	say("expect untouched %p kind=none result=not-present", (void *)(p + 3 * PAGE));
	say("wx %p", (void *)p);
	wait_for_line("mapped");
	if (mprotect(p, 4 * PAGE, PROT_READ | PROT_EXEC))
		fail("mprotect");
	say("expect written %p kind=page not=rw,nx eff=ur-x takes=w same=written", (void *)p);
	wait_for_line("sealed");
	return 0;
}
