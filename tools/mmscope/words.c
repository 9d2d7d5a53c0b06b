// SPDX-License-Identifier: GPL-2.0-only
/* Entries, rights, flags and sizes in words, as several commands show them. */
#include "tool.h"

#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

/* Appends a word to a list, with a space before it if there are others. */
void tool_add_word(char *buf, size_t len, const char *format, ...)
{
	size_t at = strlen(buf);
	va_list ap;

	if (at && at + 1 < len) {
		buf[at++] = ' ';
		buf[at] = '\0';
	}
	va_start(ap, format);
	vsnprintf(buf + at, len - at, format, ap);
	va_end(ap);
}

/* The flags of an entry, as words. */
void tool_flags(const struct mmscope_format *f, const struct mmscope_entry *e,
		char *buf, size_t len)
{
	struct mmscope_flag flag;
	unsigned int pos = 0;

	buf[0] = '\0';
	while (mmscope_flag_next(f, e, &pos, &flag)) {
		if (!flag.name)
			tool_add_word(buf, len, "bit%u", flag.bit);
		else if (flag.width > 1)
			tool_add_word(buf, len, "%s=%" PRIu64, flag.name, (uint64_t)flag.value);
		else
			tool_add_word(buf, len, "%s", flag.name);
	}
}

/* Rights as four letters. */
void tool_rights(unsigned int rights, char *text)
{
	text[0] = rights & MMSCOPE_RIGHT_U ? 'u' : '-';
	text[1] = rights & MMSCOPE_RIGHT_R ? 'r' : '-';
	text[2] = rights & MMSCOPE_RIGHT_W ? 'w' : '-';
	text[3] = rights & MMSCOPE_RIGHT_X ? 'x' : '-';
	text[4] = '\0';
}

/* Only the letters of those that are there. */
void tool_rights_list(unsigned int rights, char *text)
{
	char all[5], *p;

	tool_rights(rights, all);
	for (p = all; *p; p++)
		if (*p != '-')
			*text++ = *p;
	*text = '\0';
}

/* The bit of a VMA flag by its long name (vma_flags.def), 0 if the kernel has none. */
uint64_t tool_vma_flag(const struct mmscope_format *f, const char *name)
{
	unsigned int i;

	for (i = 0; i < f->info.nr_vma_flags; i++)
		if (!strcmp(f->vma_flags[i].name, name))
			return 1ULL << f->vma_flags[i].bit;
	return 0;
}

/* The bit of an entry that maps memory by its name (flags.def), 0 if it has none there. */
uint64_t tool_entry_bit(const struct mmscope_format *f, const char *name, unsigned int level)
{
	const struct mmscope_bit *b;
	unsigned int i;

	for (i = 0; i < f->info.nr_bits; i++) {
		b = &f->bits[i];
		if (!strcmp(b->name, name) && (b->levels >> level & 1) &&
		    (b->when & MMSCOPE_WHEN_LEAF))
			return 1ULL << b->bit;
	}
	return 0;
}

/* Has the VMA this flag? No, if the kernel does not know it. */
bool tool_vma_has(const struct mmscope_format *f, const struct mmscope_vma *vma,
		  const char *name)
{
	return vma->flags & tool_vma_flag(f, name);
}

/* What an entry is, with its VMA if that is known. */
const char *tool_kind(const struct mmscope_format *f, const struct mmscope_entry *e,
		      const struct mmscope_vma *vma)
{
	if (!vma)
		return e->kind;
	return mmscope_kind_in(e, vma->flags, tool_vma_has(f, vma, "uffd_rwp"));
}

/* Is it an entry of a page that was swapped out? That kind is the first of INFO's. */
bool tool_is_swap(const struct mmscope_format *f, const struct mmscope_entry *e)
{
	return e->class == MMSCOPE_CLASS_SWAP && f->info.nr_kinds &&
	       e->swap_type <= f->kinds[0].last;
}

/* Device or file of a swap entry, NULL for others. */
const char *tool_swap_name(struct libmmscope_source *src, const struct mmscope_entry *e)
{
	if (!tool_is_swap(libmmscope_format(src), e))
		return NULL;
	return libmmscope_swap_name(src, e->swap_type);
}

/* The flags of an entry in letters, one a flag: P W U A D … (INFO and flags.def have them). */
void tool_letters(const struct mmscope_format *f, const struct mmscope_entry *e,
		  char *buf, size_t len)
{
	struct mmscope_flag flag;
	unsigned int pos = 0;
	size_t n = 0;

	while (n + 1 < len && mmscope_flag_next(f, e, &pos, &flag))
		buf[n++] = flag.letter;
	buf[n] = '\0';
}

static const struct mmscope_vma_flag *vma_flag(const struct mmscope_format *f,
					       unsigned int bit)
{
	unsigned int i;

	for (i = 0; i < f->info.nr_vma_flags; i++)
		if (f->vma_flags[i].bit == bit)
			return &f->vma_flags[i];
	return NULL;
}

/* The flags of a VMA in the two letters of smaps; bitN for what has none. */
void tool_vma_flags(const struct mmscope_format *f, uint64_t flags, char *buf, size_t len)
{
	const struct mmscope_vma_flag *row;
	unsigned int bit;

	buf[0] = '\0';
	for (bit = 0; bit < 64; bit++) {
		if (!(flags >> bit & 1))
			continue;
		row = vma_flag(f, bit);
		if (!row)
			tool_add_word(buf, len, "bit%u", bit);
		else if (row->code[0])
			tool_add_word(buf, len, "%s", row->code);
		/* else smaps shows it in its own way: the protection key */
	}
}

/* Bytes for people, or exactly with -b and where machines read. */
void tool_size(const struct options *o, uint64_t bytes, char *buf, size_t len)
{
	static const char unit[] = "KMGT";
	unsigned int u = 0;

	if (o->bytes || o->json || o->raw) {
		snprintf(buf, len, "%" PRIu64, bytes);
		return;
	}
	for (bytes >>= 10; bytes >= 1024 && !(bytes & 1023) && unit[u + 1]; u++)
		bytes >>= 10;
	snprintf(buf, len, "%" PRIu64 "%c", bytes, unit[u]);
}

void tool_hidden(uint32_t out_flags)
{
	if (out_flags & MMSCOPE_OUT_HIDDEN)
		tool_error("frame numbers and table addresses are hidden (they need CAP_SYS_ADMIN)");
}

/* @taken: rights that this level and those above have taken away. */
const char *tool_kind_color(const struct mmscope_entry *e, unsigned int taken)
{
	switch (e->class) {
	case MMSCOPE_CLASS_LEAF:
		return taken & (MMSCOPE_RIGHT_W | MMSCOPE_RIGHT_X) ? NULL : "red";
	case MMSCOPE_CLASS_PROTNONE:
		return "yellow";
	case MMSCOPE_CLASS_SWAP:
		return "cyan";
	default:
		return NULL;
	}
}
