#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Test results in shell, a line each (TAP): for the tests that read it with ".".
# shellcheck disable=SC2154,SC2034 # descriptions and commands are the caller's
done=0 failed=0
# times as slow is a kernel with all that watches it
[ -e /sys/kernel/debug/kmemleak ] && slow=10 || slow=1
result() { # OK DESCRIPTION
	done=$((done + 1))
	if [ "$1" = 0 ]; then
		echo "ok $done - $2"
	else
		failed=$((failed + 1))
		echo "not ok $done - $2"
		[ -z "$out$err" ] || printf '%s\n%s\n' "$out" "$err" | sed 's/^/# /' | head -20
	fi
}

# expect STATUS PATTERN DESCRIPTION COMMAND…: exit status and message on stderr;
# an empty pattern: no message
expect() {
	want=$1 pattern=$2 what=$3
	shift 3
	out=$("$@" 2>/tmp/err)
	status=$?
	err=$(cat /tmp/err)
	if [ -n "$pattern" ]; then
		[ $status = "$want" ] && printf '%s' "$err" | grep -q -- "$pattern"
	else
		[ $status = "$want" ] && [ -z "$err" ]
	fi
	result $? "$what (status $status)"
}

# same A B DESCRIPTION
same() {
	out=$(diff "$1" "$2" 2>&1)
	err=
	[ -z "$out" ]
	result $? "$3"
}

# skip DESCRIPTION REASON: counted as skipped, not as passed
skip() {
	done=$((done + 1))
	echo "ok $done - $1 # SKIP $2"
}

# is_called PID NAME: waits until a process has become that program, and sleeps
is_called() {
	until [ "$(cat "/proc/$1/comm")" = "$2" ] && grep -q '^State:.S' "/proc/$1/status"; do
		usleep 50000
	done
}

# scene NAME: start it, wait until it is ready; its lines in /tmp/scene.out
scene() {
	rm -f /tmp/scene.in
	mkfifo /tmp/scene.in
	# what the one before said must not pass for its own
	: >/tmp/scene.out
	"/scenes/$1" </tmp/scene.in >/tmp/scene.out 2>&1 &
	scene=$!
	exec 7>/tmp/scene.in
	for _ in $(seq 200); do
		grep -qE '^(ready|skip|fail|lacks)' /tmp/scene.out && break
		usleep 50000
	done
}

# The next state of the scene; STATE is a word of its "ready" line.
scene_next() { # STATE
	echo >&7
	for _ in $(seq 200); do
		grep -q "^ready $1" /tmp/scene.out && break
		usleep 50000
	done
}

scene_end() {
	exec 7>&-
	wait "$scene"
}

finish() {
	echo "1..$done"
	[ $failed = 0 ]
}
