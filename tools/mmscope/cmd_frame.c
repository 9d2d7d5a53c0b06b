// SPDX-License-Identifier: GPL-2.0-only
/* mmscope frame: what frames are used for, by whom, in which state. */
#include "tool.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum {
	COL_PFN, COL_FRAMES, COL_NODE, COL_ZONE, COL_KIND, COL_ORDER, COL_HEAD, COL_FLAGS,
	COL_NAMES, COL_REFCOUNT, COL_MAPCOUNT, COL_CGROUP, COL_DEV, COL_INODE, COL_FILE_INDEX,
	NR_COLUMNS,
};

static const struct column columns[] = {
	[COL_PFN] = { "PFN", "pfn", CELL_HEX, 10, true, "frame number, of the first" },
	[COL_FRAMES] = { "FRAMES", "frames", CELL_NUMBER, 6, true, "frames in a row that are alike" },
	[COL_NODE] = { "NODE", "node", CELL_NUMBER, 4, true, "NUMA node" },
	[COL_ZONE] = { "ZONE", "zone", CELL_STRING, 7, true, "zone" },
	[COL_KIND] = { "KIND", "kind", CELL_STRING, 9, true, "what it is used for: anon, file, slab, pgtable, free …" },
	[COL_ORDER] = { "ORDER", "order", CELL_NUMBER, 5, true, "log2 of the frames of its folio" },
	[COL_HEAD] = { "HEAD", "head", CELL_HEX, 10, false, "first frame of its folio" },
	[COL_FLAGS] = { "FLAGS", "flags", CELL_STRING, 12, true, "letters of page-types" },
	[COL_NAMES] = { "NAMES", "names", CELL_LIST, 20, false, "the same by name" },
	[COL_REFCOUNT] = { "REFCOUNT", "refcount", CELL_NUMBER, 8, true, "references to its folio" },
	[COL_MAPCOUNT] = { "MAPCOUNT", "mapcount", CELL_NUMBER, 8, true, "how often it is mapped, as in /proc/kpagecount" },
	[COL_CGROUP] = { "CGROUP", "cgroup", CELL_NUMBER, 8, false, "inode number of the memory cgroup it is charged to" },
	[COL_DEV] = { "DEV", "dev", CELL_STRING, 5, false, "file system of the file, major:minor" },
	[COL_INODE] = { "INODE", "inode", CELL_NUMBER, 8, false, "inode number of the file" },
	[COL_FILE_INDEX] = { "INDEX", "index", CELL_HEX, 8, false, "page offset in the file" },
};

static const struct {
	unsigned char bit;
	char letter;
	const char *name;
} flags[] = {
#define MMSCOPE_FRAME_FLAG(bit, letter, name) { bit, letter, name },
#include <mmscope/frame_flags.def>
};

#define NR_FLAGS (sizeof(flags) / sizeof(flags[0]))

/* Frames in a row that are alike. */
struct group {
	struct mmscope_frame first;
	uint64_t nr;
};

struct frames {
	const struct options *o;
	struct libmmscope_source *src;
	struct out *out;
	struct libmmscope_zones zones;
	struct group group;
	struct progress progress;
};

/* What is listed once for many frames: all but the numbers of frame and folio. */
static bool alike(const struct group *g, const struct mmscope_frame *f)
{
	const struct mmscope_frame *a = &g->first;

	return f->pfn == a->pfn + g->nr && f->attrs == a->attrs && f->node == a->node &&
	       f->kind == a->kind && f->order == a->order && f->zone == a->zone &&
	       f->flags == a->flags && f->refcount == a->refcount &&
	       f->mapcount == a->mapcount && f->cgroup == a->cgroup && f->inode == a->inode &&
	       f->dev_major == a->dev_major && f->dev_minor == a->dev_minor &&
	       (!f->inode || f->index == a->index + g->nr);
}

static void set_flags(struct out *out, uint64_t value)
{
	char letters[NR_FLAGS + 1], names[512] = "";
	size_t i, n = 0;

	for (i = 0; i < NR_FLAGS; i++) {
		if (!(value >> flags[i].bit & 1))
			continue;
		letters[n++] = flags[i].letter;
		tool_add_word(names, sizeof(names), "%s", flags[i].name);
		value &= ~(1ULL << flags[i].bit);
	}
	for (i = 0; i < 64; i++)
		if (value >> i & 1)
			tool_add_word(names, sizeof(names), "bit%zu", i);
	letters[n] = '\0';
	if (n)
		out_set(out, COL_FLAGS, "%s", letters);
	out_set(out, COL_NAMES, "%s", names);
}

static void print_group(struct frames *s)
{
	const struct mmscope_frame *f = &s->group.first;
	struct out *out = s->out;

	if (!s->group.nr)
		return;
	out_set(out, COL_PFN, "0x%" PRIx64, (uint64_t)f->pfn);
	out_set(out, COL_FRAMES, "%" PRIu64, s->group.nr);
	out_set(out, COL_KIND, "%s", page_kind(f->kind));
	set_flags(out, f->flags);
	if (f->kind != MMSCOPE_FRAME_NONE) {
		out_set(out, COL_NODE, "%d", f->node);
		out_set(out, COL_ZONE, "%s", libmmscope_zone_name(&s->zones, f->node, f->zone));
		out_set(out, COL_ORDER, "%u", f->order);
		out_set(out, COL_HEAD, "0x%" PRIx64, (uint64_t)f->head);
		out_set(out, COL_REFCOUNT, "%u", f->refcount);
		out_set(out, COL_MAPCOUNT, "%u", f->mapcount);
	}
	if (f->cgroup)
		out_set(out, COL_CGROUP, "%" PRIu64, (uint64_t)f->cgroup);
	if (f->inode) {
		out_set(out, COL_DEV, "%02x:%02x", f->dev_major, f->dev_minor);
		out_set(out, COL_INODE, "%" PRIu64, (uint64_t)f->inode);
		out_set(out, COL_FILE_INDEX, "0x%" PRIx64, (uint64_t)f->index);
	}
	out_row(out);
	s->group.nr = 0;
}

static void add(struct frames *s, const struct mmscope_frame *f)
{
	if (s->group.nr && !s->o->no_merge && alike(&s->group, f)) {
		s->group.nr++;
		return;
	}
	print_group(s);
	s->group.first = *f;
	s->group.nr = 1;
}

static int list(struct frames *s, uint64_t start, uint64_t end)
{
	struct mmscope_frames f = { .end = end, .resume = start };
	struct mmscope_frame frame;
	const void *records;
	__u32 i;
	int err;

	while (f.resume < end && !tool_interrupted && !ferror(stdout)) {
		f.start = f.resume;
		err = libmmscope_frames(s->src, &f, &records);
		if (err)
			return tool_fail(s->o, s->src, err);
		for (i = 0; i < f.count; i++) {
			memcpy(&frame, (const char *)records + i * f.record_size, sizeof(frame));
			add(s, &frame);
		}
		progress_update(&s->progress, f.resume - start, end - start);
	}
	print_group(s);
	progress_end(&s->progress);
	if (!tool_interrupted)
		return ferror(stdout) ? EXIT_ERROR : EXIT_OK;
	tool_error("interrupted; cut off at 0x%" PRIx64, (uint64_t)f.resume);
	return EXIT_PARTIAL;
}

/* PFN, PFN-PFN or PFN+N; hexadecimal. */
static int parse_frames(const char *text, uint64_t *start, uint64_t *end)
{
	char copy[128], *second;

	snprintf(copy, sizeof(copy), "%s", text);
	second = strpbrk(copy, "-+");
	if (strlen(text) >= sizeof(copy) || second == copy) {
		tool_error("'%s' is no frame and no range of frames (PFN, PFN-PFN or PFN+N)", text);
		return EXIT_ERROR;
	}
	if (second)
		*second++ = '\0';
	if (tool_address(copy, start) || (second && tool_address(second, end)))
		return EXIT_ERROR;
	if (!second)
		*end = 1;
	if ((!second || text[second - copy - 1] == '+') &&
	    __builtin_add_overflow(*start, *end, end))
		*end = UINT64_MAX;
	if (*end > *start)
		return 0;
	tool_error("the range is empty or reversed: 0x%" PRIx64 "-0x%" PRIx64, *start, *end);
	return EXIT_ERROR;
}

static int check_range(const struct frames *s, uint64_t start, uint64_t end)
{
	uint64_t limit = libmmscope_format(s->src)->info.pfn_mask >> 12;

	if (end <= limit)
		return 0;
	tool_error("frame 0x%" PRIx64 " is past the end of physical memory, 0x%" PRIx64,
		   start >= limit ? start : end - 1, limit);
	return EXIT_ERROR;
}

/* The frames that an address of a process is mapped to. */
static int list_address(struct frames *s, uint64_t va)
{
	struct mmscope_walk w = { .va = va };
	const struct mmscope_level *last;
	struct mmscope_entry e;
	int err = libmmscope_walk(s->src, &w);

	if (err)
		return tool_fail(s->o, s->src, err);
	last = &w.level[w.nr_levels ? w.nr_levels - 1 : 0];
	mmscope_decode(libmmscope_format(s->src), last->entry, last->level, 0, &e);
	if (!w.nr_levels || !e.has_pfn || e.class == MMSCOPE_CLASS_TABLE) {
		tool_error("0x%" PRIx64 " has no frame", va);
		return EXIT_ERROR;
	}
	return list(s, e.pfn, e.pfn + (mmscope_span(last->level) >> 12));
}

static int list_args(struct frames *s)
{
	uint64_t start, end = 0;
	int i, err = EXIT_OK;

	for (i = 0; i < s->o->argc && !err; i++) {
		if (s->o->of) {
			err = tool_user_address(s->src, s->o->argv[i], &start);
			err = err ? err : list_address(s, start);
			continue;
		}
		err = parse_frames(s->o->argv[i], &start, &end);
		if (!err)
			err = check_range(s, start, end);
		if (!err)
			err = list(s, start, end);
	}
	return err;
}

static int run(const struct options *o)
{
	struct frames s = { .o = o, .progress = { .what = "frames" } };
	int err;

	if (!o->argc) {
		tool_error("frame: which frames?\nTry 'mmscope frame --help'.");
		return EXIT_ERROR;
	}
	err = tool_open_process(o->of ? o->of : "self", &s.src);
	if (err)
		return err;
	err = tool_phys(s.src, "frames");
	if (err)
		goto out_close;
	err = libmmscope_zones_read(s.src, &s.zones);
	if (err) {
		err = tool_fail(o, s.src, err);
		goto out_close;
	}
	err = EXIT_ERROR;
	s.out = out_begin(o, &command_frame, "frames");
	if (s.out) {
		err = list_args(&s);
		err = out_end(s.out) && !err ? EXIT_ERROR : err;
	}
	libmmscope_zones_free(&s.zones);
out_close:
	libmmscope_close(s.src);
	return err;
}

const struct command command_frame = {
	.name = "frame",
	.args = "PFN[-PFN|+N]...",
	.help = "what frames are used for: kind, zone, folio, flags, counts, cgroup, file",
	.more = "Frame numbers are hexadecimal, with or without 0x. Frames in a row that are alike\n"
		"are one line. With --of the arguments are addresses of that process. No reference\n"
		"is taken: a frame may change its use while it is looked at. Needs CAP_SYS_ADMIN.",
	.examples = " mmscope frame 1a2b3\n"
		    " mmscope frame -o +NAMES,CGROUP,INODE 100000+200\n"
		    " mmscope frame --of 1234 7ffc12345000\n"
		    " mmscope frame -J 0-100000 | jq '[.frames[] | select(.kind == \"anon\") | .frames] | add'\n",
	.columns = columns,
	.nr_columns = NR_COLUMNS,
	.options = OPT_TABLE | OPT_NO_MERGE | OPT_OF,
	.run = run,
};
