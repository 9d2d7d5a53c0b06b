// SPDX-License-Identifier: GPL-2.0-only
/* Faults on missing pages are somebody else's business: no entry till then. */
#include "uffd.h"

#include <sys/ioctl.h>

int scene_uffd_missing(void)
{
	int fd = uffd_open(0, "");
	char *p = scene_anon(3), *from = scene_anon(1);
	struct uffdio_copy copy = {
		.dst = (uintptr_t)p, .src = (uintptr_t)from, .len = PAGE,
	};
	struct uffdio_zeropage zero = { .range = { (uintptr_t)p + PAGE, PAGE } };

	touch(from, 1);
	uffd_register(fd, p, 3 * PAGE, UFFDIO_REGISTER_MODE_MISSING);
	say("expect copied %p kind=none result=not-present", (void *)p);
	say("smaps %p VmFlags=um", (void *)p);
	wait_for_line("registered");
	if (ioctl(fd, UFFDIO_COPY, &copy) || ioctl(fd, UFFDIO_ZEROPAGE, &zero))
		fail("UFFDIO_COPY, UFFDIO_ZEROPAGE");
	say("expect copied %p kind=page has=rw eff=urw- kpf=anon", (void *)p);
	say("expect zero %p kind=page not=rw kpf=zero page=zero", (void *)(p + PAGE));
	say("expect missing %p kind=none result=not-present", (void *)(p + 2 * PAGE));
	wait_for_line("filled");
	return 0;
}
