// SPDX-License-Identifier: GPL-2.0-only
/*
 * Sums of each VMA, as `mmscope smaps` makes them, against /proc/PID/smaps. The file
 * is read before and after: a sum counts if it says the same both times.
 */
#include "account.h"
#include "verify.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define ABSENT	UINT64_MAX

static const char * const names[] = {
#define ACCOUNT_SUM(symbol, heading, ...) heading,
#include "account.def"
#undef ACCOUNT_SUM
};

/* A VMA in smaps: bytes, ABSENT what this kernel does not say. */
struct area {
	uint64_t start, end;
	uint64_t sum[NR_ACCOUNT_SUMS];
};

struct areas {
	struct area *area;
	size_t nr, room;
};

/* What the module says, and the kernel before and after. */
struct looks {
	struct libmmscope_maps maps;
	struct accounts ours;
	struct areas before, after;
};

/* A sum that differs without a rule. */
struct doubt {
	uint64_t start, end;
	unsigned int sum, steady;
	bool settled;
};

struct doubts {
	struct doubt *doubt;
	size_t nr, room;
};

static void *grow(void *list, size_t nr, size_t *room, size_t size)
{
	if (nr < *room)
		return list;
	*room = *room ? 2 * *room : 64;
	return reallocarray(list, *room, size);
}

static int add_area(struct areas *s, uint64_t start, uint64_t end)
{
	struct area *more = grow(s->area, s->nr, &s->room, sizeof(*more));

	if (!more)
		return -ENOMEM;
	s->area = more;
	more += s->nr++;
	memset(more, 0xff, sizeof(*more));	/* ABSENT */
	more->start = start;
	more->end = end;
	return 0;
}

static void set_sum(struct area *area, const char *name, uint64_t kib)
{
	unsigned int i;

	for (i = 0; i < NR_ACCOUNT_SUMS; i++)
		if (!strcasecmp(names[i], name))
			area->sum[i] = kib * 1024;
}

static int read_smaps(const struct verify *v, struct areas *s)
{
	unsigned long start, end, kib;
	char path[64], line[8192], name[32];
	int err = 0;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/smaps", libmmscope_pid(v->src));
	f = fopen(path, "re");
	if (!f)
		return errno == ENOENT ? -ESRCH : -errno;
	s->nr = 0;
	while (!err && fgets(line, sizeof(line), f)) {
		if (sscanf(line, "%lx-%lx ", &start, &end) == 2)
			err = add_area(s, start, end);
		else if (s->nr && sscanf(line, "%31[^:]: %lu kB", name, &kib) == 2)
			set_sum(&s->area[s->nr - 1], name, kib);
	}
	fclose(f);
	return err ? err : s->nr ? 0 : -ESRCH;
}

static int look(const struct verify *v, struct looks *l)
{
	int err = read_smaps(v, &l->before);

	libmmscope_maps_free(&l->maps);
	memset(&l->maps, 0, sizeof(l->maps));
	accounts_free(&l->ours);
	l->ours = (struct accounts){ .src = v->src, .maps = &l->maps };
	if (!err)
		err = libmmscope_maps_read(v->src, &l->maps);
	if (!err)
		err = accounts_read(&l->ours);
	return err ? err : read_smaps(v, &l->after);
}

static const struct area *find_area(const struct areas *s, uint64_t start, uint64_t end)
{
	size_t i;

	for (i = 0; i < s->nr; i++)
		if (s->area[i].start == start && s->area[i].end == end)
			return &s->area[i];
	return NULL;
}

static const struct account *find_ours(const struct looks *l, uint64_t start, uint64_t end)
{
	size_t i;

	for (i = 0; i < l->maps.count; i++)
		if (l->maps.vma[i]->start == start && l->maps.vma[i]->end == end)
			return &l->ours.vma[i];
	return NULL;
}

/* smaps cuts to KiB. */
static bool same(const struct account *ours, const struct area *theirs, unsigned int sum)
{
	return theirs->sum[sum] == ABSENT ||
	       account_bytes(ours, sum) / 1024 == theirs->sum[sum] / 1024;
}

/* The sums of a VMA that differ and that no rule explains, a bit each. */
static uint64_t unexplained(const struct verify *v, const struct account *ours,
			    const struct area *theirs, uint64_t *rules, uint64_t *differs)
{
	struct verify_page area = { .notes = ours->notes, .page_size = ours->page_size };
	unsigned int i;

	*differs = 0;
	for (i = 0; i < NR_ACCOUNT_SUMS; i++)
		if (!same(ours, theirs, i))
			*differs |= 1ULL << i;
	*rules = 0;
	return verify_explain(v, &area, VERIFY_SMAPS, *differs, rules);
}

static int doubt_sums(struct doubts *s, const struct area *area, uint64_t sums)
{
	struct doubt *more;
	unsigned int i;

	for (i = 0; i < NR_ACCOUNT_SUMS; i++) {
		if (!(sums >> i & 1))
			continue;
		more = grow(s->doubt, s->nr, &s->room, sizeof(*more));
		if (!more)
			return -ENOMEM;
		s->doubt = more;
		more[s->nr++] = (struct doubt){
			.start = area->start, .end = area->end, .sum = i,
		};
	}
	return 0;
}

/* One VMA of the first look. */
static int compare_area(struct verify *v, const struct looks *l, const struct area *area,
			struct doubts *doubts)
{
	const struct account *ours = find_ours(l, area->start, area->end);
	struct verify_tally *t = &v->tally[VERIFY_SMAPS];
	uint64_t rules, differs, left;
	unsigned int i;

	/* vsyscall is in the kernel half, and in no list of VMAs */
	if (area->start >= v->f->info.task_size)
		return 0;
	for (i = 0; i < NR_ACCOUNT_SUMS; i++)
		t->compared += area->sum[i] != ABSENT;
	if (!ours) {
		for (i = 0; i < NR_ACCOUNT_SUMS; i++)
			t->changed += area->sum[i] != ABSENT;
		return 0;
	}
	left = unexplained(v, ours, area, &rules, &differs);
	t->explained += __builtin_popcountll(differs & ~left);
	for (i = 0; i < verify_nr_rules(); i++)
		v->rule[i] += rules >> i & 1;
	return doubt_sums(doubts, area, left);
}

static void note(struct verify *v, const struct doubt *d, uint64_t ours, uint64_t theirs)
{
	struct verify_tally *t = &v->tally[VERIFY_SMAPS];

	if (t->mismatch++ >= VERIFY_LISTED)
		return;
	v->mismatch[VERIFY_SMAPS][t->mismatch - 1] = (struct verify_mismatch){
		.check = VERIFY_SMAPS, .va = d->start, .what = names[d->sum],
		.ours = ours, .theirs = theirs,
	};
}

/* What one more look says of a sum in doubt. */
static void settle(struct verify *v, const struct looks *l, struct doubt *d)
{
	const struct area *before = find_area(&l->before, d->start, d->end);
	const struct area *after = find_area(&l->after, d->start, d->end);
	const struct account *ours = find_ours(l, d->start, d->end);
	uint64_t rules, differs;
	bool gone = !before || !after || !ours;	/* the VMA has changed */

	/* something came between; what was not read proves nothing */
	if (!gone && (before->sum[d->sum] != after->sum[d->sum] || ours->notes & ACCOUNT_CHANGED))
		return;
	if (gone || !(unexplained(v, ours, before, &rules, &differs) >> d->sum & 1)) {
		d->settled = true;
		v->tally[VERIFY_SMAPS].changed++;
	} else if (++d->steady == VERIFY_STEADY) {
		d->settled = true;
		note(v, d, account_bytes(ours, d->sum), before->sum[d->sum]);
	}
}

static int look_again(struct verify *v, struct looks *l, struct doubts *s)
{
	unsigned int looks;
	bool open = s->nr;
	size_t i;
	int err;

	for (looks = 0; open && looks < 4 * VERIFY_STEADY; looks++) {
		err = look(v, l);
		if (err)
			return err;
		open = false;
		for (i = 0; i < s->nr; i++) {
			if (!s->doubt[i].settled)
				settle(v, l, &s->doubt[i]);
			open |= !s->doubt[i].settled;
		}
	}
	for (i = 0; i < s->nr; i++)
		v->tally[VERIFY_SMAPS].changed += !s->doubt[i].settled;
	return 0;
}

/**
 * verify_smaps - compare the sums of every VMA
 * @v: sources are open
 *
 * Return: 0 or a negative errno.
 */
int verify_smaps(struct verify *v)
{
	struct looks l = { 0 };
	struct doubts doubts = { 0 };
	size_t i;
	int err = look(v, &l);

	for (i = 0; i < l.before.nr && !err; i++)
		err = compare_area(v, &l, &l.before.area[i], &doubts);
	if (!err)
		err = look_again(v, &l, &doubts);
	accounts_free(&l.ours);
	libmmscope_maps_free(&l.maps);
	free(l.before.area);
	free(l.after.area);
	free(doubts.doubt);
	return err;
}
