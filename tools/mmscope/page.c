// SPDX-License-Identifier: GPL-2.0-only
/* Words about the frames of an entry: what they are used for, folio, errors. */
#include "tool.h"

#include <inttypes.h>
#include <string.h>

/* log2 of the frames of a huge page at level 1. */
#define HUGE_ORDER 9

struct seen {
	uint32_t kinds;		/* bit by MMSCOPE_FRAME_* */
	uint32_t orders;	/* bit by order, of frames whose purpose is user memory */
	uint32_t other_orders;	/* of others */
	bool poisoned, huge_zero;
};

static const struct {
	const char *name;
	bool user;
} kinds[] = {
#define MMSCOPE_FRAME_KIND(symbol, nm, us, help)	\
	[MMSCOPE_FRAME_##symbol] = { nm, us },
#include <mmscope/frame_kinds.def>
};

#define NR_KINDS (sizeof(kinds) / sizeof(kinds[0]))

/* The word for the kind of a frame; one that broke is the kernel's to keep apart. */
const char *page_frame_kind(const struct mmscope_frame *frame)
{
	if (frame->kind == MMSCOPE_FRAME_KERNEL && (frame->attrs & MMSCOPE_FRAME_HWPOISON))
		return "hwpoison";
	return frame->kind < NR_KINDS ? kinds[frame->kind].name : "?";
}

static void see(struct seen *s, const struct mmscope_frame *frame)
{
	unsigned int kind = frame->kind < NR_KINDS ? frame->kind : MMSCOPE_FRAME_KERNEL;

	s->kinds |= 1U << kind;
	if (kinds[kind].user)
		s->orders |= 1U << (frame->order & 31);
	else
		s->other_orders |= 1U << (frame->order & 31);
	s->poisoned |= frame->attrs & MMSCOPE_FRAME_HWPOISON;
}

static void put_words(const struct seen *s, char *buf, size_t len)
{
	unsigned int i;

	buf[0] = '\0';
	for (i = 0; i < NR_KINDS; i++)
		if (s->kinds >> i & 1)
			tool_add_word(buf, len, "%s", kinds[i].name);
	if (s->orders >> HUGE_ORDER & 1)
		tool_add_word(buf, len, "thp");
	if (s->orders & ((1U << HUGE_ORDER) - 2))
		tool_add_word(buf, len, "mthp");
	if (s->poisoned)
		tool_add_word(buf, len, "hwpoison");
	for (i = 1; i < 32; i++)
		if ((s->orders | s->other_orders) >> i & 1)
			tool_add_word(buf, len, "order=%u", i);
}

/**
 * page_words - what the frames of an entry, or of a run, are used for
 * @src: source
 * @e: the (first) entry
 * @nr: entries, whose frames follow each other; 1 if they are all the same
 * @buf: the words, "" if they are not known (recording, hidden, no frame)
 * @len: its length
 *
 * Uses up what the last call on @src returned.
 */
void page_words(struct libmmscope_source *src, const struct mmscope_entry *e, uint64_t nr,
		char *buf, size_t len)
{
	struct mmscope_frames f = { .resume = e->pfn };
	const struct mmscope_frame *frame;
	const void *records;
	struct seen s = { 0 };
	__u32 i;

	buf[0] = '\0';
	if (!e->has_pfn || e->class == MMSCOPE_CLASS_TABLE ||
	    !(libmmscope_format(src)->info.features & MMSCOPE_FEATURE_PHYS))
		return;
	/* a huge page that broke is taken apart: the one frame is meant */
	if (strcmp(e->kind, "hwpoison"))
		nr <<= mmscope_span_shift(e->level) - 12;
	f.end = e->pfn + nr;
	while (f.resume < f.end && !tool_interrupted) {
		f.start = f.resume;
		if (libmmscope_frames(src, &f, &records))
			return;
		for (i = 0; i < f.count; i++) {
			frame = (const void *)((const char *)records + i * f.record_size);
			see(&s, frame);
		}
	}
	/* the huge zero page is never mapped in another way */
	if ((s.kinds >> MMSCOPE_FRAME_HUGE_ZERO & 1) &&
	    (e->level != 1 || (e->raw & MMSCOPE_W))) {
		s.kinds &= ~(1U << MMSCOPE_FRAME_HUGE_ZERO);
		s.kinds |= 1U << MMSCOPE_FRAME_KERNEL;
	}
	put_words(&s, buf, len);
}
