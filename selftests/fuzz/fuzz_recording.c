// SPDX-License-Identifier: GPL-2.0-only
/*
 * libFuzzer on recordings: any bytes as a file, read through every operation of a
 * source. Checksums are not asked for in this build, and its writer packs nothing, so
 * that changes get to the contents. FUZZ_SEEDS names a directory for the first inputs:
 * the kept recordings, of both versions.
 */
#include <errno.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "libmmscope/libmmscope.h"

/* Called by libFuzzer. */
int LLVMFuzzerTestOneInput(const unsigned char *data, size_t len);
int LLVMFuzzerInitialize(int *argc, char ***argv);

static volatile unsigned long sum;	/* so that what is read is used */

static void use_text(const char *text)
{
	if (text)
		sum += strlen(text);
}

static void use_runs(struct libmmscope_source *src, __u32 flags)
{
	struct mmscope_scan s = { .flags = flags, .levels = 31 };
	const struct mmscope_record *r;
	struct mmscope_entry e;
	const void *records;

	s.end = libmmscope_format(src)->info.task_size & ~4095ULL;
	for (; s.start < s.end; s.start = s.resume) {
		if (libmmscope_scan(src, &s, &records))
			return;
		if (s.resume <= s.start)
			abort();	/* it would never end */
		for (r = records; flags == MMSCOPE_SCAN_RUNS && (char *)r < (char *)records + s.bytes; r++) {
			mmscope_decode(libmmscope_format(src), r->data, r->level, 0, &e);
			use_text(e.kind);
		}
	}
}

static void use_maps(struct libmmscope_source *src)
{
	struct libmmscope_maps maps;
	size_t i;

	if (libmmscope_maps_read(src, &maps))
		return;
	for (i = 0; i < maps.count; i++) {
		struct mmscope_walk w = { .va = maps.vma[i]->start };

		use_text(libmmscope_vma_string(maps.vma[i], maps.vma[i]->name));
		use_text(libmmscope_vma_string(maps.vma[i], maps.vma[i]->ops));
		use_text(libmmscope_vma_string(maps.vma[i], maps.vma[i]->anon_name));
		libmmscope_walk(src, &w);
		sum += w.nr_levels;
	}
	libmmscope_maps_free(&maps);
}

static void use_frames(struct libmmscope_source *src)
{
	struct mmscope_frames f = { .flags = MMSCOPE_FRAMES_SKIP, .end = 1ULL << 40 };
	struct libmmscope_zones zones;
	const struct mmscope_frame *frame;
	const void *records;
	__u32 i;

	if (!libmmscope_zones_read(src, &zones)) {
		use_text(libmmscope_zone_name(&zones, 0, 0));
		libmmscope_zones_free(&zones);
	}
	for (; f.start < f.end; f.start = f.resume) {
		if (libmmscope_frames(src, &f, &records))
			return;
		if (f.resume <= f.start)
			abort();
		for (i = 0, frame = records; i < f.count; i++)
			sum += frame[i].pfn;
	}
}

static void use(struct libmmscope_source *src)
{
	struct mmscope_tasks tasks;
	struct mmscope_mm mm;
	const void *records;
	uint64_t at;

	use_maps(src);
	use_runs(src, MMSCOPE_SCAN_RUNS);
	use_runs(src, MMSCOPE_SCAN_BLOCKS);
	use_frames(src);
	libmmscope_mm(src, &mm);
	if (!libmmscope_tasks(src, &tasks, &records) && tasks.count)
		use_text(((const struct mmscope_task *)records)->comm);
	use_text(libmmscope_swap_name(src, 1));
	use_text(libmmscope_damage(src, &at));
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t len)
{
	static int fd = -1;
	struct libmmscope_source *src;
	struct libmmscope_file *file;
	char name[64], *host;
	unsigned int i;
	size_t count = 0;

	if (fd < 0)
		fd = memfd_create("fuzz", 0);
	if (ftruncate(fd, 0) || pwrite(fd, data, len, 0) != (ssize_t)len)
		return 0;
	snprintf(name, sizeof(name), "/proc/self/fd/%d", fd);
	if (!libmmscope_file_open(name, &file)) {
		libmmscope_file_moments(file, &count);
		host = libmmscope_file_host(file);
		use_text(host);
		free(host);
		libmmscope_file_close(file);
	}
	for (i = 0; i <= count && i < 4; i++) {
		snprintf(name, sizeof(name), i ? "/proc/self/fd/%d@%u" : "/proc/self/fd/%d", fd, i);
		if (libmmscope_open_recording(name, &src))
			continue;
		use(src);
		libmmscope_close(src);
	}
	return 0;
}

/* A recording twice into one file, in the version of today. */
static void convert(const char *from, const char *to)
{
	struct libmmscope_recorder *rec;
	struct libmmscope_recorded done;
	struct libmmscope_source *src;
	FILE *f = fopen(to, "we");

	if (!f || libmmscope_open_recording(from, &src))
		exit(1);
	if (libmmscope_recorder_begin(f, "seed=1\n", &rec) ||
	    libmmscope_recorder_add(rec, src, NULL, &done) ||
	    libmmscope_recorder_add(rec, src, NULL, &done) || libmmscope_recorder_end(rec))
		exit(1);
	fclose(f);
	libmmscope_close(src);
}

static void copy(const char *from, const char *to)
{
	char *data = malloc(1 << 20);
	FILE *in = fopen(from, "re"), *out = fopen(to, "we");

	if (!data || !in || !out)
		exit(1);
	fwrite(data, 1, fread(data, 1, 1 << 20, in), out);
	fclose(in);
	fclose(out);
	free(data);
}

/* A plain dump: four tables, and one that two entries lead to. */
static void put_plain(const char *dir)
{
	static __u64 table[5][1 + MMSCOPE_SLOTS];
	char name[4096];
	unsigned int i;
	FILE *f;

	for (i = 0; i < 5; i++) {
		table[i][0] = (i + 1) << 12;
		table[i][1 + i] = (i + 2) << 12 | 0x67;
		table[i][3] = 3 << 12 | 0x67;
	}
	snprintf(name, sizeof(name), "%s/plain", dir);
	f = fopen(name, "we");
	if (!f)
		exit(1);
	fwrite(table, 1, sizeof(table), f);
	fclose(f);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	const char *dir = getenv("FUZZ_SEEDS");
	char name[4096];
	size_t i;
	glob_t g;

	(void)argc;
	(void)argv;
	if (!dir)
		return 0;
	if (glob("selftests/replay/recordings/*.data", 0, NULL, &g) ||
	    glob("selftests/replay/recordings/old/*.data", GLOB_APPEND, NULL, &g))
		exit(1);
	for (i = 0; i < g.gl_pathc; i++) {
		snprintf(name, sizeof(name), "%s/%zu-as-it-is", dir, i);
		copy(g.gl_pathv[i], name);
		snprintf(name, sizeof(name), "%s/%zu-twice", dir, i);
		convert(g.gl_pathv[i], name);
	}
	globfree(&g);
	put_plain(dir);
	return 0;
}
