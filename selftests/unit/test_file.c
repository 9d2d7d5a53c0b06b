// SPDX-License-Identifier: GPL-2.0-only
/*
 * Recordings as files: several moments, cut off at every byte, with flipped bits, with
 * contents that nobody writes, with facts about frames. What can be read of a damaged
 * file is a part of what was there; never something else, never a crash (ASan, UBSan).
 */
#include "formats.h"
#include "libmmscope/record.h"
#include "libmmscope/recording.h"

#include <errno.h>
#include <inttypes.h>
#include <unistd.h>

static char path[] = "/tmp/mmscope-file-XXXXXX";
static char *whole;
static size_t whole_len;

struct entry {
	uint64_t va, raw;
};

/* What a source shows: its entries and VMAs. */
struct seen {
	struct entry *entry;
	size_t nr;
	struct libmmscope_maps maps;
};

static struct seen original;

static void see(struct libmmscope_source *src, struct seen *s)
{
	struct mmscope_scan scan = { .flags = MMSCOPE_SCAN_RUNS, .levels = 7 };
	const struct mmscope_record *r;
	const void *records;
	uint32_t i;

	memset(s, 0, sizeof(*s));
	scan.end = libmmscope_format(src)->info.task_size & ~4095ULL;
	for (; scan.start < scan.end; scan.start = scan.resume) {
		assert_int_equal(libmmscope_scan(src, &scan, &records), 0);
		for (r = records; (char *)r < (char *)records + scan.bytes; r++)
			for (i = 0; r->type == MMSCOPE_REC_RUN && i < r->nr; i++) {
				s->entry = reallocarray(s->entry, s->nr + 1, sizeof(*s->entry));
				s->entry[s->nr].va = r->va + ((uint64_t)i << (12 + 9 * r->level));
				s->entry[s->nr++].raw = mmscope_run_entry(r, i);
			}
	}
	assert_int_equal(libmmscope_maps_read(src, &s->maps), 0);
}

static void forget(struct seen *s)
{
	free(s->entry);
	libmmscope_maps_free(&s->maps);
}

/* All entries are in the original as they are, and the VMAs are its first ones. */
static void assert_part(const struct seen *s)
{
	size_t i, at = 0;

	for (i = 0; i < s->nr; i++) {
		while (at < original.nr && original.entry[at].va < s->entry[i].va)
			at++;
		assert_true(at < original.nr);
		assert_int_equal(original.entry[at].va, s->entry[i].va);
		assert_int_equal(original.entry[at].raw, s->entry[i].raw);
	}
	assert_true(s->maps.count <= original.maps.count);
	for (i = 0; i < s->maps.count; i++)
		assert_memory_equal(s->maps.vma[i], original.maps.vma[i],
				    original.maps.vma[i]->bytes);
}

static void write_file(const char *data, size_t len)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	assert_int_equal(fwrite(data, 1, len, f), len);
	fclose(f);
}

static void read_file(void)
{
	FILE *f = fopen(path, "r");

	assert_non_null(f);
	whole = malloc(1 << 20);
	whole_len = fread(whole, 1, 1 << 20, f);
	fclose(f);
}

/* A file of two moments; of the first only half of the addresses. */
static int make_whole(void **state)
{
	struct libmmscope_what half = { .end = 0x10200000 };
	struct libmmscope_recorder *rec;
	struct libmmscope_recorded done;
	struct libmmscope_source *src;
	FILE *f;

	if (find_recordings(state) || close(mkstemp(path)))
		return -1;
	src = open_recording(2);
	see(src, &original);
	f = fopen(path, "w");
	assert_int_equal(libmmscope_recorder_begin(f, NULL, &rec), 0);
	assert_int_equal(libmmscope_recorder_add(rec, src, &half, &done), 0);
	assert_int_equal(libmmscope_recorder_add(rec, src, NULL, &done), 0);
	assert_int_equal(done.ended, LIBMMSCOPE_ENDED_WHOLE);
	assert_int_equal(libmmscope_recorder_end(rec), 0);
	fclose(f);
	libmmscope_close(src);
	read_file();
	return 0;
}

static int drop_whole(void **state)
{
	free(whole);
	forget(&original);
	unlink(path);
	return drop_recordings(state);
}

/* Opens what is in the file. Return: 0 or the error; *@damaged: the file says so. */
static int look(struct seen *s, bool *damaged)
{
	struct libmmscope_file *file;
	struct libmmscope_source *src;
	uint64_t at;
	int err = libmmscope_file_open(path, &file);

	memset(s, 0, sizeof(*s));
	*damaged = false;
	if (err)
		return err;
	*damaged = libmmscope_file_damage(file, &at);
	libmmscope_file_close(file);
	err = libmmscope_open_recording(path, &src);
	if (err)
		return err;
	*damaged |= !!libmmscope_damage(src, &at);
	see(src, s);
	libmmscope_close(src);
	return 0;
}

static void test_whole(void **state)
{
	struct seen s;
	bool damaged;

	(void)state;
	write_file(whole, whole_len);
	assert_int_equal(look(&s, &damaged), 0);
	assert_false(damaged);
	assert_int_equal(s.nr, original.nr);
	assert_int_equal(s.maps.count, original.maps.count);
	assert_part(&s);
	assert_true(s.nr > 50 && s.maps.count > 5);
	forget(&s);
}

static struct libmmscope_source *open_moment(int number, int expected)
{
	struct libmmscope_source *src = NULL;
	char name[64];

	snprintf(name, sizeof(name), "%s@%d", path, number);
	assert_int_equal(libmmscope_open_recording(name, &src), expected);
	return src;
}

static void test_moments(void **state)
{
	struct mmscope_walk w = { .va = 0x10200000 };
	struct libmmscope_source *src;
	struct seen s;
	size_t i;

	(void)state;
	write_file(whole, whole_len);
	src = open_moment(1, 0);
	assert_int_equal(libmmscope_moment(src)->number, 1);
	assert_true(libmmscope_moment(src)->flags & LIBMMSCOPE_PART);
	see(src, &s);
	assert_part(&s);
	assert_true(s.nr && s.nr < original.nr);
	for (i = 0; i < s.nr; i++)
		assert_true(s.entry[i].va < 0x10200000);
	assert_int_equal(libmmscope_walk(src, &w), -ENODATA);
	w.va--;
	assert_int_equal(libmmscope_walk(src, &w), 0);
	forget(&s);
	libmmscope_close(src);
	src = open_moment(2, 0);
	assert_int_equal(libmmscope_moment(src)->number, 2);
	assert_false(libmmscope_moment(src)->flags & LIBMMSCOPE_PART);
	libmmscope_close(src);
	open_moment(3, -ENOENT);
}

static void test_truncated(void **state)
{
	struct seen s;
	bool damaged;
	size_t len, read = 0;
	int err;

	(void)state;
	for (len = 0; len < whole_len; len++) {
		write_file(whole, len);
		err = look(&s, &damaged);
		assert_true(err == -EBADMSG || (!err && damaged));
		assert_part(&s);
		read += !err;
		forget(&s);
	}
	assert_true(read > whole_len / 2);	/* once the first moment is there */
}

/*
 * Every bit counts but those that fill up: whoever flips one is told, if it is one of
 * the moment that is looked at.
 */
static void test_flipped(void **state)
{
	char *copy = malloc(whole_len);
	uint64_t seed = 5, i, same = 0, told = 0;
	struct seen s;
	bool damaged;
	int err;

	(void)state;
	for (i = 0; i < 10000; i++) {
		memcpy(copy, whole, whole_len);
		copy[random64(&seed) % whole_len] ^= 1 << random64(&seed) % 8;
		write_file(copy, whole_len);
		err = look(&s, &damaged);
		assert_true(!err || err == -EBADMSG || err == -EPROTO);
		assert_part(&s);
		told += err || damaged;
		if (!err && !damaged) {
			assert_int_equal(s.nr, original.nr);
			assert_int_equal(s.maps.count, original.maps.count);
			same++;
		}
		forget(&s);
	}
	free(copy);
	printf("%" PRIu64 " told, %" PRIu64 " the same\n", told, same);
	assert_true(told > 5000);
}

/* The chunks of the file once more, by @change; with right checksums. */
static void rewrite(void (*change)(struct libmmscope_recorder *rec, __u32 *type, char *data,
				   size_t *len, void *arg), void *arg)
{
	struct libmmscope_recorder rec = { 0 };
	struct libmmscope_file *file;
	const struct recording_place *place;
	size_t i, nr, len;
	__u32 type;
	char *data;
	FILE *out;

	write_file(whole, whole_len);
	assert_int_equal(libmmscope_file_open(path, &file), 0);
	out = fopen("/tmp/mmscope-file-new", "w");
	assert_int_equal(fwrite(whole, sizeof(struct recording_head), 1, out), 1);
	rec.stream = out;
	place = recording_places(file);
	nr = file->places.len / sizeof(*place);
	for (i = 0; i < nr; i++) {
		assert_int_equal(recording_file_content(file, &place[i], &data), 0);
		type = place[i].chunk.type;
		len = place[i].chunk.length;
		change(&rec, &type, data, &len, arg);
		assert_int_equal(record_chunk(&rec, type, place[i].chunk.record, data, len), 0);
		free(data);
	}
	libmmscope_file_close(file);
	free(rec.packed.data);
	fclose(out);
	assert_int_equal(rename("/tmp/mmscope-file-new", path), 0);
}

static void add_unknown(struct libmmscope_recorder *rec, __u32 *type, char *data, size_t *len,
			void *arg)
{
	(void)type;
	(void)data;
	(void)len;
	(void)arg;
	assert_int_equal(record_chunk(rec, (enum recording_type)4711, 0, "of tomorrow", 11), 0);
}

static void test_unknown(void **state)
{
	struct seen s;
	bool damaged;

	(void)state;
	rewrite(add_unknown, NULL);
	assert_int_equal(look(&s, &damaged), 0);
	assert_false(damaged);
	assert_int_equal(s.nr, original.nr);
	assert_part(&s);
	forget(&s);
}

/* Some bytes of contents, and now and then a length or a type. */
static void spoil(struct libmmscope_recorder *rec, __u32 *type, char *data, size_t *len, void *arg)
{
	uint64_t *seed = arg, what = random64(seed) % 64;

	(void)rec;
	if (what < 8 && *len)
		data[random64(seed) % *len] = random64(seed);
	if (what < 4 && *len)
		data[random64(seed) % *len] ^= 1 << random64(seed) % 8;
	if (what == 8 && *len)
		*len = random64(seed) % *len;
	if (what == 9)
		*type = random64(seed) % 14;
}

static void test_spoiled(void **state)
{
	uint64_t seed = 11, i;
	struct seen s;
	bool damaged;
	int err;

	(void)state;
	for (i = 0; i < 3000; i++) {
		rewrite(spoil, &seed);
		err = look(&s, &damaged);
		assert_true(!err || err == -EBADMSG || err == -EPROTO);
		forget(&s);
	}
}

/* A head that claims what no writer claims; its checksum is right. */
static void claim(__u64 length, __u64 stored, __u32 flags)
{
	struct recording_chunk *c = (struct recording_chunk *)(whole + 16), kept = *c;
	struct seen s;
	bool damaged;

	c->length = length;
	c->stored = stored;
	c->flags = flags;
	c->head_crc = recording_crc(c, offsetof(struct recording_chunk, head_crc));
	write_file(whole, whole_len);
	assert_int_equal(look(&s, &damaged), -EBADMSG);
	*c = kept;
}

static void test_claims(void **state)
{
	(void)state;
	claim(RECORDING_CHUNK_MAX + 1ULL, 64, RECORDING_ZSTD);
	claim(RECORDING_CHUNK_MAX, 64, RECORDING_ZSTD);
	claim(1ULL << 62, 1ULL << 62, 0);
	claim(~0ULL, ~0ULL, 0);
	claim(64, 1ULL << 40, RECORDING_ZSTD);
	claim(64, 63, 0);
}

/*
 * A source with frames of its own: folios of eight, of which the first frames are far
 * from the others.
 */
struct fake {
	struct libmmscope_source src;
	struct libmmscope_source *real;
	struct mmscope_frame frame[100];
	int calls_left;		/* then the process is gone; -1: never */
};

static struct libmmscope_source *real(struct libmmscope_source *src)
{
	return ((struct fake *)src)->real;
}

static int fake_scan(struct libmmscope_source *src, struct mmscope_scan *s, const void **records)
{
	struct fake *f = (struct fake *)src;

	if (!f->calls_left--)
		return -ESRCH;
	return f->real->ops->scan(f->real, s, records);
}

static int fake_vmas(struct libmmscope_source *src, struct mmscope_vmas *v, const void **records)
{
	return real(src)->ops->vmas(real(src), v, records);
}

static int fake_mm(struct libmmscope_source *src, struct mmscope_mm *mm)
{
	return real(src)->ops->mm(real(src), mm);
}

static int fake_tasks(struct libmmscope_source *src, struct mmscope_tasks *t, const void **records)
{
	return real(src)->ops->tasks(real(src), t, records);
}

static uint64_t head_of(uint64_t pfn)
{
	return pfn < 1ULL << 30 ? (pfn & ~7ULL) + (1ULL << 30) : pfn;
}

static int fake_frames(struct libmmscope_source *src, struct mmscope_frames *a,
		       const void **records)
{
	struct fake *f = (struct fake *)src;
	uint64_t pfn;

	for (a->count = 0, pfn = a->start; pfn < a->end && a->count < 100; pfn++)
		f->frame[a->count++] = (struct mmscope_frame){
			.pfn = pfn, .head = head_of(pfn), .node = pfn & 3, .mapcount = pfn,
		};
	a->resume = pfn;
	a->record_size = sizeof(f->frame[0]);
	*records = f->frame;
	return 0;
}

static int fake_zones(struct libmmscope_source *src, struct mmscope_zones *z, const void **records)
{
	static const struct mmscope_zone zone[] = {
		{ .start = 0, .spanned = 1ULL << 40, .node = 3, .name = "Normal" },
	};

	(void)src;
	*records = zone;
	z->count = 1;
	z->record_size = sizeof(zone[0]);
	z->bytes = sizeof(zone);
	return 0;
}

static char *fake_swaps(struct libmmscope_source *src)
{
	(void)src;
	return NULL;
}

static const struct source_ops fake_ops = {
	.scan = fake_scan, .vmas = fake_vmas, .mm = fake_mm, .tasks = fake_tasks,
	.frames = fake_frames, .zones = fake_zones, .swaps = fake_swaps,
};

/* Records the fake into the file. */
static void record_fake(uint32_t flags, int calls, struct libmmscope_recorded *done,
			int (*progress)(void *, const char *, uint64_t, uint64_t))
{
	struct libmmscope_what what = { .flags = flags, .progress = progress };
	struct fake fake = { .real = open_recording(2), .calls_left = calls };
	struct libmmscope_recorder *rec;
	FILE *f = fopen(path, "w");

	fake.src.ops = &fake_ops;
	fake.src.format = fake.real->format;
	assert_int_equal(libmmscope_recorder_begin(f, "who=me\n", &rec), 0);
	assert_int_equal(libmmscope_recorder_add(rec, &fake.src, &what, done), 0);
	assert_int_equal(libmmscope_recorder_end(rec), 0);
	fclose(f);
	libmmscope_close(fake.real);
}

static void assert_fact(struct libmmscope_source *src, uint64_t pfn)
{
	struct mmscope_frames a = { .start = pfn, .end = pfn + 1 };
	const struct mmscope_frame *frame;
	const void *records;

	assert_int_equal(libmmscope_frames(src, &a, &records), 0);
	frame = records;
	assert_int_equal(a.count, 1);
	assert_int_equal(frame->pfn, pfn);
	assert_int_equal(frame->head, head_of(pfn));
	assert_int_equal(frame->mapcount, (uint32_t)pfn);
}

/* How many frames the recording has, in order. */
static uint64_t count_frames(struct libmmscope_source *src)
{
	struct mmscope_frames a = { .flags = MMSCOPE_FRAMES_SKIP, .end = 1ULL << 40 };
	uint64_t n = 0, last = 0;
	const struct mmscope_frame *frame;
	const void *records;
	uint32_t i;

	for (; a.start < a.end; a.start = a.resume) {
		assert_int_equal(libmmscope_frames(src, &a, &records), 0);
		for (i = 0, frame = records; i < a.count; i++) {
			assert_true(!n++ || frame[i].pfn > last);
			last = frame[i].pfn;
			assert_true(last >= a.start && last < a.resume);
		}
	}
	return n;
}

/* Of all entries that have a frame, and the first of its folio; no others. */
static void test_frames(void **state)
{
	struct mmscope_frames a = { .start = 3, .end = 4 };
	struct libmmscope_recorded done;
	struct libmmscope_source *src;
	struct mmscope_walk w;
	struct mmscope_entry e;
	const void *records;
	size_t i, found = 0;
	uint64_t pfn;

	(void)state;
	record_fake(LIBMMSCOPE_FRAMES, -1, &done, NULL);
	assert_int_equal(libmmscope_open_recording(path, &src), 0);
	for (i = 0; i < original.nr; i++) {
		w = (struct mmscope_walk){ .va = original.entry[i].va };
		assert_int_equal(libmmscope_walk(src, &w), 0);
		mmscope_decode(libmmscope_format(src), w.level[w.nr_levels - 1].entry,
			       w.level[w.nr_levels - 1].level, 0, &e);
		/* nodes of the tables: from the facts about them */
		pfn = w.level[0].slot >> 12;
		assert_int_equal(w.level[0].node, pfn ? (int)(pfn & 3) : -1);
		if (!e.has_pfn || e.class == MMSCOPE_CLASS_TABLE)
			continue;
		assert_fact(src, e.pfn);
		assert_fact(src, head_of(e.pfn));
		found++;
	}
	assert_true(found > 30);
	assert_int_equal(libmmscope_frames(src, &a, &records), -ENODATA);
	assert_int_equal(count_frames(src), done.frames);
	libmmscope_close(src);
	record_fake(0, -1, &done, NULL);
	assert_int_equal(libmmscope_open_recording(path, &src), 0);
	assert_int_equal(libmmscope_frames(src, &a, &records), -ENODATA);
	libmmscope_close(src);
}

/* Bits of a chunk's content, in a file whose heads are right. */
static void flip_content(enum recording_type type, size_t number)
{
	const struct recording_place *place;
	struct libmmscope_file *file;
	char *copy = malloc(whole_len);
	size_t i;

	write_file(whole, whole_len);
	memcpy(copy, whole, whole_len);
	assert_int_equal(libmmscope_file_open(path, &file), 0);
	place = recording_places(file);
	for (i = 0; i < file->places.len / sizeof(*place); i++)
		if (place[i].chunk.type == type && !number--)
			copy[place[i].at] ^= 1;
	libmmscope_file_close(file);
	write_file(copy, whole_len);
	free(copy);
}

/* A moment whose end is damaged is not whole, and what is in no list is found by a check. */
static void test_end(void **state)
{
	const struct libmmscope_moment *m;
	struct libmmscope_file *file;
	struct libmmscope_source *src;
	uint64_t at;
	size_t n;

	(void)state;
	flip_content(RECORDING_SUMMARY, 0);
	assert_int_equal(libmmscope_file_open(path, &file), 0);
	m = libmmscope_file_moments(file, &n);
	assert_int_equal(n, 1);
	assert_false(m[0].whole);
	assert_non_null(libmmscope_file_damage(file, &at));
	libmmscope_file_close(file);
	src = open_moment(1, 0);
	assert_non_null(libmmscope_damage(src, &at));
	libmmscope_close(src);

	flip_content(RECORDING_BLOCKS, 1);
	assert_int_equal(libmmscope_file_open(path, &file), 0);
	m = libmmscope_file_moments(file, &n);
	assert_int_equal(n, 2);
	assert_null(libmmscope_file_damage(file, &at));
	assert_int_equal(libmmscope_file_check(file), 0);
	assert_non_null(libmmscope_file_damage(file, &at));
	libmmscope_file_close(file);
}

/* Damage in the facts about frames, which are loaded late, is told when it is opened. */
static void test_frames_damaged(void **state)
{
	struct mmscope_frames a = { .flags = MMSCOPE_FRAMES_SKIP, .end = 1ULL << 40 };
	struct libmmscope_recorded done;
	struct libmmscope_source *src;
	char *kept = whole;
	size_t kept_len = whole_len;
	const void *records;
	uint64_t at;

	(void)state;
	record_fake(LIBMMSCOPE_FRAMES, -1, &done, NULL);
	read_file();
	flip_content(RECORDING_FRAMES, 1);
	free(whole);
	whole = kept;
	whole_len = kept_len;
	assert_int_equal(libmmscope_open_recording(path, &src), 0);
	assert_non_null(libmmscope_damage(src, &at));
	assert_int_equal(libmmscope_frames(src, &a, &records), -EBADMSG);
	libmmscope_close(src);
}

/* Copies of a moment: what it lacked, the copy lacks. */
static void test_copy(void **state)
{
	struct libmmscope_recorded done;
	struct libmmscope_source *src;
	FILE *f = tmpfile();

	(void)state;
	record_fake(0, 0, &done, NULL);
	assert_int_equal(libmmscope_open_recording(path, &src), 0);
	assert_int_equal(libmmscope_record(src, f, &done), 0);
	assert_int_equal(done.ended, LIBMMSCOPE_ENDED_GONE);
	libmmscope_close(src);
	flip_content(RECORDING_BLOCKS, 1);
	src = open_moment(2, 0);
	rewind(f);
	assert_int_equal(libmmscope_record(src, f, &done), 0);
	assert_int_equal(done.ended, LIBMMSCOPE_ENDED_INTERRUPTED);
	libmmscope_close(src);
	fclose(f);
}

/* VMAs whose borders are none: readers go page by page. */
static void skew(struct libmmscope_recorder *rec, __u32 *type, char *data, size_t *len, void *arg)
{
	(void)rec;
	(void)len;
	(void)arg;
	if (*type == RECORDING_VMAS)
		((struct mmscope_vma *)data)->start++;
}

/* Rows of INFO that end nowhere, when all else has been read. */
static void unend(struct libmmscope_recorder *rec, __u32 *type, char *data, size_t *len, void *arg)
{
	(void)rec;
	(void)arg;
	if (*type == RECORDING_INFO)
		memset(data + *len - 8, 'x', 8);
}

static void test_rows(void **state)
{
	struct seen s;
	bool damaged;

	(void)state;
	rewrite(skew, NULL);
	assert_int_equal(look(&s, &damaged), 0);
	assert_true(damaged);
	assert_int_equal(s.maps.count, 0);
	forget(&s);
	rewrite(unend, NULL);
	assert_int_equal(look(&s, &damaged), -EBADMSG);
}

static int at_once(void *arg, const char *unit, uint64_t done, uint64_t total)
{
	(void)arg;
	(void)unit;
	(void)done;
	(void)total;
	return 1;
}

/* A moment that ends before its time says how, and can be read. */
static void test_ended(void **state)
{
	struct libmmscope_recorded done;
	struct libmmscope_source *src;
	struct seen s;

	(void)state;
	record_fake(0, 0, &done, NULL);
	assert_int_equal(done.ended, LIBMMSCOPE_ENDED_GONE);
	assert_int_equal(libmmscope_open_recording(path, &src), 0);
	assert_int_equal(libmmscope_moment(src)->done.ended, LIBMMSCOPE_ENDED_GONE);
	see(src, &s);
	assert_int_equal(s.nr, 0);
	assert_int_equal(s.maps.count, original.maps.count);
	forget(&s);
	libmmscope_close(src);
	record_fake(LIBMMSCOPE_FRAMES, -1, &done, at_once);
	assert_int_equal(done.ended, LIBMMSCOPE_ENDED_INTERRUPTED);
	assert_int_equal(libmmscope_open_recording(path, &src), 0);
	assert_int_equal(libmmscope_moment(src)->done.ended, LIBMMSCOPE_ENDED_INTERRUPTED);
	libmmscope_close(src);
}

static void test_full(void **state)
{
	struct libmmscope_recorder *rec;
	struct libmmscope_recorded done;
	struct libmmscope_source *src = open_recording(0);
	FILE *f = fopen("/dev/full", "w");

	(void)state;
	assert_int_equal(libmmscope_recorder_begin(f, NULL, &rec), 0);
	assert_int_equal(libmmscope_recorder_add(rec, src, NULL, &done), -ENOSPC);
	assert_true(ferror(f));
	libmmscope_recorder_end(rec);
	fclose(f);
	libmmscope_close(src);
}

/* All moments of one file are of one kernel. */
static void test_mixed(void **state)
{
	struct libmmscope_source *a = open_recording(0), *b = open_recording(1);
	struct libmmscope_recorder *rec;
	struct libmmscope_recorded done;
	FILE *f = fopen(path, "w");

	(void)state;
	assert_int_equal(libmmscope_recorder_begin(f, NULL, &rec), 0);
	assert_int_equal(libmmscope_recorder_add(rec, a, NULL, &done), 0);
	assert_int_equal(libmmscope_recorder_add(rec, b, NULL, &done), -EINVAL);
	libmmscope_recorder_end(rec);
	fclose(f);
	libmmscope_close(a);
	libmmscope_close(b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_whole), cmocka_unit_test(test_moments),
		cmocka_unit_test(test_truncated), cmocka_unit_test(test_flipped),
		cmocka_unit_test(test_unknown), cmocka_unit_test(test_spoiled),
		cmocka_unit_test(test_claims), cmocka_unit_test(test_frames),
		cmocka_unit_test(test_ended), cmocka_unit_test(test_full),
		cmocka_unit_test(test_mixed), cmocka_unit_test(test_end),
		cmocka_unit_test(test_frames_damaged), cmocka_unit_test(test_copy),
		cmocka_unit_test(test_rows),
	};

	return cmocka_run_group_tests_name("file", tests, make_whole, drop_whole);
}
