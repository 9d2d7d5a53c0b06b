/* SPDX-License-Identifier: GPL-2.0-only */
/* A recording that is being written, between the files that write it. */
#ifndef LIBMMSCOPE_RECORD_H
#define LIBMMSCOPE_RECORD_H

#include "recording_file.h"
#include "source.h"

/* Frames [start, end). */
struct record_range {
	__u64 start, end;
};

struct libmmscope_recorder {
	FILE *stream;
	char *host;
	bool begun;			/* INFO is written */
	struct mmscope_info info;	/* as the first source had it */
	struct vector packed;		/* what zstd makes of a chunk */
	struct vector ranges;		/* struct record_range: frames that are wanted */
	const struct libmmscope_what *what;
	struct libmmscope_recorded *done;
};

/**
 * record_chunk - write one chunk
 * @rec: recorder
 * @type: of the chunk
 * @record: bytes from one record to the next, or 0
 * @data: content
 * @len: its length (bytes), RECORDING_CHUNK_MAX at the most
 *
 * Return: 0 or a negative errno.
 */
int record_chunk(struct libmmscope_recorder *rec, enum recording_type type, __u32 record,
		 const void *data, size_t len);

/* record_head.c: what comes before the first moment, once. 0 or a negative errno. */
int record_head(struct libmmscope_recorder *rec, struct libmmscope_source *src);

/* record_frames.c: notes the frames of a block and of its entries. 0 or -ENOMEM. */
int record_want_block(struct libmmscope_recorder *rec, const struct mmscope_format *f,
		      const struct mmscope_record *block);

/* Writes the facts about all frames that were noted. 0 or a negative errno. */
int record_frames(struct libmmscope_recorder *rec, struct libmmscope_source *src);

/* Tells how far it is; -EINTR if that is enough. */
int record_progress(struct libmmscope_recorder *rec, const char *unit, __u64 done, __u64 total);

#endif /* LIBMMSCOPE_RECORD_H */
