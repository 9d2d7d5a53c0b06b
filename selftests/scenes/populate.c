// SPDX-License-Identifier: GPL-2.0-only
/* MAP_POPULATE: the entries are there although nobody has touched the memory. */
#include "scene.h"

int scene_populate(void)
{
	char *p = scene_map(16 * PAGE, RW, PRIVATE_ANON | MAP_POPULATE, -1);
	int fd = temporary_file("/tmp/scene.populate", 16 * PAGE);
	char *q = scene_map(16 * PAGE, PROT_READ, MAP_SHARED | MAP_POPULATE, fd);

	say("expect first %p kind=page has=rw eff=urw- kpf=anon", (void *)p);
	say("expect last %p kind=page has=rw differs=first kpf=anon", (void *)(p + 15 * PAGE));
	say("expect file %p kind=page not=rw eff=ur-- pm=file", (void *)(q + 15 * PAGE));
	say("smaps %p Rss=64", (void *)q);
	wait_for_line("populated");
	return 0;
}
