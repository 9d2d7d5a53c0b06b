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
			if (!flag.width)
				continue;	/* part of the offset */
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

/* SDM vol. 3A, 4.6: a right is there if every level grants it. */
static void test_rights(void **state)
{
	const __u8 w = MMSCOPE_RIGHT_W, x = MMSCOPE_RIGHT_X, u = MMSCOPE_RIGHT_U;
	struct mmscope_format f = { .info.levels = 4 };

	(void)state;
	assert_int_equal(mmscope_taken(&f, PFN(1) | 0x67, 3, 0), 0);
	assert_int_equal(mmscope_taken(&f, NX | PFN(1) | 0x65, 0, 0), w | x);
	assert_int_equal(mmscope_taken(&f, PFN(1) | 0x63, 3, 0), u);
	assert_int_equal(mmscope_taken(&f, 0, 0, 0), MMSCOPE_RIGHTS_ALL);
	/* NX at the top is the kernel's own with page-table isolation */
	assert_int_equal(mmscope_taken(&f, NX | PFN(1) | 0x67, 3, 0), x);
	f.info.features = MMSCOPE_FEATURE_PTI;
	assert_int_equal(mmscope_taken(&f, NX | PFN(1) | 0x67, 3, 0), 0);
	assert_int_equal(mmscope_taken(&f, NX | PFN(1) | 0x67, 2, 0), x);
	assert_int_equal(mmscope_taken(&f, NX | PFN(1) | 0x63, 3, 1), x | u);
}

/*
 * SDM vol. 3A, 12.12.3: index PAT, PCD, PWT. The value is Linux's (mm/pat/
 * memtype.c: pat_bp_init()): WB WC UC- UC WB WP UC- WT.
 */
static void test_memory_types(void **state)
{
	static const char * const want[8] = { "WB", "WC", "UC-", "UC", "WB", "WP", "UC-", "WT" };
	struct mmscope_format f = { .info = { .levels = 4, .pat = 0x0407050600070106 } };
	struct mmscope_entry e;
	unsigned int i;

	(void)state;
	f.info.pfn_mask = 0x000ffffffffff000ULL;
	for (i = 0; i < 8; i++) {
		mmscope_decode(&f, PFN(1) | 7 | (i & 3) << 3 | (i >> 2) << 7, 0, 0, &e);
		assert_string_equal(mmscope_memtype(&f, &e), want[i]);
		mmscope_decode(&f, 0x200000 | 0x87 | (i & 3) << 3 | (i >> 2) << 12, 1, 0, &e);
		assert_string_equal(mmscope_memtype(&f, &e), want[i]);
	}
	mmscope_decode(&f, PFN(1) | 0x67, 1, 0, &e);
	assert_null(mmscope_memtype(&f, &e));	/* a table */
	f.info.pat = 0;
	mmscope_decode(&f, PFN(1) | 0x67, 0, 0, &e);
	assert_null(mmscope_memtype(&f, &e));	/* not readable */
}

/* mm/memory.c: do_numa_page() if vma_is_accessible(), else PROT_NONE. */
static void test_kind_in_vma(void **state)
{
	struct mmscope_format f = { .info = { .levels = 4 } };
	struct mmscope_entry e;

	(void)state;
	f.info.pfn_mask = 0x000ffffffffff000ULL;
	mmscope_decode(&f, (~PFN(5) & f.info.pfn_mask) | 0x160, 0, 0, &e);
	assert_string_equal(mmscope_kind_in(&e, 0x70, 0), "protnone");
	assert_string_equal(mmscope_kind_in(&e, 0x73, 0), "numa_hint");
	assert_string_equal(mmscope_kind_in(&e, 0x73, 1), "numa_hint");
	mmscope_decode(&f, (~PFN(5) & f.info.pfn_mask) | 0x560, 0, 0, &e);
	assert_string_equal(mmscope_kind_in(&e, 0x73, 1), "uffd_rwp");
	assert_string_equal(mmscope_kind_in(&e, 0x73, 0), "numa_hint");
	mmscope_decode(&f, PFN(5) | 7, 0, 0, &e);
	assert_string_equal(mmscope_kind_in(&e, 0x73, 1), "page");
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
		cmocka_unit_test(test_memory_types), cmocka_unit_test(test_kind_in_vma),
	};

	return cmocka_run_group_tests_name("decode", tests, find_recordings, drop_recordings);
}
