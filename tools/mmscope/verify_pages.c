// SPDX-License-Identifier: GPL-2.0-only
/*
 * All pages of a process, a piece of a VMA at a time: each source is read in bulk,
 * and what differs in a way that no rule explains is looked at again alone.
 */
#include "verify.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define PAGES	8192	/* of a piece */
#define UNKNOWN	0xff	/* level of a page whose tables kept changing */

/* Facts about frames, by frame number. */
struct facts {
	size_t nr;
	uint64_t pfn[2 * PAGES];
	struct mmscope_frame frame[2 * PAGES];
	uint64_t word[VERIFY_NR_CHECKS][2 * PAGES];
	unsigned int has;
};

struct piece {
	const struct mmscope_vma *vma;
	uint64_t start, end;
	uint64_t raw[PAGES], slot[PAGES], memory[PAGES];
	uint64_t pagemap[PAGES], categories[PAGES];
	uint8_t level[PAGES], read[PAGES];	/* read: memory holds what the slot does */
	struct facts facts;
};

static void spread(struct piece *x, uint64_t va, uint64_t raw, unsigned int level,
		   uint64_t slot, const uint64_t *memory)
{
	uint64_t at = va < x->start ? x->start : va, end = va + mmscope_span(level);

	for (; at < end && at < x->end; at += 4096) {
		size_t i = (at - x->start) >> 12;

		x->raw[i] = raw;
		x->level[i] = level;
		x->slot[i] = slot;
		x->read[i] = !!memory;
		x->memory[i] = memory ? *memory : 0;
	}
}

static void take_block(const struct verify *v, struct piece *x,
		       const struct mmscope_record *rec, const uint64_t *slot)
{
	uint64_t memory[MMSCOPE_SLOTS], pa, va = rec->va;
	bool read;
	__u32 i;

	pa = rec->data + (uint64_t)mmscope_index(rec->va, rec->level) * 8;
	read = rec->data && verify_read_slots(v, pa, memory, rec->nr);
	for (i = 0; i < rec->nr; i++, va += mmscope_span(rec->level)) {
		if (mmscope_is_table(slot[i], rec->level))
			continue;
		/* an empty slot of a higher table tells nothing that its pages do not */
		if (rec->level && mmscope_is_none(slot[i]))
			continue;
		spread(x, va, slot[i], rec->level, pa + i * 8ULL, read ? &memory[i] : NULL);
	}
}

static void take(const struct verify *v, struct piece *x, const char *records, uint64_t bytes)
{
	const struct mmscope_record *rec;
	uint64_t at, va;

	for (at = 0; at < bytes; at += sizeof(*rec)) {
		rec = (const void *)(records + at);
		if (rec->type == MMSCOPE_REC_BLOCK) {
			take_block(v, x, rec, (const uint64_t *)(rec + 1));
			at += rec->nr * 8ULL;
			continue;
		}
		for (va = rec->va; va < mmscope_record_end(rec); va += 4096)
			spread(x, va, 0, 0, 0, NULL);
		for (va = rec->va; va < mmscope_record_end(rec); va += 4096)
			if (va >= x->start && va < x->end)
				x->level[(va - x->start) >> 12] = UNKNOWN;
	}
}

static int read_entries(const struct verify *v, struct piece *x)
{
	struct mmscope_scan scan = {
		.flags = MMSCOPE_SCAN_BLOCKS, .end = x->end, .levels = 7, .resume = x->start,
	};
	const void *records;
	int err;

	memset(x->raw, 0, sizeof(x->raw));
	memset(x->level, 0, sizeof(x->level));
	memset(x->read, 0, sizeof(x->read));
	while (scan.resume < x->end) {
		scan.start = scan.resume;
		err = libmmscope_scan(v->src, &scan, &records);
		if (err)
			return err;
		take(v, x, records, scan.bytes);
	}
	return 0;
}

static int by_number(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

/* The frames of all entries, each once, in order. */
static void collect(const struct verify *v, struct piece *x)
{
	struct facts *facts = &x->facts;
	size_t i, nr = 0, pages = (x->end - x->start) >> 12;
	struct mmscope_entry e;

	for (i = 0; i < pages; i++) {
		if (!x->raw[i] || x->level[i] == UNKNOWN)
			continue;
		mmscope_decode(v->f, x->raw[i], x->level[i], 0, &e);
		if (!e.has_pfn)
			continue;
		facts->pfn[nr++] = e.pfn;
		if (x->level[i])
			facts->pfn[nr++] = e.pfn + (((x->start + i * 4096) &
						     (mmscope_span(x->level[i]) - 1)) >> 12);
	}
	qsort(facts->pfn, nr, sizeof(*facts->pfn), by_number);
	facts->nr = 0;
	for (i = 0; i < nr; i++)
		if (!i || facts->pfn[i] != facts->pfn[i - 1])
			facts->pfn[facts->nr++] = facts->pfn[i];
}

/* Frames first to last of the list follow each other. */
static int read_range(const struct verify *v, struct facts *facts, size_t first, size_t nr)
{
	struct mmscope_frames f = { .resume = facts->pfn[first] };
	size_t done = first;
	const void *records;
	unsigned int check;
	int err;

	f.end = f.resume + nr;
	while (f.resume < f.end) {
		f.start = f.resume;
		err = libmmscope_frames(v->src, &f, &records);
		if (err)
			return err;
		memcpy(&facts->frame[done], records, f.count * sizeof(*facts->frame));
		done += f.count;
	}
	for (check = VERIFY_FLAGS; check <= VERIFY_CGROUP; check++)
		if (!v->tally[check].missing &&
		    !verify_read_frames(v, check, facts->pfn[first],
					&facts->word[check][first], nr))
			facts->has &= ~(1U << check);
	return 0;
}

static int read_facts(const struct verify *v, struct piece *x)
{
	struct facts *facts = &x->facts;
	size_t i, nr;
	int err;

	collect(v, x);
	facts->has = 0;
	for (i = VERIFY_FLAGS; i <= VERIFY_CGROUP; i++)
		if (!v->tally[i].missing)
			facts->has |= 1U << i;
	for (i = 0; i < facts->nr; i += nr) {
		nr = 1;
		while (i + nr < facts->nr && facts->pfn[i + nr] == facts->pfn[i] + nr)
			nr++;
		err = read_range(v, facts, i, nr);
		if (err)
			return err;
	}
	return 0;
}

static size_t find(const struct facts *facts, uint64_t pfn)
{
	const uint64_t *at = bsearch(&pfn, facts->pfn, facts->nr, sizeof(pfn), by_number);

	return at - facts->pfn;	/* collect() has put it there */
}

static void gather(const struct verify *v, const struct piece *x, size_t i,
		   struct verify_page *p, struct verify_words *theirs)
{
	unsigned int check;
	size_t at;

	memset(p, 0, sizeof(*p));
	memset(theirs, 0, sizeof(*theirs));
	p->va = x->start + i * 4096;
	p->vma = *x->vma;
	p->raw = x->raw[i];
	p->level = x->level[i];
	mmscope_decode(v->f, p->raw, p->level, 0, &p->entry);
	theirs->word[VERIFY_PAGEMAP] = x->pagemap[i];
	theirs->word[VERIFY_SCAN] = x->categories[i];
	theirs->word[VERIFY_SLOT] = x->memory[i];
	theirs->has = 1U << VERIFY_PAGEMAP | (v->categories ? 1U << VERIFY_SCAN : 0) |
		      (x->read[i] ? 1U << VERIFY_SLOT : 0);
	if (p->entry.has_pfn) {
		p->pfn = p->entry.pfn + ((p->va & (mmscope_span(p->level) - 1)) >> 12);
		p->first = x->facts.frame[find(&x->facts, p->entry.pfn)];
		at = find(&x->facts, p->pfn);
		p->frame = x->facts.frame[at];
		for (check = VERIFY_FLAGS; check <= VERIFY_CGROUP; check++)
			theirs->word[check] = x->facts.word[check][at];
		theirs->has |= x->facts.has;
	}
	verify_decode(v, p);
}

static void compare_page(struct verify *v, const struct piece *x, size_t i)
{
	struct verify_words ours, theirs;
	struct verify_page p;
	struct verify_diff d;

	if (x->level[i] == UNKNOWN) {
		memset(&d, 0, sizeof(d));
		d.unexplained = 1U << VERIFY_PAGEMAP;
		theirs.has = d.unexplained;
	} else {
		gather(v, x, i, &p, &theirs);
		verify_expect(v, &p, &ours);
		verify_compare(v, &p, &ours, &theirs, &d);
	}
	if (d.unexplained)
		verify_again(v, x->start + i * 4096, &d);
	verify_count(v, &d, theirs.has);
}

static int verify_piece(struct verify *v, struct piece *x)
{
	size_t i, pages = (x->end - x->start) >> 12;
	int err = read_entries(v, x);

	if (!err)
		err = read_facts(v, x);
	if (!err)
		err = verify_read_pagemap(v, x->start, x->pagemap, pages);
	if (!err && v->categories)
		err = verify_read_categories(v, x->start, x->categories, pages);
	for (i = 0; i < pages && !err && !tool_interrupted; i++) {
		compare_page(v, x, i);
		err = v->error;
	}
	return err;
}

/* Address of the first entry of a run that no VMA covers; the run's end if all are. */
static uint64_t stray_of(const struct verify *v, const struct mmscope_record *run)
{
	uint64_t va = run->va;

	while (va < mmscope_record_end(run) && libmmscope_maps_find(&v->maps, va))
		va += mmscope_span(run->level);
	return va;
}

/* The first stray entry among records; false if there is none. */
static bool find_stray(const struct verify *v, const char *records, uint64_t bytes,
		       uint64_t *va, unsigned int *level)
{
	const struct mmscope_record *run;
	uint64_t at;

	for (at = 0; at < bytes; at += sizeof(*run)) {
		run = (const void *)(records + at);
		*va = stray_of(v, run);
		*level = run->level;
		if (*va < mmscope_record_end(run))
			return true;
	}
	return false;
}

/* Entries where no VMA is, as far as they stay. */
static int verify_strays(struct verify *v)
{
	struct mmscope_scan scan = {
		.flags = MMSCOPE_SCAN_RUNS, .end = v->f->info.task_size, .levels = 7,
	};
	struct verify_diff d;
	const void *records;
	unsigned int level;
	uint64_t va;
	int err;

	while (scan.resume < scan.end && !tool_interrupted && !v->error) {
		scan.start = scan.resume;
		err = libmmscope_scan(v->src, &scan, &records);
		if (err)
			return err;
		if (!find_stray(v, records, scan.bytes, &va, &level))
			continue;
		/* looking again overwrites the records: they are read again after it */
		memset(&d, 0, sizeof(d));
		d.unexplained = 1U << VERIFY_PAGEMAP;
		verify_again(v, va, &d);
		verify_count(v, &d, 1U << VERIFY_PAGEMAP);
		scan.resume = va + mmscope_span(level);
	}
	return v->error;
}

/**
 * verify_pages - compare every page of every VMA
 * @v: sources are open, maps are read
 *
 * Return: 0 or a negative errno; the tallies say what came of it.
 */
int verify_pages(struct verify *v)
{
	struct progress progress = { .what = "verify" };
	struct piece *x = malloc(sizeof(*x));
	uint64_t total = 0, done = 0;
	int err = x ? 0 : -ENOMEM;
	size_t i;

	for (i = 0; i < v->maps.count; i++)
		total += v->maps.vma[i]->end - v->maps.vma[i]->start;
	for (i = 0; i < v->maps.count && !err; i++) {
		x->vma = v->maps.vma[i];
		for (x->start = x->vma->start; x->start < x->vma->end && !err; x->start = x->end) {
			x->end = x->start + PAGES * 4096ULL;
			if (x->end > x->vma->end)
				x->end = x->vma->end;
			err = tool_interrupted ? -EINTR : verify_piece(v, x);
			done += x->end - x->start;
			progress_update(&progress, done, total);
		}
	}
	if (!err)
		err = verify_strays(v);
	progress_end(&progress);
	free(x);
	return err;
}
