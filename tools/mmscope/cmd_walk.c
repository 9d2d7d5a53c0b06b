// SPDX-License-Identifier: GPL-2.0-only
/* mmscope walk: every page-table level of an address. */
#include "tool.h"

#include <inttypes.h>
#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>

enum {
	COL_LEVEL, COL_INDEX, COL_SLOT, COL_RAW, COL_KIND, COL_PFN, COL_FLAGS, COL_NODE,
	COL_EFFECTIVE, COL_SWAP, COL_VA, NR_COLUMNS,
};

static const struct column columns[] = {
	[COL_LEVEL] = { "LEVEL", "level", CELL_STRING, 5, true, "pgd, p4d, pud, pmd or pte" },
	[COL_INDEX] = { "INDEX", "index", CELL_NUMBER, 5, true, "slot number in the table, 0 to 511" },
	[COL_SLOT] = { "SLOT", "slot", CELL_HEX, 14, true, "physical address of the slot" },
	[COL_RAW] = { "RAW", "raw", CELL_HEX, 18, true, "the entry" },
	[COL_KIND] = { "KIND", "kind", CELL_STRING, 8, true, "table, page, protnone, none, swap, migration_read …" },
	[COL_PFN] = { "PFN", "pfn", CELL_HEX, 10, true, "frame number: of the next table, or of the page" },
	[COL_FLAGS] = { "FLAGS", "flags", CELL_LIST, 30, true, "bits by name; bitN if it has none" },
	[COL_NODE] = { "NODE", "node", CELL_NUMBER, 4, false, "NUMA node of the table" },
	[COL_EFFECTIVE] = { "EFF", "effective", CELL_STRING, 4, false, "rights left after this level" },
	[COL_SWAP] = { "OFFSET", "offset", CELL_HEX, 10, false, "offset of a non-present entry (swap slot)" },
	[COL_VA] = { "VA", "va", CELL_HEX, 14, false, "address that was asked for" },
};

/* Everything about one address that is not one level's. */
struct answer {
	const char *result;
	bool has_pa;
	uint64_t pa, page_size;
	char effective[5];
};

static void rights_text(unsigned int rights, char *text)
{
	text[0] = rights & MMSCOPE_RIGHT_U ? 'u' : '-';
	text[1] = rights & MMSCOPE_RIGHT_R ? 'r' : '-';
	text[2] = rights & MMSCOPE_RIGHT_W ? 'w' : '-';
	text[3] = rights & MMSCOPE_RIGHT_X ? 'x' : '-';
	text[4] = '\0';
}

/* In the words of the man page; a hole is an address that no VMA covers. */
static const char *result_name(const struct mmscope_walk *w, const struct mmscope_vma *vma)
{
	switch (w->result) {
	case MMSCOPE_END_LEAF:
		return "mapped";
	case MMSCOPE_END_NONE:
		return vma ? "not-present" : "hole";
	case MMSCOPE_END_NONPRESENT:
		return "not-present";
	case MMSCOPE_END_BAD:
		return "bad";
	default:
		return "changed";
	}
}

static void set_level(struct out *out, const struct mmscope_format *f,
		      const struct mmscope_walk *w, unsigned int i, unsigned int rights)
{
	const struct mmscope_level *l = &w->level[i];
	bool hidden = w->out_flags & MMSCOPE_OUT_HIDDEN;
	struct mmscope_entry e;
	char flags[512], text[5];

	mmscope_decode(f, l->entry, l->level, 0, &e);
	tool_flags(f, &e, flags, sizeof(flags));
	rights_text(rights, text);
	out_set(out, COL_VA, "0x%" PRIx64, (uint64_t)w->va);
	out_set(out, COL_LEVEL, "%s", mmscope_level_name(f, l->level));
	out_set(out, COL_INDEX, "%u", l->index);
	if (l->slot)
		out_set(out, COL_SLOT, "0x%09" PRIx64, (uint64_t)l->slot);
	out_set(out, COL_RAW, "0x%016" PRIx64, (uint64_t)l->entry);
	out_set(out, COL_KIND, "%s", e.kind);
	if (e.has_pfn && !hidden)
		out_set(out, COL_PFN, "0x%" PRIx64, (uint64_t)e.pfn);
	if (e.class == MMSCOPE_CLASS_SWAP && !hidden)
		out_set(out, COL_SWAP, "0x%" PRIx64, (uint64_t)e.offset);
	out_set(out, COL_FLAGS, "%s", flags);
	out_set(out, COL_EFFECTIVE, "%s", text);
	if (l->node >= 0)
		out_set(out, COL_NODE, "%d", l->node);
	out_color(out, tool_kind_color(&e));
}

static void judge(const struct mmscope_format *f, const struct mmscope_walk *w,
		  const struct mmscope_vma *vma, struct answer *a)
{
	const struct mmscope_level *last = &w->level[w->nr_levels ? w->nr_levels - 1 : 0];
	unsigned int rights = ~0U, i;
	struct mmscope_entry e;

	memset(a, 0, sizeof(*a));
	a->result = result_name(w, vma);
	for (i = 0; i < w->nr_levels; i++)
		rights = mmscope_rights(f, w->level[i].entry, w->level[i].level, rights);
	rights_text(w->result == MMSCOPE_END_LEAF ? rights : 0, a->effective);
	if (w->result != MMSCOPE_END_LEAF)
		return;
	mmscope_decode(f, last->entry, last->level, 0, &e);
	a->page_size = mmscope_span(last->level);
	a->has_pa = !(w->out_flags & MMSCOPE_OUT_HIDDEN);
	a->pa = (e.pfn << 12) + (w->va & (a->page_size - 1));
}

static struct json_object *json_hex(uint64_t value)
{
	char text[32];

	snprintf(text, sizeof(text), "0x%" PRIx64, value);
	return json_object_new_string(text);
}

static struct json_object *json_vma(const struct options *o, const struct mmscope_format *f,
				    const struct mmscope_vma *vma)
{
	struct json_object *object;
	struct out *out;

	if (!vma)
		return NULL;
	out = out_begin(o, &command_maps, NULL);
	if (!out)
		return NULL;
	maps_set(out, o, f, vma);
	object = out_take(out);
	out_end(out);
	return object;
}

static void print_json(struct out *out, const struct options *o,
		       const struct libmmscope_source *src, const struct mmscope_walk *w,
		       const struct mmscope_vma *vma, const struct answer *a)
{
	const struct mmscope_format *f = libmmscope_format(src);
	struct json_object *row = json_object_new_object();
	struct json_object *levels = json_object_new_array();
	unsigned int rights = ~0U, i;

	for (i = 0; i < w->nr_levels; i++) {
		rights = mmscope_rights(f, w->level[i].entry, w->level[i].level, rights);
		set_level(out, f, w, i, rights);
		json_object_array_add(levels, out_take(out));
	}
	json_object_object_add(row, "pid", json_object_new_int(libmmscope_pid(src)));
	json_object_object_add(row, "va", json_hex(w->va));
	json_object_object_add(row, "result", json_object_new_string(a->result));
	json_object_object_add(row, "pa", a->has_pa ? json_hex(a->pa) : NULL);
	json_object_object_add(row, "page_size", a->page_size ?
			       json_object_new_uint64(a->page_size) : NULL);
	json_object_object_add(row, "levels", levels);
	json_object_object_add(row, "effective", json_object_new_string(a->effective));
	json_object_object_add(row, "vma", json_vma(o, f, vma));
	json_object_object_add(row, "retries", json_object_new_uint64(w->retries));
	out_put(out, row);
}

static void print_text(struct out *out, const struct options *o,
		       const struct libmmscope_source *src, const struct mmscope_walk *w,
		       const struct mmscope_vma *vma, const struct answer *a)
{
	const struct mmscope_format *f = libmmscope_format(src);
	unsigned int rights = ~0U, i;
	char size[32], perms[5];
	const char *name;

	if (!o->raw && !o->noheadings) {
		printf("pid %d  va 0x%012" PRIx64 "  %s", libmmscope_pid(src), (uint64_t)w->va,
		       a->result);
		tool_size(o, a->page_size, size, sizeof(size));
		if (a->has_pa)
			printf("  pa 0x%09" PRIx64, a->pa);
		if (a->page_size)
			printf("  page %s  rights %s", size, a->effective);
		putchar('\n');
	}
	for (i = 0; i < w->nr_levels; i++) {
		rights = mmscope_rights(f, w->level[i].entry, w->level[i].level, rights);
		set_level(out, f, w, i, rights);
		out_row(out);
	}
	out_flush(out);
	if (o->raw || o->noheadings)
		return;
	if (!vma) {
		puts("vma none\n");
		return;
	}
	name = libmmscope_vma_string(vma, vma->name);
	mmscope_perms(vma->flags, perms);
	printf("vma 0x%012" PRIx64 "-0x%012" PRIx64 " %s %s\n\n", (uint64_t)vma->start,
	       (uint64_t)vma->end, perms, name ? name : "anonymous");
}

/* The VMA that covers an address; its record lives until the next call. */
static int find_vma(struct libmmscope_source *src, uint64_t va, const struct mmscope_vma **vma)
{
	struct mmscope_vmas v = { .start = va, .end = va + 1 };
	const void *records;
	int err = libmmscope_vmas(src, &v, &records);

	*vma = !err && v.count ? records : NULL;
	return err;
}

static int walk_one(struct out *out, const struct options *o, struct libmmscope_source *src,
		    uint64_t va)
{
	struct mmscope_walk w = { .va = va };
	const struct mmscope_vma *vma;
	struct answer a;
	int err;

	err = libmmscope_walk(src, &w);
	if (!err)
		err = find_vma(src, va, &vma);
	if (err)
		return tool_fail(o, src, err);
	judge(libmmscope_format(src), &w, vma, &a);
	if (o->json)
		print_json(out, o, src, &w, vma, &a);
	else
		print_text(out, o, src, &w, vma, &a);
	if (o->verbose)
		tool_error("walk: 0x%" PRIx64 ": %u looks repeated", va, w.retries);
	if (w.result == MMSCOPE_END_CHANGED || w.result == MMSCOPE_END_BAD) {
		tool_error("walk: 0x%" PRIx64 ": the tables kept changing, or could not be read",
			   va);
		return EXIT_PARTIAL;
	}
	return EXIT_OK;
}

static int walk_all(const struct options *o, struct libmmscope_source *src,
		    const uint64_t *va, int nr)
{
	struct out *out = out_begin(o, &command_walk, "walks");
	int i, err = EXIT_OK, status;

	if (!out)
		return EXIT_ERROR;
	if (!(libmmscope_format(src)->info.features & MMSCOPE_FEATURE_PHYS))
		tool_hidden(MMSCOPE_OUT_HIDDEN);
	for (i = 0; i < nr; i++) {
		status = walk_one(out, o, src, va[i]);
		if (status > err)
			err = status;
		if (status && status != EXIT_PARTIAL)
			break;
	}
	status = out_end(out) ? EXIT_ERROR : EXIT_OK;
	return err ? err : status;
}

static int run(const struct options *o)
{
	struct libmmscope_source *src;
	uint64_t *va = NULL;
	int used, err, i;

	err = tool_open(o, &src, &used);
	if (err)
		return err;
	err = EXIT_ERROR;
	if (o->argc == used) {
		tool_error("walk: which address?\nTry 'mmscope walk --help'.");
		goto out_close;
	}
	/* all are checked before anything is printed */
	va = calloc(o->argc, sizeof(*va));
	if (!va)
		goto out_close;
	for (i = used; i < o->argc; i++)
		if (tool_user_address(src, o->argv[i], &va[i - used]))
			goto out_close;
	err = walk_all(o, src, va, o->argc - used);
out_close:
	free(va);
	libmmscope_close(src);
	return err;
}

const struct command command_walk = {
	.name = "walk",
	.args = "PID ADDR...",
	.help = "the ladder of an address: every page-table level, raw and decoded",
	.more = "Addresses are hexadecimal, with or without 0x, and need not be aligned.\n"
		"The result is 'mapped', 'not-present' (a VMA is there, a page is not) or\n"
		"'hole' (no VMA). Rights: u user, r read, w write, x execute, after all levels.",
	.examples = " mmscope walk 1234 0x7ffc12345000\n"
		    " mmscope walk -o +EFF,NODE 1234 555555554000 7ffff7fc0000\n"
		    " mmscope walk -J self 400000 | jq '.walks[0].levels[].raw'\n",
	.columns = columns,
	.nr_columns = NR_COLUMNS,
	.options = OPT_TABLE | OPT_INPUT | OPT_BYTES,
	.run = run,
};
