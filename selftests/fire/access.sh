#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Who may look, and what must not be seen: the attempts of access.c, and every output of
# the tool, of debugfs and of the tracepoint, searched for frames that a user may not
# know, and for addresses of kernel memory. Oracles: /proc/PID/pagemap as root sees it;
# /proc/kcore and /proc/vmallocinfo, which say where the kernel is. Each search is done
# first where it has to find something. Needs /lab/mmscope.ko; locks the kernel down.
# shellcheck disable=SC1091,SC2154,SC2034,SC2016 # result.sh has the functions and prints out and err
# usage: access.sh [MODULE]
here=$(cd "${0%/*}" && pwd)
[ -e "$here/result.sh" ] || here=$PWD
. "$here/result.sh"
access=$here/access
module=${1:-/lab/mmscope.ko}
attempts=0 denied=0 allowed=0
mkdir -p /tmp/out
cd /tmp || exit 1

# part NAME: a part of the table; its results and its counts are these ones'
part() {
	"$access" "$1" >/tmp/tap
	status=$?
	grep -v -e '^1\.\.' -e '^# count' /tmp/tap
	n=$(sed -n 's/^1\.\.//p' /tmp/tap)
	done=$((done + ${n:-0}))
	for key in attempts denied allowed; do
		more=$(sed -n "s/^# count access $key //p" /tmp/tap)
		eval "$key=\$(($key + ${more:-0}))"
	done
	out='' err=''
	[ $status = 0 ] && [ -n "$n" ]
	result $? "the attempts of $1 ended as promised (${n:-0})"
}

# tried GOT PROMISED DESCRIPTION: an attempt by the tool, its exit status
tried() {
	attempts=$((attempts + 1))
	if [ "$1" = 0 ]; then allowed=$((allowed + 1)); else denied=$((denied + 1)); fi
	[ "$1" = "$2" ]
	result $? "$3 (status $1)"
}

# tool WHO DIRECTORY PID: all commands, text and JSON and raw, and a recording
tool() {
	who=$1 dir=$2 target=$3
	rm -rf "$dir"
	mkdir -p "$dir"
	chmod 777 "$dir"
	for command in maps mm dump tasks smaps tables walk cow; do
		args=
		[ $command = walk ] && args=$page
		for form in '' -J -r; do
			as "$who" "mmscope $command $form $target $args" >"$dir/$command$form" 2>&1
		done
	done
	as "$who" "mmscope dump --no-merge -r $target" >"$dir/dump-all" 2>&1
	as "$who" "mmscope dump --by flags -J $target" >"$dir/dump-flags" 2>&1
	as "$who" "mmscope -v walk -J $target $page" >"$dir/walk-v" 2>&1
	as "$who" "mmscope record -o $dir/data $target" >"$dir/record" 2>&1
	as "$who" "mmscope record --frames -o $dir/data-frames $target" >"$dir/record-frames" 2>&1
	as "$who" "mmscope export $dir/data" >"$dir/export" 2>&1
	as "$who" "$access buffers $target $dir/buffers" >"$dir/buffers-log" 2>&1
	[ "$who" = root ] || return 0
	mmscope export "$dir/data-frames" >"$dir/export-frames" 2>&1
	mmscope zones -J >"$dir/zones" 2>&1
	mmscope frame --all --summary -J >"$dir/frame-summary" 2>&1
	mmscope frame -J 1000+2000 >"$dir/frame" 2>&1
	mmscope who -J "$(head -n 1 /tmp/frame-list)" >"$dir/who" 2>&1
	mmscope verify --freeze "$target" >"$dir/verify" 2>&1
	mmscope trace --count 200 -- ls -laR /sys/kernel/mm >"$dir/trace" 2>&1
	for file in maps mm pagetables walk; do
		line=$target
		[ $file = walk ] && line="$target $page"
		(exec 3<>/sys/kernel/debug/mmscope/$file && echo "$line" >&3 && cat <&3) >"$dir/debugfs-$file" 2>&1
	done
	cat /sys/kernel/debug/mmscope/stats /sys/kernel/debug/mmscope/selftest >"$dir/debugfs"
	: >/sys/kernel/tracing/trace
	echo 1 >/sys/kernel/tracing/events/mmscope/mmscope_fault/enable
	ls -la /sys /proc/self >/dev/null
	echo 0 >/sys/kernel/tracing/events/mmscope/mmscope_fault/enable
	cat /sys/kernel/tracing/trace >"$dir/tracefs"
}

as() { # WHO COMMAND
	if [ "$1" = root ]; then sh -c "$2"; else su "$1" -c "$2"; fi
}

for name in who passed confined limits perf; do
	part $name
done

# a process of the user, stopped: its frames stay
chmod 666 /dev/mmscope
su user -c 'exec awk "BEGIN { for (i = 0; i < 20000; i++) a[i] = i; system(\"kill -STOP \$PPID; sleep 1000\") }"' >/dev/null 2>&1 &
pid=
for _ in $(seq 200); do
	for dir in /proc/[0-9]*; do
		[ "$(cat "$dir/comm" 2>/dev/null)" = awk ] && grep -q '^State:.T' "$dir/status" && pid=${dir#/proc/}
	done 2>/dev/null
	[ -n "$pid" ] && break
	usleep 100000
done
page=$(awk '/\[stack\]/ { split($1, a, "-"); print a[2] }' "/proc/$pid/maps")
page=$(printf '%x' $((0x$page - 4096)))
"$access" frames "$pid" | sort -u >/tmp/frame-list
out="process $pid, page $page" err=
[ "$(wc -l </tmp/frame-list)" -gt 100 ]
result $? "a stopped process of a user has $(wc -l </tmp/frame-list) frames"

tool user /tmp/out/user "$pid"
tool root /tmp/out/root "$pid"
out=$(ls -l /tmp/out/user) err=
bad=0
for file in /tmp/out/root/dump-all /tmp/out/root/buffers /tmp/out/root/export /tmp/out/root/walk; do
	n=$("$access" shown /tmp/frame-list $file | tail -n 1)
	[ "${n:-0}" -gt 0 ] || { bad=1 out="nothing in $file"; }
done
result $bad "the search finds frames in what root sees"
for file in /tmp/out/user/*; do
	[ -s "$file" ] || continue
	out=$("$access" shown /tmp/frame-list "$file" | tail -n 3) err=$(head -n 3 "$file" | cut -c 1-200)
	attempts=$((attempts + 1)) denied=$((denied + 1))
	[ "$(printf '%s\n' "$out" | tail -n 1)" = 0 ]
	result $? "user: no frame of the process in ${file##*/} ($(wc -c <"$file") bytes)"
done
out=$(grep -l '"pfn": *"0x' /tmp/out/user/* 2>/dev/null) err=
[ -z "$out" ] && grep -q '"pfn": *"0x' /tmp/out/root/dump-J
result $? "user: no pfn in any JSON, in root's there is"
out=$(su user -c "mmscope dump -nr --no-merge -o PFN $pid" 2>/dev/null | sort -u)
[ -n "$out" ] && ! printf '%s\n' "$out" | grep -qv '^-*$'
result $? "user: the column PFN is empty"
for name in maps-J dump-all mm tasks export buffers data; do
	out=$(head -c 300 "/tmp/out/user/$name") err=
	[ "$(wc -c <"/tmp/out/user/$name")" -gt 60 ] && ! printf '%s' "$out" | grep -q 'denied'
	result $? "user: there was something to search in $name"
done
for name in trace tracefs debugfs debugfs-maps debugfs-walk debugfs-mm debugfs-pagetables frame zones verify \
	who export-frames data-frames maps smaps-J; do
	out=$(head -c 300 "/tmp/out/root/$name") err=
	[ "$(wc -c <"/tmp/out/root/$name")" -gt 100 ]
	result $? "root: and in $name"
done
for line in "2 cow $pid" "2 frame 1000" "2 zones" "2 who 1000" "2 verify $pid" "2 kernel" "2 tops $pid" \
	"2 record --frames -o /tmp/out/user/x $pid" "2 dump 1" "0 dump $pid" "0 maps $pid" "0 tasks $pid" \
	"2 trace -- true"; do
	su user -c "mmscope ${line#? }" >/tmp/so 2>/tmp/err
	status=$? out=$(head -n 2 /tmp/so) err=$(cat /tmp/err)
	tried $status "${line%% *}" "user: mmscope ${line#? }"
done

# what hidepid hides the tool cannot name: no process of that number, or no permission
mount -o remount,hidepid=2 /proc
su user -c "mmscope maps 1" >/tmp/so 2>/tmp/err
status=$? out='' err=$(cat /tmp/err)
tried $status 4 "user: mmscope maps of a process that hidepid=2 hides"
su user -c "mmscope maps $pid" >/tmp/so 2>/tmp/err
status=$? err=$(cat /tmp/err)
tried $status 0 "user: mmscope maps of its own there"
mount -o remount,hidepid=0 /proc

# no address of kernel memory in any output, whatever kptr_restrict says
echo 1 >/proc/sys/kernel/kptr_restrict
mmscope kernel -r >/tmp/kernel-spans 2>&1
n=$("$access" pointers /tmp/kernel-spans | tail -n 1) out="$n" err=
[ "${n:-0}" -gt 10 ]
result $? "the search finds addresses in the output of mmscope kernel"
for restrict in 0 1 2; do
	echo $restrict >/proc/sys/kernel/kptr_restrict
	tool user /tmp/out/user "$pid"
	tool root /tmp/out/root "$pid"
	# the search itself needs to read where the kernel is
	echo 1 >/proc/sys/kernel/kptr_restrict
	for who in user root; do
		out=$("$access" pointers /tmp/out/$who/* | tail -n 5) err=
		attempts=$((attempts + 1)) denied=$((denied + 1))
		[ "$(printf '%s\n' "$out" | tail -n 1)" = 0 ]
		result $? "$who, kptr_restrict $restrict: no address of kernel memory in $(cat /tmp/out/$who/* | wc -c) bytes"
	done
done
kill -KILL "$pid"

# identities are keyed anew at each load
id() { mmscope mm -nr -o FIELD,VALUE 1 | awk '$1 == "mm_id" || $1 == "id" { print $2 }'; }
one=$(id)
two=$(id)
rmmod mmscope && insmod "$module"
three=$(id)
out="$one $two $three" err=
[ -n "$one" ] && [ "$one" = "$two" ] && [ "$one" != "$three" ]
result $? "identities are the same until the module is loaded again, then others"

part yama
part lockdown
mmscope dump -nr --no-merge -o PFN 1 >/tmp/so 2>/tmp/err
status=$? out=$(sort -u /tmp/so | head) err=$(cat /tmp/err)
if grep -q '\[confidentiality\]' /sys/kernel/security/lockdown; then
	tried $status 0 "root, confidentiality: mmscope dump"
	! grep -qv '^-*$' /tmp/so && grep -q hidden /tmp/err
	result $? "and it shows no frames"
	for line in "2 zones" "2 kernel" "2 frame 1000" "0 maps 1" "0 mm 1"; do
		# shellcheck disable=SC2086 # words are wanted
		mmscope ${line#? } >/tmp/so 2>/tmp/err
		status=$? out='' err=$(cat /tmp/err)
		tried $status "${line%% *}" "root, confidentiality: mmscope ${line#? }"
	done
else
	skip "the tool under lockdown" "not in this kernel"
fi
echo "# count access attempts $attempts"
echo "# count access denied $denied"
echo "# count access allowed $allowed"
finish
