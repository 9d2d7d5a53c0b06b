// SPDX-License-Identifier: GPL-2.0-only
/*
 * Chunks of a recording, from a file that anybody may have written: every
 * length, offset and number is checked before it is used.
 */
#include "recording.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Bytes of struct mmscope_info in the first version. */
#define INFO_MIN 176

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

static int load_info(struct recording *r, const char *p, size_t len)
{
	struct mmscope_info info = { 0 };
	size_t bits, kinds, flags;
	__u32 size;
	int err;

	if (len < INFO_MIN || r->src.format.bits)
		return -EBADMSG;
	/* as long as whoever wrote it knew it: the rest is zero */
	memcpy(&size, p, sizeof(size));
	if (size < INFO_MIN || size > len || size % 8)
		return -EBADMSG;
	memcpy(&info, p, size < sizeof(info) ? size : sizeof(info));
	info.size = sizeof(info);
	err = source_check_abi(&info);
	if (err)
		return err;
	bits = info.nr_bits * sizeof(struct mmscope_bit);
	kinds = info.nr_kinds * sizeof(struct mmscope_kind);
	flags = info.nr_vma_flags * sizeof(struct mmscope_vma_flag);
	if (info.nr_bits > 4096 || info.nr_kinds > 4096 || info.nr_vma_flags > 4096 ||
	    len != size + bits + kinds + flags)
		return -EBADMSG;
	/* what decode.h shifts by */
	if (info.levels < 4 || info.levels > MMSCOPE_LEVELS_MAX ||
	    info.swp_type_shift > 63 || info.swp_type_bits > 31 ||
	    info.swp_offset_shift > 63 || info.swp_offset_bits > 63 ||
	    info.swp_pfn_bits > 62 || info.task_size > 1ULL << 57)
		return -EBADMSG;
	/* one bit each, or none: the decode says only that it is set */
	if ((info.enc_mask & (info.enc_mask - 1)) || (info.shared_mask & (info.shared_mask - 1)))
		return -EBADMSG;
	p += size;
	return source_set_format(&r->src, &info, p, p + bits, p + bits + kinds);
}

/* Rows of the file's own tables must be usable by decode.h as they are. */
static int check_rows(const struct mmscope_format *f)
{
	__u32 i;

	for (i = 0; i < f->info.nr_bits; i++)
		if (f->bits[i].bit + f->bits[i].width > 64 || !f->bits[i].width ||
		    f->bits[i].width > 32 ||
		    f->bits[i].name[sizeof(f->bits[i].name) - 1])
			return -EBADMSG;
	for (i = 0; i < f->info.nr_kinds; i++)
		if (f->kinds[i].name[sizeof(f->kinds[i].name) - 1])
			return -EBADMSG;
	for (i = 0; i < f->info.nr_vma_flags; i++)
		if (f->vma_flags[i].bit > 63 || f->vma_flags[i].code[2] ||
		    f->vma_flags[i].name[sizeof(f->vma_flags[i].name) - 1])
			return -EBADMSG;
	return 0;
}

static int load_tasks(struct recording *r, const char *p, size_t len)
{
	const struct mmscope_task *task = (const struct mmscope_task *)p;
	size_t i;

	if (len % sizeof(*task) || r->have_tasks)
		return -EBADMSG;
	for (i = 0; i < len / sizeof(*task); i++)
		if (task[i].comm[sizeof(task->comm) - 1] || task[i].pid < 0 ||
		    task[i].tgid < 0 || task[i].ppid < 0)
			return -EBADMSG;
	r->have_tasks = true;
	return recording_append(&r->tasks, p, len);
}

/* A string's offset points into the record, and the string ends there. */
static bool bad_string(const struct mmscope_vma *vma, __u16 at)
{
	return at && (at < sizeof(*vma) || at >= vma->bytes ||
		      !memchr((const char *)vma + at, 0, vma->bytes - at));
}

static int load_vmas(struct recording *r, const char *p, size_t len)
{
	const struct mmscope_vma *vma;
	size_t at;

	for (at = 0; at < len; at += vma->bytes) {
		vma = (const struct mmscope_vma *)(p + at);
		if (len - at < sizeof(*vma) || vma->bytes < sizeof(*vma) ||
		    vma->bytes > len - at || vma->bytes % 8 || vma->start >= vma->end)
			return -EBADMSG;
		if (bad_string(vma, vma->ops) || bad_string(vma, vma->name) ||
		    bad_string(vma, vma->anon_name))
			return -EBADMSG;
	}
	return recording_append(&r->vmas, p, len);
}

static int load_block(struct recording *r, const struct mmscope_record *rec, size_t left)
{
	struct block b = { .rec = rec, .slot = (const __u64 *)(rec + 1) };

	if (rec->level >= r->src.format.info.levels || !rec->nr || rec->nr > MMSCOPE_SLOTS ||
	    rec->va >= 1ULL << 57 || (rec->va & (mmscope_span(rec->level) - 1)))
		return -EBADMSG;
	if (rec->type == MMSCOPE_REC_CHANGED || rec->type == MMSCOPE_REC_BAD)
		return 0;	/* make_runs() finds what is missing */
	if (rec->type != MMSCOPE_REC_BLOCK || rec->nr * 8ULL > left - sizeof(*rec))
		return -EBADMSG;
	return recording_append(&r->blocks[rec->level], &b, sizeof(b));
}

static int load_blocks(struct recording *r, const char *p, size_t len)
{
	const struct mmscope_record *rec;
	int err = 0;
	size_t at;

	for (at = 0; at < len && !err;) {
		rec = (const struct mmscope_record *)(p + at);
		if (len - at < sizeof(*rec))
			return -EBADMSG;
		err = load_block(r, rec, len - at);
		at += sizeof(*rec) + (rec->type == MMSCOPE_REC_BLOCK ? rec->nr * 8ULL : 0);
	}
	return err;
}

int recording_load_chunk(struct recording *r, __u32 type, const char *p, size_t len)
{
	int err;

	if (type != RECORDING_INFO && !r->src.format.bits)
		return -EBADMSG;	/* nothing means anything before INFO */
	switch (type) {
	case RECORDING_INFO:
		err = load_info(r, p, len);
		return err ? err : check_rows(&r->src.format);
	case RECORDING_MM:
		if (len != sizeof(r->mm))
			return -EBADMSG;
		memcpy(&r->mm, p, len);
		r->have_mm = true;
		r->src.mm_id = r->mm.mm_id;
		return 0;
	case RECORDING_VMAS:
		return load_vmas(r, p, len);
	case RECORDING_BLOCKS:
		return load_blocks(r, p, len);
	case RECORDING_TASKS:
		return load_tasks(r, p, len);
	case RECORDING_SWAPS:
		if (!len || p[len - 1] || r->swaps.len)
			return -EBADMSG;
		return recording_append(&r->swaps, p, len);
	case RECORDING_SUMMARY:
		if (len != sizeof(r->done))
			return -EBADMSG;
		memcpy(&r->done, p, len);
		return 0;
	default:
		return 0;	/* newer than we are: skipped */
	}
}
