// SPDX-License-Identifier: GPL-2.0-only
/* mmscope who: every process and address whose tables map a frame. */
#include "who.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define WHO_COLUMN(symbol, name, key, type, width, frames, file, swap, help)	\
	{ name, key, type, width, frames, help },
static const struct column columns[] = {
#include "who.def"
};

#undef WHO_COLUMN
#define WHO_COLUMN(symbol, name, key, type, width, frames, file, swap, help)	\
	{ name, key, type, width, file, help },
static const struct column file_columns[] = {
#include "who.def"
};

#undef WHO_COLUMN
#define WHO_COLUMN(symbol, name, key, type, width, frames, file, swap, help)	\
	{ name, key, type, width, swap, help },
static const struct column swap_columns[] = {
#include "who.def"
};

#define NR_COLUMNS (sizeof(columns) / sizeof(columns[0]))

static int add_range(struct who *w, uint64_t area, uint64_t start, uint64_t end)
{
	struct who_range *more = reallocarray(w->range, w->ranges + 1, sizeof(*more));

	if (!more) {
		tool_error("out of memory");
		return EXIT_ERROR;
	}
	w->range = more;
	w->range[w->ranges++] = (struct who_range){ .area = area, .start = start, .end = end };
	return 0;
}

static int by_start(const void *x, const void *y)
{
	const struct who_range *a = x, *b = y;

	if (a->area != b->area)
		return a->area < b->area ? -1 : 1;
	return a->start < b->start ? -1 : a->start > b->start;
}

/* In order, and what overlaps made one. */
static void order_ranges(struct who *w)
{
	struct who_range *last, *r;
	size_t i, n = 0;

	if (!w->ranges)
		return;
	qsort(w->range, w->ranges, sizeof(*w->range), by_start);
	for (i = 1; i < w->ranges; i++) {
		last = &w->range[n];
		r = &w->range[i];
		if (r->area != last->area || r->start > last->end)
			w->range[++n] = *r;
		else if (r->end > last->end)
			last->end = r->end;
	}
	w->ranges = n + 1;
}

static int parse_frames(struct who *w)
{
	uint64_t start, end;
	int i, err = 0;

	for (i = 0; i < w->o->argc && !err; i++) {
		err = page_range(w->o, w->src, w->o->argv[i], &start, &end);
		if (!err)
			err = add_range(w, 0, start, end);
	}
	return err;
}

/* The number of a swap area by its number or its name in /proc/swaps. */
static int find_area(struct who *w, const char *text, uint64_t *area)
{
	const char *first = libmmscope_swap_name(w->src, 0), *name;
	unsigned int areas = 1U << w->f->info.swp_type_bits, i;
	char *end;

	if (!first) {
		tool_error("who: no swap area is on (/proc/swaps lists them)");
		return EXIT_ERROR;
	}
	*area = strtoull(text, &end, 10);
	if (*text >= '0' && *text <= '9' && !*end && *area < areas)
		return 0;
	/* the name of the only one stands for any number */
	*area = WHO_ANY_AREA;
	if (!strcmp(text, first) && libmmscope_swap_name(w->src, 1) == first)
		return 0;
	for (i = 0; i < areas; i++) {
		name = libmmscope_swap_name(w->src, i);
		if (!name || strcmp(text, name))
			continue;
		*area = i;
		return 0;
	}
	tool_error("who: there is no swap area '%s' (/proc/swaps lists them)", text);
	return EXIT_ERROR;
}

/* AREA, or AREA:SLOT, AREA:SLOT-SLOT, AREA:SLOT+N. */
static int parse_slots(struct who *w)
{
	uint64_t area = 0, start, end;
	char *copy, *colon;
	int i, err = 0;

	for (i = 0; i < w->o->argc && !err; i++) {
		start = 0;
		end = UINT64_MAX;
		copy = strdup(w->o->argv[i]);
		if (!copy)
			return EXIT_ERROR;
		colon = strrchr(copy, ':');
		if (colon) {
			*colon++ = '\0';
			err = page_numbers(colon, "swap slot", &start, &end);
		}
		err = err ? err : find_area(w, copy, &area);
		err = err ? err : add_range(w, area, start, end);
		free(copy);
	}
	return err;
}

/* Identity of what is mapped at @p of our own, which it is no more afterwards. */
static int read_file_id(struct who *w, void *p)
{
	struct libmmscope_maps maps;
	const struct mmscope_vma *vma;
	int err = libmmscope_maps_read(w->src, &maps);

	if (err)
		return tool_fail(w->o, w->src, err);
	vma = libmmscope_maps_find(&maps, (uintptr_t)p);
	w->file_id = vma ? vma->file_id : 0;
	/* as long as it is: of hugetlbfs it has become a huge page */
	if (vma)
		munmap(p, vma->end - (uintptr_t)p);
	libmmscope_maps_free(&maps);
	if (w->file_id)
		return 0;
	tool_error("%s: the kernel keeps no pages for it", w->o->file);
	return EXIT_ERROR;
}

/*
 * Which file: known by what a mapping of our own has, as device and inode of stat()
 * are not always those of the mapping (overlayfs, btrfs). Nothing of it is read.
 */
static int find_file(struct who *w)
{
	const char *path = w->o->file;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY), err = EXIT_ERROR;
	struct stat st;
	void *p;

	if (fd < 0 || fstat(fd, &st)) {
		tool_error("%s: %s", path, strerror(errno));
		goto out;
	}
	if (!S_ISREG(st.st_mode) && !S_ISBLK(st.st_mode)) {
		tool_error("%s: %s", path, S_ISDIR(st.st_mode) ? strerror(EISDIR) :
			   "neither a regular file nor a block device");
		goto out;
	}
	w->empty = S_ISREG(st.st_mode) && !st.st_size;
	/* with MAP_NORESERVE no huge page is set aside for it */
	p = mmap(NULL, 4096, PROT_READ, MAP_SHARED | MAP_NORESERVE, fd, 0);
	if (p == MAP_FAILED) {
		tool_error("%s: cannot be mapped: %s", path, strerror(errno));
		goto out;
	}
	err = read_file_id(w, p);
out:
	if (fd >= 0)
		close(fd);
	return err;
}

static int parse(struct who *w)
{
	const struct options *o = w->o;
	int err;

	if (o->file && (o->swap || o->argc)) {
		tool_error("who: --file takes no frames and no --swap");
		return EXIT_ERROR;
	}
	if (o->swap && o->of) {
		tool_error("who: --of is for frames, not for --swap");
		return EXIT_ERROR;
	}
	if (o->file)
		return find_file(w);
	if (!o->argc && !o->swap) {
		tool_error("who: which frames?\nTry 'mmscope who --help'.");
		return EXIT_ERROR;
	}
	err = o->swap ? parse_slots(w) : parse_frames(w);
	order_ranges(w);
	return err;
}

/* Nothing was found: said, as an empty table looks like a failure. */
static void report_nothing(const struct who *w)
{
	const char *also = "the kernel's own mappings are not looked at";

	if (w->o->file && w->vmas)
		tool_error("who: %s is mapped by %" PRIu64 " VMAs; no page of it is present",
			   w->o->file, w->vmas);
	else if (w->o->file)
		tool_error("who: no process maps %s%s", w->o->file,
			   w->empty ? ", which is empty" : "");
	else if (w->o->swap)
		tool_error("who: no process has such a swap entry%s",
			   libmmscope_swap_name(w->src, 0) ? "" : "; no swap area is on");
	else if (w->frames == 1 && w->frame)
		tool_error("who: no process maps frame 0x%" PRIx64 " (%s); %s",
			   w->range[0].start, page_frame_kind(&w->frame[0].before), also);
	else
		tool_error("who: no process maps any of these frames; %s", also);
}

/* What could not be seen, and the exit status. */
static int report(struct who *w)
{
	bool partial = processes_report(&w->processes, w->o, "who");
	int err = 0;

	if (!w->o->file && !w->o->swap && !w->processes.cut)
		err = who_count_end(w);
	if (err)
		return tool_fail(w->o, w->src, err);
	if (!w->rows && !w->processes.cut)
		report_nothing(w);
	return partial || w->changed || w->unseen ? EXIT_PARTIAL : EXIT_OK;
}

static const struct command *columns_of(const struct options *o);

static int find(struct who *w)
{
	struct libmmscope_source *own = w->src;
	int err;

	err = w->o->file || w->o->swap ? 0 : who_count_begin(w);
	if (err)
		return tool_fail(w->o, own, err);
	w->out = out_begin(w->o, columns_of(w->o), "who");
	if (!w->out)
		return EXIT_ERROR;
	err = processes_each(&w->processes, who_look, w);
	w->src = own;
	if (out_end(w->out))
		return EXIT_ERROR;
	if (!err)
		return report(w);
	/* an older one: of the same ABI version, but without the filter */
	if (err == -E2BIG || err == -EOPNOTSUPP) {
		tool_error("who: the module is older than this tool and cannot look for frames\n"
			   "  build and load module and tool from the same source");
		return EXIT_NO_MODULE;
	}
	tool_error("pid %d: %s", w->processes.failed, strerror(-err));
	return EXIT_ERROR;
}

static int run(const struct options *o)
{
	struct who w = {
		.o = o, .processes = { .progress = { .what = "who", .silent = !o->json } },
	};
	int err = tool_open_process(o->of ? o->of : "self", &w.src);

	if (err)
		return err;
	w.f = libmmscope_format(w.src);
	err = tool_phys(w.src, "who");
	if (!err)
		err = parse(&w);
	if (!err)
		err = find(&w);
	libmmscope_close(w.src);
	free(w.range);
	free(w.frame);
	free(w.record);
	return err;
}

const struct command command_who = {
	.name = "who",
	.args = "PFN[-PFN|+N]...",
	.help = "every process and address whose tables map a frame, a file, or hold a swap slot",
	.more = "The tables of all processes are read: those that share an address space are one\n"
		"row, with their number (PROCS). Numbers are hexadecimal. With --of the arguments\n"
		"are addresses of that process; with --swap AREA is the number of a swap area or its\n"
		"name, SLOT one, SLOT-SLOT or SLOT+N. What is seen of a frame is compared with how\n"
		"often the kernel says that it is mapped. Not seen: mappings of the kernel itself,\n"
		"and swapped pages of shared memory, which no table holds. Needs CAP_SYS_ADMIN.",
	.examples = " mmscope who 1a2b3\n"
		    " mmscope who --of 1234 7ffc12345000\n"
		    " mmscope who --file /lib/x86_64-linux-gnu/libc.so.6\n"
		    " mmscope who -J --swap 0:100+20 | jq '.who[].pid'\n",
	.columns = columns,
	.nr_columns = NR_COLUMNS,
	.options = OPT_TABLE | OPT_NO_MERGE | OPT_OF | OPT_WHO,
	.run = run,
	.like = columns_of,
};

/* The columns with these options. */
static const struct command *columns_of(const struct options *o)
{
	static const struct command file = {
		.columns = file_columns, .nr_columns = NR_COLUMNS,
	};
	static const struct command swap = {
		.columns = swap_columns, .nr_columns = NR_COLUMNS,
	};

	return o->file ? &file : o->swap ? &swap : &command_who;
}
