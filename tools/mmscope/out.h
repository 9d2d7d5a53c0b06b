/* SPDX-License-Identifier: GPL-2.0-only */
/* What out.c and out_json.c share: a row of cells and what is shown of it. */
#ifndef MMSCOPE_OUT_H
#define MMSCOPE_OUT_H

#include "tool.h"

#include <stddef.h>

struct cell {
	char *text;		/* kept from row to row */
	size_t room;
	bool set;
};

struct out {
	const struct options *o;
	const struct column *columns;
	size_t nr_columns;
	const char *array;	/* JSON key of the rows; NULL: rows are only taken */
	int *selected;		/* columns shown, in order */
	size_t nr_selected;
	size_t *width;		/* of these, by the last batch; 0 before it */
	bool *shown;		/* by column */
	struct cell *cell;	/* by column */
	bool direct;		/* a file or pipe: rows need not fit a terminal */
	bool settled;		/* a whole batch is out: how wide columns are is known */
	const char *color;
	struct libscols_table *table;
	size_t rows;		/* in the table now */
	bool headed;		/* heading or JSON's opening is out */
	bool failed;
};

/* What is in the column shown as number @i, or NULL. */
static inline const char *out_text(const struct out *out, size_t i)
{
	const struct cell *cell = &out->cell[out->selected[i]];

	return cell->set ? cell->text : NULL;
}

/* A row is over. */
static inline void out_clear(struct out *out)
{
	size_t i;

	for (i = 0; i < out->nr_columns; i++)
		out->cell[i].set = false;
	out->color = NULL;
}

#endif /* MMSCOPE_OUT_H */
