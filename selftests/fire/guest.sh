#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# usage: guest.sh short|long|night:SECONDS
# All of selftests/fire in the guest; one plan over all. At the end the module goes.
cd /fire || exit 1
total=0 bad=0
case ${1-} in
short) calls=40000 seconds='' hour='' ;;
long) calls=1000000 seconds=20 hour=600 ;;
night:*) calls='' seconds='' hour=${1#night:} ;;
*) exit 1 ;;
esac
[ "$1" != long ] || [ ! -e /sys/kernel/debug/kmemleak ] || hour=3600
echo "# kernel $(uname -r)"
mkdir -p /sys/fs/cgroup
grep -q " /sys/fs/cgroup " /proc/mounts || mount -t cgroup2 none /sys/fs/cgroup
echo +memory >/sys/fs/cgroup/cgroup.subtree_control

run() {
	"$@" >/tmp/run.tap
	status=$?
	n=$(sed -n 's/^1\.\.//p' /tmp/run.tap)
	grep -v '^1\.\.' /tmp/run.tap
	if [ $status != 0 ] || [ -z "$n" ]; then
		bad=1
		[ -n "$n" ] || { echo "not ok - $1 ended early (status $status)"; n=$(grep -cE '^(not )?ok ' /tmp/run.tap); n=$((n + 1)); }
	fi
	total=$((total + n))
}

[ -z "$seconds" ] || run sh ./races.sh "$seconds"
[ -z "$calls" ] || run sh ./fuzz.sh "$calls"
[ ! -e /proc/self/fail-nth ] || [ "$1" != long ] || run ./failnth /lab/mmscope.ko
[ -z "$hour" ] || run sh ./endure.sh "$hour"
run sh ./leaks.sh
# it tightens what may be looked at, lockdown for good: last, with the module loaded anew
[ -z "$calls" ] || { insmod /lab/mmscope.ko && run sh ./access.sh; }
echo "1..$total"
exit $bad
