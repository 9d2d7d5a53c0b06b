// SPDX-License-Identifier: GPL-2.0-only
/* Read-write protection (7.3): the page stays, every access is reported. */
#include "uffd.h"

#include <sys/ioctl.h>

int scene_uffd_rwp(void)
{
	int fd = uffd_open(SCENE_FEATURE_RWP, "no read-write protection before 7.3");
	char *p = scene_anon(2);
	struct uffdio_writeprotect w = { .range = { (uintptr_t)p, PAGE }, .mode = 1 };

	touch(p, 2);
	uffd_register(fd, p, 2 * PAGE, SCENE_MODE_RWP);
	say("expect page %p kind=page has=rw not=uffd*", (void *)p);
	wait_for_line("registered");
	if (ioctl(fd, SCENE_UFFDIO_RWPROTECT, &w))
		fail("UFFDIO_RWPROTECT");
	say("expect page %p kind=uffd_rwp level=pte has=protnone,uffd* not=present same=page eff=---- pm=present",
	    (void *)p);
	say("expect other %p kind=page has=rw not=uffd*", (void *)(p + PAGE));
	wait_for_line("protected");
	w.mode = 0;
	if (ioctl(fd, SCENE_UFFDIO_RWPROTECT, &w))
		fail("UFFDIO_RWPROTECT off");
	touch(p, 1);
	say("expect page %p kind=page has=rw,dirty not=uffd* eff=urw-", (void *)p);
	wait_for_line("released");
	return 0;
}
