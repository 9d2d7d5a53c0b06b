#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# In a guest: the recordings of make-recordings.sh, as a tar file on standard output.
# shellcheck source=selftests/live/result.sh
. /result.sh
cd /tmp || exit 1
record() {
	# what was just written is on its way through the lists of the page allocator
	usleep 300000
	mmscope record --frames --freeze -o "$1.data" "$2" >&2 || exit 1
}

scene textbook
record textbook "$scene"
scene_end
scene fork_write
scene_next forked
# shellcheck disable=SC2154 # set by scene
both=$scene,$(awk '$1 == "child" { print $2 }' scene.out)
record before "$both"
scene_next written
record after "$both"
scene_end
tar c textbook.data before.data after.data
