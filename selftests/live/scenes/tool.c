// SPDX-License-Identifier: GPL-2.0-only
/* Asking the tool, by its raw output: columns separated by one blank. */
#include "scenes.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define OUTPUT_LEN (1024 * 1024)

static const char * const names[NR_COLS] = {
	"VA", "LEVEL", "RAW", "KIND", "PFN", "FLAGS", "EFF", "OFFSET",
	"SLOT", "PAGE", "MEMTYPE", "DEVICE", "TAKES",
};

static char output[OUTPUT_LEN];
static char columns[256];

const char *tool_column_name(unsigned int column)
{
	return names[column];
}

/* Runs it; its output in output[]. Return: the exit status, -1 if it died. */
static int run(char * const argv[])
{
	size_t used = 0;
	int fd[2], status;
	ssize_t n;
	pid_t pid;

	if (pipe2(fd, O_CLOEXEC))
		return -1;
	pid = fork();
	if (!pid) {
		dup2(fd[1], STDOUT_FILENO);
		execvp(argv[0], argv);
		_exit(127);
	}
	close(fd[1]);
	while (used < OUTPUT_LEN - 1 &&
	       (n = read(fd[0], output + used, OUTPUT_LEN - 1 - used)) > 0)
		used += n;
	output[used] = '\0';
	close(fd[0]);
	if (waitpid(pid, &status, 0) != pid || !WIFEXITED(status))
		return -1;
	return WEXITSTATUS(status);
}

void tool_setup(void)
{
	unsigned int i;

	for (i = 0; i < NR_COLS; i++) {
		if (i)
			strcat(columns, ",");
		strcat(columns, names[i]);
	}
}

/* A blank inside a column is \x20. */
static void unescape(char *to, const char *from, size_t len)
{
	size_t n = 0;
	unsigned int c;

	while (*from && n + 1 < len) {
		if (from[0] == '\\' && from[1] == 'x' && sscanf(from + 2, "%2x", &c) == 1) {
			to[n++] = c;
			from += 4;
		} else {
			to[n++] = *from++;
		}
	}
	to[n] = '\0';
}

static unsigned int level_number(const char *name)
{
	static const char * const level[] = { "pte", "pmd", "pud", "p4d", "pgd" };
	unsigned int i;

	for (i = 0; i < 5 && strcmp(name, level[i]); i++)
		;
	return i;
}

static void parse_row(char *line, struct row *row)
{
	const char *word;
	unsigned int i;

	memset(row, 0, sizeof(*row));
	for (i = 0; i < NR_COLS; i++) {
		word = strsep(&line, " ");
		/* "-" is what an empty one must be */
		row->malformed |= !word || !*word;
		unescape(row->cell[i], word && strcmp(word, "-") ? word : "",
			 sizeof(row->cell[i]));
	}
	row->malformed |= line != NULL;
	row->raw = strtoull(row->cell[COL_RAW], NULL, 16);
	row->pfn = strtoull(row->cell[COL_PFN], NULL, 16);
	row->offset = strtoull(row->cell[COL_OFFSET], NULL, 16);
	row->slot = strtoull(row->cell[COL_SLOT], NULL, 16);
	row->has_pfn = row->cell[COL_PFN][0];
	row->has_offset = row->cell[COL_OFFSET][0];
	row->level = level_number(row->cell[COL_LEVEL]);
}

/* argv for "mmscope COMMAND … PID ADDR…" */
static void set_addresses(char **argv, unsigned int n, pid_t pid, const uint64_t *va,
			  unsigned int nr)
{
	static char text[600][20];
	unsigned int i;

	snprintf(text[0], sizeof(text[0]), "%d", pid);
	argv[n++] = text[0];
	for (i = 0; i < nr; i++) {
		snprintf(text[i + 1], sizeof(text[i]), "0x%lx", va[i]);
		argv[n++] = text[i + 1];
	}
	argv[n] = NULL;
}

/* The last row of each ladder. Return: how many ladders there were. */
unsigned int tool_walk(pid_t pid, const uint64_t *va, unsigned int nr, struct row *row)
{
	char *argv[620] = { "mmscope", "walk", "-rn", "-o", columns }, *line, *save;
	unsigned int done = 0;
	struct row r;

	set_addresses(argv, 5, pid, va, nr);
	run(argv);
	for (line = strtok_r(output, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		parse_row(line, &r);
		if (r.level == 4)
			done++;
		if (done && done <= nr)
			row[done - 1] = r;
	}
	return done;
}

/* The word after "result": in the JSON form. */
bool tool_result(pid_t pid, uint64_t va, char *result, size_t len)
{
	char *argv[620] = { "mmscope", "walk", "-J" };
	const char *at;
	size_t n;

	set_addresses(argv, 3, pid, &va, 1);
	run(argv);
	at = strstr(output, "\"result\":");
	if (!at)
		return false;
	at += strcspn(at + 9, "\"") + 10;
	n = strcspn(at, "\"");
	if (n >= len)
		return false;
	memcpy(result, at, n);
	result[n] = '\0';
	return true;
}

/* The FLAGS of the VMA that covers the address. */
bool tool_vma_flags(pid_t pid, uint64_t va, char *flags, size_t len)
{
	char text[20], *line, *save;
	char *argv[] = { "mmscope", "maps", "-rn", "-o", "START,END,FLAGS", text, NULL };
	unsigned long start, end;
	char list[256];

	snprintf(text, sizeof(text), "%d", pid);
	run(argv);
	for (line = strtok_r(output, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		if (sscanf(line, "%lx %lx %255s", &start, &end, list) != 3 || va < start ||
		    va >= end)
			continue;
		unescape(flags, list, len);
		return true;
	}
	return false;
}

bool tool_mm(pid_t pid, const char *field, uint64_t *value)
{
	char text[20], name[64], *line, *save;
	char *argv[] = { "mmscope", "mm", "-rnb", "-o", "FIELD,VALUE", text, NULL };

	snprintf(text, sizeof(text), "%d", pid);
	run(argv);
	for (line = strtok_r(output, "\n", &save); line; line = strtok_r(NULL, "\n", &save))
		if (sscanf(line, "%63s %lu", name, value) == 2 && !strcmp(name, field))
			return true;
	return false;
}

/* KiB of the kernel's direct map by the level of the entries that map it. */
bool tool_direct_map(uint64_t size[5])
{
	FILE *f = popen("mmscope kernel -brn -o SIZE,LEVEL,KIND,REGION", "re");
	char line[256], level[16], kind[16], region[32];
	uint64_t bytes;

	memset(size, 0, 5 * sizeof(size[0]));
	while (f && fgets(line, sizeof(line), f))
		if (sscanf(line, "%lu %15s %15s %31s", &bytes, level, kind, region) == 4 &&
		    !strcmp(region, "direct_map") && !strcmp(kind, "page"))
			size[level_number(level)] += bytes / 1024;
	return f && !pclose(f);
}

/* What the list of tasks says of one of them. */
bool tool_role(pid_t pid, pid_t task, char *role, size_t len)
{
	char text[20], *line, *save, word[128];
	char *argv[] = { "mmscope", "tasks", "-rn", "-o", "PID,ROLE", text, NULL };
	int id;

	snprintf(text, sizeof(text), "%d", pid);
	run(argv);
	for (line = strtok_r(output, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		if (sscanf(line, "%d %127s", &id, word) != 2 || id != task)
			continue;
		unescape(role, word, len);
		return true;
	}
	return false;
}

/* `mmscope verify --freeze`: all its numbers together. Return: its exit status. */
int tool_verify(pid_t pid, struct verified *sum)
{
	char text[20], *line, *save;
	char *argv[] = { "mmscope", "verify", "--freeze", "-rn", "-o",
			 "CHECK,COMPARED,EXPLAINED,CHANGED,MISMATCH", text, NULL };
	struct verified row;
	char check[32];
	int status;

	snprintf(text, sizeof(text), "%d", pid);
	status = run(argv);
	memset(sum, 0, sizeof(*sum));
	for (line = strtok_r(output, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		printf("# verify: compared, explained, changed, wrong: %s\n", line);
		/* a check that this kernel cannot make has no numbers */
		if (sscanf(line, "%31s %lu %lu %lu %lu", check, &row.compared, &row.explained,
			   &row.changed, &row.mismatch) != 5)
			continue;
		sum->compared += row.compared;
		sum->explained += row.explained;
		/* frames are in the hands of the kernel, stopped or not */
		if (!strcmp(check, "kcore") || !strncmp(check, "pagemap", 7))
			sum->changed += row.changed;
		sum->mismatch += row.mismatch;
	}
	return status;
}
