// SPDX-License-Identifier: GPL-2.0-only
/* Write protection of a hugetlb page, and its marker: both in the PMD. */
#include "uffd.h"

int scene_uffd_wp_hugetlb(void)
{
	int fd = uffd_open(UFFD_FEATURE_PAGEFAULT_FLAG_WP | UFFD_FEATURE_WP_HUGETLBFS_SHMEM,
			   "no write protection of hugetlb before 5.19");
	char *p;

	if (read_number("/sys/kernel/mm/hugepages/hugepages-2048kB/free_hugepages") < 2)
		lacks("no two free hugetlb pages of 2 MiB");
	p = scene_map(2 * HUGE, RW, SHARED_ANON | MAP_HUGETLB, -1);
	touch(p, 1);
	touch(p + HUGE, 1);
	uffd_register(fd, p, 2 * HUGE, UFFDIO_REGISTER_MODE_WP);
	uffd_protect(fd, p, HUGE, true);
	say("expect one %p kind=page level=pmd has=uffd*,pse not=rw eff=ur-- kpf=huge pm=uffd_wp",
	    (void *)p);
	say("expect two %p kind=page level=pmd has=rw not=uffd*", (void *)(p + HUGE));
	wait_for_line("protected");
	if (madvise(p, 2 * HUGE, MADV_DONTNEED))
		fail("MADV_DONTNEED");
	say("expect one %p kind=marker has=uffd_wp level=pmd result=not-present", (void *)p);
	say("expect two %p kind=none result=not-present", (void *)(p + HUGE));
	wait_for_line("dropped");
	return 0;
}
