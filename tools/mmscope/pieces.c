// SPDX-License-Identifier: GPL-2.0-only
/* A scan that is read in order and cut into pieces, for cow and diff. */
#include "pieces.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/**
 * pieces_begin - read the memory map, and be ready to read entries
 * @s: all 0 but for src
 *
 * Return: 0 or a negative errno; pieces_close() in any case.
 */
int pieces_begin(struct pieces *s)
{
	s->scan = (struct mmscope_scan){
		.flags = MMSCOPE_SCAN_RUNS, .end = pieces_format(s)->info.task_size,
		.levels = (1U << (MMSCOPE_LEAF_MAX + 1)) - 1,
	};
	return libmmscope_maps_read(s->src, &s->maps);
}

void pieces_close(struct pieces *s)
{
	libmmscope_maps_free(&s->maps);
	libmmscope_close(s->src);
	free(s->rec);
}

/* The next records; none at the end. 0 or a negative errno. */
static int read_more(struct pieces *s)
{
	const void *records;
	int err;

	s->nr = 0;
	s->at = 0;
	while (!s->nr && s->scan.resume < s->scan.end) {
		if (tool_interrupted)
			return -EINTR;
		s->scan.start = s->scan.resume;
		err = libmmscope_scan(s->src, &s->scan, &records);
		if (err)
			return err;
		s->retries += s->scan.retries;
		s->out_flags |= s->scan.out_flags;
		s->nr = s->scan.bytes / sizeof(*s->rec);
		if (!s->nr)
			continue;
		free(s->rec);
		s->rec = malloc(s->scan.bytes);
		if (!s->rec)
			return -ENOMEM;
		memcpy(s->rec, records, s->scan.bytes);
	}
	return 0;
}

/* What the entry of a piece holds. */
static void set_what(const struct pieces *s, struct piece *p)
{
	struct mmscope_entry e;

	mmscope_decode(pieces_format(s), p->raw, p->level, 0, &e);
	if (e.class == MMSCOPE_CLASS_LEAF || e.class == MMSCOPE_CLASS_PROTNONE) {
		p->what = PIECE_FRAME;
		p->id = e.pfn;
		p->writable = e.class == MMSCOPE_CLASS_LEAF && (p->raw & MMSCOPE_W);
	} else if (tool_is_swap(pieces_format(s), &e)) {
		p->what = PIECE_SLOT;
		p->id = (uint64_t)e.swap_type << 58 | e.offset;
	} else {
		p->what = PIECE_OTHER;
		p->id = e.has_pfn ? e.pfn : e.offset;
	}
}

/* What a run is, or one of its entries where they are no row of pages. */
static void set_piece(struct pieces *s, const struct mmscope_record *rec)
{
	struct piece *p = &s->piece;
	bool row = rec->nr > 1 && !rec->level;
	/* the frames of a huge page count up, whatever its neighbours do */
	bool apart = rec->level && rec->nr > 1 && mmscope_run_direction(rec) != 1;

	memset(p, 0, sizeof(*p));
	p->direction = row && rec->type == MMSCOPE_REC_RUN ? mmscope_run_direction(rec) : 1;
	p->start = rec->va + s->entry * mmscope_span(rec->level);
	p->end = apart ? p->start + mmscope_span(rec->level) : mmscope_record_end(rec);
	p->level = rec->level;
	s->entry = apart && s->entry + 1 < rec->nr ? s->entry + 1 : 0;
	if (rec->type != MMSCOPE_REC_RUN) {
		p->what = PIECE_UNREAD;
		s->changed++;
		return;
	}
	p->raw = mmscope_run_entry(rec, (p->start - rec->va) >> mmscope_span_shift(rec->level));
	p->step = mmscope_run_step(rec->stride, rec->level);
	set_what(s, p);
}

/* The first piece that ends after an address; addresses come in order. */
int pieces_at(struct pieces *s, uint64_t va)
{
	int err;

	while (s->piece.end <= va) {
		if (s->at == s->nr) {
			err = read_more(s);
			if (err)
				return err;
		}
		if (!s->nr) {
			s->piece = (struct piece){ .start = UINT64_MAX, .end = UINT64_MAX };
			return 0;
		}
		set_piece(s, &s->rec[s->at]);
		if (!s->entry)
			s->at++;
	}
	return 0;
}

/* The rest of a piece from an address inside of it. */
struct piece piece_from(const struct piece *p, uint64_t va)
{
	uint64_t entry = p->start & ~(mmscope_span(p->level) - 1);
	struct piece rest = *p;

	rest.start = va;
	rest.id += ((va - p->start) >> 12) * p->direction;
	rest.raw += ((va - entry) >> mmscope_span_shift(p->level)) * p->step;
	return rest;
}

/* The part of the piece that begins at @va, or nothing, up to @end at the most. */
struct piece pieces_part(const struct pieces *s, uint64_t va, uint64_t end)
{
	const struct libmmscope_moment *m = libmmscope_moment(s->src);
	bool limited = m && (m->flags & LIBMMSCOPE_PART);
	const struct piece *p = &s->piece;
	struct piece part;

	/* of addresses that were not recorded nothing is known */
	if (limited && (va < m->start || va >= m->end)) {
		end = va < m->start && m->start < end ? m->start : end;
		return (struct piece){ .start = va, .end = end, .what = PIECE_UNREAD };
	}
	if (limited && m->end < end)
		end = m->end;
	if (va < p->start) {
		end = p->start < end ? p->start : end;
		return (struct piece){ .start = va, .end = end };
	}
	part = piece_from(p, va);
	part.end = p->end < end ? p->end : end;
	return part;
}
