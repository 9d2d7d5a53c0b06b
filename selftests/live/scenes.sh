#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# In the guest: the scenes, in a memory cgroup of their own as in a session of a
# user, and with nothing else that scans memory. Arguments: scenes, or all.
mkdir -p /sys/fs/cgroup
if { grep -q " /sys/fs/cgroup " /proc/mounts || mount -t cgroup2 none /sys/fs/cgroup; } &&
	echo +memory >/sys/fs/cgroup/cgroup.subtree_control && mkdir -p /sys/fs/cgroup/scenes; then
	echo $$ >/sys/fs/cgroup/scenes/cgroup.procs
fi
# nor may khugepaged put entries together while they are looked at
echo 3600000 >/sys/kernel/mm/transparent_hugepage/khugepaged/scan_sleep_millisecs
# hints of NUMA balancing would come in between; its scene turns it on
echo 0 >/proc/sys/kernel/numa_balancing
/live/scenes /scenes "$@"
status=$?
# the sums of those for which the guest of the live tests is too small
[ $# != 0 ] || /live/smaps hugetlb_1g numa numa_hint numa_hint_huge migration migration_huge || status=1
exit $status
