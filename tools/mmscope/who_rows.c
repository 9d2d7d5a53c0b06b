// SPDX-License-Identifier: GPL-2.0-only
/*
 * The records of one address space as rows: the pages that are asked for, in rows
 * of pages that are alike; and what is counted to compare it with map counts.
 */
#include "who.h"

#include <inttypes.h>
#include <string.h>

#include <linux/kernel-page-flags.h>

#define WHO_COLUMN(symbol, ...) COL_##symbol,
enum {
#include "who.def"
	NR_COLUMNS,
};

#undef WHO_COLUMN

/* Pages in a row that are alike. */
struct row {
	uint64_t va, pages;
	uint64_t first, frames;		/* frames or slots; 1: all pages have the same one */
	struct mmscope_entry e;		/* of the first page */
	const struct mmscope_vma *vma;
	const char *kind;
	__u8 taken;
	bool copy;
};

/* Where rows come from. */
struct maker {
	struct who *w;
	struct row row;			/* pages 0: none */
	uint64_t processes;
	char comm[64];
	bool by_flags;
};

static bool is_swap(const struct mmscope_entry *e)
{
	return !strcmp(e->kind, "swap");
}

/*
 * Is the frame anonymous memory? Frames come mostly in order: what is next to it is
 * asked for at once.
 */
static bool is_anon(struct who *w, uint64_t pfn)
{
	struct mmscope_frames f = { .start = pfn, .end = pfn + WHO_WINDOW };
	uint64_t limit = w->f->info.pfn_mask >> 12;
	const struct mmscope_frame *frame;
	const void *records;
	__u32 i;

	if (pfn < w->window || pfn >= w->window + w->windowed) {
		if (f.end > limit)
			f.end = limit;
		if (pfn >= limit || libmmscope_frames(w->src, &f, &records) || !f.count)
			return false;
		for (i = 0; i < f.count; i++) {
			frame = (const void *)((const char *)records + (size_t)i * f.record_size);
			w->kpf[i] = frame->flags;
		}
		w->window = pfn;
		w->windowed = f.count;
	}
	return w->kpf[pfn - w->window] >> KPF_ANON & 1;
}

static void set_vma(struct out *out, const struct row *row)
{
	const struct mmscope_vma *vma = row->vma;
	const char *path;
	char perms[5];

	if (!vma)
		return;
	mmscope_perms(vma->flags, perms);
	out_set(out, COL_PERMS, "%s", perms);
	out_set(out, COL_START, "0x%012" PRIx64, (uint64_t)vma->start);
	out_set(out, COL_END, "0x%012" PRIx64, (uint64_t)vma->end);
	path = libmmscope_vma_string(vma, vma->name);
	if (path)
		out_set(out, COL_PATH, "%s", path);
	if (vma->attrs & MMSCOPE_VMA_FILE)
		out_set(out, COL_INDEX, "0x%" PRIx64,
			(uint64_t)(vma->offset + (row->va - vma->start)) >> 12);
}

static void set_entry(const struct who *w, const struct row *row)
{
	const struct mmscope_entry *e = &row->e;
	struct out *out = w->out;
	const char *device = tool_swap_name(w->src, e);
	__u8 taken = row->taken | mmscope_taken(w->f, e->raw, e->level, 0);
	char text[512];

	out_set(out, COL_LEVEL, "%s", mmscope_level_name(w->f, e->level));
	out_set(out, COL_KIND, "%s", row->kind);
	tool_rights(e->class == MMSCOPE_CLASS_LEAF ? MMSCOPE_RIGHTS_ALL & ~taken : 0, text);
	out_set(out, COL_EFF, "%s", text);
	out_set(out, COL_RAW, "0x%016" PRIx64, (uint64_t)e->raw);
	tool_flags(w->f, e, text, sizeof(text));
	out_set(out, COL_FLAGS, "%s", text);
	if (e->has_pfn)
		out_set(out, COL_PFN, "0x%" PRIx64, row->first);
	if (is_swap(e)) {
		out_set(out, COL_AREA, "%u", e->swap_type);
		out_set(out, COL_SLOT, "0x%" PRIx64, row->first);
	}
	if (device)
		out_set(out, COL_DEVICE, "%s", device);
	out_color(out, tool_kind_color(e, taken));
}

static void flush(struct maker *m)
{
	const struct row *row = &m->row;
	struct out *out = m->w->out;

	if (!row->pages)
		return;
	out_set(out, COL_PID, "%d", libmmscope_pid(m->w->src));
	out_set(out, COL_PROCS, "%" PRIu64, m->processes);
	out_set(out, COL_COMM, "%s", m->comm);
	out_set(out, COL_ADDR, "0x%012" PRIx64, row->va);
	out_set(out, COL_PAGES, "%" PRIu64, row->pages);
	out_set(out, COL_FRAMES, "%" PRIu64, row->frames);
	if (m->w->o->file)
		out_set(out, COL_OF, "%s", row->copy ? "copy" : "file");
	set_entry(m->w, row);
	set_vma(out, row);
	out_row(out);
	m->w->rows++;
	m->row.pages = 0;
}

/* Can the pages of @next be told in the row of those before them? */
static bool continues(const struct maker *m, const struct row *next)
{
	const struct row *row = &m->row;
	bool on = row->frames == row->pages && next->first == row->first + row->frames;
	bool same = row->frames == 1 && next->frames == 1 && next->first == row->first;

	if (!row->pages || m->w->o->no_merge || next->va != row->va + row->pages * 4096)
		return false;
	if (m->by_flags &&
	    ((next->e.raw ^ row->e.raw) & ~mmscope_value_bits(m->w->f, &row->e)))
		return false;
	return (on || same) && next->vma == row->vma && next->e.level == row->e.level &&
	       next->kind == row->kind && next->copy == row->copy &&
	       next->e.swap_type == row->e.swap_type &&
	       (next->taken | mmscope_taken(m->w->f, next->e.raw, next->e.level, 0)) ==
	       (row->taken | mmscope_taken(m->w->f, row->e.raw, row->e.level, 0));
}

/* @nr pages from @va on, with frames or slots from @first on. */
static void add(struct maker *m, const struct mmscope_entry *e, __u8 taken, uint64_t va,
		uint64_t first, uint64_t nr)
{
	struct who *w = m->w;
	struct row next = {
		.va = va, .pages = nr, .first = first, .frames = nr, .e = *e, .taken = taken,
		.vma = libmmscope_maps_find(&w->maps, va),
	};

	next.kind = tool_kind(w->f, e, next.vma);
	next.copy = w->o->file && (is_swap(e) || is_anon(w, e->pfn));
	if (!continues(m, &next)) {
		flush(m);
		m->row = next;
		return;
	}
	if (next.first != m->row.first)
		m->row.frames += nr;
	m->row.pages += nr;
}

/* Does the entry count in the map count? Migration has taken its count away. */
static bool is_counted(const struct mmscope_entry *e)
{
	return e->class == MMSCOPE_CLASS_LEAF || e->class == MMSCOPE_CLASS_PROTNONE ||
	       !strncmp(e->kind, "device_", 7);
}

/* The part of an entry that is asked for, in each range. */
static void add_parts(struct maker *m, const struct mmscope_entry *e, __u8 taken, uint64_t va,
		      uint64_t first)
{
	uint64_t nr = mmscope_span(e->level) >> 12, low, high, pfn;
	struct who *w = m->w;
	size_t i, at = 0;

	for (i = 0; i < w->ranges; at += w->range[i].end - w->range[i].start, i++) {
		const struct who_range *r = &w->range[i];

		low = first > r->start ? first : r->start;
		high = first + nr < r->end ? first + nr : r->end;
		if (low >= high || (is_swap(e) && r->area != e->swap_type &&
				    r->area != WHO_ANY_AREA))
			continue;
		add(m, e, taken, va + (low - first) * 4096, low, high - low);
		for (pfn = low; w->frame && pfn < high; pfn++)
			w->frame[at + pfn - r->start].seen += is_counted(e);
	}
	if (!w->ranges)
		add(m, e, taken, va, first, nr);
}

static void add_entry(struct maker *m, const struct mmscope_record *rec, __u32 i)
{
	const struct options *o = m->w->o;
	struct mmscope_entry e;
	bool swap;

	mmscope_decode(m->w->f, mmscope_run_entry(rec, i), rec->level, 0, &e);
	swap = is_swap(&e);
	/* of a file: its frames, and copies that were swapped out; no markers */
	if (o->file ? e.has_pfn || swap : o->swap == swap)
		add_parts(m, &e, rec->taken, rec->va + i * mmscope_span(rec->level),
			  swap ? e.offset : e.pfn);
}

/* Prints what is in w->record. */
void who_print(struct who *w)
{
	struct maker m = {
		.w = w, .by_flags = out_wants(w->out, COL_FLAGS) || out_wants(w->out, COL_RAW),
	};
	struct mmscope_mm mm;
	size_t n;
	__u32 i;

	m.processes = libmmscope_mm(w->src, &mm) ? 1 : mm.processes;
	tool_comm(libmmscope_pid(w->src), m.comm, sizeof(m.comm));
	for (n = 0; n < w->records && !tool_interrupted && !ferror(stdout); n++)
		for (i = 0; i < w->record[n].nr; i++)
			add_entry(&m, &w->record[n], i);
	flush(&m);
}
