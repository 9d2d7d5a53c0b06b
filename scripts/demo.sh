#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# The demo: one guest, one small program, its memory. Called by "make demo".
set -eu
cd "$(dirname "$0")/.."
exec selftests/lab/lab run --kernel "${KERNEL:-6.12}" --file build/scenes/fork_write \
	--file scripts/demo-guest.sh -- sh ./demo-guest.sh
