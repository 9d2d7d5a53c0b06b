// SPDX-License-Identifier: GPL-2.0-only
/*
 * Page tables as other tools dump them, the records of ptdump: a physical address and
 * the 4096 bytes there, the top table first, the others in any order. Nothing says which
 * kernel they come from: bits have the names that the SDM gives them, no others.
 */
#include "recording.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct plain_record {
	__u64 address;
	__u64 slot[MMSCOPE_SLOTS];
};

#define FRAME_MASK 0x000ffffffffff000ULL

/*
 * Tables in the tree for each record, at the most. Processes may share tables, but a
 * file whose tables lead to each other again and again is no dump.
 */
#define SHARED_MAX 8

/* Memory types after power-on (SDM vol. 3A, 12.12.4); Linux has others where PAT is set. */
#define PAT_RESET 0x0007040600070406ULL

_Static_assert(sizeof(struct plain_record) == RECORDING_PLAIN, "plain_record");

struct plain {
	const struct plain_record *record;	/* by address, but the top one is apart */
	const struct plain_record *top;
	size_t nr;
	size_t blocks, most;
};

/* Bits that are the CPU's, by the names of flags.def; 0: the kernel's own. */
enum {
	MASK_PRESENT = 0, MASK_RW = 1, MASK_USER = 2, MASK_PWT = 3, MASK_PCD = 4,
	MASK_ACCESSED = 5, MASK_DIRTY = 6, MASK_PSE = 7, MASK_PAT = 7, MASK_GLOBAL = 8,
	MASK_PAT_LARGE = 12, MASK_NX = 63,
	NOT_CPU = 64, MASK_PROTNONE = NOT_CPU, MASK_SPECIAL = NOT_CPU, MASK_UFFD = NOT_CPU,
	MASK_SOFT_DIRTY = NOT_CPU, MASK_KERNEL_4K = NOT_CPU, MASK_DEVMAP = NOT_CPU,
	MASK_SAVED_DIRTY = NOT_CPU, MASK_NOPTISHADOW = NOT_CPU, MASK_PKEY = NOT_CPU,
	MASK_SWP_SOFT_DIRTY = NOT_CPU, MASK_SWP_UFFD = NOT_CPU, MASK_SWP_EXCLUSIVE = NOT_CPU,
};

/* Columns "levels" and "when" of flags.def. */
enum { ALL = 0x1f, TABLES = 0x1e, HUGE = 0x06, PTES = 0x01 };
enum {
	T = MMSCOPE_WHEN_TABLE, L = MMSCOPE_WHEN_LEAF, N = MMSCOPE_WHEN_PROTNONE,
	S = MMSCOPE_WHEN_SWAP, U = MMSCOPE_WHEN_USER, K = MMSCOPE_WHEN_KERNEL,
};

#define MMSCOPE_NAME_UFFD "uffd_wp"
#define MMSCOPE_FLAG(symbol, nm, ch, bits, lv, wh, help)		\
	{ .bit = MASK_##symbol, .width = (bits), .letter = (ch), .levels = (lv),	\
	  .when = (wh), .name = nm },
static const struct mmscope_bit all_bits[] = {
#include <mmscope/flags.def>
};

static int set_format(struct recording *r, unsigned int levels)
{
	struct mmscope_bit bits[sizeof(all_bits) / sizeof(all_bits[0])];
	struct mmscope_info info = {
		.size = sizeof(info), .abi_version = MMSCOPE_ABI_VERSION, .levels = levels,
		.page_shift = 12, .index_bits = 9, .features = MMSCOPE_FEATURE_PHYS,
		.task_size = 1ULL << (11 + 9 * levels), .pfn_mask = FRAME_MASK,
		.pat = PAT_RESET, .release = "unknown",
	};
	size_t i;

	for (i = 0; i < sizeof(all_bits) / sizeof(all_bits[0]); i++)
		if (all_bits[i].bit != NOT_CPU)
			bits[info.nr_bits++] = all_bits[i];
	return source_set_format(&r->src, &info, bits, NULL, NULL);
}

static int by_address(const void *x, const void *y)
{
	const struct plain_record *a = x, *b = y;

	return (a->address > b->address) - (a->address < b->address);
}

static const struct plain_record *find(const struct plain *p, __u64 entry)
{
	__u64 address = entry & FRAME_MASK;
	size_t low = 0, high = p->nr, middle;

	if (p->top->address == address)
		return p->top;
	while (low < high) {
		middle = low + (high - low) / 2;
		if (p->record[middle].address < address)
			low = middle + 1;
		else
			high = middle;
	}
	return low < p->nr && p->record[low].address == address ? &p->record[low] : NULL;
}

/* Does a slot of a table lead to another? At the lowest level bit 7 is no size. */
static bool leads_on(__u64 entry)
{
	return (entry & (MMSCOPE_P | MMSCOPE_PS)) == MMSCOPE_P;
}

/*
 * How many tables lie one below the other in the user half, up to five: with four levels
 * what the lowest entries map are pages of the process, and those are not in the file.
 */
static unsigned int depth(const struct plain *p)
{
	size_t room = p->nr ? p->nr : 1, nr = 1, more, i, s;
	const struct plain_record **now = calloc(room, sizeof(*now));
	const struct plain_record **next = calloc(room, sizeof(*next)), *below;
	char *seen = calloc(room, 1);
	unsigned int n = 0;

	if (now && next && seen)
		now[0] = p->top;
	else
		nr = 0;
	for (; nr && n < MMSCOPE_LEVELS_MAX; n++, nr = more) {
		const struct plain_record **swap = now;

		memset(seen, 0, room);
		for (i = 0, more = 0; i < nr; i++)
			for (s = 0; s < (n ? MMSCOPE_SLOTS : MMSCOPE_SLOTS / 2); s++) {
				below = leads_on(now[i]->slot[s]) ? find(p, now[i]->slot[s]) : NULL;
				if (!below || below == p->top || seen[below - p->record])
					continue;
				seen[below - p->record] = 1;
				next[more++] = below;
			}
		now = next;
		next = swap;
	}
	free(now);
	free(next);
	free(seen);
	return n;
}

/* A table and what is below it. 0, -EBADMSG or -ENOMEM. */
static int add_table(struct recording *r, struct plain *p, const struct plain_record *table,
		     unsigned int level, __u64 va)
{
	unsigned int i, top = level + 1 == r->src.format.info.levels;
	struct mmscope_record *rec = calloc(1, sizeof(*rec));
	struct block b = { .rec = rec, .slot = table->slot, .order = p->blocks };
	const struct plain_record *below;
	int err = rec ? recording_append(&r->contents, &rec, sizeof(rec)) : -ENOMEM;

	if (err) {
		free(rec);
		return err;
	}
	rec->va = va;
	rec->nr = top ? MMSCOPE_SLOTS / 2 : MMSCOPE_SLOTS;
	rec->level = level;
	rec->type = MMSCOPE_REC_BLOCK;
	rec->data = table->address;
	err = ++p->blocks > p->most ? -EBADMSG : recording_append(&r->blocks[level], &b, sizeof(b));
	for (i = 0; i < rec->nr && level && !err; i++) {
		below = leads_on(table->slot[i]) ? find(p, table->slot[i]) : NULL;
		if (below)
			err = add_table(r, p, below, level - 1, va + i * mmscope_span(level));
	}
	return err;
}

/* Whole records, each at an address of a table. */
static bool is_plain(const char *data, size_t len)
{
	const struct plain_record *record = (const struct plain_record *)data;
	size_t i;

	if (!len || len % sizeof(*record))
		return false;
	for (i = 0; i < len / sizeof(*record); i++)
		if (record[i].address & ~FRAME_MASK)
			return false;
	return true;
}

int recording_load_plain(struct recording *r, char *data, size_t len)
{
	struct plain p = { .nr = len / sizeof(struct plain_record) - 1 };
	struct plain_record *record = (struct plain_record *)data;
	unsigned int levels;
	int err;

	if (!is_plain(data, len))
		return -EBADMSG;
	p.top = record;
	p.record = record + 1;
	p.most = SHARED_MAX * (p.nr + 1);
	qsort(record + 1, p.nr, sizeof(*record), by_address);
	levels = depth(&p) == MMSCOPE_LEVELS_MAX ? MMSCOPE_LEVELS_MAX : 4;
	err = set_format(r, levels);
	if (!err)
		err = add_table(r, &p, p.top, levels - 1, 0);
	r->moment = (struct libmmscope_moment){
		.number = 1, .whole = true, .end = r->src.format.info.task_size,
		.done = { .tables = p.blocks },
	};
	return err;
}
