// SPDX-License-Identifier: GPL-2.0-only
/* One file, two processes, each with a mapping of its own: the same frame. */
#include "scene.h"

static void child(struct peer *peer, void *arg)
{
	char *p;

	peer_turn(peer);
	/* not where the parent has it */
	p = scene_map(8 * PAGE, RW, MAP_SHARED, *(int *)arg);
	look(p, 1);
	say("expect@%d child %p kind=page level=pte same=parent eff=urw- pm=file page=shmem",
	    getpid(), (void *)p);
	peer_turn(peer);
	p[1] = 2;
	say("expect@%d child %p kind=page has=rw,dirty same=parent", getpid(), (void *)p);
	peer_turn(peer);
}

int scene_file_shared(void)
{
	int fd = temporary_file("/tmp/scene.shared", 8 * PAGE);
	char *p = scene_map(8 * PAGE, RW, MAP_SHARED, fd);
	struct peer peer;

	peer_start(&peer, child, &fd);
	touch(p, 1);
	say("expect parent %p kind=page level=pte has=rw,dirty eff=urw- pm=file kpf=!anon page=shmem",
	    (void *)p);
	peer_step(&peer);
	wait_for_line("read");
	peer_step(&peer);
	say("expect parent %p kind=page same=parent", (void *)p);
	wait_for_line("written");
	peer_end(&peer);
	return 0;
}
