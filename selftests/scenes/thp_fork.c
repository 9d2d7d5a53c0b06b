// SPDX-License-Identifier: GPL-2.0-only
/* Copy on write of a huge page: shared as a whole, parted in small pages. */
#include "scene.h"

static void child(struct peer *peer, void *arg)
{
	char *p = arg;

	peer_turn(peer);
	say("expect@%d child %p kind=page level=pmd has=pse not=rw same=parent eff=ur--", getpid(),
	    arg);
	peer_turn(peer);
	touch(p, 1);
	/* the rest of it in small entries, or without any until it is used */
	say("expect@%d child %p kind=page has=rw,dirty differs=parent eff=urw- kpf=anon", getpid(),
	    arg);
	peer_turn(peer);
}

int scene_thp_fork(void)
{
	char *p = scene_map_aligned(HUGE, HUGE, RW, PRIVATE_ANON, -1);
	struct peer peer;

	if (madvise(p, HUGE, MADV_HUGEPAGE))
		fail("MADV_HUGEPAGE");
	touch(p, 1);
	peer_start(&peer, child, p);
	say("expect parent %p kind=page level=pmd has=pse not=rw eff=ur-- kpf=thp page=thp",
	    (void *)p);
	peer_step(&peer);
	wait_for_line("forked");
	peer_step(&peer);
	say("expect parent %p kind=page level=pmd same=parent", (void *)p);
	wait_for_line("written");
	peer_end(&peer);
	return 0;
}
