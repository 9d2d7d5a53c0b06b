// SPDX-License-Identifier: GPL-2.0-only
/* mmscope smaps: sums by VMA, as in /proc/PID/smaps, from page tables and frames. */
#include "account.h"

#include <errno.h>
#include <inttypes.h>

enum {
	COL_START, COL_END, COL_PERMS, COL_SIZE, COL_PAGE_SIZE, COL_SUMS,
	COL_PATH = COL_SUMS + NR_ACCOUNT_SUMS, COL_NOTES, NR_COLUMNS,
};

static const struct column columns[] = {
	[COL_START] = { "START", "start", CELL_HEX, 14, true, "first address; none: the sum of all" },
	[COL_END] = { "END", "end", CELL_HEX, 14, false, "address after the last" },
	[COL_PERMS] = { "PERMS", "perms", CELL_STRING, 5, true, "rights, and p private or s shared" },
	[COL_SIZE] = { "SIZE", "size", CELL_NUMBER, 6, true, "bytes of addresses" },
	[COL_PAGE_SIZE] = { "KERNELPAGESIZE", "page_size", CELL_NUMBER, 14, false, "size of its pages; MMUPageSize is the same on x86" },
#define ACCOUNT_SUM(symbol, name, key, width, shown, frames, help)	\
	[COL_SUMS + ACCOUNT_##symbol] = { name, key, CELL_NUMBER, width, shown, help },
#include "account.def"
	[COL_PATH] = { "PATH", "path", CELL_STRING, 10, true, "file, or [heap], [stack], [vdso] …; total" },
	[COL_NOTES] = { "NOTES", "notes", CELL_LIST, 10, false, "what the sums do not tell: see mmscope(1)" },
};

/* What all the rows have. */
static void set_sums(struct out *out, const struct options *o, const struct accounts *a,
		     uint64_t size, const struct account *acc)
{
	char text[64];
	unsigned int i;

	tool_size(o, size, text, sizeof(text));
	out_set(out, COL_SIZE, "%s", text);
	for (i = 0; i < NR_ACCOUNT_SUMS; i++) {
		if (account_needs_frames(i) && !a->frames)
			continue;
		tool_size(o, account_bytes(acc, i), text, sizeof(text));
		out_set(out, COL_SUMS + i, "%s", text);
	}
	account_notes(acc->notes, text, sizeof(text));
	if (*text)
		out_set(out, COL_NOTES, "%s", text);
}

static void print_vma(struct out *out, const struct options *o, const struct accounts *a, size_t i)
{
	const struct mmscope_vma *vma = a->maps->vma[i];
	const char *path = libmmscope_vma_string(vma, vma->name);
	char text[32];

	out_set(out, COL_START, "0x%012" PRIx64, (uint64_t)vma->start);
	out_set(out, COL_END, "0x%012" PRIx64, (uint64_t)vma->end);
	mmscope_perms(vma->flags, text);
	out_set(out, COL_PERMS, "%s", text);
	if (a->vma[i].page_size) {
		tool_size(o, a->vma[i].page_size, text, sizeof(text));
		out_set(out, COL_PAGE_SIZE, "%s", text);
	}
	if (path)
		out_set(out, COL_PATH, "%s", path);
	set_sums(out, o, a, vma->end - vma->start, &a->vma[i]);
	out_row(out);
}

/* What is not in the sums, in words. Return: exit status. */
static int say_missing(const struct options *o, const struct accounts *a, unsigned int notes)
{
	if (!a->frames && o->input)
		tool_error("the recording holds no facts about frames (record --frames): only sizes, Rss and Swap, and Rss with the huge zero page");
	else if (!a->frames)
		tool_error("facts about frames are hidden (they need CAP_SYS_ADMIN): only sizes, Rss and Swap, and Rss with the huge zero page");
	if (notes & ACCOUNT_SHMEM_SWAP)
		tool_error("what is swapped out of shared memory is in no page table, and not in Swap (-o +NOTES says where)");
	if (notes & ACCOUNT_SHARED_TABLE)
		tool_error("hugetlb pages in a table that processes may share are counted by page, the kernel counts them as shared (-o +NOTES says where)");
	if (notes & ACCOUNT_NOPAGE)
		tool_error("nothing is known of some frames: they are in Rss alone (-o +NOTES says where)");
	if (o->verbose)
		tool_error("%" PRIu64 " entries, %" PRIu64 " calls for frames, %" PRIu64
			   " looks repeated", a->entries, a->calls, a->retries);
	if (!a->changed && !a->outside && !(notes & ACCOUNT_CHANGED))
		return EXIT_OK;
	tool_error("changed meanwhile: %" PRIu64 " spans not read, %" PRIu64 " entries in no VMA%s",
		   a->changed, a->outside,
		   notes & ACCOUNT_CHANGED ? "; sums that are not whole for that: -o +NOTES" : "");
	return EXIT_PARTIAL;
}

static int print(const struct options *o, const struct accounts *a)
{
	struct out *out = out_begin(o, &command_smaps, "smaps");
	struct account total = { 0 };
	uint64_t size = 0;
	size_t i;

	if (!out)
		return EXIT_ERROR;
	for (i = 0; i < a->maps->count; i++) {
		account_add(&total, &a->vma[i]);
		size += a->maps->vma[i]->end - a->maps->vma[i]->start;
		if (!o->total)
			print_vma(out, o, a, i);
	}
	out_set(out, COL_PATH, "total");
	set_sums(out, o, a, size, &total);
	out_row(out);
	if (out_end(out))
		return EXIT_ERROR;
	return say_missing(o, a, total.notes);
}

static int run(const struct options *o)
{
	struct accounts a = { .progress = { .what = "smaps: entries" } };
	struct libmmscope_maps maps;
	int err;

	err = tool_open_alone(o, "smaps", &a.src);
	if (err)
		return err;
	err = libmmscope_maps_read(a.src, &maps);
	if (err) {
		err = tool_fail(o, a.src, err);
		goto out_close;
	}
	a.maps = &maps;
	err = accounts_read(&a);
	if (err == -EINTR) {
		tool_error("interrupted; nothing is shown, as no sum is whole");
		err = EXIT_PARTIAL;
	} else {
		err = err ? tool_fail(o, a.src, err) : print(o, &a);
	}
	accounts_free(&a);
	libmmscope_maps_free(&maps);
out_close:
	libmmscope_close(a.src);
	return err;
}

const struct command command_smaps = {
	.name = "smaps",
	.args = "PID",
	.help = "sums by VMA as in /proc/PID/smaps: resident, shared, dirty, huge, swapped",
	.more = "The rules are the kernel's, the page tables are read without a lock of the process.\n"
		"Without CAP_SYS_ADMIN, and of recordings without --frames: sizes, Rss and Swap. Of\n"
		"swap, what is swapped out of shared memory is not seen; SwapPss is left out. The last\n"
		"line is the sum.",
	.examples = " mmscope smaps 1234\n"
		    " mmscope smaps --total -o RSS,PSS,SHARED_CLEAN,SHARED_DIRTY,SWAP 1234\n"
		    " mmscope smaps -rn -o PSS,PATH 1234 | sort -n | tail\n"
		    " mmscope smaps -J -o +NOTES 1234 | jq '.smaps[] | select(.swap > 0)'\n",
	.columns = columns,
	.nr_columns = NR_COLUMNS,
	.options = OPT_TABLE | OPT_INPUT | OPT_BYTES | OPT_TOTAL,
	.run = run,
};
