#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# `mmscope verify` on processes that stand still, that never do, and that are none.
# Oracle: all that verify itself compares with; for what it does to the process
# /proc/PID/status. That it notices a module that lies is shown by sabotage.sh.
# shellcheck disable=SC2015 # "a && yes || no": yes does not fail
# shellcheck source=selftests/live/result.sh
. ./result.sh

# verify STATUS ARGUMENTS…: sets out, err; fails if the exit status is another
verify() {
	want=$1
	shift
	out=$(mmscope verify "$@" 2>/tmp/err)
	status=$?
	err=$(cat /tmp/err)
	[ $status = "$want" ]
}

# sum COLUMN [CHECKS]: of the table in out
sum() {
	printf '%s\n' "$out" | awk -v name="$1" -v checks="${2-.}" 'NR == 1 { for (i = 1; i <= NF; i++) if ($i == name) n = i }
		/^(explained|mismatch|not) / { exit }
		NR > 1 && $1 ~ checks { s += $n } END { print s + 0 }'
}

# still ARGUMENTS…: no mismatch, no entry changed, a lot compared; frames are in the
# hands of the kernel, which marks and counts them whether the process runs or not
still() {
	verify 0 --freeze "$@" && [ -z "$err" ] && [ "$(sum MISMATCH)" = 0 ] &&
		[ "$(sum CHANGED '^(kcore|pagemap|pagemap_scan)$')" = 0 ] && [ "$(sum COMPARED)" -gt 200 ]
}

# start NAME COMMAND…: in the background, until it says "ready"; sets pid
start() {
	# what the one before said must not pass for its own
	: >/tmp/ready
	"$@" >/tmp/ready &
	pid=$!
	until grep -q ready /tmp/ready; do usleep 50000; done
}

state() { awk '/^State/ { print $2 }' "/proc/$1/status"; }

sh -c 'echo ready; while :; do sleep 100000; done' >/tmp/ready &
shell=$!
until grep -q ready /tmp/ready; do usleep 50000; done
still $shell
result $? "a shell, frozen"
[ "$(state $shell)" = S ]
result $? "and it goes on afterwards"
still 1
result $? "process 1, frozen"
start ./churn hog 256
biggest=$(for p in /proc/[0-9]*; do
	echo "$(awk '/^VmRSS/ { print $2 }' "$p/status" 2>/dev/null) ${p#/proc/}"
done | sort -n | awk 'END { print $2 }')
[ "$biggest" = $pid ] && still $pid && [ "$(sum COMPARED)" -gt 200000 ]
result $? "the biggest process, 256 MiB, frozen"
verify 0 -J $pid && printf '%s' "$out" | grep -q '^{"verify":\[' &&
	printf '%s' "$out" | grep -q '"check":"pagemap","compared":[1-9]'
result $? "as JSON"
kill -STOP $pid
until [ "$(state $pid)" = T ]; do usleep 50000; done
still $pid
result $? "one that is stopped already, frozen"
[ "$(state $pid)" = T ]
result $? "and it stays stopped"
kill -KILL $pid

start ./churn
changed=0 wrong=0
for _ in 1 2 3; do
	verify 0 $pid || wrong=1
	changed=$((changed + $(sum CHANGED)))
	[ "$(sum MISMATCH)" = 0 ] || wrong=1
done
[ $wrong = 0 ] && [ $changed -gt 0 ]
result $? "a process that never stands still: nothing wrong, but changes are counted"
wrong=0
for _ in 1 2 3; do
	still $pid || { wrong=1; break; }
	usleep 20000
done
result $wrong "the same, frozen: nothing has changed"
usleep 100000
a=$(awk '{ print $14 + $15 }' /proc/$pid/stat)
usleep 500000
b=$(awk '{ print $14 + $15 }' /proc/$pid/stat)
[ "$b" -gt "$a" ]
result $? "and it runs on"
kill -KILL $pid
verify 4 $pid
result $? "a process that was killed: status 4"
sh -c 'sleep 0 & exec sleep 100000' &
pid=$!
until grep -q zombie "/proc/$pid/task/$pid/children" 2>/dev/null ||
	zombie=$(awk '{ print $1 }' /proc/$pid/task/$pid/children 2>/dev/null) && [ -n "$zombie" ] &&
	[ "$(state "$zombie")" = Z ]; do usleep 50000; done
verify 4 "$zombie"
result $? "a zombie: status 4"
kill $pid
verify 6 2 && printf '%s' "$err" | grep -q 'kernel thread'
result $? "a kernel thread: status 6"
out=$(chmod 666 /dev/mmscope; su user -c 'mmscope verify self' 2>&1)
status=$? err=
chmod 600 /dev/mmscope
[ $status = 2 ] && printf '%s' "$out" | grep -q CAP_SYS_ADMIN
result $? "an ordinary user: refused with status 2"
verify 1 nobody
result $? "no process id: status 1"
verify 1 1 2
result $? "two processes: status 1"

# processes that exit while they are looked at
( while :; do sleep 0.02; done ) &
loop=$!
bad=0
for _ in $(seq 30); do
	victim=$(awk '{ print $1 }' /proc/$loop/task/$loop/children 2>/dev/null)
	[ -n "$victim" ] || continue
	mmscope verify "$victim" >/tmp/out 2>/tmp/err
	case $? in 0 | 4) ;; *) bad=1; out=$(cat /tmp/out) err=$(cat /tmp/err) ;; esac
	mmscope verify --freeze "$victim" >/tmp/out 2>/tmp/err
	case $? in 0 | 4) ;; *) bad=1; out=$(cat /tmp/out) err=$(cat /tmp/err) ;; esac
done
result $bad "processes that exit meanwhile: status 0 or 4"
kill $loop $shell
finish
