#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# The demo: one guest, one small program, its memory. Called by "make demo".
set -eu
cd "$(dirname "$0")/.."
plain=${NO_COLOR-}
[ -t 1 ] || plain=1
exec selftests/lab/lab run --kernel "${KERNEL:-6.12}" --file build/scenes/fork_write \
	--file scripts/demo-guest.sh -- env NO_COLOR="$plain" sh ./demo-guest.sh
