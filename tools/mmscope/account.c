// SPDX-License-Identifier: GPL-2.0-only
/*
 * Counting by the rules of /proc/PID/smaps (fs/proc/task_mmu.c): what an entry adds
 * to the sums of its VMA. Differences between kernels stand in account_rules.def.
 */
#include "account.h"

#include <string.h>

#include <linux/kernel-page-flags.h>

static const struct {
	unsigned int first, end;
} rules[] = {
#define ACCOUNT_RULE(symbol, first, end) { first, end },
#include "account_rules.def"
};

static const bool needs_frames[] = {
#define ACCOUNT_SUM(symbol, name, key, width, shown, frames, help) frames,
#include "account.def"
};

static const char * const note_names[] = {
	"shmem_swap", "shared_table", "pfnmap", "changed", "nopage",
};

/* How a page's share is told. */
enum share {
	SHARE_BY_COUNT,
	SHARE_PRIVATE,
	SHARE_SHARED,
};

bool account_needs_frames(unsigned int sum)
{
	return needs_frames[sum];
}

/* A sum in bytes, cut as the kernel cuts it. */
uint64_t account_bytes(const struct account *a, unsigned int sum)
{
	bool fixed = sum == ACCOUNT_PSS || sum == ACCOUNT_PSS_DIRTY || sum == ACCOUNT_LOCKED;

	return fixed ? a->sum[sum] >> ACCOUNT_PSS_SHIFT : a->sum[sum];
}

void account_add(struct account *to, const struct account *from)
{
	unsigned int i;

	for (i = 0; i < NR_ACCOUNT_SUMS; i++)
		to->sum[i] += from->sum[i];
	to->notes |= from->notes;
}

/* ACCOUNT_* notes as words. */
void account_notes(unsigned int notes, char *buf, size_t len)
{
	unsigned int i;

	buf[0] = '\0';
	for (i = 0; i < sizeof(note_names) / sizeof(note_names[0]); i++)
		if (notes >> i & 1)
			tool_add_word(buf, len, "%s", note_names[i]);
}

/* The part of a page that all its mappings share; @bytes of it are this one's. */
static void count_share(struct account *acc, uint64_t pss, uint64_t bytes, bool dirty,
			bool private, bool locked)
{
	acc->sum[ACCOUNT_PSS] += pss;
	if (locked)
		acc->sum[ACCOUNT_LOCKED] += pss;
	if (dirty)
		acc->sum[ACCOUNT_PSS_DIRTY] += pss;
	acc->sum[private ? dirty ? ACCOUNT_PRIVATE_DIRTY : ACCOUNT_PRIVATE_CLEAN :
			   dirty ? ACCOUNT_SHARED_DIRTY : ACCOUNT_SHARED_CLEAN] += bytes;
}

static const struct fact *fact_of(const struct counting *c, uint64_t pfn)
{
	return c->facts ? facts_find(c->facts, pfn) : NULL;
}

static bool has_flag(const struct fact *fact, unsigned int bit)
{
	return fact->flags >> bit & 1;
}

/* What depends on the folio as a whole. */
static void count_kind(struct account *acc, const struct fact *head, unsigned int level,
		       uint64_t bytes, bool dirty)
{
	bool anon = has_flag(head, KPF_ANON), swapbacked = has_flag(head, KPF_SWAPBACKED);

	if (anon)
		acc->sum[ACCOUNT_ANONYMOUS] += bytes;
	if (anon && !swapbacked && !dirty)
		acc->sum[ACCOUNT_LAZYFREE] += bytes;
	/* the flag of kpageflags is set for all anonymous pages by some kernels */
	if (head->kind == MMSCOPE_FRAME_KSM)
		acc->sum[ACCOUNT_KSM] += bytes;
	if (level)
		acc->sum[anon ? ACCOUNT_ANON_HUGE : swapbacked ? ACCOUNT_SHMEM_HUGE :
			 ACCOUNT_FILE_HUGE] += bytes;
}

static enum share share_of(const struct counting *c, const struct mmscope_entry *e)
{
	if (e->class != MMSCOPE_CLASS_SWAP ||
	    (!e->level && !strncmp(e->kind, "device_private", 14)))
		return SHARE_BY_COUNT;
	if (c->rule[ACCOUNT_RULE_ABSENT_IS_SHARED])
		return SHARE_SHARED;
	return strncmp(e->kind, "migration", 9) ? SHARE_BY_COUNT : SHARE_PRIVATE;
}

/* Each page of the entry by its own map count. */
static void count_pages(const struct counting *c, struct account *acc,
			const struct mmscope_entry *e, bool dirty, bool locked)
{
	uint64_t i, page = 4096, pss = page << ACCOUNT_PSS_SHIFT;
	const struct fact *fact;
	uint32_t count;

	for (i = 0; i < mmscope_span(e->level) / page; i++) {
		fact = fact_of(c, e->pfn + i);
		count = fact && fact->mapcount >= 2 ? fact->mapcount : 1;
		count_share(acc, pss / count, page, dirty, count == 1, locked);
	}
}

/* Entries of 2 MiB that count as nothing. */
static bool is_left_out(const struct counting *c, const struct mmscope_entry *e,
			const struct fact *head)
{
	if (!e->level)
		return false;
	if (e->class == MMSCOPE_CLASS_PROTNONE && (e->raw & MMSCOPE_PN) &&
	    c->rule[ACCOUNT_RULE_NO_PROTNONE_HUGE])
		return true;
	/* the huge zero page is mapped in one way only */
	return head && head->kind == MMSCOPE_FRAME_HUGE_ZERO && !(e->raw & MMSCOPE_W);
}

/* An entry that maps a page with a struct page, or did before it went somewhere. */
static void count_mapped(const struct counting *c, struct account *acc,
			 const struct mmscope_entry *e, bool locked)
{
	const struct fact *fact = fact_of(c, e->pfn);
	const struct fact *head = fact ? fact_of(c, fact->head) : NULL;
	uint64_t bytes = mmscope_span(e->level);
	enum share share = share_of(c, e);
	bool leaf = e->class != MMSCOPE_CLASS_SWAP, dirty;

	if (is_left_out(c, e, head))
		return;
	acc->sum[ACCOUNT_RSS] += bytes;
	if (!c->facts)
		return;
	if (!head || head->kind == MMSCOPE_FRAME_NONE || head->kind == MMSCOPE_FRAME_FREE) {
		acc->notes |= head && head->kind == MMSCOPE_FRAME_NONE ? ACCOUNT_NOPAGE :
									 ACCOUNT_CHANGED;
		return;
	}
	dirty = (leaf && (e->raw & c->dirty[e->level])) || has_flag(head, KPF_DIRTY);
	count_kind(acc, head, e->level, bytes, dirty);
	if ((leaf && (e->raw & MMSCOPE_A)) || has_flag(head, KPF_REFERENCED) || head->young)
		acc->sum[ACCOUNT_REFERENCED] += bytes;
	/* one reference: that of this entry */
	if (share == SHARE_BY_COUNT && head->refcount != 1)
		count_pages(c, acc, e, dirty, locked);
	else
		count_share(acc, bytes << ACCOUNT_PSS_SHIFT, bytes, dirty,
			    share != SHARE_SHARED, locked);
}

static void count_hugetlb(const struct counting *c, struct account *acc,
			  const struct mmscope_entry *e)
{
	const struct fact *fact = fact_of(c, e->pfn);
	bool shared = fact && fact->mapcount >= 2;

	if (e->class == MMSCOPE_CLASS_SWAP && c->rule[ACCOUNT_RULE_ABSENT_IS_SHARED])
		shared = true;
	acc->page_size = mmscope_span(e->level);
	if (fact)
		acc->sum[shared ? ACCOUNT_SHARED_HUGETLB : ACCOUNT_PRIVATE_HUGETLB] +=
			acc->page_size;
}

/* Does the entry count as a page? (vm_normal_page(), is_pfn_swap_entry()) */
bool account_is_page(const struct counting *c, const struct mmscope_entry *e)
{
	if (e->class == MMSCOPE_CLASS_LEAF || e->class == MMSCOPE_CLASS_PROTNONE)
		return !(e->raw & c->special[e->level]);
	return e->class == MMSCOPE_CLASS_SWAP && e->has_pfn &&
	       (c->rule[ACCOUNT_RULE_HWPOISON] || strcmp(e->kind, "hwpoison"));
}

/**
 * account_entry - count an entry
 * @c: rules and facts
 * @acc: sums of its VMA
 * @flags: vm_flags of that
 * @e: the entry
 */
void account_entry(const struct counting *c, struct account *acc, uint64_t flags,
		   const struct mmscope_entry *e)
{
	if ((flags & c->pfnmap) && c->rule[ACCOUNT_RULE_NO_PFNMAP])
		return;
	if (flags & c->hugetlb) {
		if (account_is_page(c, e))
			count_hugetlb(c, acc, e);
	} else if (e->level < MMSCOPE_LEAF_MAX && account_is_page(c, e)) {
		count_mapped(c, acc, e, flags & c->locked);
	} else if (!e->level && tool_is_swap(c->f, e)) {
		acc->sum[ACCOUNT_SWAP] += mmscope_span(0);
	}
}

/**
 * counting_begin - the rules of a kernel
 * @c: filled in
 * @f: format of that kernel
 * @facts: where facts about frames will be, NULL if there are none
 */
void counting_begin(struct counting *c, const struct mmscope_format *f, const struct facts *facts)
{
	unsigned int i, major = 0, minor = 0, kernel;

	memset(c, 0, sizeof(*c));
	c->f = f;
	c->facts = facts;
	c->locked = tool_vma_flag(f, "locked");
	c->hugetlb = tool_vma_flag(f, "hugetlb");
	c->pfnmap = tool_vma_flag(f, "pfnmap");
	c->mayshare = tool_vma_flag(f, "mayshare");
	for (i = 0; i <= MMSCOPE_LEAF_MAX; i++) {
		c->special[i] = tool_entry_bit(f, "special", i);
		c->dirty[i] = tool_entry_bit(f, "dirty", i) | tool_entry_bit(f, "saved_dirty", i);
	}
	sscanf(f->info.release, "%u.%u", &major, &minor);
	kernel = 1000 * major + minor;
	for (i = 0; i < NR_ACCOUNT_RULES; i++)
		c->rule[i] = kernel >= rules[i].first && (!rules[i].end || kernel < rules[i].end);
}
