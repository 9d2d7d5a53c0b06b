// SPDX-License-Identifier: GPL-2.0-only
/*
 * Names of addresses. What code a process maps the kernel tells, and it is noted in the
 * order of events: that is there also when the process is gone. All else is from its
 * memory map, which is read when an address is not found, at most every few milliseconds,
 * and kept: there a name is that of the last look. The two are kept apart: of what lies
 * over code later, and is none, the kernel does not tell.
 */
#include "trace.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A map is not read again before. */
#define PAUSE 0.005

/* So many are kept. */
#define MAPS_MAX 1024

/* So much code of one: more is forgotten, and in the memory map if it is still there. */
#define CODE_MAX 8192

struct map {
	uint64_t id;	/* of the address space: exec begins another; 0: not known yet */
	pid_t pid;
	bool future;	/* nobody has been seen to run in it: exec may be preparing it */
	double read;	/* last tried, in seconds */
	struct trace_areas all;	/* when it was read */
	struct trace_areas code;	/* as the kernel told */
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

static void forget_map(struct map *m)
{
	trace_areas_forget(&m->all);
	trace_areas_forget(&m->code);
}

void trace_names_free(struct trace_names *n)
{
	size_t i;

	for (i = 0; n && i < n->nr; i++)
		forget_map(&n->map[i]);
	if (n) {
		trace_symbols_free(n->symbols);
		free(n->map);
	}
	free(n);
}

/* The newest map that a process has run in, or NULL. */
static struct map *newest_of(struct trace_names *n, pid_t pid)
{
	size_t i;

	for (i = n->nr; i-- > 0;)
		if (n->map[i].pid == pid && !n->map[i].future)
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
			forget_map(&n->map[i]);
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

static struct map *map_of(struct trace_names *n, const struct mmscope_fault_event *e)
{
	const bool remote = e->flags & MMSCOPE_FAULT_REMOTE;
	struct map *m;
	size_t i;

	for (i = n->nr; i-- > 0;) {
		m = &n->map[i];
		if (m->pid != e->mm_pid || (m->id && m->id != e->mm_id))
			continue;
		/* a child or a program that has just begun */
		m->id = e->mm_id;
		m->future &= remote;
		return m;
	}
	m = add_map(n, e->mm_id, e->mm_pid);
	if (m)
		m->future = remote;
	return m;
}

void trace_names_listen(struct trace_names *n, struct trace_maps *maps)
{
	n->maps = maps;
}

/* One line of /proc/PID/maps. */
static void add_line(struct trace_areas *as, char *line)
{
	unsigned long start, end, offset;
	struct trace_area a;
	int at = 0;

	line[strcspn(line, "\n")] = '\0';
	if (sscanf(line, "%lx-%lx %*s %lx %*s %*s %n", &start, &end, &offset, &at) < 3 || !at)
		return;
	a = (struct trace_area){ start, end, offset, line[at] ? strdup(line + at) : NULL };
	trace_areas_put(as, &a);
}

/*
 * What there is now. Of a process that is gone what was there is kept; and of one that has
 * begun another program since the events that are looked at: that map is none of theirs.
 */
static void read_map(struct trace_names *n, struct map *m)
{
	char path[64], *line = NULL;
	struct trace_areas fresh = { 0 };
	size_t room = 0;
	FILE *f;

	m->read = tool_seconds();
	snprintf(path, sizeof(path), "/proc/%d/maps", m->pid);
	f = fopen(path, "re");
	if (!f)
		return;
	while (getline(&line, &room, f) > 0)
		add_line(&fresh, line);
	free(line);
	fclose(f);
	/* asked afterwards: the kernel tells of an exec before its map can be opened */
	if (!fresh.nr || (n->maps && trace_maps_exec(n->maps, m->pid))) {
		trace_areas_forget(&fresh);
		return;
	}
	trace_areas_forget(&m->all);
	m->all = fresh;
}

void trace_names_know(struct trace_names *n, pid_t pid)
{
	struct map *m = newest_of(n, pid);

	m = m ? m : add_map(n, 0, pid);
	if (m)
		read_map(n, m);
}

/*
 * perf names a file as its process would. If that has another root, and the file is found
 * below it, that is put before: as in /proc/PID/maps.
 */
static char *seen_from_here(const struct trace_mapping *t)
{
	char link[64], root[4096], *path = NULL;
	struct stat file;
	ssize_t len;

	if (!t->path || *t->path != '/')
		return t->path;
	snprintf(link, sizeof(link), "/proc/%d/root", t->pid);
	len = readlink(link, root, sizeof(root) - 1);
	if (len <= 1)
		return t->path;
	root[len] = '\0';
	if (asprintf(&path, "%s%s", root, t->path) < 0)
		return t->path;
	if (stat(path, &file) || file.st_ino != t->inode) {
		free(path);
		return t->path;
	}
	free(t->path);
	return path;
}

static void note(struct map *m, const struct trace_mapping *t)
{
	const struct trace_area a = { t->start, t->end, t->offset, seen_from_here(t) };

	if (m->code.nr >= CODE_MAX)
		trace_areas_forget(&m->code);
	trace_areas_put(&m->code, &a);
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

/* NULL: nothing is known to be there. */
static const struct trace_area *look_up(struct trace_names *n, struct map *m, uint64_t va)
{
	const struct trace_area *a = trace_areas_at(&m->all, va);

	if (a || tool_seconds() - m->read <= PAUSE)
		return a;
	read_map(n, m);
	return trace_areas_at(&m->all, va);
}

/*
 * A child that was gone before it was looked at: the map of a process that has the
 * VMA of the event just there. With randomised addresses that is the one it came from.
 */
static const struct trace_area *area_of_kin(const struct trace_names *n,
					    const struct mmscope_fault_event *e, uint64_t va)
{
	const struct trace_area *a;
	size_t i;

	for (i = n->nr; i-- > 0;) {
		a = trace_areas_at(&n->map[i].all, e->vm_start);
		if (a && a->start == e->vm_start && a->end == e->vm_end)
			return trace_areas_at(&n->map[i].all, va);
	}
	return NULL;
}

void trace_names_forked(struct trace_names *n, pid_t parent, pid_t child)
{
	struct map *to = add_map(n, 0, child), *from = newest_of(n, parent);

	if (!to || !from)
		return;
	if (tool_seconds() - from->read > PAUSE)
		read_map(n, from);
	trace_areas_copy(&to->all, &from->all);
	trace_areas_copy(&to->code, &from->code);
}

static const char *name_in(const struct trace_area *a, uint64_t va, uint64_t *offset)
{
	*offset = a ? a->offset + (va - a->start) : 0;
	return a ? a->path : NULL;
}

const char *trace_names_find(struct trace_names *n, const struct mmscope_fault_event *e,
			     uint64_t va, uint64_t *offset)
{
	struct map *m = map_of(n, e);
	/* first, in any case: for what is beside the code, while it can be read */
	const struct trace_area *a = m ? look_up(n, m, va) : NULL, *code = NULL;

	if (m && e->vm_flags & FAULT_VM_EXEC)
		code = trace_areas_at(&m->code, va);
	if (m && !a && !code && !m->all.nr)
		a = area_of_kin(n, e, va);
	return name_in(code ? code : a, va, offset);
}

const char *trace_names_code(struct trace_names *n, const struct fault_record *r, uint64_t ip,
			     uint64_t *offset)
{
	const bool remote = r->event.flags & MMSCOPE_FAULT_REMOTE;
	const struct trace_area *a;
	struct map *m;

	/* memory of another process, or of the program that it is about to become */
	m = remote ? newest_of(n, r->tgid) : map_of(n, &r->event);
	if (!m && remote)
		m = add_map(n, 0, r->tgid);
	if (!m)
		return name_in(NULL, ip, offset);
	a = trace_areas_at(&m->code, ip);
	a = a ? a : look_up(n, m, ip);
	if (!a && !remote && !m->all.nr)
		a = area_of_kin(n, &r->event, ip);
	return name_in(a, ip, offset);
}
