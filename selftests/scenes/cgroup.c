// SPDX-License-Identifier: GPL-2.0-only
/* A memory limit: what does not fit goes to swap, the rest stays. */
#include "scene.h"

#include <sys/stat.h>

#define GROUP "/sys/fs/cgroup/scene"
#define PAGES (24UL << 8)

/* The first page with this bit in its pagemap entry. */
static char *find(char *p, uint64_t bit)
{
	size_t i;

	for (i = 0; i < PAGES; i++)
		if (pagemap(p + i * PAGE) & bit)
			return p + i * PAGE;
	return NULL;
}

int scene_cgroup(void)
{
	char *p = scene_map_aligned(PAGES * PAGE, HUGE, RW, PRIVATE_ANON, -1), *in, *out;
	char text[32];

	need_swap();
	if (mkdir(GROUP, 0755) && errno != EEXIST)
		fail("mkdir " GROUP);
	if (try_write(GROUP "/memory.max", "12M")) {
		if (errno == ENOENT)
			skip("no memory controller (cgroup v2)");
		fail("memory.max");
	}
	snprintf(text, sizeof(text), "%d", getpid());
	must_write(GROUP "/cgroup.procs", text);
	if (madvise(p, PAGES * PAGE, MADV_NOHUGEPAGE))
		fail("MADV_NOHUGEPAGE");
	touch(p, PAGES);
	in = find(p + PAGE, PM_PRESENT);
	out = find(p, PM_SWAP);
	if (!in || !out)
		fail("nothing in memory, or nothing in swap");
	say("expect out %p kind=swap level=pte pm=swap device=swaps result=not-present",
	    (void *)out);
	if (read_number(GROUP "/memory.swap.current") < (long)PAGE)
		fail("memory.swap.current");
	/* the youngest page: nothing else in the group needs room */
	in = p + (PAGES - 1) * PAGE;
	say("expect in %p kind=page has=rw,dirty pm=present kpf=anon", (void *)in);
	wait_for_line("limited");
	if (try_write("/sys/fs/cgroup/cgroup.procs", text))
		fail("leaving the group");
	if (munmap(p, PAGES * PAGE))
		fail("munmap");
	rmdir(GROUP);
	return 0;
}
