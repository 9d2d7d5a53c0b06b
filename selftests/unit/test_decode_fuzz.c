// SPDX-License-Identifier: GPL-2.0-only
/*
 * decode.h on any value and any format: nothing of an entry is lost. From what a
 * decode gives (flags with bits and values, frame or type and offset) the entry is
 * put together again, with the format's fields only, and must be what it was; the
 * bits of no field and no row must come out unnamed, each once. Formats are those
 * of five kernels, and made-up ones within what a recording may hold.
 */
#include "formats.h"

#define HALVES	2
#define NAMED	(MMSCOPE_A | MMSCOPE_D)	/* all that an empty entry may hold */

static const struct mmscope_format *format;
static uint64_t checked;

/* Bits of the entry that are its frame, by the SDM: 4.5.5, tables 4-15 to 4-20. */
static uint64_t frame_bits(const struct mmscope_entry *e)
{
	uint64_t low = 0xfff;

	if (e->class == MMSCOPE_CLASS_LEAF || e->class == MMSCOPE_CLASS_PROTNONE)
		low = (4096ULL << 9 * e->level) - 1;
	return format->info.pfn_mask & ~low;
}

static uint64_t field(unsigned int shift, unsigned int bits)
{
	return ((1ULL << bits) - 1) << shift;
}

/* The fields of an entry; *known gets the bits they occupy. */
static uint64_t rebuild_fields(const struct mmscope_entry *e, uint64_t *known)
{
	const struct mmscope_info *info = &format->info;
	uint64_t type = field(info->swp_type_shift, info->swp_type_bits);
	uint64_t offset = field(info->swp_offset_shift, info->swp_offset_bits);

	switch (e->class) {
	case MMSCOPE_CLASS_TABLE:
	case MMSCOPE_CLASS_LEAF:
		*known = frame_bits(e);
		return e->pfn << 12 & *known;
	case MMSCOPE_CLASS_PROTNONE:
		*known = frame_bits(e);
		return ~(e->pfn << 12) & *known;
	case MMSCOPE_CLASS_SWAP:
		*known = type | offset;
		return ((uint64_t)e->swap_type << info->swp_type_shift & type) |
		       (~e->offset << info->swp_offset_shift & offset);
	default:
		*known = NAMED;
		return e->raw & NAMED;
	}
}

/* A flag's bits in the entry; *known gets the bits it speaks for. */
static uint64_t rebuild_flag(const struct mmscope_entry *e, const struct mmscope_flag *flag,
			     uint64_t *known)
{
	if (!flag->width) {	/* a mark, or what migration keeps: part of the offset */
		assert_int_equal(e->class, MMSCOPE_CLASS_SWAP);
		*known = 0;
		return 0;
	}
	if (flag->letter == 'E') {
		*known = !strcmp(flag->name, "encrypted") ? format->info.enc_mask :
							    format->info.shared_mask;
		return *known;
	}
	assert_true(flag->width >= 1 && flag->bit + flag->width <= 64);
	assert_true(flag->value && !(flag->value >> flag->width));
	*known = field(flag->bit, flag->width);
	return flag->value << flag->bit;
}

static void check(uint64_t raw, unsigned int level, int kernel)
{
	unsigned int pos = 0, left = format->info.nr_bits + format->info.nr_kinds + 4 + 64;
	uint64_t value, known, bits, unnamed = 0;
	struct mmscope_entry e;
	struct mmscope_flag flag;

	memset(&e, 0xa5, sizeof(e));
	mmscope_decode(format, raw, level, kernel, &e);
	assert_non_null(e.kind);
	assert_true(e.raw == raw && e.level == level);
	value = rebuild_fields(&e, &known);
	while (mmscope_flag_next(format, &e, &pos, &flag)) {
		assert_true(left--);
		value |= rebuild_flag(&e, &flag, &bits);
		if (flag.name) {
			known |= bits;
		} else {
			/* after all the others, upwards */
			assert_true(flag.letter == '?' && flag.width == 1 && bits > unnamed);
			assert_false(known & bits);
			unnamed |= bits;
		}
	}
	if (value != raw)
		fail_msg("%016llx at level %u (%s) came back as %016llx", (unsigned long long)raw,
			 level, e.kind, (unsigned long long)value);
	/* over, and stays so */
	assert_false(mmscope_flag_next(format, &e, &pos, &flag));
	checked++;
}

static void check_everywhere(uint64_t raw)
{
	unsigned int i;

	for (i = 0; i < MMSCOPE_LEVELS_MAX * HALVES; i++)
		check(raw, i / HALVES, i % HALVES);
}

/* Single bits, pairs, and what they leave. */
static void structured(void)
{
	unsigned int a, b;

	check_everywhere(0);
	check_everywhere(~0ULL);
	for (a = 0; a < 64; a++) {
		for (b = 0; b <= a; b++) {
			check_everywhere(1ULL << a | 1ULL << b);
			check_everywhere(~(1ULL << a | 1ULL << b));
		}
	}
}

/* Dense and sparse, of each class about as often. */
static uint64_t random_entry(uint64_t *seed)
{
	uint64_t x = random64(seed), how = random64(seed);

	if (how & 1)
		x &= random64(seed);
	if (how & 2)
		x |= random64(seed);
	switch (how >> 2 & 3) {
	case 0:
		return x | MMSCOPE_P;
	case 1:
		return x & ~(MMSCOPE_P | MMSCOPE_PN | MMSCOPE_PS);
	case 2:
		return x & ~MMSCOPE_P;
	default:
		return x;
	}
}

static void random_entries(unsigned int nr, uint64_t seed)
{
	unsigned int i;

	for (i = 0; i < nr; i++)
		check(random_entry(&seed), i % MMSCOPE_LEVELS_MAX, i / MMSCOPE_LEVELS_MAX % 2);
}

static void test_kernels(void **state)
{
	struct libmmscope_source *src;
	size_t i;

	(void)state;
	for (i = 0; i < recordings.gl_pathc; i++) {
		src = open_recording(i);
		format = libmmscope_format(src);
		structured();
		random_entries(160000, i);
		libmmscope_close(src);
	}
	assert_true(checked > 1000000);
}

/* As with AMD's C-bit and with TDX's shared bit, which are outside the frame. */
static void test_encryption(void **state)
{
	static const struct { uint64_t enc, shared; } bit[] = {
		{ 1ULL << 47, 0 }, { 1ULL << 51, 0 }, { 0, 1ULL << 47 }, { 0, 1ULL << 51 },
	};
	static struct mmscope_format f;
	struct libmmscope_source *src;
	size_t i, j;

	(void)state;
	for (i = 0; i < recordings.gl_pathc; i++) {
		src = open_recording(i);
		for (j = 0; j < sizeof(bit) / sizeof(bit[0]); j++) {
			f = *libmmscope_format(src);
			f.info.enc_mask = bit[j].enc;
			f.info.shared_mask = bit[j].shared;
			f.info.pfn_mask &= ~(bit[j].enc | bit[j].shared);
			format = &f;
			random_entries(8000, j);
		}
		libmmscope_close(src);
	}
}

#define ROWS	24

/* Up to 24 rows of each table, all within the limits of recording_load.c. */
static void random_rows(struct mmscope_format *f, struct mmscope_bit *bits,
			struct mmscope_kind *kinds, uint64_t *seed)
{
	unsigned int i;

	f->info.nr_bits = random64(seed) % (ROWS + 1);
	for (i = 0; i < f->info.nr_bits; i++) {
		bits[i].width = random64(seed) % 3 ? 1 : 1 + random64(seed) % 32;
		bits[i].bit = random64(seed) % (65 - bits[i].width);
		bits[i].levels = random64(seed);
		bits[i].when = random64(seed);
		/* letters by which rebuild_flag() knows what no row gives */
		bits[i].letter = "abcdxyzW"[random64(seed) % 8];
		snprintf(bits[i].name, sizeof(bits[i].name), "bit%u", i);
	}
	f->info.nr_kinds = random64(seed) % (ROWS + 1);
	for (i = 0; i < f->info.nr_kinds; i++) {
		kinds[i].first = random64(seed) % 40;
		kinds[i].last = random64(seed) % 40;
		kinds[i].flags = random64(seed);
		kinds[i].payload = random64(seed);
		snprintf(kinds[i].name, sizeof(kinds[i].name), "kind%u", i);
	}
}

static uint64_t random_mask(uint64_t *seed)
{
	return random64(seed) % 2 ? 1ULL << random64(seed) % 64 : 0;
}

static void random_info(struct mmscope_info *info, uint64_t *seed)
{
	static const uint64_t pfn_mask[] = { 0x000ffffffffff000, 0x00007ffffffff000, ~0ULL, 0 };
	uint64_t any = random64(seed);

	info->levels = 4 + any % 2;
	info->features = random64(seed);
	info->pfn_mask = any & 2 ? pfn_mask[any >> 8 & 3] : random64(seed);
	info->enc_mask = random_mask(seed);
	info->shared_mask = random_mask(seed);
	info->swp_type_shift = any >> 16 & 63;
	info->swp_type_bits = any >> 24 & 31;
	info->swp_offset_shift = any >> 32 & 63;
	info->swp_offset_bits = any >> 40 & 63;
	info->swp_pfn_bits = (any >> 48 & 63) % 63;
}

static void test_any_format(void **state)
{
	static struct mmscope_bit bits[ROWS];
	static struct mmscope_kind kinds[ROWS];
	static struct mmscope_format f = { .bits = bits, .kinds = kinds };
	uint64_t seed = 3;
	unsigned int i;

	(void)state;
	format = &f;
	for (i = 0; i < 1000; i++) {
		random_info(&f.info, &seed);
		random_rows(&f, bits, kinds, &seed);
		check_everywhere(0);
		check_everywhere(~0ULL);
		random_entries(400, seed);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_kernels), cmocka_unit_test(test_encryption),
		cmocka_unit_test(test_any_format),
	};

	return cmocka_run_group_tests_name("decode_fuzz", tests, find_recordings, drop_recordings);
}
