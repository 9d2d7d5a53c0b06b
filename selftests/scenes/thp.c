// SPDX-License-Identifier: GPL-2.0-only
/*
 * A transparent huge page: one entry in the PMD. Taking rights away from one of
 * its pages splits the entry, not the page: 512 entries, same frames.
 */
#include "scene.h"

int scene_thp(void)
{
	char *p = scene_map_aligned(2 * HUGE, HUGE, RW, PRIVATE_ANON, -1);

	if (madvise(p, 2 * HUGE, MADV_HUGEPAGE)) {
		if (errno == EINVAL)
			skip("no transparent huge pages: MADV_HUGEPAGE: EINVAL");
		fail("madvise");
	}
	touch(p, 1);
	say("expect huge %p kind=page level=pmd has=pse,rw,dirty,nx eff=urw- kpf=thp,anon page=thp,anon",
	    (void *)p);
	say("expect inside %p kind=page level=pmd same=huge+300", (void *)(p + 300 * PAGE));
	say("expect untouched %p kind=none level=pmd result=not-present", (void *)(p + HUGE));
	say("smaps %p VmFlags=hg AnonHugePages=2048", (void *)p);
	wait_for_line("huge");
	if (mprotect(p + 300 * PAGE, PAGE, PROT_READ))
		fail("mprotect");
	say("expect first %p kind=page level=pte has=rw not=pse eff=urw- same=huge kpf=thp page=thp",
	    (void *)p);
	say("expect inside %p kind=page level=pte not=rw eff=ur-- same=inside kpf=thp",
	    (void *)(p + 300 * PAGE));
	say("expect last %p kind=page level=pte has=rw same=huge+511", (void *)(p + HUGE - PAGE));
	say("smaps %p AnonHugePages=0", (void *)p);
	wait_for_line("split");
	if (munmap(p, 100 * PAGE))
		fail("munmap");
	say("expect first %p kind=none result=hole", (void *)p);
	say("expect rest %p kind=page level=pte has=rw same=huge+100", (void *)(p + 100 * PAGE));
	wait_for_line("unmapped");
	return 0;
}
