// SPDX-License-Identifier: GPL-2.0-only
/* mmscope mm: fields and counters of the mm_struct. */
#include "tool.h"

#include <inttypes.h>
#include <json-c/json.h>
#include <stdlib.h>

enum { COL_FIELD, COL_VALUE, COL_HELP, NR_COLUMNS };

static const struct column columns[] = {
	[COL_FIELD] = { "FIELD", "field", CELL_STRING, 14, true, "name, as in struct mm_struct" },
	[COL_VALUE] = { "VALUE", "value", CELL_STRING, 18, true, "its value" },
	[COL_HELP] = { "MEANING", "meaning", CELL_STRING, 20, true, "what it is" },
};

enum unit { ADDR, COUNT, PAGES, BYTES, FLAGS, TREE, ID };

struct field {
	const char *name, *help;
	enum unit unit;
	uint64_t value;
};

static void print_field(struct out *out, const struct options *o,
			const struct mmscope_format *f, const struct field *x)
{
	char text[256];

	out_set(out, COL_FIELD, "%s", x->name);
	out_set(out, COL_HELP, "%s", x->help);
	switch (x->unit) {
	case ADDR:
	case ID:
		out_set(out, COL_VALUE, "0x%" PRIx64, x->value);
		break;
	case TREE:
		out_set(out, COL_VALUE, "%s", mmscope_tree_name(x->value));
		break;
	case FLAGS:
		tool_vma_flags(f, x->value, text, sizeof(text));
		out_set(out, COL_VALUE, "0x%" PRIx64 "%s%s", x->value, *text ? " " : "", text);
		break;
	case PAGES:
		tool_size(o, x->value << 12, text, sizeof(text));
		if (o->raw || o->bytes)
			out_set(out, COL_VALUE, "%s", text);
		else
			out_set(out, COL_VALUE, "%" PRIu64 " (%s)", x->value, text);
		break;
	case BYTES:
		tool_size(o, x->value, text, sizeof(text));
		out_set(out, COL_VALUE, "%s", text);
		break;
	default:
		out_set(out, COL_VALUE, "%" PRIu64, x->value);
	}
	out_row(out);
}

/* JSON: one object with a key per field; pages as numbers, addresses "0x…". */
static struct json_object *json_field(const struct options *o, const struct field *x)
{
	char text[256];

	switch (x->unit) {
	case ADDR:
	case ID:
	case FLAGS:
		snprintf(text, sizeof(text), "0x%" PRIx64, x->value);
		return json_object_new_string(text);
	case TREE:
		return json_object_new_string(mmscope_tree_name(x->value));
	case PAGES:
		return json_object_new_uint64(o->bytes ? x->value << 12 : x->value);
	default:
		return json_object_new_uint64(x->value);
	}
}

static int print(const struct options *o, const struct libmmscope_source *src,
		 const struct mmscope_mm *mm)
{
	const struct mmscope_format *f = libmmscope_format(src);
	const struct field fields[] = {
#define MMSCOPE_MM_FIELD(field, unit, help) { #field, help, unit, mm->field },
#include <mmscope/mm_fields.def>
	};
	bool hidden = mm->out_flags & MMSCOPE_OUT_HIDDEN;
	struct json_object *object = NULL, *top;
	struct out *out = o->json ? NULL : out_begin(o, &command_mm, "mm");
	size_t i;

	if (o->json)
		object = json_object_new_object();
	else if (!out)
		return EXIT_ERROR;
	for (i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
		const struct field *x = &fields[i];

		if (hidden && !x->value && x->unit == ADDR && i < 2) {
			if (o->json)
				json_object_object_add(object, x->name, NULL);
			continue;
		}
		if (o->json)
			json_object_object_add(object, x->name, json_field(o, x));
		else
			print_field(out, o, f, x);
	}
	if (!o->json)
		return out_end(out) ? EXIT_ERROR : EXIT_OK;
	json_object_object_add(object, "pid", json_object_new_int(libmmscope_pid(src)));
	top = json_object_new_object();
	json_object_object_add(top, "mm", object);
	puts(json_object_to_json_string_ext(top, JSON_C_TO_STRING_PRETTY |
						 JSON_C_TO_STRING_NOSLASHESCAPE));
	json_object_put(top);
	return EXIT_OK;
}

static int run(const struct options *o)
{
	struct libmmscope_source *src;
	struct mmscope_mm mm;
	int err;

	err = tool_open_alone(o, "mm", &src);
	if (err)
		return err;
	err = libmmscope_mm(src, &mm);
	if (err) {
		err = tool_fail(o, src, err);
		goto out_close;
	}
	tool_hidden(mm.out_flags);
	err = print(o, src, &mm);
out_close:
	libmmscope_close(src);
	return err;
}

const struct command command_mm = {
	.name = "mm",
	.args = "PID",
	.help = "fields and counters of the mm_struct",
	.more = "mm_users and mm_count are given without the references mmscope itself holds\n"
		"while it looks. Counters are read one after another, not at one moment.",
	.examples = " mmscope mm 1234\n"
		    " mmscope mm -J 1234 | jq .mm.pgtables_bytes\n",
	.columns = columns,
	.nr_columns = NR_COLUMNS,
	.options = OPT_TABLE | OPT_INPUT | OPT_BYTES,
	.run = run,
};
