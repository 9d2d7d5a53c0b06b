// SPDX-License-Identifier: GPL-2.0-only
/*
 * decode.h on the formats of all kernels: known values, and that no value and
 * no bit is lost. Expected values are put together here from the SDM (vol. 3A,
 * tables 4-14 to 4-20) and the layout of pgtable_64.h.
 */
#include "formats.h"

#define PFN(n)		((uint64_t)(n) << 12)
#define NX		(1ULL << 63)
#define FIELD		0x000ffffffffff000ULL

static void decode_all(void (*check)(const struct mmscope_format *f))
{
	struct libmmscope_source *src;
	size_t i;

	for (i = 0; i < recordings.gl_pathc; i++) {
		src = open_recording(i);
		check(libmmscope_format(src));
		libmmscope_close(src);
	}
}

static void expect(const struct mmscope_format *f, uint64_t raw, unsigned int level,
		   const char *kind, int has_pfn, uint64_t pfn)
{
	struct mmscope_entry e;

	mmscope_decode(f, raw, level, 0, &e);
	assert_string_equal(e.kind, kind);
	assert_int_equal(e.has_pfn, has_pfn);
	assert_true(e.pfn == pfn);
	assert_true(e.raw == raw);
}

static void known_values(const struct mmscope_format *f)
{
	expect(f, 0, 0, "none", 0, 0);
	expect(f, 0x60, 1, "none", 0, 0);	/* only A and D: empty */
	expect(f, PFN(0x12345) | 0x067, 1, "table", 1, 0x12345);
	expect(f, PFN(0x12345) | 0x067, 4, "table", 1, 0x12345);
	expect(f, NX | PFN(0x12345) | 0x867, 0, "page", 1, 0x12345);
	expect(f, PFN(0x12345) | 0x0e7, 0, "page", 1, 0x12345); /* bit 7 is PAT here */
	expect(f, NX | PFN(0x40200) | 0x8e7, 1, "page", 1, 0x40200);
	/* bit 12 of a huge page is PAT, no frame bit */
	expect(f, NX | PFN(0x40201) | 0x8e7, 1, "page", 1, 0x40200);
	expect(f, PFN(0x40000) | 0x0e7, 2, "page", 1, 0x40000);
	expect(f, PFN(0x12345) | 0x0e7, 3, "table", 1, 0x12345); /* no leaf that high */
	/* PROT_NONE: not present, bit 8, frame inverted (L1TF) */
	expect(f, (~PFN(0x12345) & FIELD) | 0x164, 0, "protnone", 1, 0x12345);
	expect(f, (~PFN(0x40200) & FIELD) | 0x1e4, 1, "protnone", 1, 0x40200);
	expect(f, (~PFN(0x40200) & FIELD) | 0x0e4, 1, "invalid", 1, 0x40200);
	expect(f, 1ULL << 59 | ((~0x123ULL << 14) >> 5 & ~0x1ffULL & ((1ULL << 59) - 1)), 0,
	       "swap", 0, 0);
}

static void test_known_values(void **state)
{
	(void)state;
	decode_all(known_values);
}

static uint64_t encode_swap(uint64_t type, uint64_t offset)
{
	return type << 59 | (~offset & ((1ULL << 50) - 1)) << 9;
}

/* The type numbers of each kernel (KERNEL-FACTS; Debian's configurations). */
static void swap_round_trip(const struct mmscope_format *f)
{
	uint64_t seed = 1, type, offset;
	struct mmscope_entry e;
	unsigned int i;

	for (i = 0; i < 20000; i++) {
		type = random64(&seed) & 31;
		offset = random64(&seed) & ((1ULL << 50) - 1);
		mmscope_decode(f, encode_swap(type, offset), 0, 0, &e);
		if (mmscope_is_none(encode_swap(type, offset)))
			continue;
		assert_int_equal(e.class, MMSCOPE_CLASS_SWAP);
		assert_int_equal(e.swap_type, type);
		assert_true(e.offset == offset);
		assert_string_not_equal(e.kind, "unknown");
	}
}

static void test_swap(void **state)
{
	(void)state;
	decode_all(swap_round_trip);
}

struct expected_type {
	const char *release, *kind;
	unsigned int type;
};

/* From include/linux/swap.h of each release. */
static const struct expected_type types[] = {
	{ "5.10.", "swap", 0 }, { "5.10.", "swap", 28 }, { "5.10.", "hwpoison", 29 },
	{ "5.10.", "migration_read", 30 }, { "5.10.", "migration_write", 31 },
	{ "6.1.", "swap", 25 }, { "6.1.", "hwpoison", 26 },
	{ "6.1.", "migration_read_exclusive", 28 }, { "6.1.", "marker", 30 },
	{ "6.1.", "swapin_error", 31 },
	{ "6.12.", "swap", 26 }, { "6.12.", "migration_read", 28 }, { "6.12.", "marker", 31 },
	{ "7.2.", "swap", 23 }, { "7.2.", "hwpoison", 24 }, { "7.2.", "device_private_write", 28 },
	{ "7.2.", "device_exclusive", 30 }, { "7.2.", "marker", 31 },
	{ "7.3.", "device_private_read", 29 }, { "7.3.", "migration_write", 27 },
};

static void test_types(void **state)
{
	size_t i, j, found = 0;

	(void)state;
	for (i = 0; i < recordings.gl_pathc; i++) {
		struct libmmscope_source *src = open_recording(i);
		const struct mmscope_format *f = libmmscope_format(src);

		for (j = 0; j < sizeof(types) / sizeof(types[0]); j++) {
			struct mmscope_entry e;

			if (strncmp(f->info.release, types[j].release, strlen(types[j].release)))
				continue;
			found++;
			mmscope_decode(f, encode_swap(types[j].type, 5), 0, 0, &e);
			assert_string_equal(e.kind, types[j].kind);
		}
		libmmscope_close(src);
	}
	assert_true(found >= sizeof(types) / sizeof(types[0]));
}

/* Any value at any level: a kind, and every set bit is accounted for once. */
static void nothing_lost(const struct mmscope_format *f)
{
	struct mmscope_entry e;
	struct mmscope_flag flag;
	uint64_t seed = 2, raw, seen, mask;
	unsigned int i, pos, level, kernel;

	for (i = 0; i < 100000; i++) {
		raw = random64(&seed);
		if (i & 1)
			raw &= random64(&seed);
		if (i & 2)
			raw &= ~1ULL;
		level = i % 5;
		kernel = i / 5 % 2;
		mmscope_decode(f, raw, level, kernel, &e);
		assert_non_null(e.kind);
		seen = mmscope_value_bits(f, &e);
		for (pos = 0; mmscope_flag_next(f, &e, &pos, &flag);) {
			if (flag.letter == 'm')
				continue;	/* a marker bit: part of the offset */
			mask = mmscope_field_mask(flag.bit, flag.width);
			assert_true(raw & mask);
			seen |= mask;
		}
		assert_true((raw & ~seen) == 0);
	}
}

static void test_nothing_lost(void **state)
{
	(void)state;
	decode_all(nothing_lost);
}

/* Bit 52 has no meaning on any of the kernels: printed as a bit, not dropped. */
static void unknown_bit(const struct mmscope_format *f)
{
	struct mmscope_entry e;
	struct mmscope_flag flag;
	unsigned int pos = 0, found = 0;

	mmscope_decode(f, 1ULL << 52 | PFN(1) | 1, 0, 0, &e);
	while (mmscope_flag_next(f, &e, &pos, &flag))
		found += !flag.name && flag.bit == 52;
	assert_int_equal(found, 1);
}

static void test_unknown_bit(void **state)
{
	(void)state;
	decode_all(unknown_bit);
}

static int has_flag(const struct mmscope_format *f, uint64_t raw, unsigned int level,
		    const char *name)
{
	struct mmscope_entry e;
	struct mmscope_flag flag;
	unsigned int pos = 0;

	mmscope_decode(f, raw, level, 0, &e);
	while (mmscope_flag_next(f, &e, &pos, &flag))
		if (flag.name && !strcmp(flag.name, name))
			return 1;
	return 0;
}

/* Bits that moved: 58 was DEVMAP up to 6.1 and is SAVED_DIRTY from 6.12. */
static void moved_bits(const struct mmscope_format *f)
{
	uint64_t bit58 = 1ULL << 58 | PFN(1) | 5, bit57 = 1ULL << 57 | PFN(1) | 5;
	bool old = !strncmp(f->info.release, "5.10.", 5) || !strncmp(f->info.release, "6.1.", 4);

	assert_int_equal(has_flag(f, bit58, 0, "devmap"), old);
	assert_int_equal(has_flag(f, bit58, 0, "saved_dirty"), !old);
	assert_int_equal(has_flag(f, bit57, 0, "devmap"), !strncmp(f->info.release, "6.12.", 5));
	assert_int_equal(has_flag(f, PFN(1) | 0x405, 0, "uffd"), !strncmp(f->info.release, "7.3.", 4));
	assert_true(has_flag(f, PFN(1) | 0x85, 0, "pat"));
	assert_true(has_flag(f, PFN(0x200) | 0x85, 1, "pse"));
	assert_true(has_flag(f, PFN(0x201) | 0x85, 1, "pat"));
	assert_true(has_flag(f, 5ULL << 59 | PFN(1) | 5, 0, "pkey"));
}

static void test_moved_bits(void **state)
{
	(void)state;
	decode_all(moved_bits);
}

static void test_rights(void **state)
{
	struct mmscope_format f = { .info.levels = 4 };
	unsigned int all = ~0U, r;

	(void)state;
	r = mmscope_rights(&f, PFN(1) | 0x67, 3, all);
	assert_int_equal(r & 15, 15);
	assert_int_equal(mmscope_rights(&f, NX | PFN(1) | 0x65, 0, r) & 15,
			 MMSCOPE_RIGHT_R | MMSCOPE_RIGHT_U);
	/* a level above takes a right away for good */
	r = mmscope_rights(&f, PFN(1) | 0x63, 3, all);
	assert_int_equal(mmscope_rights(&f, PFN(1) | 0x67, 0, r) & 15,
			 MMSCOPE_RIGHT_R | MMSCOPE_RIGHT_W | MMSCOPE_RIGHT_X);
	assert_int_equal(mmscope_rights(&f, 0, 0, all), 0);
	/* NX at the top is the kernel's own with page-table isolation */
	assert_false(mmscope_rights(&f, NX | PFN(1) | 0x67, 3, all) & MMSCOPE_RIGHT_X);
	f.info.features = MMSCOPE_FEATURE_PTI;
	assert_true(mmscope_rights(&f, NX | PFN(1) | 0x67, 3, all) & MMSCOPE_RIGHT_X);
	assert_false(mmscope_rights(&f, NX | PFN(1) | 0x67, 2, all) & MMSCOPE_RIGHT_X);
}

static void test_level_names(void **state)
{
	struct mmscope_format four = { .info.levels = 4 }, five = { .info.levels = 5 };

	(void)state;
	assert_string_equal(mmscope_level_name(&four, 0), "pte");
	assert_string_equal(mmscope_level_name(&four, 2), "pud");
	assert_string_equal(mmscope_level_name(&four, 3), "pgd");
	assert_string_equal(mmscope_level_name(&five, 3), "p4d");
	assert_string_equal(mmscope_level_name(&five, 4), "pgd");
	assert_int_equal(mmscope_index(0x7fffffffffffULL, 3), 255);
	assert_int_equal(mmscope_index(0x1000, 0), 1);
	assert_true(mmscope_span(2) == 1ULL << 30);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_known_values), cmocka_unit_test(test_swap),
		cmocka_unit_test(test_types), cmocka_unit_test(test_nothing_lost),
		cmocka_unit_test(test_unknown_bit), cmocka_unit_test(test_moved_bits),
		cmocka_unit_test(test_rights), cmocka_unit_test(test_level_names),
	};

	return cmocka_run_group_tests_name("decode", tests, find_recordings, drop_recordings);
}
