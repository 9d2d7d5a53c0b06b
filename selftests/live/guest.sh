#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# All live tests, in the guest; one plan over all of them.
cd /live || exit 1
# as in a session of a user: in a memory cgroup of its own, not the root one
mkdir -p /sys/fs/cgroup
if { grep -q " /sys/fs/cgroup " /proc/mounts || mount -t cgroup2 none /sys/fs/cgroup; } &&
	echo +memory >/sys/fs/cgroup/cgroup.subtree_control && mkdir -p /sys/fs/cgroup/live &&
	echo $$ >/sys/fs/cgroup/live/cgroup.procs; then
	echo "ok - runs in a memory cgroup"
else
	echo "not ok - runs in a memory cgroup"
fi
echo 8 >/proc/sys/vm/nr_hugepages
# the administrator sees addresses in /proc/vmallocinfo as they are
echo 1 >/proc/sys/kernel/kptr_restrict
# hints of NUMA balancing would come in between; a guest with one node has none
[ ! -e /proc/sys/kernel/numa_balancing ] || echo 0 >/proc/sys/kernel/numa_balancing
total=1 bad=0

run() {
	"$@" >/tmp/tap
	status=$?
	n=$(sed -n 's/^1\.\.//p' /tmp/tap)
	# results as they are, under one count; a program that died is a failure
	grep -v '^1\.\.' /tmp/tap
	if [ $status != 0 ] || [ -z "$n" ]; then
		bad=1
		[ -n "$n" ] || { echo "not ok - $1 ended early (status $status)"; n=$(grep -cE '^(not )?ok ' /tmp/tap); n=$((n + 1)); }
	fi
	total=$((total + n))
}

run ./pagemap
run ./kcore
run ./frames
run ./zones
run ./who
run ./ioctl
# two levels of tables more or less are nothing to sums: all scenes in one guest
if grep -q pti=on /proc/cmdline; then
	run ./smaps textbook fork_write
else
	run ./smaps
fi
run ./storm 5
run sh ./memory.sh
run sh ./tables.sh
run sh ./tool.sh
run sh ./record.sh
run sh ./verify.sh
run ./cow
run ./diff
run ./faults
run sh ./trace.sh
# loads the module anew: last but one
run sh ./faults.sh
run sh ./leaks.sh
echo "1..$total"
exit $bad
