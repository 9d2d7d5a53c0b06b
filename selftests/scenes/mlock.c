// SPDX-License-Identifier: GPL-2.0-only
/* Locked memory: the lock populates it, unless it is to wait for the faults. */
#include "scene.h"

int scene_mlock(void)
{
	char *p = scene_anon(4), *q = scene_anon(4);

	if (mlock(p, 4 * PAGE) || mlock2(q, 4 * PAGE, MLOCK_ONFAULT))
		fail("mlock");
	touch(q, 1);
	say("expect locked %p kind=page has=rw kpf=anon page=anon", (void *)(p + 3 * PAGE));
	say("expect onfault %p kind=page has=rw,dirty", (void *)q);
	say("expect later %p kind=none result=not-present", (void *)(q + PAGE));
	say("smaps %p VmFlags=lo Locked=16", (void *)p);
	say("smaps %p VmFlags=lo Locked=4", (void *)q);
	wait_for_line("locked");
	if (munlockall())
		fail("munlockall");
	say("expect locked %p kind=page same=locked", (void *)(p + 3 * PAGE));
	say("smaps %p VmFlags=!lo Locked=0", (void *)p);
	wait_for_line("unlocked");
	return 0;
}
