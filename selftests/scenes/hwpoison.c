// SPDX-License-Identifier: GPL-2.0-only
/* A memory error that was found in time: the entry says so, the frame is lost. */
#include "scene.h"

#include <signal.h>

#ifndef MADV_HWPOISON
#define MADV_HWPOISON 100
#endif

/* Injecting counts as an access on younger kernels, and forces the signal. */
static void survive(int number)
{
	(void)number;
}

int scene_hwpoison(void)
{
	char *p = scene_anon(2);

	signal(SIGBUS, survive);
	touch(p, 2);
	say("expect page %p kind=page has=rw,dirty kpf=!hwpoison", (void *)p);
	wait_for_line("before");
	if (madvise(p, PAGE, MADV_HWPOISON)) {
		if (errno == EINVAL)
			skip("no MADV_HWPOISON: EINVAL");
		fail("MADV_HWPOISON");
	}
	say("expect page %p kind=hwpoison level=pte result=not-present same=page kpf=hwpoison eff=---- pm=swap,!present page=hwpoison",
	    (void *)p);
	say("expect other %p kind=page has=rw,dirty kpf=!hwpoison", (void *)(p + PAGE));
	wait_for_line("poisoned");
	return 0;
}
