// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a process may write, what execute, and what both: status 1 if there is any. A
 * right has to be given by all levels: what the upper ones have taken is in run->taken.
 *
 *	cc wx.c -o wx $(pkg-config --cflags --libs libmmscope)
 *	./wx PID | RECORDING
 */
#include <libmmscope/libmmscope.h>

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static int open_source(const char *what, struct libmmscope_source **src)
{
	char *end;
	long pid = strtol(what, &end, 10);

	if (*what && !*end)
		return libmmscope_open_live(pid, src, NULL);
	return libmmscope_open_recording(what, src);
}

struct sums {
	uint64_t writable, executable, both;	/* bytes */
};

static void add(struct sums *sums, const struct mmscope_format *f,
		const struct mmscope_record *run)
{
	uint64_t bytes = mmscope_record_end(run) - run->va;
	unsigned int rights;

	if (run->type != MMSCOPE_REC_RUN)
		return;
	rights = ~(run->taken | mmscope_taken(f, run->data, run->level, 0));
	if (!(rights & MMSCOPE_RIGHT_R) || !(rights & MMSCOPE_RIGHT_U))
		return;
	if (rights & MMSCOPE_RIGHT_W)
		sums->writable += bytes;
	if (rights & MMSCOPE_RIGHT_X)
		sums->executable += bytes;
	if (!(rights & MMSCOPE_RIGHT_W) || !(rights & MMSCOPE_RIGHT_X))
		return;
	sums->both += bytes;
	printf("%012" PRIx64 "-%012" PRIx64 " %s\n", (uint64_t)run->va,
	       (uint64_t)mmscope_record_end(run), mmscope_level_name(f, run->level));
}

static int find(struct libmmscope_source *src, struct sums *sums)
{
	const struct mmscope_format *f = libmmscope_format(src);
	struct mmscope_scan s = {
		.flags = MMSCOPE_SCAN_RUNS, .levels = (1 << (MMSCOPE_LEAF_MAX + 1)) - 1,
		.end = f->info.task_size,
	};
	const struct mmscope_record *run, *end;
	const void *records;
	int err;

	while (s.resume < s.end) {
		s.start = s.resume;
		err = libmmscope_scan(src, &s, &records);
		if (err)
			return err;
		run = records;
		for (end = run + s.bytes / sizeof(*run); run < end; run++)
			add(sums, f, run);
	}
	return 0;
}

int main(int argc, char **argv)
{
	struct libmmscope_source *src = NULL;
	int err = argc == 2 ? open_source(argv[1], &src) : -EINVAL;
	struct sums sums;

	memset(&sums, 0, sizeof(sums));
	if (!err)
		err = find(src, &sums);
	libmmscope_close(src);
	if (err) {
		fprintf(stderr, "wx: %s\n", strerror(-err));
		return 2;
	}
	printf("writable   %6" PRIu64 " KiB\nexecutable %6" PRIu64 " KiB\nboth       %6" PRIu64
	       " KiB\n", sums.writable / 1024, sums.executable / 1024, sums.both / 1024);
	return sums.both ? 1 : 0;
}
