/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * verify: what the module says of each page, against what the kernel says. For
 * each check both sides are a 64-bit word; a bit that differs has a rule that
 * explains it, or is looked at again, or is a mismatch.
 */
#ifndef MMSCOPE_VERIFY_H
#define MMSCOPE_VERIFY_H

#include "tool.h"

/* Words of /proc/PID/pagemap (Documentation/admin-guide/mm/pagemap.rst). */
#define PM_FRAME	((1ULL << 55) - 1)	/* or area and slot of swap */
#define PM_SOFT_DIRTY	(1ULL << 55)
#define PM_EXCLUSIVE	(1ULL << 56)	/* mapped once */
#define PM_UFFD		(1ULL << 57)	/* tracked by userfaultfd, 5.14 */
#define PM_GUARD	(1ULL << 58)	/* guard marker, 6.15 */
#define PM_FILE		(1ULL << 61)	/* of a file, or shared anonymous */
#define PM_SWAP		(1ULL << 62)
#define PM_PRESENT	(1ULL << 63)

/* Categories of PAGEMAP_SCAN (include/uapi/linux/fs.h of 7.3). */
#ifndef PAGE_IS_WPALLOWED
#define PAGE_IS_WPALLOWED	(1ULL << 0)
#define PAGE_IS_WRITTEN		(1ULL << 1)
#define PAGE_IS_FILE		(1ULL << 2)
#define PAGE_IS_PRESENT		(1ULL << 3)
#define PAGE_IS_SWAPPED		(1ULL << 4)
#define PAGE_IS_PFNZERO		(1ULL << 5)
#define PAGE_IS_HUGE		(1ULL << 6)
#define PAGE_IS_SOFT_DIRTY	(1ULL << 7)
#endif
#define PAGE_IS_GUARD_		(1ULL << 8)
#define PAGE_IS_ACCESSED_	(1ULL << 9)

enum verify_check {
#define VERIFY_CHECK(symbol, name, unit, help) VERIFY_##symbol,
#include "verify_checks.def"
#undef VERIFY_CHECK
	VERIFY_NR_CHECKS
};

/* Both sides of all checks, for one page; bit n of has: check n has a word. */
struct verify_words {
	uint64_t word[VERIFY_NR_CHECKS];
	unsigned int has;
};

/* What the module says of a page. */
struct verify_page {
	uint64_t va;
	uint64_t raw;			/* the entry */
	uint64_t slot;			/* where it stands, physical; 0 if not known */
	unsigned int level;		/* of its table */
	struct mmscope_vma vma;		/* without strings; end 0: none covers it */
	struct mmscope_entry entry;
	uint64_t pfn;			/* its own frame, if entry.has_pfn */
	struct mmscope_frame frame, first;	/* of pfn, and of entry.pfn */
	bool soft_dirty, uffd, guard;	/* flags of the entry, whatever its kind */
	bool swap;			/* in a swap area */
	bool present;			/* maps memory, accessible or not */
	bool backed;			/* a struct page stands behind the mapping */
	unsigned int notes;		/* of a VMA's sums: ACCOUNT_* of account.h */
	uint64_t page_size;		/* of a VMA's sums: of its pages */
};

/* Why the words of a page differ: the rules, and the bits without one. */
struct verify_diff {
	uint64_t rules;				/* bit by number of the rule */
	uint64_t left[VERIFY_NR_CHECKS];
	unsigned int differs;			/* bit by check: not equal */
	unsigned int unexplained;		/* bit by check: no rule for all of it */
};

/* A difference that stood look after look. */
struct verify_mismatch {
	enum verify_check check;
	uint64_t va, raw;
	uint64_t ours, theirs;		/* words of the check, or bytes */
	const char *what;		/* level of the entry, or which sum */
};

/* What came of a check; equal is what is left of compared. */
struct verify_tally {
	uint64_t compared;
	uint64_t explained;	/* by rules */
	uint64_t changed;	/* differed, and then no more */
	uint64_t mismatch;
	const char *missing;	/* why nothing was compared */
};

#define VERIFY_RULES	40
#define VERIFY_LISTED	10	/* mismatches that are listed for each check */
#define VERIFY_PROVED	100	/* mismatches of a check that are looked at again */
#define VERIFY_STEADY	16	/* looks that nothing came between and that all differ */

/* One run of verify on one process. */
struct verify {
	const struct options *o;
	struct libmmscope_source *src;	/* live, with frames */
	const struct mmscope_format *f;	/* of src */
	struct libmmscope_maps maps;	/* read once, at the beginning */
	unsigned int release;		/* of the running kernel, major * 1000 + minor */
	uint64_t categories;		/* PAGE_IS_* that it knows; 0: it has no PAGEMAP_SCAN */
	struct verify_sources *kernel;	/* open files of /proc */
	struct verify_tally tally[VERIFY_NR_CHECKS];
	uint64_t rule[VERIFY_RULES];	/* how often it explained a page */
	struct verify_mismatch mismatch[VERIFY_NR_CHECKS][VERIFY_LISTED];
	int error;			/* a call that failed: negative errno */
};

/* verify_rules.c: what is expected, and the rules of verify_rules.def */
bool verify_vma_is(const struct verify *v, const struct verify_page *p, const char *code);
void verify_expect(const struct verify *v, const struct verify_page *p,
		   struct verify_words *ours);
void verify_compare(const struct verify *v, const struct verify_page *p,
		    const struct verify_words *ours, const struct verify_words *theirs,
		    struct verify_diff *d);
uint64_t verify_explain(const struct verify *v, const struct verify_page *p,
			enum verify_check check, uint64_t diff, uint64_t *applied);
unsigned int verify_nr_rules(void);
enum verify_check verify_rule_check(unsigned int rule);
const char *verify_rule_text(unsigned int rule);

/* verify_sources.c: the kernel's side */
int verify_sources_open(struct verify *v);
void verify_sources_close(struct verify *v);
int verify_read_pagemap(const struct verify *v, uint64_t va, uint64_t *to, size_t pages);
int verify_read_categories(const struct verify *v, uint64_t va, uint64_t *to, size_t pages);
bool verify_read_slots(const struct verify *v, uint64_t pa, uint64_t *to, size_t nr);
bool verify_read_frames(const struct verify *v, enum verify_check check, uint64_t pfn,
			uint64_t *to, size_t nr);

/* verify_look.c: one page, from both sides, as often as it takes */
int verify_look(const struct verify *v, uint64_t va, struct verify_page *p);
void verify_decode(const struct verify *v, struct verify_page *p);
void verify_again(struct verify *v, uint64_t va, struct verify_diff *d);
void verify_count(struct verify *v, const struct verify_diff *d, unsigned int has);

/* verify_pages.c: all pages */
int verify_pages(struct verify *v);

/* verify_smaps.c: the sums of all VMAs */
int verify_smaps(struct verify *v);

/* freeze.c: all tasks of the address space stopped */
struct freeze;
int freeze_begin(struct libmmscope_source *src, struct freeze **out);
void freeze_end(struct freeze *f);

#endif /* MMSCOPE_VERIFY_H */
