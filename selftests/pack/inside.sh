#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# What docs/INSTALL.md says of machines that are not set up for us, in a guest: a group
# that may open the device, lockdown, no debugfs. Oracle: exit statuses of the man page.
# shellcheck source=selftests/live/result.sh
. /pack/result.sh
debug=/sys/kernel/debug/mmscope
case $1 in
no-debugfs)
	[ ! -e $debug ]
	result $? "debugfs is off"
	expect 0 '' "maps" mmscope maps self
	expect 0 '' "every table of another process" mmscope dump 1
	expect 0 '' "verify finds nothing wrong" mmscope verify --freeze 1
	finish
	exit
	;;
esac

# an example of the library, of a process that runs
sleep 1000 &
pid=$!
is_called $pid sleep
awk '/^[0-9a-f]*-[0-9a-f]* / { split($1, a, "-") } /^Rss:/ { print a[1], $2 }' "/proc/$pid/smaps" |
	sed 's/^0*//' >/tmp/kernel
/pack/resident $pid | awk '{ split($1, a, "-"); print a[1], $3 }' | sed 's/^0*//' >/tmp/ours
[ -s /tmp/kernel ]
result $? "smaps of a process"
same /tmp/kernel /tmp/ours "resident.c says the same of it"
kill $pid

# the example of a udev rule: its group, its mode
group=$(sed -n 's/.*GROUP="\([a-z]*\)".*/\1/p' /pack/60-mmscope.rules)
mode=$(sed -n 's/.*MODE="\([0-7]*\)".*/\1/p' /pack/60-mmscope.rules)
echo "$group:x:77:member" >>/etc/group
for user in member:1001 other:1002; do
	echo "${user%:*}:x:${user#*:}:1000::/:/bin/sh" >>/etc/passwd
done
expect 2 'permission denied' "not a member, the device as it comes" su member -c 'mmscope maps self'
chgrp "$group" /dev/mmscope && chmod "$mode" /dev/mmscope
result $? "the device as by the rule (group $group, mode $mode)"
expect 0 '' "a member" su member -c 'mmscope maps self'
expect 0 'hidden' "a member sees no frame numbers" su member -c 'mmscope dump self'
expect 2 'permission denied' "a member, of somebody else" su member -c 'mmscope maps 1'
expect 2 'permission denied' "another user" su other -c 'mmscope maps self'

expect 0 '' "debugfs without lockdown" sh -c "exec 3<>$debug/maps"
mount -t securityfs none /sys/kernel/security 2>/dev/null
lockdown=/sys/kernel/security/lockdown
echo integrity >$lockdown
grep -q '\[integrity\]' $lockdown
result $? "lockdown for integrity"
expect 2 'not permitted' "which closes what is written to in debugfs" sh -c "exec 3<>$debug/maps"
expect 0 '' "and nothing else of it" cat $debug/stats
expect 0 '' "every table of another process" mmscope dump 1
expect 0 '' "frames" mmscope frame 1000
expect 0 '' "verify" mmscope verify --freeze 1
expect 0 '' "trace" mmscope trace --summary -- true
echo confidentiality >$lockdown
grep -q '\[confidentiality\]' $lockdown
result $? "lockdown for confidentiality"
expect 0 'hidden' "every table, no frame numbers" mmscope dump 1
expect 2 'locked down' "no frames" mmscope frame 1000
expect 2 'BPF' "no trace" mmscope trace --summary -- true
finish
