// SPDX-License-Identifier: GPL-2.0-only
/* All processes for the command tables: every address space once. */
#include "processes.h"
#include "tables.h"

#include <errno.h>
#include <stdlib.h>

struct machine {
	struct tables *all;
	struct tables_machine *m;
	const struct tables_section *section;
	struct tables_numbers shareable;
};

static uint64_t count_repeated(struct tables_numbers *n)
{
	uint64_t repeated = 0;
	size_t i;

	tables_numbers_sort(n);
	for (i = 1; i < n->nr; i++)
		repeated += n->number[i] == n->number[i - 1];
	return repeated;
}

/* What was read of one process counts only if all of it could be read. */
static int add_up(struct machine *a, struct tables *t)
{
	size_t i;
	int err = 0;

	tables_add(&a->all->sum, &t->sum);
	a->all->hidden |= t->hidden;
	a->all->cut |= t->cut;
	if (a->section->process)
		a->section->process(t);
	for (i = 0; i < t->shareable.nr && !err; i++)
		err = tables_numbers_add(&a->shareable, t->shareable.number[i]);
	return err;
}

static int read_space(struct libmmscope_source *src, void *arg)
{
	struct machine *a = arg;
	struct tables *t = calloc(1, sizeof(*t));
	int err;

	if (!t)
		return -ENOMEM;
	t->src = src;
	t->o = a->all->o;
	t->out = a->all->out;
	t->sparse = a->all->sparse;
	err = tables_read(t);
	if (!err)
		err = add_up(a, t);
	tables_free(t);
	free(t);
	return err;
}

/**
 * tables_read_all - read every process that /proc lists
 * @all: o, src (any), out and sparse are set; its sum is filled in
 * @m: what it is the sum of
 * @section: its process() is called for every address space
 *
 * Return: 0 or a negative errno.
 */
int tables_read_all(struct tables *all, struct tables_machine *m,
		    const struct tables_section *section)
{
	struct machine a = { .all = all, .m = m, .section = section };
	struct processes p = { .progress = { .what = "tables" } };
	int err = processes_each(&p, read_space, &a);

	all->machine = m;
	all->cut |= p.cut;
	m->spaces = p.spaces;
	m->kernel_threads = p.kernel;
	m->denied = p.denied;
	m->gone = p.gone;
	m->processes = p.found - p.kernel - p.denied - p.gone;
	m->shared = count_repeated(&a.shareable);
	free(a.shareable.number);
	return err;
}
