#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# mmscope trace on a program that makes so many faults of each kind and counts them
# itself (faults.c). Oracles: how the faults were made, getrusage(), exit statuses.
# shellcheck disable=SC1091,SC2154,SC2034,SC2016 # result.sh has the functions and prints out and err
. "${0%/*}/result.sh"
list=/sys/kernel/debug/kprobes/list
cd /tmp || exit 1

# made FILE: numbers of kinds in the area that the program made, by process
made() {
	awk -v who="$2" 'NR == FNR { from = $1; to = $2; pid = who == "child" ? $4 : $3; next }
		$1 == pid && $2 >= from && $2 < to { n[$3]++; if ($3 == "cow-copied" ? $4 == $5 : $3 == "cow-reused" && $4 != $5) bad++ }
		END { for (k in n) print k, n[k]; if (bad) print "frames", bad }' made "$1" | sort
}
# heard: waits until somebody listens, but not for ever
heard() {
	for _ in $(seq 300); do
		grep -q handle_mm_fault $list && return
		usleep 100000
	done
}
# raw FILE: addresses as numbers
raw() {
	while read -r pid addr rest; do
		case $addr in 0x*) printf '%s %d %s\n' "$pid" "$addr" "$rest" ;; esac
	done <"$1"
}

out=$(mmscope trace -f -nr -o PID,ADDR,KIND,FRAME,NEWFRAME -- /live/faults make /tmp/made 2>err >lines)
status=$?
err=$(cat err)
[ $status = 0 ] && [ -s made ] && [ -z "$err" ]
result $? "a program is traced to its end"
raw lines >numbers
made numbers parent >have
printf 'anon-new 200\ncow-reused 20\nzero-page 50\n' >want
same want have "its own faults, as they were made"
made numbers child >have
echo 'cow-copied 10' >want
same want have "its child's, with -f"
out=$(cat made)
[ "$(awk '{ print $5 }' made)" = 250 ]
result $? "getrusage counts as many before the fork"

mmscope trace -nr -o PID,ADDR,KIND,FRAME,NEWFRAME -- /live/faults make /tmp/made >lines 2>err
raw lines >numbers
out=$(made numbers child) err=$(cat err)
[ -z "$out" ] && [ -n "$(made numbers parent)" ]
result $? "without -f nothing of the child"
mmscope trace -f --cow -nr -o PID,ADDR,KIND,FRAME,NEWFRAME -- /live/faults make /tmp/made >lines 2>err
raw lines >numbers
made numbers parent >have
echo 'cow-reused 20' >want
same want have "--cow: only what breaks sharing"
out=$(cut -d' ' -f3 lines | sort -u)
! grep -qv -e ' cow-' -e ' thp-cow ' lines
result $? "and nothing else"

mmscope trace --json-lines -- /live/faults make /tmp/made >lines 2>err
out=$(head -2 lines) err=$(cat err)
[ "$(wc -l <lines)" -gt 270 ] && ! grep -qv '^{"time":[0-9.]*,"pid":[0-9]*,.*}$' lines
result $? "--json-lines: an object a line"
mmscope trace --stack -nr -o KIND,STACK -- /live/faults make /tmp/made >lines 2>err
out=$(head -2 lines) err=$(cat err)
n=$(grep -c "^anon-new main+0x" lines)
err="$n of them from main, 200 at least were wanted; $err"
[ "$n" -ge 200 ]
result $? "--stack: the function, and who called"
# a program that is gone before anybody looks: the tool sleeps from its first line to its end
printf '%s\n' 'kill -STOP $PPID' '/live/faults make /tmp/made' 'kill -CONT $PPID' >gone
mmscope trace -v -f --stack -nr -o COMM,KIND,STACK -- sh gone >lines 2>err
out=$(cut -c1-60 lines | sort | uniq -c) err=$(cat err)
n=$(grep -c '^faults anon-new main+0x' lines)
[ "$n" = 200 ] && ! grep -q 'not tell' err
result $? "names of a program that is gone: $n of 200"
# and one whose process has become another program
printf '%s\n' 'kill -STOP $PPID' '(usleep 700000; kill -CONT $PPID) &' 'exec /live/faults make /tmp/made' >gone
mmscope trace -v --stack -nr -o COMM,KIND,STACK -- sh gone >lines 2>err
out=$(cut -c1-60 lines | sort | uniq -c) err=$(cat err)
n=$(grep -c '^faults anon-new main+0x' lines)
shell=$(readlink -f /bin/sh)
[ "$n" = 200 ] && grep -q "^sh [a-z-]* .*$shell+" lines && ! grep -q '^sh .* main+' lines &&
	! grep -q "^faults .*$shell+" lines
result $? "names of both programs of a process: $n of 200"
for by in kind vma code stack time; do
	mmscope trace -f --summary --by $by -nr -o KIND,FAULTS -- /live/faults make /tmp/made >lines 2>err
	out=$(cat err) err=$(cat lines)
	[ -z "$out" ] && [ "$(awk '$1 == "anon-new" { n += $2 } END { print n }' lines)" -ge 200 ] &&
		[ "$(awk '$1 == "cow-copied" { n += $2 } END { print n }' lines)" -ge 10 ]
	result $? "--summary --by $by"
done
mmscope trace -f --summary --by vma -nr -b -o WHAT,KIND,FAULTS,NEW -- /live/faults make /tmp/made >lines 2>err
out=$(cat lines) err=$(cat err)
grep -q "^anonymous\\\\x200x$(printf '%x' "$(awk '{ print $1 }' made)") zero-page 50 204800$" lines
result $? "one VMA, its faults and what they gave"

mmscope trace --summary --by stack -nr -o WHAT,KIND,FAULTS -- /live/faults make /tmp/made >lines 2>err
out=$(head lines) err=$(cat err)
[ "$(awk '$1 ~ /(^|;)main$/ && $2 == "anon-new" { n += $3 } END { print n }' lines)" -ge 200 ]
result $? "--by stack: functions, the outermost first"
mmscope trace -f --count 3 -nr -- /live/faults make /tmp/made >lines 2>err
out=$(cat lines) err=$(cat err)
[ "$(wc -l <lines)" = 3 ]
result $? "--count: so many, and no more"
expect 1 'takes a number from 1' "a count of none" mmscope trace --count 0 -- true

# what breaks sharing, of a program and its children
mmscope cow -b -nr -o BY,WHAT,KIND,FAULTS,NEW,TOTALNS -- /live/faults make /tmp/made >lines 2>err
status=$?
out=$(cat lines) err=$(cat err)
area=anonymous\\\\x200x$(printf '%x' "$(awk '{ print $1 }' made)")
# a kernel that is slow may find its clock unstable; then it has one of 4 ms
[ "$slow" = 1 ] && some='[1-9]' || some='[0-9]'
[ $status = 0 ] && grep -q "^vma $area cow-copied 10 40960 $some" lines &&
	grep -q "^vma $area cow-reused 20 0 $some" lines
result $? "cow -- CMD: what its child copied, and what was left to it"
grep -q '^code main+0x[0-9a-f]* cow-copied 10 40960 ' lines &&
	grep -q '^code main+0x[0-9a-f]* cow-reused 20 0 ' lines
result $? "and the code that did it"
for kind in cow-copied cow-reused cow-unshared; do
	awk -v k=$kind '$3 == k { n[$1] += $4; ns[$1] += $6 } END { exit !(n["kind"] > 0 && n["kind"] == n["code"] &&
		n["kind"] == n["vma"] && ns["kind"] == ns["code"] && ns["kind"] == ns["vma"]) }' lines
	result $? "$kind: the same sum by kind, code and VMA"
done
expect 1 'a program to run' "cow -- without a program" mmscope cow --

# more than there is room for, nobody reads meanwhile: what was lost is told, to the last one
/live/faults many 150000 storm >counted &
storm=$!
mmscope trace -v --summary -nr -o KIND,FAULTS -p $storm >lines 2>err &
tool=$!
heard
usleep 500000
kill -STOP $tool
: >storm
wait $storm
kill -CONT $tool
wait $tool
status=$?
out=$(cat lines counted) err=$(cat err)
seen=$(sed -n 's/.*trace: \([0-9]*\) events, .*/\1/p' err) shown=$(sed -n 's/.* events, \([0-9]*\) shown.*/\1/p' err)
lost=$(sed -n 's/.*trace: \([0-9]*\) events lost.*/\1/p' err)
[ $status = 3 ] && [ "$lost" -gt 0 ] && [ "$seen" = $((shown + lost)) ]
result $? "150,000 faults that nobody reads: $lost lost, and told"
[ "$(awk '{ n += $2 } END { print n }' lines)" = "$shown" ] && [ "$seen" -ge "$(cat counted)" ] &&
	[ "$seen" -lt $(($(cat counted) + 1000)) ]
result $? "what was shown and what was lost are what getrusage counts"

mmscope trace -v -f --cow -nr -o ADDR,KIND -- /live/faults forks 300 /tmp/made >lines 2>err
status=$?
err=$(cat err)
from=$(awk '{ print $1 }' made)
copied=$(while read -r addr kind; do
	[ "$kind" = cow-copied ] && [ "$((addr))" -ge "$from" ] && [ "$((addr))" -lt $((from + 16384)) ] && echo
done <lines | wc -l)
out="$copied copies"
[ $status = 0 ] && grep -q '300 children followed' err && [ "$copied" = 1200 ]
result $? "300 children, one after the other: each is followed from its first write"

# a kernel that does not say where it has what
mount --bind /dev/null /sys/kernel/btf/vmlinux
expect 2 'CONFIG_DEBUG_INFO_BTF' "without type information: told what is missing" mmscope trace -- true
umount /sys/kernel/btf/vmlinux

# a process that runs already; ends with it
sh -c 'while [ ! -e /tmp/go ]; do x=$(usleep 50000; echo $x); done' &
pid=$!
(heard; sleep 1; : >/tmp/go) &
mmscope trace -p $pid -nr -o PID,MMPID >lines 2>err
status=$?
out=$(sort lines | uniq -c) err=$(cat err)
[ $status = 0 ] && [ -s lines ] && [ -z "$(awk -v p=$pid '$2 != p' lines)" ]
result $? "-p: the memory of one process, until it ends"
rm -f /tmp/go

expect 1 'No such file' "a program that is not there" mmscope trace -- /nonexistent
expect 4 'no such process' "a process that is not there" mmscope trace -p 99999
expect 1 'process ids with commas' "-p takes numbers" mmscope trace -p one
expect 1 'kind, vma, code, stack and time' "--by takes five words" mmscope trace --summary --by nothing
expect 1 'goes with --summary' "--by needs --summary" mmscope trace --by kind -- true
expect 1 'ended with status 7' "the status of the program is told" sh -c 'mmscope trace --summary -- sh -c "exit 7" >/dev/null && exit 1'
expect 2 'ermission' "a plain user" su user -c 'mmscope trace -- true'
out=$(cat $list) err=
! grep -q -e handle_mm_fault -e force_sig_ $list
result $? "no probe is left"
finish
