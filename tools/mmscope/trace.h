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

/* trace_names.c: what is at an address of a process that may be gone by now */

struct trace_names;

struct trace_names *trace_names_new(void);
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
void trace_place(struct trace_names *names, const struct mmscope_fault_event *e, uint64_t va,
		 char *buf, size_t len);
void trace_symbol(struct trace_names *names, const char *place, char *buf, size_t len);
void trace_code(struct trace_names *names, const struct mmscope_fault_event *e, uint64_t ip,
		char *buf, size_t len);

#endif /* MMSCOPE_TRACE_H */
