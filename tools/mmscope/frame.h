/* SPDX-License-Identifier: GPL-2.0-only */
/* What the parts of the frame command share. */
#ifndef MMSCOPE_FRAME_H
#define MMSCOPE_FRAME_H

#include "names.h"
#include "tool.h"

/* Frames in a row that are alike. */
struct group {
	struct mmscope_frame first;
	uint64_t nr;
	const struct resource *region;	/* if that column is shown */
};

/* How many frames of a kind a zone has; number and node as in mmscope_frame. */
struct tally {
	const char *kind;
	int node;
	unsigned int zone;
	uint64_t nr;
};

/* A run of the command. */
struct frames {
	const struct options *o;
	struct libmmscope_source *src;
	struct out *out;
	struct libmmscope_zones zones;
	/* only what a column that is shown needs; else empty */
	struct iomem iomem;
	struct names files, cgroups;
	/* what is not printed yet: the last group, or with --summary the numbers */
	struct group group;
	struct tally *tally;
	size_t nr_tallies;
	struct progress progress;
};

/* frame_rows.c: a line for frames that are alike */
#define FRAME_COLUMNS 20
extern const struct column frame_columns[];

/* Reads the tables that the columns need. 0, or an exit status after a message. */
int frame_rows_prepare(struct frames *s);

/* @nr frames like @f, whose numbers follow its own. */
void frame_rows_add(struct frames *s, const struct mmscope_frame *f, uint64_t nr);

/* Prints what waits for more. */
void frame_rows_flush(struct frames *s);

/* frame_sum.c: the same calls for --summary */
extern const struct command frame_summary;

int frame_summary_add(struct frames *s, const struct mmscope_frame *f, uint64_t nr);
void frame_summary_print(struct frames *s);

#endif /* MMSCOPE_FRAME_H */
