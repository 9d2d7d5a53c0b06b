#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# Makes the recordings that the replay and unit tests read, on every kernel: the scene
# "textbook", and the two processes of the scene "fork_write" before and after the child
# writes. Five levels on 6.1 and 7.3, four on the others. After it: make golden, and
# read the difference.
set -eu
cd "$(dirname "$0")/../.."
[ $# -gt 0 ] || set -- 5.10 6.1 6.12 7.2 7.3
dir=selftests/replay/recordings
mkdir -p "$dir/fork"
for k; do
	cpu=max,-la57
	case $k in 6.1 | 7.3) cpu=max ;; esac
	selftests/lab/lab run --kernel "$k" --cpu "$cpu" --swap --file build/scenes:/scenes \
		--file selftests/live/result.sh:/result.sh \
		--file selftests/replay/record-guest.sh:/record-guest.sh -- \
		sh /record-guest.sh >"$dir/all.tar"
	tar xf "$dir/all.tar" -C "$dir"
	rm "$dir/all.tar"
	mv "$dir/textbook.data" "$dir/$k.data"
	mv "$dir/before.data" "$dir/fork/$k-before.data"
	mv "$dir/after.data" "$dir/fork/$k-after.data"
	ls -l "$dir/$k.data" "$dir/fork/$k"*
done
