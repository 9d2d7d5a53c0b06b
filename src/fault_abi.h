/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What has to be equal: the event and struct mmscope_fault_event, field by field, and
 * the numbers of the kernel that the rule of faults knows. Included once, by fault.c.
 */
#ifndef MMSCOPE_SRC_FAULT_ABI_H
#define MMSCOPE_SRC_FAULT_ABI_H

/*
 * A field of the event is where the structure says: two that are swapped would be
 * told as each other to every program that reads the raw event.
 */
#define AT(field)	\
	static_assert(offsetof(struct trace_event_raw_mmscope_fault, field) ==	\
		      offsetof(struct mmscope_fault_event, field))
/* where, and the entry */
AT(mm_id);
AT(addr);
AT(ip);
AT(before);
AT(after);
AT(pfn_before);
AT(pfn_after);
/* the VMA */
AT(vm_start);
AT(vm_end);
AT(vm_flags);
AT(offset);
AT(inode);
/* how it went, and who */
AT(ns);
AT(dev);
AT(flags);
AT(result);
AT(pid);
AT(mm_pid);
/* in short */
AT(kind);
AT(level_before);
AT(level_after);
AT(page_before);
AT(page_after);
AT(exclusive_before);
AT(exclusive_after);
AT(vma);
#undef AT
static_assert(sizeof(struct trace_event_raw_mmscope_fault) == sizeof(struct mmscope_fault_event));

/*
 * A number of include/mmscope/fault.h is that of this kernel; they were the same
 * in all kernels since 5.10, and a build says where that ends.
 */
#define SAME(name, kernels)	static_assert(MMSCOPE_FAULT_##name == (__force u32)(kernels))
SAME(WRITE, FAULT_FLAG_WRITE);
SAME(TRIED, FAULT_FLAG_TRIED);
SAME(USER, FAULT_FLAG_USER);
SAME(REMOTE, FAULT_FLAG_REMOTE);
SAME(EXEC, FAULT_FLAG_INSTRUCTION);
SAME(UNSHARE, MMSCOPE_COMPAT_FAULT_UNSHARE);
/* results */
SAME(ERROR, VM_FAULT_ERROR);
SAME(SIGSEGV, VM_FAULT_SIGSEGV);
SAME(MAJOR, VM_FAULT_MAJOR);
SAME(RESULT_RETRY, VM_FAULT_RETRY);
#undef SAME

#endif /* MMSCOPE_SRC_FAULT_ABI_H */
