// SPDX-License-Identifier: GPL-2.0-only
/*
 * The comparison of diff on made-up sources. Oracle: the same memory page by page, as
 * this test has made it up: entries are put together here (SDM vol. 3A, table 4-20;
 * pgtable_64.h) and never decoded.
 */
#include "formats.h"

#include <errno.h>

#include <libmmscope/source.h>
#include <mmscope/diff.h>

#define TABLES	4
#define PAGES	(TABLES * 512)
#define BASE	0x40000000ULL
#define END	(BASE + PAGES * 4096ULL)
#define FIELD	0x000ffffffffff000ULL
#define FRAMES	0x10000			/* numbers in use */

enum what { EMPTY, PAGE, PROTNONE, SWAP, MIGRATION };

/* A page: what is there, its frame or slot, its flags (W, A and D where they fit). */
struct cell {
	enum what what;
	unsigned int level;
	uint64_t number;
	uint64_t flags;
	uint64_t raw;		/* not 0: this, whatever it is */
};

/* A process of our own making. */
struct fake {
	struct libmmscope_source src;
	struct cell cell[PAGES];
	bool unread[TABLES];
	struct mmscope_vma vma[8];
	unsigned int nr_vmas;
	unsigned int answer;		/* records in one answer */
	struct mmscope_record out[PAGES];
	struct mmscope_frame frame[64];
	uint8_t mapcount[FRAMES];
	bool own[FRAMES];
	int frames_err;
};

static struct fake *fake_of(struct libmmscope_source *src)
{
	return (struct fake *)src;
}

static uint64_t migration_type(const struct mmscope_format *f)
{
	unsigned int i;

	for (i = 0; i < f->info.nr_kinds; i++)
		if (!strcmp(f->kinds[i].name, "migration_read"))
			return f->kinds[i].first;
	fail();
	return 0;
}

static uint64_t raw_of(const struct mmscope_format *f, const struct cell *c)
{
	uint64_t huge = c->level ? 0x80 : 0;

	if (c->raw)
		return c->raw;
	switch (c->what) {
	case PAGE:
		return c->number << 12 | c->flags | huge | 5;
	case PROTNONE:
		return (~(c->number << 12) & FIELD & ~((4096ULL << 9 * c->level) - 1)) |
		       c->flags | huge | 0x100;
	case SWAP:
		return 1ULL << 59 | (~c->number & ((1ULL << 50) - 1)) << 9 | (c->flags & 2);
	case MIGRATION:
		return migration_type(f) << 59 | (~c->number & ((1ULL << 50) - 1)) << 9;
	default:
		return 0;
	}
}

/* Runs as the module makes them, some records at a time. */
static int fake_scan(struct libmmscope_source *src, struct mmscope_scan *s, const void **records)
{
	struct fake *fake = fake_of(src);
	struct mmscope_record run = { 0 };
	unsigned int nr = 0, i;

	s->resume = s->end;
	s->out_flags = src->format.info.features & MMSCOPE_FEATURE_PHYS ? 0 : MMSCOPE_OUT_HIDDEN;
	s->retries = 0;
	for (i = 0; i < PAGES; i += fake->cell[i].level ? 512 : 1) {
		uint64_t va = BASE + i * 4096ULL, raw = raw_of(&src->format, &fake->cell[i]);

		if (va < s->start)
			continue;
		if (nr + 2 >= fake->answer) {
			s->resume = va;
			break;
		}
		if (fake->unread[i / 512] && !(i % 512)) {
			if (run.nr)
				fake->out[nr++] = run;
			run.nr = 0;
			fake->out[nr++] = (struct mmscope_record){
				.va = va, .nr = 1, .level = 1, .type = MMSCOPE_REC_CHANGED,
			};
		}
		if (!raw || fake->unread[i / 512] ||
		    mmscope_run_add(&run, va, raw, fake->cell[i].level, 0))
			continue;
		fake->out[nr++] = run;
		run.nr = 0;
		assert_true(mmscope_run_add(&run, va, raw, fake->cell[i].level, 0));
	}
	if (run.nr)
		fake->out[nr++] = run;
	s->bytes = nr * sizeof(run);
	*records = fake->out;
	return 0;
}

static int fake_vmas(struct libmmscope_source *src, struct mmscope_vmas *v, const void **records)
{
	struct fake *fake = fake_of(src);

	v->count = fake->nr_vmas;
	v->bytes = fake->nr_vmas * sizeof(fake->vma[0]);
	v->resume = v->end;
	*records = fake->vma;
	return 0;
}

static int fake_frames(struct libmmscope_source *src, struct mmscope_frames *f, const void **records)
{
	struct fake *fake = fake_of(src);

	if (fake->frames_err)
		return fake->frames_err;
	for (f->count = 0; f->count < 64 && f->start + f->count < f->end; f->count++) {
		uint64_t pfn = f->start + f->count;

		assert_true(pfn < FRAMES);
		fake->frame[f->count] = (struct mmscope_frame){
			.pfn = pfn, .kind = MMSCOPE_FRAME_ANON, .mapcount = fake->mapcount[pfn],
			.attrs = fake->own[pfn] ? MMSCOPE_FRAME_EXCLUSIVE : 0,
		};
	}
	f->resume = f->start + f->count;
	f->record_size = sizeof(fake->frame[0]);
	*records = fake->frame;
	return 0;
}

static void fake_close(struct libmmscope_source *src)
{
	(void)src;
}

static const struct source_ops fake_ops = {
	.scan = fake_scan, .vmas = fake_vmas, .frames = fake_frames, .close = fake_close,
};

static struct fake *new_fake(size_t recording)
{
	struct libmmscope_source *like = open_recording(recording);
	const struct mmscope_format *f = libmmscope_format(like);
	struct fake *fake = calloc(1, sizeof(*fake));

	assert_non_null(fake);
	fake->src.ops = &fake_ops;
	fake->answer = PAGES;
	assert_int_equal(source_set_format(&fake->src, &f->info, f->bits, f->kinds, f->vma_flags), 0);
	fake->src.format.info.features |= MMSCOPE_FEATURE_EXCLUSIVE | MMSCOPE_FEATURE_PHYS;
	libmmscope_close(like);
	return fake;
}

static void add_vma(struct fake *fake, uint64_t start, uint64_t end, uint64_t flags, uint64_t inode,
		    uint64_t offset)
{
	fake->vma[fake->nr_vmas++] = (struct mmscope_vma){
		.bytes = sizeof(struct mmscope_vma), .start = BASE + start * 4096,
		.end = BASE + end * 4096, .flags = flags, .inode = inode, .offset = offset * 4096,
		.attrs = inode ? MMSCOPE_VMA_FILE : 0,
	};
}

/* What the comparison said of each page. */
struct told {
	struct diff *d;
	enum diff_change change[PAGES];
	char letters[PAGES][128];
	struct cell side[2][PAGES];
	uint64_t at;			/* spans come in order and do not overlap */
	char vmas[1024];		/* changes of VMAs in words */
	unsigned int spans;
};

static int tell(void *arg, const struct diff_span *s)
{
	struct told *t = arg;
	struct piece p;
	unsigned int i;
	uint64_t va;

	assert_true(s->start < s->end);
	t->spans++;
	if (s->change >= DIFF_VMA_APPEARED) {
		tool_add_word(t->vmas, sizeof(t->vmas), "%s:%llu-%llu%s%s", diff_name(s->change),
			      (s->start - BASE) / 4096, (s->end - BASE) / 4096,
			      s->words ? ":" : "", s->words ? s->words->letters : "");
		return 0;
	}
	assert_true(s->start >= t->at && s->end <= END);
	t->at = s->end;
	for (va = s->start; va < s->end; va += 4096) {
		unsigned int page = (va - BASE) / 4096;

		t->change[page] = s->change;
		if (s->words)
			snprintf(t->letters[page], sizeof(t->letters[page]), "%s", s->words->letters);
		for (i = 0; i < 2; i++) {
			p = piece_from(&s->side[i], va);
			t->side[i][page].number = p.id;
			t->side[i][page].flags = p.raw;
		}
	}
	return 0;
}

/* Of side B: another number for pages in a row, up, down or the same, or other flags. */
static void change_some(struct fake *fake, uint64_t *seed, unsigned int first, unsigned int nr)
{
	static const uint64_t flags[] = { 0x20, 0x40, 2 };
	unsigned int i, way = random64(seed) % 6;
	uint64_t number = 2048 + random64(seed) % (FRAMES - 8192), flag = flags[random64(seed) % 3];
	enum what what = PAGE + random64(seed) % 4;
	int step = (int)(random64(seed) % 3) - 1;

	for (i = first; i < first + nr && i < PAGES; i++) {
		struct cell *c = &fake->cell[i];

		if (c->level)
			continue;
		switch (way) {
		case 0:
			*c = (struct cell){ 0 };
			break;
		case 1:
			c->number = number + step * (int)(i - first);
			break;
		case 2:
			c->flags ^= flag;
			break;
		case 3:
			*c = (struct cell){ .what = what, .number = number + step * (int)(i - first) };
			break;
		case 4:
			if (c->what == PAGE)
				c->what = SWAP;
			break;
		default:
			if (c->what == SWAP)
				c->what = PAGE;
		}
		/* neither has a place for the flags of a page */
		if (c->what == SWAP || c->what == MIGRATION || c->what == EMPTY)
			c->flags &= c->what == SWAP ? 2 : 0;
	}
}

/* A huge page, or none any more, in one table's place. */
static void change_table(struct fake *fake, uint64_t *seed, unsigned int table)
{
	struct cell *c = &fake->cell[table * 512];
	uint64_t number = (4 + random64(seed) % (FRAMES / 512 - 8)) * 512;
	bool huge = random64(seed) & 1, same = random64(seed) & 1;
	uint64_t flags = random64(seed) & 0x62;
	unsigned int i;

	/* the same frames, if they can be those of a huge page */
	if (same && c->what == PAGE && !(c->number & 511))
		number = c->number;
	for (i = 0; i < 512; i++) {
		c[i].number = number + i;
		c[i].what = PAGE;
		c[i].level = huge;
		c[i].flags = flags;
	}
}

/* A memory, and what it has become. */
static void make_up(struct fake *a, struct fake *b, uint64_t *seed)
{
	unsigned int i, first;

	for (i = 0; i < 40; i++)
		change_some(a, seed, random64(seed) % PAGES, 1 + random64(seed) % 300);
	if (random64(seed) & 1)
		change_table(a, seed, random64(seed) % TABLES);
	memcpy(b->cell, a->cell, sizeof(a->cell));
	for (i = 0; i < 30; i++) {
		first = random64(seed) % PAGES;
		change_some(b, seed, first, 1 + random64(seed) % (i & 1 ? 4 : 200));
	}
	if (random64(seed) & 1)
		change_table(b, seed, random64(seed) % TABLES);
	a->answer = 3 + random64(seed) % 40;
	b->answer = 3 + random64(seed) % 40;
}

/* Letters of the flags that differ, in the order of flags.def. */
static void letters_of(const struct cell *x, const struct cell *y, uint64_t ignored, char *text)
{
	static const struct { uint64_t bit; char letter; } row[] = {
		{ 2, 'W' }, { 0x20, 'A' }, { 0x40, 'D' },
	};
	uint64_t more = y->flags & ~x->flags & ~ignored, less = x->flags & ~y->flags & ~ignored;
	unsigned int i;

	*text = '\0';
	for (i = 0; i < 3; i++)
		if (more & row[i].bit)
			text += sprintf(text, " +%c", x->what == SWAP ? 'd' : row[i].letter);
	for (i = 0; i < 3; i++)
		if (less & row[i].bit)
			text += sprintf(text, " -%c", x->what == SWAP ? 'd' : row[i].letter);
}

static enum diff_change want(const struct cell *x, const struct cell *y, uint64_t ignored,
			     bool no_frames, char *letters)
{
	bool here = x->what == PAGE || x->what == PROTNONE, there = y->what == PAGE || y->what == PROTNONE;

	*letters = '\0';
	if (!x->what || !y->what)
		return x->what ? DIFF_GONE : y->what ? DIFF_APPEARED : DIFF_SAME;
	if (here && y->what == SWAP)
		return DIFF_SWAPPED_OUT;
	if (x->what == SWAP && there)
		return DIFF_SWAPPED_IN;
	if (x->what != y->what)
		return DIFF_KIND;
	letters_of(x, y, ignored, letters);
	if (x->level != y->level)
		return x->level < y->level ? DIFF_COLLAPSED : DIFF_SPLIT;
	if (x->number != y->number && !no_frames)
		return DIFF_MOVED;
	return *letters ? DIFF_FLAGS : DIFF_SAME;
}

static struct told *compare(struct diff *d, struct fake *a, struct fake *b)
{
	struct told *t = calloc(1, sizeof(*t));
	unsigned int i;

	assert_non_null(t);
	for (i = 0; i < PAGES; i++)
		t->change[i] = DIFF_SAME;
	t->d = d;
	d->side[0].src = &a->src;
	d->side[1].src = &b->src;
	assert_int_equal(diff_begin(d), 0);
	assert_int_equal(diff_run(d, tell, t), 0);
	return t;
}

/* Everything that was told against what was made up. */
static void check_pages(const struct told *t, const struct fake *a, const struct fake *b,
			uint64_t ignored, bool no_frames)
{
	char letters[64];
	unsigned int i;

	for (i = 0; i < PAGES; i++) {
		const struct cell *x = &a->cell[i], *y = &b->cell[i];
		enum diff_change change = want(x, y, ignored, no_frames, letters);

		if (t->change[i] != change)
			fail_msg("page %u: %u, but %u", i, t->change[i], change);
		if (change == DIFF_SAME)
			continue;
		assert_string_equal(t->letters[i], letters + (*letters == ' '));
		if (x->what == PAGE)
			assert_true(t->side[0][i].number == x->number);
		if (y->what == PAGE)
			assert_true(t->side[1][i].number == y->number);
		/* of a huge page all have the one entry */
		assert_true(t->side[0][i].flags == raw_of(&a->src.format, x->level ? &a->cell[i & ~511U] : x));
		assert_true(t->side[1][i].flags == raw_of(&b->src.format, y->level ? &b->cell[i & ~511U] : y));
	}
}

static void rounds(const char *list, uint64_t ignored, bool no_frames)
{
	unsigned int round, changes = 0;
	uint64_t seed = 11;

	for (round = 0; round < 300; round++) {
		struct fake *a = new_fake(round % recordings.gl_pathc);
		struct fake *b = new_fake(round % recordings.gl_pathc);
		struct diff *d = calloc(1, sizeof(*d));
		struct told *t;

		assert_non_null(d);
		d->ignored = list;
		make_up(a, b, &seed);
		add_vma(a, 0, PAGES, 3, 0, 0);
		add_vma(b, 0, PAGES, 3, 0, 0);
		t = compare(d, a, b);
		check_pages(t, a, b, ignored, no_frames);
		assert_string_equal(t->vmas, "");
		assert_int_equal(d->found, t->spans);
		changes += t->spans;
		diff_end(d);
		free(d);
		free(t);
	}
	assert_true(changes > 10000);
}

static void test_pages(void **state)
{
	(void)state;
	rounds(NULL, 0, false);
}

static void test_ignore(void **state)
{
	(void)state;
	rounds("A", 0x20, false);
	rounds("A,moved,D", 0x60, true);
}

/* Both ways of the frames of a long row cost a few spans, not one a page. */
static void test_few_spans(void **state)
{
	struct fake *a = new_fake(0), *b = new_fake(0);
	struct diff *d = calloc(1, sizeof(*d));
	struct told *t;
	unsigned int i;

	(void)state;
	assert_non_null(d);
	for (i = 0; i < PAGES; i++) {
		a->cell[i] = (struct cell){ .what = PAGE, .number = 5000 + i };
		b->cell[i] = (struct cell){ .what = PAGE, .number = 5000 + 1000 - i + 4 };
	}
	t = compare(d, a, b);
	check_pages(t, a, b, 0, false);
	/* the frames meet in page 502 */
	assert_true(t->change[502] == DIFF_SAME && t->change[501] == DIFF_MOVED);
	assert_true(t->spans <= 2 * TABLES + 2);
	diff_end(d);
	free(d);
	free(t);
}

/* Whose frames are hidden, or of another kernel: only flags and presence count. */
static void without_frames(bool hidden)
{
	struct fake *a = new_fake(0), *b = new_fake(hidden ? 0 : recordings.gl_pathc - 1);
	struct diff *d = calloc(1, sizeof(*d));
	uint64_t seed = 3;
	struct told *t;
	unsigned int i;

	assert_non_null(d);
	make_up(a, b, &seed);
	/* a flag that was renamed is still the same */
	for (i = 0; i < PAGES; i++) {
		a->cell[i].flags |= a->cell[i].what == PAGE ? 0x400 : 0;
		b->cell[i].flags |= b->cell[i].what == PAGE ? 0x400 : 0;
	}
	if (hidden)
		b->src.format.info.features &= ~MMSCOPE_FEATURE_PHYS;
	t = compare(d, a, b);
	assert_int_equal(d->foreign, !hidden);
	check_pages(t, a, b, 0, true);
	diff_end(d);
	free(d);
	free(t);
}

static void test_without_frames(void **state)
{
	(void)state;
	without_frames(true);
	without_frames(false);
}

/* The same value that means something else: PAT or a huge page, or of another kernel. */
static void test_same_value(void **state)
{
	struct fake *a = new_fake(0), *b = new_fake(0), *c = new_fake(recordings.gl_pathc - 1);
	uint64_t type = migration_type(&a->src.format);
	struct diff *d = calloc(1, sizeof(*d));
	struct told *t;

	(void)state;
	assert_non_null(d);
	assert_true(type != migration_type(&c->src.format));
	a->cell[0] = (struct cell){ .what = PAGE, .raw = 0x20000000e7 };
	b->cell[0] = (struct cell){ .what = PAGE, .raw = 0x20000000e7, .level = 1 };
	add_vma(a, 0, PAGES, 3, 0, 0);
	add_vma(b, 0, PAGES, 3, 0, 0);
	t = compare(d, a, b);
	assert_int_equal(t->change[0], DIFF_COLLAPSED);
	diff_end(d);
	free(t);
	memset(d, 0, sizeof(*d));
	a = new_fake(0);
	a->cell[0] = (struct cell){ .what = MIGRATION, .raw = type << 59 | 1ULL << 9 };
	c->cell[0] = a->cell[0];
	add_vma(a, 0, PAGES, 3, 0, 0);
	add_vma(c, 0, PAGES, 3, 0, 0);
	t = compare(d, a, c);
	assert_int_equal(t->change[0], DIFF_KIND);
	diff_end(d);
	free(d);
	free(t);
}

/* Huge pages beside each other, whose frames follow up or down, cut by small ones. */
static void huge_pages(int step)
{
	struct fake *a = new_fake(0), *b = new_fake(0);
	struct diff *d = calloc(1, sizeof(*d));
	struct told *t;
	unsigned int i;

	assert_non_null(d);
	for (i = 0; i < PAGES; i++)
		a->cell[i] = (struct cell){
			.what = PAGE, .level = 1, .number = 10240 + step * (int)(i / 512) * 512 + i % 512,
		};
	for (i = 100; i < 700; i++)
		b->cell[i] = (struct cell){ .what = PAGE, .number = 3000 + i };
	t = compare(d, a, b);
	check_pages(t, a, b, 0, false);
	diff_end(d);
	free(d);
	free(t);
}

static void test_huge_pages(void **state)
{
	(void)state;
	huge_pages(1);
	huge_pages(0);
	huge_pages(-1);
}

static void test_unread(void **state)
{
	struct fake *a = new_fake(0), *b = new_fake(0);
	struct diff *d = calloc(1, sizeof(*d));
	uint64_t seed = 5;
	struct told *t;
	unsigned int i;

	(void)state;
	assert_non_null(d);
	make_up(a, b, &seed);
	for (i = 512; i < 1024; i++)
		b->cell[i] = a->cell[i] = (struct cell){ 0 };
	b->unread[1] = true;
	t = compare(d, a, b);
	for (i = 512; i < 1024; i++) {
		assert_int_equal(t->change[i], DIFF_UNKNOWN);
		t->change[i] = DIFF_SAME;
	}
	check_pages(t, a, b, 0, false);
	assert_int_equal(d->unknown, 1);
	assert_int_equal(d->side[1].changed, 1);
	diff_end(d);
	free(d);
	free(t);
}

/* Frames of entries that have not changed. */
static void frames(bool marked, uint64_t seed, unsigned int *seen)
{
	struct fake *a = new_fake(0), *b = new_fake(0);
	struct diff *d = calloc(1, sizeof(*d));
	struct told *t;
	unsigned int i;

	assert_non_null(d);
	make_up(a, b, &seed);
	for (i = 0; i < FRAMES; i++) {
		a->mapcount[i] = 1 + (random64(&seed) % 40 == 0);
		b->mapcount[i] = 1 + (random64(&seed) % 40 == 0);
		a->own[i] = random64(&seed) % 3;
		b->own[i] = random64(&seed) % 3;
	}
	if (!marked)
		b->src.format.info.features &= ~MMSCOPE_FEATURE_EXCLUSIVE;
	d->facts = true;
	t = compare(d, a, b);
	for (i = 0; i < PAGES; i++) {
		uint64_t pfn = b->cell[i].number;
		char letters[64];
		bool before, after;

		if (want(&a->cell[i], &b->cell[i], 0, false, letters) != DIFF_SAME ||
		    (b->cell[i].what != PAGE && b->cell[i].what != PROTNONE))
			continue;
		before = a->mapcount[pfn] > 1;
		after = b->mapcount[pfn] > 1;
		if (before == after && marked) {
			before = !a->own[pfn];
			after = !b->own[pfn];
		}
		assert_int_equal(t->change[i], before == after ? DIFF_SAME :
				 after ? DIFF_SHARED : DIFF_PRIVATE);
		if (before != after)
			seen[after]++;
		t->change[i] = DIFF_SAME;
	}
	check_pages(t, a, b, 0, false);
	assert_false(d->no_facts);
	diff_end(d);
	free(d);
	free(t);
}

static void test_frames(void **state)
{
	unsigned int seed, seen[2] = { 0 };

	(void)state;
	for (seed = 0; seed < 40; seed++)
		frames(seed & 1, seed, seen);
	assert_true(seen[0] > 1000 && seen[1] > 1000);
}

/* One side has no facts: nothing is told of them, and that is known. */
static void test_no_facts(void **state)
{
	static const int errors[] = { -ENODATA, -EPERM };
	unsigned int i;

	(void)state;
	for (i = 0; i < 2; i++) {
		struct fake *a = new_fake(0), *b = new_fake(0);
		struct diff *d = calloc(1, sizeof(*d));
		uint64_t seed = 9;
		struct told *t;

		assert_non_null(d);
		make_up(a, b, &seed);
		b->frames_err = errors[i];
		memset(a->mapcount, 2, sizeof(a->mapcount));
		d->facts = true;
		t = compare(d, a, b);
		assert_true(d->no_facts);
		check_pages(t, a, b, 0, false);
		diff_end(d);
		free(d);
		free(t);
	}
}

/* VM_READ, VM_WRITE, VM_EXEC are 1, 2 and 4 in all kernels (mm.h). */
static void check_vmas(const struct mmscope_vma *x, unsigned int nr_x, const struct mmscope_vma *y,
		       unsigned int nr_y, const char *list, const char *want_words)
{
	struct fake *a = new_fake(0), *b = new_fake(0);
	struct diff *d = calloc(1, sizeof(*d));
	struct told *t;
	unsigned int i;

	assert_non_null(d);
	for (i = 0; i < nr_x; i++)
		add_vma(a, x[i].start, x[i].end, x[i].flags, x[i].inode, x[i].offset);
	for (i = 0; i < nr_y; i++)
		add_vma(b, y[i].start, y[i].end, y[i].flags, y[i].inode, y[i].offset);
	d->ignored = list;
	t = compare(d, a, b);
	assert_string_equal(t->vmas, want_words);
	diff_end(d);
	free(d);
	free(t);
}

#define VMA(from, to, access, file) .start = from, .end = to, .flags = access, .inode = file
#define AT(vma, place) { vma, .offset = place }
#define CHECK_VMAS(list, words) \
	check_vmas(a, sizeof(a) / sizeof(a[0]), b, sizeof(b) / sizeof(b[0]), list, words)

static void test_vmas(void **state)
{
	(void)state;
	{	/* the middle gets other rights, the end is lost, another comes */
		static const struct mmscope_vma a[] = { AT(VMA(0, 10, 3, 0), 0) };
		static const struct mmscope_vma b[] = {
			AT(VMA(0, 2, 3, 0), 0), AT(VMA(2, 4, 1, 0), 0), AT(VMA(4, 8, 3, 0), 0), AT(VMA(20, 30, 5, 7), 0),
		};

		CHECK_VMAS(NULL, "vma-flags:2-4:-wr vma-shrunk:8-10 vma-appeared:20-30");
		CHECK_VMAS("wr", "vma-shrunk:8-10 vma-appeared:20-30");
		CHECK_VMAS("vma-shrunk", "vma-flags:2-4:-wr vma-appeared:20-30");
	}
	{	/* grows at both ends; a hole; one is gone */
		static const struct mmscope_vma a[] = { AT(VMA(10, 20, 3, 0), 0), AT(VMA(40, 60, 1, 3), 0), AT(VMA(70, 80, 1, 0), 0) };
		static const struct mmscope_vma b[] = { AT(VMA(8, 22, 3, 0), 0), AT(VMA(40, 45, 1, 3), 0), AT(VMA(50, 60, 5, 3), 0) };

		CHECK_VMAS(NULL, "vma-grown:8-10 vma-grown:20-22 vma-shrunk:45-50 vma-path:50-60 vma-flags:50-60:+ex vma-gone:70-80");
	}
	{	/* another file in its place, and more of it */
		static const struct mmscope_vma a[] = { AT(VMA(0, 10, 1, 3), 0) };
		static const struct mmscope_vma b[] = { AT(VMA(0, 12, 1, 4), 0) };

		CHECK_VMAS(NULL, "vma-path:0-10 vma-appeared:10-12");
	}
	{	/* another part of it, and the same part cut in two */
		static const struct mmscope_vma a[] = { AT(VMA(0, 10, 1, 3), 5), AT(VMA(20, 30, 1, 3), 0) };
		static const struct mmscope_vma b[] = {
			AT(VMA(0, 10, 1, 3), 6), AT(VMA(20, 25, 1, 3), 0), AT(VMA(25, 30, 3, 3), 5),
		};

		CHECK_VMAS(NULL, "vma-path:0-10 vma-flags:25-30:+wr");
	}
	{
		static const struct mmscope_vma a[] = { AT(VMA(0, 10, 1, 3), 0) };

		check_vmas(a, 1, a, 1, NULL, "");
	}
}

static void test_bad_list(void **state)
{
	static const char * const bad[] = { "nope", "A,,D", "Z", "", "moved,zz" };
	unsigned int i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct diff *d = calloc(1, sizeof(*d));

		assert_non_null(d);
		d->side[0].src = &new_fake(0)->src;
		d->side[1].src = &new_fake(0)->src;
		d->ignored = bad[i];
		assert_int_equal(diff_begin(d), EXIT_ERROR);
		diff_end(d);
		free(d);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pages),
		cmocka_unit_test(test_ignore),
		cmocka_unit_test(test_few_spans),
		cmocka_unit_test(test_without_frames),
		cmocka_unit_test(test_same_value),
		cmocka_unit_test(test_huge_pages),
		cmocka_unit_test(test_unread),
		cmocka_unit_test(test_frames),
		cmocka_unit_test(test_no_facts),
		cmocka_unit_test(test_vmas),
		cmocka_unit_test(test_bad_list),
	};

	return cmocka_run_group_tests_name("diff", tests, find_recordings, drop_recordings);
}
