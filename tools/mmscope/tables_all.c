// SPDX-License-Identifier: GPL-2.0-only
/* All processes for the command tables: every address space once. */
#include "tables.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct machine {
	struct tables *all;
	struct tables_machine *m;
	const struct tables_section *section;
	struct tables_numbers spaces, shareable;
	struct progress progress;
};

static bool is_known(const struct tables_numbers *n, uint64_t number)
{
	size_t i;

	for (i = 0; i < n->nr; i++)
		if (n->number[i] == number)
			return true;
	return false;
}

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
	a->m->spaces++;
	if (a->section->process)
		a->section->process(t);
	for (i = 0; i < t->shareable.nr && !err; i++)
		err = tables_numbers_add(&a->shareable, t->shareable.number[i]);
	return err;
}

static int read_process(struct machine *a, struct tables *t)
{
	struct mmscope_mm mm;
	int err = libmmscope_mm(t->src, &mm);

	if (err)
		return err;
	if (is_known(&a->spaces, mm.mm_id)) {
		a->m->processes++;
		return 0;
	}
	err = tables_numbers_add(&a->spaces, mm.mm_id);
	if (!err)
		err = tables_read(t);
	if (!err)
		err = add_up(a, t);
	a->m->processes += !err;
	return err;
}

/* Errors that end it all are returned; those of one process are counted. */
static int count_process(struct machine *a, pid_t pid)
{
	struct tables *t = calloc(1, sizeof(*t));
	int err = -ENOMEM;

	if (!t)
		return err;
	t->o = a->all->o;
	t->out = a->all->out;
	t->sparse = a->all->sparse;
	err = libmmscope_open_live(pid, &t->src, NULL);
	if (!err)
		err = read_process(a, t);
	tables_free(t);
	libmmscope_close(t->src);
	free(t);
	a->m->kernel_threads += err == -ENXIO;
	a->m->gone += err == -ESRCH;
	a->m->denied += err == -EACCES || err == -EPERM;
	return err == -ENXIO || err == -ESRCH || err == -EACCES || err == -EPERM ? 0 : err;
}

static int list_pids(struct tables_numbers *pids)
{
	DIR *dir = opendir("/proc");
	struct dirent *entry;
	int err = 0;

	if (!dir)
		return -errno;
	while (!err && (entry = readdir(dir)))
		if (isdigit((unsigned char)entry->d_name[0]))
			err = tables_numbers_add(pids, strtoul(entry->d_name, NULL, 10));
	closedir(dir);
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
	struct machine a = {
		.all = all, .m = m, .section = section, .progress = { .what = "processes" },
	};
	struct tables_numbers pids = { 0 };
	size_t i;
	int err = list_pids(&pids);

	all->machine = m;
	for (i = 0; i < pids.nr && !err && !all->cut; i++) {
		err = count_process(&a, pids.number[i]);
		all->cut |= tool_interrupted && i + 1 < pids.nr;
		progress_update(&a.progress, i + 1, pids.nr);
	}
	progress_end(&a.progress);
	m->shared = count_repeated(&a.shareable);
	free(pids.number);
	free(a.spaces.number);
	free(a.shareable.number);
	return err;
}
