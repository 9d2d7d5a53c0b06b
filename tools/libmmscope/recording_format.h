/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The layout of a recording file; docs/FORMAT.md is made from it. All numbers are
 * little endian and every chunk begins at a multiple of 8 bytes.
 */
#ifndef LIBMMSCOPE_RECORDING_FORMAT_H
#define LIBMMSCOPE_RECORDING_FORMAT_H

#include <stddef.h>

#include <linux/types.h>

#define RECORDING_MAGIC		"MMSCOPE\n"
#define RECORDING_VERSION	2

/* Content of a chunk at the most (bytes); the writer makes them smaller. */
#define RECORDING_CHUNK_MAX	(4U << 20)

/* A chunk of which zstd left less than this part is damage: nobody writes such. */
#define RECORDING_RATIO_MAX	1024

/* A record of a plain dump (recording_plain.c): an address and a table. */
#define RECORDING_PLAIN		(8 + 4096)

enum recording_type {
#define RECORDING_CHUNK(symbol, number, word, content) RECORDING_##symbol = (number),
#include "recording_chunks.def"
#undef RECORDING_CHUNK
};

/**
 * struct recording_head - begin of the file
 * @magic: RECORDING_MAGIC, without a NUL
 * @version: RECORDING_VERSION
 * @bytes: bytes from the begin of the file to the first chunk
 */
struct recording_head {
	char magic[8];
	__u32 version;
	__u32 bytes;
};

/* recording_chunk.flags */
#define RECORDING_ZSTD	(1U << 0) /* stored as one zstd frame */

/**
 * struct recording_chunk - before the content of each chunk
 * @type: RECORDING_*; of a type that is not known the content is skipped
 * @flags: RECORDING_ZSTD
 * @stored: bytes in the file, after which it is filled up to a multiple of 8
 * @length: bytes of the content
 * @record: bytes from one record to the next, where all are equal; else 0
 * @crc: CRC-32 (of IEEE 802.3, as zlib's) of the bytes that are stored
 * @__reserved: 0
 * @head_crc: CRC-32 of this structure up to here
 */
struct recording_chunk {
	__u32 type;
	__u32 flags;
	__u64 stored;
	__u64 length;
	__u32 record;
	__u32 crc;
	__u32 __reserved;
	__u32 head_crc;
};

/**
 * struct recording_moment - one process at one time
 * @time: nanoseconds since 1970 (CLOCK_REALTIME) when it was begun
 * @start: first address whose tables were read
 * @end: address after the last one
 * @pid: process id in the namespace of whoever recorded
 * @flags: LIBMMSCOPE_FROZEN, _FRAMES, _HIDDEN, _AT_EXIT, _PART
 * @comm: name of the process, NUL-terminated
 */
struct recording_moment {
	__u64 time;
	__u64 start;
	__u64 end;
	__s32 pid;
	__u32 flags;
	char comm[16];
};

/* Version 1: a head with the process id, then chunks with nothing but a length. */
struct recording_head_v1 {
	char magic[8];
	__u32 version;
	__u32 pid;
};

struct recording_chunk_v1 {
	__u32 type;
	__u32 __reserved;
	__u64 length;		/* bytes that follow, a multiple of 8 */
};

_Static_assert(sizeof(struct recording_head) == 16, "recording_head");
_Static_assert(sizeof(struct recording_chunk) == 40, "recording_chunk");
_Static_assert(sizeof(struct recording_moment) == 48, "recording_moment");

#endif /* LIBMMSCOPE_RECORDING_FORMAT_H */
