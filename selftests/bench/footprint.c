// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the module takes: its own size, what a descriptor costs and who pays for it,
 * and what the kernel allocates during a scan of a small and of a large target.
 */
#include "bench.h"
#include "ways.h"

#include <elf.h>
#include <sys/mount.h>
#include <sys/stat.h>

#define DESCRIPTORS 256
#define CGROUP "/sys/fs/cgroup/"
#define MODULE "/lab/mmscope.ko"	/* where the lab puts it */
#define TRACING "/sys/kernel/tracing/"

/* The number after @word in a file; with no word, its first. */
static double number_in(const char *path, const char *word)
{
	char line[512];
	double number = -1;
	FILE *f = fopen(path, "re");

	while (f && number < 0 && fgets(line, sizeof(line), f))
		if (!word)
			number = strtod(line, NULL);
		else if (!strncmp(line, word, strlen(word)))
			number = strtod(line + strlen(word), NULL);
	if (f)
		fclose(f);
	if (number < 0)
		die("%s", path);
	return number;
}

/*
 * Bytes of code and data that stay in memory. The kernel adds what it needs to unwind
 * stacks, BTF and names, and rounds each up to pages: /proc/modules has that sum.
 */
static double code_and_data(void)
{
	const Elf64_Ehdr *head;
	const Elf64_Shdr *s;
	const char *names;
	double sum = 0;
	int fd = open(MODULE, O_RDONLY), i;
	struct stat st;

	if (fd < 0 || fstat(fd, &st))
		die(MODULE);
	head = mmap(NULL, st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (head == MAP_FAILED)
		die(MODULE);
	s = (const void *)((const char *)head + head->e_shoff);
	names = (const char *)head + s[head->e_shstrndx].sh_offset;
	for (i = 0; i < head->e_shnum; i++)
		if ((s[i].sh_flags & SHF_ALLOC) && strncmp(names + s[i].sh_name, ".init", 5) &&
		    ((s[i].sh_flags & (SHF_EXECINSTR | SHF_WRITE)) ||
		     !strncmp(names + s[i].sh_name, ".rodata", 7)))
			sum += s[i].sh_size;
	munmap((void *)head, st.st_size);
	close(fd);
	return sum;
}

static void own_cgroup(void)
{
	if (access(CGROUP "cgroup.controllers", F_OK) &&
	    mount("none", CGROUP, "cgroup2", 0, NULL))
		die("cgroup2");
	bench_put(CGROUP "cgroup.subtree_control", "+memory");
	if (mkdir(CGROUP "footprint", 0755))
		die("mkdir");
	bench_put(CGROUP "footprint/cgroup.procs", "0");
}

/* With a buffer that was used, or without one. KiB for one. */
static void descriptors(bool buffer, char *range)
{
	struct work w = { .start = range, .len = PAGE };
	double charged = number_in(CGROUP "footprint/memory.current", NULL);
	double freed = number_in("/proc/meminfo", "MemFree:");
	static int fd[DESCRIPTORS];
	static void *map[DESCRIPTORS];
	int i;

	for (i = 0; i < DESCRIPTORS; i++) {
		fd[i] = w.dev = dev_open();
		if (dev_attach(fd[i], getpid()))
			die("ATTACH");
		if (!buffer)
			continue;
		map[i] = mmap(NULL, BUFFER_LEN, PROT_READ, MAP_SHARED | MAP_POPULATE, fd[i], 0);
		if (map[i] == MAP_FAILED || runs(&w) != 1)
			die("mmap");
	}
	charged = (number_in(CGROUP "footprint/memory.current", NULL) - charged) / 1024 / DESCRIPTORS;
	freed = (freed - number_in("/proc/meminfo", "MemFree:")) / DESCRIPTORS;
	printf("%-28s %12.1f KiB charged to its owner, %.1f KiB less free memory\n",
	       buffer ? "descriptor with 1 MiB buffer" : "descriptor", charged, freed);
	printf("bench: footprint_descriptor_%s_kib %.1f\n", buffer ? "buffer" : "alone", charged);
	if (buffer)
		printf("bench: footprint_charged %.2f\n", charged / freed);
	for (i = 0; i < DESCRIPTORS; i++) {
		if (buffer)
			munmap(map[i], BUFFER_LEN);
		close(fd[i]);
	}
}

/* Allocations of this process while it does something, seen by the kernel's events. */
static long allocations(const struct work *w)
{
	int on = open(TRACING "tracing_on", O_WRONLY);
	char line[512];
	long n = 0;
	FILE *f;

	if (on < 0)
		die("tracing");
	bench_put(TRACING "trace", "");
	if (write(on, "1", 1) != 1)
		die("tracing_on");
	if (w)
		runs(w);
	if (write(on, "0", 1) != 1)
		die("tracing_on");
	close(on);
	f = fopen(TRACING "trace", "re");
	while (f && fgets(line, sizeof(line), f))
		n += strstr(line, "alloc") && line[0] != '#';
	if (f)
		fclose(f);
	return n;
}

static void scans(char *range, size_t len)
{
	static const char * const events[] = { "kmalloc", "kmem_cache_alloc", "mm_page_alloc" };
	struct work w = { .start = range, .len = TABLE };
	long nothing, small, large;
	char path[128], filter[64];
	size_t i;

	w.dev = dev_open();
	if (dev_attach(w.dev, getpid()))
		die("ATTACH");
	dev_map(w.dev);
	/* the buffer is in place then */
	runs(&w);
	bench_put(TRACING "tracing_on", "0");
	snprintf(filter, sizeof(filter), "common_pid == %d", getpid());
	for (i = 0; i < sizeof(events) / sizeof(events[0]); i++) {
		snprintf(path, sizeof(path), TRACING "events/kmem/%s/filter", events[i]);
		bench_put(path, filter);
		snprintf(path, sizeof(path), TRACING "events/kmem/%s/enable", events[i]);
		bench_put(path, "1");
	}
	nothing = allocations(NULL);
	small = allocations(&w);
	w.len = len;
	large = allocations(&w);
	printf("allocations in a scan: %ld of one table, %ld of %zu tables (%ld in none)\n",
	       small - nothing, large - nothing, len / TABLE, nothing);
	printf("bench: footprint_allocations_small %ld\n", small - nothing);
	printf("bench: footprint_allocations_large %ld\n", large - nothing);
}

int main(void)
{
	size_t len = 4UL << 30, at;
	char *range = mmap(NULL, len, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (range == MAP_FAILED)
		die("mmap");
	madvise(range, len, MADV_NOHUGEPAGE);
	for (at = 0; at < len; at += TABLE)
		range[at] = 1;
	printf("-- footprint\n");
	printf("bench: footprint_module_kib %.1f\n", code_and_data() / 1024);
	printf("bench: footprint_loaded_kib %.1f\n", number_in("/proc/modules", "mmscope ") / 1024);
	own_cgroup();
	descriptors(false, range);
	descriptors(true, range);
	scans(range, len);
	return 0;
}
