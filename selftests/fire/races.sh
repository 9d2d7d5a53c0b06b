#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# usage: races.sh [--short] [SECONDS-EACH [NAME…]]
# All races, in a guest made ready for them: a memory cgroup to be killed in, huge pages,
# debugfs for the knobs of NUMA balancing. What is missing is skipped with its reason. Two
# nodes, movable memory and swap are the guest's (see selftests/live.sh).
cd "${0%/*}" || exit 1
mkdir -p /sys/fs/cgroup
grep -q ' /sys/fs/cgroup ' /proc/mounts || mount -t cgroup2 none /sys/fs/cgroup
echo +memory >/sys/fs/cgroup/cgroup.subtree_control
grep -q ' /sys/kernel/debug ' /proc/mounts || mount -t debugfs debugfs /sys/kernel/debug
modprobe fuse 2>/dev/null
echo 64 >/proc/sys/vm/nr_hugepages
echo 0 >/proc/sys/vm/oom_dump_tasks
# shellcheck source=selftests/fire/quiet.sh
. ./quiet.sh
quietly 'invoked oom-killer' 'out of memory: Killed process' ./races "$@"
