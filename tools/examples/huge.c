// SPDX-License-Identifier: GPL-2.0-only
/*
 * How many pages of which size a process has, swapped ones apart.
 *
 *	cc huge.c -o huge $(pkg-config --cflags --libs libmmscope)
 *	./huge PID | RECORDING
 */
#include <libmmscope/libmmscope.h>

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define LEVELS (MMSCOPE_LEAF_MAX + 1)

struct counts {
	uint64_t pages[LEVELS];
	uint64_t swapped;
	uint64_t unseen;	/* changed while it was looked at */
};

static int open_source(const char *what, struct libmmscope_source **src)
{
	char *end;
	long pid = strtol(what, &end, 10);

	if (*what && !*end)
		return libmmscope_open_live(pid, src, NULL);
	return libmmscope_open_recording(what, src);
}

static void count(struct counts *c, const struct mmscope_format *f,
		  const struct mmscope_record *run)
{
	struct mmscope_entry e;

	if (run->type != MMSCOPE_REC_RUN) {
		c->unseen++;
		return;
	}
	/* one decode stands for the run: its entries differ in the frame alone */
	mmscope_decode(f, run->data, run->level, 0, &e);
	if (e.class == MMSCOPE_CLASS_LEAF || e.class == MMSCOPE_CLASS_PROTNONE)
		c->pages[run->level] += run->nr;
	else if (!strcmp(e.kind, "swap"))
		c->swapped += run->nr;
}

static int scan(struct libmmscope_source *src, struct counts *c)
{
	const struct mmscope_format *f = libmmscope_format(src);
	struct mmscope_scan s = {
		.flags = MMSCOPE_SCAN_RUNS, .levels = (1 << LEVELS) - 1,
		.end = f->info.task_size,
	};
	const void *records;
	size_t i;
	int err;

	while (s.resume < s.end) {
		s.start = s.resume;
		err = libmmscope_scan(src, &s, &records);
		if (err)
			return err;
		for (i = 0; i < s.bytes / sizeof(struct mmscope_record); i++)
			count(c, f, (const struct mmscope_record *)records + i);
	}
	return 0;
}

int main(int argc, char **argv)
{
	struct libmmscope_source *src = NULL;
	int err = argc == 2 ? open_source(argv[1], &src) : -EINVAL;
	unsigned int level;
	struct counts c;

	memset(&c, 0, sizeof(c));
	if (!err)
		err = scan(src, &c);
	libmmscope_close(src);
	if (err) {
		fprintf(stderr, "huge: %s\n", strerror(-err));
		return EXIT_FAILURE;
	}
	for (level = 0; level < LEVELS; level++)
		printf("%7" PRIu64 " KiB %8" PRIu64 "\n", (uint64_t)mmscope_span(level) / 1024,
		       c.pages[level]);
	printf("swapped     %8" PRIu64 "\nunseen      %8" PRIu64 "\n", c.swapped, c.unseen);
	return EXIT_SUCCESS;
}
