// SPDX-License-Identifier: GPL-2.0-only
/*
 * How many entries of a recording the library folds into runs in a second, on this
 * machine and one processor. The recordings are made here, of 16 million entries each,
 * around the description of a kernel that a real one has.
 *
 * usage: decode RECORDING [ROUNDS [TABLES]]
 */
#include "../bench.h"
#include "libmmscope/libmmscope.h"
#include "libmmscope/recording_format.h"

#include <stdbool.h>
#include <unistd.h>

#define SLOTS MMSCOPE_SLOTS
#define TABLE_RAW 0x1067ULL		/* present, writable, user, accessed, dirty */
#define PAGE_RAW 0x8000000000000067ULL	/* and not to be executed */
#define FRAMES ((1ULL << 28) - 1)

static unsigned long tables = 32768;
static char made[] = "/tmp/mmscope-bench-XXXXXX";

static uint64_t scatter(uint64_t at)
{
	at *= 0x9e3779b97f4a7c15;
	return at >> 30;
}

static uint64_t page(uint64_t frame)
{
	return PAGE_RAW | (frame & FRAMES) << 12;
}

static uint64_t in_a_row(uint64_t at)
{
	return page(at);
}

static uint64_t sixteen(uint64_t at)
{
	return page(scatter(at / 16) + at % 16);
}

static uint64_t alone(uint64_t at)
{
	return page(scatter(at));
}

static uint64_t few(uint64_t at)
{
	return at % SLOTS ? 0 : page(scatter(at));
}

static const struct pattern {
	const char *key, *text;
	uint64_t (*raw)(uint64_t at);
} patterns[] = {
	{ "row", "frames in a row", in_a_row },
	{ "sixteen", "sixteen frames in a row", sixteen },
	{ "alone", "each frame anywhere", alone },
	{ "few", "one entry in a table", few },
};

static void put(FILE *f, const void *data, size_t len)
{
	if (fwrite(data, 1, len, f) != len)
		err(1, "%s", made);
}

static void put_block(FILE *f, unsigned int level, uint64_t va, const uint64_t *slot)
{
	struct mmscope_record rec = {
		.va = va, .nr = SLOTS, .level = level, .type = MMSCOPE_REC_BLOCK,
	};

	put(f, &rec, sizeof(rec));
	put(f, slot, SLOTS * sizeof(*slot));
}

/* Blocks of all levels for @tables of the lowest one, from address 0 on. */
static uint64_t put_blocks(FILE *f, unsigned int levels, const struct pattern *p)
{
	uint64_t slot[SLOTS], n, nr = tables, present = 0;
	unsigned int level, i;

	for (level = 0; level < levels; level++) {
		uint64_t below = level ? nr : 0;

		nr = level ? (nr + SLOTS - 1) / SLOTS : nr;
		for (n = 0; n < nr; n++) {
			for (i = 0; i < SLOTS; i++) {
				slot[i] = level ? (n * SLOTS + i < below ? TABLE_RAW : 0) :
						  p->raw(n * SLOTS + i);
				present += !level && slot[i];
			}
			put_block(f, level, n * SLOTS << (12 + 9 * level), slot);
		}
	}
	return present;
}

/* All chunks of the real recording, but other tables. Return: entries that are not empty. */
static uint64_t make(const char *template, unsigned int levels, const struct pattern *p)
{
	FILE *in = fopen(template, "re"), *out = fopen(made, "we");
	struct recording_chunk_v1 chunk;
	struct recording_head_v1 head;
	uint64_t present = 0;
	char *data;

	if (!in || !out || fread(&head, sizeof(head), 1, in) != 1)
		err(1, "%s", template);
	put(out, &head, sizeof(head));
	while (fread(&chunk, sizeof(chunk), 1, in) == 1) {
		data = malloc(chunk.length + 1);
		if (!data || fread(data, 1, chunk.length, in) != chunk.length)
			err(1, "%s", template);
		if (chunk.type != RECORDING_BLOCKS) {
			put(out, &chunk, sizeof(chunk));
			put(out, data, chunk.length);
		} else if (!present) {
			uint64_t nr = 0, n = tables;
			unsigned int level;

			for (level = 0; level < levels; level++, n = (n + SLOTS - 1) / SLOTS)
				nr += n;
			chunk.length = nr * (sizeof(struct mmscope_record) + SLOTS * 8);
			put(out, &chunk, sizeof(chunk));
			present = put_blocks(out, levels, p);
		}
		free(data);
	}
	fclose(in);
	if (fclose(out))
		err(1, "%s", made);
	return present;
}

static uint64_t fold(struct libmmscope_source *src)
{
	struct mmscope_scan s = {
		.flags = MMSCOPE_SCAN_RUNS, .levels = (1U << (MMSCOPE_LEAF_MAX + 1)) - 1,
		.end = tables * SLOTS * 4096,
	};
	const void *records;
	uint64_t entries = 0;

	for (s.start = 0; s.start < s.end; s.start = s.resume) {
		if (libmmscope_scan(src, &s, &records))
			errx(1, "scan");
		entries += s.entries;
	}
	return entries;
}

static struct libmmscope_source *open_one(const char *path)
{
	struct libmmscope_source *src;

	if (libmmscope_open_recording(path, &src))
		errx(1, "%s is not a recording", path);
	return src;
}

static void measure(const char *template, const struct pattern *p, int rounds)
{
	struct libmmscope_source *src = open_one(template);
	struct bench b = { .name = p->text };
	uint64_t present;
	char name[64];
	double begun;
	int i;

	present = make(template, libmmscope_format(src)->info.levels, p);
	libmmscope_close(src);
	src = open_one(made);
	for (i = -1; i < rounds; i++) {
		begun = bench_now(CLOCK_MONOTONIC);
		if (fold(src) != present)
			errx(1, "%s: not all entries were seen", p->text);
		if (i >= 0)
			bench_add(&b, (bench_now(CLOCK_MONOTONIC) - begun) / (tables * SLOTS));
	}
	libmmscope_close(src);
	bench_print(&b);
	snprintf(name, sizeof(name), "decode_%s", p->key);
	bench_ratio(name, 1000 / bench_median(&b));
}

int main(int argc, char **argv)
{
	int rounds = argc > 2 ? atoi(argv[2]) : 9;
	size_t i;
	int fd;

	if (argc < 2)
		errx(1, "usage: decode RECORDING [ROUNDS [TABLES]]");
	tables = argc > 3 ? strtoul(argv[3], NULL, 10) : tables;
	fd = mkstemp(made);
	if (fd < 0)
		err(1, "%s", made);
	close(fd);
	printf("-- decode: slots of page tables folded into runs, ns for a slot; millions in a second\n");
	for (i = 0; i < sizeof(patterns) / sizeof(patterns[0]); i++)
		measure(argv[1], &patterns[i], rounds);
	unlink(made);
	return 0;
}
