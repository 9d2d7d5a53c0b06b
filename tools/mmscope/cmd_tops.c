// SPDX-License-Identifier: GPL-2.0-only
/*
 * mmscope tops: two top tables slot by slot: the kernel's and user mode's of one
 * process (page-table isolation), or those of two processes.
 */
#include "tool.h"

#include <inttypes.h>
#include <string.h>

enum { COL_INDEX, COL_START, COL_REGION, COL_FIRST, COL_SECOND, COL_DIFF, NR_COLUMNS };

static const struct column columns[] = {
	[COL_INDEX] = { "INDEX", "index", CELL_NUMBER, 5, true, "slot number, 0 to 511" },
	[COL_START] = { "START", "start", CELL_HEX, 18, true, "first address of the slot's span" },
	[COL_REGION] = { "REGION", "region", CELL_LIST, 10, true, "'user', or what lies there of the kernel half" },
	[COL_FIRST] = { "FIRST", "first", CELL_HEX, 18, true, "entry of the first table" },
	[COL_SECOND] = { "SECOND", "second", CELL_HEX, 18, true, "entry of the second table" },
	[COL_DIFF] = { "DIFF", "diff", CELL_LIST, 12, true, "same, first-only, second-only, other-table, or flags that differ: +flag in the second" },
};

struct top {
	struct libmmscope_source *src;
	uint64_t retries;
	uint64_t slot[MMSCOPE_SLOTS];
};

/* One half of a top table. 0 or an exit status. */
static int read_half(const struct options *o, struct top *t, __u32 view, uint64_t start,
		     uint64_t end)
{
	unsigned int level = libmmscope_format(t->src)->info.levels - 1;
	struct mmscope_scan s = {
		.flags = MMSCOPE_SCAN_BLOCKS | view, .start = start, .end = end,
		.levels = 1U << level,
	};
	const struct mmscope_record *rec;
	const void *records;
	uint64_t at;
	int err;

	for (s.resume = start; s.resume < end;) {
		s.start = s.resume;
		err = libmmscope_scan(t->src, &s, &records);
		if (err)
			return tool_fail(o, t->src, err);
		t->retries += s.retries;
		for (at = 0; at < s.bytes; at += sizeof(*rec) + rec->nr * sizeof(__u64)) {
			rec = (const void *)((const char *)records + at);
			if (rec->type != MMSCOPE_REC_BLOCK) {
				tool_error("tops: the top table could not be read");
				return EXIT_PARTIAL;
			}
			memcpy(&t->slot[mmscope_index(rec->va, level)], rec + 1,
			       rec->nr * sizeof(__u64));
		}
	}
	return 0;
}

static int read_top(const struct options *o, struct top *t, __u32 view)
{
	const struct mmscope_info *info = &libmmscope_format(t->src)->info;
	int err = read_half(o, t, view, 0, info->task_size);

	return err ? err : read_half(o, t, view | MMSCOPE_HALF_KERNEL, info->kernel_start,
				     TOOL_KERNEL_END);
}

/* The flags that one entry has and the other has not. */
static void add_flags(const struct mmscope_format *f, uint64_t have, uint64_t miss,
		      bool kernel, char sign, char *buf, size_t len)
{
	struct mmscope_entry e;
	struct mmscope_flag flag;
	unsigned int pos = 0;

	mmscope_decode(f, have, f->info.levels - 1, kernel, &e);
	while (mmscope_flag_next(f, &e, &pos, &flag))
		if (!(miss >> flag.bit & 1) && flag.name)
			tool_add_word(buf, len, "%c%s", sign, flag.name);
		else if (!(miss >> flag.bit & 1))
			tool_add_word(buf, len, "%cbit%u", sign, flag.bit);
}

/* In words; "same" if nothing but the accessed bit differs. */
static void describe(const struct mmscope_format *f, uint64_t a, uint64_t b, bool kernel,
		     char *buf, size_t len)
{
	buf[0] = '\0';
	if (!((a ^ b) & ~MMSCOPE_A))
		tool_add_word(buf, len, "same");
	else if (mmscope_is_none(b))
		tool_add_word(buf, len, "first-only");
	else if (mmscope_is_none(a))
		tool_add_word(buf, len, "second-only");
	else if ((a ^ b) & f->info.pfn_mask)
		tool_add_word(buf, len, "other-table");
	if (*buf)
		return;
	add_flags(f, b & ~MMSCOPE_A, a, kernel, '+', buf, len);
	add_flags(f, a & ~MMSCOPE_A, b, kernel, '-', buf, len);
}

/* The regions that begin in or cover a slot. */
static void name_slot(const struct libmmscope_regions *regions, uint64_t start, uint64_t last,
		      char *buf, size_t len)
{
	size_t i;

	buf[0] = '\0';
	if (!(start >> 63)) {
		tool_add_word(buf, len, "user");
		return;
	}
	for (i = 0; i < regions->count; i++)
		if (regions->region[i].start <= last && regions->region[i].end > start)
			tool_add_word(buf, len, "%s", regions->region[i].name);
}

/* How the slots of one half compare. */
struct sum {
	unsigned int used, same;
};

static void print_slot(struct out *out, const struct options *o,
		       const struct libmmscope_regions *regions, const struct mmscope_format *f,
		       unsigned int i, uint64_t a, uint64_t b, struct sum *sum)
{
	unsigned int shift = mmscope_span_shift(f->info.levels - 1);
	bool kernel = i >= MMSCOPE_SLOTS / 2;
	uint64_t start = (uint64_t)i << shift;
	char diff[256], region[256];

	if (kernel)
		start |= f->info.kernel_start;
	if (mmscope_is_none(a) && mmscope_is_none(b))
		return;
	describe(f, a, b, kernel, diff, sizeof(diff));
	sum->used++;
	sum->same += !strcmp(diff, "same");
	if (!o->all && !strcmp(diff, "same"))
		return;
	name_slot(regions, start, start + ((1ULL << shift) - 1), region, sizeof(region));
	out_set(out, COL_INDEX, "%u", i);
	out_set(out, COL_START, "0x%016" PRIx64, start);
	if (*region)
		out_set(out, COL_REGION, "%s", region);
	out_set(out, COL_FIRST, "0x%016" PRIx64, a);
	out_set(out, COL_SECOND, "0x%016" PRIx64, b);
	out_set(out, COL_DIFF, "%s", diff);
	out_row(out);
}

static int print(const struct options *o, const struct libmmscope_regions *regions,
		 const struct top *a, const struct top *b)
{
	const struct mmscope_format *f = libmmscope_format(a->src);
	struct out *out = out_begin(o, &command_tops, "tops");
	struct sum sum[2] = { 0 };
	unsigned int i;

	if (!out)
		return EXIT_ERROR;
	for (i = 0; i < MMSCOPE_SLOTS; i++)
		print_slot(out, o, regions, f, i, a->slot[i], b->slot[i],
			   &sum[i / (MMSCOPE_SLOTS / 2)]);
	if (out_end(out))
		return EXIT_ERROR;
	for (i = 0; i < 2 && !o->json && !o->raw && !o->noheadings; i++)
		printf("%s half: %u slots in use, %u the same, %u differ\n",
		       i ? "kernel" : "user", sum[i].used, sum[i].same,
		       sum[i].used - sum[i].same);
	return EXIT_OK;
}

static int compare(const struct options *o, struct top *a, struct top *b)
{
	struct libmmscope_regions regions;
	int err = tool_phys(a->src, "top tables");

	if (err)
		return err;
	err = libmmscope_regions_read(a->src, &regions);
	if (err)
		return tool_fail(o, a->src, err);
	err = read_top(o, a, 0);
	if (!err)
		err = read_top(o, b, o->argc == 1 ? MMSCOPE_TOP_USER : 0);
	if (!err)
		err = print(o, &regions, a, b);
	if (!err && o->verbose)
		tool_error("tops: %" PRIu64 " looks repeated", a->retries + b->retries);
	libmmscope_regions_free(&regions);
	return err;
}

static int run(const struct options *o)
{
	struct top a = { 0 }, b = { 0 };
	int err;

	if (o->argc < 1 || o->argc > 2) {
		tool_error("tops: give one process, or two\nTry 'mmscope tops --help'.");
		return EXIT_ERROR;
	}
	err = tool_open_process(o->argv[0], &a.src);
	if (err)
		return err;
	err = tool_open_process(o->argv[o->argc - 1], &b.src);
	if (!err)
		err = compare(o, &a, &b);
	libmmscope_close(b.src);
	libmmscope_close(a.src);
	return err;
}

const struct command command_tops = {
	.name = "tops",
	.args = "PID [PID]",
	.help = "two top tables slot by slot: kernel's and user mode's (PTI), or of two processes",
	.more = "One process: the table the kernel runs on and the one user mode runs on, which\n"
		"differ when page-table isolation is on. Two processes: the kernel half is the\n"
		"same tables in both (but for the slot of the LDT, with isolation). Slots that are\n"
		"the same are left out without --all. The accessed bit does not count.\n"
		"Needs CAP_SYS_ADMIN.",
	.examples = " mmscope tops self\n"
		    " mmscope tops --all 1 1234\n",
	.columns = columns,
	.nr_columns = NR_COLUMNS,
	.options = OPT_TABLE | OPT_ALL,
	.run = run,
};
