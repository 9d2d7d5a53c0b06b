// SPDX-License-Identifier: GPL-2.0-only
/*
 * Records as lines of text, for debugfs: the same records and the same decode
 * as the tool's. Each function writes one record to a buffer and returns the
 * number of characters, as scnprintf() does.
 */
#include "internal.h"

#include <linux/kernel.h>
#include <linux/mm.h>

/* Names of the flags of an entry, with spaces between. */
static size_t put_flags(char *buf, size_t len, const struct mmscope_entry *e)
{
	struct mmscope_flag flag;
	unsigned int pos = 0;
	size_t n = 0;

	while (mmscope_flag_next(&mmscope_abi_format, e, &pos, &flag)) {
		if (!flag.name)
			n += scnprintf(buf + n, len - n, " bit%u", flag.bit);
		else if (flag.width > 1)
			n += scnprintf(buf + n, len - n, " %s=%llu", flag.name, flag.value);
		else
			n += scnprintf(buf + n, len - n, " %s", flag.name);
	}
	return n;
}

static const char *end_name(u32 result)
{
	static const char * const name[] = {
		[MMSCOPE_END_LEAF] = "mapped",
		[MMSCOPE_END_NONE] = "hole",
		[MMSCOPE_END_NONPRESENT] = "not-present",
		[MMSCOPE_END_BAD] = "bad table",
		[MMSCOPE_END_CHANGED] = "changed while looking",
	};

	return result < ARRAY_SIZE(name) && name[result] ? name[result] : "?";
}

size_t mmscope_text_walk(char *buf, size_t len, const struct mmscope_walk *w)
{
	struct mmscope_entry e;
	unsigned int i;
	size_t n;

	n = scnprintf(buf, len, "0x%016llx %s%s\n", w->va, end_name(w->result),
		      w->out_flags & MMSCOPE_OUT_HIDDEN ? " (frame numbers hidden)" : "");
	for (i = 0; i < w->nr_levels; i++) {
		const struct mmscope_level *l = &w->level[i];

		mmscope_decode(&mmscope_abi_format, l->entry, l->level, 0, &e);
		n += scnprintf(buf + n, len - n, "%s[%03u] slot 0x%012llx entry 0x%016llx %s",
			       mmscope_level_name(&mmscope_abi_format, l->level),
			       l->index, l->slot, l->entry, e.kind);
		if (e.has_pfn && !(w->out_flags & MMSCOPE_OUT_HIDDEN))
			n += scnprintf(buf + n, len - n, " pfn 0x%llx", e.pfn);
		n += put_flags(buf + n, len - n, &e);
		n += scnprintf(buf + n, len - n, "\n");
	}
	return n;
}

/* Names may hold anything: white space other than blanks goes out as \n, \t … */
static const char *string_at(const struct mmscope_vma *vma, u16 at)
{
	return at ? (const char *)vma + at : "-";
}

size_t mmscope_text_vma(char *buf, size_t len, const struct mmscope_vma *vma)
{
	const char *name = string_at(vma, vma->name);
	char perms[5];

	mmscope_perms(vma->flags, perms);
	return scnprintf(buf, len, "%08llx-%08llx %s %08llx %02x:%02x %llu %s %*pEs\n",
			 vma->start, vma->end, perms, vma->offset, vma->dev_major,
			 vma->dev_minor, vma->inode, string_at(vma, vma->ops),
			 (int)strlen(name), name);
}

enum unit { ADDR, COUNT, PAGES, BYTES, FLAGS, TREE, ID };

static size_t put_field(char *buf, size_t len, const char *name, enum unit unit, u64 value)
{
	switch (unit) {
	case ADDR:
	case FLAGS:
	case ID:
		return scnprintf(buf, len, "%-15s 0x%llx\n", name, value);
	case TREE:
		return scnprintf(buf, len, "%-15s %s\n", name, mmscope_tree_name(value));
	default:
		return scnprintf(buf, len, "%-15s %llu\n", name, value);
	}
}

size_t mmscope_text_mm(char *buf, size_t len, const struct mmscope_mm *mm)
{
	size_t n = 0;

#define MMSCOPE_MM_FIELD(field, unit, help)	\
	n += put_field(buf + n, len - n, #field, unit, mm->field);
#include <mmscope/mm_fields.def>
	return n;
}

/* In the line format of debugfs page_tables (ptdump), with names for bits. */
size_t mmscope_text_record(char *buf, size_t len, const struct mmscope_record *rec)
{
	static const char unit[] = "KMGT";
	u64 end = mmscope_record_end(rec), size = (end - rec->va) >> 10;
	struct mmscope_entry e;
	unsigned int u = 0;
	size_t n;

	while (!(size & 1023) && unit[u + 1]) {
		size >>= 10;
		u++;
	}
	mmscope_decode(&mmscope_abi_format, rec->data, rec->level, 0, &e);
	n = scnprintf(buf, len, "0x%016llx-0x%016llx %9llu%c %s ", rec->va, end, size,
		      unit[u], mmscope_level_name(&mmscope_abi_format, rec->level));
	if (rec->type == MMSCOPE_REC_CHANGED)
		return n + scnprintf(buf + n, len - n, "changed while looking\n");
	if (rec->type == MMSCOPE_REC_BAD)
		return n + scnprintf(buf + n, len - n, "bad table\n");
	n += scnprintf(buf + n, len - n, "%s", e.kind);
	if (e.has_pfn)
		n += scnprintf(buf + n, len - n, " pfn 0x%llx", e.pfn);
	n += put_flags(buf + n, len - n, &e);
	return n + scnprintf(buf + n, len - n, "\n");
}

size_t mmscope_text_stats(char *buf, size_t len)
{
	struct mmscope_stats *s = &mmscope_answer_stats;
	u64 seen, missed;
	size_t n;

	mmscope_fault_count(&seen, &missed);
	n = scnprintf(buf, len,
		      "walks %lld\nscans %lld\ntables %lld\nentries %lld\nretries %lld\nchanged %lld\n",
		      atomic64_read(&s->walks), atomic64_read(&s->scans),
		      atomic64_read(&s->tables), atomic64_read(&s->entries),
		      atomic64_read(&s->retries), atomic64_read(&s->changed));
	return n + scnprintf(buf + n, len - n, "faults %llu\nfaults_missed %llu\n", seen, missed);
}
