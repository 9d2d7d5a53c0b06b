// SPDX-License-Identifier: GPL-2.0-only
/*
 * Swapped out: the entry holds device and slot. A read brings a page back; a
 * neighbour may be read ahead, but its entry stays what it is.
 */
#include "scene.h"

int scene_swap(void)
{
	char *p = scene_anon(8), *shared = scene_map(4 * PAGE, RW, SHARED_ANON, -1);

	need_swap();
	touch(p, 8);
	touch(shared, 1);
	say("expect one %p kind=page has=rw,dirty kpf=anon", (void *)p);
	say("expect shared %p kind=page has=rw", (void *)shared);
	wait_for_line("touched");
	if (!swapped_out(p, 8))
		fail("MADV_PAGEOUT leaves pages in memory");
	say("expect one %p kind=swap level=pte result=not-present pm=swap,!present has=soft_dirty eff=---- device=swaps",
	    (void *)p);
	say("expect two %p kind=swap pm=swap device=swaps", (void *)(p + PAGE));
	say("smaps %p Swap=32 Rss=0", (void *)p);
	wait_for_line("out");
	if (madvise(shared, PAGE, MADV_DONTNEED))
		fail("MADV_DONTNEED");
	look(p, 1);
	if (*p != 1)
		fail("the page came back with other contents");
	say("expect one %p kind=page pm=present,!swap kpf=anon", (void *)p);
	say("expect two %p kind=swap pm=swap device=swaps", (void *)(p + PAGE));
	/* shmem keeps no entry: the file knows where its page is */
	say("expect shared %p kind=none result=not-present", (void *)shared);
	wait_for_line("back");
	touch(p, 8);
	say("expect two %p kind=page has=rw,dirty eff=urw- kpf=anon", (void *)(p + PAGE));
	wait_for_line("all_back");
	return 0;
}
