// SPDX-License-Identifier: GPL-2.0-only
/*
 * The lines of a scene that are claims (scene.h lists the kinds), collected
 * until it is ready, then checked. smaps takes the keys of /proc/PID/smaps; of
 * VmFlags the listed letters. mm takes the fields of `mmscope mm`, task the ROLE
 * of `mmscope tasks`. What expect and race take stands in keys.c.
 */
#include "scenes.h"

#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MAX_CLAIMS 128
#define RACE_BATCH 256
#define RACE_TRIES 400

static const char *scene;
static pid_t scene_pid;
static struct claim claims[MAX_CLAIMS];
static unsigned int nr_claims;

void claims_begin(const char *name, pid_t pid)
{
	scene = name;
	scene_pid = pid;
	nr_claims = 0;
	keys_begin();
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
	each_key(c, keys_check);
	keys_label(claim);
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
			if (fnmatch(kind, row[i].cell[COL_KIND], 0)) {
				/* on its way from page to page; a huge one is invalid first */
				if (!has_word(row[i].level ? "page none invalid" : "page none",
					      row[i].cell[COL_KIND]))
					wrong(&c->report, "%s", row[i].cell[COL_KIND]);
				continue;
			}
			seen++;
			claim->row = row[i];
			check_frame_entry(&c->report, &row[i]);
			each_key(c, keys_check);
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
	unknown = strstr(have, "??");
	for (word = strtok_r(copy, " ", &save); word; word = strtok_r(NULL, " ", &save))
		if (has_word(have, word))
			continue;
		else if (unknown)
			unknown = strstr(unknown + 2, "??");
		else
			wrong(&c->report, "maps shows %s, smaps has %s", word, have);
	snprintf(copy, sizeof(copy), "%s", have);
	for (word = strtok_r(copy, " ", &save); word; word = strtok_r(NULL, " ", &save))
		if (strcmp(word, "??") && !has_word(mine, word))
			wrong(&c->report, "smaps has %s, maps shows %s", word, mine);
}

/*
 * Private and shared together. From 6.12 on smaps asks the table that holds the
 * entry whether it is shared, and only tables of level 1 have the count that is
 * read then: for a page of 1 GiB the answer is what the memory held before.
 */
static void check_hugetlb_sum(struct check *c, const char *value)
{
	char private[256] = "", shared[256] = "";

	if (!oracle_smaps(c->claim->pid, c->claim->va, "Private_Hugetlb", private, 256) ||
	    !oracle_smaps(c->claim->pid, c->claim->va, "Shared_Hugetlb", shared, 256) ||
	    strtol(private, NULL, 10) + strtol(shared, NULL, 10) != strtol(value, NULL, 10))
		wrong(&c->report, "smaps has Private_Hugetlb %s, Shared_Hugetlb %s", private, shared);
}

static void check_smaps(struct check *c, const char *key, const char *value)
{
	char have[256] = "";

	if (!strcmp(key, "Hugetlb"))
		check_hugetlb_sum(c, value);
	else if (!oracle_smaps(c->claim->pid, c->claim->va, key, have, sizeof(have)))
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
	if (strcmp(key, "role") || !tool_role(scene_pid, c->claim->pid, role, sizeof(role)) ||
	    !has_word(role, value))
		wrong(&c->report, "ROLE is '%s'", role);
}

static void check_claim(const struct claim *claim, const char *state)
{
	struct check c = { .claim = claim };
	char what[LINE_MAX_LEN + 128];

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
}

/*
 * Every page of a process of the scene, stopped, against all the kernel says. In a
 * race somebody else moves pages about; else nothing may change meanwhile.
 */
static void verify(pid_t pid, const char *state, bool race)
{
	struct verified sum;
	int status = tool_verify(pid, &sum);

	result(!status && sum.compared && !sum.mismatch && (race || !sum.changed),
	       "scene %s: %s: verify --freeze (all there is)", scene, state);
}

/* Is it the first claim about this address space? */
static bool is_first(unsigned int n)
{
	unsigned int i;

	if (oracle_same_mm(scene_pid, claims[n].pid))
		return false;
	for (i = 0; i < n; i++)
		if (oracle_same_mm(claims[i].pid, claims[n].pid))
			return false;
	return true;
}

/* Return: how many claims there were. */
unsigned int claims_check(const char *state)
{
	unsigned int i, n = nr_claims;
	bool race = false;

	for (i = 0; i < n; i++) {
		check_claim(&claims[i], state);
		race |= !strcmp(claims[i].type, "race");
	}
	verify(scene_pid, state, race);
	for (i = 0; i < n; i++)
		if (is_first(i))
			verify(claims[i].pid, state, race);
	nr_claims = 0;
	return n;
}
