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

/* spans_rows.c */
void spans_row(struct spans_fold *d);
bool spans_want_pages(const struct spans *s);

#endif /* MMSCOPE_SPANS_H */
