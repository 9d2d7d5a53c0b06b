// SPDX-License-Identifier: GPL-2.0-only
/*
 * The memory map of a process, and how much of each VMA is in memory (KiB).
 *
 *	cc resident.c -o resident $(pkg-config --cflags --libs libmmscope)
 *	./resident PID | RECORDING
 */
#include <libmmscope/libmmscope.h>

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* Digits alone are a process, all else is the name of a recording. */
static int open_source(const char *what, struct libmmscope_source **src)
{
	char *end;
	long pid = strtol(what, &end, 10);

	if (*what && !*end)
		return libmmscope_open_live(pid, src, NULL);
	return libmmscope_open_recording(what, src);
}

/* Memory that counts as the process's: the zero page and others that are special do not. */
static bool is_resident(const struct mmscope_format *format, const struct mmscope_record *run)
{
	struct mmscope_entry e;
	struct mmscope_flag flag;
	unsigned int pos = 0;

	if (run->type != MMSCOPE_REC_RUN)
		return false;
	mmscope_decode(format, run->data, run->level, 0, &e);
	if (e.class != MMSCOPE_CLASS_LEAF && e.class != MMSCOPE_CLASS_PROTNONE)
		return false;
	while (mmscope_flag_next(format, &e, &pos, &flag))
		if (flag.name && !strcmp(flag.name, "special"))
			return false;
	return true;
}

/* Bytes of @run in @vma: a huge page may reach beyond it. */
static uint64_t overlap(const struct mmscope_vma *vma, const struct mmscope_record *run)
{
	uint64_t start = run->va, end = mmscope_record_end(run);

	start = start > vma->start ? start : vma->start;
	end = end < vma->end ? end : vma->end;
	return end > start ? end - start : 0;
}

/* All entries of one VMA: a call gives as many as its buffer takes. */
static int resident(struct libmmscope_source *src, const struct mmscope_vma *vma, uint64_t *sum)
{
	struct mmscope_scan scan = {
		.flags = MMSCOPE_SCAN_RUNS, .levels = (1 << (MMSCOPE_LEAF_MAX + 1)) - 1,
		.resume = vma->start, .end = vma->end,
	};
	const struct mmscope_record *run, *end;
	const void *records;
	int err;

	*sum = 0;
	while (scan.resume < scan.end) {
		scan.start = scan.resume;
		err = libmmscope_scan(src, &scan, &records);
		if (err)
			return err;
		run = records;
		for (end = run + scan.bytes / sizeof(*run); run < end; run++)
			if (is_resident(libmmscope_format(src), run))
				*sum += overlap(vma, run);
	}
	return 0;
}

static int print(struct libmmscope_source *src)
{
	struct libmmscope_maps maps;
	int err = libmmscope_maps_read(src, &maps);
	uint64_t sum;
	size_t i;

	for (i = 0; !err && i < maps.count; i++) {
		const struct mmscope_vma *vma = maps.vma[i];
		const char *name = libmmscope_vma_string(vma, vma->name);
		char perms[5];

		err = resident(src, vma, &sum);
		mmscope_perms(vma->flags, perms);
		if (!err)
			printf("%012" PRIx64 "-%012" PRIx64 " %s %6" PRIu64 " %s\n",
			       (uint64_t)vma->start, (uint64_t)vma->end, perms, sum / 1024,
			       name ? name : "-");
	}
	libmmscope_maps_free(&maps);
	return err;
}

int main(int argc, char **argv)
{
	struct libmmscope_source *src = NULL;
	int err = argc == 2 ? open_source(argv[1], &src) : -EINVAL;

	if (!err)
		err = print(src);
	if (err)
		fprintf(stderr, "resident: %s\n", strerror(-err));
	libmmscope_close(src);
	return err ? EXIT_FAILURE : EXIT_SUCCESS;
}
