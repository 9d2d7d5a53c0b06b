#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# usage: sabotage.sh KERNEL
# Does `mmscope verify` notice a module that lies? Each module is built from a copy
# of the tree in which SCAN changes the one entry at the start of a program.
set -u
kernel=${1:?}
. selftests/broken.sh

# module NAME CHANGE: a copy of what it is built from; CHANGE is done to the entry
module() {
	copy "$1"
	[ -n "$2" ] || return 0
	# the program begins at a fixed address: Debian's static busybox is no PIE
	awk -v change="$2" '
		{ print }
		/^static void hide_copy\(/ { inside = 1 }
		inside && /^\tunsigned int i;/ {
			print "\n\tfor (i = 0; !look->level && i < look->nr; i++)"
			print "\t\tif ((look->va & PAGE_MASK) + i * PAGE_SIZE == 0x401000)"
			print "\t\t\tlook->copy[i] " change ";"
			inside = 0
			done = 1
		}
		END { exit !done }' src/scan.c >"$work/$1/src/scan.c" || exit 1
}

# verify NAME: exit status and output of the tool in the guest, into log
verify() {
	# shellcheck disable=SC2016 # for the guest
	MMSCOPE_TREE="$work/$1" selftests/lab/lab run --kernel "$kernel" --timeout 300 -- sh -c '
		sleep 1000 & pid=$!; usleep 500000; while [ "$(cat /proc/$pid/comm)" != sleep ]; do usleep 100000; done
		mmscope verify --freeze $pid; echo "status $?"' >"$work/log" 2>&1
}

# liar NAME CHANGE CHECK DESCRIPTION
liar() {
	module "$1" "$2"
	verify "$1"
	grep -q '^status 1$' "$work/log" &&
		grep -q "^mismatch 0x000000401000 pte .*$3 0x" "$work/log" &&
		[ "$(grep -c '^mismatch' "$work/log")" = "$(grep -c '^mismatch 0x000000401000 ' "$work/log")" ]
	result $? "$4"
}

module honest ''
verify honest
grep -q '^status 0$' "$work/log" && ! grep -q '^mismatch' "$work/log"
result $? "verify finds nothing wrong with the module as it is"
liar flag '^= 1ULL << 6' kcore "verify finds one bit of one entry (dirty) turned over"
liar shift '+= PAGE_SIZE' pagemap "verify finds the frame of one entry shifted by one"
liar gone '= 0' pagemap "verify finds an entry left out"
plan
