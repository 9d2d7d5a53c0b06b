// SPDX-License-Identifier: GPL-2.0-only
/*
 * The entries of a range as spans, for dump and kernel. A span is a run of one
 * level, one set of flags and consecutive frames inside one VMA, or by_flags
 * whatever frames inside one region: what fits is decided here, and only here.
 */
#include "tool.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

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

/*
 * The espfix area is one page mapped again every 64 KiB, 65,536 times and more: a
 * table for people shows as many as ptdump does (arch/x86/mm/dump_pagetables.c).
 */
#define ESPFIX_LINES 16

/* State of one call. */
struct fold {
	struct spans *s;
	const struct mmscope_format *f;
	struct mmscope_record run;	/* what is being folded; nr 0 if nothing */
	uint64_t run_end;		/* address after it */
	uint64_t run_nr;		/* entries in it */
	uint64_t limit;			/* it may not grow past this address */
	bool mixed;			/* its frames do not follow each other */
	bool pages;			/* words about frames are wanted */
	uint64_t cut;			/* where an interrupt cut it off; 0 if it did not */
	uint64_t espfix;		/* spans there */
	uint64_t retries, changed, bad;
	uint32_t out_flags;
};

static const struct mmscope_vma *vma_of(const struct fold *d, uint64_t va)
{
	return d->s->maps ? libmmscope_maps_find(d->s->maps, va) : NULL;
}

static const struct mmscope_region *region_of(const struct fold *d, uint64_t va)
{
	return d->s->regions ? libmmscope_regions_find(d->s->regions, va) : NULL;
}

static bool in_kernel(const struct fold *d)
{
	return d->s->view & MMSCOPE_HALF_KERNEL;
}

/* What the entry maps, with the rights that are left. */
static void set_mapping(const struct fold *d, const struct mmscope_entry *e)
{
	bool hidden = d->out_flags & MMSCOPE_OUT_HIDDEN;
	__u8 taken = d->run.taken | mmscope_taken(d->f, e->raw, e->level, in_kernel(d));
	struct out *out = d->s->out;
	const char *memtype = mmscope_memtype(d->f, e), *device;
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
	if (e->class == MMSCOPE_CLASS_SWAP)
		out_set(out, COL_SWAP, "0x%" PRIx64, (uint64_t)e->offset);
	device = tool_swap_name(d->s->src, e);
	if (device)
		out_set(out, COL_DEVICE, "%s", device);
	if (!d->pages || d->mixed)
		return;
	page_words(d->s->src, e, d->run.stride ? d->run_nr : 1, text, sizeof(text));
	if (*text)
		out_set(out, COL_PAGE, "%s", text);
}

static void print_run(struct fold *d)
{
	const struct mmscope_record *run = &d->run;
	const struct mmscope_vma *vma = vma_of(d, run->va);
	const struct mmscope_region *region = region_of(d, run->va);
	struct out *out = d->s->out;
	char flags[512], size[32];
	struct mmscope_entry e;
	const char *path;

	mmscope_decode(d->f, run->data, run->level, in_kernel(d), &e);
	tool_flags(d->f, &e, flags, sizeof(flags));
	tool_size(d->s->o, d->run_end - run->va, size, sizeof(size));
	out_set(out, COL_START, "0x%012" PRIx64, (uint64_t)run->va);
	out_set(out, COL_END, "0x%012" PRIx64, d->run_end);
	out_set(out, COL_SIZE, "%s", size);
	out_set(out, COL_PAGES, "%" PRIu64, d->run_nr);
	out_set(out, COL_LEVEL, "%s", mmscope_level_name(d->f, run->level));
	out_set(out, COL_KIND, "%s", tool_kind(d->f, &e, vma));
	out_set(out, COL_RAW, "0x%016" PRIx64, (uint64_t)run->data);
	out_set(out, COL_FLAGS, "%s", flags);
	tool_letters(d->f, &e, flags, sizeof(flags));
	if (*flags)
		out_set(out, COL_LETTERS, "%s", flags);
	set_mapping(d, &e);
	path = vma ? libmmscope_vma_string(vma, vma->name) : NULL;
	if (path)
		out_set(out, COL_PATH, "%s", path);
	if (region)
		out_set(out, COL_REGION, "%s", region->name);
	out_color(out, tool_kind_color(&e, run->taken |
				       mmscope_taken(d->f, e.raw, e.level, in_kernel(d))));
	out_row(out);
	d->s->found++;
}

static bool left_out(struct fold *d)
{
	const struct options *o = d->s->o;
	const struct mmscope_region *region = region_of(d, d->run.va);

	return region && !strcmp(region->name, "espfix") && ++d->espfix > ESPFIX_LINES &&
	       !o->all && !o->json && !o->raw;
}

static void flush(struct fold *d)
{
	if (d->run.nr && !left_out(d))
		print_run(d);
	d->run.nr = 0;
}

/* Where a span that begins at @va has to end: at the border of its VMA or region. */
static uint64_t limit_of(const struct fold *d, uint64_t va)
{
	const struct mmscope_vma *vma = vma_of(d, va), *next;
	const struct mmscope_region *region = region_of(d, va), *inner;
	uint64_t limit = vma ? vma->end : region ? region->end : UINT64_MAX;
	size_t i;

	/* the map was read before the tables: one that has grown since is cut there */
	next = vma || !d->s->maps ? NULL : libmmscope_maps_next(d->s->maps, va);
	if (next)
		limit = next->start;

	/* a region that begins inside this one */
	for (i = 0; d->s->regions && i < d->s->regions->count; i++) {
		inner = &d->s->regions->region[i];
		if (inner->start > va && inner->start < limit)
			limit = inner->start;
	}
	return limit;
}

static void begin(struct fold *d, uint64_t va, uint64_t raw, unsigned int level, __u8 taken)
{
	flush(d);
	mmscope_run_add(&d->run, va, raw, level, taken);
	d->run_end = va + mmscope_span(level);
	d->run_nr = 1;
	d->mixed = false;
	d->limit = limit_of(d, va);
}

/* One entry more; entries come in order of address. */
static void add(struct fold *d, uint64_t va, uint64_t raw, unsigned int level, __u8 taken)
{
	if (d->run.nr && !d->s->o->no_merge && va < d->limit &&
	    mmscope_run_add(&d->run, va, raw, level, taken)) {
		d->run_end += mmscope_span(level);
		d->run_nr++;
		return;
	}
	begin(d, va, raw, level, taken);
}

/*
 * A run of the source. Inside one VMA it is taken whole if it can be; only its
 * borders need to be looked at.
 */
static void add_run(struct fold *d, const struct mmscope_record *rec)
{
	uint64_t span = mmscope_span(rec->level), va = rec->va;
	__u32 i = 0, fit;

	while (i < rec->nr) {
		if (tool_interrupted) {
			d->cut = va;
			return;
		}
		add(d, va, mmscope_run_entry(rec, i), rec->level, rec->taken);
		i++;
		va += span;
		if (d->s->o->no_merge || i == rec->nr || va >= d->limit || d->run.nr != 1)
			continue;
		/* the run is new: it takes all that fits below the limit at once */
		fit = (d->limit - va + span - 1) / span < rec->nr - i ?
		      (d->limit - va + span - 1) / span : rec->nr - i;
		d->run.stride = rec->stride;
		d->run.nr = 1 + fit;
		d->run_nr = d->run.nr;
		d->run_end = va + fit * span;
		i += fit;
		va += fit * span;
	}
}

/* Bits of an entry that only say which frame it maps. */
static uint64_t frame_bits(const struct fold *d, uint64_t raw, unsigned int level)
{
	if (mmscope_classify(raw, level) != MMSCOPE_CLASS_LEAF)
		return 0;
	return d->f->info.pfn_mask & ~(mmscope_span(level) - 1);
}

/*
 * Do the frames go on as they did? @fit entries from @raw at @va on join a span that
 * begins with them or has @va at its end.
 */
static void join_frames(struct fold *d, const struct mmscope_record *rec, uint64_t raw,
			uint64_t va, uint64_t fit)
{
	uint64_t stride = fit > 1 ? rec->stride : MMSCOPE_STRIDE_UP;

	if (va == d->run.va) {
		d->run.stride = fit > 1 ? rec->stride : 0;
		return;
	}
	if (d->run_nr == 1)
		d->run.stride = stride;
	d->mixed |= stride != d->run.stride ||
		    raw != d->run.data + d->run_nr * mmscope_run_step(d->run.stride, rec->level);
}

/* A run of the source, joined with what went before if the flags are the same. */
static void add_flags(struct fold *d, const struct mmscope_record *rec)
{
	uint64_t frames = frame_bits(d, rec->data, rec->level), va = rec->va;
	uint64_t end = mmscope_record_end(rec), span = mmscope_span(rec->level), fit;
	__u32 i = 0;

	while (i < rec->nr) {
		uint64_t raw = mmscope_run_entry(rec, i);

		if (!d->run.nr || va != d->run_end || va >= d->limit ||
		    rec->level != d->run.level || rec->taken != d->run.taken ||
		    ((raw ^ d->run.data) & ~frames))
			begin(d, va, raw, rec->level, rec->taken);
		/* all that fits; the end of the address space wraps to 0 */
		fit = ((d->limit - 1 < end - 1 ? d->limit : end) - 1 - va) / span + 1;
		join_frames(d, rec, raw, va, fit);
		d->run_nr += fit - (d->run_end != va);
		i += fit;
		va += fit * span;
		d->run_end = va;
	}
}

static void add_special(struct fold *d, const struct mmscope_record *rec)
{
	flush(d);
	tool_error("0x%" PRIx64 "-0x%" PRIx64 ": %s", (uint64_t)rec->va,
		   (uint64_t)mmscope_record_end(rec),
		   rec->type == MMSCOPE_REC_CHANGED ? "changed while looking, not shown" :
						      "the table is not online memory, not shown");
	d->changed += rec->type == MMSCOPE_REC_CHANGED;
	d->bad += rec->type == MMSCOPE_REC_BAD;
}

/* Writable and executable, after all levels: all entries of a run alike. */
static bool is_wx(const struct fold *d, const struct mmscope_record *rec)
{
	__u8 taken = rec->taken |
		     mmscope_taken(d->f, rec->data, rec->level, in_kernel(d));

	return mmscope_classify(rec->data, rec->level) == MMSCOPE_CLASS_LEAF &&
	       !(taken & (MMSCOPE_RIGHT_W | MMSCOPE_RIGHT_X));
}

static void add_records(struct fold *d, const struct mmscope_record *rec,
			const struct mmscope_record *last)
{
	for (; rec < last && !d->cut && !ferror(stdout); rec++) {
		if (rec->type != MMSCOPE_REC_RUN)
			add_special(d, rec);
		else if (d->s->o->wx && !is_wx(d, rec))
			flush(d);
		else if (d->s->by_flags && !d->s->o->no_merge)
			add_flags(d, rec);
		else
			add_run(d, rec);
	}
}

/* The next records, in memory of their own if frames are to be asked about. */
static int next_records(struct fold *d, struct mmscope_scan *s, const void **records,
			void **copy)
{
	int err = libmmscope_scan(d->s->src, s, records);
	void *more;

	if (err)
		return tool_fail(d->s->o, d->s->src, err);
	d->out_flags |= s->out_flags;
	d->retries += s->retries;
	if (!d->pages || !s->bytes)
		return 0;
	more = realloc(*copy, s->bytes);
	if (!more) {
		tool_error("out of memory");
		return EXIT_ERROR;
	}
	*copy = more;
	*records = memcpy(more, *records, s->bytes);
	return 0;
}

static int scan(struct fold *d, uint64_t start, uint64_t end)
{
	struct mmscope_scan s = {
		.flags = MMSCOPE_SCAN_RUNS | d->s->view, .end = end, .resume = start,
		.levels = (1U << (MMSCOPE_LEAF_MAX + 1)) - 1,
	};
	const void *records;
	void *copy = NULL;
	int err = 0;

	while (s.resume < end && !d->cut && !err) {
		s.start = s.resume;
		err = next_records(d, &s, &records, &copy);
		if (err)
			break;
		add_records(d, records, (const struct mmscope_record *)records +
			    s.bytes / sizeof(struct mmscope_record));
		if (ferror(stdout))
			err = EXIT_ERROR;
		if (tool_interrupted && !d->cut && s.resume < end)
			d->cut = s.resume;
	}
	if (!err)
		flush(d);
	free(copy);
	return err;
}

/**
 * spans_print - print the entries of a range
 * @s: where and how; @s->found is set
 * @start: first address
 * @end: address after the last
 *
 * Return: exit status; with --wx EXIT_ERROR also if anything was found.
 */
int spans_print(struct spans *s, uint64_t start, uint64_t end)
{
	struct fold d = {
		.s = s, .f = libmmscope_format(s->src), .pages = out_wants(s->out, COL_PAGE),
	};
	int err = scan(&d, start, end);

	if (d.espfix > ESPFIX_LINES && !s->o->all && !s->o->json && !s->o->raw)
		tool_error("%" PRIu64 " more spans of espfix are not shown (--all shows them)",
			   d.espfix - ESPFIX_LINES);
	if (s->o->verbose || d.changed)
		tool_error("%" PRIu64 " looks repeated, %" PRIu64 " spans not read",
			   d.retries, d.changed + d.bad);
	if (err)
		return err;
	if (d.cut) {
		tool_error("interrupted; cut off at 0x%" PRIx64, d.cut);
		return EXIT_PARTIAL;
	}
	if (d.changed || d.bad)
		return EXIT_PARTIAL;
	return s->o->wx && s->found ? EXIT_ERROR : EXIT_OK;
}
