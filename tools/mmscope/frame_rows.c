// SPDX-License-Identifier: GPL-2.0-only
/* frame: a line for frames in a row that are alike. */
#include "frame.h"

#include <inttypes.h>

enum {
	COL_PFN, COL_FRAMES, COL_NODE, COL_ZONE, COL_KIND, COL_ORDER, COL_HEAD, COL_FLAGS,
	COL_NAMES, COL_RAW, COL_REFCOUNT, COL_MAPCOUNT, COL_ATTRS, COL_CGROUP, COL_CGPATH,
	COL_DEV, COL_INODE, COL_FILE_INDEX, COL_PATH, COL_REGION,
};

const struct column frame_columns[FRAME_COLUMNS] = {
	[COL_PFN] = { "PFN", "pfn", CELL_HEX, 10, true, "frame number, of the first" },
	[COL_FRAMES] = { "FRAMES", "frames", CELL_NUMBER, 6, true, "frames in a row that are alike" },
	[COL_NODE] = { "NODE", "node", CELL_NUMBER, 4, true, "NUMA node" },
	[COL_ZONE] = { "ZONE", "zone", CELL_STRING, 7, true, "zone" },
	[COL_KIND] = { "KIND", "kind", CELL_STRING, 9, true, "what it is used for: anon, file, slab, pgtable, free, offline …" },
	[COL_ORDER] = { "ORDER", "order", CELL_NUMBER, 5, true, "log2 of the frames of its folio" },
	[COL_HEAD] = { "HEAD", "head", CELL_HEX, 10, false, "first frame of its folio" },
	[COL_FLAGS] = { "FLAGS", "flags", CELL_STRING, 12, true, "letters of page-types" },
	[COL_NAMES] = { "NAMES", "names", CELL_LIST, 20, false, "the same by name" },
	[COL_RAW] = { "RAW", "raw", CELL_HEX, 12, false, "the same as in /proc/kpageflags" },
	[COL_REFCOUNT] = { "REFCOUNT", "refcount", CELL_NUMBER, 8, true, "references to its folio" },
	[COL_MAPCOUNT] = { "MAPCOUNT", "mapcount", CELL_NUMBER, 8, true, "how often it is mapped, as in /proc/kpagecount" },
	[COL_ATTRS] = { "ATTRS", "attrs", CELL_LIST, 9, true, "tail; exclusive or maybe-shared; hwpoison; average; young" },
	[COL_CGROUP] = { "CGROUP", "cgroup", CELL_NUMBER, 8, false, "inode number of the memory cgroup it is charged to" },
	[COL_CGPATH] = { "CGPATH", "cgpath", CELL_STRING, 10, false, "path of that cgroup" },
	[COL_DEV] = { "DEV", "dev", CELL_STRING, 5, false, "file system of the file, major:minor" },
	[COL_INODE] = { "INODE", "inode", CELL_NUMBER, 8, false, "inode number of the file" },
	[COL_FILE_INDEX] = { "INDEX", "index", CELL_HEX, 8, false, "page offset in the file" },
	[COL_PATH] = { "PATH", "path", CELL_STRING, 10, false, "the file, if a process has it mapped or open" },
	[COL_REGION] = { "REGION", "region", CELL_STRING, 10, false, "what /proc/iomem has at its address" },
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

int frame_rows_prepare(struct frames *s)
{
	/* names of files, groups and regions are this machine's: not of a recording */
	if (libmmscope_moment(s->src))
		return EXIT_OK;
	if (out_wants(s->out, COL_REGION) && iomem_read(&s->iomem))
		return EXIT_ERROR;
	if (out_wants(s->out, COL_CGPATH) && names_cgroups(&s->cgroups))
		return EXIT_ERROR;
	if (out_wants(s->out, COL_PATH))
		names_files(&s->files, s->o->of ? libmmscope_pid(s->src) : 0);
	return EXIT_OK;
}

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

	out_set(out, COL_RAW, "0x%" PRIx64, value);
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

/*
 * A page that is not exclusive may have one user all the same: the kernel finds
 * out when it is written. Nothing is said by kernels that do not know.
 */
static void set_attrs(const struct frames *s, const struct mmscope_frame *f)
{
	const struct mmscope_info *info = &libmmscope_format(s->src)->info;
	char text[64] = "";

	if (f->attrs & MMSCOPE_FRAME_TAIL)
		tool_add_word(text, sizeof(text), "tail");
	if (f->attrs & MMSCOPE_FRAME_EXCLUSIVE)
		tool_add_word(text, sizeof(text), "exclusive");
	else if (f->kind == MMSCOPE_FRAME_ANON && f->mapcount &&
		 (info->features & MMSCOPE_FEATURE_EXCLUSIVE))
		tool_add_word(text, sizeof(text), "maybe-shared");
	if (f->attrs & MMSCOPE_FRAME_HWPOISON)
		tool_add_word(text, sizeof(text), "hwpoison");
	if (f->attrs & MMSCOPE_FRAME_AVERAGE)
		tool_add_word(text, sizeof(text), "average");
	if (f->attrs & MMSCOPE_FRAME_YOUNG)
		tool_add_word(text, sizeof(text), "young");
	out_set(s->out, COL_ATTRS, "%s", text);
}

/* What has a struct page that is in use. */
static void set_online(const struct frames *s, const struct mmscope_frame *f)
{
	out_set(s->out, COL_NODE, "%d", f->node);
	out_set(s->out, COL_ZONE, "%s", libmmscope_zone_name(&s->zones, f->node, f->zone));
	out_set(s->out, COL_ORDER, "%u", f->order);
	out_set(s->out, COL_HEAD, "0x%" PRIx64, (uint64_t)f->head);
	out_set(s->out, COL_REFCOUNT, "%u", f->refcount);
	out_set(s->out, COL_MAPCOUNT, "%u", f->mapcount);
	set_attrs(s, f);
}

static void set_file(const struct frames *s, const struct mmscope_frame *f)
{
	const char *path;

	out_set(s->out, COL_DEV, "%02x:%02x", f->dev_major, f->dev_minor);
	out_set(s->out, COL_INODE, "%" PRIu64, (uint64_t)f->inode);
	out_set(s->out, COL_FILE_INDEX, "0x%" PRIx64, (uint64_t)f->index);
	path = names_find(&s->files, NAMES_DEV(f->dev_major, f->dev_minor), f->inode);
	if (path)
		out_set(s->out, COL_PATH, "%s", path);
}

void frame_rows_flush(struct frames *s)
{
	const struct mmscope_frame *f = &s->group.first;
	struct out *out = s->out;
	const char *path;

	if (!s->group.nr)
		return;
	out_set(out, COL_PFN, "0x%" PRIx64, (uint64_t)f->pfn);
	out_set(out, COL_FRAMES, "%" PRIu64, s->group.nr);
	out_set(out, COL_KIND, "%s", page_frame_kind(f));
	set_flags(out, f->flags);
	if (f->node >= 0)
		set_online(s, f);
	if (f->cgroup) {
		out_set(out, COL_CGROUP, "%" PRIu64, (uint64_t)f->cgroup);
		path = names_find(&s->cgroups, 0, f->cgroup);
		if (path)
			out_set(out, COL_CGPATH, "%s", path);
	}
	if (f->inode)
		set_file(s, f);
	if (s->group.region)
		out_set(out, COL_REGION, "%s", s->group.region->name);
	out_row(out);
	s->group.nr = 0;
}

static void add_part(struct frames *s, const struct mmscope_frame *f, uint64_t nr)
{
	const struct resource *region = iomem_find(&s->iomem, f->pfn << 12);

	if (s->group.nr && !s->o->no_merge && s->group.region == region &&
	    alike(&s->group, f)) {
		s->group.nr += nr;
		return;
	}
	frame_rows_flush(s);
	s->group = (struct group){ .first = *f, .nr = nr, .region = region };
}

/* Taken apart where /proc/iomem has something else, if that is to be shown. */
void frame_rows_add(struct frames *s, const struct mmscope_frame *f, uint64_t nr)
{
	struct mmscope_frame part = *f;
	uint64_t border, n;

	while (nr) {
		n = nr;
		if (nr > 1) {
			border = iomem_border(&s->iomem, part.pfn << 12);
			border = (border >> 12) + !!(border & 4095);
			n = border - part.pfn < nr ? border - part.pfn : nr;
		}
		add_part(s, &part, n);
		part.pfn += n;
		part.head += n;
		nr -= n;
	}
}
