// SPDX-License-Identifier: GPL-2.0-only
/*
 * fault.h on the formats of all kernels: the rule that names a page fault, on
 * entries put together here as mm/memory.c and mm/huge_memory.c leave them.
 */
#include "formats.h"

#include <mmscope/fault.h>

#define PFN(n)		((uint64_t)(n) << 12)
#define FIELD		0x000ffffffffff000ULL
#define RO		0x865ULL	/* present, user, accessed, dirty, soft-dirty */
#define RW		0x867ULL
#define HUGE_RO		0x8e5ULL
#define HUGE_RW		0x8e7ULL
#define PROTNONE	0x164ULL
#define VA		0x7f0000207000ULL	/* page 7 of its 2 MiB */

#define ANON		(MMSCOPE_FAULT_VMA_ANON | MMSCOPE_FAULT_VMA_ACCESSIBLE)
#define PRIVATE		MMSCOPE_FAULT_VMA_ACCESSIBLE
#define SHARED		(MMSCOPE_FAULT_VMA_SHARED | MMSCOPE_FAULT_VMA_ACCESSIBLE)
#define HUGETLB		(MMSCOPE_FAULT_VMA_HUGETLB | MMSCOPE_FAULT_VMA_ACCESSIBLE)
#define READ		0
#define WRITE		MMSCOPE_FAULT_WRITE

struct row {
	const char *kind;
	unsigned int vma, flags, result;
	struct mmscope_fault_side before, after;
};

#define NOTHING	{ 0 }
#define E(raw, level, page, exclusive)	{ raw, level, MMSCOPE_FRAME_##page, exclusive }

static const struct row rows[] = {
	{ "zero-page", ANON, READ, 0, NOTHING, E(PFN(5) | 0x225, 0, ZERO, 0) },
	{ "zero-page", ANON, READ, 0, NOTHING, E(PFN(0x200) | 0xa5, 1, HUGE_ZERO, 0) },
	{ "anon-new", ANON, WRITE, 0, NOTHING, E(PFN(9) | RW, 0, ANON, 1) },
	/* an empty upper table; a retry that found its page */
	{ "anon-new", ANON, WRITE | 0x20, 0, { .level = 3 }, E(PFN(9) | RW, 0, ANON, 1) },
	{ "thp-new", ANON, WRITE, 0, { .level = 1 }, E(PFN(0x200) | HUGE_RW, 1, ANON, 1) },
	{ "file-minor", PRIVATE, READ, 0x100, NOTHING, E(PFN(9) | 0x25, 0, FILE, 0) },
	{ "file-major", PRIVATE, READ, 0x4, NOTHING, E(PFN(9) | 0x25, 0, FILE, 0) },
	/* the wait for the disk was the call before */
	{ "file-major", PRIVATE, READ | 0x20, 0x100, NOTHING, E(PFN(9) | 0x25, 0, FILE, 0) },
	{ "file-minor", SHARED, WRITE, 0, NOTHING, E(PFN(9) | RW, 0, SHMEM, 0) },
	/* a driver's buffer that looks like the huge zero page */
	{ "file-minor", SHARED, READ, 0x100, NOTHING, E(PFN(0x200) | HUGE_RW, 1, HUGE_ZERO, 0) },
	{ "device", SHARED | MMSCOPE_FAULT_VMA_PFNMAP, READ, 0x100, NOTHING, E(PFN(9) | RW, 0, NONE, 0) },
	{ "hugetlb", HUGETLB, WRITE, 0, NOTHING, E(PFN(0x200) | HUGE_RW, 1, HUGETLB, 1) },
	{ "cow-copied", PRIVATE, WRITE, 0x1000, NOTHING, E(PFN(9) | RW, 0, ANON, 1) },
	{ "cow-copied", PRIVATE, WRITE, 0, E(PFN(8) | 0x25, 0, FILE, 0), E(PFN(9) | RW, 0, ANON, 1) },
	{ "cow-copied", ANON, WRITE, 0, E(PFN(8) | RO, 0, ANON, 0), E(PFN(9) | RW, 0, ANON, 1) },
	{ "cow-copied", HUGETLB, WRITE, 0, E(PFN(0x200) | HUGE_RO, 1, HUGETLB, 0),
	  E(PFN(0x400) | HUGE_RW, 1, HUGETLB, 1) },
	{ "cow-reused", ANON, WRITE, 0, E(PFN(8) | RO, 0, ANON, 0), E(PFN(8) | RW, 0, ANON, 1) },
	{ "cow-reused", ANON, WRITE, 0, E(PFN(0x200) | HUGE_RO, 1, ANON, 0),
	  E(PFN(0x200) | HUGE_RW, 1, ANON, 1) },
	{ "cow-unshared", ANON, WRITE, 0, E(PFN(5) | 0x225, 0, ZERO, 0), E(PFN(9) | RW, 0, ANON, 1) },
	{ "cow-unshared", ANON, WRITE, 0, E(PFN(0x200) | 0xa5, 1, HUGE_ZERO, 0),
	  E(PFN(9) | RW, 0, ANON, 1) },
	{ "cow-unshared", ANON, WRITE, 0, E(PFN(8) | RO, 0, KSM, 0), E(PFN(9) | RW, 0, ANON, 1) },
	{ "cow-unshared", ANON, MMSCOPE_FAULT_UNSHARE, 0, E(PFN(8) | RO, 0, ANON, 0),
	  E(PFN(9) | RO, 0, ANON, 1) },
	{ "thp-cow", ANON, WRITE, 0, E(PFN(0x200) | HUGE_RO, 1, ANON, 0), E(PFN(9) | RW, 0, ANON, 1) },
	{ "thp-split", ANON, WRITE, 0, E(PFN(0x200) | HUGE_RO, 1, ANON, 0),
	  E(PFN(0x207) | RW, 0, ANON, 1) },
	{ "write-enable", ANON, WRITE, 0, E(PFN(8) | RO, 0, ANON, 1), E(PFN(8) | RW, 0, ANON, 1) },
	{ "write-enable", SHARED, WRITE, 0, E(PFN(8) | RO, 0, FILE, 0), E(PFN(8) | RW, 0, FILE, 0) },
	{ "numa-hint", ANON, READ, 0, E(PROTNONE | (~PFN(8) & FIELD), 0, ANON, 1),
	  E(PFN(8) | RW, 0, ANON, 1) },
	{ "spurious", ANON, WRITE, 0, E(PFN(8) | RW, 0, ANON, 1), E(PFN(8) | RW, 0, ANON, 1) },
	{ "spurious", ANON, READ, 0, E(PFN(8) | RO, 0, ANON, 1), E(PFN(8) | RO, 0, ANON, 1) },
	{ "retry", ANON, READ, 0x400, NOTHING, NOTHING },
	{ "retry", ANON, READ, 0x400, NOTHING, E(PFN(9) | RW, 0, ANON, 1) },
	/* 5.10: throttled, but done */
	{ "file-minor", SHARED, WRITE, 0x400, NOTHING, E(PFN(9) | RW, 0, SHMEM, 0) },
	{ "refused", ANON, WRITE, 0x40, E(PFN(8) | RO, 0, ANON, 0), E(PFN(8) | RO, 0, ANON, 0) },
	{ "refused", SHARED, READ, 0x2, NOTHING, NOTHING },
	{ "other", ANON, READ, 0, NOTHING, NOTHING },
	/* a huge page that is being split; what userfaultfd watches */
	{ "other", ANON, READ, 0, E(0xe4 | (~PFN(0x200) & FIELD), 1, ANON, 1),
	  E(PFN(0x200) | HUGE_RW, 1, ANON, 1) },
	{ "other", ANON, READ, 0, E(PROTNONE | MMSCOPE_UFFD | (~PFN(8) & FIELD), 0, ANON, 1),
	  E(PFN(8) | RW, 0, ANON, 1) },
	{ "other", ANON, WRITE, 0, { .unknown = 1 }, E(PFN(9) | RW, 0, ANON, 1) },
	{ "other", 0, READ, 0, E(PROTNONE | (~PFN(8) & FIELD), 0, ANON, 1), E(PFN(8) | RW, 0, ANON, 1) },
};

static const char *name_of(unsigned int kind)
{
#define NAME(number, symbol, name, help)	[number] = name,
	static const char * const names[] = { MMSCOPE_FAULT_KINDS(NAME) };

	return kind < sizeof(names) / sizeof(*names) ? names[kind] : "?";
}

static const char *name(const struct mmscope_format *f, const struct row *r)
{
	return name_of(mmscope_fault_kind(f, VA, r->vma, r->flags, r->result, &r->before,
					  &r->after));
}

/* A non-present entry by the format of its kernel. */
static uint64_t entry_of(const struct mmscope_format *f, uint64_t type, uint64_t offset)
{
	return type << f->info.swp_type_shift |
	       ((~offset << f->info.swp_offset_shift) &
		mmscope_field_mask(f->info.swp_offset_shift, f->info.swp_offset_bits));
}

static void test_kinds(void **state)
{
	size_t i, j;

	(void)state;
	for (i = 0; i < recordings.gl_pathc; i++) {
		struct libmmscope_source *src = open_recording(i);

		for (j = 0; j < sizeof(rows) / sizeof(*rows); j++)
			assert_string_equal(name(libmmscope_format(src), &rows[j]), rows[j].kind);
		libmmscope_close(src);
	}
}

static void test_not_present(void **state)
{
	size_t i, n;

	(void)state;
	for (i = 0; i < recordings.gl_pathc; i++) {
		struct libmmscope_source *src = open_recording(i);
		const struct mmscope_format *f = libmmscope_format(src);
		struct row r = {
			.vma = ANON, .flags = WRITE, .after = E(PFN(9) | RW, 0, ANON, 1),
		};

		r.before.raw = entry_of(f, 0, 0x123);
		assert_string_equal(name(f, &r), "swap-in");
		for (n = 1; n < f->info.nr_kinds; n++) {
			const struct mmscope_kind *k = &f->kinds[n];

			if (k->flags & MMSCOPE_KIND_MARK)
				continue;
			r.before.raw = entry_of(f, k->first, 1);
			assert_string_equal(name(f, &r), !strncmp(k->name, "migration", 9) ? "migration" :
					    k->flags & MMSCOPE_KIND_PFN ? "device" :
					    k->flags & MMSCOPE_KIND_MARKER ? "anon-new" : "other");
		}
		libmmscope_close(src);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_kinds), cmocka_unit_test(test_not_present),
	};

	return cmocka_run_group_tests_name("fault", tests, find_recordings, drop_recordings);
}
