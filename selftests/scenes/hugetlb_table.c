// SPDX-License-Identifier: GPL-2.0-only
/*
 * Where two processes map the same GiB of a hugetlb file, the kernel lets them
 * share the table of the PMDs: the same slot in the same frame for both.
 */
#include "scene.h"

static void child(struct peer *peer, void *arg)
{
	char *p = arg;

	peer_turn(peer);
	look(p, 1);
	say("expect@%d child %p kind=page level=pmd has=rw same=parent slot=parent kpf=huge",
	    getpid(), arg);
	peer_turn(peer);
}

int scene_hugetlb_table(void)
{
	char *p;
	struct peer peer;

	if (read_number("/sys/kernel/mm/hugepages/hugepages-2048kB/free_hugepages") < 1)
		lacks("no free hugetlb page of 2 MiB");
	p = scene_map_aligned(GIGA, GIGA, RW, SHARED_ANON | MAP_HUGETLB | MAP_NORESERVE, -1);
	touch(p, 1);
	peer_start(&peer, child, p);
	say("expect parent %p kind=page level=pmd has=rw,pse kpf=huge", (void *)p);
	peer_step(&peer);
	wait_for_line("shared");
	peer_end(&peer);
	return 0;
}
