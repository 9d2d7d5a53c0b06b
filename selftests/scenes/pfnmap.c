// SPDX-License-Identifier: GPL-2.0-only
/*
 * /dev/mem: frame numbers in a VMA, no struct page asked. Mapped are the BIOS
 * and addresses that nothing answers at; the latter with O_SYNC are uncached,
 * which the kernel's list of memory types confirms. Nothing of it is read.
 */
#include "scene.h"

#include <fcntl.h>

#define BIOS 0xf0000UL
#define NOBODY 0xe0000000UL

static char *map_at(unsigned long pa, int flags)
{
	int fd = open("/dev/mem", O_RDONLY | O_CLOEXEC | flags);
	char *p;

	if (fd < 0)
		fail("/dev/mem");
	p = mmap(NULL, PAGE, PROT_READ, MAP_SHARED, fd, pa);
	if (p == MAP_FAILED)
		fail("mmap of 0x%lx", pa);
	close(fd);
	return p;
}

/* The word of the list about a physical address. */
static const char *memory_type(unsigned long pa)
{
	FILE *f = fopen("/sys/kernel/debug/x86/pat_memtype_list", "re");
	static const char * const word[] = {
		"uncached-minus", "UC-", "uncached", "UC", "write-combining", "WC",
		"write-back", "WB",
	};
	char line[256], start[32];
	size_t i;

	snprintf(start, sizeof(start), "%lx-", pa);
	while (f && fgets(line, sizeof(line), f))
		for (i = 0; strstr(line, start) && i < 8; i += 2)
			if (strstr(line, word[i])) {
				fclose(f);
				return word[i + 1];
			}
	fail("pat_memtype_list does not list 0x%lx", pa);
}

int scene_pfnmap(void)
{
	char *bios = map_at(BIOS, 0), *device = map_at(NOBODY, O_SYNC);
	const char *type = memory_type(NOBODY);

	look(bios, 1);
	say("expect bios %p kind=page level=pte has=special not=rw eff=ur-- pfn=0x%lx memtype=WB",
	    (void *)bios, BIOS / PAGE);
	say("expect device %p kind=page level=pte has=special,pcd not=rw,pat eff=ur-- pfn=0x%lx memtype=%s page=nopage",
	    (void *)device, NOBODY / PAGE, type);
	say("smaps %p VmFlags=pf,io", (void *)bios);
	wait_for_line("mapped");
	return 0;
}
