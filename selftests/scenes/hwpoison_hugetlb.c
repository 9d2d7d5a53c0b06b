// SPDX-License-Identifier: GPL-2.0-only
/* The same in a hugetlb page: one error, two megabytes lost, at PMD level. */
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

int scene_hwpoison_hugetlb(void)
{
	char *p;

	if (read_number("/sys/kernel/mm/hugepages/hugepages-2048kB/free_hugepages") < 1)
		lacks("no free hugetlb page of 2 MiB");
	signal(SIGBUS, survive);
	p = scene_map(HUGE, RW, PRIVATE_ANON | MAP_HUGETLB, -1);
	touch(p, 1);
	say("expect page %p kind=page level=pmd has=rw,pse kpf=huge", (void *)p);
	wait_for_line("before");
	if (madvise(p, HUGE, MADV_HWPOISON))
		fail("MADV_HWPOISON");
	say("expect page %p kind=hwpoison level=pmd result=not-present same=page kpf=hwpoison eff=----",
	    (void *)p);
	wait_for_line("poisoned");
	return 0;
}
