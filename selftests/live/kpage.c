// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the kernel's own files say, for tests in shell: the oracle, not a test.
 *
 *   kpage FRAME…           frame, flags, their letters, map count, memory cgroup: from
 *                          /proc/kpageflags, kpagecount and kpagecgroup; "-" for none
 *   kpage --online         how many frames kpageflags does not call absent
 *   kpage --of PID ADDR…   the frame, from /proc/PID/pagemap
 *
 * Numbers are hexadecimal. Letters are those of page-types.c (tools/mm of the kernel).
 */
#include "absent.h"

/* By bit: the stable ones from 0, those for kernel hackers from 32 (page-types.c). */
static const char letters[64] = {
	"LERUDlASWIBMasbHTGuXnxtozig\0\0\0\0\0rmdPpOhcfHJ"
};

static uint64_t word_at(const char *path, uint64_t index)
{
	int file = open(path, O_RDONLY);
	uint64_t word = 0;

	/* behind the end of the file is no memory */
	if (file < 0 || pread(file, &word, 8, index * 8) < 0)
		die("%s", path);
	close(file);
	return word;
}

static void print_frame(uint64_t pfn)
{
	uint64_t flags = absent_or(pfn, word_at("/proc/kpageflags", pfn));
	uint64_t cgroup = word_at("/proc/kpagecgroup", pfn);
	unsigned int bit;

	printf("0x%lx 0x%lx ", (unsigned long)pfn, (unsigned long)flags);
	for (bit = 0; bit < 64; bit++)
		if (flags >> bit & 1)
			putchar(letters[bit] ? letters[bit] : '?');
	if (!flags)
		putchar('-');
	if (flags & ABSENT_FLAGS)
		printf(" -");
	else
		printf(" %lu", (unsigned long)word_at("/proc/kpagecount", pfn));
	if (cgroup)
		printf(" %lu\n", (unsigned long)cgroup);
	else
		puts(" -");
}

static void print_online(void)
{
	int file = open("/proc/kpageflags", O_RDONLY);
	static uint64_t flags[BUFFER_LEN / 8];
	unsigned long online = 0, pfn = 0;
	ssize_t i, len;

	while ((len = read(file, flags, sizeof(flags))) > 0)
		for (i = 0; i < len / 8; i++)
			online += !(absent_or(pfn++, flags[i]) & ABSENT_FLAGS);
	printf("%lu\n", online);
}

int main(int argc, char **argv)
{
	char path[64];
	uint64_t word;
	int i;

	if (argc > 1 && !strcmp(argv[1], "--online")) {
		print_online();
	} else if (argc > 2 && !strcmp(argv[1], "--of")) {
		snprintf(path, sizeof(path), "/proc/%s/pagemap", argv[2]);
		for (i = 3; i < argc; i++) {
			word = word_at(path, strtoull(argv[i], NULL, 16) / PAGE);
			printf("0x%lx\n", (unsigned long)(word & ((1ULL << 55) - 1)));
		}
	} else {
		for (i = 1; i < argc; i++)
			print_frame(strtoull(argv[i], NULL, 16));
	}
	return 0;
}
