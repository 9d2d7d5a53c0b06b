// SPDX-License-Identifier: GPL-2.0-only
/* Shared anonymous memory survives fork as what it is: no copy on write. */
#include "scene.h"

static void child(struct peer *peer, void *arg)
{
	char *p = arg;

	peer_turn(peer);
	p[0] = 2;
	say("expect@%d child %p kind=page has=rw,dirty same=parent otherslot=parent eff=urw- pm=file page=shmem",
	    getpid(), arg);
	peer_turn(peer);
}

int scene_shared_anon(void)
{
	char *p = scene_map(4 * PAGE, RW, SHARED_ANON, -1);
	struct peer peer;

	touch(p, 1);
	peer_start(&peer, child, p);
	say("expect parent %p kind=page has=rw,dirty eff=urw- pm=file kpf=!anon page=shmem",
	    (void *)p);
	say("expect@%d untouched %p kind=none result=not-present", peer.pid, (void *)p);
	wait_for_line("forked");
	peer_step(&peer);
	say("expect parent %p kind=page has=rw same=parent", (void *)p);
	wait_for_line("written");
	peer_end(&peer);
	return 0;
}
