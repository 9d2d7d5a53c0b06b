// SPDX-License-Identifier: GPL-2.0-only
/*
 * A private file mapping: reads show the file's own frame, which nobody may
 * write through it; a write makes an anonymous copy. On ramfs, so that it is
 * page cache and not shmem.
 */
#include "scene.h"

#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>

int scene_file_private(void)
{
	char *p, *q;
	int fd;

	mkdir("/tmp/ramfs", 0700);
	if (mount("ramfs", "/tmp/ramfs", "ramfs", 0, NULL))
		fail("mount ramfs");
	fd = temporary_file("/tmp/ramfs/file", 4 * PAGE);
	if (umount2("/tmp/ramfs", MNT_DETACH))
		fail("umount");
	p = scene_map(4 * PAGE, RW, MAP_PRIVATE, fd);
	q = scene_map(4 * PAGE, RW, MAP_SHARED, fd);
	touch(q, 1);
	look(p, 1);
	say("expect shared %p kind=page has=rw,dirty pm=file kpf=!anon page=file,!shmem",
	    (void *)q);
	say("expect private %p kind=page not=rw eff=ur-- pm=file same=shared page=file",
	    (void *)p);
	wait_for_line("read");
	p[0] = 2;
	say("expect copy %p kind=page has=rw,dirty pm=!file kpf=anon differs=shared eff=urw- page=anon,!file",
	    (void *)p);
	say("expect shared %p kind=page same=shared", (void *)q);
	wait_for_line("written");
	return 0;
}
