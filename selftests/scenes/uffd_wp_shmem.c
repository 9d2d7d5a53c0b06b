// SPDX-License-Identifier: GPL-2.0-only
/*
 * Write protection of shmem. The protection belongs to the file's page in this
 * mapping, so it must outlive the entry: a marker takes its place.
 */
#include "uffd.h"

int scene_uffd_wp_shmem(void)
{
	int fd = uffd_open(UFFD_FEATURE_PAGEFAULT_FLAG_WP | UFFD_FEATURE_WP_HUGETLBFS_SHMEM,
			   "no write protection of shmem before 5.19");
	char *p = scene_map(4 * PAGE, RW, SHARED_ANON, -1);

	touch(p, 3);
	uffd_register(fd, p, 4 * PAGE, UFFDIO_REGISTER_MODE_WP);
	uffd_protect(fd, p, 2 * PAGE, true);
	uffd_protect(fd, p + 3 * PAGE, PAGE, true);
	say("expect one %p kind=page has=uffd* not=rw eff=ur-- pm=uffd_wp,file", (void *)p);
	say("expect three %p kind=page has=rw not=uffd*", (void *)(p + 2 * PAGE));
	/* protected before it was ever touched */
	say("expect never %p kind=marker has=uffd_wp level=pte pm=uffd_wp", (void *)(p + 3 * PAGE));
	wait_for_line("protected");
	if (madvise(p, 3 * PAGE, MADV_DONTNEED))
		fail("MADV_DONTNEED");
	say("expect one %p kind=marker has=uffd_wp level=pte result=not-present pm=uffd_wp,!present",
	    (void *)p);
	say("expect three %p kind=none result=not-present", (void *)(p + 2 * PAGE));
	wait_for_line("dropped");
	look(p, 1);
	say("expect one %p kind=page has=uffd* not=rw eff=ur-- same=one", (void *)p);
	wait_for_line("read");
	return 0;
}
