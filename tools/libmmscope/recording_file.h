/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A recording file as a list of chunks and moments. The heads of the chunks are read
 * once; contents when they are asked for, and only as far as the file is sound.
 */
#ifndef LIBMMSCOPE_RECORDING_FILE_H
#define LIBMMSCOPE_RECORDING_FILE_H

#include "libmmscope.h"
#include "recording_format.h"

struct vector {
	char *data;
	size_t len, room;
};

/* Makes room for @len bytes more in a growing vector. 0 or -ENOMEM. */
int recording_room(struct vector *v, size_t len);

/* Adds bytes to a growing vector. 0 or -ENOMEM. */
int recording_append(struct vector *v, const void *data, size_t len);

/* Where a chunk is. */
struct recording_place {
	__u64 at;			/* offset of its content in the file */
	struct recording_chunk chunk;	/* of version 1: made up */
};

struct libmmscope_file {
	int fd;			/* -1: all of it is in memory */
	struct vector memory;
	__u64 size;
	__u32 version;
	size_t nr_common;	/* chunks before the first moment: of all of them */
	struct vector places;	/* struct recording_place */
	struct vector moments;	/* struct libmmscope_moment */
	__u64 damaged_at;	/* offset; only with damage */
	const char *damage;	/* NULL, or why the rest of the file is of no use */
};

/* Is a chunk as it was written? As recording_file_content(), but it is not unpacked. */
int recording_file_check(struct libmmscope_file *f, const struct recording_place *place);

/**
 * recording_file_all - all bytes of a plain file that is no recording
 * @path: file name
 * @out: a file without chunks
 * @data: its bytes, to be freed by the caller, aligned to 8 bytes
 * @len: how many
 *
 * Return: 0; -EBADMSG: no plain file; a negative errno.
 */
int recording_file_all(const char *path, struct libmmscope_file **out, char **data, size_t *len);

/**
 * recording_file_content - what a chunk holds
 * @f: file
 * @place: which
 * @out: content, aligned to 8 bytes, to be freed by the caller
 *
 * Return: 0; -EBADMSG: damaged, and @f says so; a negative errno.
 */
int recording_file_content(struct libmmscope_file *f, const struct recording_place *place,
			   char **out);

/* Notes that from @at on nothing is of use, unless less is known to be. -EBADMSG. */
int recording_file_damage(struct libmmscope_file *f, __u64 at, const char *why);

/* Bytes that are in the file; -EBADMSG if it has become shorter; a negative errno. */
int recording_read_at(const struct libmmscope_file *f, __u64 at, void *to, size_t len);

/* The checksum of chunks and of their heads; and whether it is right. */
__u32 recording_crc(const void *data, size_t len);
bool recording_crc_ok(__u32 crc, const void *data, size_t len);

static inline const struct recording_place *recording_places(const struct libmmscope_file *f)
{
	return (const struct recording_place *)f->places.data;
}

#endif /* LIBMMSCOPE_RECORDING_FILE_H */
