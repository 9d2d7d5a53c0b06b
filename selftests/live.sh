#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# usage: live.sh KERNEL…
# The live tests in a guest of each kernel, with five and with four page-table
# levels (5.10 is built with four only). As many guests at a time as there are
# processors: an emulated one uses one.
set -u

one() { # NAME KERNEL CPU
	selftests/run "live-$1" selftests/lab/lab run --kernel "$2" --cpu "$3" --mem 1G --swap \
		--timeout 900 --file build/live:/live --file selftests/live/tool.sh:/live/tool.sh \
		--file selftests/live/guest.sh:/live/guest.sh \
		--file build/scenes:/scenes -- sh /live/guest.sh
}

if [ "${1-}" = --one ]; then
	one "${@:2}"
	exit
fi
for kernel; do
	echo "--one $kernel $kernel max"
	[ "$kernel" = 5.10 ] || echo "--one $kernel-4level $kernel max,-la57"
done | xargs -P "$(nproc)" -L 1 "$0"
