/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which frames are no online memory, by the kernel's own files. /proc/kpageflags
 * says NOPAGE of them up to 6.12 at least, and nothing (0) on 7.x, as of a page without
 * flags; it has no word for those behind its end. Where it says nothing, a frame
 * is memory if /proc/iomem calls it System RAM and its block is online.
 */
#ifndef MMSCOPE_TEST_ABSENT_H
#define MMSCOPE_TEST_ABSENT_H

#include "dev.h"

#define ABSENT_FLAGS (1ULL << 20)	/* KPF_NOPAGE */

static inline bool absent_in_iomem(uint64_t pfn)
{
	static struct { uint64_t start, last; } ram[64];
	static unsigned int nr;
	unsigned long start, last;
	char line[256];
	unsigned int i;
	FILE *f = nr ? NULL : fopen("/proc/iomem", "r");

	while (f && nr < 64 && fgets(line, sizeof(line), f)) {
		if (!strstr(line, "System RAM") || sscanf(line, "%lx-%lx", &start, &last) != 2)
			continue;
		ram[nr].start = start / PAGE;
		ram[nr++].last = last / PAGE;
	}
	if (f)
		fclose(f);
	for (i = 0; i < nr; i++)
		if (pfn >= ram[i].start && pfn <= ram[i].last)
			return false;
	return true;
}

static inline bool absent_by_block(uint64_t pfn)
{
	const char *dir = "/sys/devices/system/memory";
	static uint64_t size, block = -1ULL;
	static bool offline;
	char path[128], word[32] = "";
	FILE *f;

	if (!size) {
		snprintf(path, sizeof(path), "%s/block_size_bytes", dir);
		f = fopen(path, "r");
		if (!f || !fgets(word, sizeof(word), f))
			die("%s", path);
		size = strtoull(word, NULL, 16) / PAGE;
		fclose(f);
	}
	if (pfn / size == block)
		return offline;
	block = pfn / size;
	snprintf(path, sizeof(path), "%s/memory%lu/state", dir, (unsigned long)block);
	f = fopen(path, "r");
	offline = f && fgets(word, sizeof(word), f) && !strncmp(word, "offline", 7);
	if (f)
		fclose(f);
	return offline;
}

/* What kpageflags says of a frame, with NOPAGE where it says nothing for want of a page. */
static inline uint64_t absent_or(uint64_t pfn, uint64_t flags)
{
	return flags || !(absent_in_iomem(pfn) || absent_by_block(pfn)) ? flags : ABSENT_FLAGS;
}

#endif /* MMSCOPE_TEST_ABSENT_H */
