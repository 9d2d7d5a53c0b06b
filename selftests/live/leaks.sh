#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# The last of a guest: what was looked at is freed, nobody holds the module, it goes, and
# where the kernel has kmemleak nothing of it is left behind. Then, on the debug kernel,
# what has run of it: the counters as the kernel has them, for scripts/coverage.sh.
# shellcheck source=selftests/live/result.sh
. ./result.sh

# mm_structs there are; kmemleak does not tell of one that stays
mms() {
	echo 1 >/sys/kernel/slab/mm_struct/shrink
	awk '$1 == "mm_struct" { print $2 }' /proc/slabinfo
}

before=$(mms) seen=0
for _ in $(seq 60); do
	mmscope mm self >/dev/null && seen=$((seen + 1))
done
usleep 1000000
after=$(mms)
# shellcheck disable=SC2034 # result.sh
out="mm_structs: $before, then $after; seen: $seen" err=
[ $seen = 60 ] && [ "$before" -gt 0 ] && [ $((after - before)) -lt 30 ]
result $? "60 processes that were looked at are freed"

[ "$(cat /sys/module/mmscope/refcnt)" = 0 ]
result $? "nobody holds the module any more"
rmmod mmscope
result $? "it can be unloaded"
if [ -e /sys/kernel/debug/kmemleak ]; then
	# what is only seconds old is not told; the second scan finds what moved meanwhile
	for _ in 1 2; do
		usleep 6000000
		echo scan >/sys/kernel/debug/kmemleak
	done
	cat /sys/kernel/debug/kmemleak >/tmp/leaks
	head -60 /tmp/leaks | sed 's/^/# /'
	[ ! -s /tmp/leaks ]
	result $? "kmemleak has found nothing"
	echo "# count kmemleak scans 2"
fi
for gcda in $(find /sys/kernel/debug/gcov -name '*.gcda' 2>/dev/null | grep '/src/'); do
	cat "$gcda" >/tmp/gcda
	echo "# gcda ${gcda##*/src/} $(base64 /tmp/gcda | tr -d '\n')"
done
# shellcheck disable=SC2154 # result.sh
echo "1..$done"
# shellcheck disable=SC2154
exit "$failed"
