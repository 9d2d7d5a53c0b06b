/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Two sources compared: diff.c finds what differs, in order of addresses, and
 * hands it to a function, which prints rows or adds them up.
 */
#ifndef MMSCOPE_DIFF_H
#define MMSCOPE_DIFF_H

#include "pieces.h"

/* What can have changed; diff.def has the words. */
enum diff_change {
#define DIFF_CHANGE(symbol, ...) DIFF_##symbol,
#include "diff.def"
#undef DIFF_CHANGE
	NR_DIFF_CHANGES,
	DIFF_SAME = NR_DIFF_CHANGES,
};

/* Flags that only one side has: +A -W, and the same by name. */
struct diff_words {
	char letters[128], names[512];
};

/* The words of two entries, but for their frames, once they were looked for. */
struct diff_known {
	uint64_t bits[2];
	uint8_t level[2];
	bool used;
	struct diff_words words;
};

#define DIFF_KNOWN 64

/* Pages in a row that have changed alike, or addresses whose VMA has. */
struct diff_span {
	uint64_t start, end;			/* addresses, whole pages */
	enum diff_change change;
	const struct mmscope_vma *vma[2];	/* NULL: none */
	struct piece side[2];			/* of pages; from start on, to end */
	const struct diff_words *words;		/* valid during the call; NULL: none */
};

/*
 * Called for each span, in order of addresses, what became of VMAs before what became of
 * pages in them. What it returns ends the comparison, if it is not 0.
 */
typedef int (*diff_fn)(void *arg, const struct diff_span *span);

struct diff {
	/* in: A and B, whose src is the caller's to open; LIST of --ignore, or NULL */
	struct pieces side[2];
	const char *ignored;
	bool facts;			/* in: facts about frames are wanted */
	/* out */
	bool foreign;			/* entries mean other things: frames are not compared */
	bool no_facts;			/* they were wanted, and one side has none */
	uint64_t found;			/* spans that differ */
	uint64_t unknown;		/* spans that could not be read */
	unsigned int failed;		/* side whose call failed, if one did */
	/* diff.c's own */
	diff_fn fn;
	void *arg;
	uint32_t ignore;		/* bit DIFF_*: not told */
	const struct mmscope_vma *asked[2];	/* the last that was looked for there */
	bool kin[2];			/* and whether it was found */
	struct diff_known known[DIFF_KNOWN];
};

/* diff.c: both sides in step, and what became of each page */
int diff_begin(struct diff *d);
int diff_run(struct diff *d, diff_fn fn, void *arg);
void diff_end(struct diff *d);
int diff_emit(struct diff *d, const struct diff_span *s);
const char *diff_name(enum diff_change change);
bool diff_hidden(const struct pieces *s);

/* Does the user not want to hear of it? */
static inline bool diff_ignores(const struct diff *d, enum diff_change change)
{
	return d->ignore >> change & 1;
}

/* diff_flags.c: flags in which entries or VMAs differ, but for those that are ignored */
int diff_ignore(struct diff *d, const char *list);
const struct diff_words *diff_flags(struct diff *d, const struct piece *a, const struct piece *b);
void diff_vma_flags(const struct diff *d, const struct mmscope_vma *a, const struct mmscope_vma *b,
		    struct diff_words *words);

/*
 * diff_vmas.c: what became of the VMAs of a span, in which none begins or ends; and the
 * name of one, with what else tells it from the other side's
 */
int diff_vmas(struct diff *d, struct diff_span *s);
void diff_vma_text(const struct mmscope_vma *vma, const struct mmscope_vma *other, char *buf,
		   size_t len);

/*
 * diff_frames.c: shared or private, of pages whose entries are the same on both sides;
 * 0, a negative errno or what the function returned
 */
int diff_frames(struct diff *d, const struct diff_span *s);

/*
 * diff_rows.c: a line for pages in a row that have changed alike, whatever their frames;
 * with --no-merge for each entry. A line is printed when what comes does not join it.
 */
struct diff_rows {
	const struct options *o;
	const struct diff *d;
	struct out *out;		/* with diff_columns */
	bool waiting;			/* @row is not printed yet */
	struct diff_span row;
	struct diff_words words;	/* of @row */
};

#define DIFF_COLUMNS 15
extern const struct column diff_columns[];
int diff_rows_add(void *arg, const struct diff_span *s);
void diff_rows_flush(struct diff_rows *r);

/*
 * diff_sum.c: the same calls for --summary: bytes by VMA and change. A VMA is printed
 * when something comes of another one, the sum of all at the end.
 */
struct diff_tally {
	uint64_t bytes[NR_DIFF_CHANGES];	/* by DIFF_* */
};

struct diff_sum {
	const struct options *o;
	struct out *out;
	/* whose changes these are; NULL: between VMAs, or nothing yet */
	const struct mmscope_vma *vma;
	bool begun;
	uint64_t start, end;
	struct diff_tally tally, total;
};

extern const struct command diff_summary;
int diff_sum_add(void *arg, const struct diff_span *s);
void diff_sum_end(struct diff_sum *s);

#endif /* MMSCOPE_DIFF_H */
