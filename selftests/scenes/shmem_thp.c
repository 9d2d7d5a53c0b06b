// SPDX-License-Identifier: GPL-2.0-only
/* A tmpfs with huge pages: a file's huge page as one entry, then split. */
#include "scene.h"

#include <sys/mount.h>
#include <sys/stat.h>

int scene_shmem_thp(void)
{
	char *p;
	int fd;

	mkdir("/tmp/huge", 0700);
	if (mount("tmpfs", "/tmp/huge", "tmpfs", 0, "huge=always")) {
		if (errno == EINVAL)
			skip("no huge pages in tmpfs: huge=always: EINVAL");
		fail("mount");
	}
	fd = temporary_file("/tmp/huge/file", HUGE);
	if (umount2("/tmp/huge", MNT_DETACH))
		fail("umount");
	p = scene_map_aligned(HUGE, HUGE, RW, MAP_SHARED, fd);
	touch(p, 1);
	say("expect huge %p kind=page level=pmd has=pse,rw,dirty kpf=thp,!anon pm=file eff=urw- page=thp,shmem",
	    (void *)p);
	say("expect inside %p kind=page level=pmd same=huge+9", (void *)(p + 9 * PAGE));
	say("smaps %p ShmemPmdMapped=2048", (void *)p);
	wait_for_line("huge");
	/* a file's huge entry is dropped, not split: faults bring small ones */
	if (mprotect(p + 9 * PAGE, PAGE, PROT_READ))
		fail("mprotect");
	look(p, 10);
	say("expect first %p kind=page level=pte same=huge kpf=thp pm=file", (void *)p);
	say("expect inside %p kind=page level=pte not=rw same=inside eff=ur--",
	    (void *)(p + 9 * PAGE));
	wait_for_line("small");
	return 0;
}
