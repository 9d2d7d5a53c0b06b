// SPDX-License-Identifier: GPL-2.0-only
/*
 * One entry, as the tool shows it, against all the kernel says of the page. The
 * encodings are taken apart by hand (arch/x86/include/asm/pgtable_64.h), not by
 * the decode under test. What a scene claims comes on top of this.
 */
#include "scenes.h"

#include <fnmatch.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

/* PAGEMAP_SCAN, linux/fs.h */
#define SCAN_PRESENT (1 << 3)
#define SCAN_SWAPPED (1 << 4)
#define SCAN_PFNZERO (1 << 5)
#define SCAN_GUARD (1 << 8)

void note(struct report *r, const char *oracle)
{
	if (strstr(r->oracles, oracle))
		return;
	if (r->oracles[0])
		strcat(r->oracles, ", ");
	strcat(r->oracles, oracle);
}

void wrong(struct report *r, const char *format, ...)
{
	size_t n = strlen(r->wrong);
	va_list ap;

	n += snprintf(r->wrong + n, sizeof(r->wrong) - n, "%s", n ? "; " : "");
	if (n >= sizeof(r->wrong))
		return;
	va_start(ap, format);
	vsnprintf(r->wrong + n, sizeof(r->wrong) - n, format, ap);
	va_end(ap);
}

/* Is one of the words, separated by blanks or commas, like the pattern? */
bool has_word(const char *words, const char *pattern)
{
	char copy[512], *word, *save;

	snprintf(copy, sizeof(copy), "%s", words);
	for (word = strtok_r(copy, " ,", &save); word; word = strtok_r(NULL, " ,", &save))
		if (!fnmatch(pattern, word, 0))
			return true;
	return false;
}

/* The 4 KiB frame of the address itself, also inside a huge page. */
uint64_t frame_of(const struct row *row, uint64_t va)
{
	return row->pfn + ((va & ((PAGE << (9 * row->level)) - 1)) / PAGE);
}

static bool is_present(const char *kind)
{
	return has_word("page protnone numa_hint uffd_rwp invalid", kind);
}

/* The number and the offset of a non-present entry (pgtable_64.h). */
static uint64_t type_of(uint64_t raw)
{
	return raw >> 59;
}

static uint64_t offset_of(uint64_t raw)
{
	return (~raw << 5) >> 14;
}

/* hwpoison, migration …: the frame is the low part of the offset. */
void check_frame_entry(struct report *r, const struct row *row)
{
	if ((row->raw & 0x101) || !row->has_pfn)
		wrong(r, "no non-present entry with a frame: raw 0x%lx", row->raw);
	else if ((offset_of(row->raw) & ((1UL << 34) - 1)) != row->pfn)
		wrong(r, "raw 0x%lx holds frame 0x%lx, tool says 0x%lx", row->raw,
		      offset_of(row->raw) & ((1UL << 34) - 1), row->pfn);
	else if (oracle_node_of_frame(row->pfn) < 0)
		wrong(r, "frame 0x%lx is no memory", row->pfn);
	note(r, "entry by hand");
}

/* Bits 1 to 3 of what is swapped: soft-dirty, userfaultfd, exclusive. */
static void check_swap_bits(struct report *r, const struct row *row)
{
	const char *flags = row->cell[COL_FLAGS];

	if (strcmp(row->cell[COL_KIND], "swap"))
		return;
	if (has_word(flags, "soft_dirty") != (row->raw >> 1 & 1) ||
	    has_word(flags, "uffd*") != (row->raw >> 2 & 1) ||
	    has_word(flags, "exclusive") != (oracle_has_exclusive() && (row->raw >> 3 & 1)))
		wrong(r, "flags '%s' are not those of 0x%lx", flags, row->raw);
}

static void check_nonpresent(struct report *r, const struct row *row, uint64_t pm, bool hugetlb)
{
	uint64_t mask = row->has_pfn ? (1UL << 34) - 1 : (1UL << 50) - 1;

	if (pm & PM_PRESENT)
		wrong(r, "pagemap says present");
	if (row->has_pfn)
		check_frame_entry(r, row);
	if (row->has_offset && row->offset != offset_of(row->raw))
		wrong(r, "raw 0x%lx holds offset 0x%lx, tool says 0x%lx", row->raw,
		      offset_of(row->raw), row->offset);
	check_swap_bits(r, row);
	/* of hugetlb, pagemap tells little that is not present */
	if (!(pm & PM_SWAP)) {
		if (!hugetlb)
			wrong(r, "pagemap does not say swapped");
		return;
	}
	if ((pm & 31) != type_of(row->raw) ||
	    (((pm & PM_FRAME) >> 5) & mask) != (offset_of(row->raw) & mask))
		wrong(r, "pagemap 0x%lx: type and offset are not those of 0x%lx", pm, row->raw);
}

static void check_pagemap(struct report *r, const struct row *row, uint64_t va, uint64_t pm,
			  const struct vma *vma)
{
	bool hugetlb = has_word(vma->flags, "ht"), soft = has_word(row->cell[COL_FLAGS], "soft_dirty");
	const char *kind = row->cell[COL_KIND];

	if (is_present(kind)) {
		if (!(pm & PM_PRESENT) || (pm & PM_SWAP))
			wrong(r, "pagemap does not say present");
		else if ((pm & PM_FRAME) != frame_of(row, va))
			wrong(r, "pagemap says frame 0x%lx, tool 0x%lx", pm & PM_FRAME,
			      frame_of(row, va));
	} else if (!strcmp(kind, "none")) {
		if (pm & (PM_PRESENT | PM_SWAP))
			wrong(r, "pagemap says there is something");
	} else {
		check_nonpresent(r, row, pm, hugetlb);
	}
	/* hugetlb is not tracked; a fresh VMA counts as written as a whole */
	if (!hugetlb && soft && !(pm & PM_SOFT_DIRTY))
		wrong(r, "soft_dirty is not in pagemap");
	if (!hugetlb && !soft && (pm & PM_SOFT_DIRTY) && strcmp(kind, "none") &&
	    !has_word(vma->flags, "sd"))
		wrong(r, "pagemap says soft-dirty");
	if (oracle_knows_uffd() &&
	    has_word(row->cell[COL_FLAGS], "uffd*") != !!(pm & PM_UFFD_WP))
		wrong(r, "uffd in pagemap: %d", !!(pm & PM_UFFD_WP));
	if (oracle_knows_guard() && has_word(row->cell[COL_FLAGS], "guard") != !!(pm & PM_GUARD))
		wrong(r, "guard in pagemap: %d", !!(pm & PM_GUARD));
	note(r, "pagemap");
}

/* A word of PAGE must be there exactly if the flag is. */
static void check_page_word(struct report *r, const struct row *row, const char *word, bool is)
{
	if (has_word(row->cell[COL_PAGE], word) != is)
		wrong(r, "PAGE %s %s", is ? "lacks" : "has", word);
}

static void check_kpageflags(struct report *r, const struct row *row, uint64_t va, uint64_t pm)
{
	bool special = has_word(row->cell[COL_FLAGS], "special");
	uint64_t kpf;

	if (!row->has_pfn || !oracle_kpageflags(frame_of(row, va), &kpf))
		return;
	note(r, "kpageflags");
	if (row->level && is_present(row->cell[COL_KIND]) &&
	    !(kpf & (KPF_HUGE | KPF_THP | KPF_ZERO)))
		wrong(r, "huge entry, but kpageflags 0x%lx", kpf);
	if (row->level > 1 && !(kpf & KPF_HUGE))
		wrong(r, "no hugetlb page: kpageflags 0x%lx", kpf);
	if (!special && (kpf & KPF_NOPAGE))
		wrong(r, "kpageflags: no such page");
	/* the zero pages belong to no file, and are not anonymous either */
	if ((pm & PM_PRESENT) && !special && !(kpf & KPF_ZERO) &&
	    !(pm & PM_FILE) != !!(kpf & KPF_ANON))
		wrong(r, "pagemap 0x%lx and kpageflags 0x%lx differ: file or anonymous?", pm, kpf);
	check_page_word(r, row, "*zero", kpf & KPF_ZERO);
	/* merged pages and those of hugetlb go by their own names */
	check_page_word(r, row, "anon", (kpf & KPF_ANON) && !(kpf & KPF_HUGE) &&
			!has_word(row->cell[COL_PAGE], "ksm"));
	if (oracle_knows_ksm())
		check_page_word(r, row, "ksm", kpf & KPF_KSM);
	check_page_word(r, row, "hugetlb", kpf & KPF_HUGE);
	check_page_word(r, row, "hwpoison", kpf & KPF_HWPOISON);
}

static void check_scan(struct report *r, pid_t pid, uint64_t va, const struct row *row)
{
	const char *kind = row->cell[COL_KIND];
	uint64_t c;

	if (!oracle_scan(pid, va, &c))
		return;
	note(r, "PAGEMAP_SCAN");
	if (is_present(kind) != !!(c & SCAN_PRESENT))
		wrong(r, "PAGEMAP_SCAN 0x%lx: present?", c);
	if (!strcmp(kind, "swap") && !(c & SCAN_SWAPPED))
		wrong(r, "PAGEMAP_SCAN 0x%lx: not swapped", c);
	if (oracle_knows_guard() && has_word(row->cell[COL_FLAGS], "guard") != !!(c & SCAN_GUARD))
		wrong(r, "PAGEMAP_SCAN 0x%lx: guard?", c);
}

/* The frame holds what the process reads at the address. */
static void check_contents(struct report *r, pid_t pid, uint64_t va, const struct row *row)
{
	uint64_t at = va & ~(PAGE - 1);
	unsigned char mine[64], frame[64];
	int tries = 3;

	if (strcmp(row->cell[COL_KIND], "page") || !has_word(row->cell[COL_EFF], "?r??"))
		return;
	do {
		if (!oracle_memory(pid, at, mine, 64) ||
		    !oracle_physical(frame_of(row, va) * PAGE, frame, 64))
			return;
	} while (memcmp(mine, frame, 64) && --tries);
	note(r, "kcore");
	if (!tries)
		wrong(r, "frame 0x%lx holds other bytes than the process sees", frame_of(row, va));
}

/* The entry stands where the tool says. The CPU may set accessed and dirty. */
static void check_slot(struct report *r, const struct row *row)
{
	uint64_t now;

	if (!row->slot || !oracle_physical(row->slot, &now, 8))
		return;
	note(r, "kcore");
	if ((now ^ row->raw) & ~0x60UL)
		wrong(r, "0x%lx at slot 0x%lx", now, row->slot);
}

void check_entry(struct report *r, pid_t pid, uint64_t va, const struct row *row)
{
	uint64_t pm = 0;
	struct vma vma;

	if (row->malformed)
		wrong(r, "raw output: not as many columns as asked for, or an empty one");
	oracle_vma(pid, va, &vma);
	if (!oracle_pagemap(pid, va, &pm)) {
		wrong(r, "pagemap cannot be read");
		return;
	}
	/* pagemap and PAGEMAP_SCAN leave VM_PFNMAP out */
	if (!has_word(vma.flags, "pf")) {
		check_pagemap(r, row, va, pm, &vma);
		check_scan(r, pid, va, row);
		check_contents(r, pid, va, row);
	}
	check_kpageflags(r, row, va, pm);
	check_slot(r, row);
}
