// SPDX-License-Identifier: GPL-2.0-only
/* The least that a BPF program can do at the end of each fault: the measure for trace. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

char gpl[] SEC("license") = "GPL";

SEC("kretprobe/handle_mm_fault")
int on_fault_end(void *ctx)
{
	return 0;
}
