// SPDX-License-Identifier: GPL-2.0-only
/* UFFDIO_POISON (6.6): as if the memory were broken, for a migrated guest. */
#include "uffd.h"

#include <sys/ioctl.h>

int scene_uffd_poison(void)
{
	int fd = uffd_open(SCENE_FEATURE_POISON, "no UFFDIO_POISON before 6.6");
	char *p = scene_anon(2);
	struct scene_uffd_poison poison = { .range = { (uintptr_t)p, PAGE } };

	uffd_register(fd, p, 2 * PAGE, UFFDIO_REGISTER_MODE_MISSING);
	if (ioctl(fd, SCENE_UFFDIO_POISON, &poison))
		fail("UFFDIO_POISON");
	say("expect poisoned %p kind=marker has=poisoned level=pte result=not-present pm=!present",
	    (void *)p);
	say("expect untouched %p kind=none result=not-present", (void *)(p + PAGE));
	wait_for_line("poisoned");
	return 0;
}
