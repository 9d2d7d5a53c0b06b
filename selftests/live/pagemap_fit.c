// SPDX-License-Identifier: GPL-2.0-only
/*
 * usage: pagemap_fit PID
 * What /proc/PID/maps and pagemap know of runs of frames and of huge pages, in
 * the form of `mmscope tables --by run` and `--by reason`: an oracle for tables.sh.
 * Of reasons those that pagemap can tell; a huge page has none of them.
 */
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define HUGE (2UL << 20)
#define HUGE_PAGES (HUGE / 4096)
#define PRESENT (1ULL << 63)
#define SWAPPED (1ULL << 62)
#define FRAME ((1ULL << 55) - 1)

static uint64_t runs[64], run_bytes[64], run;
static uint64_t untouched, partial, holes, swapped, scattered, misaligned;

static void end_run(void)
{
	unsigned int power = 0;

	if (!run)
		return;
	while (run >> (power + 1))
		power++;
	runs[power]++;
	run_bytes[power] += run * 4096;
	run = 0;
}

static void add_runs(const uint64_t *map, size_t n, uint64_t *before)
{
	size_t i;

	for (i = 0; i < n; i++) {
		if (!(map[i] & PRESENT)) {
			end_run();
			continue;
		}
		if (run && (map[i] & FRAME) != (*before & FRAME) + 1)
			end_run();
		run++;
		*before = map[i];
	}
}

static void add_span(const uint64_t *map, size_t n, uint64_t page)
{
	uint64_t present = 0, out = 0, offset = 0;
	bool torn = false;
	size_t i;

	for (i = 0; i < n; i++) {
		out += !!(map[i] & SWAPPED);
		if (!(map[i] & PRESENT))
			continue;
		if (present++ && page + i - (map[i] & FRAME) != offset)
			torn = true;
		else
			offset = page + i - (map[i] & FRAME);
	}
	partial += n < HUGE_PAGES;
	untouched += !(present + out);
	holes += present + out && present + out < n;
	swapped += out > 0;
	scattered += torn;
	misaligned += present && !torn && offset % HUGE_PAGES;
}

static void add_vma(int fd, uint64_t start, uint64_t end)
{
	uint64_t map[HUGE_PAGES], va, next, before = 0;
	ssize_t len;

	for (va = start; va < end; va = next) {
		next = (va | (HUGE - 1)) + 1;
		if (next > end)
			next = end;
		len = (next - va) / 4096 * 8;
		if (pread(fd, map, len, va / 4096 * 8) != len)
			exit(1);
		add_runs(map, len / 8, &before);
		add_span(map, len / 8, va / 4096);
	}
	end_run();
}

int main(int argc, char **argv)
{
	unsigned long start, end;
	char path[64], line[512];
	unsigned int i, last = 0;
	FILE *maps;
	int fd;

	if (argc != 2)
		return 1;
	snprintf(path, sizeof(path), "/proc/%s/pagemap", argv[1]);
	fd = open(path, O_RDONLY);
	snprintf(path, sizeof(path), "/proc/%s/maps", argv[1]);
	maps = fopen(path, "r");
	if (fd < 0 || !maps)
		return 1;
	while (fgets(line, sizeof(line), maps))
		if (sscanf(line, "%lx-%lx", &start, &end) == 2 && !(start >> 63))
			add_vma(fd, start, end);
	for (i = 0; i < 64; i++)
		last = runs[i] ? i : last;
	for (i = 0; i <= last; i++)
		printf("%lu %lu %lu\n", 4096UL << i, runs[i], run_bytes[i]);
	printf("untouched %lu\npartial %lu\nholes %lu\n", untouched, partial, holes);
	printf("swapped %lu\nscattered %lu\nmisaligned %lu\n", swapped, scattered, misaligned);
	return 0;
}
