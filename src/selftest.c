// SPDX-License-Identifier: GPL-2.0-only
/*
 * The shared decode against the kernel that runs: the same values through both,
 * and entries made by the kernel's constructors through the decode. Pure
 * computation on values: no page table is read, and no entry goes into one.
 * What is compared is the table in selftest.def.
 *
 * Entries of the user half only: the kernel has no helpers for the other.
 */
#include "internal.h"

#include <linux/mm.h>
#include <linux/pagemap.h>
#include <linux/pgtable.h>
#include <linux/pkeys.h>
#include <linux/sched/signal.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "compat/selftest.h"

#define PAIRS		(64 * 64)
#define RANDOM		8192
#define BUILDS		512
#define EXAMPLES	3	/* mismatches shown per check */
#define FLAGS_MAX	32

/* A value and what the decode makes of it. */
struct view {
	u64 raw;
	struct mmscope_entry e;
	unsigned int nr, unnamed;
	struct mmscope_flag flag[FLAGS_MAX];	/* those with a name */
};

/* What a constructor is given. */
struct parts {
	u64 pfn;		/* any frame */
	u64 leaf_pfn;		/* any that fits into an entry that is not present */
	unsigned long type, offset;	/* any swap slot */
	struct page *page;	/* locked, which some constructors want */
};

struct answer {
	bool asked;
	u64 theirs, ours;
};

struct built {
	u64 raw, number;
};

/* A row of selftest.def: what the kernel says of a value … */
struct says_row {
	const char *name;
	unsigned int level;
	void (*ask)(const struct view *v, u64 raw, struct answer *a);
};

/* … and what it makes. */
struct builds_row {
	const char *name;
	unsigned int level;
	bool have;
	void (*build)(const struct parts *p, struct built *b);
	const char *kind, *flags;
};

/* Results of one check. */
struct tally {
	unsigned long values, wrong;
	struct {
		u64 raw, theirs, ours;
	} example[EXAMPLES];
};

/* Words of selftest.def. */
enum {
	E = BIT(MMSCOPE_CLASS_NONE), T = BIT(MMSCOPE_CLASS_TABLE), L = BIT(MMSCOPE_CLASS_LEAF),
	N = BIT(MMSCOPE_CLASS_PROTNONE), S = BIT(MMSCOPE_CLASS_SWAP), ANY = E | T | L | N | S,
};

#define IN(classes)		((BIT(v->e.class) & (classes)) != 0)
#define HUGE_FRAME(level)	(p->pfn & ~((mmscope_span(level) >> PAGE_SHIFT) - 1))
#define SLOT(type, offset)	((u64)(type) << 50 | (offset))

static bool named(const struct view *v, const char *kind)
{
	return !strcmp(v->e.kind, kind);
}

static bool is_migration(const struct view *v)
{
	return strstarts(v->e.kind, "migration");
}

/* Value of a flag, 0 if it is not there. Marks of markers can have the same names. */
static u64 flag(const struct view *v, const char *name)
{
	unsigned int i;

	for (i = 0; i < v->nr; i++)
		if (v->flag[i].letter != 'm' && !strcmp(v->flag[i].name, name))
			return v->flag[i].value;
	return 0;
}

/* The bits that a marker's marks stand for. */
static u64 marks(const struct view *v)
{
	u64 bits = 0;
	unsigned int i;

	for (i = 0; i < v->nr; i++) {
		if (v->flag[i].letter != 'm')
			continue;
		if (!strcmp(v->flag[i].name, "uffd_wp"))
			bits |= MMSCOPE_MARK_UFFD_WP;
		else if (!strcmp(v->flag[i].name, "poisoned"))
			bits |= MMSCOPE_MARK_POISONED;
		else if (!strcmp(v->flag[i].name, "guard"))
			bits |= MMSCOPE_MARK_GUARD;
	}
	return bits;
}

/* Some names of helpers are macros: they are pasted here, before they expand. */
#define SAYS(function, domain, said, decoded)					\
	static void function(const struct view *v, u64 raw, struct answer *a)	\
	{									\
		a->asked = domain;						\
		if (a->asked) {							\
			a->theirs = said;					\
			a->ours = decoded;					\
		}								\
	}
#define MMSCOPE_GIVES(id, lv, domain, said, decoded)	\
	SAYS(says_##id, domain, said, decoded)
#define MMSCOPE_IS(id, lv, domain, said, decoded)	\
	SAYS(says_##id, domain, !!(said), !!(decoded))
#define MMSCOPE_BUILDS(id, lv, has, value, name, num, words)			\
	static void builds_##id(const struct parts *p, struct built *b)		\
	{									\
		b->raw = value;							\
		b->number = num;						\
	}
#include "selftest.def"
#undef MMSCOPE_GIVES
#undef MMSCOPE_IS
#undef MMSCOPE_BUILDS

#define MMSCOPE_GIVES(id, lv, domain, said, decoded)	{ #id, lv, says_##id },
#define MMSCOPE_IS(id, lv, domain, said, decoded)	{ #id, lv, says_##id },
#define MMSCOPE_BUILDS(id, lv, has, value, name, num, words)
static const struct says_row says[] = {
#include "selftest.def"
};

#undef MMSCOPE_GIVES
#undef MMSCOPE_IS
#undef MMSCOPE_BUILDS

#define MMSCOPE_GIVES(id, lv, domain, said, decoded)
#define MMSCOPE_IS(id, lv, domain, said, decoded)
#define MMSCOPE_BUILDS(id, lv, has, value, kind, num, words)	\
	{ #id, lv, (has) != 0, builds_##id, kind, words },
static const struct builds_row builds[] = {
#include "selftest.def"
};

struct run {
	struct view v;
	struct parts p;
	u64 seed;
	struct tally says[ARRAY_SIZE(says)];
	struct tally builds[ARRAY_SIZE(builds)];
};

/* splitmix64: the same values every time */
static u64 next(u64 *seed)
{
	u64 z = *seed += 0x9e3779b97f4a7c15ULL;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ z >> 27) * 0x94d049bb133111ebULL;
	return z ^ z >> 31;
}

static void look(struct view *v, u64 raw, unsigned int level)
{
	const struct mmscope_format *f = &mmscope_abi_format;
	struct mmscope_flag flag;
	unsigned int pos = 0;

	v->raw = raw;
	v->nr = 0;
	v->unnamed = 0;
	mmscope_decode(f, raw, level, 0, &v->e);
	while (mmscope_flag_next(f, &v->e, &pos, &flag)) {
		if (flag.name && v->nr < FLAGS_MAX)
			v->flag[v->nr++] = flag;
		else
			v->unnamed++;
	}
}

static void note(struct tally *t, bool good, u64 raw, u64 theirs, u64 ours)
{
	t->values++;
	if (good)
		return;
	if (t->wrong < EXAMPLES) {
		t->example[t->wrong].raw = raw;
		t->example[t->wrong].theirs = theirs;
		t->example[t->wrong].ours = ours;
	}
	t->wrong++;
}

/* Do the flags of the entry have exactly these names? */
static bool has_flags(const struct view *v, const char *names)
{
	unsigned int i, words = 0;
	size_t len;

	for (; *names; names += len + (names[len] == ' ')) {
		len = strcspn(names, " ");
		words++;
		for (i = 0; i < v->nr; i++)
			if (!strncmp(v->flag[i].name, names, len) && !v->flag[i].name[len])
				break;
		if (i == v->nr)
			return false;
	}
	return words == v->nr && !v->unnamed;
}

/* Bits set and cleared in pairs (and singly) in typical entries, then anything. */
static u64 value_at(struct run *r, unsigned int i)
{
	/* empty, page, huge page or table, swap */
	static const u64 base[] = {
		0, 0x8000000012345867ULL, 0x00000000402000e7ULL, 0x0bfffffffedcba00ULL,
	};
	unsigned int a = i / 64 % 64, b = i % 64;
	u64 x = next(&r->seed);

	if (i < PAIRS * ARRAY_SIZE(base))
		return base[i / PAIRS] ^ (BIT_ULL(a) | BIT_ULL(b)) ^ (a < b ? ~0ULL : 0);
	switch (i % 4) {
	case 0:
		return i == PAIRS * ARRAY_SIZE(base) ? 0 : x;
	case 1:
		return x & next(&r->seed);
	case 2:	/* not present; half of them of the kinds that are no swap devices */
		return (x & ~(_PAGE_PRESENT | _PAGE_PROTNONE | _PAGE_PSE)) |
		       (i & 4 ? 3ULL << 62 : 0);
	default:	/* a page, or PROT_NONE */
		return (x & ~_PAGE_PRESENT) | (x & 2 ? _PAGE_PRESENT : _PAGE_PROTNONE) |
		       _PAGE_PSE;
	}
}

static void ask(struct run *r, u64 raw, unsigned int level)
{
	struct answer a;
	unsigned int i;

	look(&r->v, raw, level);
	for (i = 0; i < ARRAY_SIZE(says); i++) {
		if (says[i].level != level)
			continue;
		says[i].ask(&r->v, raw, &a);
		if (a.asked)
			note(&r->says[i], a.theirs == a.ours, raw, a.theirs, a.ours);
	}
}

static void fill_parts(struct run *r, unsigned int i)
{
	const struct mmscope_info *info = &mmscope_abi_format.info;
	u64 any = i ? next(&r->seed) : 0;

	r->p.pfn = i == 1 ? ~0ULL : any >> i % 48;
	r->p.pfn &= info->pfn_mask >> PAGE_SHIFT;
	r->p.leaf_pfn = r->p.pfn & (BIT_ULL(info->swp_pfn_bits) - 1);
	r->p.type = any % MAX_SWAPFILES;
	r->p.offset = next(&r->seed) & (BIT_ULL(info->swp_offset_bits) - 1);
}

static void build(struct run *r)
{
	struct built b;
	unsigned int i;
	u64 ours;

	for (i = 0; i < ARRAY_SIZE(builds); i++) {
		if (!builds[i].have)
			continue;
		builds[i].build(&r->p, &b);
		look(&r->v, b.raw, builds[i].level);
		ours = r->v.e.has_pfn ? r->v.e.pfn : SLOT(r->v.e.swap_type, r->v.e.offset);
		note(&r->builds[i], ours == b.number && named(&r->v, builds[i].kind) &&
		     has_flags(&r->v, builds[i].flags), b.raw, b.number, ours);
	}
}

static int run_all(struct run *r)
{
	unsigned int i, level;

	for (i = 0; i < 4 * PAIRS + RANDOM; i++) {
		u64 raw = value_at(r, i);

		for (level = 0; level < 4; level++)
			ask(r, raw, level);
		if (i % 64 == 0)
			cond_resched();
		if (fatal_signal_pending(current))
			return -EINTR;
	}
	for (i = 0; i < BUILDS; i++) {
		fill_parts(r, i);
		build(r);
		cond_resched();
	}
	return 0;
}

/* One line a check that this kernel has, and its first mismatches. */
static void show(struct seq_file *m, struct view *v, const char *name, unsigned int level,
		 const struct tally *t)
{
	unsigned int i, n;

	if (!t->values)
		return;
	seq_printf(m, "%s: %lu values, %lu wrong\n", name, t->values, t->wrong);
	for (i = 0; i < min_t(unsigned long, t->wrong, EXAMPLES); i++) {
		look(v, t->example[i].raw, level);
		seq_printf(m, "  0x%016llx: kernel 0x%llx, decode 0x%llx: %s", v->raw,
			   t->example[i].theirs, t->example[i].ours, v->e.kind);
		for (n = 0; n < v->nr; n++)
			seq_printf(m, " %s", v->flag[n].name);
		seq_putc(m, '\n');
	}
}

static void show_all(struct seq_file *m, struct run *r)
{
	unsigned long values = 0, wrong = 0;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(says); i++) {
		show(m, &r->v, says[i].name, says[i].level, &r->says[i]);
		values += r->says[i].values;
		wrong += r->says[i].wrong;
	}
	for (i = 0; i < ARRAY_SIZE(builds); i++) {
		show(m, &r->v, builds[i].name, builds[i].level, &r->builds[i]);
		values += r->builds[i].values;
		wrong += r->builds[i].wrong;
	}
	seq_printf(m, "total %lu values, %lu wrong\n", values, wrong);
}

/**
 * mmscope_selftest_run - compare, and say how it went
 * @m: where to
 *
 * Takes part of a second. Return: 0, -ENOMEM, or -EINTR after a fatal signal;
 * mismatches are in the text only.
 */
int mmscope_selftest_run(struct seq_file *m)
{
	struct run *r;
	int err = -ENOMEM;

	r = kzalloc(sizeof(*r), GFP_KERNEL);
	if (!r)
		return -ENOMEM;
	r->p.page = alloc_page(GFP_KERNEL);
	if (!r->p.page)
		goto out_free;
	lock_page(r->p.page);
	err = run_all(r);
	unlock_page(r->p.page);
	__free_page(r->p.page);
	if (!err)
		show_all(m, r);
out_free:
	kfree(r);
	return err;
}
