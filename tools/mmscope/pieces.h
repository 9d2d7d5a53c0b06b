/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The entries of a source in order of their addresses, cut into pieces that are alike:
 * two of these can be read side by side, at a cost that follows what is mapped.
 */
#ifndef MMSCOPE_PIECES_H
#define MMSCOPE_PIECES_H

#include "tool.h"

/* What is there at a page. */
enum piece_what {
	PIECE_NOTHING,
	PIECE_FRAME,		/* id: frame number */
	PIECE_SLOT,		/* id: swap type and slot */
	PIECE_OTHER,		/* migration, marker, poison …; id: frame number or offset */
	PIECE_UNREAD,		/* it kept changing */
};

/* Pages in a row that are alike. */
struct piece {
	uint64_t start, end;	/* addresses */
	enum piece_what what;
	uint64_t id;		/* of the first page */
	int direction;		/* in which those of the next ones count: 1, 0 or -1 */
	bool writable;
	uint8_t level;
	uint64_t raw, step;	/* entry of the first page; what the next one adds */
};

/* Where reading a source has come. */
struct pieces {
	struct libmmscope_source *src;	/* closed by pieces_close() */
	struct libmmscope_maps maps;
	struct mmscope_scan scan;
	struct mmscope_record *rec;	/* of the last call: a copy */
	size_t nr, at;
	uint32_t entry;			/* of rec[at] that comes next */
	struct piece piece;		/* the first that ends after what was asked for */
	uint64_t retries, changed;	/* looks repeated; spans that could not be read */
	uint32_t out_flags;		/* MMSCOPE_OUT_* of all scans so far */
};

/* In this order: begin, at ascending addresses what is there, close. 0 or a negative errno. */
int pieces_begin(struct pieces *s);
int pieces_at(struct pieces *s, uint64_t va);
struct piece pieces_part(const struct pieces *s, uint64_t va, uint64_t end);
struct piece piece_from(const struct piece *p, uint64_t va);
void pieces_close(struct pieces *s);

/* What the entries mean. */
static inline const struct mmscope_format *pieces_format(const struct pieces *s)
{
	return libmmscope_format(s->src);
}

/* Has it a number that goes on from page to page? */
static inline bool piece_counts(const struct piece *p)
{
	return p->what == PIECE_FRAME || p->what == PIECE_SLOT;
}

#endif /* MMSCOPE_PIECES_H */
