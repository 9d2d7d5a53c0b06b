// SPDX-License-Identifier: GPL-2.0-only
/*
 * One page from both sides, bracketed: what the module says before and after the
 * kernel was asked must be the same. Only then a difference means anything.
 */
#include "verify.h"

#include <string.h>
#include <unistd.h>

/* After so many looks without an end it is something that changes. */
#define LOOKS	200

static int read_frame(const struct verify *v, uint64_t pfn, struct mmscope_frame *frame)
{
	struct mmscope_frames f = { .start = pfn, .end = pfn + 1 };
	const void *records;
	int err = libmmscope_frames(v->src, &f, &records);

	if (!err && f.count)
		memcpy(frame, records, sizeof(*frame));
	return err;
}

static void see_flags(const struct verify *v, struct verify_page *p)
{
	struct mmscope_flag flag;
	unsigned int pos = 0;

	while (mmscope_flag_next(v->f, &p->entry, &pos, &flag)) {
		if (!flag.name)
			continue;
		p->soft_dirty |= !strcmp(flag.name, "soft_dirty");
		p->uffd |= !strncmp(flag.name, "uffd", 4);
		p->guard |= !strcmp(flag.name, "guard");
		if (!strcmp(flag.name, "special"))
			p->backed = false;
	}
}

/* The frames of the page are read already. */
void verify_decode(const struct verify *v, struct verify_page *p)
{
	const struct mmscope_entry *e = &p->entry;

	p->present = e->class == MMSCOPE_CLASS_LEAF || e->class == MMSCOPE_CLASS_PROTNONE;
	p->swap = e->class == MMSCOPE_CLASS_SWAP && !strcmp(e->kind, "swap");
	p->soft_dirty = false;
	p->uffd = false;
	p->guard = false;
	p->backed = e->has_pfn && p->frame.kind != MMSCOPE_FRAME_NONE &&
		    p->frame.kind != MMSCOPE_FRAME_ZERO &&
		    !(p->level == 1 && p->first.kind == MMSCOPE_FRAME_HUGE_ZERO);
	see_flags(v, p);
}

static int look_at_vma(const struct verify *v, uint64_t va, struct verify_page *p)
{
	struct mmscope_vmas vmas = { .start = va, .end = va + 4096 };
	const struct mmscope_vma *vma;
	const void *records;
	int err = libmmscope_vmas(v->src, &vmas, &records);

	if (err || !vmas.count)
		return err;
	vma = records;
	if (vma->start <= va && va < vma->end)
		p->vma = *vma;
	return 0;
}

/*
 * The entry, by SCAN as in bulk: a mistake of that path must not vanish here.
 * Return: 0; 1 if the tables kept changing; negative errno.
 */
static int read_entry(const struct verify *v, uint64_t va, struct verify_page *p)
{
	struct mmscope_scan scan = {
		.flags = MMSCOPE_SCAN_BLOCKS, .start = va, .end = va + 4096, .levels = 7,
	};
	const struct mmscope_record *rec;
	const void *records;
	uint64_t at, raw;
	int err = libmmscope_scan(v->src, &scan, &records);

	for (at = 0; !err && at < scan.bytes; at += sizeof(*rec) + 8ULL * rec->nr) {
		rec = (const void *)((const char *)records + at);
		if (rec->type != MMSCOPE_REC_BLOCK)
			return 1;
		raw = *(const uint64_t *)(rec + 1);
		if (rec->level && (mmscope_is_table(raw, rec->level) || mmscope_is_none(raw)))
			continue;
		p->raw = raw;
		p->level = rec->level;
	}
	return err;
}

/* Where it stands in memory; 0 if no table is there. */
static int read_slot(const struct verify *v, uint64_t va, struct verify_page *p)
{
	struct mmscope_walk w = { .va = va };
	const struct mmscope_level *last;
	int err = libmmscope_walk(v->src, &w);

	if (err)
		return err;
	if (!w.nr_levels || w.result == MMSCOPE_END_CHANGED || w.result == MMSCOPE_END_BAD)
		return 1;
	last = &w.level[w.nr_levels - 1];
	if (last->level == p->level)
		p->slot = last->slot;
	return 0;
}

/**
 * verify_look - what the module says of one page
 * @v: the process
 * @va: address, a multiple of 4096
 * @p: filled in
 *
 * Return: 0; 1 if the tables kept changing; negative errno.
 */
int verify_look(const struct verify *v, uint64_t va, struct verify_page *p)
{
	int err;

	memset(p, 0, sizeof(*p));
	p->va = va;
	err = look_at_vma(v, va, p);
	if (!err)
		err = read_entry(v, va, p);
	if (!err)
		err = read_slot(v, va, p);
	if (err)
		return err;
	mmscope_decode(v->f, p->raw, p->level, 0, &p->entry);
	if (p->entry.has_pfn) {
		p->pfn = p->entry.pfn + ((va & (mmscope_span(p->level) - 1)) >> 12);
		err = read_frame(v, p->pfn, &p->frame);
		if (!err)
			err = read_frame(v, p->entry.pfn, &p->first);
	}
	verify_decode(v, p);
	return err;
}

/* What the kernel says of it now. */
static int ask(const struct verify *v, const struct verify_page *p, struct verify_words *w)
{
	static const enum verify_check files[] = { VERIFY_FLAGS, VERIFY_COUNT, VERIFY_CGROUP };
	unsigned int i;
	int err;

	memset(w, 0, sizeof(*w));
	err = verify_read_pagemap(v, p->va, &w->word[VERIFY_PAGEMAP], 1);
	if (err)
		return err;
	w->has |= 1U << VERIFY_PAGEMAP;
	if (v->categories) {
		err = verify_read_categories(v, p->va, &w->word[VERIFY_SCAN], 1);
		if (err)
			return err;
		w->has |= 1U << VERIFY_SCAN;
	}
	if (p->slot && verify_read_slots(v, p->slot, &w->word[VERIFY_SLOT], 1))
		w->has |= 1U << VERIFY_SLOT;
	for (i = 0; i < 3 && p->entry.has_pfn; i++)
		if (verify_read_frames(v, files[i], p->pfn, &w->word[files[i]], 1))
			w->has |= 1U << files[i];
	return 0;
}

static bool same_page(const struct verify_page *a, const struct verify_page *b)
{
	return a->raw == b->raw && a->level == b->level && a->slot == b->slot &&
	       !memcmp(&a->vma, &b->vma, sizeof(a->vma)) &&
	       !memcmp(&a->frame, &b->frame, sizeof(a->frame)) &&
	       !memcmp(&a->first, &b->first, sizeof(a->first));
}

/* One bracketed look. */
struct look {
	struct verify_page page;
	struct verify_words ours, theirs;
	struct verify_diff diff;
};

/* Return: 0; 1 if something came between; negative errno. */
static int look_once(struct verify *v, uint64_t va, struct look *l)
{
	struct verify_page after;
	int err = verify_look(v, va, &l->page);

	if (!err)
		err = ask(v, &l->page, &l->theirs);
	if (!err)
		err = verify_look(v, va, &after);
	if (err)
		return err;
	if (!same_page(&l->page, &after))
		return 1;
	verify_expect(v, &l->page, &l->ours);
	verify_compare(v, &l->page, &l->ours, &l->theirs, &l->diff);
	/* an entry that no VMA covers */
	if (!l->page.vma.end && l->page.raw)
		l->diff.unexplained |= 1U << VERIFY_PAGEMAP;
	return 0;
}

static void note_mismatch(struct verify *v, enum verify_check check, const struct look *l)
{
	struct verify_tally *t = &v->tally[check];

	if (t->mismatch++ >= VERIFY_LISTED)
		return;
	v->mismatch[check][t->mismatch - 1] = (struct verify_mismatch){
		.check = check, .va = l->page.va, .raw = l->page.raw,
		.what = mmscope_level_name(v->f, l->page.level),
		.ours = l->ours.word[check], .theirs = l->theirs.word[check],
	};
}

/* Does a look show all that is in doubt as right, or as explained? */
static void settle(unsigned int *doubt, unsigned int steady[], const struct verify_diff *d)
{
	unsigned int i;

	for (i = 0; i < VERIFY_NR_CHECKS; i++) {
		if (!(*doubt >> i & 1))
			continue;
		if (d->unexplained >> i & 1)
			steady[i]++;
		else
			*doubt &= ~(1U << i);
	}
}

/* What is proved by now is a mismatch, and no longer in doubt. */
static void take_proved(struct verify *v, unsigned int *doubt, const unsigned int steady[],
			const struct look *l, struct verify_diff *d)
{
	unsigned int i;

	for (i = 0; i < VERIFY_NR_CHECKS; i++) {
		if (!(*doubt >> i & 1) || steady[i] < VERIFY_STEADY)
			continue;
		note_mismatch(v, i, l);
		*doubt &= ~(1U << i);
		d->unexplained &= ~(1U << i);
		d->differs &= ~(1U << i);
	}
}

/**
 * verify_again - look at a page until its differences are proved or gone
 * @v: the process
 * @va: the page
 * @d: what differed in the first look; afterwards what is explained is left
 *
 * Counts what is a mismatch, and what has changed meanwhile. If a check has many
 * mismatches already, one more needs one look only.
 */
void verify_again(struct verify *v, uint64_t va, struct verify_diff *d)
{
	unsigned int doubt = d->unexplained, steady[VERIFY_NR_CHECKS] = { 0 }, looks, i;
	struct look l;
	int err = 0;

	for (i = 0; i < VERIFY_NR_CHECKS; i++)
		if (v->tally[i].mismatch >= VERIFY_PROVED)
			steady[i] = VERIFY_STEADY - 1;
	for (looks = 0; doubt && looks < LOOKS && !tool_interrupted; looks++) {
		if (looks)
			usleep(500);
		err = look_once(v, va, &l);
		if (err < 0)
			break;
		if (err)
			continue;
		settle(&doubt, steady, &l.diff);
		take_proved(v, &doubt, steady, &l, d);
	}
	if (err < 0)
		v->error = err;
	/* the rest has gone away, or never stood still */
	for (i = 0; i < VERIFY_NR_CHECKS; i++)
		v->tally[i].changed += d->unexplained >> i & 1;
	d->differs &= ~d->unexplained;
	d->unexplained = 0;
}

/* The page is done: who was compared, and what has an explanation. */
void verify_count(struct verify *v, const struct verify_diff *d, unsigned int has)
{
	unsigned int i;

	for (i = 0; i < VERIFY_NR_CHECKS; i++) {
		v->tally[i].compared += has >> i & 1;
		v->tally[i].explained += d->differs >> i & 1;
	}
	for (i = 0; i < verify_nr_rules(); i++)
		v->rule[i] += d->rules >> i & 1;
}
