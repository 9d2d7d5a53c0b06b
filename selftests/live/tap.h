/* SPDX-License-Identifier: GPL-2.0-only */
/* Test results, a line each (TAP); the exit status says if all passed. */
#ifndef MMSCOPE_TAP_H
#define MMSCOPE_TAP_H

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>

static int tap_done, tap_failed;

static inline bool ok(bool good, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static inline bool ok(bool good, const char *format, ...)
{
	va_list ap;

	tap_done++;
	tap_failed += !good;
	printf("%sok %d - ", good ? "" : "not ", tap_done);
	va_start(ap, format);
	vprintf(format, ap);
	va_end(ap);
	putchar('\n');
	fflush(stdout);
	return good;
}

/* Not tested here, and why; counted as skipped, not as passed. */
static inline void skip(const char *what, const char *why)
{
	printf("ok %d - %s # SKIP %s\n", ++tap_done, what, why);
	fflush(stdout);
}

static inline int tap_end(void)
{
	printf("1..%d\n", tap_done);
	return tap_failed ? 1 : 0;
}

#endif /* MMSCOPE_TAP_H */
