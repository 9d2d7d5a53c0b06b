// SPDX-License-Identifier: GPL-2.0-only
/* Two scans side by side: where both have a piece they are compared. */
#include "cow.h"

/*
 * A page that is pinned has 1024 references for each pin (GUP_PIN_COUNTING_BIAS), if
 * it is no part of a larger folio: there pins have a counter of their own.
 */
#define PIN_BIAS 1024

static int open_named(const struct cow_name *name, struct libmmscope_source **src)
{
	if (name->recording)
		return libmmscope_open_recording(name->recording, src);
	return libmmscope_open_live(name->pid, src, NULL);
}

static int open_side(struct pieces *s, const struct cow_name *name)
{
	int err = open_named(name, &s->src);

	return err ? err : pieces_begin(s);
}

/*
 * A fork keeps the layout of the program, exec makes another: only of one program two
 * frames at the same address are copies of one page.
 */
static int compare_images(struct cow *c)
{
	struct mmscope_mm mine, other;
	int err = libmmscope_mm(c->mine.src, &mine);

	if (!err)
		err = libmmscope_mm(c->other.src, &other);
	if (err)
		return err;
	c->kin = mine.start_stack == other.start_stack &&
		 mine.start_code == other.start_code && mine.arg_start == other.arg_start &&
		 mine.start_brk == other.start_brk;
	return 0;
}

/**
 * cow_open - begin to compare two processes
 * @c: all 0 but for want_facts
 * @mine: process
 * @other: the one it is compared with
 *
 * Return: 0 or a negative errno; cow_close() in any case.
 */
int cow_open(struct cow *c, const struct cow_name *mine, const struct cow_name *other)
{
	int err = open_side(&c->mine, mine);

	if (!err)
		err = open_side(&c->other, other);
	if (!err)
		err = open_named(mine, &c->facts);
	if (!err)
		err = compare_images(c);
	c->special = err ? 0 : tool_entry_bit(pieces_format(&c->mine), "special", 0);
	return err;
}

void cow_close(struct cow *c)
{
	pieces_close(&c->mine);
	pieces_close(&c->other);
	libmmscope_close(c->facts);
}

static uint8_t kind_of_frame(struct cow *c, uint64_t pfn)
{
	struct mmscope_frames f = { .start = pfn, .end = pfn + 1 };
	const void *records;

	if (libmmscope_frames(c->facts, &f, &records) || !f.count)
		return MMSCOPE_FRAME_NONE;
	return ((const struct mmscope_frame *)records)->kind;
}

/*
 * The zero page, huge or not: nothing was written yet. A small one is marked in its
 * entry, as memory without a struct page is: there is none of that in these VMAs.
 */
static bool is_zero(struct cow *c, const struct piece *p)
{
	if (p->what != PIECE_FRAME || p->writable)
		return false;
	if (!p->level)
		return p->raw & c->special;
	if (p->id == c->huge_zero)
		return true;
	if (kind_of_frame(c, p->id) != MMSCOPE_FRAME_HUGE_ZERO)
		return false;
	c->huge_zero = p->id;
	return true;
}

/* Were the two VMAs one? Of the same file, or of none. */
static bool is_related(const struct cow *c, const struct mmscope_vma *mine,
		       const struct mmscope_vma *other)
{
	return other && cow_takes(c, other) && mine->inode == other->inode &&
	       mine->dev_major == other->dev_major && mine->dev_minor == other->dev_minor;
}

static enum cow_state state_of(struct cow *c, const struct piece *a, const struct piece *b)
{
	enum piece_what mine = is_zero(c, a) ? PIECE_NOTHING : a->what;
	enum piece_what other = is_zero(c, b) ? PIECE_NOTHING : b->what;

	if (mine >= PIECE_OTHER || other >= PIECE_OTHER)
		return COW_UNKNOWN;
	if (!mine || !other)
		return mine ? COW_OWN : other ? COW_THERE : COW_NEVER;
	if (mine == other && a->id == b->id)
		return COW_SHARED;
	if (!c->kin)
		return COW_OWN;
	return mine == other ? COW_COPIED : COW_UNKNOWN;
}

/* How far the two pieces go together: where they count in different directions, one page. */
static uint64_t common_end(const struct piece *a, const struct piece *b)
{
	uint64_t end = a->end < b->end ? a->end : b->end;

	if (a->what && b->what && a->direction != b->direction)
		return a->start + 4096;
	return end;
}

/* Exclusive and pinned pages among those that are mapped here. */
static int add_facts(struct cow *c, const struct piece *p, struct cow_sums *sums)
{
	uint64_t more = p->direction ? ((p->end - p->start) >> 12) - 1 : 0;
	uint64_t first = p->direction < 0 ? p->id - more : p->id;
	struct mmscope_frames f = { .resume = first, .end = first + more + 1 };
	const struct mmscope_frame *frame;
	const void *records;
	__u32 i;
	int err;

	while (f.resume < f.end) {
		f.start = f.resume;
		err = libmmscope_frames(c->facts, &f, &records);
		if (err)
			return err;
		for (i = 0; i < f.count; i++) {
			frame = (const void *)((const char *)records + (size_t)i * f.record_size);
			if (frame->attrs & MMSCOPE_FRAME_EXCLUSIVE)
				sums->exclusive += 4096;
			if (!frame->order && frame->refcount >= frame->mapcount + PIN_BIAS)
				sums->pinned += 4096;
		}
	}
	return 0;
}

/* Private memory: the rest is shared on purpose. */
bool cow_takes(const struct cow *c, const struct mmscope_vma *vma)
{
	const struct mmscope_format *f = libmmscope_format(c->mine.src);

	return !tool_vma_has(f, vma, "mayshare") && !tool_vma_has(f, vma, "pfnmap") &&
	       !tool_vma_has(f, vma, "io");
}

static int take(struct cow *c, const struct cow_span *s, struct cow_sums *sums)
{
	uint64_t len = s->end - s->start;

	sums->state[s->state] += len;
	sums->size += len;
	if (s->promised)
		sums->promised += len;
	if (c->want_facts && s->mine.what == PIECE_FRAME) {
		int err = add_facts(c, &s->mine, sums);

		if (err)
			return err;
	}
	return 0;
}

/**
 * cow_vma - compare one VMA with what the other process has there
 * @c: comparison
 * @vma: of the first process; they are asked for in order
 * @sums: added to
 * @fn: called for each span, or NULL
 * @arg: for @fn
 *
 * Return: 0, a negative errno, or what @fn returned.
 */
int cow_vma(struct cow *c, const struct mmscope_vma *vma, struct cow_sums *sums, cow_fn fn,
	    void *arg)
{
	bool may_write = tool_vma_has(libmmscope_format(c->mine.src), vma, "write");
	const struct mmscope_vma *other, *next;
	struct cow_span s = { .vma = vma };
	uint64_t va, end;
	int err;

	for (va = vma->start; va < vma->end; va = s.end) {
		err = pieces_at(&c->mine, va);
		if (!err)
			err = pieces_at(&c->other, va);
		if (err)
			return err;
		other = libmmscope_maps_find(&c->other.maps, va);
		next = libmmscope_maps_next(&c->other.maps, va);
		end = other ? other->end : next ? next->start : vma->end;
		end = end < vma->end ? end : vma->end;
		s.start = va;
		s.mine = pieces_part(&c->mine, va, end);
		s.other = pieces_part(&c->other, va, end);
		if (!is_related(c, vma, other))
			s.other = (struct piece){ .start = va, .end = end };
		s.end = common_end(&s.mine, &s.other);
		s.mine.end = s.end;
		s.other.end = s.end;
		s.state = state_of(c, &s.mine, &s.other);
		s.promised = may_write && s.state == COW_SHARED && !s.mine.writable;
		err = take(c, &s, sums);
		if (!err && fn)
			err = fn(arg, &s);
		if (err)
			return err;
	}
	return 0;
}

/* All private VMAs in order, as cow_vma(). */
int cow_all(struct cow *c, struct cow_sums *sums, cow_fn fn, void *arg)
{
	size_t i;
	int err = 0;

	for (i = 0; i < c->mine.maps.count && !err; i++)
		if (cow_takes(c, c->mine.maps.vma[i]))
			err = cow_vma(c, c->mine.maps.vma[i], sums, fn, arg);
	return err;
}

void cow_add(struct cow_sums *to, const struct cow_sums *from)
{
	unsigned int i;

	for (i = 0; i < NR_COW_STATES; i++)
		to->state[i] += from->state[i];
	to->promised += from->promised;
	to->exclusive += from->exclusive;
	to->pinned += from->pinned;
	to->size += from->size;
}
