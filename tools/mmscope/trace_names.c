// SPDX-License-Identifier: GPL-2.0-only
/*
 * Names of addresses. What code a process maps the kernel tells, and it is noted in the
 * order of events: that is there also when the process is gone. All else is from its
 * memory map, which is read when an address is not found, at most every few milliseconds,
 * and kept: there a name is that of the last look.
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
	double read;	/* last tried, in seconds */
	double whole;	/* last read in full; 0: never */
	struct area *area;
	size_t nr;
};

struct trace_names {
	struct map *map;
	size_t nr;
	struct trace_symbols *symbols;
	struct trace_maps *maps;	/* or NULL */
	bool all;
};

struct trace_names *trace_names_new(bool all)
{
	struct trace_names *n = calloc(1, sizeof(*n));

	if (n) {
		n->all = all;
		n->symbols = trace_symbols_new();
	}
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

/* The newest map of a process, or NULL. */
static struct map *newest_of(struct trace_names *n, pid_t pid)
{
	size_t i;

	for (i = n->nr; i-- > 0;)
		if (n->map[i].pid == pid)
			return &n->map[i];
	return NULL;
}

static struct map *add_map(struct trace_names *n, uint64_t id, pid_t pid)
{
	struct map *more;
	size_t i;

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

static struct map *map_of(struct trace_names *n, uint64_t id, pid_t pid)
{
	size_t i;

	for (i = n->nr; i-- > 0;) {
		if (n->map[i].pid != pid || (n->map[i].id && n->map[i].id != id))
			continue;
		/* a child or a program that has just begun */
		n->map[i].id = id;
		return &n->map[i];
	}
	return add_map(n, id, pid);
}

void trace_names_listen(struct trace_names *n, struct trace_maps *maps)
{
	n->maps = maps;
}

void trace_names_know(struct trace_names *n, pid_t pid)
{
	if (!newest_of(n, pid))
		add_map(n, 0, pid);
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

/* What of an area is between two addresses; false: nothing. */
static bool part(const struct area *a, uint64_t start, uint64_t end, struct area *to)
{
	if (a->start >= end || a->end <= start)
		return false;
	*to = *a;
	if (start > a->start) {
		to->start = start;
		to->offset += start - a->start;
	}
	if (end < a->end)
		to->end = end;
	to->path = a->path ? strdup(a->path) : NULL;
	return true;
}

/* The areas of a map without what is between two addresses. False: out of memory. */
static bool cut(struct map *m, uint64_t start, uint64_t end)
{
	/* one that is cut in two is one more; and there is to be room for the new one */
	struct area *area = calloc(m->nr + 2, sizeof(*area));
	size_t i, nr = 0;

	if (!area)
		return false;
	for (i = 0; i < m->nr; i++) {
		nr += part(&m->area[i], 0, start, &area[nr]);
		nr += part(&m->area[i], end, UINT64_MAX, &area[nr]);
		free(m->area[i].path);
	}
	free(m->area);
	m->area = area;
	m->nr = nr;
	return true;
}

/* Code that was mapped, where it belongs by its address; its path is the map's now. */
static void note(struct map *m, const struct trace_mapping *t)
{
	size_t i;

	/* the map that was read since then has it, or knows better */
	if (m->whole * 1e9 > t->time || !cut(m, t->start, t->end)) {
		free(t->path);
		return;
	}
	for (i = m->nr++; i > 0 && m->area[i - 1].start > t->start; i--)
		m->area[i] = m->area[i - 1];
	m->area[i] = (struct area){ t->start, t->end, t->offset, t->path };
}

void trace_names_until(struct trace_names *n, uint64_t time)
{
	const struct trace_mapping *t;
	struct map *m;

	while (n->maps && (t = trace_maps_next(n->maps, time))) {
		m = newest_of(n, t->pid);
		if (t->exec && (m || n->all))
			add_map(n, 0, t->pid);
		else if (!m && n->all)
			m = add_map(n, 0, t->pid);
		if (m && !t->exec)
			note(m, t);
		else
			free(t->path);
	}
}

/* What there is now; of a process that is gone what was there is kept. */
static void read_map(struct map *m)
{
	const double now = tool_seconds();
	struct map fresh = { .id = m->id, .pid = m->pid, .read = now, .whole = now };
	char path[64], *line = NULL;
	size_t room = 0;
	FILE *f;

	m->read = now;
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
	to->whole = from->whole;
	for (i = 0; i < from->nr; i++) {
		a = &to->area[to->nr++];
		*a = from->area[i];
		if (a->path)
			a->path = strdup(a->path);
	}
}

/* NULL: nothing is known to be there. */
static const struct area *look_up(struct trace_names *n, struct map *m, uint64_t va)
{
	const struct area *a = area_at(m, va);

	if (a || tool_seconds() - m->read <= PAUSE)
		return a;
	/* what is there now is no answer for a program that was there before */
	if (n->maps && trace_maps_exec(n->maps, m->pid))
		return NULL;
	read_map(m);
	return area_at(m, va);
}

static const char *name_in(const struct area *a, uint64_t va, uint64_t *offset)
{
	*offset = a ? a->offset + (va - a->start) : 0;
	return a ? a->path : NULL;
}

const char *trace_names_find(struct trace_names *n, const struct mmscope_fault_event *e,
			     uint64_t va, uint64_t *offset)
{
	struct map *m = map_of(n, e->mm_id, e->mm_pid);
	const struct area *a = m ? look_up(n, m, va) : NULL;

	if (m && !a && !m->whole)
		a = area_of_kin(n, e, va);
	return name_in(a, va, offset);
}

/*
 * The map of a process that faults in memory that is not its own: that of another
 * process, or of the program that it is about to become.
 */
static struct map *own_map_of(struct trace_names *n, const struct fault_record *r)
{
	struct map *m;
	size_t i;

	for (i = n->nr; i-- > 0;)
		if (n->map[i].pid == r->tgid && n->map[i].id != r->event.mm_id)
			return &n->map[i];
	m = newest_of(n, r->tgid);
	return m ? m : add_map(n, 0, r->tgid);
}

const char *trace_names_code(struct trace_names *n, const struct fault_record *r, uint64_t ip,
			     uint64_t *offset)
{
	struct map *m;

	if (!(r->event.flags & MMSCOPE_FAULT_REMOTE))
		return trace_names_find(n, &r->event, ip, offset);
	m = own_map_of(n, r);
	return name_in(m ? look_up(n, m, ip) : NULL, ip, offset);
}
