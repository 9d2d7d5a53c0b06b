/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Sums of a process by VMA, as /proc/PID/smaps has them, from page tables and frames.
 */
#ifndef MMSCOPE_ACCOUNT_H
#define MMSCOPE_ACCOUNT_H

#include "tool.h"

/* facts.c: what is known of frames */

struct fact {
	uint64_t pfn, head;
	uint64_t flags;		/* as in /proc/kpageflags */
	uint32_t refcount, mapcount;
	uint8_t kind;		/* MMSCOPE_FRAME_* */
	bool young;		/* MMSCOPE_FRAME_YOUNG */
};

struct facts_list {
	struct fact *fact;
	size_t nr, room;
};

struct facts_range {
	uint64_t start, end;
};

struct facts {
	struct facts_range *range;	/* wanted */
	size_t nr_ranges, range_room;
	struct facts_list frames;	/* those wanted, in order */
	struct facts_list heads;	/* first frames of their folios that are not among them */
	uint64_t calls;
};

int facts_want(struct facts *f, uint64_t pfn, uint64_t nr);
int facts_read(struct facts *f, struct libmmscope_source *src);
const struct fact *facts_find(const struct facts *f, uint64_t pfn);
void facts_free(struct facts *f);

/* account.c: what an entry counts */

enum {
#define ACCOUNT_SUM(symbol, ...) ACCOUNT_##symbol,
#include "account.def"
#undef ACCOUNT_SUM
	NR_ACCOUNT_SUMS,
};

/* Where kernels differ. */
enum {
#define ACCOUNT_RULE(symbol, ...) ACCOUNT_RULE_##symbol,
#include "account_rules.def"
#undef ACCOUNT_RULE
	NR_ACCOUNT_RULES,
};

/* What a sum does not tell; the bit is the place of the word in account_note_names. */
enum {
	ACCOUNT_SHMEM_SWAP = 1,		/* swap of shared memory is in no page table */
	ACCOUNT_SHARED_TABLE = 2,	/* hugetlb whose table others may share */
	ACCOUNT_PFNMAP = 4,		/* frames mapped by number: they do not count */
	ACCOUNT_CHANGED = 8,		/* changed while it was read */
	ACCOUNT_NOPAGE = 16,		/* frames of which nothing is known */
};

/* Sums of one VMA, in bytes; PSS, PSS_DIRTY and LOCKED in bytes << ACCOUNT_PSS_SHIFT. */
struct account {
	uint64_t sum[NR_ACCOUNT_SUMS];
	uint64_t page_size;	/* KernelPageSize; 0: hugetlb, no page to see it from */
	unsigned int notes;
};

/* The kernel's PSS_SHIFT: what is divided must be cut where the kernel cuts it. */
#define ACCOUNT_PSS_SHIFT 12

/* How a kernel counts. */
struct counting {
	const struct mmscope_format *f;
	const struct facts *facts;	/* NULL: only what entries tell */
	uint64_t locked, hugetlb, pfnmap, mayshare;	/* flags of a VMA */
	uint64_t special[MMSCOPE_LEAF_MAX + 1];		/* bits of an entry, by level */
	uint64_t dirty[MMSCOPE_LEAF_MAX + 1];
	bool rule[NR_ACCOUNT_RULES];
};

void counting_begin(struct counting *c, const struct mmscope_format *f,
		    const struct facts *facts);
bool account_is_page(const struct counting *c, const struct mmscope_entry *e);
void account_entry(const struct counting *c, struct account *acc, uint64_t flags,
		   const struct mmscope_entry *e);
void account_add(struct account *to, const struct account *from);
uint64_t account_bytes(const struct account *a, unsigned int sum);
bool account_needs_frames(unsigned int sum);
void account_notes(unsigned int notes, char *buf, size_t len);

/* accounts.c: a whole process */

/**
 * struct accounts - all VMAs of a process
 * @src: in: source
 * @maps: in: its memory map
 * @vma: out: one for each VMA of @maps, to be freed with accounts_free()
 * @frames: out: there are facts about frames; else sums that need them are 0
 * @entries: out: entries that were counted
 * @progress: in: to be shown, with its words set; else all 0
 * @outside: out: entries in no VMA: the map has changed
 * @changed: out: spans that could not be read
 * @retries: out: looks that were repeated
 * @calls: out: calls for frames
 */
struct accounts {
	struct libmmscope_source *src;
	const struct libmmscope_maps *maps;
	struct account *vma;
	struct progress progress;
	bool frames;
	uint64_t entries, outside, changed, retries, calls;
};

int accounts_read(struct accounts *a);
void accounts_free(struct accounts *a);

#endif /* MMSCOPE_ACCOUNT_H */
