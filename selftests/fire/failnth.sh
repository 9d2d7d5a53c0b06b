#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# usage: failnth.sh [NAME…]
# Memory that is wanted for the module's file, or for tables of tracing, fails with a report.
# shellcheck source=selftests/fire/quiet.sh
. ./quiet.sh
# Two things the kernel cannot do without memory, and warns: taking back a probe for names
# of tasks that it had not placed, and taking out a kprobe (kernel/kprobes.c,
# __disarm_kprobe_ftrace()). The first is switched off, allocations of the second succeed.
echo 0 >/sys/kernel/tracing/options/record-cmd
range=$(sort /proc/kallsyms | awk 'start { print start, $1; exit } $3 == "__disarm_kprobe_ftrace" { start = $1 }')
for attribute in failslab fail_page_alloc; do
	cd /sys/kernel/debug/$attribute || exit
	echo "0x${range% *}" >reject-start
	echo "0x${range#* }" >reject-end
	echo 32 >stacktrace-depth
done
cd /fire || exit
quietly 'failnth: (page allocation failure|vmalloc error)' '</TASK>' ./failnth /lab/mmscope.ko "$@"
