// SPDX-License-Identifier: GPL-2.0-only
/*
 * A folio of 64 KiB: one fault makes sixteen entries of sixteen frames in a
 * row. Nothing in the entries says that they belong together.
 */
#include "scene.h"

#define ENABLED "/sys/kernel/mm/transparent_hugepage/hugepages-64kB/enabled"

int scene_mthp(void)
{
	char *p = scene_map_aligned(64 << 10, 64 << 10, RW, PRIVATE_ANON, -1);

	if (try_write(ENABLED, "always")) {
		if (errno == ENOENT)
			skip("no folios of 64 KiB before 6.8: no hugepages-64kB in sysfs");
		fail("enabling folios of 64 KiB");
	}
	touch(p + 5 * PAGE, 1);
	must_write(ENABLED, "never");
	say("expect touched %p kind=page level=pte has=rw kpf=anon page=mthp,order=4,!thp",
	    (void *)(p + 5 * PAGE));
	say("expect first %p kind=page level=pte has=rw not=pse page=mthp,order=4", (void *)p);
	say("expect last %p kind=page level=pte same=first+15 page=mthp", (void *)(p + 15 * PAGE));
	say("expect sixth %p kind=page same=first+5", (void *)(p + 5 * PAGE));
	wait_for_line("mapped");
	if (mprotect(p + 5 * PAGE, PAGE, PROT_NONE))
		fail("mprotect");
	say("expect none %p kind=protnone same=first+5 page=mthp,order=4", (void *)(p + 5 * PAGE));
	say("expect next %p kind=page same=first+6", (void *)(p + 6 * PAGE));
	wait_for_line("protected");
	return 0;
}
