// SPDX-License-Identifier: GPL-2.0-only
/*
 * NUMA balancing takes access away from pages of a busy process, to learn from
 * the faults who uses them. In a VMA that may be accessed such an entry is a
 * hint, not PROT_NONE. The pages here are never touched, so the hints stay.
 */
#include "node.h"

#include <pthread.h>

#define SWITCH "/proc/sys/kernel/numa_balancing"
#define PAGES 64

static volatile int stop;

static void *spin(void *arg)
{
	(void)arg;
	while (!stop)
		;
	return NULL;
}

/* The knobs moved from sysctl to debugfs in 5.13. */
static void hurry(const char *name, const char *value)
{
	char path[128];

	snprintf(path, sizeof(path), "/sys/kernel/debug/sched/numa_balancing/%s_ms", name);
	if (!try_write(path, value))
		return;
	snprintf(path, sizeof(path), "/proc/sys/kernel/numa_balancing_%s_ms", name);
	must_write(path, value);
}

/* Two busy threads for two seconds, or until the counter is there: is it? */
static bool busy_until(long updates)
{
	pthread_t thread[2];
	int tries = 200, i;

	stop = 0;
	for (i = 0; i < 2; i++)
		if (pthread_create(&thread[i], NULL, spin, NULL))
			fail("pthread_create");
	while (vmstat("numa_pte_updates") < updates && --tries)
		usleep(10000);
	stop = 1;
	for (i = 0; i < 2; i++)
		pthread_join(thread[i], NULL);
	return tries;
}

/*
 * Busy until so many entries have become hints; then nobody looks any more. A thread
 * whose scan was slow is not asked again for 32 times as long: new ones are.
 */
static void balance(long updates)
{
	/* before it is switched on: the first hints come while vmstat is read */
	long before = vmstat("numa_pte_updates");
	int rounds = 30;

	hurry("scan_delay", "1");
	hurry("scan_period_min", "10");
	hurry("scan_period_max", "20");
	must_write(SWITCH, "1");
	while (!busy_until(before + updates) && --rounds)
		;
	must_write(SWITCH, "0");
	if (!rounds)
		fail("no hints: numa_pte_updates went from %ld to %ld, and should have grown by %ld",
		     before, vmstat("numa_pte_updates"), updates);
}

static void need_balancing(void)
{
	need_two_nodes();
	if (read_number(SWITCH) < 0)
		skip("no NUMA balancing: no " SWITCH);
}

int scene_numa_hint(void)
{
	char *p = scene_anon(PAGES), *none = scene_anon(1);
	long was = read_number(SWITCH);

	need_balancing();
	touch(p, PAGES);
	touch(none, 1);
	say("expect page %p kind=page has=rw,dirty eff=urw-", (void *)p);
	wait_for_line("touched");
	if (mprotect(none, PAGE, PROT_NONE))
		fail("mprotect");
	/* the program's other pages count as well, and are taken first */
	balance(PAGES + 50);
	say("expect page %p kind=numa_hint level=pte has=protnone not=present same=page pm=present,!swap eff=----",
	    (void *)p);
	say("expect none %p kind=protnone has=protnone not=present pm=present", (void *)none);
	wait_for_line("hint");
	touch(p, 1);
	say("expect page %p kind=page has=rw,dirty eff=urw-", (void *)p);
	wait_for_line("touched_again");
	must_write(SWITCH, was ? "1" : "0");
	return 0;
}

/* Of this process: others may find memory in pieces. */
static long huge_pages(void)
{
	char line[256];
	long kb = 0;
	FILE *f = fopen("/proc/self/smaps_rollup", "re");

	while (f && fgets(line, sizeof(line), f))
		if (sscanf(line, "AnonHugePages: %ld", &kb) == 1)
			break;
	if (f)
		fclose(f);
	return kb * 1024 / HUGE;
}

int scene_numa_hint_huge(void)
{
	char *p = scene_map_aligned(8 * HUGE, HUGE, RW, PRIVATE_ANON, -1);
	long was = read_number(SWITCH);
	int i;

	need_balancing();
	must_write("/proc/sys/vm/compact_memory", "1");
	if (madvise(p, 8 * HUGE, MADV_HUGEPAGE))
		fail("MADV_HUGEPAGE");
	for (i = 0; i < 8; i++)
		touch(p + i * HUGE, 1);
	say("expect huge %p kind=page level=pmd has=rw,pse kpf=thp", (void *)p);
	wait_for_line("touched");
	/* a huge entry counts as all its pages */
	balance(huge_pages() * 512 + 50);
	say("expect huge %p kind=numa_hint level=pmd has=protnone,pse not=present same=huge pm=present eff=---- page=thp",
	    (void *)p);
	wait_for_line("hint");
	touch(p, 1);
	say("expect huge %p kind=page has=rw,dirty eff=urw-", (void *)p);
	wait_for_line("touched_again");
	must_write(SWITCH, was ? "1" : "0");
	return 0;
}
