/* SPDX-License-Identifier: GPL-2.0-only */
/* who: what is asked for, and one address space that is looked at. */
#ifndef MMSCOPE_WHO_H
#define MMSCOPE_WHO_H

#include "processes.h"

/* Frames whose map counts are compared, at most: a word each. */
#define WHO_COUNTED	(1U << 20)

/* A swap area whose number is not known: the only one there is. */
#define WHO_ANY_AREA	UINT64_MAX

/* Frame numbers, or slots of a swap area. */
struct who_range {
	uint64_t area;		/* swap type number; 0 for frames */
	uint64_t start, end;
};

struct who_frame {
	uint64_t pfn;
	struct mmscope_frame before;
	uint32_t seen;		/* entries that map it */
};

/* Frames that are asked about at once. */
#define WHO_WINDOW	64

struct who {
	const struct options *o;
	struct out *out;
	const struct mmscope_format *f;
	struct processes processes;

	/* what is asked for; no ranges: all of it */
	struct who_range *range;	/* in order, apart from each other */
	size_t ranges;
	struct who_frame *frame;	/* all frames of the ranges, or NULL: too many */
	uint64_t frames;
	uint64_t file_id;		/* --file */
	bool empty;			/* the file is */

	/* what was found */
	uint64_t rows;
	uint64_t vmas;			/* of the file */
	uint64_t changed;		/* spans that could not be read */
	uint64_t differ;		/* frames seen more or less often than they are mapped */
	uint64_t unseen;		/* of these, seen less often, and counted one by one */

	/* the address space that is looked at */
	struct libmmscope_source *src;
	struct libmmscope_maps maps;
	struct mmscope_record *record;	/* what the module has found */
	size_t records, room;
	uint64_t window;		/* first frame of kpf[] */
	unsigned int windowed;
	uint64_t kpf[WHO_WINDOW];
};

/* who_find.c */
int who_look(struct libmmscope_source *src, void *who);

/* who_rows.c */
void who_print(struct who *w);

/* who_count.c */
int who_count_begin(struct who *w);
int who_count_end(struct who *w);

#endif /* MMSCOPE_WHO_H */
