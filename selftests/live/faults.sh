#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# The tracepoint's contract: its fields and kinds are those of docs/FAULTS.md; and
# what becomes of the module when somebody still listens. Needs /lab/mmscope.ko.
# shellcheck disable=SC1091,SC2154,SC2034,SC2016 # result.sh has the functions and prints out and err
. "${0%/*}/result.sh"
doc=${1:-/live/FAULTS.md}
event=/sys/kernel/tracing/events/mmscope/mmscope_fault
list=/sys/kernel/debug/kprobes/list
cd /tmp || exit 1

sed -n 's/^\tfield:\([a-z0-9]*\) \([a-z_]*\);.*/\2 \1/p' $event/format | grep -v ^common_ >have
sed -n 's/^| `\([a-z_]*\)` | \([us][0-9]*\) | .*/\1 \2/p' "$doc" >want
[ -s want ]
same want have "the fields of the event are those of the documentation ($(wc -l <have))"
sed -n '/^print fmt/s/.*REC->kind//p' $event/format | sed 's/{ [0-9]*, "/\n/g' | sed -n 's/^\([a-z][a-z-]*\)" }.*/\1/p' | sort >have
sed -n 's/^| `\([a-z-]*\)` | [^|]* |$/\1/p' "$doc" | sort >want
[ -s want ]
same want have "and so are the kinds ($(wc -l <have))"

echo 1 >$event/enable
out=$(cat $list) err=
grep -q handle_mm_fault $list
result $? "somebody listens"
: >/sys/kernel/tracing/trace
ls / >/dev/null
grep -q 'mmscope_fault: pid=' /sys/kernel/tracing/trace
result $? "and is told"
out=$(grep '^faults' /sys/kernel/debug/mmscope/stats)
[ "$(printf '%s\n' "$out" | awk '$1 == "faults" { print $2 }')" -gt 0 ] &&
	printf '%s\n' "$out" | grep -q '^faults_missed [0-9]*$'
result $? "stats count what was told"
# with nobody but tracefs listening the module may go; nothing of it stays
if rmmod mmscope 2>/tmp/err; then
	out=$(cat $list)
	! grep -q -e handle_mm_fault -e force_sig_ $list && [ ! -e $event ]
	result $? "unloaded while somebody listens: no probe is left"
	ls / >/dev/null
	out=$(insmod /lab/mmscope.ko 2>&1)
	result $? "and loaded again"
else
	out=$(cat /tmp/err)
	[ -e $event/enable ] && echo 0 >$event/enable
	result $? "refused to go while somebody listens"
fi
[ "$(cat $event/enable)" = 0 ] && ! grep -q handle_mm_fault $list
result $? "nobody listens"
mmscope mm $$ >/dev/null
result $? "and the rest works"
finish
