// SPDX-License-Identifier: GPL-2.0-only
/*
 * The parts of a process that every program has, each with the rights the
 * textbooks promise: code is not writable, data not executable.
 */
#include "scene.h"

#include <sys/auxv.h>
#include <time.h>

static const char rodata[] = "constant";
static volatile int data = 1;
static volatile char bss[2 * PAGE] __attribute__((aligned(PAGE)));

static unsigned long find_area(const char *name)
{
	FILE *f = fopen("/proc/self/maps", "re");
	unsigned long start, found = 0;
	char line[512];

	while (f && fgets(line, sizeof(line), f))
		if (strstr(line, name) && sscanf(line, "%lx-", &start) == 1 && !found)
			found = start;
	if (f)
		fclose(f);
	return found;
}

int scene_layout(void)
{
	unsigned long vvar = find_area("[vvar]"), vdso = getauxval(AT_SYSINFO_EHDR);
	char *heap = malloc(64);
	struct timespec now;
	volatile char local = rodata[0];

	clock_gettime(CLOCK_MONOTONIC, &now);
	if (!heap || !vdso || !vvar)
		fail("heap %p, vdso 0x%lx, vvar 0x%lx", (void *)heap, vdso, vvar);
	data++;
	bss[0] = 1;
	heap[0] = local;
	local = *(volatile char *)vdso;
	local = *(volatile char *)vvar;
	say("expect code %p kind=page level=pte not=rw,nx eff=ur-x result=mapped pm=file",
	    (void *)scene_layout);
	say("expect rodata %p kind=page level=pte not=rw has=nx eff=ur-- pm=file",
	    (const void *)rodata);
	say("expect data %p kind=page level=pte has=rw,nx,dirty eff=urw- kpf=anon",
	    (volatile void *)&data);
	say("expect bss %p kind=page level=pte has=rw,nx,dirty eff=urw- kpf=anon",
	    (volatile void *)bss);
	say("expect bss_untouched %p kind=none result=not-present", (volatile void *)(bss + PAGE));
	say("expect heap %p kind=page has=rw,nx eff=urw- kpf=anon page=anon", (void *)heap);
	say("expect stack %p kind=page has=rw,nx eff=urw- kpf=anon page=anon",
	    (volatile void *)&local);
	say("expect vdso 0x%lx kind=page level=pte has=accessed not=rw,nx eff=ur-x", vdso);
	say("expect vvar 0x%lx kind=page level=pte has=nx not=rw eff=ur--", vvar);
	say("expect null 0x0 kind=none result=hole");
	/* 6.x: frames without struct page; 7.x: pages like others */
	say("smaps 0x%lx VmFlags=pf|mm,!wr", vvar);
	say("mm tasks=1 processes=1");
	wait_for_line("running");
	return 0;
}
