/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One page fault, between the probes that see it and the tracepoint: what
 * docs/FAULTS.md says of the fields of the event holds for those here.
 */
#ifndef MMSCOPE_SRC_FAULT_H
#define MMSCOPE_SRC_FAULT_H

#include <linux/types.h>

#include <mmscope/fault.h>

struct mm_struct;

/* In the private memory of a kretprobe instance, or on the stack of a kprobe. */
struct mmscope_fault {
	struct mm_struct *mm;	/* of the VMA; whoever faults holds it until the end */
	u64 mm_id;		/* its keyed hash */
	u64 addr;
	u64 ip;			/* in user space */
	u64 vm_start;		/* of the VMA, read at the entry; 0: refused before */
	u64 vm_end;
	u64 vm_flags;
	u64 offset;		/* in the file, bytes */
	u64 inode;
	u64 ns;			/* begin; the duration once it is over */
	u64 pfn_before;		/* of the 4 KiB at addr, 0 for none */
	u64 pfn_after;
	u32 dev;
	u32 flags;		/* MMSCOPE_FAULT_WRITE … */
	u32 result;		/* MMSCOPE_FAULT_SIGSEGV … */
	s32 pid;		/* thread that faults */
	s32 mm_pid;		/* process whose memory it is */
	u8 kind;		/* enum mmscope_fault_kind */
	u8 vma;			/* MMSCOPE_FAULT_VMA_* */
	struct mmscope_fault_side before;
	struct mmscope_fault_side after;
};

#endif /* MMSCOPE_SRC_FAULT_H */
