#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# usage: guest.sh PART… of races:SECONDS-EACH, short-races:SECONDS-EACH,
#        fuzz:CALLS[:SEED], failnth[:NAME | :-NAME], endure:SECONDS, access
# Parts of selftests/fire in the guest; one plan over all. Then the module goes.
cd /fire || exit 1
total=0 bad=0 access=
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

for part; do
	value=${part#*:}
	case $part in
	races:*) run sh ./races.sh "$value" ;;
	short-races:*) run sh ./races.sh --short "$value" ;;
	fuzz:*:*) run sh ./fuzz.sh "${value%:*}" "${value#*:}" ;;
	fuzz:*) run sh ./fuzz.sh "$value" ;;
	failnth) run sh ./failnth.sh ;;
	failnth:*) run sh ./failnth.sh "$value" ;;
	endure:*) run sh ./endure.sh "$value" ;;
	access) access=yes ;;
	*) echo "guest.sh: no such part: $part" >&2; bad=1 ;;
	esac
done
run sh ./leaks.sh
# it tightens what may be looked at, lockdown for good: last, with the module loaded anew
if [ -n "$access" ]; then
	insmod /lab/mmscope.ko || bad=1
	run sh ./access.sh
fi
echo "1..$total"
exit $bad
