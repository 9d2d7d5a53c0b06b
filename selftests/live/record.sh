#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Recordings in a guest: of a stopped process they say what the live one says, in every
# command and form; several moments, programs to their end, and files that end early:
# full disk, interrupt, kill, a process that goes. Oracles: the live output, what a
# program prints of its own /proc/self/maps, exit statuses.
# shellcheck disable=SC2015 # "a && yes || no": yes does not fail
# shellcheck source=selftests/live/result.sh
. ./result.sh
cd /tmp || exit 1

# two processes of one program, stopped: nothing but the kernel changes them
scene fork_write
scene_next forked
parent=$scene
child=$(awk '$1 == "child" { print $2 }' scene.out)
g_val=$(awk '$1 == "g_val" { print $2 }' scene.out)
kill -STOP "$parent" "$child"
usleep 200000
g_val=${g_val#0x}

# live_and_recorded COMMAND…: @ is the process, or the recording. Accessed bits and facts
# about frames go on changing: what differs is recorded and compared again, three times.
live_and_recorded() {
	command=$1
	shift
	for _ in 1 2 3; do
		mmscope "$command" "$@" >want 2>&1
		mmscope "$command" -i rec "$@" >have 2>&1
		cmp -s want have && break
		expect_quiet mmscope record --frames --freeze -o rec "$parent"
	done
	same want have "the recording gives the same: $command $*"
}
expect_quiet() { "$@" >/dev/null 2>&1; }

# a kernel thread that borrows the address space meanwhile counts in mm_count. Not in a
# pipe: another process that runs meanwhile maps the page of the vdso, too.
steady() { sed -i 's/^mm_count .*//; s/"mm_count":[0-9]*//' want have; }

# of_process OPTIONS COMMAND ARGUMENTS…: as above, when the process comes first
of_process() {
	options=$1 command=$2
	shift 2
	for _ in 1 2 3; do
		# shellcheck disable=SC2086 # words are wanted
		mmscope "$command" $options "$parent" "$@" >want 2>&1
		# shellcheck disable=SC2086
		mmscope "$command" $options -i rec "$@" >have 2>&1
		steady
		cmp -s want have && break
		expect_quiet mmscope record --frames --freeze -o rec "$parent"
	done
	[ -s want ] && same want have "the recording gives the same: $command $options $*" ||
		result 1 "no output: $command $options"
}

expect 0 '' "record --frames --freeze" mmscope record --frames --freeze -o rec "$parent"
expect 0 '' "report" mmscope report rec
printf '%s\n' "$out" | grep -q " $parent fork_write *whole *frozen frames "
result $? "one moment, frozen, with frames"
for form in '' -J -r; do
	for c in maps mm tasks dump tables smaps; do
		of_process "$form" $c
	done
	of_process "$form" walk "$g_val" 0 1000
done
for by in total vma page run reason span process; do
	# the name of the process is /proc's
	[ $by = process ] && columns="-o PID,TABLES,SIZE,DEPOSITED,MAPPED" || columns=
	of_process "--by $by $columns" tables
done
of_process "-o +KERNELPAGESIZE,NOTES" smaps
of_process --total smaps
of_process "-o +NODE" walk "$g_val" 0 1000
of_process "--no-merge -o +PAGE,PATH,BITS,MEMTYPE" dump
of_process "--by flags" dump
of_process "-J --wx" dump
live_and_recorded zones -o NODE,ZONE,START,END,SPANNED,PRESENT,MANAGED
# of the page of the vdso every process that ends turns the referenced flag
mmscope dump -nr -o PFN "$parent" | while read -r pfn; do
	[ "$(mmscope frame -nr -o KIND "$pfn")" = reserved ] || echo "$pfn"
done >pfns
sed -n '2p;5p;$p' pfns >some
while read -r pfn; do
	live_and_recorded frame "$pfn"
	live_and_recorded frame -J "$pfn"
done <some
expect 1 'does not hold' "a frame that is not in it" mmscope frame -i rec 1
expect 1 'does not hold' "no second top table" mmscope walk --user-pgd -i rec "$g_val"
expect 1 'this machine' "no layout of the machine" mmscope zones --layout -i rec

# both processes in one file: who shares what
expect 0 '' "record of two" mmscope record --frames --freeze -o both "$parent,$child"
for form in '' -J --pages '-o +EXCLUSIVE,PINNED'; do
	# shellcheck disable=SC2086 # words are wanted
	mmscope cow $form "$child" "$parent" >want 2>&1
	# shellcheck disable=SC2086
	mmscope cow $form -i both >have 2>&1
	[ "$(wc -l <want)" -gt 3 ] && same want have "cow $form -i FILE: the two in it" ||
		result 1 "cow $form says nothing"
done
mmscope cow -i both@1 both@2 >have 2>&1
mmscope cow "$parent" "$child" >want 2>&1
same want have "cow of two moments"
expect 1 'no other process' "cow of one alone" mmscope cow -i rec
kill -CONT "$parent" "$child"

# one that goes on runs again after --freeze
expect 0 '' "record --freeze of a running one" mmscope record --freeze -o one "$parent"
! grep -qE '^State:.[tT]' "/proc/$parent/status"
result $? "it is not stopped afterwards"

# again and again
expect 0 '' "record --interval --count" mmscope record --interval 0.1 --count 3 -o many "$parent"
[ "$(mmscope report -nr -o NR,STATE many | tr '\n' ' ')" = "1 whole 2 whole 3 whole " ]
result $? "three moments"
[ "$(mmscope report -nr -o TIME many | sort -u | wc -l)" = 3 ] &&
	mmscope report -nr -o TIME many | sort -c
result $? "one after the other"
for n in 1 2 3; do
	expect 0 '' "moment $n" mmscope maps -i many@$n
done
expect 1 'no such moment' "moment 4" mmscope maps -i many@4
cp many before
expect 0 '' "record over it" mmscope record -o many "$parent"
cmp -s before many.old
result $? "the one before is kept"
expect 0 '' "one moment out of it" mmscope record -i before@2 -o second
mmscope dump -J -i before@2 >want
mmscope dump -J -i second >have
same want have "it is the same"

# part of the addresses
page=$(printf '%x' $((0x$g_val & ~4095)))
expect 0 '' "record of a range" mmscope record -o part "$parent" "$page+1000"
expect 0 'only the tables of' "dump of a part says so" mmscope dump -nr -o START -i part
[ $((out)) = $((0x$page)) ]
result $? "and has that page alone"
expect 1 'does not hold' "walk outside of it" mmscope walk -i part 1000

# a program to its end: what it said of itself is what was recorded
expect 0 '' "record -- CMD" mmscope record -o cat -- cat /proc/self/maps
printf '%s\n' "$out" | grep -vE '\[(heap|stack|vsyscall)\]' | sed 's/-/ /; s/  */ /g' |
	awk '{ printf "0x%s 0x%s %s\n", $1, $2, $3 }' | sed 's/0x0*/0x/g' | sort >want
mmscope maps -nr -o START,END,PERMS,PATH -i cat | grep -vE '\[(heap|stack)\]' |
	awk '{ print $1, $2, $3 }' | sed 's/0x0*/0x/g' | sort >have
# it gives back its buffer afterwards
out=$(grep -vxFf want have) err=$(cat want)
[ -z "$out" ] && [ "$(wc -l <have)" -gt 5 ]
result $? "its VMAs are those that it printed"
mmscope report -nr -o FLAGS cat | grep -q at-exit
result $? "recorded when it was about to exit"
expect 0 'ended with status 3' "record of a program that fails" mmscope record -o fails -- sh -c 'exit 3'
expect 0 'ended with signal 11' "record of a program that is killed" mmscope record -o killed -- sh -c 'kill -SEGV $$'
mmscope report -nr -o STATE,COMM killed | grep -q '^whole sh'
result $? "also when a signal ends it"
expect 1 'No such file' "record of no program" mmscope record -o none -- /no/such/program
[ ! -e none ] && [ ! -e none.part ]
result $? "leaves no file"
# so long until there are three, but not for ever
cat >three <<'E'
for _ in $(seq 600); do
	[ "$(mmscope report -nr -o NR "$1.part" 2>/dev/null | wc -l)" -lt 3 ] || break
	usleep 100000
done
E
expect 0 '' "record of a program meanwhile" mmscope record --interval 0.2 -o meanwhile -- sh ./three meanwhile
[ "$(mmscope report -nr -o NR meanwhile | wc -l)" -gt 2 ]
result $? "several moments of it"

# it goes: what was recorded until then is there
sleep 1000 &
going=$!
until [ "$(cat /proc/$going/comm)" != sh ]; do usleep 10000; done
(sh ./three gone; kill $going) &
expect 3 '' "record of a process that ends" sh -c "mmscope record --interval 0.2 --count 1000 -o gone $going 2>/dev/null"
# it may have ended while the last moment was read, which is told
out=$(mmscope report -nr -o STATE gone | uniq -c | tr -s ' \n' ' ')
[ -n "$out" ] && [ -z "$(echo "$out" | sed -E 's/^ ?[0-9]+ whole ?(1 gone ?)?$//')" ]
result $? "its moments are whole, but perhaps the last"
expect 4 'no such process' "record of nobody" mmscope record -o none 4194000
[ ! -e none ] && [ ! -e none.part ]
result $? "leaves no file"

# interrupted between two moments: a whole file
mmscope record --interval 60 -o interrupted "$parent" &
recorder=$!
until [ -s interrupted.part ]; do usleep 50000; done
usleep 500000
kill -INT $recorder
wait $recorder
result $? "interrupted: status 0, for no number was asked for"
expect 0 '' "a whole file" mmscope report interrupted

# killed: FILE.part says where it ends
mmscope record --interval 0.05 -o dead "$parent" &
recorder=$!
until [ -e dead.part ] && [ "$(wc -c <dead.part)" -gt 20000 ]; do usleep 50000; done
kill -KILL $recorder
wait $recorder 2>/dev/null
[ ! -e dead ]
result $? "killed: no file under the name"
expect 3 'cut off at byte' "report of what it left" mmscope report dead.part
[ "$(mmscope report -nr -o STATE dead.part 2>/dev/null | grep -c whole)" -gt 2 ]
result $? "with whole moments"
expect 0 '' "which can be read" mmscope maps -i dead.part

# no room
mkdir small && mount -t tmpfs -o size=64k none small
expect 1 'No space left' "full disk" mmscope record --interval 0 --count 10000 -o small/full "$parent"
expect 3 'what follows is missing' "report of what it left" mmscope report small/full.part
[ "$(mmscope report -nr -o STATE small/full.part 2>/dev/null | grep -c whole)" -gt 2 ]
result $? "with whole moments"
umount small

# not everybody sees frames, and neither does who reads the recording
chmod 666 /dev/mmscope
expect 0 'hidden' "record, on a device for all" su user -c 'cd /tmp && mmscope record -o hidden self'
expect 2 'CAP_SYS_ADMIN' "record --frames" su user -c 'cd /tmp && mmscope record --frames -o none self'
chmod 600 /dev/mmscope
mmscope report -nr -o FLAGS hidden | grep -q hidden
result $? "it says that frames are hidden"
mmscope dump -J -i hidden 2>/dev/null | grep -q '"pfn":"'
[ $? = 1 ]
result $? "and has none"

# whatever is there already stays
mkdir adir
mkfifo afifo
expect 1 'no plain file' "record into a directory" mmscope record -o adir "$parent"
expect 1 'no plain file' "record into a fifo" mmscope record -o afifo "$parent"
expect 1 'no plain file' "record into a device" mmscope record -o /dev/null "$parent"
echo victim >victim
ln -s victim lnk.part
expect 1 'lnk.part' "FILE.part is a link" mmscope record -o lnk "$parent"
[ "$(cat victim)" = victim ] && [ -d adir ] && [ -c /dev/null ] && [ -p afifo ]
result $? "nothing was written over"
[ "$(stat -c %a rec)" = 600 ]
result $? "a recording is its owner's alone"
mmscope record --interval 60 -o twice "$parent" &
recorder=$!
until [ -s twice.part ]; do usleep 50000; done
expect 1 'another recording' "two into one file" mmscope record -o twice "$parent"
kill -INT $recorder
wait $recorder
expect 0 '' "the first one is whole" mmscope report twice
[ "$slow" = 1 ] && interval=0.3 || interval=3
sleep "$slow" &
expect 3 '' "one of two processes ends" sh -c "mmscope record --interval $interval --count 8 -o one-left $!,$parent 2>/dev/null"
[ "$(mmscope report -nr -o PID one-left | grep -c "^$parent\$")" = 8 ]
result $? "the other is recorded to the end"

expect 1 'which process' "record of nothing" mmscope record
expect 1 'not a process id' "record of no number" mmscope record "$parent,x"
expect 1 'takes seconds' "a wrong interval" mmscope record --interval x "$parent"
expect 1 'takes a number' "a wrong count" mmscope record --count 0 "$parent"
expect 1 'no --freeze' "record --freeze of a program" mmscope record --freeze -- true
expect 1 'takes one recording' "report of nothing" mmscope report
scene_end
finish
