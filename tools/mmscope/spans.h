/* SPDX-License-Identifier: GPL-2.0-only */
/* What spans.c folds and spans_rows.c prints. */
#ifndef MMSCOPE_SPANS_H
#define MMSCOPE_SPANS_H

#include "tool.h"

/* State of one call. */
struct spans_fold {
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
	uint64_t named;			/* the entry whose flags these are, but for its frame */
	unsigned int named_level;
	char flags[512], letters[128];
};

static inline const struct mmscope_vma *spans_vma(const struct spans_fold *d, uint64_t va)
{
	return d->s->maps ? libmmscope_maps_find(d->s->maps, va) : NULL;
}

static inline const struct mmscope_region *spans_region(const struct spans_fold *d, uint64_t va)
{
	return d->s->regions ? libmmscope_regions_find(d->s->regions, va) : NULL;
}

static inline bool spans_in_kernel(const struct spans_fold *d)
{
	return d->s->view & MMSCOPE_HALF_KERNEL;
}

/* Bits of an entry that only say which frame it maps, or which swap slot it has. */
static inline uint64_t spans_frame_bits(const struct spans_fold *d, uint64_t raw,
					unsigned int level)
{
	unsigned int class = mmscope_classify(raw, level);
	struct mmscope_entry e;

	if (class == MMSCOPE_CLASS_LEAF || class == MMSCOPE_CLASS_PROTNONE)
		return d->f->info.pfn_mask & ~(mmscope_span(level) - 1);
	mmscope_decode(d->f, raw, level, spans_in_kernel(d), &e);
	return tool_is_swap(d->f, &e) ? mmscope_field_mask(d->f->info.swp_offset_shift,
							   d->f->info.swp_offset_bits) : 0;
}

/* spans_rows.c */
void spans_row(struct spans_fold *d);
bool spans_want_pages(const struct spans *s);

#endif /* MMSCOPE_SPANS_H */
