// SPDX-License-Identifier: GPL-2.0-only
/* Pages of the hugetlb pool: private, shared, and after fork. */
#include "scene.h"

#define POOL "/sys/kernel/mm/hugepages/hugepages-2048kB/free_hugepages"

#ifndef MAP_HUGE_2MB
#define MAP_HUGE_2MB (21 << 26)
#endif

static void child(struct peer *peer, void *arg)
{
	char *p = arg;

	peer_turn(peer);
	say("expect@%d child %p kind=page level=pmd not=rw same=private eff=ur--", getpid(), arg);
	peer_turn(peer);
	p[0] = 3;
	say("expect@%d child %p kind=page level=pmd has=rw,dirty differs=private eff=urw- kpf=huge",
	    getpid(), arg);
	peer_turn(peer);
}

int scene_hugetlb_2m(void)
{
	struct peer peer;
	char *p, *q;

	if (read_number(POOL) < 4)
		lacks("no four free hugetlb pages of 2 MiB");
	p = scene_map(2 * HUGE, RW, PRIVATE_ANON | MAP_HUGETLB | MAP_HUGE_2MB, -1);
	q = scene_map(HUGE, RW, SHARED_ANON | MAP_HUGETLB | MAP_HUGE_2MB, -1);
	touch(p, 1);
	touch(q, 1);
	say("expect private %p kind=page level=pmd has=pse,rw,dirty,nx kpf=huge,anon eff=urw- page=hugetlb",
	    (void *)p);
	say("expect inside %p kind=page level=pmd same=private+9", (void *)(p + 9 * PAGE));
	say("expect untouched %p kind=none result=not-present", (void *)(p + HUGE));
	say("expect shared %p kind=page level=pmd has=pse,rw kpf=huge,!anon pm=file page=hugetlb",
	    (void *)q);
	say("smaps %p VmFlags=ht Private_Hugetlb=2048", (void *)p);
	wait_for_line("touched");
	peer_start(&peer, child, p);
	peer_step(&peer);
	wait_for_line("forked");
	peer_step(&peer);
	say("expect parent %p kind=page level=pmd same=private", (void *)p);
	wait_for_line("written");
	peer_end(&peer);
	return 0;
}
