// SPDX-License-Identifier: GPL-2.0-only
/*
 * Code that is mapped, as the kernel tells perf of it (PERF_RECORD_MMAP2 and the
 * PERF_RECORD_COMM of an exec, include/uapi/linux/perf_event.h): the names of a process
 * that is gone before anybody could read its map. Of all processes, by CPU; put in order
 * by the clock that events have, too.
 */
#include "trace.h"

#include <bpf/libbpf.h>
#include <linux/perf_event.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* Pages of each CPU's buffer: some 1,000 mappings between two looks. */
#define PAGES 32

struct trace_maps {
	struct perf_buffer *buffer;
	struct trace_mapping *queue;
	size_t nr, room, next;	/* the first @next were given away */
	uint64_t drained;	/* time of the last look */
	uint64_t lost;
	bool sorted;
};

/* PERF_RECORD_MMAP2, its file's name and the time behind it. */
struct mmap2 {
	struct perf_event_header header;
	uint32_t pid, tid;
	uint64_t addr, len, pgoff;
	uint32_t device[2];
	uint64_t inode, generation;
	uint32_t prot, flags;
	char path[];
};

/* PERF_RECORD_COMM; the name and the time are behind it. */
struct comm {
	struct perf_event_header header;
	uint32_t pid, tid;
	char name[];
};

static struct trace_mapping *more(struct trace_maps *m)
{
	struct trace_mapping *queue;

	if (m->nr == m->room) {
		queue = reallocarray(m->queue, m->room * 2 + 64, sizeof(*queue));
		if (!queue)
			return NULL;
		m->queue = queue;
		m->room = m->room * 2 + 64;
	}
	m->sorted = false;
	return &m->queue[m->nr++];
}

/* The last word of every record (sample_id_all). */
static uint64_t time_of(const struct perf_event_header *h)
{
	uint64_t time;

	memcpy(&time, (const char *)h + h->size - sizeof(time), sizeof(time));
	return time;
}

static void add(struct trace_maps *m, const struct trace_mapping *what)
{
	struct trace_mapping *t = more(m);

	if (t) {
		*t = *what;
		return;
	}
	free(what->path);
	m->lost++;
}

static void add_mmap(struct trace_maps *m, const struct mmap2 *r)
{
	const size_t max = r->header.size - sizeof(*r) - sizeof(uint64_t);
	/* "//anon": the kernel has no name for it */
	const bool named = r->path[0] && strncmp(r->path, "//", 2);

	const struct trace_mapping t = {
		.time = time_of(&r->header), .pid = r->pid, .start = r->addr,
		.end = r->addr + r->len, .offset = r->pgoff, .inode = r->inode,
		.path = named ? tool_copy(r->path, max) : NULL,
	};

	add(m, &t);
}

static void add_exec(struct trace_maps *m, const struct comm *r)
{
	const struct trace_mapping t = {
		.time = time_of(&r->header), .pid = r->pid, .exec = true,
	};

	add(m, &t);
}

static enum bpf_perf_event_ret on_perf(void *arg, int cpu, struct perf_event_header *h)
{
	const struct {
		struct perf_event_header header;
		uint64_t id, lost;
	} *lost = (const void *)h;
	struct trace_maps *m = arg;

	(void)cpu;
	if (h->type == PERF_RECORD_MMAP2 && h->size > sizeof(struct mmap2) + sizeof(uint64_t))
		add_mmap(m, (const void *)h);
	else if (h->type == PERF_RECORD_COMM && h->misc & PERF_RECORD_MISC_COMM_EXEC)
		add_exec(m, (const void *)h);
	else if (h->type == PERF_RECORD_LOST && h->size >= sizeof(*lost))
		m->lost += lost->lost;
	return LIBBPF_PERF_EVENT_CONT;
}

/**
 * trace_maps_new - listen to what is mapped
 * @fd: a BPF map of the type PERF_EVENT_ARRAY, which libbpf wants for its buffers
 *
 * Return: NULL if the kernel does not let us: then there are the maps in /proc.
 */
struct trace_maps *trace_maps_new(int fd)
{
	struct perf_event_attr attr = {
		.type = PERF_TYPE_SOFTWARE, .size = sizeof(attr), .config = PERF_COUNT_SW_DUMMY,
		.sample_type = PERF_SAMPLE_TIME, .sample_id_all = 1, .mmap = 1, .mmap2 = 1,
		.comm = 1, .comm_exec = 1, .use_clockid = 1, .clockid = CLOCK_MONOTONIC,
		.watermark = 1, .wakeup_watermark = PAGES * 4096 / 2,
	};
	struct trace_maps *m = calloc(1, sizeof(*m));

	if (!m)
		return NULL;
	m->buffer = perf_buffer__new_raw(fd, PAGES, &attr, on_perf, m, NULL);
	if (m->buffer && !libbpf_get_error(m->buffer))
		return m;
	free(m);
	return NULL;
}

static int by_time(const void *a, const void *b)
{
	const struct trace_mapping *x = a, *y = b;

	return (x->time > y->time) - (x->time < y->time);
}

/* What came until now. */
static void drain(struct trace_maps *m)
{
	struct timespec t;

	/* what was given away makes room */
	m->nr -= m->next;
	if (m->nr)
		memmove(m->queue, m->queue + m->next, m->nr * sizeof(*m->queue));
	m->next = 0;
	/* before: what comes meanwhile may be missed */
	clock_gettime(CLOCK_MONOTONIC, &t);
	m->drained = t.tv_sec * 1000000000ULL + t.tv_nsec;
	perf_buffer__consume(m->buffer);
	if (!m->sorted && m->nr)
		qsort(m->queue, m->nr, sizeof(*m->queue), by_time);
	m->sorted = true;
}

/**
 * trace_maps_next - what was mapped until a time
 * @m: state
 * @time: in nanoseconds, CLOCK_MONOTONIC
 *
 * Return: the next of it, whose path is the caller's; NULL: there is no more.
 */
const struct trace_mapping *trace_maps_next(struct trace_maps *m, uint64_t time)
{
	if (time > m->drained)
		drain(m);
	if (m->next == m->nr || m->queue[m->next].time > time)
		return NULL;
	return &m->queue[m->next++];
}

/* Has a process begun another program since the time that trace_maps_next() was asked for? */
bool trace_maps_exec(struct trace_maps *m, pid_t pid)
{
	size_t i;

	drain(m);
	for (i = m->next; i < m->nr; i++)
		if (m->queue[i].exec && m->queue[i].pid == pid)
			return true;
	return false;
}

/* Mappings that there was no room for. */
uint64_t trace_maps_lost(const struct trace_maps *m)
{
	return m ? m->lost : 0;
}

void trace_maps_free(struct trace_maps *m)
{
	if (!m)
		return;
	perf_buffer__free(m->buffer);
	for (; m->next < m->nr; m->next++)
		free(m->queue[m->next].path);
	free(m->queue);
	free(m);
}
