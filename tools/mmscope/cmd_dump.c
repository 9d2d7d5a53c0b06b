// SPDX-License-Identifier: GPL-2.0-only
/* mmscope dump: the entries of a process, folded into runs. */
#include "tool.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum {
	COL_START, COL_END, COL_SIZE, COL_PAGES, COL_LEVEL, COL_KIND, COL_RAW, COL_PFN,
	COL_FLAGS, COL_SWAP, COL_PATH, NR_COLUMNS,
};

static const struct column columns[] = {
	[COL_START] = { "START", "start", CELL_HEX, 14, true, "first address" },
	[COL_END] = { "END", "end", CELL_HEX, 14, true, "address after the last" },
	[COL_SIZE] = { "SIZE", "size", CELL_NUMBER, 6, false, "bytes" },
	[COL_PAGES] = { "ENTRIES", "entries", CELL_NUMBER, 7, false, "entries in the run" },
	[COL_LEVEL] = { "LEVEL", "level", CELL_STRING, 5, true, "level of the entries" },
	[COL_KIND] = { "KIND", "kind", CELL_STRING, 8, true, "page, protnone, swap, migration_read …" },
	[COL_RAW] = { "RAW", "raw", CELL_HEX, 18, true, "entry of the first page" },
	[COL_PFN] = { "PFN", "pfn", CELL_HEX, 10, true, "frame number of the first page" },
	[COL_FLAGS] = { "FLAGS", "flags", CELL_LIST, 30, true, "bits by name; bitN if it has none" },
	[COL_SWAP] = { "OFFSET", "offset", CELL_HEX, 10, false, "offset of a non-present entry (swap slot)" },
	[COL_PATH] = { "PATH", "path", CELL_STRING, 10, false, "file or name of the VMA" },
};

struct dump {
	const struct options *o;
	struct libmmscope_source *src;
	struct libmmscope_maps maps;
	struct out *out;
	struct mmscope_record run;	/* the run being folded; nr 0 if none */
	uint64_t run_limit;		/* it may not grow past this address */
	uint64_t cut;			/* where an interrupt cut it off; 0 if it did not */
	uint64_t retries, changed, bad;
	uint32_t out_flags;
};

static const struct mmscope_vma *vma_of(const struct dump *d, uint64_t va)
{
	return libmmscope_maps_find(&d->maps, va);
}

static void print_run(struct dump *d, const struct mmscope_record *run)
{
	const struct mmscope_format *f = libmmscope_format(d->src);
	const struct mmscope_vma *vma = vma_of(d, run->va);
	uint64_t end = mmscope_record_end(run);
	char flags[512], size[32];
	struct mmscope_entry e;
	const char *path;

	mmscope_decode(f, run->data, run->level, 0, &e);
	tool_flags(f, &e, flags, sizeof(flags));
	tool_size(d->o, end - run->va, size, sizeof(size));
	out_set(d->out, COL_START, "0x%012" PRIx64, (uint64_t)run->va);
	out_set(d->out, COL_END, "0x%012" PRIx64, end);
	out_set(d->out, COL_SIZE, "%s", size);
	out_set(d->out, COL_PAGES, "%u", run->nr);
	out_set(d->out, COL_LEVEL, "%s", mmscope_level_name(f, run->level));
	out_set(d->out, COL_KIND, "%s", e.kind);
	out_set(d->out, COL_RAW, "0x%016" PRIx64, (uint64_t)run->data);
	if (e.has_pfn && !(d->out_flags & MMSCOPE_OUT_HIDDEN))
		out_set(d->out, COL_PFN, "0x%" PRIx64, (uint64_t)e.pfn);
	if (e.class == MMSCOPE_CLASS_SWAP && !(d->out_flags & MMSCOPE_OUT_HIDDEN))
		out_set(d->out, COL_SWAP, "0x%" PRIx64, (uint64_t)e.offset);
	out_set(d->out, COL_FLAGS, "%s", flags);
	path = vma ? libmmscope_vma_string(vma, vma->name) : NULL;
	if (path)
		out_set(d->out, COL_PATH, "%s", path);
	out_color(d->out, tool_kind_color(&e));
	out_row(d->out);
}

static void flush(struct dump *d)
{
	if (d->run.nr)
		print_run(d, &d->run);
	d->run.nr = 0;
}

/* Where a run that begins at @va has to end: at the border of its VMA. */
static uint64_t limit_of(const struct dump *d, uint64_t va)
{
	const struct mmscope_vma *vma = vma_of(d, va);

	return vma ? vma->end : UINT64_MAX;
}

/* One entry more; entries come in order of address. */
static void add(struct dump *d, uint64_t va, uint64_t raw, unsigned int level)
{
	if (d->run.nr && !d->o->no_merge && va < d->run_limit &&
	    mmscope_run_add(&d->run, va, raw, level))
		return;
	flush(d);
	mmscope_run_add(&d->run, va, raw, level);
	d->run_limit = limit_of(d, va);
}

/*
 * A run of the source. Inside one VMA it is taken whole if it can be; only its
 * borders need to be looked at.
 */
static void add_run(struct dump *d, const struct mmscope_record *rec)
{
	uint64_t span = mmscope_span(rec->level), va = rec->va;
	struct mmscope_record part = *rec;
	__u32 i = 0, fit;

	while (i < rec->nr) {
		if (tool_interrupted) {
			d->cut = va;
			return;
		}
		add(d, va, mmscope_run_entry(rec, i), rec->level);
		i++;
		va += span;
		if (d->o->no_merge || i == rec->nr || va >= d->run_limit || d->run.nr != 1)
			continue;
		/* the run is new: it takes all that fits below the limit at once */
		fit = (d->run_limit - va + span - 1) / span < rec->nr - i ?
		      (d->run_limit - va + span - 1) / span : rec->nr - i;
		part.va = d->run.va;
		part.data = d->run.data;
		part.nr = 1 + fit;
		d->run = part;
		i += fit;
		va += fit * span;
	}
}

static void add_special(struct dump *d, const struct mmscope_record *rec)
{
	flush(d);
	tool_error("dump: 0x%" PRIx64 "-0x%" PRIx64 ": %s", (uint64_t)rec->va,
		   (uint64_t)mmscope_record_end(rec),
		   rec->type == MMSCOPE_REC_CHANGED ? "changed while looking, not shown" :
						      "the table is not online memory, not shown");
	d->changed += rec->type == MMSCOPE_REC_CHANGED;
	d->bad += rec->type == MMSCOPE_REC_BAD;
}

static void add_records(struct dump *d, const struct mmscope_record *rec,
			const struct mmscope_record *last)
{
	for (; rec < last && !d->cut && !ferror(stdout); rec++) {
		if (rec->type == MMSCOPE_REC_RUN)
			add_run(d, rec);
		else
			add_special(d, rec);
	}
}

static int scan(struct dump *d, uint64_t start, uint64_t end)
{
	struct mmscope_scan s = {
		.flags = MMSCOPE_SCAN_RUNS, .end = end, .resume = start,
		.levels = (1U << (MMSCOPE_LEAF_MAX + 1)) - 1,
	};
	const void *records;
	int err;

	while (s.resume < end && !d->cut) {
		s.start = s.resume;
		err = libmmscope_scan(d->src, &s, &records);
		if (err)
			return tool_fail(d->o, d->src, err);
		d->out_flags |= s.out_flags;
		d->retries += s.retries;
		add_records(d, records, (const struct mmscope_record *)records +
			    s.bytes / sizeof(struct mmscope_record));
		if (ferror(stdout))
			return EXIT_ERROR;
		if (tool_interrupted && !d->cut && s.resume < end)
			d->cut = s.resume;
	}
	flush(d);
	if (d->cut) {
		tool_error("dump: interrupted; cut off at 0x%" PRIx64, d->cut);
		return EXIT_PARTIAL;
	}
	return d->changed || d->bad ? EXIT_PARTIAL : EXIT_OK;
}

/* START-END, START+LENGTH, or everything. */
static int parse_range(struct libmmscope_source *src, const char *text,
		       uint64_t *start, uint64_t *end)
{
	uint64_t task_size = libmmscope_format(src)->info.task_size;
	char copy[128], *second;
	bool length;

	*start = 0;
	*end = task_size;
	if (!text)
		return 0;
	snprintf(copy, sizeof(copy), "%s", text);
	second = strpbrk(copy, "-+");
	if (!second || strlen(text) >= sizeof(copy)) {
		tool_error("'%s' is not a range (START-END or START+LENGTH)", text);
		return EXIT_ERROR;
	}
	length = *second == '+';
	*second++ = '\0';
	if (tool_user_address(src, copy, start))
		return EXIT_ERROR;
	if (tool_address(second, end)) {
		tool_error("'%s' is not an address (hexadecimal, with or without 0x)", second);
		return EXIT_ERROR;
	}
	if (length && __builtin_add_overflow(*start, *end, end))
		*end = UINT64_MAX;
	if (*end > task_size)
		tool_error("the range ends at 0x%" PRIx64 ", past the end of the user half, 0x%"
			   PRIx64, *end, task_size);
	else if (*end <= *start)
		tool_error("the range is empty or reversed: 0x%" PRIx64 "-0x%" PRIx64,
			   *start, *end);
	else if ((*start | *end) & 4095)
		tool_error("the range is not aligned to pages: 0x%" PRIx64 "-0x%" PRIx64,
			   *start, *end);
	else
		return 0;
	return EXIT_ERROR;
}

static int run(const struct options *o)
{
	struct dump d = { .o = o };
	uint64_t start, end;
	int used, err, bad;

	err = tool_open(o, &d.src, &used);
	if (err)
		return err;
	err = EXIT_ERROR;
	if (o->argc > used + 1) {
		tool_error("dump: unexpected argument '%s'", o->argv[used + 1]);
		goto out_close;
	}
	if (parse_range(d.src, o->argc > used ? o->argv[used] : NULL, &start, &end))
		goto out_close;
	err = libmmscope_maps_read(d.src, &d.maps);
	if (err) {
		err = tool_fail(o, d.src, err);
		goto out_close;
	}
	d.out = out_begin(o, &command_dump, "entries");
	err = EXIT_ERROR;
	if (!d.out)
		goto out_maps;
	if (!(libmmscope_format(d.src)->info.features & MMSCOPE_FEATURE_PHYS))
		tool_hidden(MMSCOPE_OUT_HIDDEN);
	err = scan(&d, start, end);
	if (o->verbose || d.changed)
		tool_error("dump: %" PRIu64 " looks repeated, %" PRIu64 " spans not read",
			   d.retries, d.changed + d.bad);
	bad = out_end(d.out);
	err = err ? err : bad ? EXIT_ERROR : EXIT_OK;
out_maps:
	libmmscope_maps_free(&d.maps);
out_close:
	libmmscope_close(d.src);
	return err;
}

const struct command command_dump = {
	.name = "dump",
	.args = "PID [START-END]",
	.help = "the page-table entries, folded into runs",
	.more = "A run is a sequence of entries of one level with the same flags and consecutive\n"
		"frames; it never crosses the border of a VMA. A range is START-END or\n"
		"START+LENGTH, hexadecimal, aligned to pages.",
	.examples = " mmscope dump 1234\n"
		    " mmscope dump --no-merge 1234 7ffc12340000-7ffc12362000\n"
		    " mmscope dump -o +PATH -J 1234 | jq '.entries[] | select(.kind == \"swap\")'\n",
	.columns = columns,
	.nr_columns = NR_COLUMNS,
	.options = OPT_TABLE | OPT_INPUT | OPT_BYTES | OPT_NO_MERGE,
	.run = run,
};
