// SPDX-License-Identifier: GPL-2.0-only
/* A page of 1 GiB, reserved at boot: a leaf two levels above the PTE. */
#include "scene.h"

#ifndef MAP_HUGE_1GB
#define MAP_HUGE_1GB (30 << 26)
#endif

int scene_hugetlb_1g(void)
{
	char *p;

	if (read_number("/sys/kernel/mm/hugepages/hugepages-1048576kB/free_hugepages") < 1)
		lacks("no free hugetlb page of 1 GiB");
	p = scene_map(GIGA, RW, PRIVATE_ANON | MAP_HUGETLB | MAP_HUGE_1GB, -1);
	say("expect untouched %p kind=none result=not-present", (void *)p);
	wait_for_line("reserved");
	touch(p, 1);
	say("expect giant %p kind=page level=pud has=pse,rw,dirty,nx kpf=huge eff=urw- page=hugetlb,order=18",
	    (void *)p);
	say("expect inside %p kind=page level=pud same=giant+%lu", (void *)(p + GIGA - HUGE + PAGE),
	    (GIGA - HUGE + PAGE) / PAGE);
	say("smaps %p VmFlags=ht KernelPageSize=1048576 Hugetlb=1048576", (void *)p);
	wait_for_line("touched");
	return 0;
}
