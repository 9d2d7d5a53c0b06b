// SPDX-License-Identifier: GPL-2.0-only
/* Minor faults: the file has the page, but no entry until somebody says so. */
#include "uffd.h"

#include <sys/ioctl.h>

int scene_uffd_minor(void)
{
	int fd = uffd_open(UFFD_FEATURE_MINOR_SHMEM, "no minor faults for shmem before 5.14");
	int file = temporary_file("/dev/shm/scene.minor", 2 * PAGE);
	char *p = scene_map(2 * PAGE, RW, MAP_SHARED, file);
	char *q = scene_map(2 * PAGE, RW, MAP_SHARED, file);
	struct uffdio_continue go = { .range = { (uintptr_t)q, PAGE } };

	touch(p, 2);
	uffd_register(fd, q, 2 * PAGE, UFFDIO_REGISTER_MODE_MINOR);
	say("expect page %p kind=page has=rw pm=file", (void *)p);
	say("expect waiting %p kind=none result=not-present", (void *)q);
	say("smaps %p VmFlags=ui", (void *)q);
	wait_for_line("registered");
	if (ioctl(fd, UFFDIO_CONTINUE, &go))
		fail("UFFDIO_CONTINUE");
	say("expect mapped %p kind=page same=page pm=file", (void *)q);
	say("expect waiting %p kind=none", (void *)(q + PAGE));
	wait_for_line("continued");
	return 0;
}
