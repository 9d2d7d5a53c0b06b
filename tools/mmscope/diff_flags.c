// SPDX-License-Identifier: GPL-2.0-only
/* Which flags of an entry, or of a VMA, only one side has; and which of them count. */
#include "diff.h"

#include <stdlib.h>
#include <string.h>

#define MAX_FLAGS 80

/* Is the word in a list with commas between? */
static bool listed(const char *list, const char *word)
{
	size_t len = strlen(word), n;

	for (; list && *list; list += n + !!list[n]) {
		n = strcspn(list, ",");
		if (n == len && !strncmp(list, word, n))
			return true;
	}
	return false;
}

/* Letter of an entry's flag: in INFO's rows, or one of those that have no row. */
static bool is_letter(const struct mmscope_format *f, const char *word)
{
	unsigned int i;

	if (!*word || word[1])
		return false;
	for (i = 0; i < f->info.nr_bits; i++)
		if (f->bits[i].letter == (unsigned char)*word)
			return true;
	return strchr("mE?", *word);
}

static bool is_code(const struct mmscope_format *f, const char *word)
{
	unsigned int i;

	for (i = 0; i < f->info.nr_vma_flags; i++)
		if (*word && !strcmp(f->vma_flags[i].code, word))
			return true;
	return false;
}

/* One word of the list. 0 or EXIT_ERROR. */
static int ignore_word(struct diff *d, const char *word)
{
	unsigned int i;

	for (i = 0; i < NR_DIFF_CHANGES; i++)
		if (!strcmp(diff_name(i), word)) {
			d->ignore |= 1U << i;
			return 0;
		}
	for (i = 0; i < 2; i++)
		if (is_letter(pieces_format(&d->side[i]), word) ||
		    is_code(pieces_format(&d->side[i]), word))
			return 0;
	tool_error("diff: --ignore: '%s' is no change and no letter of a flag (--help lists the changes)",
		   word);
	return EXIT_ERROR;
}

/* The list of --ignore: names of changes, letters of flags. 0 or EXIT_ERROR. */
int diff_ignore(struct diff *d, const char *list)
{
	char *copy = strdup(list), *word, *rest = copy;
	int err = copy ? 0 : EXIT_ERROR;

	while (!err && (word = strsep(&rest, ",")))
		err = ignore_word(d, word);
	free(copy);
	return err;
}

/*
 * The flags of an entry. That it is a huge page is no flag here: its level says so.
 * What bits without a name mean is known of one kernel alone.
 */
static unsigned int flags_of(const struct diff *d, unsigned int side, const struct piece *p,
			     struct mmscope_flag *flag)
{
	const struct mmscope_format *f = pieces_format(&d->side[side]);
	struct mmscope_entry e;
	unsigned int pos = 0, nr = 0;
	bool huge;

	mmscope_decode(f, p->raw, p->level, 0, &e);
	while (nr < MAX_FLAGS && mmscope_flag_next(f, &e, &pos, &flag[nr])) {
		huge = flag[nr].width && p->level && 1ULL << flag[nr].bit == MMSCOPE_PS;
		nr += flag[nr].name ? !huge : !d->foreign;
	}
	return nr;
}

/* The same flag: by letter where that is a flag's own, since kernels rename them. */
static bool same_flag(const struct mmscope_flag *a, const struct mmscope_flag *b)
{
	if (a->letter != b->letter || a->value != b->value)
		return false;
	if (a->letter == '?')
		return a->bit == b->bit;
	return (a->letter != 'm' && a->letter != 'E') || !strcmp(a->name, b->name);
}

/* Those of @have that @miss has not. */
static void add_flags(const struct diff *d, const struct mmscope_flag *have, unsigned int nr_have,
		      const struct mmscope_flag *miss, unsigned int nr_miss, char sign,
		      struct diff_words *words)
{
	unsigned int i, k;

	for (i = 0; i < nr_have; i++) {
		const struct mmscope_flag *h = &have[i];
		char letter[2] = { h->letter };

		for (k = 0; k < nr_miss && !same_flag(h, &miss[k]); k++)
			;
		if (k < nr_miss || listed(d->ignored, letter))
			continue;
		if (h->width > 1) {
			tool_add_word(words->letters, sizeof(words->letters), "%c%s%llu", sign,
				      letter, h->value);
			tool_add_word(words->names, sizeof(words->names), "%c%s=%llu", sign,
				      h->name, h->value);
			continue;
		}
		tool_add_word(words->letters, sizeof(words->letters), "%c%s", sign, letter);
		if (h->name)
			tool_add_word(words->names, sizeof(words->names), "%c%s", sign, h->name);
		else
			tool_add_word(words->names, sizeof(words->names), "%cbit%u", sign, h->bit);
	}
}

static void compare(const struct diff *d, const struct piece *a, const struct piece *b,
		    struct diff_words *words)
{
	struct mmscope_flag x[MAX_FLAGS], y[MAX_FLAGS];
	unsigned int nr_x = flags_of(d, 0, a, x), nr_y = flags_of(d, 1, b, y);

	words->letters[0] = '\0';
	words->names[0] = '\0';
	add_flags(d, y, nr_y, x, nr_x, '+', words);
	add_flags(d, x, nr_x, y, nr_y, '-', words);
}

/* An entry without what only says which frame, or which swap slot, it holds. */
static uint64_t bits_of(const struct mmscope_format *f, const struct piece *p)
{
	if (p->what == PIECE_FRAME)
		return p->raw & ~(f->info.pfn_mask & ~(mmscope_span(p->level) - 1));
	if (p->what == PIECE_SLOT)
		return p->raw & ~mmscope_field_mask(f->info.swp_offset_shift,
						    f->info.swp_offset_bits);
	return p->raw;
}

/**
 * diff_flags - the flags in which two entries differ
 * @d: comparison
 * @a: entry of A
 * @b: entry of B, of the same kind
 *
 * There are few combinations: what was found before is kept.
 * Return: NULL if they have the same, or those that differ are ignored; valid until
 * the next call.
 */
const struct diff_words *diff_flags(struct diff *d, const struct piece *a, const struct piece *b)
{
	uint64_t x = bits_of(pieces_format(&d->side[0]), a);
	uint64_t y = bits_of(pieces_format(&d->side[1]), b);
	uint64_t hash = (x * 31 + y * 17 + a->level * 3ULL + b->level) * 0x9e3779b97f4a7c15ULL;
	struct diff_known *known = &d->known[hash >> 58];

	if (x == y && a->level == b->level && !d->foreign)
		return NULL;
	if (!known->used || known->bits[0] != x || known->bits[1] != y ||
	    known->level[0] != a->level || known->level[1] != b->level) {
		*known = (struct diff_known){
			.bits = { x, y }, .level = { a->level, b->level }, .used = true,
		};
		compare(d, a, b, &known->words);
	}
	return *known->words.letters ? &known->words : NULL;
}

/* The row of a VMA's flag, NULL if it has no name. */
static const struct mmscope_vma_flag *row_of(const struct mmscope_format *f, unsigned int bit)
{
	unsigned int i;

	for (i = 0; i < f->info.nr_vma_flags; i++)
		if (f->vma_flags[i].bit == bit)
			return &f->vma_flags[i];
	return NULL;
}

static void add_vma_flags(const struct diff *d, const struct mmscope_vma *have, unsigned int side,
			  const struct mmscope_vma *miss, char sign, struct diff_words *words)
{
	const struct mmscope_format *f = pieces_format(&d->side[side]);
	const struct mmscope_vma_flag *row;
	unsigned int bit;

	for (bit = 0; bit < 64; bit++) {
		if (!(have->flags >> bit & 1))
			continue;
		row = row_of(f, bit);
		if (row ? tool_vma_has(pieces_format(&d->side[!side]), miss, row->name) :
			  d->foreign || (miss->flags >> bit & 1))
			continue;
		if (row && *row->code && listed(d->ignored, row->code))
			continue;
		if (!row) {
			tool_add_word(words->letters, sizeof(words->letters), "%cbit%u", sign, bit);
			tool_add_word(words->names, sizeof(words->names), "%cbit%u", sign, bit);
			continue;
		}
		tool_add_word(words->letters, sizeof(words->letters), "%c%s", sign,
			      *row->code ? row->code : row->name);
		tool_add_word(words->names, sizeof(words->names), "%c%s", sign, row->name);
	}
}

/* The flags in which two VMAs differ; empty if there are none. */
void diff_vma_flags(const struct diff *d, const struct mmscope_vma *a, const struct mmscope_vma *b,
		    struct diff_words *words)
{
	words->letters[0] = '\0';
	words->names[0] = '\0';
	if (a->flags == b->flags && !d->foreign)
		return;
	add_vma_flags(d, b, 1, a, '+', words);
	add_vma_flags(d, a, 0, b, '-', words);
}
