// SPDX-License-Identifier: GPL-2.0-only
/* Reading in an area for huge pages maps the huge zero page, write-protected. */
#include "scene.h"

int scene_huge_zero(void)
{
	char *p = scene_map_aligned(2 * HUGE, HUGE, RW, PRIVATE_ANON, -1);

	if (read_number("/sys/kernel/mm/transparent_hugepage/use_zero_page") != 1)
		skip("no huge zero page: transparent_hugepage/use_zero_page is not 1");
	if (madvise(p, 2 * HUGE, MADV_HUGEPAGE))
		fail("madvise");
	look(p, 1);
	look(p + HUGE, 1);
	say("expect zero %p kind=page level=pmd has=pse not=rw,dirty eff=ur-- kpf=zero page=huge_zero",
	    (void *)p);
	say("expect second %p kind=page level=pmd same=zero page=huge_zero", (void *)(p + HUGE));
	say("expect inside %p kind=page level=pmd same=zero+7", (void *)(p + 7 * PAGE));
	wait_for_line("read");
	touch(p + 7 * PAGE, 1);
	/* a huge page or a small one: that differs between kernels */
	say("expect inside %p kind=page has=rw,dirty differs=inside kpf=anon,!zero eff=urw-",
	    (void *)(p + 7 * PAGE));
	say("expect second %p kind=page level=pmd same=zero", (void *)(p + HUGE));
	wait_for_line("written");
	return 0;
}
