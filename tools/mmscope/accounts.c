// SPDX-License-Identifier: GPL-2.0-only
/*
 * All of a process counted in one pass: entries from a scan that takes no lock of
 * it, the facts about their frames in batches.
 */
#include "account.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Frames whose facts are asked for together: 10 MiB of them. */
#define BATCH (256UL * 1024)

/* A hugetlb page table that processes share spans this much (vma_shareable()). */
#define SHARED_TABLE_SPAN (1ULL << 30)

/* State of one pass. */
struct pass {
	struct accounts *a;
	struct counting counting;
	struct facts facts;
	struct mmscope_record *piece;	/* runs that wait for their facts */
	size_t nr;
	uint64_t frames;		/* of those runs */
	size_t at;			/* VMA of the entry counted last */
	uint64_t total;			/* entries that are expected */
};

/* The VMA of an address; addresses come in order. */
static struct account *account_at(struct pass *p, uint64_t va)
{
	const struct libmmscope_maps *maps = p->a->maps;

	while (p->at < maps->count && maps->vma[p->at]->end <= va)
		p->at++;
	if (p->at < maps->count && maps->vma[p->at]->start <= va)
		return &p->a->vma[p->at];
	p->a->outside++;
	return NULL;
}

static void count_entry(struct pass *p, uint64_t va, const struct mmscope_entry *e)
{
	struct account *acc = account_at(p, va);

	p->a->entries++;
	if (acc)
		account_entry(&p->counting, acc, p->a->maps->vma[p->at]->flags, e);
}

/* The runs that wait, now that they are enough. */
static int count_waiting(struct pass *p)
{
	struct mmscope_entry e;
	size_t i;
	__u32 n;
	int err = facts_read(&p->facts, p->a->src);

	for (i = 0; i < p->nr && !err; i++)
		for (n = 0; n < p->piece[i].nr; n++) {
			mmscope_decode(p->counting.f, mmscope_run_entry(&p->piece[i], n),
				       p->piece[i].level, 0, &e);
			count_entry(p, p->piece[i].va + n * mmscope_span(e.level), &e);
		}
	p->nr = 0;
	p->frames = 0;
	return err;
}

/*
 * Frames of an entry whose facts matter: all, but of pages that only hugetlb maps,
 * and in whole, the first.
 */
static uint64_t frames_of(unsigned int level)
{
	return level == MMSCOPE_LEAF_MAX ? 1 : mmscope_span(level) >> 12;
}

/* The frames of a run: its entries count them up or down, or have the same. */
static int want_frames(struct pass *p, const struct mmscope_record *run)
{
	__u32 low = mmscope_run_direction(run) < 0 ? run->nr - 1 : 0;
	struct mmscope_entry first, last;
	uint64_t pfn, step = mmscope_span(run->level) >> 12;
	int err = 0;

	mmscope_decode(p->counting.f, mmscope_run_entry(run, low), run->level, 0, &first);
	mmscope_decode(p->counting.f, mmscope_run_entry(run, run->nr - 1 - low), run->level, 0,
		       &last);
	if (!p->a->frames || !account_is_page(&p->counting, &first) || last.pfn < first.pfn)
		return 0;
	if (frames_of(run->level) == step)
		return facts_want(&p->facts, first.pfn, last.pfn - first.pfn + step);
	for (pfn = first.pfn; pfn <= last.pfn && !err; pfn += step)
		err = facts_want(&p->facts, pfn, 1);
	return err;
}

static int take_run(struct pass *p, const struct mmscope_record *run)
{
	uint64_t each = frames_of(run->level), left;
	struct mmscope_record piece = *run;
	__u32 done;
	int err;

	for (done = 0; done < run->nr; done += piece.nr) {
		left = (BATCH - p->frames) / each + 1;
		piece.va = run->va + done * mmscope_span(run->level);
		piece.data = mmscope_run_entry(run, done);
		piece.nr = left < run->nr - done ? left : run->nr - done;
		p->piece[p->nr++] = piece;
		p->frames += piece.nr * each;
		err = want_frames(p, &piece);
		if (!err && p->frames >= BATCH)
			err = count_waiting(p);
		if (err)
			return err;
	}
	return 0;
}

/* Slots that could not be read: all VMAs there are counted too low. */
static void take_unread(struct pass *p, const struct mmscope_record *rec)
{
	const struct libmmscope_maps *maps = p->a->maps;
	size_t i;

	p->a->changed++;
	for (i = 0; i < maps->count; i++)
		if (maps->vma[i]->start < mmscope_record_end(rec) && maps->vma[i]->end > rec->va)
			p->a->vma[i].notes |= ACCOUNT_CHANGED;
}

/* The records of one call; they are copied, FRAMES uses the same buffer. */
static int take_records(struct pass *p, const void *records, size_t bytes)
{
	struct mmscope_record *copy = malloc(bytes + 1);
	size_t i, nr = bytes / sizeof(*copy);
	int err = copy ? 0 : -ENOMEM;

	free(p->piece);
	/* no more than one piece of a run waits at a time */
	p->piece = calloc(nr + 1, sizeof(*p->piece));
	if (!p->piece)
		err = -ENOMEM;
	if (!err)
		memcpy(copy, records, bytes);
	for (i = 0; i < nr && !err; i++) {
		if (copy[i].type == MMSCOPE_REC_RUN)
			err = take_run(p, &copy[i]);
		else
			take_unread(p, &copy[i]);
	}
	if (!err)
		err = count_waiting(p);
	free(copy);
	return err;
}

static int scan(struct pass *p)
{
	struct accounts *a = p->a;
	struct mmscope_scan s = {
		.flags = MMSCOPE_SCAN_RUNS, .end = libmmscope_format(a->src)->info.task_size,
		.levels = (1U << (MMSCOPE_LEAF_MAX + 1)) - 1,
	};
	const void *records;
	int err = 0;

	while (s.resume < s.end && !err) {
		if (tool_interrupted)
			return -EINTR;
		s.start = s.resume;
		err = libmmscope_scan(a->src, &s, &records);
		a->retries += err ? 0 : s.retries;
		if (!err)
			err = take_records(p, records, s.bytes);
		progress_update(&a->progress, a->entries, p->total);
	}
	return err;
}

/* Are there facts about frames? Not in every recording, and not for everybody. */
static bool has_frames(struct libmmscope_source *src)
{
	const struct libmmscope_moment *m = libmmscope_moment(src);
	struct mmscope_frames f = { .end = 1 };
	const void *records;

	if (m)
		return m->flags & LIBMMSCOPE_FRAMES;
	return !libmmscope_frames(src, &f, &records);
}

/* What cannot be seen of a VMA, by what it is and what was counted. */
static void set_notes(struct pass *p, const struct mmscope_vma *vma, struct account *acc)
{
	const char *ops = libmmscope_vma_string(vma, vma->ops);
	uint64_t span = SHARED_TABLE_SPAN, first = (vma->start + span - 1) & ~(span - 1);
	bool hugetlb = vma->flags & p->counting.hugetlb;

	if (!hugetlb)
		acc->page_size = mmscope_span(0);
	if (vma->flags & p->counting.pfnmap)
		acc->notes |= ACCOUNT_PFNMAP;
	/* shmem_vm_ops, shmem_anon_vm_ops, and shm_vm_ops of System V */
	if (!hugetlb && ops && strstr(ops, "shm") && libmmscope_swap_name(p->a->src, 0) &&
	    acc->sum[ACCOUNT_RSS] + acc->sum[ACCOUNT_SWAP] < vma->end - vma->start)
		acc->notes |= ACCOUNT_SHMEM_SWAP;
	if (acc->page_size == mmscope_span(1) && (vma->flags & p->counting.mayshare) &&
	    first + span <= vma->end)
		acc->notes |= ACCOUNT_SHARED_TABLE;
}

/**
 * accounts_read - count all entries of a process
 * @a: see struct accounts
 *
 * Return: 0 or a negative errno, -EINTR if the user wants no more; accounts_free()
 * in any case.
 */
int accounts_read(struct accounts *a)
{
	struct pass p = { .a = a };
	struct mmscope_mm mm;
	size_t i;
	int err;

	a->frames = has_frames(a->src);
	counting_begin(&p.counting, libmmscope_format(a->src), a->frames ? &p.facts : NULL);
	a->vma = calloc(a->maps->count + 1, sizeof(*a->vma));
	if (!a->vma)
		return -ENOMEM;
	if (!libmmscope_mm(a->src, &mm))
		p.total = mm.rss_file + mm.rss_anon + mm.rss_shmem + mm.swapents;
	err = scan(&p);
	progress_end(&a->progress);
	for (i = 0; i < a->maps->count && !err; i++)
		set_notes(&p, a->maps->vma[i], &a->vma[i]);
	a->calls = p.facts.calls;
	facts_free(&p.facts);
	free(p.piece);
	return err;
}

void accounts_free(struct accounts *a)
{
	free(a->vma);
	a->vma = NULL;
}
