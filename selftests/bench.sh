#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# usage: bench.sh KERNEL [CPU [ROUNDS]]
# The same work done in several ways side by side in one guest: once by its clock,
# once by instructions (QEMU counts them, and says so many nanoseconds). One
# processor, so that none of them gets help from another.
set -eu
cd "$(dirname "$0")/.."

one() { # WHAT QEMU-ARGS ROUNDS
	local program

	echo "== $kernel, $cpu: $1"
	for program in build/bench/*; do
		selftests/lab/lab run --kernel "$kernel" --cpu "$cpu" --smp 1 --mem 1G --qemu "$2" \
			--file "$program" -- "./${program##*/}" "$3"
	done
}

kernel=$1 cpu=${2:-max} rounds=${3:-9}
one "by the clock" "" "$rounds"
one "by instructions" "-icount shift=0" $(((rounds + 2) / 3))
