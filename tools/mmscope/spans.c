// SPDX-License-Identifier: GPL-2.0-only
/*
 * The entries of a range as spans, for dump and kernel. A span is a run of one
 * level, one set of flags and frames in a row (STEP) inside one VMA, or by_flags
 * whatever frames inside one region: what fits is decided here, and only here.
 */
#include "spans.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/*
 * The espfix area is one page mapped again every 64 KiB, 65,536 times and more: a
 * table for people shows as many as ptdump does (arch/x86/mm/dump_pagetables.c).
 */
#define ESPFIX_LINES 16

static bool left_out(struct spans_fold *d)
{
	const struct options *o = d->s->o;
	const struct mmscope_region *region = spans_region(d, d->run.va);

	return region && !strcmp(region->name, "espfix") && ++d->espfix > ESPFIX_LINES &&
	       !o->all && !o->json && !o->raw;
}

static void flush(struct spans_fold *d)
{
	if (d->run.nr && !left_out(d))
		spans_row(d);
	d->run.nr = 0;
}

/* Where a span that begins at @va has to end: at the border of its VMA or region. */
static uint64_t limit_of(const struct spans_fold *d, uint64_t va)
{
	const struct mmscope_vma *vma = spans_vma(d, va), *next;
	const struct mmscope_region *region = spans_region(d, va), *inner;
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

static void begin(struct spans_fold *d, uint64_t va, uint64_t raw, unsigned int level, __u8 taken)
{
	flush(d);
	mmscope_run_add(&d->run, va, raw, level, taken);
	d->run_end = va + mmscope_span(level);
	d->run_nr = 1;
	d->mixed = false;
	d->limit = limit_of(d, va);
}

/* One entry more; entries come in order of address. */
static void add(struct spans_fold *d, uint64_t va, uint64_t raw, unsigned int level, __u8 taken)
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
static void add_run(struct spans_fold *d, const struct mmscope_record *rec)
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

/*
 * Do the frames go on as they did? @fit entries from @raw at @va on join a span that
 * begins with them or has @va at its end.
 */
static void join_frames(struct spans_fold *d, const struct mmscope_record *rec, uint64_t raw,
			uint64_t va, uint64_t fit)
{
	int stride = d->run.stride;

	if (va == d->run.va) {
		d->run.stride = fit > 1 ? rec->stride : 0;
		return;
	}
	if (d->run_nr == 1)
		stride = mmscope_run_stride(d->run.data, raw, rec->level);
	if (stride < 0 || (fit > 1 && stride != rec->stride) ||
	    raw != d->run.data + d->run_nr * mmscope_run_step(stride, rec->level))
		d->mixed = true;
	else
		d->run.stride = stride;
}

/* A run of the source, joined with what went before if the flags are the same. */
static void add_flags(struct spans_fold *d, const struct mmscope_record *rec)
{
	uint64_t frames = spans_frame_bits(d, rec->data, rec->level), va = rec->va;
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

static void add_special(struct spans_fold *d, const struct mmscope_record *rec)
{
	flush(d);
	tool_error("0x%" PRIx64 "-0x%" PRIx64 ": %s", (uint64_t)rec->va,
		   (uint64_t)mmscope_record_end(rec),
		   libmmscope_moment(d->s->src) ? "not in the recording" :
		   rec->type == MMSCOPE_REC_CHANGED ? "changed while looking, not shown" :
						      "the table is not online memory, not shown");
	d->changed += rec->type == MMSCOPE_REC_CHANGED;
	d->bad += rec->type == MMSCOPE_REC_BAD;
}

/* Writable and executable, after all levels: all entries of a run alike. */
static bool is_wx(const struct spans_fold *d, const struct mmscope_record *rec)
{
	__u8 taken = rec->taken |
		     mmscope_taken(d->f, rec->data, rec->level, spans_in_kernel(d));

	return mmscope_classify(rec->data, rec->level) == MMSCOPE_CLASS_LEAF &&
	       !(taken & (MMSCOPE_RIGHT_W | MMSCOPE_RIGHT_X));
}

static void add_records(struct spans_fold *d, const struct mmscope_record *rec,
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
static int next_records(struct spans_fold *d, struct mmscope_scan *s, const void **records,
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

static int scan(struct spans_fold *d, uint64_t start, uint64_t end)
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
	struct spans_fold d = {
		.s = s, .f = libmmscope_format(s->src), .pages = spans_want_pages(s),
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
