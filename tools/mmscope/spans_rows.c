// SPDX-License-Identifier: GPL-2.0-only
/* A span as a row of dump and of kernel. */
#include "spans.h"

#include <inttypes.h>

#define SPAN_COLUMN(symbol, ...) COL_##symbol,
enum {
#include "spans.def"
	NR_COLUMNS,
};

#undef SPAN_COLUMN
#define SPAN_COLUMN(symbol, name, key, type, width, dump, kernel, help)	\
	[COL_##symbol] = { name, key, type, width, dump, help },
const struct column spans_columns[] = {
#include "spans.def"
};

#undef SPAN_COLUMN
#define SPAN_COLUMN(symbol, name, key, type, width, dump, kernel, help)	\
	[COL_##symbol] = { name, key, type, width, kernel, help },
const struct column spans_kernel_columns[] = {
#include "spans.def"
};

_Static_assert(NR_COLUMNS == SPANS_COLUMNS, "tool.h counts the columns of spans");

/* The way of its frames: 1 up, -1 down, 0 all the same, or mixed. */
static int direction_of(const struct spans_fold *d)
{
	struct mmscope_record run = d->run;

	run.nr = d->run_nr > 1 ? 2 : 1;
	return d->mixed ? 0 : mmscope_run_direction(&run);
}

/* What the entry maps, with the rights that are left. */
static void set_mapping(const struct spans_fold *d, const struct mmscope_entry *e)
{
	bool hidden = d->out_flags & MMSCOPE_OUT_HIDDEN;
	__u8 taken = d->run.taken | mmscope_taken(d->f, e->raw, e->level, spans_in_kernel(d));
	struct out *out = d->s->out;
	const char *memtype = mmscope_memtype(d->f, e), *device;
	int direction = direction_of(d);
	struct mmscope_entry lowest = *e;
	char text[512];

	tool_rights(e->class == MMSCOPE_CLASS_LEAF ? MMSCOPE_RIGHTS_ALL & ~taken : 0, text);
	out_set(out, COL_EFFECTIVE, "%s", text);
	tool_rights_list(d->run.taken, text);
	if (d->run.taken)
		out_set(out, COL_TAKEN, "%s", text);
	if (memtype)
		out_set(out, COL_MEMTYPE, "%s", memtype);
	if (hidden)
		return;
	if (e->has_pfn && !d->mixed)
		out_set(out, COL_PFN, "0x%" PRIx64, (uint64_t)e->pfn);
	if (e->class == MMSCOPE_CLASS_SWAP && !d->mixed)
		out_set(out, COL_SWAP, "0x%" PRIx64, (uint64_t)e->offset);
	if (d->run_nr > 1 && !d->mixed && (e->has_pfn || tool_is_swap(d->f, e)))
		out_set(out, COL_STEP, "%d", direction);
	device = tool_swap_name(d->s->src, e);
	if (device)
		out_set(out, COL_DEVICE, "%s", device);
	if (!d->pages || d->mixed)
		return;
	if (direction < 0)
		lowest.pfn -= (d->run_nr - 1) << (mmscope_span_shift(d->run.level) - 12);
	page_words(d->s->src, &lowest, direction ? d->run_nr : 1, text, sizeof(text));
	if (*text)
		out_set(out, COL_PAGE, "%s", text);
}

/* Its flags in words and letters; most spans have those of the one before. */
static void name_flags(struct spans_fold *d, const struct mmscope_entry *e)
{
	uint64_t bits = e->raw & ~spans_frame_bits(d, e->raw, e->level);

	if (d->s->found && bits == d->named && e->level == d->named_level)
		return;
	d->named = bits;
	d->named_level = e->level;
	tool_flags(d->f, e, d->flags, sizeof(d->flags));
	tool_letters(d->f, e, d->letters, sizeof(d->letters));
}

/* Prints what has been folded. */
void spans_row(struct spans_fold *d)
{
	const struct mmscope_record *run = &d->run;
	const struct mmscope_vma *vma = spans_vma(d, run->va);
	const struct mmscope_region *region = spans_region(d, run->va);
	struct out *out = d->s->out;
	char size[32];
	struct mmscope_entry e;
	const char *path;

	mmscope_decode(d->f, run->data, run->level, spans_in_kernel(d), &e);
	name_flags(d, &e);
	out_set(out, COL_START, "0x%012" PRIx64, (uint64_t)run->va);
	out_set(out, COL_END, "0x%012" PRIx64, d->run_end);
	if (out_wants(out, COL_SIZE)) {
		tool_size(d->s->o, d->run_end - run->va, size, sizeof(size));
		out_set(out, COL_SIZE, "%s", size);
	}
	out_set(out, COL_PAGES, "%" PRIu64, d->run_nr);
	out_set(out, COL_LEVEL, "%s", mmscope_level_name(d->f, run->level));
	out_set(out, COL_KIND, "%s", tool_kind(d->f, &e, vma));
	out_set(out, COL_RAW, "0x%016" PRIx64, (uint64_t)run->data);
	out_set(out, COL_FLAGS, "%s", d->flags);
	if (*d->letters)
		out_set(out, COL_LETTERS, "%s", d->letters);
	set_mapping(d, &e);
	path = vma ? libmmscope_vma_string(vma, vma->name) : NULL;
	if (path)
		out_set(out, COL_PATH, "%s", path);
	if (region)
		out_set(out, COL_REGION, "%s", region->name);
	out_color(out, tool_kind_color(&e, run->taken |
				       mmscope_taken(d->f, e.raw, e.level, spans_in_kernel(d))));
	out_row(out);
	d->s->found++;
}

/* Is it shown what the frames are used for? Then they have to be asked about. */
bool spans_want_pages(const struct spans *s)
{
	return out_wants(s->out, COL_PAGE);
}
