// SPDX-License-Identifier: GPL-2.0-only
/* Write protection of anonymous memory, a bit in the entry; also in swap. */
#include "uffd.h"

int scene_uffd_wp(void)
{
	int fd = uffd_open(UFFD_FEATURE_PAGEFAULT_FLAG_WP, "no write protection");
	char *p = scene_anon(3), *huge = scene_map_aligned(HUGE, HUGE, RW, PRIVATE_ANON, -1);

	touch(p, 3);
	madvise(huge, HUGE, MADV_HUGEPAGE);
	touch(huge, 1);
	uffd_register(fd, p, 3 * PAGE, UFFDIO_REGISTER_MODE_WP);
	uffd_register(fd, huge, HUGE, UFFDIO_REGISTER_MODE_WP);
	say("expect one %p kind=page has=rw not=uffd*", (void *)p);
	say("expect huge %p kind=page level=pmd has=rw not=uffd*", (void *)huge);
	wait_for_line("registered");
	uffd_protect(fd, p, 2 * PAGE, true);
	uffd_protect(fd, huge, HUGE, true);
	say("expect one %p kind=page has=uffd* not=rw eff=ur-- same=one pm=uffd_wp", (void *)p);
	say("expect three %p kind=page has=rw not=uffd* pm=!uffd_wp", (void *)(p + 2 * PAGE));
	say("expect huge %p kind=page level=pmd has=uffd*,pse not=rw same=huge pm=uffd_wp",
	    (void *)huge);
	say("smaps %p VmFlags=uw", (void *)p);
	wait_for_line("protected");
	uffd_protect(fd, p, PAGE, false);
	touch(p, 1);
	say("expect one %p kind=page has=rw,dirty not=uffd* pm=!uffd_wp eff=urw-",
	    (void *)p);
	say("expect two %p kind=page has=uffd* not=rw", (void *)(p + PAGE));
	wait_for_line("released");
	need_swap();
	if (!swapped_out(p + PAGE, 1))
		fail("MADV_PAGEOUT leaves the page in memory");
	say("expect two %p kind=swap has=uffd* pm=swap,uffd_wp", (void *)(p + PAGE));
	wait_for_line("out");
	return 0;
}
