// SPDX-License-Identifier: GPL-2.0-only
/* mmscope trace: a line for each fault. */
#include "trace.h"

#include <inttypes.h>
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	COL_TIME, COL_PID, COL_TID, COL_MM_PID, COL_COMM, COL_ADDR, COL_ACCESS, COL_KIND,
	COL_FRAME, COL_NEW_FRAME, COL_ENTRY, COL_NEW_ENTRY, COL_LEVEL, COL_NEW_LEVEL, COL_PAGE,
	COL_NEW_PAGE, COL_NS, COL_RESULT, COL_FLAGS, COL_CODE, COL_DATA, COL_PLACE, COL_STACK,
	NR_COLUMNS,
};

static const struct column columns[] = {
	[COL_TIME] = { "TIME", "time", CELL_DECIMAL, 11, true, "seconds since the first event" },
	[COL_PID] = { "PID", "pid", CELL_NUMBER, 7, true, "process that faults" },
	[COL_TID] = { "TID", "tid", CELL_NUMBER, 7, false, "its thread" },
	[COL_MM_PID] = { "MMPID", "mm_pid", CELL_NUMBER, 7, false, "process whose memory it is" },
	[COL_COMM] = { "COMM", "comm", CELL_STRING, 12, true, "name of the thread" },
	[COL_ADDR] = { "ADDR", "addr", CELL_HEX, 14, true, "address that faulted" },
	[COL_ACCESS] = { "ACC", "access", CELL_STRING, 4, true, "r, w or x; u user mode, k kernel; R another process" },
	[COL_KIND] = { "KIND", "kind", CELL_STRING, 12, true, "what it did, see below" },
	[COL_FRAME] = { "FRAME", "frame", CELL_HEX, 9, true, "frame before" },
	[COL_NEW_FRAME] = { "NEWFRAME", "new_frame", CELL_HEX, 9, true, "frame afterwards" },
	[COL_ENTRY] = { "ENTRY", "entry", CELL_HEX, 18, false, "entry before" },
	[COL_NEW_ENTRY] = { "NEWENTRY", "new_entry", CELL_HEX, 18, false, "entry afterwards" },
	[COL_LEVEL] = { "LEVEL", "level", CELL_STRING, 5, false, "level of the entry before" },
	[COL_NEW_LEVEL] = { "NEWLEVEL", "new_level", CELL_STRING, 8, false, "the same afterwards" },
	[COL_PAGE] = { "PAGE", "page", CELL_STRING, 7, false, "what the frame before is used for" },
	[COL_NEW_PAGE] = { "NEWPAGE", "new_page", CELL_STRING, 7, false, "the same afterwards" },
	[COL_NS] = { "NS", "ns", CELL_NUMBER, 9, true, "nanoseconds it took" },
	[COL_RESULT] = { "RESULT", "result", CELL_HEX, 7, false, "VM_FAULT_* of the kernel" },
	[COL_FLAGS] = { "FLAGS", "flags", CELL_HEX, 7, false, "FAULT_FLAG_* of the kernel" },
	[COL_CODE] = { "CODE", "code", CELL_STRING, 24, false, "function of the instruction, or file and offset" },
	[COL_DATA] = { "DATA", "data", CELL_STRING, 16, false, "variable at the address, or as PLACE" },
	[COL_PLACE] = { "PLACE", "place", CELL_STRING, 10, true, "file and offset of the address, or [heap], [stack] …" },
	[COL_STACK] = { "STACK", "stack", CELL_LIST, 24, false, "with --stack: functions, the innermost first" },
};

const struct command trace_rows = {
	.name = "trace", .columns = columns, .nr_columns = NR_COLUMNS,
};

const char *trace_kind_name(unsigned int kind)
{
#define NAME(number, symbol, name, help) [number] = name,
	static const char * const names[] = { MMSCOPE_FAULT_KINDS(NAME) };
#undef NAME

	return kind < sizeof(names) / sizeof(names[0]) ? names[kind] : "?";
}

const char *trace_kind_help(unsigned int kind)
{
#define HELP(number, symbol, name, help) [number] = help,
	static const char * const helps[] = { MMSCOPE_FAULT_KINDS(HELP) };
#undef HELP

	return kind < sizeof(helps) / sizeof(helps[0]) ? helps[kind] : "?";
}

/* FILE+OFFSET, the name of an area, or the address alone. */
static void set_place(const char *path, uint64_t offset, uint64_t va, char *buf, size_t len)
{
	if (path && *path == '/')
		snprintf(buf, len, "%s+0x%" PRIx64, path, offset);
	else if (path)
		snprintf(buf, len, "%s", path);
	else
		snprintf(buf, len, "0x%" PRIx64, va);
}

/* Where an instruction of the process that faults is. */
void trace_place(struct trace_names *names, const struct fault_record *r, uint64_t ip,
		 char *buf, size_t len)
{
	uint64_t offset;
	const char *path = trace_names_code(names, r, ip, &offset);

	set_place(path, offset, ip, buf, len);
}

/* FUNCTION+OFFSET for FILE+OFFSET, if the file has symbols. */
void trace_symbol(struct trace_names *names, const char *place, char *buf, size_t len)
{
	const char *name = NULL, *plus = strrchr(place, '+');
	uint64_t inside = 0;
	char path[4200];

	if (*place == '/' && plus) {
		snprintf(path, sizeof(path), "%.*s", (int)(plus - place), place);
		name = trace_symbols_find(trace_names_symbols(names), path,
					  strtoull(plus + 1, NULL, 16), &inside);
	}
	if (name)
		snprintf(buf, len, "%s+0x%" PRIx64, name, inside);
	else
		snprintf(buf, len, "%s", place);
}

/* The function of an instruction, or as trace_place(). */
void trace_code(struct trace_names *names, const struct fault_record *r, uint64_t ip,
		char *buf, size_t len)
{
	char place[4200];

	trace_place(names, r, ip, place, sizeof(place));
	trace_symbol(names, place, buf, len);
}

static void set_stack(const struct trace_row *r, const struct fault_record *rec)
{
	char text[16384] = "", place[4200];
	unsigned int i;

	for (i = 0; i < rec->depth; i++) {
		trace_code(r->names, rec, trace_stack(rec)[i], place, sizeof(place));
		tool_add_word(text, sizeof(text), "%s", place);
	}
	if (rec->depth)
		out_set(r->out, COL_STACK, "%s", text);
}

/* What is at the address that faulted. */
static void set_data(const struct trace_row *r, const struct mmscope_fault_event *e)
{
	char place[4200], text[4200];
	uint64_t offset;
	const char *path = trace_names_find(r->names, e, e->addr, &offset);

	set_place(path, offset, e->addr, place, sizeof(place));
	/* the address alone is no place */
	if (path)
		out_set(r->out, COL_PLACE, "%s", place);
	if (!out_wants(r->out, COL_DATA))
		return;
	trace_symbol(r->names, place, text, sizeof(text));
	out_set(r->out, COL_DATA, "%s", text);
}

/* One side of the fault. */
static void set_side(const struct trace_row *r, uint64_t raw, unsigned int level, uint64_t pfn,
		     unsigned int page, unsigned int frame_column, unsigned int entry_column,
		     unsigned int level_column, unsigned int page_column)
{
	const struct mmscope_frame frame = { .kind = page };

	if (pfn)
		out_set(r->out, frame_column, "0x%" PRIx64, pfn);
	out_set(r->out, entry_column, "0x%016" PRIx64, raw);
	out_set(r->out, level_column, "%s", mmscope_level_name(r->format, level));
	if (page)
		out_set(r->out, page_column, "%s", page_frame_kind(&frame));
}

/* One line, at @time seconds. */
void trace_row_print(const struct trace_row *r, const struct fault_record *rec, double time)
{
	const struct mmscope_fault_event *e = &rec->event;
	struct out *out = r->out;
	struct json_object *row;
	char text[4200];

	out_set(out, COL_TIME, "%.6f", time);
	out_set(out, COL_PID, "%d", rec->tgid);
	out_set(out, COL_TID, "%d", e->pid);
	out_set(out, COL_MM_PID, "%d", e->mm_pid);
	out_set(out, COL_COMM, "%.15s", rec->comm);
	out_set(out, COL_ADDR, "0x%012" PRIx64, (uint64_t)e->addr);
	out_set(out, COL_ACCESS, "%c%c%s", e->flags & MMSCOPE_FAULT_WRITE ? 'w' :
		e->flags & MMSCOPE_FAULT_EXEC ? 'x' : 'r',
		e->flags & MMSCOPE_FAULT_USER ? 'u' : 'k',
		e->flags & MMSCOPE_FAULT_REMOTE ? "R" : "");
	out_set(out, COL_KIND, "%s", trace_kind_name(e->kind));
	set_side(r, e->before, e->level_before, e->pfn_before, e->page_before, COL_FRAME,
		 COL_ENTRY, COL_LEVEL, COL_PAGE);
	set_side(r, e->after, e->level_after, e->pfn_after, e->page_after, COL_NEW_FRAME,
		 COL_NEW_ENTRY, COL_NEW_LEVEL, COL_NEW_PAGE);
	out_set(out, COL_NS, "%" PRIu64, (uint64_t)e->ns);
	out_set(out, COL_RESULT, "0x%x", e->result);
	out_set(out, COL_FLAGS, "0x%x", e->flags);
	if (e->ip && out_wants(out, COL_CODE)) {
		trace_code(r->names, rec, e->ip, text, sizeof(text));
		out_set(out, COL_CODE, "%s", text);
	}
	set_data(r, e);
	if (r->stacks)
		set_stack(r, rec);
	if (!r->json_lines) {
		out_row(out);
		return;
	}
	row = out_take(out);
	puts(json_object_to_json_string_ext(row, JSON_C_TO_STRING_NOSLASHESCAPE));
	json_object_put(row);
}
