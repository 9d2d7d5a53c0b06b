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

/* It goes to a terminal: no escapes. */
static bool is_printable(const char *s)
{
	for (; *s; s++)
		if (*s < ' ' || *s > '~')
			return false;
	return true;
}

static int load_info(struct recording *r, const char *p, size_t len)
{
	struct mmscope_info info = { 0 };
	struct mmscope_format f;
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
	    info.swp_type_shift > 63 || info.swp_type_bits > 5 ||
	    info.swp_offset_shift > 63 || info.swp_offset_bits > 63 ||
	    info.swp_pfn_bits > 62 || info.task_size > 1ULL << 57 ||
	    info.task_size % 4096)
		return -EBADMSG;
	/* one bit each, or none: the decode says only that it is set */
	if ((info.enc_mask & (info.enc_mask - 1)) || (info.shared_mask & (info.shared_mask - 1)))
		return -EBADMSG;
	if (!memchr(info.release, 0, sizeof(info.release)) || !is_printable(info.release))
		return -EBADMSG;
	p += size;
	f = (struct mmscope_format){
		.info = info, .bits = (const void *)p, .kinds = (const void *)(p + bits),
		.vma_flags = (const void *)(p + bits + kinds),
	};
	err = check_rows(&f);
	return err ? err : source_set_format(&r->src, &info, f.bits, f.kinds, f.vma_flags);
}

/*
 * Records of one length, which may be more than is known here: then they are cut. In
 * version 1 it was not written down.
 */
static int load_records(struct vector *to, const struct recording_chunk *chunk, const char *p,
			size_t size)
{
	size_t each = chunk->record ? chunk->record : size, at;
	int err = each < size || chunk->length % each ? -EBADMSG : 0;

	for (at = 0; at < chunk->length && !err; at += each)
		err = recording_append(to, p + at, size);
	return err;
}

static int load_tasks(struct recording *r, const struct recording_chunk *chunk, const char *p)
{
	const struct mmscope_task *task;
	size_t before = r->tasks.len, i;
	int err = load_records(&r->tasks, chunk, p, sizeof(*task));

	task = (const struct mmscope_task *)r->tasks.data;
	for (i = before / sizeof(*task); i < r->tasks.len / sizeof(*task) && !err; i++)
		if (task[i].comm[sizeof(task->comm) - 1] || task[i].pid < 0 ||
		    task[i].tgid < 0 || task[i].ppid < 0)
			err = -EBADMSG;
	if (err)
		r->tasks.len = 0;
	r->have_tasks |= !err;
	return err;
}

static int load_zones(struct recording *r, const struct recording_chunk *chunk, const char *p)
{
	const struct mmscope_zone *zone;
	size_t before = r->zones.len, i;
	int err = load_records(&r->zones, chunk, p, sizeof(*zone));

	zone = (const struct mmscope_zone *)r->zones.data;
	for (i = before / sizeof(*zone); i < r->zones.len / sizeof(*zone) && !err; i++)
		if (zone[i].name[sizeof(zone->name) - 1] ||
		    zone[i].start + zone[i].spanned < zone[i].start)
			err = -EBADMSG;
	if (err)
		r->zones.len = 0;
	return err;
}

static int load_mm(struct recording *r, const char *p, size_t len)
{
	if (len < offsetof(struct mmscope_mm, pgtables_bytes))
		return -EBADMSG;
	memset(&r->mm, 0, sizeof(r->mm));
	memcpy(&r->mm, p, len < sizeof(r->mm) ? len : sizeof(r->mm));
	r->have_mm = true;
	r->src.mm_id = r->mm.mm_id;
	return 0;
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
		    vma->bytes > len - at || vma->bytes % 8 || vma->start >= vma->end ||
		    (vma->start | vma->end) % 4096 || vma->end > 1ULL << 57)
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

	b.order = r->nr_blocks++;
	/* before INFO it has no levels */
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

int recording_load_chunk(struct recording *r, const struct recording_chunk *chunk,
			 const char *p, bool *keep)
{
	size_t len = chunk->length;

	*keep = false;
	switch (chunk->type) {
	case RECORDING_INFO:
		return load_info(r, p, len);
	case RECORDING_MM:
		return load_mm(r, p, len);
	case RECORDING_VMAS:
		return load_vmas(r, p, len);
	case RECORDING_BLOCKS:
		*keep = true;
		return load_blocks(r, p, len);
	case RECORDING_TASKS:
		return load_tasks(r, chunk, p);
	case RECORDING_ZONES:
		return load_zones(r, chunk, p);
	case RECORDING_FRAMES:
		return load_records(&r->frames, chunk, p, sizeof(struct mmscope_frame));
	case RECORDING_SWAPS:
		if (!len || p[len - 1] || r->swaps.len)
			return -EBADMSG;
		return recording_append(&r->swaps, p, len);
	default:
		return 0;	/* newer than we are, or the list has it */
	}
}
