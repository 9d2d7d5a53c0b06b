// SPDX-License-Identifier: GPL-2.0-only
/* mseal (6.10): neither unmap nor mprotect changes this VMA any more. */
#include "scene.h"

#ifndef SYS_mseal
#define SYS_mseal 462
#endif

#include <sys/syscall.h>

int scene_seal(void)
{
	char *p = scene_anon(2);

	touch(p, 1);
	if (syscall(SYS_mseal, p, 2 * PAGE, 0)) {
		if (errno == ENOSYS)
			skip("no mseal() before 6.10: ENOSYS");
		fail("mseal");
	}
	if (!mprotect(p, PAGE, PROT_NONE) || !munmap(p, PAGE))
		fail("a sealed VMA was changed");
	say("expect sealed %p kind=page has=rw,dirty eff=urw-", (void *)p);
	say("smaps %p VmFlags=sl,rd,wr", (void *)p);
	wait_for_line("sealed");
	return 0;
}
