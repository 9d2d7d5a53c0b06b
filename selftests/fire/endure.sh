#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# usage: endure.sh SECONDS
# Rounds of everything at once until the time is up: wild calls, races, the tool on each
# process. Between two rounds nothing may be left: no reference to the module, no memory
# (the oracle is what the kernel says is free). Counters only grow while the module is in:
# races take it out.
# shellcheck source=selftests/live/result.sh
. ./result.sh
end=$(($(cut -d. -f1 /proc/uptime) + $1))
round=0 broken=0
: >/tmp/used

# kB that nobody can have back, after caches are dropped
used() {
	sync
	echo 3 >/proc/sys/vm/drop_caches
	usleep 2000000
	awk '/^Mem(Total|Available):/ { m[$1] = $2 } END { print m["MemTotal:"] - m["MemAvailable:"] }' \
		/proc/meminfo
}

# whose it is, as far as the kernel says
where() {
	awk '/^(AnonPages|Shmem|SUnreclaim|KernelStack|PageTables|VmallocUsed|Percpu):/ {
		printf "%s%s %d", sep, $1, $2
		sep = ", "
	}' /proc/meminfo
}

# the tool's commands of every process, over and over
tour() {
	while [ -e /tmp/touring ]; do
		for dir in /proc/[0-9]*; do
			for command in maps mm tasks dump tables walk\ 0x400000; do
				# shellcheck disable=SC2086 # command and address are two words
				set -- $command
				mmscope "$1" "${dir#/proc/}" ${2+"$2"} >/dev/null 2>&1
				# a process may be gone, and a thread of the kernel has none; while
				# races take the module out there is no device
				case $? in 0 | 2 | 3 | 4 | 5 | 6) ;; *) echo "$1 ${dir#/proc/}: $?" >>/tmp/tour ;; esac
			done
		done
	done
}

# counters that have become less
shrunk() {
	awk 'NR == FNR { old[$1] = $2; next } $1 in old && $2 + 0 < old[$1] + 0 { print }' "$1" "$2"
}

while [ "$(cut -d. -f1 /proc/uptime)" -lt $end ]; do
	round=$((round + 1))
	: >/tmp/touring
	tour &
	sh ./races.sh --short 1 >/tmp/endure.races 2>&1 || { broken=1; grep '^not ok' /tmp/endure.races | sed 's/^/# /' | tee /dev/stderr; }
	cat /sys/kernel/debug/mmscope/stats >/tmp/counters
	sh ./fuzz.sh 20000 $round >/tmp/endure.fuzz 2>&1 || { broken=1; grep -v '^ok' /tmp/endure.fuzz | tail -5 | sed 's/^/# /' | tee /dev/stderr; }
	rm -f /tmp/touring
	wait
	grep -h '^# count' /tmp/endure.races /tmp/endure.fuzz
	[ "$(cat /sys/module/mmscope/refcnt)" = 0 ] || { broken=1; echo "# round $round: refcnt $(cat /sys/module/mmscope/refcnt)" | tee /dev/stderr; }
	cat /sys/kernel/debug/mmscope/stats >/tmp/counters.new
	shrunk /tmp/counters /tmp/counters.new >/tmp/shrunk
	[ ! -s /tmp/shrunk ] || { broken=1; sed 's/^/# less: /' /tmp/shrunk | tee /dev/stderr; }
	used >>/tmp/used
	# on the console, too: an hour is long
	echo "# round $round: $(tail -n 1 /tmp/used) kB ($(where)), broken so far: $broken" | tee /dev/stderr
done
result $broken "$round rounds of everything"
[ ! -s /tmp/tour ]
result $? "the tool ended each time as it should"
[ ! -s /tmp/tour ] || sort /tmp/tour | uniq -c | head | sed 's/^/# /'
# the first rounds fill caches that are not given back
if [ $round -ge 6 ]; then
	before=$(sed -n '2,4p' /tmp/used | sort -n | sed -n 2p)
	after=$(tail -n 3 /tmp/used | sort -n | sed -n 2p)
	[ $((after - before)) -lt 16384 ]
	result $? "memory is flat: $before kB at the beginning, $after kB at the end"
else
	skip "memory is flat" "only $round rounds"
fi
echo "# count endurance seconds $1"
echo "# count endurance rounds $round"
echo "1..$done"
exit "$failed"
