#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# Makes the recordings that the replay and unit tests read: the scene "textbook"
# on every kernel. Five levels on 6.1 and 7.3, four on the others. After it:
# make golden, and read the difference.
set -eu
cd "$(dirname "$0")/../.."
[ $# -gt 0 ] || set -- 5.10 6.1 6.12 7.2 7.3
for k; do
	cpu=max,-la57
	case $k in 6.1 | 7.3) cpu=max ;; esac
	out=selftests/replay/recordings/$k.data
	# shellcheck disable=SC2016 # expanded in the guest
	selftests/lab/lab run --kernel "$k" --cpu "$cpu" --swap --file build/scenes/textbook -- sh -c '
		mkfifo /tmp/in
		./textbook </tmp/in >/tmp/out &
		exec 9>/tmp/in
		until grep -q ^ready /tmp/out; do usleep 50000; done
		usleep 300000
		mmscope record -o /tmp/data $! && cat /tmp/data' >"$out.new"
	mv "$out.new" "$out"
	ls -l "$out"
done
