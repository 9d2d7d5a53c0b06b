// SPDX-License-Identifier: GPL-2.0-only
/*
 * Words about the frames of an entry: what they are used for, folio, errors; and
 * which frames an argument means.
 */
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
 * @e: the entry, of several the one with the lowest frame
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
			frame = (const void *)((const char *)records + (size_t)i * f.record_size);
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

/* A range of numbers, START, START-END or START+N, hexadecimal; 0 or EXIT_ERROR. */
int page_numbers(const char *text, const char *what, uint64_t *start, uint64_t *end)
{
	char copy[128], *second;

	snprintf(copy, sizeof(copy), "%s", text);
	second = strpbrk(copy, "-+");
	if (strlen(text) >= sizeof(copy) || second == copy) {
		tool_error("'%.40s' is no %s and no range of them", text, what);
		return EXIT_ERROR;
	}
	*end = 1;
	if (second)
		*second++ = '\0';
	if (tool_hex(copy, start) || (second && tool_hex(second, end))) {
		tool_error("'%s' is no %s and no range of them (hexadecimal; N, N-END or N+COUNT)",
			   text, what);
		return EXIT_ERROR;
	}
	if ((!second || text[second - copy - 1] == '+') &&
	    __builtin_add_overflow(*start, *end, end))
		*end = UINT64_MAX;
	if (*end > *start)
		return 0;
	tool_error("the range is empty or reversed: 0x%" PRIx64 "-0x%" PRIx64, *start, *end);
	return EXIT_ERROR;
}

/* The frame that an address of the process is mapped to. */
static int range_of_address(const struct options *o, struct libmmscope_source *src, uint64_t va,
			    uint64_t *start, uint64_t *end)
{
	struct mmscope_walk w = { .va = va };
	const struct mmscope_level *last;
	struct mmscope_entry e;
	int err = libmmscope_walk(src, &w);

	if (err)
		return tool_fail(o, src, err);
	last = &w.level[w.nr_levels ? w.nr_levels - 1 : 0];
	mmscope_decode(libmmscope_format(src), last->entry, last->level, 0, &e);
	if (!w.nr_levels || !e.has_pfn || e.class == MMSCOPE_CLASS_TABLE) {
		tool_error("0x%" PRIx64 " has no frame: %s", va, w.nr_levels ? e.kind : "none");
		return EXIT_ERROR;
	}
	/* a huge page that broke is taken apart: the one frame is meant */
	if (strcmp(e.kind, "hwpoison"))
		e.pfn += (va & (mmscope_span(last->level) - 1)) >> 12;
	*start = e.pfn;
	*end = e.pfn + 1;
	return 0;
}

/**
 * page_range - the frames that an argument means
 * @o: options; with --of the argument is an address of @src
 * @src: source
 * @text: PFN, PFN-END or PFN+N; hexadecimal
 * @start: first frame number
 * @end: frame number after the last
 *
 * Return: 0, or an exit status after saying what was wrong.
 */
int page_range(const struct options *o, struct libmmscope_source *src, const char *text,
	       uint64_t *start, uint64_t *end)
{
	uint64_t limit = libmmscope_format(src)->info.pfn_mask >> 12;

	if (o->of) {
		if (tool_user_address(src, text, start))
			return EXIT_ERROR;
		return range_of_address(o, src, *start, start, end);
	}
	if (page_numbers(text, "frame number", start, end))
		return EXIT_ERROR;
	if (*end <= limit)
		return 0;
	tool_error("frame 0x%" PRIx64 " is past the end of physical memory, 0x%" PRIx64,
		   *start >= limit ? *start : *end - 1, limit);
	return EXIT_ERROR;
}
