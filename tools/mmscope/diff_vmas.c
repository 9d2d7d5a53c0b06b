// SPDX-License-Identifier: GPL-2.0-only
/* What became of the VMAs, in addresses that no border of either side divides. */
#include "diff.h"

#include <inttypes.h>
#include <string.h>

static bool same_text(const struct mmscope_vma *a, __u16 at_a, const struct mmscope_vma *b,
		      __u16 at_b)
{
	const char *x = libmmscope_vma_string(a, at_a), *y = libmmscope_vma_string(b, at_b);

	return x && y ? !strcmp(x, y) : x == y;
}

static bool same_file(const struct mmscope_vma *a, const struct mmscope_vma *b)
{
	return a->inode == b->inode && a->dev_major == b->dev_major &&
	       a->dev_minor == b->dev_minor;
}

static bool same_object(const struct mmscope_vma *a, const struct mmscope_vma *b)
{
	return same_file(a, b) && same_text(a, a->name, b, b->name) &&
	       same_text(a, a->anon_name, b, b->anon_name);
}

/* Where a file stands in the addresses; wraps, as it is only compared. */
static uint64_t place(const struct mmscope_vma *vma)
{
	return vma->attrs & MMSCOPE_VMA_FILE ? vma->start - vma->offset : 0;
}

/**
 * diff_vma_text - the name of a VMA, and what else tells it from another
 * @vma: VMA
 * @other: that of the same addresses on the other side
 * @buf: filled in; empty if it has no name
 * @len: room
 */
void diff_vma_text(const struct mmscope_vma *vma, const struct mmscope_vma *other, char *buf,
		   size_t len)
{
	const char *name = libmmscope_vma_string(vma, vma->name);
	const char *anon = libmmscope_vma_string(vma, vma->anon_name);

	if (name)
		snprintf(buf, len, "%s", name);
	else if (anon)
		snprintf(buf, len, "[anon:%s]", anon);
	else
		buf[0] = '\0';
	if (!same_text(vma, vma->name, other, other->name))
		return;
	if (!same_file(vma, other))
		tool_add_word(buf, len, "inode %" PRIu64, (uint64_t)vma->inode);
	else if (place(vma) != place(other))
		tool_add_word(buf, len, "offset 0x%" PRIx64, (uint64_t)vma->offset);
}

/* Has the other side a part of this VMA? The answer is kept: it is asked again and again. */
static bool has_kin(struct diff *d, unsigned int side, const struct mmscope_vma *vma)
{
	const struct libmmscope_maps *maps = &d->side[!side].maps;
	size_t i;

	if (d->asked[side] == vma)
		return d->kin[side];
	d->asked[side] = vma;
	d->kin[side] = false;
	for (i = libmmscope_maps_after(maps, vma->start);
	     i < maps->count && maps->vma[i]->start < vma->end && !d->kin[side]; i++)
		d->kin[side] = same_object(vma, maps->vma[i]);
	return d->kin[side];
}

/* A VMA on both sides. */
static int compare(struct diff *d, struct diff_span *s)
{
	const struct mmscope_vma *a = s->vma[0], *b = s->vma[1];
	struct diff_words words;
	int err = 0;

	if (!same_object(a, b) || place(a) != place(b)) {
		s->change = DIFF_VMA_PATH;
		err = diff_emit(d, s);
	}
	diff_vma_flags(d, a, b, &words);
	if (err || !*words.letters)
		return err;
	s->change = DIFF_VMA_FLAGS;
	s->words = &words;
	err = diff_emit(d, s);
	s->words = NULL;
	return err;
}

/* The changes of VMAs in the addresses of a span. 0, or what the function returned. */
int diff_vmas(struct diff *d, struct diff_span *s)
{
	if (s->vma[0] && s->vma[1])
		return compare(d, s);
	if (!s->vma[0] && !s->vma[1])
		return 0;
	if (s->vma[1])
		s->change = has_kin(d, 1, s->vma[1]) ? DIFF_VMA_GROWN : DIFF_VMA_APPEARED;
	else
		s->change = has_kin(d, 0, s->vma[0]) ? DIFF_VMA_SHRUNK : DIFF_VMA_GONE;
	return diff_emit(d, s);
}
