/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The meaning of an entry: the one decode, for module, tool and tests. Works
 * on a value that was loaded once; knows the hardware (SDM vol. 3A, 4.5) and
 * the format description, and no kernel version.
 */
#ifndef MMSCOPE_DECODE_H
#define MMSCOPE_DECODE_H

#include <mmscope/format.h>

/* What an entry is, before any name: decided by hardware bits and PROTNONE. */
enum mmscope_class {
	MMSCOPE_CLASS_NONE,	/* empty */
	MMSCOPE_CLASS_TABLE,	/* points to a table */
	MMSCOPE_CLASS_LEAF,	/* present, maps memory */
	MMSCOPE_CLASS_PROTNONE,	/* maps memory, every access faults */
	MMSCOPE_CLASS_SWAP,	/* not present, not empty: swap, migration, marker … */
};

/**
 * struct mmscope_entry - a decoded entry
 * @raw: the value
 * @level: level of its table
 * @class: enum mmscope_class
 * @when: MMSCOPE_WHEN_* that bit-table rows must match: class and half
 * @has_pfn: @pfn holds a frame number
 * @swap_type: swap type number, for CLASS_SWAP
 * @pfn: frame number (first 4 KiB frame of a huge page; the table's frame)
 * @offset: offset field, for CLASS_SWAP (swap slot, marker bits)
 * @kind: name of what it is
 * @kind_flags: MMSCOPE_KIND_* of a non-present entry
 */
struct mmscope_entry {
	__u64 raw;
	__u8 level;
	__u8 class;
	__u8 when;
	__u8 has_pfn;
	__u32 swap_type;
	__u64 pfn;
	__u64 offset;
	const char *kind;
	__u32 kind_flags;
};

/**
 * struct mmscope_flag - one flag of an entry, as mmscope_flag_next() finds it
 * @name: name, or 0 for a bit nobody has named
 * @letter: one character for narrow columns, '?' for an unnamed bit
 * @bit: lowest bit
 * @width: more than 1: a number, in @value; 0: no bit of its own, part of the
 *         offset of a non-present entry
 * @value: contents of the field
 */
struct mmscope_flag {
	const char *name;
	char letter;
	__u8 bit;
	__u8 width;
	__u64 value;
};

static inline int mmscope_is_none(__u64 raw)
{
	return (raw & ~MMSCOPE_NONE_IGNORES) == 0;
}

/* Points to a table one level down. The walk descends on exactly this. */
static inline int mmscope_is_table(__u64 raw, unsigned int level)
{
	if (!(raw & MMSCOPE_P) || level == 0)
		return 0;
	return level > MMSCOPE_LEAF_MAX || !(raw & MMSCOPE_PS);
}

static inline enum mmscope_class mmscope_classify(__u64 raw, unsigned int level)
{
	if (mmscope_is_none(raw))
		return MMSCOPE_CLASS_NONE;
	if (raw & MMSCOPE_P)
		return mmscope_is_table(raw, level) ? MMSCOPE_CLASS_TABLE :
						      MMSCOPE_CLASS_LEAF;
	if (raw & MMSCOPE_PN)
		return MMSCOPE_CLASS_PROTNONE;
	/* pmd_mkinvalid(): a huge page being split keeps only PS (pmd_present()) */
	if (level && (raw & MMSCOPE_PS))
		return MMSCOPE_CLASS_PROTNONE;
	return MMSCOPE_CLASS_SWAP;
}

/* Why a walk ends at an entry that is no pointer to a table: MMSCOPE_END_*. */
static inline __u8 mmscope_end_of(__u64 raw, unsigned int level)
{
	switch (mmscope_classify(raw, level)) {
	case MMSCOPE_CLASS_NONE:
		return MMSCOPE_END_NONE;
	case MMSCOPE_CLASS_SWAP:
		return MMSCOPE_END_NONPRESENT;
	default:
		return MMSCOPE_END_LEAF;
	}
}

/* The bits of the frame field; a huge entry uses the low ones for other things. */
static inline __u64 mmscope_frame_bits(const struct mmscope_format *f,
				       unsigned int level, int leaf)
{
	return f->info.pfn_mask & ~(mmscope_span(leaf ? level : 0) - 1);
}

/*
 * The frame field. A value that is not present is stored inverted (L1TF,
 * pgtable-invert.h).
 */
static inline __u64 mmscope_frame(const struct mmscope_format *f, __u64 raw,
				  unsigned int level, int leaf)
{
	__u64 v = (raw & MMSCOPE_P) ? raw : ~raw;

	return (v & mmscope_frame_bits(f, level, leaf)) >> 12;
}

static inline const struct mmscope_kind *
mmscope_kind_of(const struct mmscope_format *f, __u32 swap_type)
{
	__u32 i;

	for (i = 0; i < f->info.nr_kinds; i++) {
		const struct mmscope_kind *k = &f->kinds[i];

		if (swap_type >= k->first && swap_type <= k->last &&
		    !(k->flags & MMSCOPE_KIND_MARK))
			return k;
	}
	return 0;
}

/* Type and offset of a non-present entry (pgtable_64.h), and what it is. */
static inline void mmscope_decode_swap(const struct mmscope_format *f,
				       struct mmscope_entry *e)
{
	const struct mmscope_kind *k;

	e->swap_type = (e->raw >> f->info.swp_type_shift) &
		       ((1ULL << f->info.swp_type_bits) - 1);
	e->offset = (~e->raw >> f->info.swp_offset_shift) &
		    ((1ULL << f->info.swp_offset_bits) - 1);
	k = mmscope_kind_of(f, e->swap_type);
	e->kind = k ? k->name : "unknown";
	e->kind_flags = k ? k->flags : 0;
	if (e->kind_flags & MMSCOPE_KIND_PFN) {
		e->has_pfn = 1;
		e->pfn = e->offset & ((1ULL << f->info.swp_pfn_bits) - 1);
	}
}

/**
 * mmscope_decode - say what an entry is
 * @f: format of the kernel it comes from
 * @raw: the entry
 * @level: level of its table
 * @kernel: it stands in the kernel half
 * @e: filled in
 *
 * Every 64-bit value decodes to something.
 */
static inline void mmscope_decode(const struct mmscope_format *f, __u64 raw,
				  unsigned int level, int kernel,
				  struct mmscope_entry *e)
{
	static const __u8 when[] = {
		[MMSCOPE_CLASS_NONE] = 0,
		[MMSCOPE_CLASS_TABLE] = MMSCOPE_WHEN_TABLE,
		[MMSCOPE_CLASS_LEAF] = MMSCOPE_WHEN_LEAF,
		[MMSCOPE_CLASS_PROTNONE] = MMSCOPE_WHEN_PROTNONE,
		[MMSCOPE_CLASS_SWAP] = MMSCOPE_WHEN_SWAP,
	};

	e->raw = raw;
	e->level = level;
	e->class = mmscope_classify(raw, level);
	e->when = when[e->class] | (kernel ? MMSCOPE_WHEN_KERNEL : MMSCOPE_WHEN_USER);
	e->has_pfn = 0;
	e->swap_type = 0;
	e->pfn = 0;
	e->offset = 0;
	e->kind_flags = 0;
	switch (e->class) {
	case MMSCOPE_CLASS_TABLE:
		e->kind = "table";
		e->has_pfn = 1;
		e->pfn = mmscope_frame(f, raw, level, 0);
		break;
	case MMSCOPE_CLASS_LEAF:
	case MMSCOPE_CLASS_PROTNONE:
		e->kind = e->class == MMSCOPE_CLASS_LEAF ? "page" :
			  raw & MMSCOPE_PN ? "protnone" : "invalid";
		e->has_pfn = 1;
		e->pfn = mmscope_frame(f, raw, level, 1);
		break;
	case MMSCOPE_CLASS_SWAP:
		mmscope_decode_swap(f, e);
		break;
	default:
		e->kind = "none";
	}
}

/**
 * mmscope_holds_frame - does an entry hold one of [@start, @end)?
 * @f: format of the kernel it comes from
 * @raw: the entry
 * @level: level of its table
 * @kernel: it stands in the kernel half
 * @start: first frame number
 * @end: frame number after the last
 *
 * A pointer to a table does not: what it points to is mapped nowhere by it.
 */
static inline int mmscope_holds_frame(const struct mmscope_format *f, __u64 raw,
				      unsigned int level, int kernel,
				      __u64 start, __u64 end)
{
	struct mmscope_entry e;

	mmscope_decode(f, raw, level, kernel, &e);
	return e.has_pfn && e.class != MMSCOPE_CLASS_TABLE && e.pfn < end &&
	       e.pfn + (mmscope_span(level) >> 12) > start;
}

/* Are these frame numbers that SCAN and FRAMES take? */
static inline int mmscope_frames_valid(const struct mmscope_format *f, __u64 start, __u64 end)
{
	return start < end && end <= f->info.pfn_mask >> 12;
}

static inline int mmscope_bit_applies(const struct mmscope_bit *b,
				      const struct mmscope_entry *e)
{
	__u8 half = MMSCOPE_WHEN_USER | MMSCOPE_WHEN_KERNEL;

	return (b->levels >> e->level & 1) && (b->when & e->when & half) &&
	       (b->when & e->when & ~half);
}

static inline __u64 mmscope_field_mask(unsigned int bit, unsigned int width)
{
	return ((1ULL << width) - 1) << bit;
}

/* Bits that are no flags: frame, encryption, type and offset. */
static inline __u64 mmscope_value_bits(const struct mmscope_format *f,
				       const struct mmscope_entry *e)
{
	if (e->class == MMSCOPE_CLASS_NONE)
		return e->raw;
	if (e->class == MMSCOPE_CLASS_SWAP)
		return mmscope_field_mask(f->info.swp_type_shift, f->info.swp_type_bits) |
		       mmscope_field_mask(f->info.swp_offset_shift, f->info.swp_offset_bits);
	return mmscope_frame_bits(f, e->level, e->class != MMSCOPE_CLASS_TABLE) |
	       f->info.enc_mask | f->info.shared_mask;
}

/*
 * Flags that stand for no fixed bit: marker bits, encryption, and what migration
 * keeps of the accessed and dirty bits above the frame number (swapops.h:
 * SWP_MIG_YOUNG, SWP_MIG_DIRTY).
 */
static inline int mmscope_flag_extra(const struct mmscope_format *f,
				     const struct mmscope_entry *e,
				     unsigned int n, struct mmscope_flag *flag)
{
	const struct mmscope_kind *k;
	__u64 mask;

	flag->width = 1;
	flag->value = 1;
	flag->bit = 0;
	if (n >= f->info.nr_kinds + 2) {
		n -= f->info.nr_kinds + 2;
		flag->letter = n ? 'D' : 'A';
		flag->name = n ? "dirty" : "accessed";
		flag->width = 0;
		return (e->kind_flags & MMSCOPE_KIND_AD) &&
		       (e->offset >> (f->info.swp_pfn_bits + n) & 1);
	}
	if (n < f->info.nr_kinds) {
		k = &f->kinds[n];
		flag->name = k->name;
		flag->letter = 'm';
		flag->width = 0;
		return (e->kind_flags & MMSCOPE_KIND_MARKER) &&
		       (k->flags & MMSCOPE_KIND_MARK) && (e->offset & k->payload);
	}
	/* neither is ever inverted: both lie outside of the frame field */
	if (e->class == MMSCOPE_CLASS_NONE || e->class == MMSCOPE_CLASS_SWAP)
		return 0;
	flag->letter = 'E';
	flag->name = n == f->info.nr_kinds ? "encrypted" : "shared";
	mask = n == f->info.nr_kinds ? f->info.enc_mask : f->info.shared_mask;
	flag->bit = mask ? __builtin_ctzll(mask) : 0;
	return (e->raw & mask) != 0;
}

/* The named bit-table rows that are set, one a call; their bits into *seen. */
static inline int mmscope_flag_row(const struct mmscope_entry *e,
				   const struct mmscope_bit *b,
				   struct mmscope_flag *flag)
{
	__u64 mask = mmscope_field_mask(b->bit, b->width);

	if (!mmscope_bit_applies(b, e) || !(e->raw & mask))
		return 0;
	flag->name = b->name;
	flag->letter = b->letter;
	flag->bit = b->bit;
	flag->width = b->width;
	flag->value = (e->raw & mask) >> b->bit;
	return 1;
}

/**
 * mmscope_flag_next - the flags of an entry, one a call
 * @f: format
 * @e: decoded entry
 * @pos: 0 before the first call, then left alone
 * @flag: filled in
 *
 * Return: 1 with the next flag, 0 after the last. Bits that no row names come
 * last, with name 0.
 */
static inline int mmscope_flag_next(const struct mmscope_format *f,
				    const struct mmscope_entry *e,
				    unsigned int *pos, struct mmscope_flag *flag)
{
	unsigned int extra = f->info.nr_bits, bits = extra + f->info.nr_kinds + 4;
	__u64 known;
	__u32 i;

	for (; *pos < extra; ++*pos)
		if (mmscope_flag_row(e, &f->bits[*pos], flag))
			return ++*pos, 1;
	for (; *pos < bits; ++*pos)
		if (mmscope_flag_extra(f, e, *pos - extra, flag))
			return ++*pos, 1;
	if (*pos >= bits + 64)
		return 0;
	known = mmscope_value_bits(f, e);
	for (i = 0; i < f->info.nr_bits; i++)
		if (mmscope_bit_applies(&f->bits[i], e))
			known |= mmscope_field_mask(f->bits[i].bit, f->bits[i].width);
	for (; *pos < bits + 64; ++*pos) {
		i = *pos - bits;
		if (!((e->raw & ~known) >> i & 1))
			continue;
		flag->name = 0;
		flag->letter = '?';
		flag->bit = i;
		flag->width = 1;
		flag->value = 1;
		return ++*pos, 1;
	}
	return 0;
}

#endif /* MMSCOPE_DECODE_H */
