// SPDX-License-Identifier: GPL-2.0-only
/* Advice that the kernel writes down in the VMA, as letters in smaps. */
#include "scene.h"

static const struct {
	int advice;
	const char *name, *flags;
} advices[] = {
	{ MADV_SEQUENTIAL, "sequential", "sr,!rr" },
	{ MADV_RANDOM, "random", "rr,!sr" },
	{ MADV_HUGEPAGE, "hugepage", "hg,!nh" },
	{ MADV_NOHUGEPAGE, "nohugepage", "nh,!hg" },
	{ MADV_MERGEABLE, "mergeable", "mg" },
	{ MADV_DONTFORK, "dontfork", "dc" },
	{ MADV_DONTDUMP, "dontdump", "dd" },
	{ MADV_WIPEONFORK, "wipeonfork", "wf" },
};

#define NR (sizeof(advices) / sizeof(advices[0]))

static void child(struct peer *peer, void *arg)
{
	char **p = arg;

	peer_turn(peer);
	say("expect@%d dontfork %p kind=none result=hole", getpid(), (void *)p[5]);
	say("expect@%d wipeonfork %p kind=none result=not-present", getpid(), (void *)p[7]);
	say("expect@%d sequential %p kind=page same=sequential", getpid(), (void *)p[0]);
	peer_turn(peer);
}

int scene_madvise_flags(void)
{
	struct peer peer;
	char *p[NR];
	size_t i;

	for (i = 0; i < NR; i++) {
		p[i] = scene_anon(1);
		touch(p[i], 1);
		say("smaps %p VmFlags=!%.2s", (void *)p[i], advices[i].flags);
	}
	wait_for_line("before");
	for (i = 0; i < NR; i++) {
		if (madvise(p[i], PAGE, advices[i].advice))
			fail("madvise %s", advices[i].name);
		say("smaps %p VmFlags=%s", (void *)p[i], advices[i].flags);
		say("expect %s %p kind=page kpf=anon", advices[i].name, (void *)p[i]);
	}
	peer_start(&peer, child, p);
	peer_step(&peer);
	wait_for_line("advised");
	peer_end(&peer);
	for (i = 5; i < NR; i++) {
		static const int undo[] = { MADV_DOFORK, MADV_DODUMP, MADV_KEEPONFORK };

		if (madvise(p[i], PAGE, undo[i - 5]))
			fail("undoing %s", advices[i].name);
		say("smaps %p VmFlags=!%s", (void *)p[i], advices[i].flags);
	}
	say("expect sequential %p kind=page same=sequential", (void *)p[0]);
	wait_for_line("undone");
	return 0;
}
