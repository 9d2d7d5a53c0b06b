// SPDX-License-Identifier: GPL-2.0-only
/* One process for the command tables: its VMAs, its tables, its memory, its mm. */
#include "tables.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

/**
 * tables_scan - all records of a process
 * @t: process; its retries, hidden and cut are kept
 * @form: MMSCOPE_SCAN_RUNS or MMSCOPE_SCAN_BLOCKS
 * @levels: levels wanted, bit n for level n
 * @record: called for each; ends the scan if it returns an error
 * @arg: passed to it
 */
int tables_scan(struct tables *t, __u32 form, __u32 levels,
		int (*record)(void *arg, const struct mmscope_record *rec), void *arg)
{
	struct mmscope_scan s = {
		.flags = form, .levels = levels, .end = libmmscope_format(t->src)->info.task_size,
	};
	const struct mmscope_record *rec;
	const void *records;
	uint64_t at;
	int err = 0;

	while (s.resume < s.end && !err && !t->cut) {
		s.start = s.resume;
		err = libmmscope_scan(t->src, &s, &records);
		if (err)
			break;
		t->sum.retries += s.retries;
		t->hidden |= s.out_flags & MMSCOPE_OUT_HIDDEN;
		for (at = 0; at < s.bytes && !err; at += sizeof(*rec)) {
			rec = (const void *)((const char *)records + at);
			err = record(arg, rec);
			if (rec->type == MMSCOPE_REC_BLOCK)
				at += rec->nr * sizeof(__u64);
		}
		t->cut = tool_interrupted && s.resume < s.end;
	}
	return err;
}

/**
 * tables_read - read a process
 * @t: o, src, sparse and span are set, the rest is zero
 *
 * Tables and memory are two looks, the kernel's own count a third: a process that
 * runs changes in between. Return: 0 or a negative errno.
 */
int tables_read(struct tables *t)
{
	int err = libmmscope_maps_read(t->src, &t->maps);

	if (err)
		return err;
	t->vma = calloc(t->maps.count + 1, sizeof(*t->vma));
	if (!t->vma)
		return -ENOMEM;
	err = tables_cost(t);
	if (!err)
		err = libmmscope_mm(t->src, &t->mm);
	if (err == -ENODATA)	/* a plain dump: there are the tables alone */
		err = 0;
	if (!err)
		err = tables_fit(t);
	t->sum.kernel_bytes = t->mm.pgtables_bytes;
	return err;
}

void tables_free(struct tables *t)
{
	libmmscope_maps_free(&t->maps);
	free(t->vma);
	free(t->shareable.number);
}

_Static_assert(sizeof(struct tables_sum) % sizeof(uint64_t) == 0, "counters and nothing else");

void tables_add(struct tables_sum *to, const struct tables_sum *from)
{
	const uint64_t *b = (const void *)from;
	uint64_t *a = (void *)to;
	size_t i;

	for (i = 0; i < sizeof(*to) / sizeof(*a); i++)
		a[i] += b[i];
}

int tables_numbers_add(struct tables_numbers *n, uint64_t number)
{
	size_t room = n->room ? 2 * n->room : 256;
	uint64_t *more;

	if (n->nr == n->room) {
		more = realloc(n->number, room * sizeof(*more));
		if (!more)
			return -ENOMEM;
		n->number = more;
		n->room = room;
	}
	n->number[n->nr++] = number;
	return 0;
}

static int by_value(const void *x, const void *y)
{
	const uint64_t *a = x, *b = y;

	return *a < *b ? -1 : *a > *b;
}

void tables_numbers_sort(struct tables_numbers *n)
{
	if (n->nr)
		qsort(n->number, n->nr, sizeof(*n->number), by_value);
}

/* Bytes of present pages, of entries at @from and above. */
uint64_t tables_mapped(const struct tables_sum *sum, unsigned int from)
{
	uint64_t bytes = 0;
	unsigned int i;

	for (i = from; i < TABLES_SIZES; i++)
		bytes += sum->mapped[i] << mmscope_span_shift(i);
	return bytes;
}

void tables_set_number(struct out *out, unsigned int column, uint64_t value)
{
	out_set(out, column, "%" PRIu64, value);
}

void tables_set_size(struct out *out, const struct options *o, unsigned int column,
		     uint64_t bytes)
{
	char text[32];

	tool_size(o, bytes, text, sizeof(text));
	out_set(out, column, "%s", text);
}

/* Per cent, nothing of nothing. */
void tables_set_share(struct out *out, unsigned int column, uint64_t part, uint64_t whole)
{
	if (whole)
		out_set(out, column, "%.1f", 100.0 * part / whole);
}
