// SPDX-License-Identifier: GPL-2.0-only
/*
 * Names of addresses. The memory map of a process is read when one is not found, at
 * most every few milliseconds, and kept: when an event is read its process may be
 * gone, or have mapped something else there. So a name is that of the last look.
 */
#include "trace.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

/* A map is not read again before. */
#define PAUSE 0.005

/* So many are kept. */
#define MAPS_MAX 1024

struct area {
	uint64_t start, end, offset;
	char *path;	/* NULL: it has none */
};

struct map {
	uint64_t id;	/* of the address space: exec begins another */
	pid_t pid;
	double read;
	struct area *area;
	size_t nr;
};

struct trace_names {
	struct map *map;
	size_t nr;
	struct trace_symbols *symbols;
};

struct trace_names *trace_names_new(void)
{
	struct trace_names *n = calloc(1, sizeof(*n));

	if (n)
		n->symbols = trace_symbols_new();
	if (n && n->symbols)
		return n;
	free(n);
	return NULL;
}

struct trace_symbols *trace_names_symbols(struct trace_names *n)
{
	return n->symbols;
}

static void forget(struct map *m)
{
	size_t i;

	for (i = 0; i < m->nr; i++)
		free(m->area[i].path);
	free(m->area);
	m->area = NULL;
	m->nr = 0;
}

void trace_names_free(struct trace_names *n)
{
	size_t i;

	for (i = 0; n && i < n->nr; i++)
		forget(&n->map[i]);
	if (n) {
		trace_symbols_free(n->symbols);
		free(n->map);
	}
	free(n);
}

static struct map *map_of(struct trace_names *n, uint64_t id, pid_t pid)
{
	struct map *more;
	size_t i;

	for (i = n->nr; i-- > 0;) {
		if (n->map[i].pid != pid || (n->map[i].id && n->map[i].id != id))
			continue;
		/* a child that has just begun */
		n->map[i].id = id;
		return &n->map[i];
	}
	if (n->nr == MAPS_MAX) {
		/* the older half goes: processes do not live that long */
		for (i = 0; i < MAPS_MAX / 2; i++)
			forget(&n->map[i]);
		n->nr -= MAPS_MAX / 2;
		memmove(n->map, n->map + MAPS_MAX / 2, n->nr * sizeof(*n->map));
	}
	more = reallocarray(n->map, n->nr + 1, sizeof(*more));
	if (!more)
		return NULL;
	n->map = more;
	n->map[n->nr] = (struct map){ .id = id, .pid = pid };
	return &n->map[n->nr++];
}

/* One line of /proc/PID/maps. */
static void add_area(struct map *m, char *line)
{
	unsigned long start, end, offset;
	struct area *more;
	int at = 0;

	line[strcspn(line, "\n")] = '\0';
	if (sscanf(line, "%lx-%lx %*s %lx %*s %*s %n", &start, &end, &offset, &at) < 3 || !at)
		return;
	more = reallocarray(m->area, m->nr + 1, sizeof(*more));
	if (!more)
		return;
	m->area = more;
	m->area[m->nr++] = (struct area){ start, end, offset, line[at] ? strdup(line + at) : NULL };
}

/* What there is now; of a process that is gone what was there is kept. */
static void read_map(struct map *m)
{
	struct map fresh = { .id = m->id, .pid = m->pid, .read = tool_seconds() };
	char path[64], *line = NULL;
	size_t room = 0;
	FILE *f;

	m->read = fresh.read;
	snprintf(path, sizeof(path), "/proc/%d/maps", m->pid);
	f = fopen(path, "re");
	if (!f)
		return;
	while (getline(&line, &room, f) > 0)
		add_area(&fresh, line);
	free(line);
	fclose(f);
	if (!fresh.nr)
		return;
	forget(m);
	*m = fresh;
}

static const struct area *area_at(const struct map *m, uint64_t va)
{
	size_t low = 0, high = m->nr, middle;

	while (low < high) {
		middle = low + (high - low) / 2;
		if (va < m->area[middle].start)
			high = middle;
		else if (va >= m->area[middle].end)
			low = middle + 1;
		else
			return &m->area[middle];
	}
	return NULL;
}

/*
 * A child that was gone before it was looked at: the map of a process that has the
 * VMA of the event just there. With randomised addresses that is the one it came from.
 */
static const struct area *area_of_kin(const struct trace_names *n,
				      const struct mmscope_fault_event *e, uint64_t va)
{
	const struct area *a;
	size_t i;

	for (i = n->nr; i-- > 0;) {
		a = area_at(&n->map[i], e->vm_start);
		if (a && a->start == e->vm_start && a->end == e->vm_end)
			return area_at(&n->map[i], va);
	}
	return NULL;
}

void trace_names_forked(struct trace_names *n, pid_t parent, pid_t child)
{
	struct map *to = map_of(n, 0, child), *from = NULL;
	struct area *a;
	size_t i;

	for (i = n->nr; i-- > 0 && !from;)
		if (n->map[i].pid == parent && n->map[i].nr)
			from = &n->map[i];
	if (!to || to->nr)
		return;
	if (from && tool_seconds() - from->read > PAUSE)
		read_map(from);
	to->area = from ? calloc(from->nr, sizeof(*to->area)) : NULL;
	if (!to->area)
		return;
	for (i = 0; i < from->nr; i++) {
		a = &to->area[to->nr++];
		*a = from->area[i];
		if (a->path)
			a->path = strdup(a->path);
	}
}

const char *trace_names_find(struct trace_names *n, const struct mmscope_fault_event *e,
			     uint64_t va, uint64_t *offset)
{
	struct map *m = map_of(n, e->mm_id, e->mm_pid);
	const struct area *a;

	*offset = 0;
	if (!m)
		return NULL;
	a = area_at(m, va);
	if (!a && tool_seconds() - m->read > PAUSE) {
		read_map(m);
		a = area_at(m, va);
	}
	if (!a && !m->nr)
		a = area_of_kin(n, e, va);
	if (!a)
		return NULL;
	*offset = a->offset + (va - a->start);
	return a->path;
}
