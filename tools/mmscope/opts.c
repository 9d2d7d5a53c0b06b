// SPDX-License-Identifier: GPL-2.0-only
/* Options: one table, from which parsing, help and completion come. */
#include "tool.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>

enum {
	LONG_ONLY = 256, OPTION_COLOR, OPTION_NO_MERGE, OPTION_USER_PGD, OPTION_WX,
	OPTION_LAYOUT, OPTION_OF, OPTION_ALL, OPTION_FREEZE,
	OPTION_TOTAL, OPTION_SUMMARY, OPTION_BY, OPTION_SPARSE,
	OPTION_FILE, OPTION_SWAP, OPTION_PAGES, OPTION_WATCH, OPTION_COUNT,
	OPTION_STACK, OPTION_COW, OPTION_JSON_LINES, OPTION_FRAMES, OPTION_INTERVAL,
	OPTION_IGNORE,
};

struct option_row {
	int code;		/* short letter, or above LONG_ONLY */
	const char *name;
	const char *arg;	/* NULL: takes none; "[=…]" optional */
	unsigned int needs;	/* OPT_*: offered by commands that have it; 0 by all */
	const char *help;
	/* FIELD() that it sets, to true or to its argument; 0 for others */
	size_t flag, word;
};

#define FIELD(name) (offsetof(struct options, name) + 1)

static const struct option_row rows[] = {
	{ 'J', "json", NULL, OPT_TABLE, "JSON output",
	  .flag = FIELD(json) },
	{ 'r', "raw", NULL, OPT_TABLE, "one record a line, columns separated by one space",
	  .flag = FIELD(raw) },
	{ 'n', "noheadings", NULL, OPT_TABLE, "no heading line",
	  .flag = FIELD(noheadings) },
	{ 'o', "output", "COL[,COL...]", OPT_TABLE, "columns to show; +COL adds to the default" },
	{ 'b', "bytes", NULL, OPT_BYTES, "sizes in bytes",
	  .flag = FIELD(bytes) },
	{ OPTION_NO_MERGE, "no-merge", NULL, OPT_NO_MERGE, "every entry on its own",
	  .flag = FIELD(no_merge) },
	{ OPTION_WX, "wx", NULL, OPT_WX, "only what is writable and executable; exit 1 if any is",
	  .flag = FIELD(wx) },
	{ OPTION_USER_PGD, "user-pgd", NULL, OPT_TOP, "from the top table that user mode runs on (PTI)",
	  .flag = FIELD(user_top) },
	{ OPTION_LAYOUT, "layout", NULL, OPT_LAYOUT, "only the regions: of the kernel half, of physical memory",
	  .flag = FIELD(layout) },
	{ OPTION_OF, "of", "PID", OPT_OF, "of that process: its top table; frame, who: its addresses",
	  .word = FIELD(of) },
	{ OPTION_ALL, "all", NULL, OPT_ALL, "leave nothing out",
	  .flag = FIELD(all) },
	{ OPTION_ALL, "all", NULL, OPT_TABLES, "all processes instead of one",
	  .flag = FIELD(all) },
	{ OPTION_BY, "by", "WHAT", OPT_TABLES, "rows by level, total, vma, page, run, reason, span or process",
	  .word = FIELD(by) },
	{ OPTION_BY, "by", "WHAT", OPT_DUMP, "a row is a run of frames, or flags: whatever the frames are",
	  .word = FIELD(by) },
	{ OPTION_SPARSE, "sparse", "N", OPT_TABLES, "a table with fewer than N entries is sparse (8)",
	  .word = FIELD(sparse) },
	{ OPTION_FREEZE, "freeze", NULL, OPT_FREEZE, "stop the process meanwhile",
	  .flag = FIELD(freeze) },
	{ OPTION_TOTAL, "total", NULL, OPT_TOTAL, "only the sum over all VMAs",
	  .flag = FIELD(total) },
	{ OPTION_SUMMARY, "summary", NULL, OPT_SUMMARY, "only how many frames of each kind a zone has",
	  .flag = FIELD(summary) },
	{ OPTION_SUMMARY, "summary", NULL, OPT_DIFF, "only how much of each VMA has changed in which way",
	  .flag = FIELD(summary) },
	{ OPTION_IGNORE, "ignore", "LIST", OPT_DIFF, "what is no change: A,D,moved ...",
	  .word = FIELD(ignore) },
	{ OPTION_FILE, "file", "PATH", OPT_WHO, "who maps pages of this file",
	  .word = FIELD(file) },
	{ OPTION_SWAP, "swap", NULL, OPT_WHO, "who has swap entries, all or of AREA[:SLOT]...",
	  .flag = FIELD(swap) },
	{ OPTION_ALL, "all", NULL, OPT_COW, "with every process that it was one with",
	  .flag = FIELD(all) },
	{ OPTION_PAGES, "pages", NULL, OPT_COW, "page by page, both entries",
	  .flag = FIELD(pages) },
	{ OPTION_WATCH, "watch", "SECONDS", OPT_COW, "the sums again and again",
	  .word = FIELD(watch) },
	{ OPTION_COUNT, "count", "N", OPT_COW | OPT_TRACE, "so many looks, or faults, and no more",
	  .word = FIELD(count) },
	{ OPTION_FRAMES, "frames", NULL, OPT_RECORD, "facts about the frames as well, for frame, smaps, cow ...",
	  .flag = FIELD(frames) },
	{ OPTION_INTERVAL, "interval", "SECONDS", OPT_RECORD, "again and again, a moment each",
	  .word = FIELD(interval) },
	{ OPTION_COUNT, "count", "N", OPT_RECORD, "so many moments and no more",
	  .word = FIELD(count) },
	{ 'p', "pid", "PID[,PID...]", OPT_TRACE, "only faults in the memory of these processes",
	  .word = FIELD(pids) },
	{ 'f', "follow", NULL, OPT_TRACE, "children as well",
	  .flag = FIELD(follow) },
	{ OPTION_COW, "cow", NULL, OPT_TRACE, "only what breaks the sharing of pages",
	  .flag = FIELD(cow) },
	{ OPTION_STACK, "stack", NULL, OPT_TRACE, "where in the program, with its callers (-o +STACK)",
	  .flag = FIELD(stack) },
	{ OPTION_SUMMARY, "summary", NULL, OPT_TRACE, "at the end sums, instead of a line for each",
	  .flag = FIELD(summary) },
	{ OPTION_BY, "by", "WHAT", OPT_TRACE, "sums by kind, vma, code, stack, time; several: a,b",
	  .word = FIELD(by) },
	{ OPTION_JSON_LINES, "json-lines", NULL, OPT_TRACE, "one JSON object a line",
	  .flag = FIELD(json_lines) },
	{ 'i', "input", "FILE", OPT_INPUT, "read a recording (FILE@N: its moment N) instead",
	  .word = FIELD(input) },
	{ 'o', "output", "FILE", OPT_OUTPUT, "file to write (mmscope.data)" },
	{ OPTION_COLOR, "color", "[=WHEN]", OPT_TABLE, "colours: auto, always or never" },
	{ 'v', "verbose", NULL, 0, "say on stderr how often a look was repeated",
	  .flag = FIELD(verbose) },
	{ 'h', "help", NULL, 0, "this help" },
	{ 'V', "version", NULL, 0, "version of tool and ABI" },
};

#define NR_ROWS (sizeof(rows) / sizeof(rows[0]))

static const struct command * const commands[] = {
	&command_walk, &command_maps, &command_mm, &command_dump, &command_kernel,
	&command_tops, &command_tasks, &command_smaps, &command_frame, &command_zones,
	&command_tables, &command_who, &command_cow, &command_diff, &command_trace,
	&command_verify, &command_record, &command_report, &command_export,
};

#define NR_COMMANDS (sizeof(commands) / sizeof(commands[0]))

static bool offered(const struct command *c, const struct option_row *row)
{
	return !row->needs || (c && (c->options & row->needs));
}

static void print_options(const struct command *c)
{
	char text[64];
	size_t i;

	puts("\nOptions:");
	for (i = 0; i < NR_ROWS; i++) {
		const struct option_row *row = &rows[i];
		const char *arg = row->arg ? row->arg : "";

		if (!offered(c, row))
			continue;
		snprintf(text, sizeof(text), "--%s%s%s", row->name,
			 row->arg && *arg != '[' ? " " : "", arg);
		if (row->code < LONG_ONLY)
			printf(" -%c, %-22s %s\n", row->code, text, row->help);
		else
			printf("     %-22s %s\n", text, row->help);
	}
}

static void print_columns(const struct command *c)
{
	static const char * const type[] = {
		[CELL_STRING] = "string", [CELL_HEX] = "hex",
		[CELL_NUMBER] = "number", [CELL_LIST] = "list", [CELL_DECIMAL] = "number",
	};
	size_t i;

	if (!c->nr_columns)
		return;
	puts("\nColumns (* shown by default):");
	for (i = 0; i < c->nr_columns; i++)
		printf(" %c %-10s <%s>%*s %s\n", c->columns[i].shown ? '*' : ' ',
		       c->columns[i].name, type[c->columns[i].type],
		       (int)(6 - strlen(type[c->columns[i].type])), "", c->columns[i].help);
}

/* Columns are those of the options before --help. */
static void print_help(const struct command *c, const struct options *o)
{
	printf("Usage:\n mmscope %s [options] %s\n\n%s\n", c->name, c->args, c->help);
	if (c->more)
		printf("\n%s\n", c->more);
	print_options(c);
	print_columns(c->like ? c->like(o) : c);
	printf("\nExamples:\n%s\nFor the exit statuses and more see mmscope(1).\n", c->examples);
}

void opts_usage(void)
{
	size_t i;

	puts("Usage:\n mmscope COMMAND [options] [arguments]\n\n"
	     "An oscilloscope for virtual memory: page tables of live processes, read only.\n\n"
	     "Commands:");
	for (i = 0; i < NR_COMMANDS; i++)
		printf(" %-8s %-22s %s\n", commands[i]->name, commands[i]->args,
		       commands[i]->help);
	print_options(NULL);
	puts("\nExamples:\n"
	     " mmscope walk self 400000       every level of one address\n"
	     " mmscope maps 1                 memory map of process 1\n"
	     " mmscope COMMAND --help         options, columns and examples of a command\n\n"
	     "For more see mmscope(1).");
}

/* getopt's tables from ours. */
static void build(const struct command *c, char *letters, struct option *longs)
{
	size_t i;

	*letters = '\0';
	for (i = 0; i < NR_ROWS; i++) {
		const struct option_row *row = &rows[i];
		bool optional = row->arg && *row->arg == '[';

		if (!offered(c, row))
			continue;
		longs->name = row->name;
		longs->has_arg = !row->arg ? no_argument :
				 optional ? optional_argument : required_argument;
		longs->flag = NULL;
		longs->val = row->code;
		longs++;
		if (row->code < LONG_ONLY) {
			letters += sprintf(letters, "%c%s", row->code,
					   !row->arg ? "" : optional ? "::" : ":");
		}
	}
	memset(longs, 0, sizeof(*longs));
}

static int set_color(struct options *o, const char *when)
{
	static const char * const name[] = { "auto", "never", "always" };
	int i;

	for (i = 0; i < 3; i++) {
		if (strcmp(when ? when : "always", name[i]))
			continue;
		o->color = i - 1;
		return EXIT_OK;
	}
	tool_error("--color takes auto, always or never, not '%s'", when);
	return EXIT_ERROR;
}

/* An option that sets one field and does nothing else. */
static bool set_field(struct options *o, int code)
{
	size_t i;

	for (i = 0; i < NR_ROWS; i++) {
		if (rows[i].code != code)
			continue;
		if (rows[i].flag)
			*(bool *)((char *)o + rows[i].flag - 1) = true;
		else if (rows[i].word)
			*(const char **)((char *)o + rows[i].word - 1) = optarg;
		else
			continue;
		return true;
	}
	return false;
}

/* One option. Return: -1 to go on, or the exit status to end with. */
static int set_option(const struct command *c, struct options *o, int code)
{
	if (set_field(o, code))
		return -1;
	switch (code) {
	case 'o':
		*(c->options & OPT_OUTPUT ? &o->output : &o->columns) = optarg;
		return -1;
	case OPTION_COLOR:
		return set_color(o, optarg) ? EXIT_ERROR : -1;
	case 'h':
		print_help(c, o);
		return EXIT_OK;
	case 'V':
		printf("mmscope %s (ABI %d)\n", MMSCOPE_VERSION, MMSCOPE_ABI_VERSION);
		return EXIT_OK;
	default:	/* getopt has said what was wrong */
		fprintf(stderr, "Try 'mmscope %s --help'.\n", c->name);
		return EXIT_ERROR;
	}
}

/**
 * opts_parse - options and arguments of a command
 * @c: command
 * @argc: words, the command's name first
 * @argv: words
 * @o: filled in
 *
 * Return: -1 to run the command, or the exit status to end with.
 */
int opts_parse(const struct command *c, int argc, char **argv, struct options *o)
{
	struct option longs[NR_ROWS + 1];
	char letters[3 * NR_ROWS + 1], name[64];
	int code, status;

	memset(o, 0, sizeof(*o));
	o->color = -1;
	build(c, letters, longs);
	snprintf(name, sizeof(name), "mmscope: %s", c->name);
	argv[0] = name;	/* how getopt begins its messages */
	while ((code = getopt_long(argc, argv, letters, longs, NULL)) != -1) {
		status = set_option(c, o, code);
		if (status >= 0)
			return status;
	}
	if (o->json && o->raw) {
		tool_error("--json and --raw exclude each other");
		return EXIT_ERROR;
	}
	o->is_cmd = !strcmp(argv[optind - 1], "--");
	o->argc = argc - optind;
	o->argv = argv + optind;
	return -1;
}

/* The command of a name, or NULL. */
const struct command *opts_command(const char *name)
{
	size_t i;

	for (i = 0; i < NR_COMMANDS; i++)
		if (!strcmp(commands[i]->name, name))
			return commands[i];
	return NULL;
}

static void print_words(const struct command *c)
{
	size_t i;

	for (i = 0; i < NR_ROWS; i++) {
		const struct option_row *row = &rows[i];
		const char *arg = row->arg ? row->arg : "";

		if (!offered(c, row))
			continue;
		printf("option --%s %s\n", row->name, arg);
		if (row->code < LONG_ONLY)
			printf("option -%c %s\n", row->code, arg);
	}
}

/**
 * opts_words - the tables for programs: what the shell's completion offers
 * @argc: words before the one that is completed, the command's name first; 0: none
 * @argv: words, which may be wrong or not finished
 *
 * A line each: "command NAME", "argument ARGS", "option NAME ARG", "column NAME".
 */
int opts_words(int argc, char **argv)
{
	const struct command *c = argc ? opts_command(argv[0]) : NULL;
	struct options o;
	size_t i;

	if (!argc)
		for (i = 0; i < NR_COMMANDS; i++)
			printf("command %s\n", commands[i]->name);
	else if (!c)
		return EXIT_ERROR;
	print_words(c);
	if (!c)
		return EXIT_OK;
	printf("argument %s\n", c->args);
	opts_parse(c, argc, argv, &o);
	c = c->like ? c->like(&o) : c;
	for (i = 0; i < c->nr_columns; i++)
		printf("column %s\n", c->columns[i].name);
	return EXIT_OK;
}
