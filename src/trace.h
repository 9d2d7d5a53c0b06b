/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The tracepoint mmscope:mmscope_fault, one event a page fault. Its fields are a
 * contract: docs/FAULTS.md has their meaning, and a test compares the two. While
 * somebody listens the probes of fault.c are armed, and not otherwise.
 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM mmscope

#if !defined(MMSCOPE_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define MMSCOPE_TRACE_H

#include <linux/tracepoint.h>

#include "internal.h"
#include "fault.h"

/* A row of the table of kinds, for the print format. */
#define MMSCOPE_FAULT_SYMBOL(number, symbol, name, help)	{ number, name },

/*
 * perf and trace-cmd read the print format themselves (libtraceevent): no choice by
 * "?", no characters, no parentheses, which they take for other things.
 *
 * The form is that of include/trace/events, which clang-format does not know. Fields
 * are in the order of their sizes, so that there is no room between them.
 */
/* clang-format off */
TRACE_EVENT(mmscope_fault,

	TP_PROTO(const struct mmscope_fault *f),

	TP_ARGS(f),

	TP_STRUCT__entry(
		__field(u64, mm_id)
		__field(u64, addr)
		__field(u64, ip)
		__field(u64, before)
		__field(u64, after)
		__field(u64, pfn_before)
		__field(u64, pfn_after)
		__field(u64, vm_start)
		__field(u64, vm_end)
		__field(u64, vm_flags)
		__field(u64, offset)
		__field(u64, inode)
		__field(u64, ns)
		__field(u32, dev)
		__field(u32, flags)
		__field(u32, result)
		__field(s32, pid)
		__field(s32, mm_pid)
		__field(u8, kind)
		__field(u8, level_before)
		__field(u8, level_after)
		__field(u8, page_before)
		__field(u8, page_after)
		__field(u8, exclusive_before)
		__field(u8, exclusive_after)
		__field(u8, vma)
		__field(u32, reserved)
	),

	TP_fast_assign(
		__entry->mm_id = f->mm_id;
		__entry->addr = f->addr;
		__entry->ip = f->ip;
		__entry->before = f->before.raw;
		__entry->after = f->after.raw;
		__entry->pfn_before = f->pfn_before;
		__entry->pfn_after = f->pfn_after;
		__entry->vm_start = f->vm_start;
		__entry->vm_end = f->vm_end;
		__entry->vm_flags = f->vm_flags;
		__entry->offset = f->offset;
		__entry->inode = f->inode;
		__entry->ns = f->ns;
		__entry->dev = f->dev;
		__entry->flags = f->flags;
		__entry->result = f->result;
		__entry->pid = f->pid;
		__entry->mm_pid = f->mm_pid;
		__entry->kind = f->kind;
		__entry->level_before = f->before.level;
		__entry->level_after = f->after.level;
		__entry->page_before = f->before.page;
		__entry->page_after = f->after.page;
		__entry->exclusive_before = f->before.exclusive;
		__entry->exclusive_after = f->after.exclusive;
		__entry->vma = f->vma;
		__entry->reserved = 0;
	),

	TP_printk("pid=%d mm_pid=%d mm=%016llx addr=0x%llx %s%s%s %s 0x%llx@%u->0x%llx@%u pfn 0x%llx->0x%llx result=0x%x ip=0x%llx vma=0x%llx-0x%llx flags=0x%llx dev=%u:%u inode=%llu offset=0x%llx ns=%llu",
		__entry->pid, __entry->mm_pid, __entry->mm_id, __entry->addr,
		__print_symbolic(__entry->flags & MMSCOPE_FAULT_ACCESS,
			{ 0, "r" }, { MMSCOPE_FAULT_WRITE, "w" }, { MMSCOPE_FAULT_EXEC, "x" }),
		__print_symbolic(__entry->flags & MMSCOPE_FAULT_USER,
			{ 0, "k" }, { MMSCOPE_FAULT_USER, "u" }),
		__print_symbolic(__entry->flags & MMSCOPE_FAULT_REMOTE,
			{ 0, "-" }, { MMSCOPE_FAULT_REMOTE, "R" }),
		__print_symbolic(__entry->kind,
			MMSCOPE_FAULT_KINDS(MMSCOPE_FAULT_SYMBOL) { 255, "?" }),
		__entry->before, __entry->level_before, __entry->after, __entry->level_after,
		__entry->pfn_before, __entry->pfn_after, __entry->result, __entry->ip,
		__entry->vm_start, __entry->vm_end, __entry->vm_flags,
		__entry->dev >> 20, __entry->dev & 0xfffff, __entry->inode, __entry->offset,
		__entry->ns)
);
/* clang-format on */

#endif /* MMSCOPE_TRACE_H */

/* This file once more, from within the kernel's headers: the include path has src/. */
#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH .
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE trace
#include <trace/define_trace.h>
