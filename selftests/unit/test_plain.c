// SPDX-License-Identifier: GPL-2.0-only
/*
 * Dumps of plain tables, made from recordings: the same entries, with four levels and
 * with five; and files that lead in circles.
 */
#include "formats.h"

#include <errno.h>
#include <unistd.h>

struct table {
	uint64_t address;
	uint64_t slot[MMSCOPE_SLOTS];
};

static char path[] = "/tmp/mmscope-plain-XXXXXX";
static struct table *table;
static size_t nr;

static int begin(void **state)
{
	return find_recordings(state) || close(mkstemp(path));
}

static int end(void **state)
{
	unlink(path);
	free(table);
	return drop_recordings(state);
}

static struct table *table_at(uint64_t address)
{
	size_t i;

	for (i = 0; i < nr; i++)
		if (table[i].address == address)
			return &table[i];
	table = reallocarray(table, nr + 1, sizeof(*table));
	memset(&table[nr], 0, sizeof(*table));
	table[nr].address = address;
	return &table[nr++];
}

static void write_tables(size_t top)
{
	FILE *f = fopen(path, "w");
	size_t i;

	assert_non_null(f);
	assert_int_equal(fwrite(&table[top], sizeof(*table), 1, f), 1);
	/* the others from the last to the first: their order says nothing */
	for (i = nr; i-- > 0;)
		if (i != top)
			assert_int_equal(fwrite(&table[i], sizeof(*table), 1, f), 1);
	fclose(f);
}

/* The tables of a recording, as they were in memory. */
static void dump(struct libmmscope_source *src)
{
	int levels = libmmscope_format(src)->info.levels;
	struct mmscope_scan s = { .flags = MMSCOPE_SCAN_BLOCKS, .levels = (1U << levels) - 1 };
	const struct mmscope_record *rec;
	size_t top = 0, at;
	const void *records;
	struct table *t;

	nr = 0;
	s.end = libmmscope_format(src)->info.task_size & ~4095ULL;
	assert_int_equal(libmmscope_scan(src, &s, &records), 0);
	for (at = 0; at < s.bytes; at += sizeof(*rec) + rec->nr * 8) {
		rec = (const void *)((const char *)records + at);
		assert_int_equal(rec->type, MMSCOPE_REC_BLOCK);
		assert_true(rec->data);
		t = table_at(rec->data);
		memcpy(t->slot + (rec->va >> (12 + 9 * rec->level)) % MMSCOPE_SLOTS, rec + 1,
		       rec->nr * 8);
		if (rec->level + 1 == levels)
			top = t - table;
	}
	/* the kernel half leads somewhere, too */
	table[top].slot[300] = table[top].address | 0x63;
	write_tables(top);
}

/* Every entry of one is that of the other. Return: how many. */
static size_t compare(struct libmmscope_source *a, struct libmmscope_source *b)
{
	struct mmscope_scan s = { .flags = MMSCOPE_SCAN_RUNS, .levels = 7 };
	const struct mmscope_record *r;
	const void *records;
	size_t n = 0;
	uint32_t i;

	s.end = libmmscope_format(a)->info.task_size & ~4095ULL;
	for (; s.start < s.end; s.start = s.resume) {
		assert_int_equal(libmmscope_scan(a, &s, &records), 0);
		for (r = records; (char *)r < (char *)records + s.bytes; r++)
			for (i = 0; i < r->nr; i++, n++) {
				struct mmscope_walk w = {
					.va = r->va + ((uint64_t)i << (12 + 9 * r->level)),
				};

				assert_int_equal(r->type, MMSCOPE_REC_RUN);
				assert_int_equal(libmmscope_walk(b, &w), 0);
				assert_int_equal(w.level[w.nr_levels - 1].level, r->level);
				assert_int_equal(w.level[w.nr_levels - 1].entry,
						 mmscope_run_entry(r, i));
			}
	}
	return n;
}

static void test_same(void **state)
{
	struct libmmscope_source *src, *plain;
	struct mmscope_tasks tasks;
	struct mmscope_mm mm;
	const void *records;
	size_t i, n;

	(void)state;
	for (i = 0; i < recordings.gl_pathc; i++) {
		src = open_recording(i);
		dump(src);
		assert_int_equal(libmmscope_open_recording(path, &plain), 0);
		assert_int_equal(libmmscope_format(plain)->info.levels,
				 libmmscope_format(src)->info.levels);
		n = compare(src, plain);
		assert_true(n > 50);
		assert_int_equal(compare(plain, src), n);
		assert_int_equal(libmmscope_mm(plain, &mm), -ENODATA);
		assert_int_equal(libmmscope_tasks(plain, &tasks, &records), -ENODATA);
		libmmscope_close(plain);
		libmmscope_close(src);
	}
}

/* What the CPU knows of a bit, and nothing else. */
static void test_bits(void **state)
{
	struct mmscope_walk w = { .va = 0x1000 };
	struct libmmscope_source *plain;
	struct mmscope_entry e;
	unsigned int i;

	(void)state;
	nr = 0;
	for (i = 4; i > 1; i--)
		table_at(i << 12)->slot[0] = (i - 1) << 12 | 0x67;
	table_at(1 << 12)->slot[1] = 1ULL << 63 | 0x1234000 | 0xf05;	/* and bits of the kernel's */
	write_tables(0);
	assert_int_equal(libmmscope_open_recording(path, &plain), 0);
	assert_int_equal(libmmscope_walk(plain, &w), 0);
	assert_int_equal(w.nr_levels, 4);
	assert_int_equal(w.result, MMSCOPE_END_LEAF);
	mmscope_decode(libmmscope_format(plain), w.level[3].entry, 0, 0, &e);
	assert_int_equal(e.pfn, 0x1234);
	for (i = 0; i < libmmscope_format(plain)->info.nr_bits; i++)
		assert_true(libmmscope_format(plain)->bits[i].bit < 9 ||
			    libmmscope_format(plain)->bits[i].bit == 12 ||
			    libmmscope_format(plain)->bits[i].bit == 63);
	libmmscope_close(plain);
}

/* Tables that lead to each other, and files that are none. */
static void test_bad(void **state)
{
	struct libmmscope_source *plain;
	unsigned int i, s;

	(void)state;
	nr = 0;
	for (i = 1; i < 100; i++)
		table_at(i << 12);
	for (i = 0; i < 99; i++)
		for (s = 0; s < MMSCOPE_SLOTS; s++)
			table[i].slot[s] = (1 + (s + i) % 99) << 12 | 0x67;
	write_tables(0);
	assert_int_equal(libmmscope_open_recording(path, &plain), -EBADMSG);
	assert_int_equal(truncate(path, 99 * 4104 - 1), 0);
	assert_int_equal(libmmscope_open_recording(path, &plain), -EBADMSG);
	table[7].address |= 8;
	write_tables(0);
	assert_int_equal(libmmscope_open_recording(path, &plain), -EBADMSG);
	assert_int_equal(truncate(path, 0), 0);
	assert_int_equal(libmmscope_open_recording(path, &plain), -EBADMSG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_same), cmocka_unit_test(test_bits),
		cmocka_unit_test(test_bad),
	};

	return cmocka_run_group_tests_name("plain", tests, begin, end);
}
