// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a scene claims, line by line (scene.h lists the kinds of line). Keys of
 * expect and race, each with one value:
 *
 *   kind level eff takes memtype   what the tool must show; A|B: one of them
 *   has not       flags of the entry, with commas; A|B: one of them
 *   page          words about the frame; !WORD: must not be there
 *   device        the file or device swapped to; "swaps": that of /proc/swaps
 *   result        mapped, not-present or hole
 *   same differs  the frame of an earlier label (+N frames) of any process
 *   pfn           the frame itself
 *   node          its node: move_pages(2), and the memory blocks in sysfs
 *   pm kpf        bits of pagemap and kpageflags; !WORD: must not be set
 *
 * smaps takes the keys of /proc/PID/smaps; of VmFlags the listed letters. mm
 * takes the fields of `mmscope mm`, task the ROLE of `mmscope tasks`.
 */
#include "scenes.h"

#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MAX_CLAIMS 128
#define RACE_BATCH 256
#define RACE_TRIES 400

struct claim {
	char type[8], label[32], text[LINE_MAX_LEN];
	pid_t pid;
	uint64_t va, len;
	struct row row;
	bool asked, got;
};

/* One claim while it is checked. */
struct check {
	struct report report;
	char missing[64];
	const struct claim *claim;
};

static const char *scene;
static pid_t scene_pid;
static struct claim claims[MAX_CLAIMS];
static unsigned int nr_claims;

static struct {
	char name[32];
	uint64_t pfn;
} labels[64];
static unsigned int nr_labels;

static const struct {
	const char *name;
	uint64_t bit;
} pm_words[] = {
	{ "present", PM_PRESENT }, { "swap", PM_SWAP }, { "file", PM_FILE },
	{ "guard", PM_GUARD }, { "uffd_wp", PM_UFFD_WP }, { "excl", PM_EXCLUSIVE },
	{ "soft_dirty", PM_SOFT_DIRTY }, { NULL, 0 },
}, kpf_words[] = {
	{ "anon", KPF_ANON }, { "huge", KPF_HUGE }, { "hwpoison", KPF_HWPOISON },
	{ "nopage", KPF_NOPAGE }, { "ksm", KPF_KSM }, { "thp", KPF_THP }, { "zero", KPF_ZERO },
	{ NULL, 0 },
};

void claims_begin(const char *name, pid_t pid)
{
	scene = name;
	scene_pid = pid;
	nr_claims = 0;
	nr_labels = 0;
}

/* A line of the scene, if it is a claim. */
void claims_take(const char *line)
{
	struct claim *c = &claims[nr_claims];
	char word[32];
	int n = 0;

	memset(c, 0, sizeof(*c));
	if (nr_claims == MAX_CLAIMS || sscanf(line, "%31s %n", word, &n) != 1)
		return;
	c->pid = scene_pid;
	sscanf(word, "%7[a-z]@%d", c->type, &c->pid);
	if (!strcmp(c->type, "expect"))
		sscanf(line + n, "%31s %lx %511[^\n]", c->label, &c->va, c->text);
	else if (!strcmp(c->type, "race"))
		sscanf(line + n, "%31s %lx %lx %511[^\n]", c->label, &c->va, &c->len, c->text);
	else if (!strcmp(c->type, "smaps"))
		sscanf(line + n, "%lx %511[^\n]", &c->va, c->text);
	else if (!strcmp(c->type, "task"))
		sscanf(line + n, "%d %511[^\n]", &c->pid, c->text);
	else if (!strcmp(c->type, "mm"))
		sscanf(line + n, "%511[^\n]", c->text);
	else
		return;
	nr_claims++;
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

	if (column == COL_KIND && tool_old_kinds() && one_of("numa_hint|uffd_rwp", value) &&
	    !strcmp(cell, "protnone")) {
		strcpy(c->missing, "KIND without this kind");
		return;
	}
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

static void check_bits(struct check *c, const typeof(pm_words[0]) *words, const char *what,
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
		check_bits(c, (const void *)kpf_words, "kpageflags", kpf, list);
}

static void check_label(struct check *c, const char *value, bool same)
{
	const struct row *row = &c->claim->row;
	char name[32] = "";
	unsigned long add = 0;
	unsigned int i;

	sscanf(value, "%31[^+]+%lu", name, &add);
	for (i = 0; i < nr_labels && strcmp(labels[i].name, name); i++)
		;
	if (i == nr_labels)
		wrong(&c->report, "no earlier label %s", name);
	else if (!row->has_pfn)
		wrong(&c->report, "no frame to compare with %s", name);
	else if (same != (frame_of(row, c->claim->va) == labels[i].pfn + add))
		wrong(&c->report, "frame 0x%lx, %s was 0x%lx", frame_of(row, c->claim->va), name,
		      labels[i].pfn);
}

static void set_label(const struct claim *c)
{
	unsigned int i;

	if (!c->row.has_pfn)
		return;
	for (i = 0; i < nr_labels && strcmp(labels[i].name, c->label); i++)
		;
	if (i == 64)
		return;
	if (i == nr_labels)
		snprintf(labels[nr_labels++].name, sizeof(labels[i].name), "%s", c->label);
	labels[i].pfn = frame_of(&c->row, c->va);
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
	static const char *const type[] = { "WB", "WC", "UC-", "UC", "WB", "WP", "UC-", "WT" };
	const struct row *row = &c->claim->row;
	unsigned int n = row->raw >> 3 & 3;

	n |= (row->raw >> (row->level ? 12 : 7) & 1) << 2;
	if (strcmp(type[n], value))
		wrong(&c->report, "PAT entry %u is %s", n, type[n]);
	note(&c->report, "PAT by hand");
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

/* Is the column there? If not, the claim is one to skip. */
static bool column(struct check *c, unsigned int number)
{
	if (tool_has(number))
		return true;
	if (c->missing[0])
		strcat(c->missing, ",");
	strcat(c->missing, tool_column_name(number));
	return false;
}

static void check_key(struct check *c, const char *key, const char *value)
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
	else if (!strcmp(key, "result"))
		check_result(c, value);
	else if (!strcmp(key, "pm"))
		check_pm(c, value);
	else if (!strcmp(key, "kpf"))
		check_kpf(c, value);
	else if (!strcmp(key, "node"))
		check_node(c, value);
	else if (!strcmp(key, "pfn") && strtoull(value, NULL, 16) != c->claim->row.pfn)
		wrong(&c->report, "PFN is 0x%lx", c->claim->row.pfn);
	else if (!strcmp(key, "page") && column(c, COL_PAGE))
		check_words(c, COL_PAGE, value, true);
	else if (!strcmp(key, "takes") && column(c, COL_TAKES))
		check_cell(c, COL_TAKES, value);
	else if (!strcmp(key, "device") && column(c, COL_DEVICE))
		check_device(c, value);
	else if (!strcmp(key, "memtype"))
		check_memtype(c, value);
	else if (!strstr(" page takes device pfn ", key))
		wrong(&c->report, "unknown key %s", key);
	if (!strcmp(key, "memtype") && column(c, COL_MEMTYPE))
		check_cell(c, COL_MEMTYPE, value);
}

static void each_key(struct check *c, void (*what)(struct check *c, const char *key,
						   const char *value))
{
	char text[LINE_MAX_LEN], *word, *save, *value;

	snprintf(text, sizeof(text), "%s", c->claim->text);
	for (word = strtok_r(text, " ", &save); word; word = strtok_r(NULL, " ", &save)) {
		value = strchr(word, '=');
		if (value)
			*value++ = '\0';
		what(c, word, value ? value : "");
	}
}

/* All addresses of one process in one call of the tool. */
static void ask(pid_t pid)
{
	static struct row row[MAX_CLAIMS];
	uint64_t va[MAX_CLAIMS];
	unsigned int i, n = 0, done;

	for (i = 0; i < nr_claims; i++)
		if (!strcmp(claims[i].type, "expect") && claims[i].pid == pid)
			va[n++] = claims[i].va;
	done = tool_walk(pid, va, n, row);
	for (i = 0, n = 0; i < nr_claims; i++) {
		if (strcmp(claims[i].type, "expect") || claims[i].pid != pid)
			continue;
		claims[i].asked = true;
		claims[i].got = n < done;
		claims[i].row = row[n++];
	}
}

static void check_expect(struct check *c)
{
	struct claim *claim = (struct claim *)c->claim;

	if (!claim->asked)
		ask(claim->pid);
	if (!claim->got) {
		wrong(&c->report, "the tool gives no ladder");
		return;
	}
	if ((strtoull(claim->row.cell[COL_VA], NULL, 16) ^ claim->va) & ~(PAGE - 1))
		wrong(&c->report, "the ladder is that of %s", claim->row.cell[COL_VA]);
	check_entry(&c->report, claim->pid, claim->va, &claim->row);
	each_key(c, check_key);
	set_label(claim);
	if (c->report.wrong[0])
		wrong(&c->report, "%s 0x%lx: %s %s %s pfn 0x%lx %s", claim->label, claim->va,
		      claim->row.cell[COL_LEVEL], claim->row.cell[COL_KIND],
		      claim->row.cell[COL_RAW], claim->row.pfn, claim->row.cell[COL_FLAGS]);
}

/* Again and again, all over the range, until one entry is of the kind. */
static void check_race(struct check *c)
{
	static struct row row[RACE_BATCH];
	struct claim *claim = (struct claim *)c->claim;
	unsigned int try, i, n, seen = 0;
	uint64_t va[RACE_BATCH];
	char kind[64] = "";

	sscanf(claim->text, "kind=%63s", kind);
	for (i = 0; i < RACE_BATCH; i++)
		va[i] = claim->va + i * PAGE % claim->len;
	for (try = 0; try < RACE_TRIES && !seen; try++) {
		n = tool_walk(claim->pid, va, RACE_BATCH, row);
		for (i = 0; i < n && i < RACE_BATCH; i++) {
			if (fnmatch(kind, row[i].cell[COL_KIND], 0))
				continue;
			seen++;
			claim->row = row[i];
			check_frame_entry(&c->report, &row[i]);
			each_key(c, check_key);
		}
	}
	printf("# %s: %s %s seen %u times in call %u of %u looks each\n", scene,
	       claim->row.cell[COL_KIND], claim->row.cell[COL_RAW], seen, try, RACE_BATCH);
	if (!seen)
		wrong(&c->report, "no %s in %u looks", kind, RACE_BATCH * RACE_TRIES);
}

/* VmFlags: the claimed letters, and the tool's list as a whole. */
static void check_vm_flags(struct check *c, const char *have, const char *want)
{
	char mine[256] = "", copy[256], *word, *save, *part, *save_part;
	const char *unknown;
	bool found, negated;

	snprintf(copy, sizeof(copy), "%s", want);
	for (word = strtok_r(copy, ",", &save); word; word = strtok_r(NULL, ",", &save)) {
		negated = *word == '!';
		found = false;
		for (part = strtok_r(word + negated, "|", &save_part); part;
		     part = strtok_r(NULL, "|", &save_part))
			found |= has_word(have, part);
		if (found == negated)
			wrong(&c->report, "smaps has VmFlags %s", have);
	}
	if (!tool_vma_flags(c->claim->pid, c->claim->va, mine, sizeof(mine)))
		wrong(&c->report, "the tool has no such VMA");
	snprintf(copy, sizeof(copy), "%s", mine);
	/* smaps writes ?? for flags it has no letters for */
	unknown = have;
	for (word = strtok_r(copy, " ", &save); word; word = strtok_r(NULL, " ", &save))
		if (has_word(have, word))
			continue;
		else if (unknown && (unknown = strstr(unknown, "??")))
			unknown += 2;
		else
			wrong(&c->report, "maps shows %s, smaps has %s", word, have);
	snprintf(copy, sizeof(copy), "%s", have);
	for (word = strtok_r(copy, " ", &save); word; word = strtok_r(NULL, " ", &save))
		if (strcmp(word, "??") && !has_word(mine, word))
			wrong(&c->report, "smaps has %s, maps shows %s", word, mine);
}

static void check_smaps(struct check *c, const char *key, const char *value)
{
	char have[256] = "";

	if (!oracle_smaps(c->claim->pid, c->claim->va, key, have, sizeof(have)))
		wrong(&c->report, "smaps has no %s", key);
	else if (!strcmp(key, "VmFlags"))
		check_vm_flags(c, have, value);
	else if (strtol(have, NULL, 10) != strtol(value, NULL, 10))
		wrong(&c->report, "smaps has %s %s", key, have);
	note(&c->report, "smaps");
}

static void check_mm(struct check *c, const char *key, const char *value)
{
	uint64_t have = 0;

	if (!tool_mm(c->claim->pid, key, &have) || have != strtoull(value, NULL, 10))
		wrong(&c->report, "mm shows %s %lu", key, have);
}

static void check_task(struct check *c, const char *key, const char *value)
{
	char role[128] = "";

	note(&c->report, "kcmp");
	if (!oracle_same_mm(scene_pid, c->claim->pid))
		wrong(&c->report, "kcmp: another mm");
	if (!tool_has_tasks())
		strcpy(c->missing, "command tasks");
	else if (strcmp(key, "role") || !tool_role(scene_pid, c->claim->pid, role, sizeof(role)) ||
		 !has_word(role, value))
		wrong(&c->report, "ROLE is '%s'", role);
}

static void check_claim(const struct claim *claim, const char *state)
{
	struct check c = { .claim = claim };
	char what[LINE_MAX_LEN + 128], why[128];

	if (!strcmp(claim->type, "expect"))
		check_expect(&c);
	else if (!strcmp(claim->type, "race"))
		check_race(&c);
	else if (!strcmp(claim->type, "smaps"))
		each_key(&c, check_smaps);
	else if (!strcmp(claim->type, "mm"))
		each_key(&c, check_mm);
	else
		each_key(&c, check_task);
	snprintf(what, sizeof(what), "scene %s: %s: %s%s%s", scene, state,
		 claim->label[0] ? claim->label : claim->type, " ", claim->text);
	if (!result(!c.report.wrong[0], "%s (%s)", what,
		    c.report.oracles[0] ? c.report.oracles : "the program itself"))
		printf("# %s\n", c.report.wrong);
	if (c.missing[0]) {
		snprintf(why, sizeof(why), "tool has no %s%s",
			 strchr(c.missing, ' ') ? "" : "column ", c.missing);
		skipped(why, "%s", what);
	}
}

/* Return: how many claims there were. */
unsigned int claims_check(const char *state)
{
	unsigned int i, n = nr_claims;

	for (i = 0; i < n; i++)
		check_claim(&claims[i], state);
	nr_claims = 0;
	return n;
}
