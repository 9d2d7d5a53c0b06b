// SPDX-License-Identifier: GPL-2.0-only
/*
 * Protection keys: bits 59 to 62 of the entry hold the number. PROT_EXEC alone
 * gets a key, too: the CPU has no other way to forbid reading.
 */
#include "scene.h"

int scene_pkey(void)
{
	char *p = scene_anon(2), *x = scene_anon(1);
	int key = pkey_alloc(0, 0);

	if (key < 0 && (errno == ENOSPC || errno == ENOSYS || errno == EINVAL))
		skip("no protection keys: pkey_alloc: %s", strerror(errno));
	if (key < 0)
		fail("pkey_alloc");
	touch(p, 2);
	touch(x, 1);
	if (pkey_mprotect(p, PAGE, RW, key) || mprotect(x, PAGE, PROT_EXEC))
		fail("pkey_mprotect");
	touch(p, 1);
	say("expect with %p kind=page has=rw,pkey=%d eff=urw-", (void *)p, key);
	say("expect without %p kind=page has=rw not=pkey=*", (void *)(p + PAGE));
	say("expect exec_only %p kind=page has=pkey=* not=rw,nx,pkey=%d eff=ur-x", (void *)x, key);
	say("smaps %p ProtectionKey=%d", (void *)p, key);
	say("smaps %p ProtectionKey=0", (void *)(p + PAGE));
	wait_for_line("key");
	if (pkey_mprotect(p, PAGE, RW, 0) || pkey_free(key))
		fail("pkey_free");
	say("expect with %p kind=page not=pkey=* same=with", (void *)p);
	wait_for_line("freed");
	return 0;
}
