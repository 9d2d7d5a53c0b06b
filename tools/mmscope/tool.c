// SPDX-License-Identifier: GPL-2.0-only
/* Sources and arguments that several commands need. */
#include "tool.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

volatile sig_atomic_t tool_interrupted;
bool tool_incomplete;

void tool_error(const char *format, ...)
{
	va_list ap;

	/* in order, should both go to one place */
	fflush(stdout);
	fputs("mmscope: ", stderr);
	va_start(ap, format);
	vfprintf(stderr, format, ap);
	va_end(ap);
	fputc('\n', stderr);
}

/* The name of a process, "?" if it is gone. */
void tool_comm(pid_t pid, char *buf, size_t len)
{
	char path[64];
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/comm", pid);
	f = fopen(path, "re");
	if (!f || !fgets(buf, len, f))
		snprintf(buf, len, "?");
	if (f)
		fclose(f);
	buf[strcspn(buf, "\n")] = '\0';
}

static void kernel_thread(pid_t pid, pid_t lender)
{
	char name[64], other[64];

	tool_comm(pid, name, sizeof(name));
	tool_comm(lender, other, sizeof(other));
	if (lender > 0)
		tool_error("%d (%s) is a kernel thread: no mm; borrows the mm of %d (%s)",
			   pid, name, lender, other);
	else if (lender == 0)
		tool_error("%d (%s) is a kernel thread: no mm; borrows the mm of no process at this moment",
			   pid, name);
	else
		tool_error("%d (%s) is a kernel thread: no mm; borrows the mm of whatever ran before it",
			   pid, name);
}

/* Says what an error means and what to do; returns the exit status. */
int tool_explain(const char *what, int err)
{
	switch (err) {
	case -ENODEV:
		tool_error("%s: the mmscope module is not loaded (no %s)\n"
			   "  load it with 'sudo make load', or try 'make demo', which needs no module here",
			   what, MMSCOPE_DEVICE);
		return EXIT_NO_MODULE;
	case -EPROTO:
		tool_error("%s: speaks another ABI version than this tool (%d)\n"
			   "  build and load module and tool from the same source",
			   what, MMSCOPE_ABI_VERSION);
		return EXIT_NO_MODULE;
	case -EACCES:
	case -EPERM:
		tool_error("%s: permission denied\n"
			   "  %s is root's by default, and a process may be looked at by whoever may open its /proc/PID/pagemap",
			   what, MMSCOPE_DEVICE);
		return EXIT_DENIED;
	case -ESRCH:
		tool_error("%s: no such process, or it exited or called exec meanwhile", what);
		return EXIT_NO_PROCESS;
	case -EOPNOTSUPP:
		tool_error("%s: page-table isolation is off here: one top table serves both modes",
			   what);
		return EXIT_ERROR;
	case -ENODATA:
		tool_error("%s: the recording does not hold this", what);
		return EXIT_ERROR;
	case -EBADMSG:
		tool_error("%s: not an mmscope recording, or damaged or cut off", what);
		return EXIT_ERROR;
	default:
		tool_error("%s: %s", what, strerror(-err));
		return EXIT_ERROR;
	}
}

int tool_fail(const struct options *o, const struct libmmscope_source *src, int err)
{
	char what[64];

	if (o->input)
		return tool_explain(o->input, err);
	snprintf(what, sizeof(what), "pid %d", libmmscope_pid(src));
	return tool_explain(what, err);
}

static int parse_pid(const char *text, pid_t *pid)
{
	char *end;
	long value;

	if (!strcmp(text, "self")) {
		*pid = getpid();
		return 0;
	}
	errno = 0;
	value = strtol(text, &end, 10);
	if (!isdigit((unsigned char)*text) || *end || errno || value <= 0 || value > INT32_MAX) {
		tool_error("'%s' is not a process id", text);
		return EXIT_ERROR;
	}
	*pid = value;
	return 0;
}

/* Says where a recording ends, if that is not where it should. */
static void say_damage(const char *name, const struct libmmscope_source *src)
{
	const struct libmmscope_moment *m = libmmscope_moment(src);
	const char *damage;
	uint64_t at;

	damage = libmmscope_damage(src, &at);
	if (damage)
		tool_error("%s: %s at byte %" PRIu64 ": what follows is missing", name, damage, at);
	if (m->done.ended == LIBMMSCOPE_ENDED_GONE)
		tool_error("%s: the process was gone before all of it was recorded", name);
	else if (m->done.ended == LIBMMSCOPE_ENDED_INTERRUPTED)
		tool_error("%s: recording was interrupted before all of it was there", name);
	tool_incomplete |= damage || m->done.ended;
	if (m->flags & LIBMMSCOPE_PART)
		tool_error("%s: only the tables of 0x%" PRIx64 "-0x%" PRIx64 " were recorded", name,
			   m->start, m->end);
}

/* A recording by its name; an exit status after saying what was wrong. */
int tool_open_recording(const char *name, struct libmmscope_source **src)
{
	int err = libmmscope_open_recording(name, src);

	if (err == -ENOENT && strrchr(name, '@')) {
		tool_error("%s: no such file, or it has no such moment ('mmscope report' lists them)",
			   name);
		return EXIT_ERROR;
	}
	if (err)
		return tool_explain(name, err);
	say_damage(name, *src);
	return 0;
}

/**
 * tool_open - the source that the options ask for
 * @o: options; with -i the recording, else the first argument is a pid
 * @src: the source
 * @used: arguments used up: 0 or 1
 *
 * Return: 0, or an exit status after saying what was wrong.
 */
int tool_open(const struct options *o, struct libmmscope_source **src, int *used)
{
	*used = 0;
	if (o->input)
		return tool_open_recording(o->input, src);
	if (!o->argc) {
		tool_error("which process? Give a pid, or a recording with -i");
		return EXIT_ERROR;
	}
	*used = 1;
	return tool_open_process(o->argv[0], src);
}

/* As tool_open(), for a process alone: a pid, or "self". */
int tool_open_process(const char *text, struct libmmscope_source **src)
{
	char what[64];
	pid_t pid, lender;
	int err = parse_pid(text, &pid);

	if (err)
		return err;
	err = libmmscope_open_live(pid, src, &lender);
	if (err == -ENXIO) {
		kernel_thread(pid, lender);
		return EXIT_NO_MM;
	}
	snprintf(what, sizeof(what), "pid %d", pid);
	return err ? tool_explain(what, err) : 0;
}

/* Is it the name of a process, or that of a file? */
bool tool_is_process(const char *text)
{
	return !strcmp(text, "self") || (*text && !text[strspn(text, "0123456789")]);
}

/* As tool_open(), for a process or else a recording. */
int tool_open_named(const char *text, struct libmmscope_source **src)
{
	return tool_is_process(text) ? tool_open_process(text, src) :
				       tool_open_recording(text, src);
}

/* 0 if the source shows physical facts, or an exit status after saying why not. */
int tool_phys(const struct libmmscope_source *src, const char *what)
{
	if (libmmscope_format(src)->info.features & MMSCOPE_FEATURE_PHYS)
		return 0;
	tool_error("%s: needs CAP_SYS_ADMIN in the initial namespace, and a kernel that is not locked down for confidentiality",
		   what);
	return EXIT_DENIED;
}

/* As tool_open(), for a command that takes nothing but a process or a recording. */
int tool_open_alone(const struct options *o, const char *command,
		    struct libmmscope_source **src)
{
	int used, err = tool_open(o, src, &used);

	if (err || o->argc == used)
		return err;
	tool_error("%s: unexpected argument '%s'", command, o->argv[used]);
	libmmscope_close(*src);
	return EXIT_ERROR;
}

/* A hexadecimal number, with or without 0x. 0, or -1 if it is none. */
int tool_hex(const char *text, uint64_t *value)
{
	char *end;

	errno = 0;
	*value = strtoull(text, &end, 16);
	return isxdigit((unsigned char)*text) && end != text && !*end && !errno ? 0 : -1;
}

/* An address. 0, or EXIT_ERROR after a message. */
int tool_address(const char *text, uint64_t *va)
{
	if (!tool_hex(text, va))
		return 0;
	tool_error("'%s' is not an address (hexadecimal, with or without 0x)", text);
	return EXIT_ERROR;
}

/* An address of the user half, or a message why it is none. */
int tool_user_address(const struct libmmscope_source *src, const char *text, uint64_t *va)
{
	const struct mmscope_info *info = &libmmscope_format(src)->info;
	int shift = 64 - (12 + 9 * info->levels);

	if (tool_address(text, va))
		return EXIT_ERROR;
	if (*va < info->task_size)
		return 0;
	if (((int64_t)(*va << shift) >> shift) != (int64_t)*va)
		tool_error("0x%" PRIx64 " is not a canonical address with %d levels", *va,
			   info->levels);
	else if ((int64_t)*va < 0)
		tool_error("0x%" PRIx64 " is in the kernel half; a process owns addresses below 0x%"
			   PRIx64 "\n  'mmscope kernel' shows that half", *va,
			   (uint64_t)info->task_size);
	else
		tool_error("0x%" PRIx64 " is past the end of the user half, 0x%" PRIx64, *va,
			   (uint64_t)info->task_size);
	return EXIT_ERROR;
}

/* START-END, START+LENGTH, or everything. */
int tool_range(const struct libmmscope_source *src, const char *text, uint64_t *start,
	       uint64_t *end)
{
	uint64_t task_size = libmmscope_format(src)->info.task_size;
	char copy[128], *second;
	bool length;

	*start = 0;
	*end = task_size;
	if (!text)
		return 0;
	snprintf(copy, sizeof(copy), "%s", text);
	second = strpbrk(copy, "-+");
	if (!second || strlen(text) >= sizeof(copy)) {
		tool_error("'%s' is not a range (START-END or START+LENGTH)", text);
		return EXIT_ERROR;
	}
	length = *second == '+';
	*second++ = '\0';
	if (tool_user_address(src, copy, start))
		return EXIT_ERROR;
	if (tool_address(second, end))
		return EXIT_ERROR;
	if (length && __builtin_add_overflow(*start, *end, end))
		*end = UINT64_MAX;
	if (*end > task_size)
		tool_error("the range ends at 0x%" PRIx64 ", past the end of the user half, 0x%"
			   PRIx64, *end, task_size);
	else if (*end <= *start)
		tool_error("the range is empty or reversed: 0x%" PRIx64 "-0x%" PRIx64,
			   *start, *end);
	else if ((*start | *end) & 4095)
		tool_error("the range is not aligned to pages: 0x%" PRIx64 "-0x%" PRIx64,
			   *start, *end);
	else
		return 0;
	return EXIT_ERROR;
}

/* Seconds since some moment: differences count. */
/* gcc's analyzer (12) loses sight of what is copied right into an array: hence a function. */
char *tool_copy(const char *text, size_t max)
{
	return text ? strndup(text, max) : NULL;
}

double tool_seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec + t.tv_nsec / 1e9;
}
