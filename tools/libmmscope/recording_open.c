// SPDX-License-Identifier: GPL-2.0-only
/* One moment of a recording, from the file into memory. */
#include "recording.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Of those that begin at the same address the newest is the last. */
static int by_address(const void *x, const void *y)
{
	const struct block *a = x, *b = y;

	if (a->rec->va != b->rec->va)
		return a->rec->va < b->rec->va ? -1 : 1;
	return (a->order > b->order) - (a->order < b->order);
}

static int load_place(struct recording *r, const struct recording_place *place)
{
	char *content;
	bool keep;
	int err = recording_file_content(r->file, place, &content);

	if (err)
		return err;
	err = recording_load_chunk(r, &place->chunk, content, &keep);
	if (keep && !recording_append(&r->contents, &content, sizeof(content)))
		return err;
	free(content);
	if (keep)	/* blocks may point into it */
		return -ENOMEM;
	return err;
}

/*
 * Chunks from @first on, up to the damage: what follows may rest on it. Facts about
 * frames are much, and wait until somebody asks for them.
 */
int recording_load_places(struct recording *r, size_t first, size_t count, bool frames)
{
	const struct recording_place *place = recording_places(r->file);
	const char *damage = r->file->damage;
	bool is_frames;
	size_t i;
	int err = 0;

	for (i = first; i < first + count && !err; i++) {
		is_frames = place[i].chunk.type == RECORDING_FRAMES;
		if (is_frames == frames)
			err = load_place(r, &place[i]);
	}
	/* a content that makes no sense; a broken one has been noted */
	if (err == -EBADMSG && r->file->damage == damage)
		recording_file_damage(r->file, place[i - 1].at, "a chunk makes no sense");
	return err;
}

/* Without its end nobody knows what was hidden but by what the module said first. */
static void finish(struct recording *r)
{
	unsigned int i;

	if (!r->moment.whole && !(r->src.format.info.features & MMSCOPE_FEATURE_PHYS))
		r->moment.done.out_flags |= MMSCOPE_OUT_HIDDEN;
	if (r->file->version == 1)
		r->moment.end = r->src.format.info.task_size;
	for (i = 0; i < MMSCOPE_LEVELS_MAX; i++)
		if (r->blocks[i].len)
			qsort(r->blocks[i].data, r->blocks[i].len / sizeof(struct block),
			      sizeof(struct block), by_address);
}

static int check_frames(struct recording *r)
{
	const struct recording_place *place = recording_places(r->file);
	size_t i;
	int err = 0;

	for (i = r->moment.first; i < r->moment.first + r->moment.count && !err; i++)
		if (place[i].chunk.type == RECORDING_FRAMES)
			err = recording_file_check(r->file, &place[i]);
	return err;
}

static int load(struct recording *r)
{
	const struct libmmscope_moment *m = &r->moment;
	int err = recording_load_places(r, 0, r->file->nr_common, false);

	r->src.pid = m->pid;
	if (!err && m->count)
		err = recording_load_places(r, m->first, m->count, false);
	/* what is not loaded yet has to be sound, for nobody will ask again */
	if (!err)
		err = check_frames(r);
	/* whatever it has is good but for what is missing */
	if (!err || err == -EBADMSG)
		err = r->have_mm && r->src.format.bits ? 0 : -EBADMSG;
	if (!err)
		finish(r);
	return err;
}

/* The moment @number, or the last one that is whole, or the last. 0 or -ENOENT. */
static int choose(struct recording *r, size_t number)
{
	const struct libmmscope_moment *m;
	size_t count, i;

	m = libmmscope_file_moments(r->file, &count);
	if (!count)
		return -EBADMSG;
	if (number > count)
		return -ENOENT;
	for (i = count; !number && i; i--)
		if (m[i - 1].whole)
			number = i;
	r->moment = m[(number ? number : count) - 1];
	return 0;
}

/* FILE@N, if there is no file of the whole name. Return: N, or 0. */
static size_t split_name(char *name)
{
	char *at = strrchr(name, '@'), *end;
	unsigned long n;

	if (!at || !access(name, F_OK) || !isdigit((unsigned char)at[1]))
		return 0;
	n = strtoul(at + 1, &end, 10);
	if (*end || !n || n > UINT32_MAX)
		return 0;
	*at = '\0';
	return n;
}

/* No recording: perhaps a plain dump of tables. */
static int open_plain(struct recording *r, const char *name)
{
	char *data;
	size_t len;
	int err = recording_file_all(name, &r->file, &data, &len);

	if (err)
		return err;
	err = recording_append(&r->contents, &data, sizeof(data));
	if (!err)
		return recording_load_plain(r, data, len);
	free(data);
	return err;
}

int libmmscope_open_recording(const char *path, struct libmmscope_source **out)
{
	struct recording *r = calloc(1, sizeof(*r));
	char *name = strdup(path);
	size_t number;
	int err = -ENOMEM;

	if (r && name) {
		r->src.ops = &recording_ops;
		number = split_name(name);
		err = libmmscope_file_open(name, &r->file);
		if (err == -EBADMSG && !r->file && !number) {
			err = open_plain(r, name);
		} else if (!err) {
			err = choose(r, number);
			if (!err)
				err = load(r);
		}
	}
	free(name);
	if (!err)
		*out = &r->src;
	else if (r && r->src.ops)
		libmmscope_close(&r->src);
	else
		free(r);
	return err;
}

const struct libmmscope_moment *libmmscope_moment(const struct libmmscope_source *src)
{
	const struct recording *r = (const struct recording *)src;

	return src->ops == &recording_ops ? &r->moment : NULL;
}

const char *libmmscope_damage(const struct libmmscope_source *src, uint64_t *at)
{
	const struct recording *r = (const struct recording *)src;
	const struct recording_place *place;

	if (src->ops != &recording_ops || !r->file->damage)
		return NULL;
	*at = r->file->damaged_at;
	if (!r->moment.whole || !r->moment.count)
		return r->file->damage;
	/* a moment that ends before it is sound */
	place = recording_places(r->file) + r->moment.first + r->moment.count - 1;
	return place->at < *at ? NULL : r->file->damage;
}
