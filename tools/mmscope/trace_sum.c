// SPDX-License-Identifier: GPL-2.0-only
/* mmscope trace --summary: how many faults, what they cost and gave, by one thing or several. */
#include "trace.h"

#include <errno.h>
#include <inttypes.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>

enum {
	COL_BY, COL_WHAT, COL_KIND, COL_FAULTS, COL_NEW, COL_TOTAL, COL_MEAN, COL_MAX,
	NR_COLUMNS,
};

static const struct column columns[] = {
	[COL_BY] = { "BY", "by", CELL_STRING, 5, true, "what the row is one of" },
	[COL_WHAT] = { "WHAT", "what", CELL_STRING, 24, true, "which of them; of a kind its help" },
	[COL_KIND] = { "KIND", "kind", CELL_STRING, 12, true, "what the faults did" },
	[COL_FAULTS] = { "FAULTS", "faults", CELL_NUMBER, 8, true, "how many" },
	[COL_NEW] = { "NEW", "new", CELL_NUMBER, 7, true, "bytes in frames the process did not have there before" },
	[COL_TOTAL] = { "TOTALNS", "total_ns", CELL_NUMBER, 12, true, "nanoseconds in all" },
	[COL_MEAN] = { "MEANNS", "mean_ns", CELL_NUMBER, 8, true, "nanoseconds for one" },
	[COL_MAX] = { "MAXNS", "max_ns", CELL_NUMBER, 9, true, "nanoseconds for the longest" },
};

const struct command trace_summary = {
	.name = "trace", .columns = columns, .nr_columns = NR_COLUMNS,
};

static const char * const by_words[NR_TRACE_BY] = { "kind", "vma", "code", "stack", "time" };

/* A row. */
struct sum {
	char *what;
	enum trace_by by;
	unsigned int kind;
	uint64_t faults, fresh, total, max;
};

struct trace_sums {
	unsigned int by;	/* a bit for each thing rows are by */
	void *tree;		/* of struct sum, by by, what and kind */
	struct sum **list;	/* all of them, once they are printed */
	size_t nr;
};

/* What rows are by, a bit each, from words with commas between; 0 after a message. */
unsigned int trace_by(const char *words)
{
	unsigned int i, mask = 0;
	const char *at = words;
	size_t len;

	for (;; at += len + 1) {
		len = strcspn(at, ",");
		for (i = 0; i < NR_TRACE_BY; i++)
			if (len == strlen(by_words[i]) && !strncmp(at, by_words[i], len))
				break;
		if (i == NR_TRACE_BY) {
			tool_error("trace: --by takes kind, vma, code, stack and time, not '%s'",
				   words);
			return 0;
		}
		mask |= 1U << i;
		if (!at[len])
			return mask;
	}
}

struct trace_sums *trace_sums_new(unsigned int by)
{
	struct trace_sums *s = calloc(1, sizeof(*s));

	if (s)
		s->by = by;
	return s;
}

static int by_name(const void *a, const void *b)
{
	const struct sum *x = a, *y = b;
	int order = (int)x->by - (int)y->by;

	order = order ? order : strcmp(x->what, y->what);
	return order ? order : (x->kind > y->kind) - (x->kind < y->kind);
}

static void name_vma(struct trace_names *names, const struct mmscope_fault_event *e, char *buf,
		     size_t len)
{
	uint64_t offset;
	const char *path = trace_names_find(names, e, e->addr, &offset);

	if (path)
		snprintf(buf, len, "%s", path);
	else if (e->vm_end)
		snprintf(buf, len, "anonymous 0x%" PRIx64, (uint64_t)e->vm_start);
	else
		snprintf(buf, len, "none");
}

/* Places with semicolons between, the outermost first: what flame graphs are made of. */
static void name_stack(struct trace_names *names, const struct fault_record *r, char *buf,
		       size_t len)
{
	unsigned int nr = r->depth;
	char place[4200];
	size_t at = 0;

	snprintf(buf, len, "none");
	while (nr-- && at < len) {
		trace_place(names, r, trace_stack(r)[nr], place, sizeof(place));
		at += snprintf(buf + at, len - at, "%s%s", at ? ";" : "", place);
	}
}

static void name_row(struct trace_names *names, const struct fault_record *r, double time,
		     enum trace_by by, char *buf, size_t len)
{
	switch (by) {
	case TRACE_BY_VMA:
		name_vma(names, &r->event, buf, len);
		break;
	case TRACE_BY_CODE:
		trace_place(names, r, r->event.ip, buf, len);
		break;
	case TRACE_BY_STACK:
		name_stack(names, r, buf, len);
		break;
	case TRACE_BY_TIME:
		snprintf(buf, len, "%9.0f s", time);
		break;
	default:
		snprintf(buf, len, "%s", trace_kind_help(r->event.kind));
	}
}

/* The bytes that came with a fault: those of the entry, if its frame is another. */
static uint64_t fresh(const struct mmscope_fault_event *e)
{
	bool maps = mmscope_classify(e->after, e->level_after) == MMSCOPE_CLASS_LEAF;

	return maps && e->pfn_before != e->pfn_after ? mmscope_span(e->level_after) : 0;
}

/* The row of @key, a new one if there is none; NULL: no memory. */
static struct sum *row_of(struct trace_sums *s, struct sum *key)
{
	struct sum **found = tsearch(key, &s->tree, by_name), *row;

	if (!found || *found != key)
		return found ? *found : NULL;
	row = calloc(1, sizeof(*row));
	if (row)
		row->what = strdup(key->what);
	if (!row || !row->what) {
		tdelete(key, &s->tree, by_name);
		free(row);
		return NULL;
	}
	row->by = key->by;
	row->kind = key->kind;
	s->nr++;
	*found = row;
	return row;
}

/* One event more. 0 or -ENOMEM. */
int trace_sums_add(struct trace_sums *s, struct trace_names *names, const struct fault_record *r,
		   double time)
{
	static char what[65536];
	struct sum key = { .what = what, .kind = r->event.kind }, *row;

	for (key.by = 0; key.by < NR_TRACE_BY; key.by++) {
		if (!(s->by >> key.by & 1))
			continue;
		name_row(names, r, time, key.by, what, sizeof(what));
		row = row_of(s, &key);
		if (!row)
			return -ENOMEM;
		row->faults++;
		row->fresh += fresh(&r->event);
		row->total += r->event.ns;
		if (r->event.ns > row->max)
			row->max = r->event.ns;
	}
	return 0;
}

static void free_row(void *row)
{
	free(((struct sum *)row)->what);
	free(row);
}

/* With functions for places; of a stack the function, wherever in it. */
static void translate(struct trace_names *names, const struct sum *row, char *buf, size_t len)
{
	char *copy = strdup(row->what), *next = copy, *place;
	char text[4200];
	size_t at = 0;

	*buf = '\0';
	while (copy && at < len && (place = strsep(&next, ";"))) {
		trace_symbol(names, place, text, sizeof(text));
		if (row->by == TRACE_BY_STACK && *text != '/')
			text[strcspn(text, "+")] = '\0';
		at += snprintf(buf + at, len - at, "%s%s", at ? ";" : "", text);
	}
	free(copy);
}

/*
 * Functions are looked up at the end: symbols take a while to read, and processes
 * must be asked for their maps before they are gone. Places of one function may
 * become one row. 0 or -ENOMEM.
 */
static int translate_all(struct trace_sums *s, struct trace_names *names)
{
	static char what[65536];
	struct trace_sums fresh = { 0 };
	struct sum key = { .what = what }, *to;
	size_t i;
	int err = 0;

	for (i = 0; i < s->nr && !err; i++) {
		const struct sum *row = s->list[i];

		key.by = row->by;
		key.kind = row->kind;
		if (row->by == TRACE_BY_CODE || row->by == TRACE_BY_STACK)
			translate(names, row, what, sizeof(what));
		else
			snprintf(what, sizeof(what), "%s", row->what);
		to = row_of(&fresh, &key);
		if (!to) {
			err = -ENOMEM;
			break;
		}
		to->faults += row->faults;
		to->fresh += row->fresh;
		to->total += row->total;
		to->max = row->max > to->max ? row->max : to->max;
	}
	tdestroy(s->tree, free_row);
	s->tree = fresh.tree;
	s->nr = fresh.nr;
	return err;
}

static void list_row(const void *node, VISIT visit, void *arg)
{
	struct trace_sums *s = arg;

	if (visit == postorder || visit == leaf)
		s->list[s->nr++] = *(struct sum **)node;
}

/* What cost most comes first; seconds are in their order. */
static int by_cost(const void *a, const void *b)
{
	const struct sum *x = *(struct sum **)a, *y = *(struct sum **)b;

	if (x->by != y->by)
		return (int)x->by - (int)y->by;
	if (x->by == TRACE_BY_TIME)
		return by_name(x, y);
	return (y->total > x->total) - (y->total < x->total);
}

/* All rows, in the order of the tree. 0 or -ENOMEM. */
static int list(struct trace_sums *s)
{
	free(s->list);
	s->list = calloc(s->nr + 1, sizeof(*s->list));
	if (!s->list)
		return -ENOMEM;
	s->nr = 0;
	twalk_r(s->tree, list_row, s);
	return 0;
}

/* The rows. Return: exit status. */
int trace_sums_print(struct trace_sums *s, struct trace_names *names, const struct options *o)
{
	struct out *out = out_begin(o, &trace_summary, "summary");
	char text[64];
	size_t i;

	if (!out || list(s) || translate_all(s, names) || list(s))
		return EXIT_ERROR;
	qsort(s->list, s->nr, sizeof(*s->list), by_cost);
	for (i = 0; i < s->nr; i++) {
		const struct sum *row = s->list[i];

		out_set(out, COL_BY, "%s", by_words[row->by]);
		if (*row->what)
			out_set(out, COL_WHAT, "%s", row->what);
		out_set(out, COL_KIND, "%s", trace_kind_name(row->kind));
		out_set(out, COL_FAULTS, "%" PRIu64, row->faults);
		tool_size(o, row->fresh, text, sizeof(text));
		out_set(out, COL_NEW, "%s", text);
		out_set(out, COL_TOTAL, "%" PRIu64, row->total);
		out_set(out, COL_MEAN, "%" PRIu64, row->total / row->faults);
		out_set(out, COL_MAX, "%" PRIu64, row->max);
		out_row(out);
	}
	return out_end(out) ? EXIT_ERROR : EXIT_OK;
}

void trace_sums_free(struct trace_sums *s)
{
	if (!s)
		return;
	tdestroy(s->tree, free_row);
	free(s->list);
	free(s);
}
