// SPDX-License-Identifier: GPL-2.0-only
/* What the chunks of a recording hold: read, checked, unpacked. */
#include "recording_file.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

int recording_room(struct vector *v, size_t len)
{
	size_t room = v->room ? v->room : 4096;
	char *more;

	while (room - v->len < len)
		room *= 2;
	if (room != v->room) {
		more = realloc(v->data, room);
		if (!more)
			return -ENOMEM;
		v->data = more;
		v->room = room;
	}
	return 0;
}

int recording_append(struct vector *v, const void *data, size_t len)
{
	int err = recording_room(v, len);

	if (err)
		return err;
	memcpy(v->data + v->len, data, len);
	v->len += len;
	return 0;
}

/* Bytes that are known to be in the file; less are -EBADMSG: it has become shorter. */
int recording_read_at(const struct libmmscope_file *f, __u64 at, void *to, size_t len)
{
	size_t done = 0;
	ssize_t n;

	if (f->fd < 0) {
		memcpy(to, f->memory.data + at, len);
		return 0;
	}
	for (; done < len; done += n) {
		n = pread(f->fd, (char *)to + done, len - done, at + done);
		if (n <= 0)
			return n ? -errno : -EBADMSG;
	}
	return 0;
}

__u32 recording_crc(const void *data, size_t len)
{
	return crc32(0, data, len);
}

/* Fuzzing looks behind this. */
bool recording_crc_ok(__u32 crc, const void *data, size_t len)
{
	bool ok = crc == recording_crc(data, len);

#ifdef FUZZING_BUILD_MODE_UNSAFE_FOR_PRODUCTION
	ok = true;
#endif
	return ok;
}

/* What is stored of a chunk, if it is as it was written. 0, -EBADMSG, negative errno. */
static int read_stored(struct libmmscope_file *f, const struct recording_place *place, char **out)
{
	const struct recording_chunk *c = &place->chunk;
	/* one byte more: a chunk may be empty */
	char *data = malloc(c->stored + 1);
	int err = data ? recording_read_at(f, place->at, data, c->stored) : -ENOMEM;

	if (!err && f->version > 1 && !recording_crc_ok(c->crc, data, c->stored))
		err = recording_file_damage(f, place->at - sizeof(*c), "a chunk is damaged");
	if (err) {
		free(data);
		data = NULL;
	}
	*out = data;
	return err;
}

int recording_file_check(struct libmmscope_file *f, const struct recording_place *place)
{
	char *data;
	int err = read_stored(f, place, &data);

	free(data);
	return err;
}

/* Return: 0, -EBADMSG or -ENOMEM. What is not packed stays where it is. */
static int unpack(struct libmmscope_file *f, const struct recording_place *place, char **stored)
{
	const struct recording_chunk *c = &place->chunk;
	__u64 at = place->at - sizeof(*c);
	char *content;

	if (!(c->flags & RECORDING_ZSTD))
		return 0;
	content = malloc(c->length + 1);
	if (!content)
		return -ENOMEM;
	if (ZSTD_decompress(content, c->length, *stored, c->stored) != c->length) {
		free(content);
		return recording_file_damage(f, at, "a chunk cannot be unpacked");
	}
	free(*stored);
	*stored = content;
	return 0;
}

int recording_file_content(struct libmmscope_file *f, const struct recording_place *place,
			   char **out)
{
	char *data;
	int err = read_stored(f, place, &data);

	if (!err)
		err = unpack(f, place, &data);
	if (err) {
		free(data);
		data = NULL;
	}
	*out = data;
	return err;
}
