// SPDX-License-Identifier: GPL-2.0-only
/*
 * Rows of cells, as a table or raw lines (libsmartcols) or as JSON (json-c).
 * Commands set cells by column and know nothing of the form. Rows are printed
 * in batches, so that a dump of millions of entries needs little memory.
 */
#include "tool.h"

#include <json-c/json.h>
#include <libsmartcols.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define BATCH 2000

struct out {
	const struct options *o;
	const struct column *columns;
	size_t nr_columns;
	const char *array;	/* JSON key of the rows; NULL: rows are only taken */
	int *selected;		/* columns shown, in order */
	size_t nr_selected;
	char **cell;		/* by column */
	const char *color;
	struct libscols_table *table;
	size_t rows;		/* in the table now */
	bool headed;		/* heading or JSON's opening is out */
	bool failed;
};

static int find_column(const struct out *out, const char *name, size_t len)
{
	size_t i;

	for (i = 0; i < out->nr_columns; i++)
		if (!strncasecmp(out->columns[i].name, name, len) &&
		    strlen(out->columns[i].name) == len)
			return i;
	return -1;
}

static void select_default(struct out *out)
{
	size_t i;

	for (i = 0; i < out->nr_columns; i++)
		if (out->columns[i].shown)
			out->selected[out->nr_selected++] = i;
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
		out->selected[out->nr_selected++] = i;
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
		bool right = c->type == CELL_NUMBER || c->type == CELL_DECIMAL;
		int flags = right ? SCOLS_FL_RIGHT : 0;

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
	out->cell = calloc(c->nr_columns, sizeof(*out->cell));
	if (!out->selected || !out->cell ||
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

void out_set(struct out *out, unsigned int column, const char *format, ...)
{
	va_list ap;

	free(out->cell[column]);
	va_start(ap, format);
	if (vasprintf(&out->cell[column], format, ap) < 0) {
		out->cell[column] = NULL;
		out->failed = true;
	}
	va_end(ap);
}

/* Is the column shown? What is costly to find need not be looked for if not. */
bool out_wants(const struct out *out, unsigned int column)
{
	size_t i;

	for (i = 0; i < out->nr_selected; i++)
		if (out->selected[i] == (int)column)
			return true;
	return false;
}

void out_color(struct out *out, const char *color)
{
	out->color = color;
}

static void clear(struct out *out)
{
	size_t i;

	for (i = 0; i < out->nr_columns; i++) {
		free(out->cell[i]);
		out->cell[i] = NULL;
	}
	out->color = NULL;
}

/* Length of the UTF-8 sequence at @s, 0 if it is none. */
static size_t utf8_len(const unsigned char *s)
{
	size_t len = *s < 0x80 ? 1 : *s >= 0xc2 && *s < 0xe0 ? 2 :
		     *s >= 0xe0 && *s < 0xf0 ? 3 : *s >= 0xf0 && *s < 0xf5 ? 4 : 0;
	size_t i;

	for (i = 1; i < len; i++)
		if ((s[i] & 0xc0) != 0x80)
			return 0;
	return len;
}

/* A file name may be any bytes, JSON may not: others become U+FFFD. */
static struct json_object *json_string(const char *s, size_t len)
{
	char *buf = malloc(3 * len + 1), *to = buf;
	struct json_object *string;
	size_t n;

	if (!buf)
		return NULL;
	while (len) {
		n = utf8_len((const unsigned char *)s);
		if (n && n <= len) {
			to = mempcpy(to, s, n);
		} else {
			to = mempcpy(to, "\xef\xbf\xbd", 3);
			n = 1;
		}
		s += n;
		len -= n;
	}
	string = json_object_new_string_len(buf, to - buf);
	free(buf);
	return string;
}

/* Words with spaces between, as a JSON array. */
struct json_object *out_words(const char *text)
{
	struct json_object *list = json_object_new_array();
	size_t len;

	while (text && *text) {
		len = strcspn(text, " ");
		json_object_array_add(list, json_string(text, len));
		text += len + (text[len] == ' ');
	}
	return list;
}

static struct json_object *json_cell(const struct column *c, const char *text)
{
	if (c->type == CELL_LIST)
		return out_words(text);
	if (!text)
		return NULL;
	if (c->type == CELL_NUMBER)
		return *text == '-' ? json_object_new_int64(strtoll(text, NULL, 10)) :
				      json_object_new_uint64(strtoull(text, NULL, 10));
	if (c->type == CELL_DECIMAL)
		return json_object_new_double_s(strtod(text, NULL), text);
	return json_string(text, strlen(text));
}

/* The cells set so far as one JSON object; the cells are empty afterwards. */
struct json_object *out_take(struct out *out)
{
	struct json_object *row = json_object_new_object();
	size_t i;

	for (i = 0; i < out->nr_selected; i++) {
		const struct column *c = &out->columns[out->selected[i]];

		json_object_object_add(row, c->key, json_cell(c, out->cell[out->selected[i]]));
	}
	clear(out);
	return row;
}

/* One JSON row, made by out_take() or by hand; takes it over. */
void out_put(struct out *out, struct json_object *row)
{
	if (out->headed)
		fputs(",\n  ", stdout);
	else
		printf("{\"%s\":[\n  ", out->array);
	fputs(json_object_to_json_string_ext(row, JSON_C_TO_STRING_NOSLASHESCAPE), stdout);
	out->headed = true;
	json_object_put(row);
}

/* Prints the rows that wait in the table. */
void out_flush(struct out *out)
{
	if (!out->table)
		return;
	if (scols_print_table(out->table))
		out->failed = true;
	scols_unref_table(out->table);
	out->table = NULL;
	out->rows = 0;
	out->headed = true;
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
		const char *text = out->cell[out->selected[i]];

		if (scols_line_set_data(line, i, text && (*text || !out->o->raw) ? text : "-"))
			out->failed = true;
	}
	if (out->color)
		scols_line_set_color(line, out->color);
	if (++out->rows == BATCH)
		out_flush(out);
}

/* The cells set so far are a row. */
void out_row(struct out *out)
{
	if (out->o->json) {
		out_put(out, out_take(out));
		return;
	}
	add_line(out);
	clear(out);
}

/* Ends output. Return: 0, or -1 if something could not be put out. */
int out_end(struct out *out)
{
	bool failed;

	if (out->array && !out->failed) {
		if (out->o->json && out->headed)
			puts("\n]}");
		else if (out->o->json)
			printf("{\"%s\":[]}\n", out->array);
		else if (!out->table && !out->headed && !out->o->noheadings)
			out->table = new_table(out);	/* the heading alone */
		out_flush(out);
	}
	if (out->cell)
		clear(out);
	free(out->cell);
	free(out->selected);
	scols_unref_table(out->table);
	failed = out->failed;
	free(out);
	return failed ? -1 : 0;
}
