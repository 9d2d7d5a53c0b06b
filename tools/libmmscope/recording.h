/* SPDX-License-Identifier: GPL-2.0-only */
/* A moment of a recording in memory, between the files that load and use it. */
#ifndef LIBMMSCOPE_RECORDING_H
#define LIBMMSCOPE_RECORDING_H

#include "recording_file.h"
#include "source.h"

/* A table block of the file. */
struct block {
	const struct mmscope_record *rec;
	size_t order;	/* in the file: of those at one address the last is the newest */
	const __u64 *slot;
};

struct recording {
	struct libmmscope_source src;	/* first: the source is the recording */
	struct libmmscope_file *file;
	struct libmmscope_moment moment;
	struct vector contents;		/* char *: chunks that blocks point into */
	bool have_mm;
	struct mmscope_mm mm;
	struct vector vmas;		/* struct mmscope_vma records */
	bool have_tasks;
	struct vector tasks;		/* struct mmscope_task records */
	struct vector zones;		/* struct mmscope_zone records */
	struct vector swaps;		/* text, NUL-terminated */
	size_t nr_blocks;		/* of all levels, and such as were not taken */
	struct vector blocks[MMSCOPE_LEVELS_MAX];	/* struct block, by address */
	int frames_loaded;		/* 0: not yet; 1; or a negative errno */
	struct vector frames;		/* struct mmscope_frame, by number */
	struct vector out;		/* what the last call returned */
};

const struct block *recording_find_block(const struct recording *r, unsigned int level,
					 __u64 va);

/* recording_runs.c: SCAN_RUNS from the blocks, into @r->out. */
int recording_make_runs(struct recording *r, struct mmscope_scan *s);

/* recording_frames.c: the operations FRAMES and ZONES, and the node of a frame or -1. */
int recording_frames(struct libmmscope_source *src, struct mmscope_frames *frames,
		     const void **records);
int recording_zones(struct libmmscope_source *src, struct mmscope_zones *zones,
		    const void **records);
int recording_node(struct recording *r, __u64 pfn);

/* recording.c: a recording as a source. */
extern const struct source_ops recording_ops;

/* recording_open.c: loads chunks, those of frames or all others. 0 or a negative errno. */
int recording_load_places(struct recording *r, size_t first, size_t count, bool frames);

/* recording_plain.c: tables of a plain dump, which stays where it is. 0 or negative errno. */
int recording_load_plain(struct recording *r, char *data, size_t len);

/**
 * recording_load_chunk - checks the content of a chunk and takes it over
 * @r: recording
 * @chunk: its head
 * @p: its content
 * @keep: set if @p is pointed into from now on
 *
 * Return: 0, -EBADMSG, -EPROTO or -ENOMEM.
 */
int recording_load_chunk(struct recording *r, const struct recording_chunk *chunk,
			 const char *p, bool *keep);

#endif /* LIBMMSCOPE_RECORDING_H */
