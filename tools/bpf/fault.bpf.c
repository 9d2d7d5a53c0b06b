// SPDX-License-Identifier: GPL-2.0-only
/*
 * Page faults for mmscope trace: chosen by process in the kernel, with the stack of
 * the user, into a ring buffer. On the event as every tracer sees it: its fields are
 * a contract (struct mmscope_fault_event), nothing of a kernel's own is read.
 */
#include <stdbool.h>
#include <stddef.h>
#include <linux/types.h>
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>

#include "fault.h"

char gpl[] SEC("license") = "GPL";

const volatile bool all;	/* no choice by process */
const volatile bool follow;	/* children of chosen processes, too */
const volatile bool stacks;	/* ask for the user's stack */
const volatile __u32 kinds;	/* a bit for each kind that is wanted */
const volatile __s32 self;	/* the tool: it is not told of itself */

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, FAULT_RING);
} records SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, FAULT_PROCESSES);
	__type(key, __u32);
	__type(value, __u8);
} processes SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, NR_FAULT_COUNTS);
	__type(key, __u32);
	__type(value, __u64);
} counts SEC(".maps");

/* Not for the program: libbpf opens the tool's perf buffers with it. */
struct {
	__uint(type, BPF_MAP_TYPE_PERF_EVENT_ARRAY);
	__type(key, __u32);
	__type(value, __u32);
} mappings SEC(".maps");

static void count(__u32 what)
{
	__u64 *n = bpf_map_lookup_elem(&counts, &what);

	if (n)
		(*n)++;
}

/*
 * A record is filled and told. The tool looks from time to time. It is woken only if
 * there is much to read, or for code: a program that has begun is to be asked for its
 * map while it is there.
 */
static __always_inline void tell(struct mmscope_fault_event *event, struct fault_record *r,
				 bool code)
{
	bool wake;

	r->time = bpf_ktime_get_ns();
	r->tgid = bpf_get_current_pid_tgid() >> 32;
	bpf_get_current_comm(r->comm, sizeof(r->comm));
	/* the common fields are not for programs */
	r->event.common = 0;
	__builtin_memcpy(&r->event.mm_id, &event->mm_id,
			 sizeof(r->event) - offsetof(struct mmscope_fault_event, mm_id));
	wake = code || bpf_ringbuf_query(&records, BPF_RB_AVAIL_DATA) >= FAULT_WAKE;
	bpf_ringbuf_submit(r, wake ? BPF_RB_FORCE_WAKEUP : BPF_RB_NO_WAKEUP);
}

/*
 * Two ways, each whole: the verifier of 5.10 loses sight of a reservation that may
 * have come from either. False: there was no room.
 */
static __always_inline bool tell_plain(struct mmscope_fault_event *event, bool code)
{
	struct fault_record *r = bpf_ringbuf_reserve(&records, sizeof(*r), 0);

	if (!r)
		return false;
	r->depth = 0;
	tell(event, r, code);
	return true;
}

static __always_inline bool tell_stack(struct mmscope_fault_event *event, bool code)
{
	struct fault_record_stack *r = bpf_ringbuf_reserve(&records, sizeof(*r), 0);
	long bytes;

	if (!r)
		return false;
	bytes = bpf_get_stack(event, r->ip, sizeof(r->ip), BPF_F_USER_STACK);
	r->record.depth = bytes > 0 ? bytes / sizeof(*r->ip) : 0;
	tell(event, &r->record, code);
	return true;
}

SEC("tracepoint/mmscope/mmscope_fault")
int on_fault(struct mmscope_fault_event *event)
{
	__u32 mm_pid = event->mm_pid;
	bool wanted, code, told;

	/* of code the tool is told in any case: see tell() */
	wanted = kinds >> event->kind & 1;
	code = event->vm_flags & FAULT_VM_EXEC;
	if (event->mm_pid == self || (!wanted && !code))
		return 0;
	if (!all && !bpf_map_lookup_elem(&processes, &mm_pid))
		return 0;
	if (stacks && wanted)
		told = tell_stack(event, code);
	else
		told = tell_plain(event, code);
	if (wanted)
		count(FAULT_SEEN);
	if (wanted && !told)
		count(FAULT_LOST);
	return 0;
}

/* All that is read of the kernel's own, wherever it has it (CO-RE). */
struct task_struct {
	int tgid;
} __attribute__((preserve_access_index));

/* A child has the memory map of its parent: that is worth a record. */
static void tell_fork(__u32 from, __u32 to)
{
	struct fault_record *r = bpf_ringbuf_reserve(&records, sizeof(*r), 0);

	if (!r)
		return;
	__builtin_memset(r, 0, sizeof(*r));
	r->time = bpf_ktime_get_ns();
	r->tgid = from;
	r->event.mm_pid = to;
	r->event.kind = FAULT_FORK;
	bpf_ringbuf_submit(r, BPF_RB_FORCE_WAKEUP);
}

/* Raw: the fields of the event sched_process_fork are not the same on all kernels. */
SEC("raw_tracepoint/sched_process_fork")
int on_fork(struct bpf_raw_tracepoint_args *ctx)
{
	const struct task_struct *child = (void *)ctx->args[1];
	__u32 from = bpf_get_current_pid_tgid() >> 32, to = BPF_CORE_READ(child, tgid);
	__u8 one = 1;

	/* a thread */
	if (from == to)
		return 0;
	count(FAULT_FORKS);
	if (!all && (!follow || !bpf_map_lookup_elem(&processes, &from)))
		return 0;
	if (!all)
		count(bpf_map_update_elem(&processes, &to, &one, BPF_ANY) ? FAULT_STRANGERS :
									    FAULT_CHILDREN);
	tell_fork(from, to);
	return 0;
}
