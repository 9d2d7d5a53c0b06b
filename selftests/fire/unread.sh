#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# usage: unread.sh changed|bad
# With a module to which the last tables of every stack change at each look, or are no
# memory: what nothing else brings about for certain. The rest is shown, what could not
# be read is named, and no sum without it is called whole. sabotage.sh makes the module.
# shellcheck disable=SC1091,SC2034 # result.sh prints out and err
. ./result.sh
word=$1
sleep 1000 &
pid=$!
usleep 300000
stack=$(awk '/\[stack\]/ { split($1, a, "-"); print a[2] }' "/proc/$pid/maps")
page=$(printf '%x' $((0x$stack - 4096)))
start=$(printf '%x' $((0x$page & ~0x1fffff)))
end=$(printf '%x' $(((0x$page & ~0x1fffff) + 0x200000)))

# tells STATUS PATTERN COMMAND…: the command ends with that status and says the pattern
tells() {
	want=$1 pattern=$2
	shift 2
	"$@" >/tmp/so 2>/tmp/err
	status=$? out=$(tail -n 5 /tmp/so) err=$(tail -n 5 /tmp/err)
	[ $status = "$want" ] && cat /tmp/so /tmp/err | grep -q -e "$pattern"
	result $? "$* (status $status)"
}

file() { # NAME LINE: the debugfs file's answer
	(exec 3<>"/sys/kernel/debug/mmscope/$1" && echo "$2" >&3 && cat <&3)
}

stat() { # NAME
	awk -v name="$1" '$1 == name { print $2 }' /sys/kernel/debug/mmscope/stats
}

before=$(stat changed)
tells 3 "\"result\":\"$word\"" mmscope walk -J "$pid" "0x$page"
tells 3 "0x$start-0x$end: " mmscope dump "$pid"
grep -q '^0x0000004[0-9a-f]* .* page ' /tmp/so && ! grep -q "^0x$page" /tmp/so
result $? "the rest is there, and nothing of the stack"
tells 3 "0x$start-0x$end: " mmscope dump --no-merge -r "$pid"
tells 3 '1 spans not read' mmscope smaps "$pid"
tells 3 '^unread  *[1-9]' mmscope tables "$pid"
tells 3 'spans not read' mmscope cow "$pid"
tells 3 "^0x$start .*unread  *unread" mmscope diff "$pid" "$pid"
want=0
[ "$word" = bad ] || want=3
tells $want '[01] spans not read' mmscope record -v -o /tmp/unread "$pid"
tells 3 "0x$start-0x$end: " mmscope dump -i /tmp/unread
tells 0 '^smaps .* 0$' mmscope verify "$pid"
tells 0 "$start-0x0*$end  *2M p[mt][de] $word" file pagetables "$pid"
tells 0 "$page $word" file walk "$pid $page"
after=$(stat changed) err=
out="changed $before, $after"
if [ "$word" = changed ]; then [ "$after" -gt "$before" ]; else [ "$after" = "$before" ]; fi
result $? "the counter of looks given up"
kill "$pid"
finish
