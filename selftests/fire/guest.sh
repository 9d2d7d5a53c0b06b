#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# usage: guest.sh short|long|night:SECONDS
# All of selftests/fire in the guest; one plan over all. At the end the module goes, and
# on a kernel with kmemleak nothing may be left of it.
cd /fire || exit 1
total=0 bad=0
case ${1-} in
short) calls=40000 seconds=1 hour='' ;;
long) calls=1000000 seconds=20 hour=600 ;;
night:*) calls='' seconds='' hour=${1#night:} ;;
*) exit 1 ;;
esac
[ "$1" != long ] || [ ! -e /sys/kernel/debug/kmemleak ] || hour=3600
echo "# kernel $(uname -r)"
mkdir -p /sys/fs/cgroup
grep -q " /sys/fs/cgroup " /proc/mounts || mount -t cgroup2 none /sys/fs/cgroup
echo +memory >/sys/fs/cgroup/cgroup.subtree_control

say() { # OK DESCRIPTION
	total=$((total + 1))
	if [ "$1" = 0 ]; then
		echo "ok - $2"
	else
		bad=1
		echo "not ok - $2"
	fi
}

run() {
	"$@" >/tmp/tap
	status=$?
	n=$(sed -n 's/^1\.\.//p' /tmp/tap)
	grep -v '^1\.\.' /tmp/tap
	if [ $status != 0 ] || [ -z "$n" ]; then
		bad=1
		[ -n "$n" ] || { echo "not ok - $1 ended early (status $status)"; n=$(grep -cE '^(not )?ok ' /tmp/tap); n=$((n + 1)); }
	fi
	total=$((total + n))
}

# Coverage, for scripts/coverage.sh: the files as the kernel has them, in lines of base64.
coverage() {
	for gcda in $(find /sys/kernel/debug/gcov -name '*.gcda' 2>/dev/null | grep '/src/'); do
		cat "$gcda" >/tmp/gcda
		echo "# gcda ${gcda##*/src/} $(base64 /tmp/gcda | tr -d '\n')"
	done
}

# One scan finds what is referenced no longer; a second one what was moved meanwhile.
leaks() {
	[ -e /sys/kernel/debug/kmemleak ] || return
	usleep 6000000
	echo scan >/sys/kernel/debug/kmemleak
	usleep 6000000
	echo scan >/sys/kernel/debug/kmemleak
	cat /sys/kernel/debug/kmemleak >/tmp/leaks
	head -60 /tmp/leaks | sed 's/^/# /'
	[ ! -s /tmp/leaks ]
	say $? "kmemleak has found nothing"
}

[ -z "$seconds" ] || run sh ./races.sh "$seconds"
[ -z "$calls" ] || run sh ./fuzz.sh "$calls"
[ ! -e /proc/self/fail-nth ] || [ "$1" != long ] || run ./failnth /lab/mmscope.ko
[ -z "$hour" ] || run sh ./endure.sh "$hour"
# it tightens what may be looked at, lockdown for good: last
[ -z "$seconds" ] || run sh ./access.sh
coverage
[ "$(cat /sys/module/mmscope/refcnt)" = 0 ]
say $? "nobody holds the module any more"
rmmod mmscope
say $? "it can be unloaded"
leaks
echo "1..$total"
exit $bad
