// SPDX-License-Identifier: GPL-2.0-only
/*
 * Recordings as a source, and damaged ones of version 1, which has no checksums: cut off
 * at every 8 bytes or so, and with flipped bits. A clear error or something that can be
 * read, never a crash (ASan, UBSan). For those of today see test_file.c.
 */
#include "formats.h"
#include "libmmscope/recording_format.h"

#include <errno.h>
#include <unistd.h>

/* struct libmmscope_recorded, as version 1 had it. */
#define SUMMARY_V1 40

static char *whole;
static size_t whole_len;
static char path[] = "/tmp/mmscope-test-XXXXXX";

static int read_whole(void **state)
{
	FILE *f;

	if (find_recordings(state))
		return -1;
	f = fopen("selftests/replay/recordings/old/6.12.data", "r");
	if (!f)
		return -1;
	whole = malloc(1 << 20);
	whole_len = fread(whole, 1, 1 << 20, f);
	fclose(f);
	return close(mkstemp(path));
}

static int drop_whole(void **state)
{
	free(whole);
	unlink(path);
	return drop_recordings(state);
}

static void write_file(const char *data, size_t len)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	assert_int_equal(fwrite(data, 1, len, f), len);
	fclose(f);
}

/* Reads all there is, through every operation of a source. */
static int use(bool *damaged)
{
	struct libmmscope_source *src;
	struct mmscope_scan s = { .flags = MMSCOPE_SCAN_RUNS, .levels = 7 };
	struct mmscope_walk w = { .va = 0x10000123 };
	struct libmmscope_maps maps;
	struct mmscope_mm mm;
	const void *records;
	uint64_t at;
	int err = libmmscope_open_recording(path, &src);

	if (err)
		return err;
	*damaged = libmmscope_damage(src, &at);
	s.end = libmmscope_format(src)->info.task_size & ~4095ULL;
	libmmscope_walk(src, &w);
	libmmscope_scan(src, &s, &records);
	s.flags = MMSCOPE_SCAN_BLOCKS;
	libmmscope_scan(src, &s, &records);
	if (!libmmscope_maps_read(src, &maps))
		libmmscope_maps_free(&maps);
	libmmscope_mm(src, &mm);
	libmmscope_close(src);
	return 0;
}

static void test_whole(void **state)
{
	bool damaged;

	(void)state;
	write_file(whole, whole_len);
	assert_int_equal(use(&damaged), 0);
	assert_false(damaged);
}

/* Present entries of 4 KiB pages, by hand (SDM vol. 3A, 4.5): all, or of one frame. */
static uint64_t count_present(const struct mmscope_record *r, size_t bytes, uint64_t frame, bool all)
{
	const struct mmscope_record *end = r + bytes / sizeof(*r);
	uint64_t n = 0, pfn;
	uint32_t i;

	for (; r < end; r++)
		for (i = 0; r->type == MMSCOPE_REC_RUN && !r->level && (r->data & 1) && i < r->nr; i++) {
			pfn = ((r->data >> 12) & 0xffffffffffULL) +
			      (r->stride == MMSCOPE_STRIDE_UP ? i :
			       r->stride == MMSCOPE_STRIDE_DOWN ? -(uint64_t)i : 0);
			n += all || pfn == frame;
		}
	return n;
}

static struct mmscope_record *find_block(int level, unsigned int *slot)
{
	size_t at = sizeof(struct recording_head_v1), end, pos;
	struct recording_chunk_v1 chunk;
	uint64_t *entry;

	for (; at < whole_len; at = end) {
		memcpy(&chunk, whole + at, sizeof(chunk));
		at += sizeof(chunk);
		end = at + chunk.length;
		if (chunk.type != RECORDING_BLOCKS)
			continue;
		for (pos = at; pos < end;) {
			struct mmscope_record *rec = (void *)(whole + pos);

			pos += sizeof(*rec);
			if (rec->type != MMSCOPE_REC_BLOCK)
				continue;
			entry = (uint64_t *)(rec + 1);
			/* one that has something after its begin */
			for (*slot = 8; rec->level == level && *slot < rec->nr; ++*slot)
				if (entry[*slot] & 1)
					return rec;
			pos += rec->nr * 8;
		}
	}
	return NULL;
}

/* The rest of a block once more, with a change in its first entry: it is newer. */
static size_t put_newer(char *to, int level, uint64_t change)
{
	unsigned int slot;
	struct mmscope_record *old = find_block(level, &slot), rec;
	struct recording_chunk_v1 chunk = { .type = RECORDING_BLOCKS };
	uint64_t entry;

	assert_non_null(old);
	rec = *old;
	rec.va += (uint64_t)slot << (12 + 9 * level);
	rec.nr -= slot;
	chunk.length = sizeof(rec) + rec.nr * 8;
	memcpy(to, &chunk, sizeof(chunk));
	to += sizeof(chunk);
	memcpy(to, &rec, sizeof(rec));
	memcpy(to + sizeof(rec), (uint64_t *)(old + 1) + slot, rec.nr * 8);
	memcpy(&entry, to + sizeof(rec), 8);
	entry = change ? entry ^ change : 0;
	memcpy(to + sizeof(rec), &entry, 8);
	return sizeof(chunk) + chunk.length;
}

/* A whole block once more, without one of its entries. */
static size_t put_again(char *to)
{
	unsigned int slot;
	struct mmscope_record *old = find_block(0, &slot);
	struct recording_chunk_v1 chunk = { .type = RECORDING_BLOCKS };
	uint64_t nothing = 0;

	assert_non_null(old);
	chunk.length = sizeof(*old) + old->nr * 8;
	memcpy(to, &chunk, sizeof(chunk));
	memcpy(to + sizeof(chunk), old, chunk.length);
	memcpy(to + sizeof(chunk) + sizeof(*old) + slot * 8, &nothing, 8);
	return sizeof(chunk) + chunk.length;
}

/* Every entry of the runs is the one that a walk finds. Return: how many. */
static uint64_t compare_with_walks(void)
{
	struct mmscope_scan s = { .flags = MMSCOPE_SCAN_RUNS, .levels = 7 };
	const struct mmscope_record *r;
	struct libmmscope_source *src;
	const void *records;
	uint64_t n = 0;
	uint32_t i;

	assert_int_equal(libmmscope_open_recording(path, &src), 0);
	s.end = libmmscope_format(src)->info.task_size & ~4095ULL;
	for (; s.start < s.end; s.start = s.resume) {
		assert_int_equal(libmmscope_scan(src, &s, &records), 0);
		for (r = records; (char *)r < (char *)records + s.bytes; r++)
			for (i = 0; i < r->nr; i++, n++) {
				struct mmscope_walk w = {
					.va = r->va + ((uint64_t)i << (12 + 9 * r->level)),
				};

				assert_int_equal(r->type, MMSCOPE_REC_RUN);
				assert_int_equal(libmmscope_walk(src, &w), 0);
				assert_int_equal(w.level[w.nr_levels - 1].level, r->level);
				assert_int_equal(w.level[w.nr_levels - 1].entry,
						 mmscope_run_entry(r, i));
			}
	}
	libmmscope_close(src);
	return n;
}

/* Upper tables come with every part of a recording: what was read last is right. */
static void test_newer(void **state)
{
	size_t tail = sizeof(struct recording_chunk_v1) + SUMMARY_V1;
	char *more = malloc(whole_len + 65536);
	size_t len = whole_len - tail;
	uint64_t n;

	(void)state;
	write_file(whole, whole_len);
	n = compare_with_walks();
	assert_true(n > 50);
	memcpy(more, whole, len);
	len += put_newer(more + len, 0, 1 << 6);
	memcpy(more + len, whole + whole_len - tail, tail);
	write_file(more, len + tail);
	assert_int_equal(compare_with_walks(), n);
	/* of two that begin at one address the later one is right */
	memcpy(more, whole, len = whole_len - tail);
	len += put_again(more + len);
	memcpy(more + len, whole + whole_len - tail, tail);
	write_file(more, len + tail);
	assert_int_equal(compare_with_walks(), n - 1);
	/* and a table that has gone */
	len += put_newer(more + len, 1, 0);
	memcpy(more + len, whole + whole_len - tail, tail);
	write_file(more, len + tail);
	assert_true(compare_with_walks() < n);
	free(more);
}

/* The filter by frame, of each of the first entries. */
static void test_frames(void **state)
{
	struct mmscope_scan s = { .flags = MMSCOPE_SCAN_RUNS, .levels = 1 };
	struct mmscope_record *all;
	struct libmmscope_source *src;
	const void *records;
	uint64_t bytes, n, i, frame, found = 0;

	(void)state;
	write_file(whole, whole_len);
	assert_int_equal(libmmscope_open_recording(path, &src), 0);
	s.end = libmmscope_format(src)->info.task_size & ~4095ULL;
	assert_int_equal(libmmscope_scan(src, &s, &records), 0);
	bytes = s.bytes;
	all = malloc(bytes);
	memcpy(all, records, bytes);
	s.flags |= MMSCOPE_SCAN_FRAMES;
	for (i = 0; i < bytes / sizeof(*all) && i < 50; i++) {
		if (all[i].type != MMSCOPE_REC_RUN || !(all[i].data & 1))
			continue;
		frame = (all[i].data >> 12) & 0xffffffffffULL;
		s.frame_start = frame;
		s.frame_end = frame + 1;
		assert_int_equal(libmmscope_scan(src, &s, &records), 0);
		n = count_present(all, bytes, frame, false);
		assert_int_equal(count_present(records, s.bytes, frame, false), n);
		assert_int_equal(count_present(records, s.bytes, 0, true), n);
		found += n;
	}
	assert_true(found > 5);
	s.frame_end = s.frame_start;
	assert_int_equal(libmmscope_scan(src, &s, &records), -EINVAL);
	s.flags ^= MMSCOPE_SCAN_RUNS | MMSCOPE_SCAN_BLOCKS;
	assert_int_equal(libmmscope_scan(src, &s, &records), -EOPNOTSUPP);
	free(all);
	libmmscope_close(src);
}

static void test_truncated(void **state)
{
	bool damaged;
	size_t len;
	int err;

	(void)state;
	for (len = 0; len < whole_len; len += len < 8192 ? 8 : 4096 - 8) {
		write_file(whole, len);
		damaged = false;
		err = use(&damaged);
		assert_true(err == -EBADMSG || (!err && damaged));
	}
	write_file(whole, whole_len - 1);
	assert_int_equal(use(&damaged), 0);
	assert_true(damaged);
}

static void test_flipped(void **state)
{
	uint64_t seed = 3;
	unsigned int i;
	char *copy = malloc(whole_len);
	bool damaged;

	(void)state;
	for (i = 0; i < 1500; i++) {
		size_t at = random64(&seed) % (i & 1 ? whole_len : 6000 < whole_len ? 6000 : whole_len);

		memcpy(copy, whole, whole_len);
		copy[at] ^= 1 << random64(&seed) % 8;
		write_file(copy, whole_len);
		use(&damaged);
	}
	free(copy);
}

static void test_versions(void **state)
{
	char *copy = malloc(whole_len);
	bool damaged;

	(void)state;
	memcpy(copy, whole, whole_len);
	copy[8] += 8;	/* version of the recording */
	write_file(copy, whole_len);
	assert_int_equal(use(&damaged), -EPROTO);
	copy[8] -= 8;
	copy[16 + 16 + 8]++;	/* mmscope_info.abi_version */
	write_file(copy, whole_len);
	assert_int_equal(use(&damaged), -EPROTO);
	free(copy);
}

/* Which VMA covers an address, and which comes next: by hand. */
static void test_find_vma(void **state)
{
	struct mmscope_vma a = { .start = 0x2000, .end = 0x4000 };
	struct mmscope_vma b = { .start = 0x4000, .end = 0x5000 };
	struct mmscope_vma c = { .start = 0x8000, .end = 0x9000 };
	const struct mmscope_vma *list[] = { &a, &b, &c };
	struct libmmscope_maps maps = { .count = 3, .vma = list };

	(void)state;
	assert_null(libmmscope_maps_find(&maps, 0x1fff));
	assert_ptr_equal(libmmscope_maps_next(&maps, 0x1fff), &a);
	assert_ptr_equal(libmmscope_maps_find(&maps, 0x2000), &a);
	assert_ptr_equal(libmmscope_maps_next(&maps, 0x2000), &b);
	assert_ptr_equal(libmmscope_maps_find(&maps, 0x4000), &b);
	assert_ptr_equal(libmmscope_maps_next(&maps, 0x4fff), &c);
	assert_null(libmmscope_maps_find(&maps, 0x5000));
	assert_ptr_equal(libmmscope_maps_next(&maps, 0x5000), &c);
	assert_null(libmmscope_maps_next(&maps, 0x8000));
	assert_null(libmmscope_maps_next(&maps, ~0ULL));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_newer),
		cmocka_unit_test(test_whole), cmocka_unit_test(test_truncated),
		cmocka_unit_test(test_flipped), cmocka_unit_test(test_versions),
		cmocka_unit_test(test_find_vma), cmocka_unit_test(test_frames),
	};

	return cmocka_run_group_tests_name("recording", tests, read_whole, drop_whole);
}
