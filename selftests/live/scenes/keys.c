// SPDX-License-Identifier: GPL-2.0-only
/*
 * The keys of expect and race, each with one value:
 *
 *   kind level eff takes memtype   what the tool must show; A|B: one of them
 *   has not       flags of the entry, with commas; A|B: one of them
 *   page          words about the frame; !WORD: must not be there
 *   device        the file or device swapped to; "swaps": that of /proc/swaps
 *   result        mapped, not-present or hole
 *   same differs  the frame of an earlier label (+N frames) of any process; if
 *                 both are swapped, the place they are swapped to
 *   slot otherslot  the slot of an earlier label: same table, or another
 *   pfn           the frame itself
 *   node          its node: move_pages(2), and the memory blocks in sysfs
 *   pm kpf        bits of pagemap and kpageflags; !WORD: must not be set
 */
#include "scenes.h"

#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

#define MAX_LABELS 64

static struct label {
	char name[32];
	struct row row;
	uint64_t va;
} labels[MAX_LABELS];
static unsigned int nr_labels;

struct word {
	const char *name;
	uint64_t bit;
};

static const struct word pm_words[] = {
	{ "present", PM_PRESENT }, { "swap", PM_SWAP }, { "file", PM_FILE },
	{ "guard", PM_GUARD }, { "uffd_wp", PM_UFFD_WP }, { "excl", PM_EXCLUSIVE },
	{ "soft_dirty", PM_SOFT_DIRTY }, { NULL, 0 },
};

static const struct word kpf_words[] = {
	{ "anon", KPF_ANON }, { "huge", KPF_HUGE }, { "hwpoison", KPF_HWPOISON },
	{ "nopage", KPF_NOPAGE }, { "ksm", KPF_KSM }, { "thp", KPF_THP }, { "zero", KPF_ZERO },
	{ NULL, 0 },
};

void keys_begin(void)
{
	nr_labels = 0;
}

static bool one_of(const char *alternatives, const char *value)
{
	char copy[128], *word, *save;

	snprintf(copy, sizeof(copy), "%s", alternatives);
	for (word = strtok_r(copy, "|", &save); word; word = strtok_r(NULL, "|", &save))
		if (!fnmatch(word, value, 0))
			return true;
	return false;
}

static void check_cell(struct check *c, unsigned int column, const char *value)
{
	const char *cell = c->claim->row.cell[column];

	if (!one_of(value, cell))
		wrong(&c->report, "%s is '%s'", tool_column_name(column), cell);
}

/* Every word of the list, or none of them, is a word of the cell. */
static void check_words(struct check *c, unsigned int column, const char *value, bool want)
{
	const char *cell = c->claim->row.cell[column];
	char copy[128], one[128], *word, *save, *part, *save_part;
	bool found, negated;

	snprintf(copy, sizeof(copy), "%s", value);
	for (word = strtok_r(copy, ",", &save); word; word = strtok_r(NULL, ",", &save)) {
		negated = *word == '!';
		found = false;
		snprintf(one, sizeof(one), "%s", word + negated);
		for (part = strtok_r(one, "|", &save_part); part;
		     part = strtok_r(NULL, "|", &save_part))
			found |= has_word(cell, part);
		if (found != (want != negated))
			wrong(&c->report, "%s is '%s'", tool_column_name(column), cell);
	}
}

/* A bit that this kernel does not report is not asked for. */
static bool is_told(const char *word)
{
	if (!strcmp(word, "uffd_wp"))
		return oracle_knows_uffd();
	if (!strcmp(word, "guard"))
		return oracle_knows_guard();
	return strcmp(word, "ksm") || oracle_knows_ksm();
}

static void check_bits(struct check *c, const struct word *words, const char *what,
		       uint64_t value, const char *list)
{
	char copy[128], *word, *save;
	bool want;
	int i;

	snprintf(copy, sizeof(copy), "%s", list);
	for (word = strtok_r(copy, ",", &save); word; word = strtok_r(NULL, ",", &save)) {
		want = *word != '!';
		for (i = 0; words[i].name && strcmp(words[i].name, word + !want); i++)
			;
		if (!is_told(word + !want))
			continue;
		if (!words[i].name)
			wrong(&c->report, "%s has no word %s", what, word);
		else if (want != !!(value & words[i].bit))
			wrong(&c->report, "%s 0x%lx: not %s", what, value, word);
	}
}

static void check_pm(struct check *c, const char *list)
{
	uint64_t pm = 0;

	if (!oracle_pagemap(c->claim->pid, c->claim->va, &pm))
		wrong(&c->report, "no pagemap");
	check_bits(c, pm_words, "pagemap", pm, list);
}

static void check_kpf(struct check *c, const char *list)
{
	uint64_t kpf = 0;

	if (!c->claim->row.has_pfn ||
	    !oracle_kpageflags(frame_of(&c->claim->row, c->claim->va), &kpf))
		wrong(&c->report, "no kpageflags");
	else
		check_bits(c, kpf_words, "kpageflags", kpf, list);
}

static struct label *find_label(const char *name)
{
	unsigned int i;

	for (i = 0; i < nr_labels; i++)
		if (!strcmp(labels[i].name, name))
			return &labels[i];
	return NULL;
}

/* Frames, or the swap slots of two that are both swapped. */
static void check_label(struct check *c, const char *value, bool same)
{
	const struct row *row = &c->claim->row;
	struct label *label;
	char name[32] = "";
	unsigned long add = 0;
	uint64_t have;

	sscanf(value, "%31[^+]+%lu", name, &add);
	label = find_label(name);
	if (!label) {
		wrong(&c->report, "no earlier label %s", name);
		return;
	}
	if (row->has_offset && label->row.has_offset) {
		if (same != (row->offset == label->row.offset))
			wrong(&c->report, "swap slot 0x%lx, %s was 0x%lx", row->offset, name,
			      label->row.offset);
		return;
	}
	have = frame_of(row, c->claim->va);
	if (!row->has_pfn || !label->row.has_pfn)
		wrong(&c->report, "no frames to compare with %s", name);
	else if (same != (have == frame_of(&label->row, label->va) + add))
		wrong(&c->report, "frame 0x%lx, %s was 0x%lx", have, name,
		      frame_of(&label->row, label->va));
}

/* The very same slot of the very same table, or not. */
static void check_slot_of(struct check *c, const char *name, bool same)
{
	const struct row *row = &c->claim->row;
	struct label *label = find_label(name);

	if (!label)
		wrong(&c->report, "no earlier label %s", name);
	else if (same != (row->slot == label->row.slot))
		wrong(&c->report, "slot 0x%lx, %s has 0x%lx", row->slot, name, label->row.slot);
}

void keys_label(const struct claim *c)
{
	struct label *label = find_label(c->label);

	/* of what has neither frame nor place, the last that had stays known */
	if (!c->row.has_pfn && strcmp(c->row.cell[COL_KIND], "swap"))
		return;
	if (!label && nr_labels < MAX_LABELS) {
		label = &labels[nr_labels++];
		snprintf(label->name, sizeof(label->name), "%s", c->label);
	}
	if (!label)
		return;
	label->row = c->row;
	label->va = c->va;
}

static void check_node(struct check *c, const char *value)
{
	const struct row *row = &c->claim->row;
	int want = atoi(value), page = oracle_node_of_page(c->claim->pid, c->claim->va);
	int frame = oracle_node_of_frame(frame_of(row, c->claim->va));

	if (page != want)
		wrong(&c->report, "move_pages says node %d", page);
	if (frame != want)
		wrong(&c->report, "frame 0x%lx is on node %d", row->pfn, frame);
	note(&c->report, "move_pages");
}

/* PAT, PCD and PWT by hand, with the PAT the kernel programs (mm/pat/memtype.c). */
static void check_memtype(struct check *c, const char *value)
{
	static const char * const type[] = { "WB", "WC", "UC-", "UC", "WB", "WP", "UC-", "WT" };
	const struct row *row = &c->claim->row;
	unsigned int n = row->raw >> 3 & 3;

	n |= (row->raw >> (row->level ? 12 : 7) & 1) << 2;
	if (strcmp(type[n], value))
		wrong(&c->report, "PAT entry %u is %s", n, type[n]);
	note(&c->report, "PAT by hand");
	check_cell(c, COL_MEMTYPE, value);
}

static void check_frame_number(struct check *c, const char *value)
{
	if (strtoull(value, NULL, 16) != c->claim->row.pfn)
		wrong(&c->report, "PFN is 0x%lx", c->claim->row.pfn);
}

static void check_device(struct check *c, const char *value)
{
	char device[256] = "";

	if (strcmp(value, "swaps"))
		snprintf(device, sizeof(device), "%s", value);
	else if (!oracle_swap_device(device, sizeof(device)))
		wrong(&c->report, "no /proc/swaps");
	check_cell(c, COL_DEVICE, device);
}

static void check_result(struct check *c, const char *value)
{
	char have[32] = "";

	if (!tool_result(c->claim->pid, c->claim->va, have, sizeof(have)) || strcmp(have, value))
		wrong(&c->report, "result is '%s'", have);
}

void keys_check(struct check *c, const char *key, const char *value)
{
	if (!strcmp(key, "kind"))
		check_cell(c, COL_KIND, value);
	else if (!strcmp(key, "level"))
		check_cell(c, COL_LEVEL, value);
	else if (!strcmp(key, "eff"))
		check_cell(c, COL_EFF, value);
	else if (!strcmp(key, "has") || !strcmp(key, "not"))
		check_words(c, COL_FLAGS, value, !strcmp(key, "has"));
	else if (!strcmp(key, "same") || !strcmp(key, "differs"))
		check_label(c, value, !strcmp(key, "same"));
	else if (!strcmp(key, "slot") || !strcmp(key, "otherslot"))
		check_slot_of(c, value, !strcmp(key, "slot"));
	else if (!strcmp(key, "result"))
		check_result(c, value);
	else if (!strcmp(key, "pm"))
		check_pm(c, value);
	else if (!strcmp(key, "kpf"))
		check_kpf(c, value);
	else if (!strcmp(key, "node"))
		check_node(c, value);
	else if (!strcmp(key, "pfn"))
		check_frame_number(c, value);
	else if (!strcmp(key, "page"))
		check_words(c, COL_PAGE, value, true);
	else if (!strcmp(key, "takes"))
		check_cell(c, COL_TAKES, value);
	else if (!strcmp(key, "device"))
		check_device(c, value);
	else if (!strcmp(key, "memtype"))
		check_memtype(c, value);
	else
		wrong(&c->report, "unknown key %s", key);
}
