// SPDX-License-Identifier: GPL-2.0-only
/*
 * One process with one of each: what the recordings of the replay tests hold.
 * Small on purpose: few tables, entries of many kinds.
 */
#include "scene.h"

#include <fcntl.h>

#ifndef MADV_PAGEOUT
#define MADV_PAGEOUT 21
#endif

/*
 * In the same 512 GiB as the program, and where its heap cannot begin: for a
 * program that is not position-independent that is up to 1 GiB after its end
 * (seen on 5.10 to 7.3; arch_randomize_brk, arch/x86/kernel/process.c). A static
 * libc keeps its thread's variables there, and MAP_FIXED would take their place.
 */
#define TEXTBOOK 0x50000000UL

int scene_textbook(void)
{
	const int rw = PROT_READ | PROT_WRITE, priv = MAP_PRIVATE | MAP_ANONYMOUS;
	int fd = open(scene_self, O_RDONLY);
	char *base, *p;
	size_t i;

	/* all in 4 MiB, so that they share tables; a huge page at the start */
	base = (char *)TEXTBOOK;
	p = mmap(base, 4UL << 20, PROT_NONE, priv | MAP_FIXED_NOREPLACE, -1, 0);
	if (p != base)
		fail("mmap at %p", (void *)base);
	p = mmap(base, 2UL << 20, rw, priv | MAP_FIXED, -1, 0);
	madvise(p, 2UL << 20, MADV_HUGEPAGE);
	p[0] = 1;
	say("huge %p", (void *)p);
	p = mmap(base + (2UL << 20), 16 * PAGE, rw, priv | MAP_FIXED, -1, 0);
	memset(p, 1, 8 * PAGE);
	say("anonymous %p", (void *)p);
	p = mmap(p + 32 * PAGE, 8 * PAGE, PROT_READ, MAP_PRIVATE | MAP_FIXED, fd, 0);
	for (i = 0; i < 4; i++)
		(void)*(volatile char *)(p + i * PAGE);
	say("file %p", (void *)p);
	p = mmap(p + 32 * PAGE, 8 * PAGE, rw, MAP_SHARED | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
	memset(p, 1, 4 * PAGE);
	say("shared %p", (void *)p);
	p = mmap(p + 32 * PAGE, 8 * PAGE, rw, priv | MAP_FIXED, -1, 0);
	memset(p, 1, 4 * PAGE);
	mprotect(p, 8 * PAGE, PROT_NONE);
	say("none %p", (void *)p);
	p = mmap(p + 32 * PAGE, 8 * PAGE, rw, priv | MAP_FIXED, -1, 0);
	memset(p, 1, 8 * PAGE);
	madvise(p, 8 * PAGE, MADV_PAGEOUT);
	say("swapped %p", (void *)p);
	p = mmap(p + 32 * PAGE, 8 * PAGE, PROT_READ, priv | MAP_FIXED, -1, 0);
	for (i = 0; i < 8; i++)
		(void)*(volatile char *)(p + i * PAGE);
	say("zero %p", (void *)p);
	p = mmap(p + 32 * PAGE, 8 * PAGE, rw, priv | MAP_FIXED, -1, 0);
	say("untouched %p", (void *)p);
	say("pid %d", getpid());
	say("expect huge %p kind=page level=pmd has=rw,dirty kpf=thp page=thp", (void *)base);
	say("expect anonymous %p kind=page level=pte has=rw kpf=anon page=anon",
	    (void *)(base + (2UL << 20)));
	say("expect zero %p kind=page not=rw kpf=zero page=zero", (void *)(p - 32 * PAGE));
	say("expect untouched %p kind=none result=not-present", (void *)p);
	wait_for_line("all");
	return 0;
}
