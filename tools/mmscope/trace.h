/* SPDX-License-Identifier: GPL-2.0-only */
/* What the parts of mmscope trace share. */
#ifndef MMSCOPE_TRACE_H
#define MMSCOPE_TRACE_H

#include <bpf/fault.h>
#include <mmscope/fault.h>

#include "tool.h"

struct fault_bpf;
struct ring_buffer;

/* trace_bpf.c: where events come from */

typedef void (*trace_fn)(void *arg, const struct fault_record *r);

struct trace {
	struct fault_bpf *bpf;
	struct ring_buffer *ring;
	struct trace_maps *maps;	/* NULL: the kernel does not tell of mappings */
	trace_fn fn;		/* for each event, in order */
	void *arg;
	uint64_t missed;	/* by the module, before it began */
	bool all, follow, stacks;	/* in: every process; children, too; user stacks */
	uint32_t kinds;		/* in: a bit for each kind that is wanted */
};

/* The program is loaded; 0 or a negative errno, said already. trace_end() in any case. */
int trace_begin(struct trace *t);
/* From now on there are events. */
int trace_attach(struct trace *t);
/* One more process that is chosen; before trace_attach(), or its first events are missed. */
int trace_add(struct trace *t, pid_t pid);
/* Calls fn for what has come within so many milliseconds. Return: how many, or an errno. */
int trace_poll(struct trace *t, int ms);
/* FAULT_SEEN …: over all CPUs, since it began. */
uint64_t trace_count(const struct trace *t, unsigned int what);
/* Faults that the probes of the module have not seen since it began. */
uint64_t trace_missed(const struct trace *t);
void trace_end(struct trace *t);

/* trace_maps.c: code as it is mapped, from the kernel */

struct trace_maps;

/* Code that was mapped, or a program that began. */
struct trace_mapping {
	uint64_t time;		/* nanoseconds, CLOCK_MONOTONIC */
	pid_t pid;
	bool exec;		/* a program began: what was mapped is gone, no more is said */
	uint64_t start, end;	/* addresses */
	uint64_t offset;	/* bytes in the file */
	uint64_t inode;
	char *path;		/* NULL: it has none; as its process would name it */
};

struct trace_maps *trace_maps_new(int fd);
const struct trace_mapping *trace_maps_next(struct trace_maps *m, uint64_t time);
bool trace_maps_exec(struct trace_maps *m, pid_t pid);
uint64_t trace_maps_lost(const struct trace_maps *m);
void trace_maps_free(struct trace_maps *m);

/* trace_areas.c: what is mapped in an address space */

struct trace_area {
	uint64_t start, end, offset;
	char *path;	/* NULL: it has none */
};

/* By address; none lies over another. All zero: there is nothing. */
struct trace_areas {
	struct trace_area *area;
	size_t nr, room;
};

/* The one at an address, or NULL. */
const struct trace_area *trace_areas_at(const struct trace_areas *as, uint64_t va);
/* @a over what was there; its path is theirs, also if there is no memory for it. */
void trace_areas_put(struct trace_areas *as, const struct trace_area *a);
/* @to has nothing yet. */
void trace_areas_copy(struct trace_areas *to, const struct trace_areas *from);
void trace_areas_forget(struct trace_areas *as);

/* trace_names.c: what is at an address of a process that may be gone by now */

struct trace_names;

/* @all: of all processes; else of those that it is told of. */
struct trace_names *trace_names_new(bool all);
/* What is mapped from now on is heard of; @maps is the caller's, and may be NULL. */
void trace_names_listen(struct trace_names *n, struct trace_maps *maps);
/* A process whose names will be asked for, and which runs. */
void trace_names_know(struct trace_names *n, pid_t pid);
/* Names are asked for an event of this time: what was mapped until then is noted. */
void trace_names_until(struct trace_names *n, uint64_t time);
struct trace_symbols *trace_names_symbols(struct trace_names *n);
void trace_names_free(struct trace_names *n);

/* A process has a child, which has its memory map. */
void trace_names_forked(struct trace_names *n, pid_t parent, pid_t child);

/*
 * Name of the VMA of an address where the event happened, and the offset of the
 * address in its file; NULL: it has none, or is not known.
 */
const char *trace_names_find(struct trace_names *n, const struct mmscope_fault_event *e,
			     uint64_t va, uint64_t *offset);
/* The same for code of the process that faults, whosever memory it is. */
const char *trace_names_code(struct trace_names *n, const struct fault_record *r, uint64_t ip,
			     uint64_t *offset);

/* trace_symbols.c: functions by file and offset */

struct trace_symbols;

struct trace_symbols *trace_symbols_new(void);
void trace_symbols_free(struct trace_symbols *s);
/* Name of the function or variable at an offset of a file, and how far inside; or NULL. */
const char *trace_symbols_find(struct trace_symbols *s, const char *path, uint64_t offset,
			       uint64_t *inside);

/* trace_rows.c: a line for each fault */

struct trace_row {
	struct out *out;
	bool stacks;
	struct trace_names *names;
	const struct mmscope_format *format;
	bool json_lines;
};

extern const struct command trace_rows;

void trace_row_print(const struct trace_row *r, const struct fault_record *rec, double time);

/* trace_sum.c: --summary */

/* What rows are by. */
enum trace_by {
	TRACE_BY_KIND, TRACE_BY_VMA, TRACE_BY_CODE, TRACE_BY_STACK, TRACE_BY_TIME, NR_TRACE_BY,
};

struct trace_sums;

extern const struct command trace_summary;

unsigned int trace_by(const char *words);
struct trace_sums *trace_sums_new(unsigned int by);
int trace_sums_add(struct trace_sums *s, struct trace_names *names, const struct fault_record *r,
		   double time);
int trace_sums_print(struct trace_sums *s, struct trace_names *names, const struct options *o);
void trace_sums_free(struct trace_sums *s);

/* The addresses of a stack, the innermost first; there are @r->depth. */
static inline const __u64 *trace_stack(const struct fault_record *r)
{
	return ((const struct fault_record_stack *)r)->ip;
}

/* What trace and its sums have in common. */
const char *trace_kind_name(unsigned int kind);
const char *trace_kind_help(unsigned int kind);
void trace_place(struct trace_names *names, const struct fault_record *r, uint64_t ip,
		 char *buf, size_t len);
void trace_symbol(struct trace_names *names, const char *place, char *buf, size_t len);
void trace_code(struct trace_names *names, const struct fault_record *r, uint64_t ip,
		char *buf, size_t len);

#endif /* MMSCOPE_TRACE_H */
