/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Two processes that were one: which pages they still share, page by page, from both
 * sides' page tables. Only private VMAs: memory that is shared on purpose is never
 * copied.
 */
#ifndef MMSCOPE_COW_H
#define MMSCOPE_COW_H

#include "pieces.h"

/* What a page is to the two; cow.def has the words. */
enum cow_state {
#define COW_STATE(symbol, ...) COW_##symbol,
#include "cow.def"
#undef COW_STATE
	NR_COW_STATES,
};

/* Pages in a row that are the same to both. */
struct cow_span {
	uint64_t start, end;
	enum cow_state state;
	bool promised;		/* a write makes a copy */
	const struct mmscope_vma *vma;
	struct piece mine, other;	/* from start on; end is that of the span */
};

/* Sums, in bytes. */
struct cow_sums {
	uint64_t state[NR_COW_STATES];
	uint64_t promised;
	uint64_t exclusive, pinned;	/* of what is mapped here, if it was asked for */
	uint64_t size;
};

/* For each span, in order; not 0 ends it. */
typedef int (*cow_fn)(void *arg, const struct cow_span *span);

struct cow {
	struct pieces mine, other;
	uint64_t huge_zero;	/* frame of the huge zero page, once it was seen; else 0 */
	uint64_t special;	/* bit of an entry: in anonymous memory the zero page */
	bool kin;		/* no exec since they were one */
	struct libmmscope_source *facts;	/* for frames: the sides' buffers are in use */
	bool want_facts;		/* exclusive and pinned */
};

/* A process, or a recording of one. */
struct cow_name {
	pid_t pid;
	const char *recording;	/* NULL, or its file */
};

int cow_open(struct cow *c, const struct cow_name *mine, const struct cow_name *other);
int cow_vma(struct cow *c, const struct mmscope_vma *vma, struct cow_sums *sums, cow_fn fn,
	    void *arg);
int cow_all(struct cow *c, struct cow_sums *sums, cow_fn fn, void *arg);
bool cow_takes(const struct cow *c, const struct mmscope_vma *vma);
void cow_add(struct cow_sums *to, const struct cow_sums *from);
void cow_close(struct cow *c);

/* cmd_cow.c: the sums, as the last columns of all tables but that of pages */
enum {
	SUM_STATES,
	SUM_OTHERS = NR_COW_STATES - 1,
#define COW_SUM(symbol, ...) SUM_##symbol,
#include "cow_sums.def"
#undef COW_SUM
	NR_SUMS,
};

void cow_set_sums(struct out *out, const struct options *o, unsigned int first,
		  const struct cow_sums *s);
bool cow_wants_facts(const struct out *out, unsigned int first);

/* cow_relatives.c: --all */
extern const struct command cow_relatives;
int cow_relatives_print(const struct options *o, struct libmmscope_source *me);

/* cow_recorded.c: -i */
int cow_find_recorded(const struct options *o, struct libmmscope_source *me, char *buf, size_t len);

/* cow_pages.c: --pages */
extern const struct command cow_pages;
int cow_pages_print(struct cow *c, struct out *out);

#endif /* MMSCOPE_COW_H */
