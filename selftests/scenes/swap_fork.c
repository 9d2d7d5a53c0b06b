// SPDX-License-Identifier: GPL-2.0-only
/*
 * fork copies swap entries as they are: parent and child wait for the same
 * place on the disk. The page is then no longer exclusive to one of them.
 */
#include "scene.h"

static void child(struct peer *peer, void *arg)
{
	peer_turn(peer);
	touch(arg, 1);
	say("expect@%d child %p kind=page has=rw,dirty kpf=anon eff=urw-", getpid(), arg);
	peer_turn(peer);
}

int scene_swap_fork(void)
{
	char *p = scene_anon(1);
	struct peer peer;

	need_swap();
	touch(p, 1);
	if (!swapped_out(p, 1))
		fail("MADV_PAGEOUT leaves the page in memory");
	say("expect parent %p kind=swap pm=swap device=swaps", (void *)p);
	wait_for_line("out");
	peer_start(&peer, child, p);
	say("expect parent %p kind=swap not=exclusive same=parent", (void *)p);
	say("expect@%d child %p kind=swap not=exclusive same=parent otherslot=parent pm=swap",
	    peer.pid, (void *)p);
	wait_for_line("forked");
	peer_step(&peer);
	say("expect parent %p kind=swap same=parent pm=swap", (void *)p);
	wait_for_line("written");
	peer_end(&peer);
	return 0;
}
