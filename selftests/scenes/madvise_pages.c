// SPDX-License-Identifier: GPL-2.0-only
/* Advice that changes entries: dropped, or clean and free to be dropped. */
#include "scene.h"

int scene_madvise_pages(void)
{
	int fd = temporary_file("/tmp/scene.madvise", 2 * PAGE);
	char *gone = scene_anon(1), *lazy = scene_anon(1);
	char *shared = scene_map(2 * PAGE, RW, MAP_SHARED, fd);

	touch(gone, 1);
	touch(lazy, 1);
	touch(shared, 1);
	say("expect gone %p kind=page has=rw,dirty", (void *)gone);
	say("expect lazy %p kind=page has=rw,dirty,accessed", (void *)lazy);
	say("expect shared %p kind=page has=rw,dirty", (void *)shared);
	wait_for_line("before");
	if (madvise(gone, PAGE, MADV_DONTNEED) || madvise(lazy, PAGE, MADV_FREE) ||
	    madvise(shared, PAGE, MADV_DONTNEED))
		fail("madvise");
	say("expect gone %p kind=none result=not-present", (void *)gone);
	say("expect lazy %p kind=page has=rw not=dirty,accessed,saved_dirty same=lazy",
	    (void *)lazy);
	say("expect unmapped %p kind=none result=not-present", (void *)shared);
	wait_for_line("advised");
	look(gone, 1);
	look(shared, 1);
	touch(lazy, 1);
	say("expect gone %p kind=page not=rw differs=gone kpf=zero", (void *)gone);
	say("expect lazy %p kind=page has=rw,dirty,accessed same=lazy", (void *)lazy);
	say("expect shared %p kind=page same=shared", (void *)shared);
	wait_for_line("used");
	return 0;
}
