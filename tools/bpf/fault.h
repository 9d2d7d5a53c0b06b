/* SPDX-License-Identifier: GPL-2.0-only */
/* What the BPF program of trace and the tool share. */
#ifndef MMSCOPE_BPF_FAULT_H
#define MMSCOPE_BPF_FAULT_H

#include <linux/mmscope.h>

#define FAULT_RING		(16 * 1024 * 1024)	/* bytes */
#define FAULT_WAKE		(FAULT_RING / 8)	/* so much is worth a wake-up */
#define FAULT_VM_EXEC		0x4	/* of the kernel (mm.h: VM_EXEC) */
#define FAULT_STACK_DEPTH	64
#define FAULT_PROCESSES		65536

/* Kind of a record that is no fault: process tgid has the child event.mm_pid. */
#define FAULT_FORK		255

/* One record in the ring buffer. */
struct fault_record {
	__u64 time;	/* nanoseconds, CLOCK_MONOTONIC */
	__u32 depth;	/* of the stack that follows; 0: there is none */
	__s32 tgid;	/* process that faults */
	char comm[16];	/* name of the thread */
	struct mmscope_fault_event event;
};

/* The same with the user's stack, innermost first. */
struct fault_record_stack {
	struct fault_record record;
	__u64 ip[FAULT_STACK_DEPTH];
};

/* Counters, by CPU. */
enum { FAULT_SEEN, FAULT_LOST, FAULT_FORKS, FAULT_CHILDREN, FAULT_STRANGERS, NR_FAULT_COUNTS };

#endif /* MMSCOPE_BPF_FAULT_H */
