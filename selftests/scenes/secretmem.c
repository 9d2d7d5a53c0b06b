// SPDX-License-Identifier: GPL-2.0-only
/*
 * memfd_secret: the frame is taken out of the kernel's own mapping, and no
 * debugger gets at it; the entry of its owner is an ordinary one.
 */
#include "scene.h"

#include <sys/syscall.h>

#ifndef SYS_memfd_secret
#define SYS_memfd_secret 447
#endif

int scene_secretmem(void)
{
	int fd = syscall(SYS_memfd_secret, 0);
	char *p;

	if (fd < 0 && errno == ENOSYS)
		skip("no memfd_secret: ENOSYS (5.14 is the first to have it)");
	if (fd < 0 || ftruncate(fd, 2 * PAGE))
		fail("memfd_secret");
	p = scene_map(2 * PAGE, RW, MAP_SHARED, fd);
	touch(p, 1);
	say("expect secret %p kind=page level=pte has=rw,dirty,nx eff=urw- kpf=!anon pm=present,file",
	    (void *)p);
	say("expect untouched %p kind=none result=not-present", (void *)(p + PAGE));
	say("smaps %p VmFlags=dd,sh", (void *)p);
	wait_for_line("mapped");
	return 0;
}
