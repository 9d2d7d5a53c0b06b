// SPDX-License-Identifier: GPL-2.0-only
/*
 * The file of a recording, which anybody may have written: which chunks and moments
 * it has, and how far it is sound.
 */
#include "recording_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zstd.h>

int recording_file_damage(struct libmmscope_file *f, __u64 at, const char *why)
{
	if (!f->damage || at < f->damaged_at) {
		f->damage = why;
		f->damaged_at = at;
	}
	return -EBADMSG;
}

static int read_head_v1(struct libmmscope_file *f, __u64 at, struct recording_place *place)
{
	struct recording_chunk_v1 old = { 0 };
	int err = recording_read_at(f, at, &old, sizeof(old));

	place->at = at + sizeof(old);
	place->chunk = (struct recording_chunk){
		.type = old.type, .stored = old.length, .length = old.length,
	};
	if (!err && (!old.type || old.length % 8 || old.length > f->size - place->at))
		return recording_file_damage(f, at, "cut off");
	return err;
}

/* The chunk at @at. 0; -EBADMSG after recording_file_damage(); a negative errno. */
static int read_head(struct libmmscope_file *f, __u64 at, struct recording_place *place)
{
	struct recording_chunk *c = &place->chunk;
	int err;

	if (f->size - at < (f->version == 1 ? sizeof(struct recording_chunk_v1) : sizeof(*c)))
		return recording_file_damage(f, at, "cut off");
	if (f->version == 1)
		return read_head_v1(f, at, place);
	err = recording_read_at(f, at, c, sizeof(*c));
	if (err)
		return err;
	place->at = at + sizeof(*c);
	if (!recording_crc_ok(c->head_crc, c, offsetof(struct recording_chunk, head_crc)))
		return recording_file_damage(f, at, "the head of a chunk is damaged");
	if (c->length > RECORDING_CHUNK_MAX || c->stored > ZSTD_COMPRESSBOUND(c->length) ||
	    c->length / RECORDING_RATIO_MAX > c->stored ||
	    (!(c->flags & RECORDING_ZSTD) && c->stored != c->length))
		return recording_file_damage(f, at, "a chunk has a length that nobody writes");
	if (c->stored > f->size - place->at)
		return recording_file_damage(f, at, "cut off");
	return 0;
}

/* A fixed structure, as long as whoever wrote it knew it: the rest is 0. */
static int read_struct(struct libmmscope_file *f, const struct recording_place *place, void *to,
		       size_t len)
{
	char *content;
	int err = recording_file_content(f, place, &content);

	if (err)
		return err;
	memset(to, 0, len);
	memcpy(to, content, place->chunk.length < len ? place->chunk.length : len);
	free(content);
	return 0;
}

static struct libmmscope_moment *last_moment(struct libmmscope_file *f)
{
	struct libmmscope_moment *m = (struct libmmscope_moment *)f->moments.data;

	return m ? m + f->moments.len / sizeof(*m) - 1 : NULL;
}

static int begin_moment(struct libmmscope_file *f, const struct recording_place *place,
			size_t number)
{
	struct libmmscope_moment m = {
		.number = f->moments.len / sizeof(m) + 1, .first = number,
	};
	struct recording_moment r;
	int err = read_struct(f, place, &r, sizeof(r));

	if (err)
		return err;
	if (r.comm[sizeof(r.comm) - 1] || r.start > r.end || r.end > 1ULL << 57 ||
	    (r.start | r.end) % 4096)
		return recording_file_damage(f, place->at, "a moment is damaged");
	m.time = r.time;
	m.start = r.start;
	m.end = r.end;
	m.pid = r.pid;
	m.flags = r.flags;
	memcpy(m.comm, r.comm, sizeof(m.comm));
	if (m.flags & LIBMMSCOPE_HIDDEN)
		m.done.out_flags = MMSCOPE_OUT_HIDDEN;
	if (!f->moments.len)
		f->nr_common = number;
	return recording_append(&f->moments, &m, sizeof(m));
}

/* A chunk of the list, as far as the list itself says what it is. */
static int take_place(struct libmmscope_file *f, const struct recording_place *place, bool *ended)
{
	size_t number = f->places.len / sizeof(*place);
	struct libmmscope_moment *m;
	int err = 0;

	*ended = place->chunk.type == RECORDING_END;
	if (place->chunk.type == RECORDING_MOMENT)
		err = begin_moment(f, place, number);
	m = last_moment(f);
	if (!err && m && place->chunk.type == RECORDING_SUMMARY) {
		err = read_struct(f, place, &m->done, sizeof(m->done));
		m->whole = !err;
		*ended = f->version == 1;
	}
	if (!err && m) {
		m->count = number + 1 - m->first;
		m->stored += place->chunk.stored;
		m->length += place->chunk.length;
	}
	return err ? err : recording_append(&f->places, place, sizeof(*place));
}

/* A file of version 1 is one moment. */
static int begin_v1(struct libmmscope_file *f, pid_t pid)
{
	struct libmmscope_moment m = { .number = 1, .pid = pid, .end = UINT64_MAX };

	return recording_append(&f->moments, &m, sizeof(m));
}

static int list_chunks(struct libmmscope_file *f, __u64 at)
{
	struct recording_place place;
	bool ended = false;
	int err = 0;

	while (!ended && !err) {
		err = read_head(f, at, &place);
		if (err)
			break;
		err = take_place(f, &place, &ended);
		at = place.at + ((place.chunk.stored + 7) & ~7ULL);
		if (at > f->size)
			at = f->size;	/* cut off where the last one is filled up */
	}
	if (!f->moments.len)
		f->nr_common = f->places.len / sizeof(place);
	return f->damage ? 0 : err;
}

/* What is no plain file is read to its end. */
static int read_stream(struct libmmscope_file *f)
{
	char part[65536];
	ssize_t n = 0;
	int err = 0;

	while (!err && (n = read(f->fd, part, sizeof(part))) > 0) {
		err = recording_append(&f->memory, part, n);
		/* it may never end: no more than one look, if it is none */
		if (!err && f->memory.len >= strlen(RECORDING_MAGIC) &&
		    memcmp(f->memory.data, RECORDING_MAGIC, strlen(RECORDING_MAGIC)))
			err = -EBADMSG;
	}
	if (!err && n < 0)
		err = -errno;
	close(f->fd);
	f->fd = -1;
	f->size = f->memory.len;
	return err;
}

static int open_file(struct libmmscope_file *f, const char *path)
{
	struct recording_head head;
	struct stat st;
	int err = 0;

	f->fd = open(path, O_RDONLY | O_CLOEXEC);
	if (f->fd < 0 || fstat(f->fd, &st))
		return -errno;
	f->size = st.st_size;
	if (!S_ISREG(st.st_mode))
		err = read_stream(f);
	if (!err && f->size < sizeof(head))
		err = -EBADMSG;
	if (!err)
		err = recording_read_at(f, 0, &head, sizeof(head));
	if (err)
		return err;
	if (memcmp(head.magic, RECORDING_MAGIC, sizeof(head.magic)))
		return -EBADMSG;
	f->version = head.version;
	if (head.version == 1)
		err = begin_v1(f, head.bytes);	/* where the process id was */
	else if (head.version != RECORDING_VERSION)
		return -EPROTO;
	else if (head.bytes < sizeof(head) || head.bytes % 8 || head.bytes > f->size)
		return -EBADMSG;
	return err ? err : list_chunks(f, head.version == 1 ? sizeof(head) : head.bytes);
}

int libmmscope_file_open(const char *path, struct libmmscope_file **out)
{
	struct libmmscope_file *f = calloc(1, sizeof(*f));
	int err;

	if (!f)
		return -ENOMEM;
	f->fd = -1;
	err = open_file(f, path);
	if (err) {
		libmmscope_file_close(f);
		return err;
	}
	*out = f;
	return 0;
}

int recording_file_all(const char *path, struct libmmscope_file **out, char **data, size_t *len)
{
	struct libmmscope_file *f = calloc(1, sizeof(*f));
	struct stat st = { .st_size = 0 };
	int err = 0;

	if (!f)
		return -ENOMEM;
	f->fd = open(path, O_RDONLY | O_CLOEXEC);
	if (f->fd < 0 || fstat(f->fd, &st))
		err = -errno;
	else if (!S_ISREG(st.st_mode) || st.st_size % RECORDING_PLAIN)
		err = -EBADMSG;
	*data = err ? NULL : malloc(st.st_size + 1);
	if (!err && !*data)
		err = -ENOMEM;
	if (!err)
		err = recording_read_at(f, 0, *data, st.st_size);
	if (err) {
		free(*data);
		libmmscope_file_close(f);
		return err;
	}
	*len = st.st_size;
	*out = f;
	return 0;
}

void libmmscope_file_close(struct libmmscope_file *f)
{
	if (!f)
		return;
	if (f->fd >= 0)
		close(f->fd);
	free(f->memory.data);
	free(f->places.data);
	free(f->moments.data);
	free(f);
}

const struct libmmscope_moment *libmmscope_file_moments(const struct libmmscope_file *f,
							size_t *count)
{
	*count = f->moments.len / sizeof(struct libmmscope_moment);
	return (const struct libmmscope_moment *)f->moments.data;
}

int libmmscope_file_check(struct libmmscope_file *f)
{
	const struct recording_place *place = recording_places(f);
	size_t i;
	char *content;
	int err = 0;

	for (i = 0; i < f->places.len / sizeof(*place) && !err; i++) {
		err = recording_file_content(f, &place[i], &content);
		free(content);
	}
	return err == -EBADMSG ? 0 : err;
}

const char *libmmscope_file_damage(const struct libmmscope_file *f, uint64_t *at)
{
	*at = f->damaged_at;
	return f->damage;
}

char *libmmscope_file_host(struct libmmscope_file *f)
{
	const struct recording_place *place = recording_places(f);
	char *text;
	size_t i;

	for (i = 0; i < f->nr_common; i++)
		if (place[i].chunk.type == RECORDING_HOST) {
			if (recording_file_content(f, &place[i], &text))
				return NULL;
			text[place[i].chunk.length] = '\0';
			return text;
		}
	return NULL;
}
