#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Tests the lab: does it tell the truth about a command, and does it notice when
# it cannot? selftest.sh [KERNEL]. The guests run side by side, as many as there
# are processors, which is a test too; TAP on standard output.

# shellcheck disable=SC2317 # functions are called by check

set -u

here=$(dirname -- "$(readlink -f -- "$0")")
lab=$here/lab
kernel=${1:-6.12}
work=$(mktemp -d)
count=0
failed=0
trap 'rm -rf -- "$work"' EXIT

# Logs and run directories of these guests only, to see what is left of them.
export XDG_STATE_HOME=$work/state TMPDIR=$work/tmp
mkdir -p "$TMPDIR"

# check NAME CMD…: one result line
check() {
	local name=$1

	shift
	count=$((count + 1))
	if "$@" >"$work/why" 2>&1; then
		printf 'ok %d - %s\n' "$count" "$name"
	else
		printf 'not ok %d - %s\n' "$count" "$name"
		sed 's/^/# /' "$work/why"
		failed=1
	fi
}

is() {
	[[ $1 == "$2" ]] || {
		printf 'have: %s\nwant: %s\n' "$1" "$2"
		return 1
	}
}

# start NAME LAB-ARGUMENT…: to NAME.out, NAME.err and NAME.rc, in the background
start() {
	local name=$1

	shift
	while (($(jobs -pr | wc -l) >= $(nproc))); do
		wait -n
	done
	{
		"$lab" run --kernel "$kernel" "$@" >"$work/$name.out" 2>"$work/$name.err"
		echo $? >"$work/$name.rc"
	} &
}

status_is() {
	is "$(cat "$work/$1.rc")" "$2" || {
		head -n 30 "$work/$1.err"
		return 1
	}
}

output_is() {
	is "$(cat "$work/$1")" "$2"
}

output_matches() {
	grep -q -E -e "$2" "$work/$1" || {
		printf 'no match for %s in:\n' "$2"
		head -n 30 "$work/$1"
		return 1
	}
}

# The console log a failure names is there and is about this guest.
log_is_kept() {
	local log

	log=$(sed -n 's/^lab: console: //p' "$work/$1.err")
	[[ -n $log && -s $log ]] || {
		cat "$work/$1.err"
		return 1
	}
	grep -q SeaBIOS "$log"
}

make_files() {
	mkdir -p "$work/dir/sub"
	head -c 10000000 /dev/urandom >"$work/blob"
	echo deep >"$work/dir/sub/a file"
	chmod 640 "$work/dir/sub/a file"
	ln -s sub/'a file' "$work/dir/link"
	# shellcheck disable=SC2016 # for the guest
	printf '%s\n' '#!/bin/sh' 'printf "%s:" "$#" >&2' 'printf "<%s>" "$@" >&2' 'echo >&2' \
		'pwd >&2' 'cat dir/link >&2' 'stat -c %a "dir/sub/a file" >&2' \
		'sleep 1000 & cat /opt/blob' 'sort --version | head -n 1 >/dev/stderr' \
		'su user -c "echo user >/dev/stderr"' 'exit 77' >"$work/probe"
	# What is still in the guest's pipe dies with it: the output is on its way
	# when one of the two that carry it has written something.
	# shellcheck disable=SC2016 # for the guest
	printf '%s\n' '#!/bin/sh' 'echo before' \
		'until for p in $(pidof dd); do cat /proc/$p/io; done | grep -q "^wchar: [1-9]"; do :; done' \
		'echo c >/proc/sysrq-trigger' >"$work/panic"
	chmod 755 "$work/probe" "$work/panic"
	# sort from this machine: a dynamic program that busybox would not pass for
	cp "$(command -v sort)" "$work/dir/sort"
}

start_guests() {
	start probe --file "$work/probe" --file "$work/dir" --file "$work/blob:/opt/blob" \
		--file "$work/dir/sort:/usr/local/bin/sort" -- ./probe 'two words' '' "it's \"\$HOME\"" $'new\nline' '*'
	start one -- sh -c 'cat /proc/swaps; exit 1'
	start many --swap 64M -- sh -c 'grep -c /dev/vd /proc/swaps; exit 255'
	start zero -- sh -c 'grep -c ^mmscope /proc/modules; hostname; readlink /dev/fd; test -d /sys/kernel/debug/virtio-ports'
	start timeout --timeout 45 -- sh -c 'echo before; sleep 1000'
	start panic --file "$work/panic" -- ./panic
	start warning -- sh -c 'echo "WARNING: x" >/dev/kmsg'
	start bug -- sh -c 'echo "<6>BUG: y" >/dev/kmsg; exit 3'
	start reboot -- reboot -f
	start insmod --append module.sig_enforce=1 -- echo never
	start nomodule --no-module -- sh -c '! grep ^mmscope /proc/modules'
	start missing -- no-such-command
	wait
}

check_guests() {
	local name

	check 'status 77' status_is probe 77
	check '10 MB of binary output are intact' cmp "$work/probe.out" "$work/blob"
	check 'arguments, files, errors arrive as they are' output_is probe.err \
		"5:<two words><><it's \"\$HOME\"><new
line><*>
/root
deep
640
$(sort --version | head -n 1)
user"
	check 'status 1' status_is one 1
	check 'status 255' status_is many 255
	check 'swap disk' output_is many.out 1
	check 'status 0' status_is zero 0
	check 'module is loaded, guest is set up' output_is zero.out $'1\nmmscope\n/proc/self/fd'
	check 'silent when good' output_is zero.err ''
	check 'time-out is 124' status_is timeout 124
	check 'time-out: output so far' output_is timeout.out before
	check 'panic is 125' status_is panic 125
	check 'panic: output so far' output_is panic.out before
	check 'WARNING in the kernel log is 125' status_is warning 125
	check 'BUG below the console level is 125' status_is bug 125
	check 'reboot is 125' status_is reboot 125
	check 'insmod failure is 125' status_is insmod 125
	check 'insmod failure: command does not run' output_is insmod.out ''
	check '--no-module' status_is nomodule 0
	check 'no such command is 127' status_is missing 127
	for name in timeout panic warning bug reboot insmod; do
		check "$name: log is kept" log_is_kept "$name"
	done
	check 'panic is quoted' output_matches panic.err 'sysrq triggered crash'
}

check_closed_output() {
	local line

	line=$({
		"$lab" run --kernel "$kernel" -- yes 2>"$work/yes.err"
		echo $? >"$work/yes.rc"
	} | head -n 1)
	check 'early end of the reader' is "$line $(cat "$work/yes.rc")" 'y 141'
	check 'early end of the reader: silent' output_is yes.err ''
	"$lab" run --kernel "$kernel" -- sh -c 'echo out; echo err >&2; exit 5' >&- 2>"$work/closed.err"
	check 'closed output' is "$?" 5
	check 'closed output: errors' output_is closed.err err
	"$lab" run --kernel "$kernel" -- sh -c 'echo out; head -c 1000000 /dev/zero' >/dev/full 2>"$work/full.err"
	check 'full output is 125' is "$?" 125
	check 'nothing is left behind' is "$(ls "$TMPDIR")" ''
}

usage_is_refused() {
	local status=0

	"$lab" "$@" >"$work/usage.out" 2>"$work/usage.err" || status=$?
	is "$status" 2 && [[ ! -s $work/usage.out ]] && grep -q '^lab: ' "$work/usage.err"
}

check_usage() {
	check 'usage: no command' usage_is_refused
	check 'usage: unknown command' usage_is_refused frobnicate
	check 'usage: unknown option' usage_is_refused run --frobnicate 1 -- true
	check 'usage: unknown kernel' usage_is_refused run --kernel 4.4 -- true
	check 'usage: value missing' usage_is_refused run --kernel -- true
	check 'usage: nothing to run' usage_is_refused run --
	check 'usage: no --' usage_is_refused run true
	check 'usage: missing file' usage_is_refused run --file "$work/none" -- true
	check 'usage: bad size' usage_is_refused run --mem lots -- true
	check 'usage: bad number' usage_is_refused run --smp 0 -- true
	check 'usage: shell without a terminal' usage_is_refused shell
	check 'help' "$lab" --help
}

# A lab that cannot judge must not pass anything.
check_patterns() {
	local broken=$work/broken status

	mkdir "$broken"
	cp -- "$here"/* "$broken/"
	rm -f -- "$broken/splats.txt"
	MMSCOPE_TREE=${MMSCOPE_TREE:-$here/../..} "$broken/lab" run --kernel "$kernel" -- true 2>/dev/null
	status=$?
	check 'no pattern file is 125' is "$status" 125
	echo '(' >"$broken/splats.txt"
	MMSCOPE_TREE=${MMSCOPE_TREE:-$here/../..} "$broken/lab" run --kernel "$kernel" -- true 2>/dev/null
	status=$?
	check 'a broken pattern file is 125' is "$status" 125
}

check_usage
"$lab" prepare "$kernel" || exit 1
check_patterns
make_files
start_guests
check_guests
check_closed_output
printf '1..%d\n' "$count"
exit "$failed"
