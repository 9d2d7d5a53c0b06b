/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What scenes have in common. A scene puts itself into one state, prints
 * "name value" lines about it and waits for a line on stdin before the next
 * state; end of file ends it. Tests, demo and documentation use the same ones.
 */
#ifndef MMSCOPE_SCENE_H
#define MMSCOPE_SCENE_H

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define PAGE 4096UL

static inline void say(const char *format, ...) __attribute__((format(printf, 1, 2)));

static inline void say(const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	vprintf(format, ap);
	va_end(ap);
	putchar('\n');
	fflush(stdout);
}

/* "ready STATE", then wait. Unbuffered: a fork must not share read-ahead. */
static inline void wait_for_line(const char *state)
{
	char c;
	ssize_t n;

	say("ready %s", state);
	do
		n = read(STDIN_FILENO, &c, 1);
	while (n == 1 && c != '\n');
	if (n != 1)
		exit(0);
}

static inline char *scene_map(size_t len, int prot, int flags, int fd)
{
	char *p = mmap(NULL, len, prot, flags, fd, 0);

	if (p == MAP_FAILED) {
		perror("mmap");
		exit(1);
	}
	return p;
}

#endif /* MMSCOPE_SCENE_H */
