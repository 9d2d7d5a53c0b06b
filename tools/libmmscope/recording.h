/* SPDX-License-Identifier: GPL-2.0-only */
/* A recording in memory, between its two files: load and use. */
#ifndef LIBMMSCOPE_RECORDING_H
#define LIBMMSCOPE_RECORDING_H

#include "source.h"

/* A table block of the file. */
struct block {
	const struct mmscope_record *rec;
	const __u64 *slot;
};

struct vector {
	char *data;
	size_t len, room;
};

struct recording {
	struct libmmscope_source src;	/* first: the source is the recording */
	char *file;
	size_t file_len;
	bool have_mm;
	struct mmscope_mm mm;
	struct libmmscope_recorded done;
	struct vector vmas;		/* struct mmscope_vma records */
	bool have_tasks;
	struct vector tasks;		/* struct mmscope_task records */
	struct vector swaps;		/* text, NUL-terminated */
	struct vector blocks[MMSCOPE_LEVELS_MAX];	/* struct block, by address */
	struct vector out;		/* what the last call returned */
};

/* Makes room for @len bytes more in a growing vector. 0 or -ENOMEM. */
int recording_room(struct vector *v, size_t len);

/* Adds bytes to a growing vector. 0 or -ENOMEM. */
int recording_append(struct vector *v, const void *data, size_t len);

const struct block *recording_find_block(const struct recording *r, unsigned int level,
					 __u64 va);

/* recording_runs.c: SCAN_RUNS from the blocks, into @r->out. */
int recording_make_runs(struct recording *r, struct mmscope_scan *s);

/* Checks one chunk and takes it over. 0, -EBADMSG, -EPROTO or -ENOMEM. */
int recording_load_chunk(struct recording *r, __u32 type, const char *p, size_t len);

#endif /* LIBMMSCOPE_RECORDING_H */
