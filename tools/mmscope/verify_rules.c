// SPDX-License-Identifier: GPL-2.0-only
/* What verify expects of a page, and why the kernel may say something else. */
#include "account.h"
#include "verify.h"

#include <string.h>

#include <linux/kernel-page-flags.h>

#define ANY		UINT32_MAX
#define HUGETLB_GIANT	2	/* level of pages of 1 GiB */
#define HUGETLB_SUMS	(1ULL << ACCOUNT_SHARED_HUGETLB | 1ULL << ACCOUNT_PRIVATE_HUGETLB)

struct rule {
	enum verify_check check;
	uint64_t bits;
	unsigned int first, last;
	bool (*holds)(const struct verify *v, const struct verify_page *p);
	const char *text;
};

/* Is a VMA flag set, by its two letters of smaps? */
bool verify_vma_is(const struct verify *v, const struct verify_page *p, const char *code)
{
	uint32_t i;

	for (i = 0; i < v->f->info.nr_vma_flags; i++)
		if (!strcmp(v->f->vma_flags[i].code, code))
			return p->vma.flags >> v->f->vma_flags[i].bit & 1;
	return false;
}

/* The same by its name, for flags that smaps has no letters of its own for. */
static bool vma_is_named(const struct verify *v, const struct verify_page *p, const char *name)
{
	uint32_t i;

	for (i = 0; i < v->f->info.nr_vma_flags; i++)
		if (!strcmp(v->f->vma_flags[i].name, name))
			return p->vma.flags >> v->f->vma_flags[i].bit & 1;
	return false;
}

static bool always(const struct verify *v, const struct verify_page *p)
{
	(void)v;
	(void)p;
	return true;
}

static bool in_pfnmap(const struct verify *v, const struct verify_page *p)
{
	return verify_vma_is(v, p, "pf");
}

static bool in_soft_dirty_area(const struct verify *v, const struct verify_page *p)
{
	return !p->soft_dirty && verify_vma_is(v, p, "sd");
}

static bool in_hugetlb(const struct verify *v, const struct verify_page *p)
{
	return verify_vma_is(v, p, "ht");
}

static bool is_not_present(const struct verify *v, const struct verify_page *p)
{
	(void)v;
	return p->entry.class == MMSCOPE_CLASS_SWAP && !p->swap;
}

static bool is_hugetlb_not_present(const struct verify *v, const struct verify_page *p)
{
	return p->entry.class == MMSCOPE_CLASS_SWAP && in_hugetlb(v, p);
}

static bool is_hwpoison(const struct verify *v, const struct verify_page *p)
{
	(void)v;
	return !strcmp(p->entry.kind, "hwpoison");
}

static bool is_frame_not_present(const struct verify *v, const struct verify_page *p)
{
	(void)v;
	return p->entry.class == MMSCOPE_CLASS_SWAP && p->entry.has_pfn;
}

static bool is_huge_zero(const struct verify *v, const struct verify_page *p)
{
	(void)v;
	return p->level == 1 && p->first.kind == MMSCOPE_FRAME_HUGE_ZERO;
}

/* The answer is the one for the first frame. */
static bool is_as_first_of_huge(const struct verify *v, const struct verify_page *p)
{
	return p->level == 1 && !in_hugetlb(v, p) &&
	       (p->first.mapcount == 1) != (p->frame.mapcount == 1);
}

static bool is_giant(const struct verify *v, const struct verify_page *p)
{
	return p->level == HUGETLB_GIANT && in_hugetlb(v, p);
}

static bool is_hugetlb_shareable(const struct verify *v, const struct verify_page *p)
{
	return p->level == 1 && in_hugetlb(v, p) && verify_vma_is(v, p, "sh");
}

static bool is_no_memory(const struct verify *v, const struct verify_page *p)
{
	(void)v;
	return p->frame.kind == MMSCOPE_FRAME_NONE;
}

static bool is_average(const struct verify *v, const struct verify_page *p)
{
	(void)v;
	return p->frame.attrs & MMSCOPE_FRAME_AVERAGE;
}

static bool is_empty(const struct verify *v, const struct verify_page *p)
{
	(void)v;
	return p->entry.class == MMSCOPE_CLASS_NONE;
}

/* hugetlb areas, and entries of the level of huge pages. */
static bool is_huge_not_present(const struct verify *v, const struct verify_page *p)
{
	return !p->present && (in_hugetlb(v, p) || (p->level && !is_empty(v, p)));
}

static bool in_tracked_area(const struct verify *v, const struct verify_page *p)
{
	return vma_is_named(v, p, "uffd_wp");
}

static bool in_untracked_area(const struct verify *v, const struct verify_page *p)
{
	return !in_tracked_area(v, p);
}

static bool is_shmem_swap(const struct verify *v, const struct verify_page *p)
{
	(void)v;
	return p->notes & ACCOUNT_SHMEM_SWAP;
}

static bool is_shared_table(const struct verify *v, const struct verify_page *p)
{
	(void)v;
	return p->notes & ACCOUNT_SHARED_TABLE;
}

static bool has_giants(const struct verify *v, const struct verify_page *p)
{
	(void)v;
	return p->page_size == mmscope_span(HUGETLB_GIANT);
}

static const struct rule rules[] = {
#define VERIFY_RULE(check, bits, first, last, holds, text)	\
	{ VERIFY_##check, bits, first, last, holds, text },
#include "verify_rules.def"
};

#define NR_RULES (sizeof(rules) / sizeof(rules[0]))
_Static_assert(NR_RULES <= VERIFY_RULES, "verify.h has room for all rules");

unsigned int verify_nr_rules(void)
{
	return NR_RULES;
}

enum verify_check verify_rule_check(unsigned int rule)
{
	return rules[rule].check;
}

const char *verify_rule_text(unsigned int rule)
{
	return rules[rule].text;
}

static bool is_anon(const struct verify_page *p)
{
	return p->frame.flags >> KPF_ANON & 1;
}

/* Frame, or area and slot of swap: what stands in the low bits of pagemap. */
static uint64_t expect_frame(const struct verify_page *p)
{
	uint64_t inside = (p->va & (mmscope_span(p->level) - 1)) >> 12;

	if (p->present)
		return p->pfn;
	if (p->entry.class != MMSCOPE_CLASS_SWAP)
		return 0;
	return (p->entry.swap_type |
		((p->entry.has_pfn ? p->entry.pfn : p->entry.offset) + inside) << 5) & PM_FRAME;
}

static uint64_t expect_pagemap(const struct verify_page *p)
{
	return expect_frame(p) | (p->soft_dirty ? PM_SOFT_DIRTY : 0) |
	       (p->uffd ? PM_UFFD : 0) | (p->guard ? PM_GUARD : 0) |
	       (p->swap ? PM_SWAP : 0) | (p->present ? PM_PRESENT : 0) |
	       (p->backed && !is_anon(p) ? PM_FILE : 0) |
	       (p->backed && p->present && p->frame.mapcount == 1 ? PM_EXCLUSIVE : 0);
}

static uint64_t expect_categories(const struct verify *v, const struct verify_page *p)
{
	bool zero = p->frame.kind == MMSCOPE_FRAME_ZERO || is_huge_zero(v, p);
	bool filled = p->present || p->entry.class == MMSCOPE_CLASS_SWAP;

	return (p->present ? PAGE_IS_PRESENT : 0) | (p->swap ? PAGE_IS_SWAPPED : 0) |
	       (p->backed && !is_anon(p) ? PAGE_IS_FILE : 0) |
	       (p->present && zero ? PAGE_IS_PFNZERO : 0) |
	       (p->present && p->level ? PAGE_IS_HUGE : 0) |
	       (p->soft_dirty ? PAGE_IS_SOFT_DIRTY : 0) | (p->guard ? PAGE_IS_GUARD_ : 0) |
	       (filled && !p->uffd && in_tracked_area(v, p) ? PAGE_IS_WRITTEN : 0) |
	       (filled && !p->uffd && vma_is_named(v, p, "uffd_rwp") ? PAGE_IS_ACCESSED_ : 0);
}

/* What the module's answers mean for each check. */
void verify_expect(const struct verify *v, const struct verify_page *p,
		   struct verify_words *ours)
{
	memset(ours, 0, sizeof(*ours));
	ours->word[VERIFY_SLOT] = p->raw;
	ours->word[VERIFY_PAGEMAP] = expect_pagemap(p);
	ours->word[VERIFY_SCAN] = expect_categories(v, p) & v->categories;
	ours->word[VERIFY_FLAGS] = p->frame.flags;
	ours->word[VERIFY_COUNT] = p->frame.mapcount;
	ours->word[VERIFY_CGROUP] = p->frame.cgroup;
}

/**
 * verify_explain - take away what rules explain
 * @v: the kernel's release
 * @p: the page
 * @check: what differs
 * @diff: bits that differ
 * @applied: bits of the rules that were needed are set
 *
 * Return: bits that no rule explains.
 */
uint64_t verify_explain(const struct verify *v, const struct verify_page *p,
			enum verify_check check, uint64_t diff, uint64_t *applied)
{
	size_t i;

	for (i = 0; i < NR_RULES && diff; i++) {
		const struct rule *r = &rules[i];

		if (r->check != check || !(r->bits & diff) || v->release < r->first ||
		    v->release > r->last || !r->holds(v, p))
			continue;
		diff &= ~r->bits;
		*applied |= 1ULL << i;
	}
	return diff;
}

/* Both sides of a page; what has no word on their side is not compared. */
void verify_compare(const struct verify *v, const struct verify_page *p,
		    const struct verify_words *ours, const struct verify_words *theirs,
		    struct verify_diff *d)
{
	unsigned int i;

	memset(d, 0, sizeof(*d));
	for (i = 0; i < VERIFY_NR_CHECKS; i++) {
		if (!(theirs->has >> i & 1) || ours->word[i] == theirs->word[i])
			continue;
		d->differs |= 1U << i;
		d->left[i] = verify_explain(v, p, i, ours->word[i] ^ theirs->word[i], &d->rules);
		if (d->left[i])
			d->unexplained |= 1U << i;
	}
}
