/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The tracepoint as somebody without our tool has it: through tracefs, its lines
 * read as text. What frame is where is asked of /proc/PID/pagemap.
 */
#ifndef MMSCOPE_TEST_TRACE_H
#define MMSCOPE_TEST_TRACE_H

#include "dev.h"

#include <sys/mount.h>

#define TRACEFS "/sys/kernel/tracing/"
#define EVENT TRACEFS "events/mmscope/mmscope_fault/"

struct event {
	int pid, mm_pid;
	unsigned long va, before, after, pfn_before, pfn_after;
	unsigned int level_before, level_after, result;
	char access[4], kind[16];
};

static inline bool put(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_TRUNC);
	bool good = fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);

	if (fd >= 0)
		close(fd);
	return good;
}

static inline void trace_open(void)
{
	if (access(TRACEFS "trace", F_OK) && mount("none", "/sys/kernel/tracing", "tracefs", 0, NULL))
		die("tracefs");
	if (access(EVENT "enable", F_OK))
		die(EVENT);
}

static inline void trace_clear(void)
{
	if (!put(TRACEFS "trace", ""))
		die("cannot empty the trace");
}

static inline bool trace_on(bool on)
{
	return put(EVENT "enable", on ? "1" : "0");
}

static inline bool trace_line(const char *line, struct event *e)
{
	const char *at = strstr(line, "mmscope_fault: ");

	return at && sscanf(at,
			    "mmscope_fault: pid=%d mm_pid=%d mm=%*x addr=0x%lx %3s %15s 0x%lx@%u->0x%lx@%u pfn 0x%lx->0x%lx result=0x%x",
			    &e->pid, &e->mm_pid, &e->va, e->access, e->kind, &e->before,
			    &e->level_before, &e->after, &e->level_after, &e->pfn_before,
			    &e->pfn_after, &e->result) == 12;
}

/*
 * All events since trace_clear() of a page of a process, or of all pages. Those of a
 * fault that has to be repeated, or finds the work done when it is, are left out.
 */
static inline int trace_events(int mm_pid, const void *va, struct event *out, int max)
{
	FILE *f = fopen(TRACEFS "trace", "re");
	char line[1024];
	struct event e;
	int n = 0;

	while (f && fgets(line, sizeof(line), f))
		if (trace_line(line, &e) && e.mm_pid == mm_pid && strcmp(e.kind, "retry") &&
		    strcmp(e.kind, "spurious") &&
		    (!va || e.va / PAGE == (unsigned long)va / PAGE)) {
			if (n < max)
				out[n] = e;
			n++;
		}
	if (f)
		fclose(f);
	return n;
}

/* Frame of a page by pagemap, 0 if it has none. */
static inline unsigned long frame_of(pid_t pid, const void *va)
{
	int fd = open_pagemap(pid);
	uint64_t word = 0;

	if (fd < 0 || pread(fd, &word, 8, (unsigned long)va / PAGE * 8) != 8)
		die("pagemap");
	close(fd);
	return word >> 63 ? word & ((1ULL << 55) - 1) : 0;
}

static inline bool swapped(const void *va)
{
	int fd = open_pagemap(getpid());
	uint64_t word = 0;

	if (fd < 0 || pread(fd, &word, 8, (unsigned long)va / PAGE * 8) != 8)
		die("pagemap");
	close(fd);
	return word >> 62 & 1;
}

#endif /* MMSCOPE_TEST_TRACE_H */
