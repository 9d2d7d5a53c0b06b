#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# usage: races.sh [SECONDS-EACH [NAME…]]
# All races, in a guest made ready for them: a memory cgroup to be killed in, huge pages,
# debugfs for the knobs of NUMA balancing. What is missing is skipped with its reason. Two
# nodes, movable memory and swap are the guest's (see selftests/live.sh).
cd "${0%/*}" || exit 1
mkdir -p /sys/fs/cgroup
grep -q ' /sys/fs/cgroup ' /proc/mounts || mount -t cgroup2 none /sys/fs/cgroup
echo +memory >/sys/fs/cgroup/cgroup.subtree_control
grep -q ' /sys/kernel/debug ' /proc/mounts || mount -t debugfs debugfs /sys/kernel/debug
echo 64 >/proc/sys/vm/nr_hugepages
# The OOM killer reports with a call trace. These are taken out of the kernel log, and
# all else in it put back: what the kernel complains of is to be seen.
dmesg -n 1
echo 0 >/proc/sys/vm/oom_dump_tasks
./races "$@"
status=$?
dmesg -c | awk '/invoked oom-killer/ { oom = 1 } !oom { print substr($0, 1, 900) } /out of memory: Killed process/ { oom = 0 }' >/tmp/log
# refused where it was set at boot
{ echo on >/proc/sys/kernel/printk_devkmsg; } 2>/dev/null
while read -r line; do
	printf '%s\n' "$line" || echo "races.sh: lost: $line" >&2
done </tmp/log >/dev/kmsg
exit $status
