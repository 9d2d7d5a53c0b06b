// SPDX-License-Identifier: GPL-2.0-only
/* run.h: merging loses nothing and joins only what belongs together. */
#include "formats.h"

#define P4K(n)	((uint64_t)(n) << 12)

static void test_strides(void **state)
{
	(void)state;
	assert_int_equal(mmscope_run_stride(P4K(5) | 7, P4K(6) | 7, 0), MMSCOPE_STRIDE_UP);
	assert_int_equal(mmscope_run_stride(P4K(5) | 7, P4K(5) | 7, 0), MMSCOPE_STRIDE_SAME);
	assert_int_equal(mmscope_run_stride(P4K(5) | 7, P4K(6) | 0x27, 0), -1);
	assert_int_equal(mmscope_run_stride(P4K(5) | 7, P4K(4) | 7, 0), MMSCOPE_STRIDE_DOWN);
	assert_int_equal(mmscope_run_stride(P4K(5) | 7, P4K(3) | 7, 0), -1);
	assert_int_equal(mmscope_run_stride(P4K(0x200) | 0x87, P4K(0x400) | 0x87, 1), MMSCOPE_STRIDE_UP);
	assert_int_equal(mmscope_run_stride(P4K(0x200) | 0x87, P4K(0x201) | 0x87, 1), -1);
	/* inverted: the next frame, or swap slot, is the smaller value */
	assert_int_equal(mmscope_run_stride(P4K(6) | 0x100, P4K(5) | 0x100, 0), MMSCOPE_STRIDE_DOWN);
	assert_int_equal(mmscope_run_stride(P4K(5) | 0x100, P4K(6) | 0x100, 0), MMSCOPE_STRIDE_UP);
	assert_int_equal(mmscope_run_stride(P4K(5) | 0x100, P4K(7) | 0x100, 0), -1);
	assert_int_equal(mmscope_run_stride(0x4000, 0x4000 - 0x200, 0), MMSCOPE_STRIDE_SWAP);
	assert_int_equal(mmscope_run_stride(0x4000, 0x4000 + 0x1000, 0), -1);
}

/* The way of the frames is that of their numbers, however the entries store them. */
static void check_direction(const struct mmscope_format *f, bool inverted, unsigned int level,
			    int step)
{
	uint64_t one = mmscope_span(level), frames = f->info.pfn_mask & ~(one - 1), va, raw;
	struct mmscope_record run = { .nr = 0 };
	struct mmscope_entry first, last;

	for (va = 0; va < 5; va++) {
		raw = (100 + va * step) * one;
		raw = ((inverted ? ~raw : raw) & frames) | (inverted ? 0x160 : 0x67) |
		      (level ? MMSCOPE_PS : 0);
		assert_true(mmscope_run_add(&run, va * one, raw, level, 0));
	}
	mmscope_decode(f, run.data, level, 0, &first);
	mmscope_decode(f, mmscope_run_entry(&run, 4), level, 0, &last);
	assert_true(first.has_pfn && last.has_pfn);
	assert_true(last.pfn - first.pfn == (uint64_t)step * 4 * (one >> 12));
	assert_int_equal(mmscope_run_direction(&run), step);
}

static void test_direction(void **state)
{
	struct libmmscope_source *src = open_recording(0);
	unsigned int inverted, level;
	int step;

	(void)state;
	for (inverted = 0; inverted < 2; inverted++)
		for (level = 0; level < 3; level++)
			for (step = -1; step <= 1; step++)
				check_direction(libmmscope_format(src), inverted, level, step);
	libmmscope_close(src);
}

static void test_borders(void **state)
{
	struct mmscope_record run = { .nr = 0 };

	(void)state;
	assert_true(mmscope_run_add(&run, 0x1000, P4K(5) | 7, 0, 0));
	assert_false(mmscope_run_add(&run, 0x3000, P4K(6) | 7, 0, 0));	/* a gap */
	assert_false(mmscope_run_add(&run, 0x2000, P4K(6) | 0x87, 1, 0));	/* another level */
	assert_true(mmscope_run_add(&run, 0x2000, P4K(6) | 7, 0, 0));
	assert_false(mmscope_run_add(&run, 0x3000, P4K(6) | 7, 0, 0));	/* another stride */
	assert_true(mmscope_run_add(&run, 0x3000, P4K(7) | 7, 0, 0));
	assert_int_equal(run.nr, 3);
	assert_true(mmscope_record_end(&run) == 0x4000);
	run.nr = 0xffffffffU;	/* full: nothing more, and no overflow */
	assert_false(mmscope_run_add(&run, mmscope_record_end(&run), P4K(8) | 7, 0, 0));
}

/* Random tables with stretches of every kind, merged and taken apart again. */
static void test_lossless(void **state)
{
	uint64_t slot[512], seed = 7, raw = 0, kind;
	struct mmscope_record run, runs[512];
	unsigned int round, i, n, left, nr, level, stride = 0;

	(void)state;
	for (round = 0; round < 2000; round++) {
		level = round % 3;
		for (i = 0, left = 0; i < 512; i++) {
			if (!left--) {
				left = random64(&seed) % 40;
				kind = random64(&seed) % 4;
				stride = kind < 2 ? random64(&seed) % 3 : kind;
				raw = random64(&seed) & ~0x181ULL;
				raw |= kind == 0 ? (level ? 0x81 : 1) : kind == 1 ? 0x100 : 0;
				if (level && kind > 1)
					raw &= ~0x80ULL;
			}
			slot[i] = raw;
			raw += mmscope_run_step(random64(&seed) % 9 ? stride : 0, level);
		}
		memset(&run, 0, sizeof(run));
		for (i = 0, nr = 0; i < 512; i++) {
			if (mmscope_run_add(&run, i * mmscope_span(level), slot[i], level, 0))
				continue;
			runs[nr++] = run;
			run.nr = 0;
			assert_true(mmscope_run_add(&run, i * mmscope_span(level), slot[i], level, 0));
		}
		runs[nr++] = run;
		for (i = 0, n = 0; n < nr; n++) {
			unsigned int k;

			assert_true(runs[n].va == i * mmscope_span(level));
			for (k = 0; k < runs[n].nr; k++, i++)
				assert_true(mmscope_run_entry(&runs[n], k) == slot[i]);
		}
		assert_int_equal(i, 512);
	}
}

/* Many at once are what one after the other would be. */
static void test_extend(void **state)
{
	__u64 next[64] = { 0 };
	uint64_t seed = 11, raw;
	struct mmscope_record a, b;
	unsigned int round, i, n, level;

	(void)state;
	for (round = 0; round < 100000; round++) {
		level = round % 3;
		memset(&a, 0, sizeof(a));
		raw = (random64(&seed) & 0xffffff000ULL) | (random64(&seed) % 2 ? 0x1 : 0x100) |
		      (level ? 0x80 : 0);
		a.data = raw;
		a.level = level;
		a.type = MMSCOPE_REC_RUN;
		a.stride = random64(&seed) % 3;
		a.nr = random64(&seed) % 8 ? random64(&seed) % 6 + 1 :
			0xffffffffU - random64(&seed) % 8;
		if (a.nr == 1)
			a.stride = 0;
		for (i = 0; i < 64; i++)
			next[i] = mmscope_run_entry(&a, a.nr + i) +
				  (random64(&seed) % 32 ? 0 : random64(&seed) % 3 * 0x1000);
		b = a;
		n = mmscope_run_extend(&a, next, 64);
		if (b.nr < 2) {
			assert_int_equal(n, 0);
			continue;
		}
		for (i = 0; i < 64; i++)
			if (!mmscope_run_add(&b, mmscope_record_end(&b), next[i], level, 0))
				break;
		assert_int_equal(n, i);
		assert_memory_equal(&a, &b, sizeof(a));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_strides), cmocka_unit_test(test_direction),
		cmocka_unit_test(test_borders),
		cmocka_unit_test(test_lossless), cmocka_unit_test(test_extend),
	};

	return cmocka_run_group_tests_name("run", tests, find_recordings, drop_recordings);
}
