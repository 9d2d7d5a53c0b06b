// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the tables map: pages by size, runs of frames that follow each other, and
 * for every 2 MiB of every VMA what stands against a huge page.
 */
#include "tables.h"

#include <string.h>

#define HUGE_PAGES	(TABLES_HUGE >> 12)

/* 2 MiB of a VMA, or what it covers of them; untouched ones several at a time. */
struct piece {
	uint64_t start, end;
	uint64_t present, swapped, other;	/* pages */
	uint64_t offset;	/* page number less frame number of the first page */
	uint64_t rights;	/* bits of the first entry that are to be alike */
	bool any, huge, scattered, mixed;
};

/* Frames that follow each other as their addresses do. */
struct run {
	uint64_t va, pfn;	/* after the last page */
	uint64_t pages;
};

struct fit {
	struct tables *t;
	const struct mmscope_format *f;
	uint64_t differ;	/* bits in which entries of a huge page may differ */
	size_t vma;		/* number of the VMA @piece lies in */
	uint32_t vma_reasons;	/* those that all of it has */
	bool deposits;		/* a huge page of this VMA keeps a table in store */
	struct piece piece;
	struct run run;
	struct tables_span span;	/* spans alike so far */
};

/* Accessed, dirty, and what is software's note of the same. */
static uint64_t may_differ(const struct mmscope_format *f)
{
	static const char * const name[] = { "accessed", "dirty", "soft_dirty", "saved_dirty" };
	uint64_t bits = 0;
	unsigned int i, n;

	for (i = 0; i < f->info.nr_bits; i++)
		for (n = 0; n < sizeof(name) / sizeof(name[0]); n++)
			if ((f->bits[i].when & MMSCOPE_WHEN_LEAF) &&
			    !strcmp(f->bits[i].name, name[n]))
				bits |= 1ULL << f->bits[i].bit;
	return bits;
}

static void flush_span(struct fit *d)
{
	if (d->span.nr && d->t->span)
		d->t->span(d->t, &d->span);
	d->span.nr = 0;
}

static void add_span(struct fit *d, uint64_t nr, uint32_t reasons)
{
	const struct mmscope_vma *vma = d->t->maps.vma[d->vma];
	const struct piece *p = &d->piece;
	struct tables_span *s = &d->span;

	if (s->nr && !d->t->o->no_merge && s->vma == vma && s->reasons == reasons) {
		s->end = p->end;
		s->nr += nr;
		s->present += p->present;
		s->swapped += p->swapped;
		return;
	}
	flush_span(d);
	*s = (struct tables_span){
		.vma = vma, .start = p->start, .end = p->end, .nr = nr,
		.present = p->present, .swapped = p->swapped, .reasons = reasons,
	};
}

static void set_reason(uint32_t *reasons, unsigned int reason, bool has)
{
	*reasons |= (uint32_t)has << reason;
}

static uint32_t reasons_of(const struct fit *d)
{
	const struct piece *p = &d->piece;
	uint64_t pages = (p->end - p->start) >> 12, there = p->present + p->swapped + p->other;
	bool frames = p->present && !d->t->hidden;
	uint32_t r = d->vma_reasons;

	if (p->huge)
		return 1U << REASON_HUGE;
	set_reason(&r, REASON_PARTIAL, pages < HUGE_PAGES);
	set_reason(&r, REASON_UNTOUCHED, !there);
	set_reason(&r, REASON_HOLES, there && there < pages);
	set_reason(&r, REASON_SWAPPED, p->swapped);
	set_reason(&r, REASON_OTHER, p->other);
	set_reason(&r, REASON_RIGHTS, p->mixed);
	set_reason(&r, REASON_SCATTERED, frames && p->scattered);
	set_reason(&r, REASON_MISALIGNED, frames && !p->scattered && p->offset % HUGE_PAGES);
	set_reason(&r, REASON_HIDDEN, p->present && d->t->hidden);
	set_reason(&r, REASON_SPLIT, !r);
	return r;
}

/* The piece is complete. */
static void close_piece(struct fit *d)
{
	struct tables_sum *sum = &d->t->sum;
	struct piece *p = &d->piece;
	uint64_t nr = (p->end - p->start) / TABLES_HUGE;
	uint32_t reasons = reasons_of(d);
	unsigned int i;

	if (p->start == p->end)
		return;
	nr += !nr;
	sum->spans += nr;
	for (i = 0; i < TABLES_REASONS; i++) {
		if (!(reasons >> i & 1))
			continue;
		sum->by_reason[i] += nr;
		sum->only_reason[i] += reasons == 1U << i ? nr : 0;
		sum->present_pages[i] += p->present;
	}
	add_span(d, nr, reasons);
}

static void begin_vma(struct fit *d)
{
	static const char * const special[] = { "io", "pfnmap", "mixedmap", "dontexpand" };
	const struct mmscope_vma *vma = d->t->maps.vma[d->vma];
	bool hugetlb = tool_vma_has(d->f, vma, "hugetlb"), odd = false;
	size_t i;

	for (i = 0; i < sizeof(special) / sizeof(special[0]); i++)
		odd |= tool_vma_has(d->f, vma, special[i]);
	d->vma_reasons = 0;
	/* the kernel gives hugetlb areas dontexpand, too */
	set_reason(&d->vma_reasons, REASON_SPECIAL, odd && !hugetlb);
	set_reason(&d->vma_reasons, REASON_FILE, vma->ops && !hugetlb && !odd);
	set_reason(&d->vma_reasons, REASON_ADVICE, tool_vma_has(d->f, vma, "nohugepage"));
	d->deposits = !vma->ops;	/* vma_is_anonymous() */
	d->piece = (struct piece){ .start = vma->start, .end = vma->start };
}

/* The piece after this one. What nobody has touched up to @va is done with at once. */
static void next_piece(struct fit *d, uint64_t va)
{
	const struct mmscope_vma *vma = d->t->maps.vma[d->vma];
	uint64_t start = d->piece.end, limit = va < vma->end ? va : vma->end;

	if (!(start % TABLES_HUGE) && limit > start && limit - start >= TABLES_HUGE) {
		d->piece = (struct piece){
			.start = start, .end = limit - limit % TABLES_HUGE,
		};
		close_piece(d);
		start = d->piece.end;
	}
	if (start == vma->end) {
		if (++d->vma == d->t->maps.count)
			return;
		begin_vma(d);
		vma = d->t->maps.vma[d->vma];
		start = vma->start;
	}
	d->piece = (struct piece){ .start = start, .end = (start | (TABLES_HUGE - 1)) + 1 };
	if (d->piece.end > vma->end)
		d->piece.end = vma->end;
}

/* Nothing more comes below @va. */
static void pass(struct fit *d, uint64_t va)
{
	while (d->vma < d->t->maps.count && d->piece.end <= va) {
		close_piece(d);
		next_piece(d, va);
	}
}

/* Pages from @va on, mapped to the frames from @pfn on, or all of them to that. */
static void add_to_piece(struct fit *d, const struct mmscope_entry *e, uint64_t va,
			 uint64_t pfn, uint64_t pages, bool same)
{
	uint64_t rights = e->raw & ~(d->differ | mmscope_value_bits(d->f, e));
	uint64_t offset = (va >> 12) - pfn;
	struct piece *p = &d->piece;

	if (!p->any) {
		p->offset = offset;
		p->rights = rights;
	}
	p->scattered |= (same && pages > 1) || offset != p->offset;
	p->mixed |= rights != p->rights;
	p->any = true;
	p->huge |= e->level > 0;
	p->present += pages;
}

static void flush_run(struct fit *d)
{
	struct tables_sum *sum = &d->t->sum;
	unsigned int class;

	if (!d->run.pages)
		return;
	class = 63 - __builtin_clzll(d->run.pages);
	sum->runs[class]++;
	sum->run_pages[class] += d->run.pages;
	d->run.pages = 0;
}

static void add_to_run(struct fit *d, uint64_t va, uint64_t pfn, uint64_t pages, bool same)
{
	const struct libmmscope_maps *maps = &d->t->maps;
	struct run *r = &d->run;

	if (d->t->hidden)
		return;
	if (same && pages > 1) {	/* the zero page: each is a run of its own */
		flush_run(d);
		d->t->sum.runs[0] += pages;
		d->t->sum.run_pages[0] += pages;
		return;
	}
	if (va != r->va || pfn != r->pfn || va == maps->vma[d->vma]->start)
		flush_run(d);
	r->va = va + (pages << 12);
	r->pfn = pfn + pages;
	r->pages += pages;
}

/*
 * A huge page of anonymous memory keeps a table for the day it is split; the
 * kernel counts it (pgtable_trans_huge_deposit()), but it is linked nowhere.
 */
static void add_deposited(struct fit *d)
{
	d->t->sum.deposited++;
	d->t->vma[d->vma].deposited++;
	d->t->vma[d->vma].cost += 4096;
}

/* [@va, @end) of a run, inside one piece. */
static void add_part(struct fit *d, const struct mmscope_record *rec, uint64_t va, uint64_t end)
{
	struct tables_vma *vma = &d->t->vma[d->vma];
	uint64_t span = mmscope_span(rec->level), pages = (end - va) >> 12, pfn;
	bool same = rec->nr > 1 && rec->stride == MMSCOPE_STRIDE_SAME && pages > span >> 12;
	struct mmscope_entry e;

	mmscope_decode(d->f, mmscope_run_entry(rec, (va - rec->va) / span), rec->level, 0, &e);
	pfn = e.pfn + ((va & (span - 1)) >> 12);
	if (d->deposits && rec->level == 1 && !(va & (span - 1)))
		add_deposited(d);
	if (e.class == MMSCOPE_CLASS_SWAP) {
		if (!strcmp(e.kind, "swap"))
			d->piece.swapped += pages;
		else
			d->piece.other += pages;
		return;
	}
	add_to_piece(d, &e, va, pfn, pages, same);
	add_to_run(d, va, pfn, pages, same);
	if (e.class != MMSCOPE_CLASS_LEAF)
		return;
	vma->mapped += end - va;
	vma->huge += rec->level ? end - va : 0;
}

static void add_parts(struct fit *d, const struct mmscope_record *rec)
{
	uint64_t va = rec->va, end = mmscope_record_end(rec), stop;

	for (; va < end; va = stop) {
		pass(d, va);
		if (d->vma == d->t->maps.count)
			return;		/* a VMA that is newer than our list */
		stop = d->piece.start > va ? d->piece.start : d->piece.end;
		if (stop > end)
			stop = end;
		if (d->piece.start <= va)
			add_part(d, rec, va, stop);
	}
}

static int add_record(void *arg, const struct mmscope_record *rec)
{
	struct mmscope_record one;
	struct fit *d = arg;
	__u32 i;

	if (rec->type != MMSCOPE_REC_RUN) {
		d->t->sum.unread++;
		return 0;
	}
	if (mmscope_classify(rec->data, rec->level) == MMSCOPE_CLASS_LEAF)
		d->t->sum.mapped[rec->level] += rec->nr;
	/* frames that count down are no row of frames */
	for (one = *rec, i = 0; mmscope_run_direction(rec) < 0 && i < rec->nr; i++) {
		one.nr = 1;
		one.va = rec->va + i * mmscope_span(rec->level);
		one.data = mmscope_run_entry(rec, i);
		add_parts(d, &one);
	}
	if (mmscope_run_direction(rec) >= 0)
		add_parts(d, rec);
	return 0;
}

int tables_fit(struct tables *t)
{
	struct fit d = { .t = t, .f = libmmscope_format(t->src) };
	int err;

	d.differ = may_differ(d.f);
	if (t->maps.count)
		begin_vma(&d);
	err = tables_scan(t, MMSCOPE_SCAN_RUNS, (1U << TABLES_SIZES) - 1, add_record, &d);
	if (!err && !t->cut)
		pass(&d, UINT64_MAX);
	flush_span(&d);
	flush_run(&d);
	return err;
}
