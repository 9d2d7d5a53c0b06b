// SPDX-License-Identifier: GPL-2.0-only
/*
 * Rows of cells, as a table or raw lines (libsmartcols) or as JSON (json-c).
 * Commands set cells by column and know nothing of the form. Rows are printed
 * in batches, so that a dump of millions of entries needs little memory. The first
 * batch settles how wide columns are; what fits into that form afterwards is printed
 * at once, because laying out a row costs libsmartcols ten times as much.
 */
#include "out.h"

#include <libsmartcols.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define BATCH 2000
#define MAX_PLAIN 32		/* columns */

static int find_column(const struct out *out, const char *name, size_t len)
{
	size_t i;

	for (i = 0; i < out->nr_columns; i++)
		if (!strncasecmp(out->columns[i].name, name, len) &&
		    strlen(out->columns[i].name) == len)
			return i;
	return -1;
}

static void select_column(struct out *out, size_t column)
{
	out->selected[out->nr_selected++] = column;
	out->shown[column] = true;
}

static void select_default(struct out *out)
{
	size_t i;

	for (i = 0; i < out->nr_columns; i++)
		if (out->columns[i].shown)
			select_column(out, i);
}

/* -o: a list that replaces the default, or adds to it with a leading plus. */
static int select_columns(struct out *out, const char *list, size_t room)
{
	size_t len;
	int i;

	if (!list || *list == '+')
		select_default(out);
	if (!list)
		return 0;
	list += *list == '+';
	for (;; list += len + 1) {
		len = strcspn(list, ",");
		i = find_column(out, list, len);
		if (i < 0) {
			tool_error("unknown column: '%.*s' (--help lists them)", (int)len, list);
			return -1;
		}
		if (out->nr_selected == room) {
			tool_error("too many columns");
			return -1;
		}
		select_column(out, i);
		if (!list[len])
			return 0;
	}
}

static bool use_color(const struct options *o)
{
	const char *no = getenv("NO_COLOR");

	if (o->color >= 0)
		return o->color;
	return isatty(STDOUT_FILENO) && !(no && *no);
}

static bool is_right(const struct column *c)
{
	return c->type == CELL_NUMBER || c->type == CELL_DECIMAL;
}

static struct libscols_table *new_table(struct out *out)
{
	struct libscols_table *table = scols_new_table();
	size_t i;

	if (!table)
		return NULL;
	scols_table_enable_raw(table, out->o->raw);
	scols_table_enable_noheadings(table, out->o->noheadings || out->headed);
	scols_table_enable_colors(table, use_color(out->o));
	for (i = 0; i < out->nr_selected; i++) {
		const struct column *c = &out->columns[out->selected[i]];
		int flags = is_right(c) ? SCOLS_FL_RIGHT : 0;

		if (!scols_table_new_column(table, c->name, c->width, flags)) {
			scols_unref_table(table);
			return NULL;
		}
	}
	return table;
}

/**
 * out_begin - start output
 * @o: options
 * @c: the command, for its columns
 * @array: JSON key of the list of rows; NULL for an out whose rows are only
 *         taken with out_take()
 *
 * Return: NULL after saying what is wrong (unknown column, memory).
 */
struct out *out_begin(const struct options *o, const struct command *c, const char *array)
{
	struct out *out = calloc(1, sizeof(*out));
	size_t room = 2 * c->nr_columns;

	if (!out)
		return NULL;
	out->o = o;
	out->columns = c->columns;
	out->nr_columns = c->nr_columns;
	out->array = array;
	out->selected = calloc(room, sizeof(*out->selected));
	out->width = calloc(room, sizeof(*out->width));
	out->shown = calloc(c->nr_columns + 1, sizeof(*out->shown));
	out->cell = calloc(c->nr_columns, sizeof(*out->cell));
	out->direct = !isatty(STDOUT_FILENO);
	if (!out->selected || !out->width || !out->shown || !out->cell ||
	    select_columns(out, array ? o->columns : NULL, room)) {
		out->failed = true;
		out_end(out);
		return NULL;
	}
	return out;
}

/* Are the columns asked for there? 0, or -1 after saying which is not. */
int out_check(const struct options *o, const struct command *c)
{
	struct out *out = c->nr_columns ? out_begin(o, c, "") : NULL;

	if (!out)
		return c->nr_columns ? -1 : 0;
	out->array = NULL;	/* prints nothing */
	return out_end(out);
}

/* A cell of the next row; of a column that is not shown nothing is kept. */
void out_set(struct out *out, unsigned int column, const char *format, ...)
{
	struct cell *cell = &out->cell[column];
	va_list ap, again;
	int len;

	if (!out->shown[column])
		return;
	va_start(ap, format);
	va_copy(again, ap);
	len = vsnprintf(cell->text, cell->room, format, ap);
	if (len >= 0 && (size_t)len >= cell->room) {
		free(cell->text);
		cell->room = len + 64;
		cell->text = malloc(cell->room);
		len = cell->text ? vsnprintf(cell->text, cell->room, format, again) : -1;
	}
	if (len < 0)
		cell->room = 0;
	cell->set = len >= 0;
	out->failed |= len < 0;
	va_end(again);
	va_end(ap);
}

/* Is the column shown? What is costly to find need not be looked for if not. */
bool out_wants(const struct out *out, unsigned int column)
{
	return out->shown[column];
}

void out_color(struct out *out, const char *color)
{
	out->color = color;
}

/* Prints the rows that wait in the table. */
void out_flush(struct out *out)
{
	size_t i;

	if (!out->table)
		return;
	if (scols_print_table(out->table))
		out->failed = true;
	for (i = 0; i < out->nr_selected; i++)
		out->width[i] = scols_column_get_width(scols_table_get_column(out->table, i));
	scols_unref_table(out->table);
	out->table = NULL;
	out->rows = 0;
	out->headed = true;
}

static const char *shown_text(const struct out *out, size_t i)
{
	const char *text = out_text(out, i);

	return text && (*text || !out->o->raw) ? text : "-";
}

/* The length of what nothing has to be done to but for blanks in raw lines, or -1. */
static int plain_length(const char *text)
{
	const char *c;

	for (c = text; *c >= ' ' && *c <= '~' && *c != '\\'; c++)
		;
	return *c ? -1 : c - text;
}

static void put_blanks(size_t n)
{
	while (n--)
		putchar_unlocked(' ');
}

static void put_text(const struct out *out, const char *text, size_t len)
{
	if (!out->o->raw) {
		fwrite_unlocked(text, 1, len, stdout);
		return;
	}
	for (; *text; text++)
		if (*text == ' ')
			fputs_unlocked("\\x20", stdout);
		else
			putchar_unlocked(*text);
}

/* A row like those of the batch before, without the library. False if it is not plain. */
static bool print_plain(struct out *out)
{
	size_t i, pad, width;
	int len[MAX_PLAIN];
	bool right;

	if (!out->direct || !out->settled || out->table || out->nr_selected > MAX_PLAIN ||
	    out->o->color > 0)
		return false;
	for (i = 0; i < out->nr_selected; i++) {
		len[i] = plain_length(shown_text(out, i));
		if (len[i] < 0 || (!out->o->raw && (size_t)len[i] > out->width[i]))
			return false;
	}
	for (i = 0; i < out->nr_selected; i++) {
		width = out->o->raw ? 0 : out->width[i];
		pad = width > (size_t)len[i] ? width - len[i] : 0;
		right = is_right(&out->columns[out->selected[i]]);
		put_blanks(right ? pad : 0);
		put_text(out, shown_text(out, i), len[i]);
		if (i + 1 < out->nr_selected)
			put_blanks(right ? 1 : pad + 1);
	}
	putchar_unlocked('\n');
	out->failed |= ferror(stdout);
	return true;
}

static void add_line(struct out *out)
{
	struct libscols_line *line;
	size_t i;

	if (!out->table)
		out->table = new_table(out);
	line = out->table ? scols_table_new_line(out->table, NULL) : NULL;
	if (!line) {
		out->failed = true;
		return;
	}
	for (i = 0; i < out->nr_selected; i++) {
		if (scols_line_set_data(line, i, shown_text(out, i)))
			out->failed = true;
	}
	if (out->color)
		scols_line_set_color(line, out->color);
	if (++out->rows == BATCH) {
		out_flush(out);
		out->settled = true;
	}
}

/* The cells set so far are a row. */
void out_row(struct out *out)
{
	if (out->o->json) {
		out_put(out, out_take(out));
		return;
	}
	if (!print_plain(out))
		add_line(out);
	out_clear(out);
}

/* Ends output. Return: 0, or -1 if something could not be put out. */
int out_end(struct out *out)
{
	bool failed;
	size_t i;

	if (out->array && !out->failed) {
		if (out->o->json && out->headed)
			puts("\n]}");
		else if (out->o->json)
			printf("{\"%s\":[]}\n", out->array);
		else if (!out->table && !out->headed && !out->o->noheadings)
			out->table = new_table(out);	/* the heading alone */
		out_flush(out);
	}
	for (i = 0; out->cell && i < out->nr_columns; i++)
		free(out->cell[i].text);
	free(out->cell);
	free(out->shown);
	free(out->width);
	free(out->selected);
	scols_unref_table(out->table);
	failed = out->failed;
	free(out);
	return failed ? -1 : 0;
}
