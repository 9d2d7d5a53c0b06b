/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the commands share: options, sources, columns and output.
 */
#ifndef MMSCOPE_TOOL_H
#define MMSCOPE_TOOL_H

#include <signal.h>

#include <libmmscope/libmmscope.h>

struct json_object;

/* End of the kernel half: no address follows its last page, which is never mapped. */
#define TOOL_KERNEL_END	(UINT64_MAX - 4095)

/* Exit statuses; the man page lists the same. */
enum {
	EXIT_OK = 0,
	EXIT_ERROR = 1,		/* usage or any other error */
	EXIT_DIFFERS = 1,	/* of diff alone, whose errors are EXIT_TROUBLE */
	EXIT_DENIED = 2,	/* not permitted */
	EXIT_PARTIAL = 3,	/* something changed or was cut off; said on stderr */
	EXIT_NO_PROCESS = 4,
	EXIT_NO_MODULE = 5,	/* not loaded, or another ABI version */
	EXIT_NO_MM = 6,		/* a kernel thread */
	EXIT_TROUBLE = 7,	/* as EXIT_ERROR, where 1 is an answer */
};

/* Columns */

enum cell_type {
	CELL_STRING,
	CELL_HEX,	/* "0x…", a string in JSON */
	CELL_NUMBER,
	CELL_LIST,	/* words with spaces between, an array in JSON */
	CELL_DECIMAL,	/* a number with a sign or a fraction */
};

struct column {
	const char *name;	/* as in the heading and for -o */
	const char *key;	/* as in JSON */
	enum cell_type type;
	int width;		/* expected width, so that batches line up */
	bool shown;		/* without -o */
	const char *help;
};

/* Options, after parsing. */
struct options {
	bool json, raw, noheadings, bytes, no_merge, verbose, user_top, wx, layout, all, freeze;
	bool total, summary, pages;
	bool follow, stack, cow, json_lines;	/* trace */
	bool swap;		/* who --swap */
	int color;		/* -1 auto, 0 never, 1 always */
	const char *columns;	/* -o LIST */
	const char *input;	/* -i FILE */
	const char *output;	/* record -o FILE */
	const char *of;		/* kernel --of PID */
	const char *by;		/* tables --by WHAT */
	const char *sparse;	/* tables --sparse N */
	const char *file;	/* who --file PATH */
	const char *watch, *count;	/* cow --watch SECONDS --count N */
	const char *interval;	/* record --interval SECONDS */
	bool frames;		/* record --frames */
	const char *ignore;	/* diff --ignore LIST */
	const char *pids;	/* trace -p PID,PID… */
	bool is_cmd;		/* the words came after --: a program to run */
	int argc;		/* words that are no options */
	char **argv;
};

struct command {
	const char *name;
	const char *args;	/* for the usage line */
	const char *help;	/* one line */
	const char *more;	/* paragraphs for --help */
	const char *examples;
	const struct column *columns;
	size_t nr_columns;
	unsigned int options;	/* which optional ones: OPT_* */
	int trouble;		/* status of errors before it runs, if not EXIT_ERROR */
	int (*run)(const struct options *o);
	/* NULL, or the command whose columns it has with these options */
	const struct command *(*like)(const struct options *o);
};

enum {
	OPT_TABLE = 1, OPT_INPUT = 2, OPT_NO_MERGE = 4, OPT_BYTES = 8, OPT_OUTPUT = 16,
	OPT_TOP = 32, OPT_WX = 64, OPT_LAYOUT = 128, OPT_ALL = 256, OPT_OF = 512,
	OPT_FREEZE = 1024, OPT_TOTAL = 2048,
	OPT_SUMMARY = 4096, OPT_TABLES = 8192, OPT_WHO = 16384, OPT_COW = 32768,
	OPT_TRACE = 65536, OPT_DUMP = 131072, OPT_RECORD = 262144, OPT_DIFF = 524288,
};

extern const struct command command_walk, command_maps, command_mm, command_dump,
	command_record, command_report, command_export, command_kernel, command_tops,
	command_tasks, command_frame, command_zones, command_verify, command_smaps,
	command_tables, command_who, command_cow, command_trace, command_diff;

/* opts.c */
int opts_parse(const struct command *c, int argc, char **argv, struct options *o);
void opts_usage(void);
int opts_words(int argc, char **argv);
const struct command *opts_command(const char *name);

/* out.c: rows of cells as table, raw lines or JSON */
struct out;

struct out *out_begin(const struct options *o, const struct command *c, const char *array);
void out_set(struct out *out, unsigned int column, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
void out_color(struct out *out, const char *color);
void out_row(struct out *out);
void out_flush(struct out *out);
struct json_object *out_take(struct out *out);
void out_put(struct out *out, struct json_object *row);
int out_end(struct out *out);
int out_check(const struct options *o, const struct command *c);
bool out_wants(const struct out *out, unsigned int column);
struct json_object *out_words(const char *text);

/* tool.c: sources and arguments */
extern volatile sig_atomic_t tool_interrupted;
extern bool tool_incomplete;	/* a recording is not whole: status 3 for what is otherwise 0 */
/* Of at most so many bytes, to be freed; NULL: there is no text, or no memory. */
char *tool_copy(const char *text, size_t max);
double tool_seconds(void);

void tool_error(const char *format, ...) __attribute__((format(printf, 1, 2)));
int tool_open(const struct options *o, struct libmmscope_source **src, int *used);
int tool_open_recording(const char *name, struct libmmscope_source **src);
int tool_open_process(const char *text, struct libmmscope_source **src);
bool tool_is_process(const char *text);
int tool_open_named(const char *text, struct libmmscope_source **src);
int tool_open_alone(const struct options *o, const char *command,
		    struct libmmscope_source **src);
int tool_explain(const char *what, int err);
int tool_fail(const struct options *o, const struct libmmscope_source *src, int err);
int tool_hex(const char *text, uint64_t *value);
int tool_address(const char *text, uint64_t *va);
int tool_user_address(const struct libmmscope_source *src, const char *text, uint64_t *va);
int tool_range(const struct libmmscope_source *src, const char *text, uint64_t *start,
	       uint64_t *end);
int tool_phys(const struct libmmscope_source *src, const char *what);
void tool_comm(pid_t pid, char *buf, size_t len);

/* words.c: entries, rights, flags and sizes in words */
void tool_add_word(char *buf, size_t len, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
void tool_rights(unsigned int rights, char *text);
void tool_rights_list(unsigned int rights, char *text);
const char *tool_kind(const struct mmscope_format *f, const struct mmscope_entry *e,
		      const struct mmscope_vma *vma);
uint64_t tool_vma_flag(const struct mmscope_format *f, const char *name);
uint64_t tool_entry_bit(const struct mmscope_format *f, const char *name, unsigned int level);
bool tool_is_swap(const struct mmscope_format *f, const struct mmscope_entry *e);
const char *tool_swap_name(struct libmmscope_source *src, const struct mmscope_entry *e);
void tool_letters(const struct mmscope_format *f, const struct mmscope_entry *e,
		  char *buf, size_t len);
void tool_flags(const struct mmscope_format *f, const struct mmscope_entry *e,
		char *buf, size_t len);
bool tool_vma_has(const struct mmscope_format *f, const struct mmscope_vma *vma,
		  const char *name);
void tool_vma_flags(const struct mmscope_format *f, uint64_t flags, char *buf, size_t len);
void tool_size(const struct options *o, uint64_t bytes, char *buf, size_t len);
void tool_hidden(uint32_t out_flags);
const char *tool_kind_color(const struct mmscope_entry *e, unsigned int taken);

/* cmd_maps.c */
void maps_set(struct out *out, const struct options *o, const struct mmscope_format *f,
	      const struct mmscope_vma *vma);
extern const struct column maps_columns[];

/* physical.c: zones --layout */
extern const struct command physical_layout;
int physical_print(const struct options *o, const struct libmmscope_zones *zones);

/* progress.c: how far a long command has come */
struct progress {
	const char *what;
	const char *unit;	/* of the numbers; NULL: addresses or frames, hexadecimal */
	bool silent;	/* nothing is printed meanwhile that it would be mixed with */
	double begun, shown;
};

void progress_update(struct progress *p, uint64_t done, uint64_t total);
void progress_end(struct progress *p);

/* page.c: words about frames, and frames by the words of the command line */
const char *page_frame_kind(const struct mmscope_frame *frame);
int page_range(const struct options *o, struct libmmscope_source *src, const char *text,
	       uint64_t *start, uint64_t *end);
int page_numbers(const char *text, const char *what, uint64_t *start, uint64_t *end);
void page_words(struct libmmscope_source *src, const struct mmscope_entry *e, uint64_t nr,
		char *buf, size_t len);

/* record_file.c: a file under another name until it is whole */
struct record_file {
	const char *path;
	char part[4096];
	FILE *stream;
	struct libmmscope_recorder *recorder;
};

int record_file_begin(struct record_file *f, const char *path);
int record_file_end(struct record_file *f, int err, bool any);

/* record_program.c: a program that is recorded when it ends, and meanwhile */
pid_t record_program_start(char **argv);
int record_program_wait(pid_t pid, double until, int *status);
void record_program_go(pid_t pid);

/* ladder.c: one address, for walk and kernel */
struct ladder {
	const struct options *o;
	struct libmmscope_source *src;
	struct out *out;
	__u32 view;		/* MMSCOPE_HALF_KERNEL, MMSCOPE_TOP_USER */
	const struct libmmscope_regions *regions;	/* with MMSCOPE_HALF_KERNEL */
};

#define LADDER_COLUMNS 16
extern const struct column ladder_columns[];
int ladder_print_all(const struct ladder *l, const uint64_t *va, int nr);

/* spans.c: entries of a range, for dump and kernel */
struct spans {
	const struct options *o;
	struct libmmscope_source *src;
	struct out *out;
	__u32 view;		/* MMSCOPE_HALF_KERNEL, MMSCOPE_TOP_USER */
	bool by_flags;		/* fold entries of the same flags, whatever their frames */
	const struct libmmscope_maps *maps;		/* NULL: none */
	const struct libmmscope_regions *regions;	/* NULL: none */
	uint64_t found;		/* out: spans printed */
};

#define SPANS_COLUMNS 19
extern const struct column spans_columns[], spans_kernel_columns[];
int spans_print(struct spans *s, uint64_t start, uint64_t end);

#endif /* MMSCOPE_TOOL_H */
