// SPDX-License-Identifier: GPL-2.0-only
/* The ladder of an address, for walk and kernel: every level, and what it adds up to. */
#include "tool.h"

#include <inttypes.h>
#include <json-c/json.h>
#include <string.h>

enum {
	COL_LEVEL, COL_INDEX, COL_SLOT, COL_RAW, COL_KIND, COL_PFN, COL_FLAGS, COL_LETTERS,
	COL_NODE, COL_EFFECTIVE, COL_TAKES, COL_MEMTYPE, COL_PAGE, COL_SWAP, COL_DEVICE, COL_VA,
	NR_COLUMNS,
};

const struct column ladder_columns[] = {
	[COL_LEVEL] = { "LEVEL", "level", CELL_STRING, 5, true, "pgd, p4d, pud, pmd or pte" },
	[COL_INDEX] = { "INDEX", "index", CELL_NUMBER, 5, true, "slot number in the table, 0 to 511" },
	[COL_SLOT] = { "SLOT", "slot", CELL_HEX, 14, true, "physical address of the slot" },
	[COL_RAW] = { "RAW", "raw", CELL_HEX, 18, true, "the entry" },
	[COL_KIND] = { "KIND", "kind", CELL_STRING, 8, true, "table, page, protnone, numa_hint, none, swap, migration_read …" },
	[COL_PFN] = { "PFN", "pfn", CELL_HEX, 10, true, "frame number: of the next table, or of the page" },
	[COL_FLAGS] = { "FLAGS", "flags", CELL_LIST, 30, true, "bits by name; bitN if it has none" },
	[COL_LETTERS] = { "BITS", "bits", CELL_STRING, 10, false, "the same in letters; ? for a bit that has no name" },
	[COL_NODE] = { "NODE", "node", CELL_NUMBER, 4, false, "NUMA node of the table" },
	[COL_EFFECTIVE] = { "EFF", "effective", CELL_STRING, 4, false, "rights left after this level" },
	[COL_TAKES] = { "TAKES", "takes", CELL_STRING, 5, false, "rights that this level is the first to take away" },
	[COL_MEMTYPE] = { "MEMTYPE", "memtype", CELL_STRING, 7, false, "memory type by PAT: WB, WT, WC, WP, UC, UC-" },
	[COL_PAGE] = { "PAGE", "page", CELL_LIST, 8, false, "the frame: anon, file, zero, thp, mthp, hugetlb, order=N …" },
	[COL_SWAP] = { "OFFSET", "offset", CELL_HEX, 10, false, "offset of a non-present entry (swap slot)" },
	[COL_DEVICE] = { "DEVICE", "device", CELL_STRING, 8, false, "device or file of a swap entry" },
	[COL_VA] = { "VA", "va", CELL_HEX, 14, false, "address that was asked for" },
};

_Static_assert(NR_COLUMNS == LADDER_COLUMNS, "tool.h counts the columns of the ladder");

/* Everything about one address that is not one level's. */
struct answer {
	struct mmscope_walk w;
	struct mmscope_entry e;		/* the last entry */
	const char *result, *memtype;
	bool has_pa;
	uint64_t pa, page_size;
	char effective[5];
	char page[512];
	const struct mmscope_vma *vma;
	const struct mmscope_region *region;
};

/* In the words of the man page; a hole is an address that no VMA covers. */
static const char *result_name(const struct answer *a, bool kernel)
{
	switch (a->w.result) {
	case MMSCOPE_END_LEAF:
		return "mapped";
	case MMSCOPE_END_NONE:
		return a->vma || kernel ? "not-present" : "hole";
	case MMSCOPE_END_NONPRESENT:
		return "not-present";
	case MMSCOPE_END_BAD:
		return "bad";
	default:
		return "changed";
	}
}

/* The cells of one level; @taken: what the levels above have taken. */
static __u8 set_level(const struct ladder *l, const struct answer *a, unsigned int i,
		      __u8 taken)
{
	const struct mmscope_format *f = libmmscope_format(l->src);
	const struct mmscope_level *x = &a->w.level[i];
	bool hidden = a->w.out_flags & MMSCOPE_OUT_HIDDEN;
	bool kernel = l->view & MMSCOPE_HALF_KERNEL;
	__u8 takes = mmscope_taken(f, x->entry, x->level, kernel) & ~taken;
	struct mmscope_entry e;
	const char *memtype, *device;
	char flags[512], text[5];

	mmscope_decode(f, x->entry, x->level, kernel, &e);
	tool_flags(f, &e, flags, sizeof(flags));
	out_set(l->out, COL_VA, "0x%" PRIx64, (uint64_t)a->w.va);
	out_set(l->out, COL_LEVEL, "%s", mmscope_level_name(f, x->level));
	out_set(l->out, COL_INDEX, "%u", x->index);
	if (x->slot)
		out_set(l->out, COL_SLOT, "0x%09" PRIx64, (uint64_t)x->slot);
	out_set(l->out, COL_RAW, "0x%016" PRIx64, (uint64_t)x->entry);
	out_set(l->out, COL_KIND, "%s", tool_kind(f, &e, a->vma));
	if (e.has_pfn && !hidden)
		out_set(l->out, COL_PFN, "0x%" PRIx64, (uint64_t)e.pfn);
	if (e.class == MMSCOPE_CLASS_SWAP && !hidden)
		out_set(l->out, COL_SWAP, "0x%" PRIx64, (uint64_t)e.offset);
	device = hidden ? NULL : tool_swap_name(l->src, &e);
	if (device)
		out_set(l->out, COL_DEVICE, "%s", device);
	out_set(l->out, COL_FLAGS, "%s", flags);
	tool_letters(f, &e, flags, sizeof(flags));
	if (*flags)
		out_set(l->out, COL_LETTERS, "%s", flags);
	tool_rights(MMSCOPE_RIGHTS_ALL & ~(taken | takes), text);
	out_set(l->out, COL_EFFECTIVE, "%s", text);
	tool_rights_list(takes, text);
	if (takes)
		out_set(l->out, COL_TAKES, "%s", text);
	memtype = mmscope_memtype(f, &e);
	if (memtype)
		out_set(l->out, COL_MEMTYPE, "%s", memtype);
	if (i + 1 == a->w.nr_levels && *a->page)
		out_set(l->out, COL_PAGE, "%s", a->page);
	if (x->node >= 0)
		out_set(l->out, COL_NODE, "%d", x->node);
	out_color(l->out, tool_kind_color(&e, taken | takes));
	return taken | takes;
}

static void judge(const struct ladder *l, struct answer *a)
{
	const struct mmscope_format *f = libmmscope_format(l->src);
	const struct mmscope_level *last = &a->w.level[a->w.nr_levels ? a->w.nr_levels - 1 : 0];
	bool kernel = l->view & MMSCOPE_HALF_KERNEL, mapped = a->w.result == MMSCOPE_END_LEAF;
	__u8 taken = 0;
	unsigned int i;

	for (i = 0; i < a->w.nr_levels; i++)
		taken |= mmscope_taken(f, a->w.level[i].entry, a->w.level[i].level, kernel);
	tool_rights(mapped ? MMSCOPE_RIGHTS_ALL & ~taken : 0, a->effective);
	mmscope_decode(f, last->entry, last->level, kernel, &a->e);
	page_words(l->src, &a->e, 1, a->page, sizeof(a->page));
	if (!mapped)
		return;
	a->memtype = mmscope_memtype(f, &a->e);
	a->page_size = mmscope_span(last->level);
	a->has_pa = !(a->w.out_flags & MMSCOPE_OUT_HIDDEN);
	a->pa = (a->e.pfn << 12) + (a->w.va & (a->page_size - 1));
}

static struct json_object *json_hex(uint64_t value)
{
	char text[32];

	snprintf(text, sizeof(text), "0x%" PRIx64, value);
	return json_object_new_string(text);
}

static struct json_object *json_text(const char *text)
{
	return text ? json_object_new_string(text) : NULL;
}

static struct json_object *json_vma(const struct ladder *l, const struct mmscope_vma *vma)
{
	struct json_object *object;
	struct out *out;

	if (!vma)
		return NULL;
	out = out_begin(l->o, &command_maps, NULL);
	if (!out)
		return NULL;
	maps_set(out, l->o, libmmscope_format(l->src), vma);
	object = out_take(out);
	out_end(out);
	return object;
}

static void print_json(const struct ladder *l, const struct answer *a)
{
	struct json_object *row = json_object_new_object();
	struct json_object *levels = json_object_new_array();
	bool kernel = l->view & MMSCOPE_HALF_KERNEL;
	__u8 taken = 0;
	unsigned int i;

	for (i = 0; i < a->w.nr_levels; i++) {
		taken = set_level(l, a, i, taken);
		json_object_array_add(levels, out_take(l->out));
	}
	json_object_object_add(row, "pid", json_object_new_int(libmmscope_pid(l->src)));
	json_object_object_add(row, "va", json_hex(a->w.va));
	json_object_object_add(row, "result", json_object_new_string(a->result));
	json_object_object_add(row, "pa", a->has_pa ? json_hex(a->pa) : NULL);
	json_object_object_add(row, "page_size", a->page_size ?
			       json_object_new_uint64(a->page_size) : NULL);
	json_object_object_add(row, "memtype", json_text(a->memtype));
	json_object_object_add(row, "page", out_words(a->page));
	json_object_object_add(row, "levels", levels);
	json_object_object_add(row, "effective", json_object_new_string(a->effective));
	if (kernel) {
		json_object_object_add(row, "region",
				       json_text(a->region ? a->region->name : NULL));
		json_object_object_add(row, "unstable",
				       json_object_new_boolean(a->w.out_flags &
							       MMSCOPE_OUT_UNSTABLE));
	} else {
		json_object_object_add(row, "vma", json_vma(l, a->vma));
	}
	json_object_object_add(row, "retries", json_object_new_uint64(a->w.retries));
	out_put(l->out, row);
}

static void print_head(const struct ladder *l, const struct answer *a)
{
	bool kernel = l->view & MMSCOPE_HALF_KERNEL;
	char size[32];

	if (kernel)
		printf("kernel half, through pid %d", libmmscope_pid(l->src));
	else
		printf("pid %d", libmmscope_pid(l->src));
	printf("  va 0x%012" PRIx64 "  %s", (uint64_t)a->w.va, a->result);
	if (a->has_pa)
		printf("  pa 0x%09" PRIx64, a->pa);
	if (a->page_size) {
		tool_size(l->o, a->page_size, size, sizeof(size));
		printf("  page %s  rights %s", size, a->effective);
	}
	if (a->memtype)
		printf("  %s", a->memtype);
	if (kernel)
		printf("  (unstable)");
	if (l->view & MMSCOPE_TOP_USER)
		printf("  (user mode's top table)");
	putchar('\n');
}

static void print_foot(const struct answer *a, bool kernel)
{
	const char *name;
	char perms[5];

	if (*a->page)
		printf("page %s\n", a->page);
	if (kernel) {
		if (a->region)
			printf("region %s 0x%016" PRIx64 "-0x%016" PRIx64 "\n\n", a->region->name,
			       (uint64_t)a->region->start, (uint64_t)a->region->end);
		else
			puts("region none\n");
		return;
	}
	if (!a->vma) {
		puts("vma none\n");
		return;
	}
	name = libmmscope_vma_string(a->vma, a->vma->name);
	mmscope_perms(a->vma->flags, perms);
	printf("vma 0x%012" PRIx64 "-0x%012" PRIx64 " %s %s\n\n", (uint64_t)a->vma->start,
	       (uint64_t)a->vma->end, perms, name ? name : "anonymous");
}

static void print_text(const struct ladder *l, const struct answer *a)
{
	bool heading = !l->o->raw && !l->o->noheadings;
	__u8 taken = 0;
	unsigned int i;

	if (heading)
		print_head(l, a);
	for (i = 0; i < a->w.nr_levels; i++) {
		taken = set_level(l, a, i, taken);
		out_row(l->out);
	}
	out_flush(l->out);
	if (heading)
		print_foot(a, l->view & MMSCOPE_HALF_KERNEL);
}

/* The VMA of an address; in the source's memory until its next call. */
static int find_vma(struct libmmscope_source *src, uint64_t va, const struct mmscope_vma **vma)
{
	struct mmscope_vmas v = { .start = va & ~4095ULL, .end = (va & ~4095ULL) + 4096 };
	const void *records;
	int err = libmmscope_vmas(src, &v, &records);

	*vma = !err && v.count ? records : NULL;
	return err;
}

static int print_one(const struct ladder *l, uint64_t va)
{
	bool kernel = l->view & MMSCOPE_HALF_KERNEL;
	struct answer a = { .w = { .va = va, .flags = l->view } };
	int err;

	err = libmmscope_walk(l->src, &a.w);
	if (err)
		return tool_fail(l->o, l->src, err);
	judge(l, &a);
	if (kernel)
		a.region = libmmscope_regions_find(l->regions, va);
	else
		err = find_vma(l->src, va, &a.vma);
	if (err)
		return tool_fail(l->o, l->src, err);
	a.result = result_name(&a, kernel);
	if (l->o->json)
		print_json(l, &a);
	else
		print_text(l, &a);
	if (l->o->verbose)
		tool_error("0x%" PRIx64 ": %u looks repeated", va, a.w.retries);
	if (a.w.result == MMSCOPE_END_CHANGED || a.w.result == MMSCOPE_END_BAD) {
		tool_error("0x%" PRIx64 ": the tables kept changing, or could not be read", va);
		return EXIT_PARTIAL;
	}
	return EXIT_OK;
}

/**
 * ladder_print_all - walk addresses and print them
 * @l: where and how
 * @va: addresses
 * @nr: how many
 *
 * Ends the output. Return: the worst exit status.
 */
int ladder_print_all(const struct ladder *l, const uint64_t *va, int nr)
{
	int i, err = EXIT_OK, status;

	for (i = 0; i < nr; i++) {
		status = print_one(l, va[i]);
		if (status > err)
			err = status;
		if (status && status != EXIT_PARTIAL)
			break;
	}
	status = out_end(l->out) ? EXIT_ERROR : EXIT_OK;
	return err ? err : status;
}
