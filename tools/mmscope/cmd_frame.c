// SPDX-License-Identifier: GPL-2.0-only
/* mmscope frame: what frames are used for, by whom, in which state. */
#include "frame.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <linux/kernel-page-flags.h>

static int add(struct frames *s, const struct mmscope_frame *f, uint64_t nr)
{
	if (s->o->summary)
		return frame_summary_add(s, f, nr);
	frame_rows_add(s, f, nr);
	return 0;
}

/*
 * Frames that the module has left out, as it leaves out what holds no memory. Of those
 * that a recording has not nothing is known.
 */
static int add_gap(struct frames *s, uint64_t start, uint64_t end)
{
	const struct mmscope_frame gap = {
		.pfn = start, .head = start, .kind = MMSCOPE_FRAME_NONE, .node = -1,
		.flags = 1ULL << KPF_NOPAGE,
	};

	return start < end && !s->o->input ? add(s, &gap, end - start) : 0;
}

/* The records of a call, and the gaps between them. */
static int add_records(struct frames *s, const struct mmscope_frames *f, const char *records)
{
	uint64_t next = f->start;
	struct mmscope_frame frame;
	__u32 i;

	for (i = 0; i < f->count; i++) {
		memcpy(&frame, records + (size_t)i * f->record_size, sizeof(frame));
		if (add_gap(s, next, frame.pfn) || add(s, &frame, 1))
			return -1;
		next = frame.pfn + 1;
	}
	/* behind the last memory there is nothing to be said about all of it */
	return s->o->all && f->resume == f->end ? 0 : add_gap(s, next, f->resume);
}

/* The end of memory, as far as a zone reaches: what is behind goes by in no time. */
static uint64_t end_of_zones(const struct frames *s)
{
	uint64_t end = 0;
	size_t i;

	for (i = 0; i < s->zones.count; i++) {
		const struct mmscope_zone *z = &s->zones.zone[i];

		if (z->start + z->spanned > end)
			end = z->start + z->spanned;
	}
	return end;
}

static int list(struct frames *s, uint64_t start, uint64_t end)
{
	struct mmscope_frames f = { .flags = MMSCOPE_FRAMES_SKIP, .end = end, .resume = start };
	uint64_t last = end_of_zones(s) < end ? end_of_zones(s) : end;
	const void *records;
	bool found = false;
	int err;

	while (f.resume < end && !tool_interrupted && !ferror(stdout)) {
		f.start = f.resume;
		err = libmmscope_frames(s->src, &f, &records);
		if (err)
			return tool_fail(s->o, s->src, err);
		found |= f.count;
		if (add_records(s, &f, records))
			return tool_fail(s->o, s->src, -ENOMEM);
		if (f.resume < last)
			progress_update(&s->progress, f.resume - start, last - start);
	}
	frame_rows_flush(s);
	progress_end(&s->progress);
	if (s->o->input && !found)
		return tool_fail(s->o, s->src, -ENODATA);
	if (!tool_interrupted)
		return ferror(stdout) ? EXIT_ERROR : EXIT_OK;
	tool_error("interrupted; cut off at 0x%" PRIx64, (uint64_t)f.resume);
	return EXIT_PARTIAL;
}

static int list_args(struct frames *s)
{
	uint64_t start, end = libmmscope_format(s->src)->info.pfn_mask >> 12;
	int i, err = EXIT_OK;

	if (!s->o->argc)
		return list(s, 0, end);
	for (i = 0; i < s->o->argc && !err; i++) {
		err = page_range(s->o, s->src, s->o->argv[i], &start, &end);
		if (!err)
			err = list(s, start, end);
	}
	return err;
}

static const struct command *like(const struct options *o)
{
	return o->summary ? &frame_summary : &command_frame;
}

static int print(struct frames *s)
{
	int err = EXIT_ERROR;

	s->out = out_begin(s->o, like(s->o), s->o->summary ? "summary" : "frames");
	if (!s->out)
		return err;
	if (!s->o->summary)
		err = frame_rows_prepare(s);
	if (s->o->summary || !err)
		err = list_args(s);
	/* an interrupt leaves the numbers of what was seen */
	if (s->o->summary && (!err || err == EXIT_PARTIAL))
		frame_summary_print(s);
	return out_end(s->out) && !err ? EXIT_ERROR : err;
}

static int check_options(const struct options *o)
{
	if (o->all && (o->argc || o->of))
		tool_error("frame: --all takes no frame, no range and no --of");
	else if (o->of && !o->argc)
		tool_error("frame: which address of process %s? see 'mmscope frame --help'", o->of);
	else if (!o->argc && !o->all)
		tool_error("frame: which frames? --all is all of memory; see 'mmscope frame --help'");
	else
		return 0;
	return EXIT_ERROR;
}

static int run(const struct options *o)
{
	struct frames s = { .o = o, .progress = { .what = "frames", .silent = o->summary } };
	int used, err;

	if (check_options(o))
		return EXIT_ERROR;
	err = o->input ? tool_open(o, &s.src, &used) :
			 tool_open_process(o->of ? o->of : "self", &s.src);
	if (err)
		return err;
	err = tool_phys(s.src, "frames");
	if (err)
		goto out_close;
	err = libmmscope_zones_read(s.src, &s.zones);
	err = err ? tool_fail(o, s.src, err) : print(&s);
	libmmscope_zones_free(&s.zones);
	iomem_free(&s.iomem);
	names_free(&s.files);
	names_free(&s.cgroups);
	free(s.tally);
out_close:
	libmmscope_close(s.src);
	return err;
}

const struct command command_frame = {
	.name = "frame",
	.args = "PFN[-END|+N]...",
	.help = "what frames are used for: kind, zone, folio, flags, counts, cgroup, file",
	.more = "Frame numbers are hexadecimal, with or without 0x; END is the frame after the last.\n"
		"Frames in a row that are alike are one line. With --of the arguments are addresses\n"
		"of that process. No reference is taken: a frame may change its use while it is\n"
		"looked at. PATH and CGPATH are looked for in /proc and /sys, which takes longer.\n"
		"A recording has the frames of its process alone, if it was made with --frames.\n"
		"Needs CAP_SYS_ADMIN.",
	.examples = " mmscope frame 1a2b3\n"
		    " mmscope frame -o +NAMES,CGPATH,PATH 100000+200\n"
		    " mmscope frame --of 1234 7ffc12345000\n"
		    " mmscope frame --all --summary\n"
		    " mmscope frame -J --all | jq '.frames[] | select(.kind == \"offline\")'\n",
	.columns = frame_columns,
	.nr_columns = FRAME_COLUMNS,
	.options = OPT_TABLE | OPT_INPUT | OPT_BYTES | OPT_NO_MERGE | OPT_OF | OPT_ALL |
		   OPT_SUMMARY,
	.run = run,
	.like = like,
};
