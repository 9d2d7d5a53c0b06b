// SPDX-License-Identifier: GPL-2.0-only
/*
 * What differs between two sources. Addresses are gone through once, from border to
 * border of the VMAs of either side, and in between from piece to piece of both: the
 * cost follows the number of runs.
 */
#include "diff.h"

#include <string.h>

/* Its name, as in diff.def. */
const char *diff_name(enum diff_change change)
{
	static const char * const name[] = {
#define DIFF_CHANGE(symbol, word, help) word,
#include "diff.def"
#undef DIFF_CHANGE
	};

	return name[change];
}

/* Do all words of an entry mean the same on both sides, and frames the same memory? */
static bool same_format(const struct mmscope_format *a, const struct mmscope_format *b)
{
	const struct mmscope_info *x = &a->info, *y = &b->info;

	return !strncmp(x->release, y->release, sizeof(x->release)) &&
	       x->levels == y->levels && x->pfn_mask == y->pfn_mask &&
	       x->enc_mask == y->enc_mask && x->shared_mask == y->shared_mask &&
	       !memcmp(&x->swp_type_shift, &y->swp_type_shift, 5) &&
	       x->nr_bits == y->nr_bits && x->nr_kinds == y->nr_kinds &&
	       x->nr_vma_flags == y->nr_vma_flags &&
	       !memcmp(a->bits, b->bits, x->nr_bits * sizeof(*a->bits)) &&
	       !memcmp(a->kinds, b->kinds, x->nr_kinds * sizeof(*a->kinds)) &&
	       !memcmp(a->vma_flags, b->vma_flags, x->nr_vma_flags * sizeof(*a->vma_flags));
}

/* Are frame numbers and swap slots of this side left out? */
bool diff_hidden(const struct pieces *s)
{
	return (s->out_flags & MMSCOPE_OUT_HIDDEN) ||
	       !(pieces_format(s)->info.features & MMSCOPE_FEATURE_PHYS);
}

/**
 * diff_begin - be ready to compare
 * @d: all 0 but for both sides' sources, ignored and facts
 *
 * Return: 0, a negative errno, or EXIT_ERROR after a message; diff_end() in any case.
 */
int diff_begin(struct diff *d)
{
	int err = 0;

	for (d->failed = 0; d->failed < 2; d->failed++) {
		err = pieces_begin(&d->side[d->failed]);
		if (err)
			return err;
	}
	d->foreign = !same_format(pieces_format(&d->side[0]), pieces_format(&d->side[1]));
	return d->ignored ? diff_ignore(d, d->ignored) : 0;
}

void diff_end(struct diff *d)
{
	pieces_close(&d->side[0]);
	pieces_close(&d->side[1]);
}

/* Tells of a span, if it is not ignored. 0, or what the function returned. */
int diff_emit(struct diff *d, const struct diff_span *s)
{
	if (s->change == DIFF_UNKNOWN)
		d->unknown++;
	if (diff_ignores(d, s->change))
		return 0;
	if (s->change != DIFF_UNKNOWN)
		d->found++;
	return d->fn(d->arg, s);
}

/*
 * How far what holds of the first page holds of all. Numbers that count in different
 * ways meet in one page at the most.
 */
static uint64_t alike_until(const struct piece *a, const struct piece *b)
{
	uint64_t end = a->end < b->end ? a->end : b->end;
	int64_t apart = b->id - a->id;
	int closer = a->direction - b->direction;

	if (a->what != b->what || a->what == PIECE_NOTHING || !closer)
		return end;
	if (!apart)
		return a->start + 4096;
	if (apart % closer || apart / closer < 0 ||
	    (uint64_t)(apart / closer) >= (end - a->start) >> 12)
		return end;
	return a->start + ((uint64_t)(apart / closer) << 12);
}

/* The first that differs of what both sides have at a page. */
static enum diff_change judge_both(struct diff *d, struct diff_span *s)
{
	const struct mmscope_format *f = pieces_format(&d->side[0]);
	const struct mmscope_format *g = pieces_format(&d->side[1]);
	const struct piece *a = &s->side[0], *b = &s->side[1];
	struct mmscope_entry x, y;
	bool frames = !d->foreign && !diff_hidden(&d->side[0]) && !diff_hidden(&d->side[1]);

	/* most pages have not changed at all */
	if (a->raw == b->raw && a->level == b->level && !d->foreign && s->vma[0] && s->vma[1] &&
	    s->vma[0]->flags == s->vma[1]->flags)
		return DIFF_SAME;
	mmscope_decode(f, a->raw, a->level, 0, &x);
	mmscope_decode(g, b->raw, b->level, 0, &y);
	if (a->what == PIECE_FRAME && b->what == PIECE_SLOT)
		return DIFF_SWAPPED_OUT;
	if (a->what == PIECE_SLOT && b->what == PIECE_FRAME)
		return DIFF_SWAPPED_IN;
	if (a->what != b->what || strcmp(tool_kind(f, &x, s->vma[0]), tool_kind(g, &y, s->vma[1])))
		return DIFF_KIND;
	s->words = diff_flags(d, a, b);
	if (a->level < b->level && !diff_ignores(d, DIFF_COLLAPSED))
		return DIFF_COLLAPSED;
	if (a->level > b->level && !diff_ignores(d, DIFF_SPLIT))
		return DIFF_SPLIT;
	/* of markers the number is no place: their flags say it */
	if (frames && a->id != b->id && (a->what != PIECE_OTHER || (x.has_pfn && y.has_pfn)) &&
	    !diff_ignores(d, DIFF_MOVED))
		return DIFF_MOVED;
	return s->words ? DIFF_FLAGS : DIFF_SAME;
}

static enum diff_change judge(struct diff *d, struct diff_span *s)
{
	enum piece_what a = s->side[0].what, b = s->side[1].what;

	s->words = NULL;
	if (a == PIECE_UNREAD || b == PIECE_UNREAD)
		return DIFF_UNKNOWN;
	if (!a || !b)
		return a ? DIFF_GONE : b ? DIFF_APPEARED : DIFF_SAME;
	return judge_both(d, s);
}

/* The pages from the start of a span to its end. */
static int compare_pages(struct diff *d, struct diff_span *s)
{
	uint64_t va, end = s->end;
	unsigned int i;
	int err = 0;

	for (va = s->start; va < end && !err; va = s->end) {
		for (i = 0; i < 2; i++) {
			d->failed = i;
			err = pieces_at(&d->side[i], va);
			if (err)
				return err;
			s->side[i] = pieces_part(&d->side[i], va, end);
		}
		s->start = va;
		s->end = alike_until(&s->side[0], &s->side[1]);
		s->side[0].end = s->end;
		s->side[1].end = s->end;
		s->change = judge(d, s);
		if (s->change != DIFF_SAME)
			err = diff_emit(d, s);
		else if (s->side[0].what == PIECE_FRAME && d->facts)
			err = diff_frames(d, s);
	}
	return err;
}

/* The VMA of one side at an address; @end is brought to where that ends, or begins. */
static const struct mmscope_vma *vma_at(const struct pieces *s, uint64_t va, uint64_t *end)
{
	const struct mmscope_vma *vma = libmmscope_maps_find(&s->maps, va);
	const struct mmscope_vma *next = vma ? NULL : libmmscope_maps_next(&s->maps, va);
	uint64_t border = vma ? vma->end : next ? next->start : UINT64_MAX;

	*end = border < *end ? border : *end;
	return vma;
}

/**
 * diff_run - find all that differs
 * @d: after diff_begin()
 * @fn: called for each span
 * @arg: for @fn
 *
 * Return: 0, a negative errno (-EINTR: interrupted), or what the function returned.
 */
int diff_run(struct diff *d, diff_fn fn, void *arg)
{
	uint64_t first = d->side[0].scan.end, second = d->side[1].scan.end;
	uint64_t va, end, last = first > second ? first : second;
	struct diff_span s;
	int err = 0;

	d->fn = fn;
	d->arg = arg;
	for (va = 0; va < last && !err; va = end) {
		end = last;
		memset(&s, 0, sizeof(s));
		s.vma[0] = vma_at(&d->side[0], va, &end);
		s.vma[1] = vma_at(&d->side[1], va, &end);
		s.start = va;
		s.end = end;
		err = diff_vmas(d, &s);
		s.start = va;
		s.end = end;
		if (!err)
			err = compare_pages(d, &s);
	}
	return err;
}
