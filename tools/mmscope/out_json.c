// SPDX-License-Identifier: GPL-2.0-only
/* Rows of cells as JSON (json-c). */
#include "out.h"

#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>

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

		json_object_object_add(row, c->key, json_cell(c, out_text(out, i)));
	}
	out_clear(out);
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
