#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# The tool in a guest: exit statuses, messages, bad input, recordings, debugfs
# and unloading. Oracles: the man page's statuses, /proc/PID/maps and status.
# shellcheck disable=SC2015 # "a && yes || no": yes does not fail
# shellcheck source=selftests/live/result.sh
. ./result.sh

sleep 100000 >/dev/null &
pid=$!
is_called $pid sleep
stack=$(awk '/\[stack\]/ { split($1, a, "-"); print a[2] }' /proc/$pid/maps)
# the last page of the stack holds the arguments: always present
top=$(printf '%x' $((0x$stack - 4096)))
levels=$(mmscope walk -nr -o LEVEL $pid "$top" | wc -l)

expect 0 '' "walk" mmscope walk $pid "$top"
expect 0 '' "walk with 0x, unaligned, two addresses" mmscope walk $pid "0x$top" "$(printf '%x' $((0x$top + 77)))"
expect 0 '' "maps" mmscope maps $pid
expect 0 '' "mm" mmscope mm $pid
expect 0 '' "dump" mmscope dump $pid
expect 0 '' "dump of a range" mmscope dump $pid "$top+1000"
expect 0 '' "self" mmscope walk self "$top"
for c in walk maps mm dump smaps kernel tops tasks tables frame zones who diff verify record report export; do
	expect 0 '' "$c --help" mmscope $c --help
	printf '%s' "$out" | grep -q Examples
	result $? "$c --help has examples"
done
expect 0 '' "--version" mmscope --version

expect 4 'no such process' "a pid that does not exist" mmscope walk 4194000 "$top"
expect 4 'no such process' "dump of it" mmscope dump -J 4194000
[ -z "$out" ]
result $? "nothing half printed"
expect 6 'no mm; borrows the mm of' "a kernel thread" mmscope mm 2
expect 1 'not a process id' "a pid that is no number" mmscope maps 12x
expect 1 'not a process id' "a negative pid" mmscope maps -- -5
expect 1 'which process' "no pid" mmscope dump
expect 1 'which address' "no address" mmscope walk $pid
expect 1 'not an address' "an address that is none" mmscope walk $pid 12zz
expect 1 'not an address' "an address of 17 digits" mmscope walk $pid 11112222333344445
expect 1 'kernel half' "kernel half" mmscope walk $pid ffff888000000000
expect 1 'not a canonical' "non-canonical" mmscope walk $pid 0f00000000000000
expect 1 'empty or reversed' "reversed range" mmscope dump $pid 3000-1000
expect 1 'empty or reversed' "empty range" mmscope dump $pid 3000-3000
expect 1 'not aligned' "unaligned range" mmscope dump $pid 3001-5000
expect 1 'past the end' "range past the end" mmscope dump $pid 3000-ffffffffffffffff
expect 1 'not a range' "a range that is none" mmscope dump $pid 3000
expect 1 'unknown column' "unknown column" mmscope maps -o START,NOPE $pid
expect 1 'unrecognized option' "unknown option" mmscope maps --nope $pid
expect 1 'no command' "unknown command" mmscope nope $pid
expect 1 'exclude each other' "JSON and raw at once" mmscope maps -J -r $pid
expect 1 'unexpected argument' "one argument too many" mmscope maps $pid 5
expect 1 'no command' "no command at all" mmscope
expect 5 'not loaded' "another driver's device" env MMSCOPE_DEVICE=/dev/null mmscope mm $pid
expect 5 'not loaded' "no device" env MMSCOPE_DEVICE=/dev/none mmscope mm $pid
expect 1 'No such file' "no recording" mmscope mm -i /nonexistent
expect 1 'not an mmscope recording' "no recording, but a file" mmscope mm -i /bin/busybox
expect 1 'write error' "full disk" sh -c "mmscope maps $pid >/dev/full"
expect 1 'write error' "closed stdout" sh -c "mmscope maps -J $pid >&-"
expect 2 'permission denied' "not root" su user -c "mmscope maps $pid"
mmscope dump --no-merge $pid 2>/tmp/err | head -n 1 >/tmp/out
out=$(cat /tmp/err) err=
[ "$(wc -l </tmp/out)" = 1 ] && [ ! -s /tmp/err ]
result $? "a reader that goes away is no error message"

chmod 666 /dev/mmscope
expect 2 'permission denied' "another's process, on a device for all" su user -c "mmscope maps $pid"
expect 0 'hidden' "one's own, on a device for all: frames hidden" su user -c "mmscope walk -J self $top"
printf '%s' "$out" | grep -q '"pfn":"'
[ $? = 1 ]
result $? "no frame number in the JSON of an ordinary user"
expect 0 'hidden' "a recording of one's own" su user -c "mmscope record -o /tmp/own.data self"
expect 0 "of /tmp/own.data are hidden" "diff says that frames are hidden" mmscope diff /tmp/own.data /tmp/own.data
mmscope diff -J --ignore vma-appeared /tmp/own.data $pid >/tmp/out 2>/tmp/err
status=$? out=$(head -c 2000 /tmp/out) err=$(cat /tmp/err)
[ $status = 1 ] && ! grep -q '"frame_a":"' /tmp/out && grep -q '"frame_b":"' /tmp/out &&
	! grep -q '"moved"\|"vma-appeared"' /tmp/out
result $? "and shows those of the other side alone"
chmod 600 /dev/mmscope

# an interrupt while the reader is slow: what was begun is finished, and said
awk 'BEGIN { for (i = 0; i < 90000; i++) a[i] = "0123456789012345678901234567890123456789"; system("sleep 100000") }' >/dev/null &
big=$!
for _ in $(seq 300); do
	[ "$(awk '/^VmRSS/ { print $2 }' /proc/$big/status)" -gt 5000 ] && break
	usleep 100000
done
mkfifo /tmp/fifo
mmscope dump --no-merge -J $big >/tmp/fifo 2>/tmp/err &
dump=$!
exec 8</tmp/fifo
# the first byte shows that it has begun; all of it does not fit into the pipe
dd bs=1 count=1 <&8 >/tmp/out 2>/dev/null
usleep 300000
kill -INT $dump
usleep 200000
cat <&8 >>/tmp/out
wait $dump
status=$?
exec 8<&-
out=$(tail -n 2 /tmp/out | cut -c1-100) err=$(cat /tmp/err)
[ $status = 3 ] && grep -q 'interrupted; cut off at' /tmp/err && [ "$(tail -n 1 /tmp/out)" = ']}' ]
result $? "an interrupt ends a dump in order (status $status)"

# more rows than are laid out together: all have one form, as table and as raw lines
for _ in $(seq 100); do
	grew=$rss
	rss=$(awk '/^VmRSS/ { print $2 }' /proc/$big/status)
	[ "$rss" = "$grew" ] && break
	usleep 300000
done
kill -STOP $big
columns=START,KIND,PFN,STEP,FLAGS,EFF
# accessed bits come and go: page ageing, DAMON
mmscope dump --no-merge -n -o $columns $big >/tmp/table 2>/tmp/err
mmscope dump --no-merge -nr -o $columns $big 2>>/tmp/err | sed 's/\\x20/ /g; s/ accessed//' >/tmp/want
sed 's/ accessed//; s/  */ /g; s/ *$//' /tmp/table >/tmp/have
same /tmp/want /tmp/have "$(wc -l </tmp/want) rows: table and raw lines are the same"
err=$(cat /tmp/err)
out=$(awk '{ print length($0), index($0, "present") * !!/present/ }' /tmp/table | sort | uniq -c)
[ "$(wc -l </tmp/want)" -gt 2100 ] && [ "$(echo "$out" | wc -l)" = 1 ]
result $? "and their columns are below each other"
kill -KILL $big

# against /proc/PID/maps: same ranges, rights, offsets, devices and inodes
# vsyscall: kernel half, in no list of VMAs
awk '$6 != "[vsyscall]" { split($1, a, "-"); print "0x" a[1], "0x" a[2], $2, $3, $4, $5 }' /proc/$pid/maps |
	while read -r s e p o d i; do
		printf '0x%012x 0x%012x %s 0x%08x %s %s\n' "$s" "$e" "$p" "0x$o" "$d" "$i"
	done >/tmp/want
mmscope maps -nr -o START,END,PERMS,OFFSET,DEV,INODE $pid >/tmp/have
same /tmp/want /tmp/have "maps agrees with /proc/PID/maps"
awk '$6 != "" && $6 != "[vsyscall]" { print $6 }' /proc/$pid/maps >/tmp/want
mmscope maps -nr -o PATH $pid | grep -v '^-$' | grep . >/tmp/have
same /tmp/want /tmp/have "and so do the names"
awk '/^[0-9a-f]+-/ { gate = $6 == "[vsyscall]" }
	/^VmFlags:/ && !gate { $1 = ""; print substr($0, 2) }' /proc/$pid/smaps | sed 's/ *$//' >/tmp/want
mmscope maps -J $pid | sed -n 's/.*"flags":\[\([^]]*\)\].*/\1/p' | tr -d '"' | tr ',' ' ' >/tmp/have
# the kernel's order is by bit; smaps leaves out softdirty where it is compiled out
sort /tmp/want >/tmp/want.s
head -n "$(wc -l </tmp/want)" /tmp/have | sort >/tmp/have.s
same /tmp/want.s /tmp/have.s "and the flags agree with smaps"
size=$(awk '/^VmSize:/ { print $2 * 1024 }' /proc/$pid/status)
mine=$(mmscope mm -b -r -n -o FIELD,VALUE $pid | awk '$1 == "total_vm" { print $2 }')
out="$size $mine" err=
[ "$size" = "$mine" ]
result $? "mm: total_vm is VmSize"
pte=$(awk '/^VmPTE:/ { print $2 * 1024 }' /proc/$pid/status)
mine=$(mmscope mm -b -r -n -o FIELD,VALUE $pid | awk '$1 == "pgtables_bytes" { print $2 }')
out="$pte $mine"
[ "$pte" = "$mine" ]
result $? "mm: pgtables_bytes is VmPTE"

# walk and dump say the same (every ninth entry, and the last). The kernel may
# clear accessed bits at any time when it ages pages: three tries.
walk_against_dump() {
	mmscope dump --no-merge -nr -o START,LEVEL,RAW $pid >/tmp/dump
	{ awk 'NR % 9 == 1' /tmp/dump; tail -n 1 /tmp/dump; } >/tmp/some
	while read -r va level raw; do
		mmscope walk -nr -o VA,LEVEL,RAW $pid "$va" | tail -n 1 | {
			read -r v l r
			[ "$((v)) $l $r" = "$((va)) $level $raw" ] || echo "$va $level $raw: walk says $v $l $r"
		}
	done </tmp/some >/tmp/out
	[ -s /tmp/some ] && [ ! -s /tmp/out ]
}
walk_against_dump || walk_against_dump || walk_against_dump
status=$?
out=$(cat /tmp/out) err=
result $status "walk agrees with dump on $(wc -l </tmp/some) entries"

# folded and unfolded are the same entries
mmscope dump -nr -o START,END $pid | awk '{ printf "%d %d\n", $1, $2 }' >/tmp/runs
total=0
while read -r s e; do total=$((total + (e - s) / 4096)); done <<EOT
$(mmscope dump -nr -o START,END $pid)
EOT
out="$total entries in runs"
# that frames follow each other at all is luck: after memory was set offline, none may
[ "$total" = "$(wc -l </tmp/dump)" ] && [ "$(wc -l </tmp/runs)" -le "$total" ]
result $? "runs hold exactly the entries"

expect 0 '' "record" mmscope record -o /tmp/rec $pid
# live_and_recorded COMMAND…: the same output; three tries, as above
live_and_recorded() {
	command=$1 args=
	shift
	[ "$command" = walk ] && args="$top 1000"
	for _ in 1 2 3; do
		# frames are no part of a recording
		# shellcheck disable=SC2086 # words are wanted
		mmscope "$command" "$@" $pid $args 2>&1 |
			sed 's/"page":\["[^]]*\]/"page":[]/' >/tmp/want
		# shellcheck disable=SC2086
		mmscope "$command" "$@" -i /tmp/rec $args >/tmp/have 2>&1
		cmp -s /tmp/want /tmp/have && break
		mmscope record -o /tmp/rec $pid
	done
	same /tmp/want /tmp/have "the recording gives the same: $command $*"
}
live_and_recorded maps
live_and_recorded mm
live_and_recorded dump
live_and_recorded dump --no-merge
live_and_recorded dump -J
live_and_recorded maps -J
live_and_recorded mm -J
live_and_recorded walk -J
live_and_recorded tasks
live_and_recorded tasks -J
# /tmp/rec may be as old as the last command that has changed accessed bits
expect 0 'without facts' "diff of the recording and the process: nothing" mmscope diff --ignore A /tmp/rec $pid
[ -z "$out" ]
result $? "and nothing is printed"
mmscope diff --ignore A -nr -o CHANGE /tmp/rec 1 >/tmp/out 2>/tmp/err
status=$? out=$(sort /tmp/out | uniq -c) err=$(cat /tmp/err)
[ $status = 1 ] && grep -q '^vma-gone$' /tmp/out && grep -q '^appeared$' /tmp/out
result $? "diff of two programs (status $status)"
expect 7 'give two' "diff of one" mmscope diff $pid
expect 7 'unrecognized option' "diff, unknown option" mmscope diff --nope $pid $pid
expect 7 'is no change' "diff --ignore of no flag" mmscope diff --ignore Z /tmp/rec $pid
expect 4 'no such process' "diff with nobody" mmscope diff /tmp/rec 4194000
expect 6 'no mm' "diff with a kernel thread" mmscope diff /tmp/rec 2
expect 7 'No such file' "diff with no recording" mmscope diff /tmp/rec /nonexistent
expect 7 'write error' "diff on a full disk" sh -c "mmscope diff /tmp/rec 1 >/dev/full"
expect 2 'permission denied' "diff, not root" su user -c "mmscope diff $pid $pid"
expect 1 'does not hold' "a recording has no second top table" mmscope walk --user-pgd -i /tmp/rec "$top"

# the kernel half
symbol() { awk -v s="$1" '$3 == s { print $1; exit }' /proc/kallsyms; }
text=$(symbol _text)
expect 0 '' "kernel --layout" mmscope kernel --layout
for r in direct_map vmalloc vmemmap cpu_entry_area espfix kernel_text modules fixmap vsyscall ldt_remap; do
	printf '%s\n' "$out" | grep -q " $r\$" || echo "$r"
done >/tmp/missing
err=$(cat /tmp/missing)
[ ! -s /tmp/missing ]
result $? "all regions are there"
expect 0 '' "kernel, an address" mmscope kernel "$text"
printf '%s\n' "$out" | grep -q '^region kernel_text' && printf '%s\n' "$out" | grep -q 'rights -r-x  WB  (unstable)'
result $? "_text is executable, not writable, write-back, in kernel_text"
expect 0 '' "kernel -J, an address" mmscope kernel -J "0x$text"
printf '%s\n' "$out" | grep -q '"region":"kernel_text","unstable":true'
result $? "its region, and that it is unstable"
mmscope kernel -rn -o START,END,LEVEL,EFF,REGION >/tmp/spans 2>/tmp/err
status=$? out=$(head -5 /tmp/spans) err=$(cat /tmp/err)
[ $status = 0 ] && [ "$(awk '$5 == "direct_map"' /tmp/spans | wc -l)" -gt 5 ] &&
	! grep -qv ' [a-z_]*$' /tmp/spans && sort -c /tmp/spans
result $? "kernel lists $(wc -l </tmp/spans) spans in order, each in a region"
# the kernel keeps W^X: mark_rodata_ro() says so at boot, and so do we
expect 0 '' "kernel --wx: nothing is writable and executable" mmscope kernel --wx
expect 1 'not in the kernel half' "kernel of a user address" mmscope kernel 400000
expect 1 'not in the kernel half' "kernel of the last page" mmscope kernel ffffffffffffffff
expect 1 'not an address' "kernel of no address" mmscope kernel 12xx
expect 1 'takes no address' "kernel --layout with one" mmscope kernel --layout "$text"
expect 1 'not about an address' "kernel --wx of an address" mmscope kernel --wx "$text"
expect 1 'unknown column' "kernel --layout has columns of its own" mmscope kernel --layout -o KIND
expect 1 'unknown column' "kernel: columns of the ladder need an address" mmscope kernel -o SLOT
expect 0 '' "kernel: they are there with one" mmscope kernel -o SLOT,TAKES "$text"
expect 0 '' "kernel --of" mmscope kernel --of 1 "$text"
expect 4 'no such process' "kernel --of nobody" mmscope kernel --of 4194000 "$text"
expect 2 'permission denied' "kernel, not root" su user -c 'mmscope kernel'
chmod 666 /dev/mmscope
expect 2 'CAP_SYS_ADMIN' "kernel, on a device for all" su user -c 'mmscope kernel'
expect 2 'CAP_SYS_ADMIN' "tops, on a device for all" su user -c 'mmscope tops self'
expect 0 'hidden' "walk, on a device for all: no words about frames" su user -c "mmscope walk -J self $top"
printf '%s' "$out" | grep -q '"page":\[\]'
result $? "none"
chmod 600 /dev/mmscope
expect 0 '' "tops of two processes" mmscope tops 1 $pid
printf '%s\n' "$out" | grep -q '^kernel half: [0-9]* slots in use, [0-9]* the same, [01] differ'
result $? "their kernel halves are the same tables"
expect 1 'give one process' "tops of nobody" mmscope tops
if mmscope walk --user-pgd $pid "$top" >/dev/null 2>/tmp/err; then
	expect 0 '' "tops with page-table isolation" mmscope tops $pid
	printf '%s\n' "$out" | grep -q ' user .* -nx$'
	result $? "user mode's slot has no NX"
	expect 0 '' "kernel --user-pgd" mmscope kernel --user-pgd -rn -o REGION
	# of the direct map the task state segments, a page for each processor, no more
	# (pti.c: pti_clone_user_shared())
	[ "$(printf '%s\n' "$out" | grep -c cpu_entry_area)" -gt 0 ] &&
		[ "$(printf '%s\n' "$out" | grep -c direct_map)" -le 4 ]
	result $? "user mode's table has the entry area and next to nothing of the direct map"
else
	grep -q 'isolation is off' /tmp/err
	result $? "--user-pgd says that isolation is off"
	expect 1 'isolation is off' "tops of one process, too" mmscope tops $pid
fi

# memory type, frames, tasks
expect 0 '' "dump --wx of a process that has none" mmscope dump --wx $pid
# a page written just now: an older one may be swapped in again, to be read only
scene mprotect
at=$(awk '$1 == "expect" && $2 == "page" { print $3; exit }' /tmp/scene.out)
mmscope walk -rn -o MEMTYPE,PAGE,EFF,TAKES $scene "$at" | tail -n 1 >/tmp/have
echo "WB anon urw- x" >/tmp/want
same /tmp/want /tmp/have "walk: memory type, frame, rights and which the last level takes"
exec 7>&-
scene wx
at=$(awk '$1 == "wx" { print $2 }' /tmp/scene.out)
out=$(mmscope dump --wx -nr -o START,END,EFF $scene 2>/tmp/err)
status=$? err=$(cat /tmp/err)
[ $status = 1 ] && [ "$(printf '%s\n' "$out" | awk '{ print $3 }' | sort -u)" = urwx ] &&
	[ "$(printf '%s\n' "$out" | head -n 1 | cut -d' ' -f1)" = "$at" ] && [ -z "$err" ]
result $? "dump --wx finds what is writable and executable (status $status)"
scene_next sealed
expect 0 '' "and nothing when it may no longer be written" mmscope dump --wx $scene
exec 7>&-
scene secretmem
frame=$(awk '$1 == "expect" { print $3; exit }' /tmp/scene.out)
if grep -q '^ready' /tmp/scene.out; then
	pfn=$(mmscope walk -nr -o PFN $scene "$frame" | tail -n 1)
	base=$(mmscope kernel --layout -nr -o START,REGION | awk '$2 == "direct_map" { print $1 }')
	# addresses of that half are too large for the shell: the first digit apart
	va=f$(printf '%015x' $((0x${base#0xf} + pfn * 4096)))
	out=$(mmscope kernel -J "$va") err="$frame $pfn $base"
	printf '%s\n' "$out" | grep -q '"result":"not-present".*"region":"direct_map"'
	result $? "a frame of memfd_secret is gone from the direct map"
else
	skip "a frame of memfd_secret is gone from the direct map" "$(grep -m1 skip /tmp/scene.out | cut -d' ' -f2-)"
fi
exec 7>&-
expect 0 '' "dump with frames" mmscope dump -rn -o PAGE $pid
! printf '%s\n' "$out" | grep -qvE '^((anon|shmem|file|reserved|zero|kernel|nopage)(\\x20[a-z0-9=]+)*|-)$'
result $? "every run has words about its frames"
expect 6 'kernel thread' "tasks of a kernel thread" mmscope tasks 2
mmscope tasks -rn -o PID,TGID,PPID,COMM $pid | awk -v p=$pid '$1 == p' >/tmp/have
echo "$pid $pid $(awk '/^PPid/ { print $2 }' /proc/$pid/status) $(cat /proc/$pid/comm)" >/tmp/want
same /tmp/want /tmp/have "tasks: pid, parent and name are those of /proc"
{ mmscope maps -J $pid; mmscope mm -J $pid; mmscope dump -J $pid; mmscope tasks -J $pid; mmscope walk -J $pid "$top"; } >/tmp/have
out=$(grep -oE '0x(f{3,}|ff[0-9a-f])[0-9a-f]{12}"' /tmp/have | grep -vE '0x[0-9a-f]{16}[0-9a-f]' | head -3) err=
[ -z "$(grep -oE '"0xff(ff[89a-f]|[0-9a-f]{2}[0-9a-f])[0-9a-f]{11}"' /tmp/have | head -1)" ]
result $? "no address of the kernel half outside kernel and tops"

# a process that exits while it is looked at again and again
( while :; do sleep 0.01; done ) &
loop=$!
bad=0
for _ in $(seq 60); do
	victim=$(cat /proc/$loop/task/$loop/children 2>/dev/null | awk '{ print $1 }')
	[ -n "$victim" ] || continue
	mmscope dump "$victim" >/dev/null 2>/tmp/err
	case $? in 0 | 4) ;; *) bad=$((bad + 1)); cat /tmp/err ;; esac
done
kill $loop
out=$bad err=
[ $bad = 0 ]
result $? "exit and exec during dump: status 0 or 4"

# sums: what needs no frames is there for everybody, and says what is missing
# the programs of the guest may lie on tmpfs, of whose swap a message speaks
expect 0 '' "smaps" sh -c "mmscope smaps $pid 2>/dev/null"
total=$(printf '%s\n' "$out" | tail -n 1)
expect 0 '' "smaps --total" sh -c "mmscope smaps --total $pid 2>/dev/null"
[ "$(printf '%s\n' "$out" | tail -n 1 | tr -s ' ')" = "$(printf '%s\n' "$total" | tr -s ' ')" ]
result $? "is its last line"
expect 6 'kernel thread' "smaps of a kernel thread" mmscope smaps 2
expect 1 'unexpected argument' "smaps of two" mmscope smaps $pid 1
chmod 666 /dev/mmscope
su user -c "exec sleep 100000" >/dev/null &
theirs=$!
is_called $theirs sleep
kill -STOP $theirs
expect 0 'hidden' "smaps, on a device for all: frames hidden" \
	su user -c "mmscope smaps -rn --total -o RSS,SWAP,PSS,REFERENCED $theirs"
echo "$out" >/tmp/have
awk '/^Rss/ { r = $2 * 1024 } /^Swap:/ { s = $2 * 1024 } END { print r, s, "-", "-" }' \
	/proc/$theirs/smaps_rollup >/tmp/want
same /tmp/want /tmp/have "Rss and Swap are those of smaps_rollup, the others are empty"
kill -KILL $theirs
chmod 600 /dev/mmscope

# debugfs, one descriptor for question and answer
cd /sys/kernel/debug/mmscope || exit 1
exec 3<>walk
echo "$pid 0x$top" >&3
out=$(cat <&3)
exec 3>&-
[ "$(printf '%s\n' "$out" | wc -l)" = $((levels + 1)) ]
result $? "debugfs walk shows $levels levels"
exec 3<>maps
echo $pid >&3
n=$(cat <&3 | wc -l)
exec 3>&-
[ "$n" = "$(grep -vc vsyscall /proc/$pid/maps)" ]
result $? "debugfs maps lists $n VMAs"
exec 3<>pagetables
echo $pid >&3
cat <&3 >/tmp/have
exec 3>&-
[ "$(wc -l </tmp/have)" -ge 5 ] && ! grep -v '^0x[0-9a-f]\{16\}-0x[0-9a-f]\{16\} *[0-9]*[KMGT] p[mut][de] ' /tmp/have
result $? "debugfs pagetables, in ptdump's form"
exec 3<>mm
echo $pid >&3
cat <&3 | grep -q '^mmap_base *0x'
result $? "debugfs mm"
exec 3>&-
exec 3<>walk 4<>walk
echo "$pid $top" >&3
echo "1 1000" >&4
a=$(cat <&3) b=$(cat <&4)
exec 3>&- 4>&-
[ "$a" = "$out" ] || [ "$(printf '%s' "$a" | head -n 1)" != "$(printf '%s' "$b" | head -n 1)" ]
result $? "two readers of debugfs share nothing"
for line in "" "x" "$pid" "0 1000" "4194000 1000" "$pid zz" "2 1000"; do
	exec 3<>walk
	echo "$line" >&3 2>/dev/null && echo accepted
	exec 3>&-
done >/tmp/out 2>/dev/null
out=$(cat /tmp/out)
[ ! -s /tmp/out ]
result $? "debugfs refuses nonsense, the dead and kernel threads"
grep -q '^walks [1-9]' stats
result $? "stats count"
# the shared decode against this kernel's own helpers and constructors
cat selftest >/tmp/selftest
out=$(grep -B 3 -v ' 0 wrong$' /tmp/selftest) err=$(tail -n 1 /tmp/selftest)
[ -z "$out" ] && [ "$(wc -l </tmp/selftest)" -ge 60 ] &&
	[ "$(sed -n '$s/^total \([0-9]*\) values, 0 wrong$/\1/p' /tmp/selftest)" -ge 10000 ]
result $? "debugfs selftest: $err"
cd /

# unloading
exec 5</dev/mmscope
! rmmod mmscope 2>/dev/null
result $? "rmmod is refused while a descriptor is open"
exec 5<&-
rmmod mmscope
result $? "rmmod afterwards"
[ ! -e /dev/mmscope ] && [ ! -e /sys/kernel/debug/mmscope ] && ! grep -q mmscope /proc/modules
result $? "nothing is left behind"
expect 5 'not loaded' "the tool says what is missing" mmscope mm $pid
insmod "$(find /lib/modules / -name mmscope.ko 2>/dev/null | head -n 1)"
result $? "loaded again"
expect 0 '' "and it works" mmscope mm $pid
kill $pid
finish
