#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# usage: bench.sh [--smoke] KERNEL [CPU [ROUNDS]]
# The same work done in several ways side by side in one guest, by its clock and by
# instructions (QEMU counts them, and says so many nanoseconds). One processor, so that
# none of them gets help from another; two where that is the question. With --smoke one
# round of little, as a test (TAP): every number has to come.
set -u
cd "$(dirname "$0")/.." || exit

# guest LAB-OPTIONS… -- PROGRAM ARGUMENT…
guest() {
	local -a options=()
	local program status=0

	while [ "$1" != -- ]; do
		options+=("$1")
		shift
	done
	shift
	program=$1
	shift
	selftests/lab/lab run --kernel "$kernel" --cpu "$cpu" --timeout 3600 "${options[@]}" \
		--file "build/bench/$program" -- "./$program" "$@" || status=$?
	[ "$status" = 0 ] || echo "bench: $program ended with status $status" >&2
	return "$status"
}

column() {
	echo "== $kernel $cpu, $1"
}

native() {
	echo "== native"
	build/bench/decode selftests/replay/recordings/old/6.12.data "$@"
}

all() {
	local bad=0 few=$(((rounds + 2) / 3))

	column "instructions"
	guest --smp 1 --mem 1280M --qemu '-icount shift=0' -- scan "$few" 256 || bad=1
	guest --smp 1 --mem 1G --qemu '-icount shift=0' -- faults "$few" || bad=1
	guest --smp 1 --mem 1280M --qemu '-icount shift=0' "${types[@]}" -- endtoend 1 16 || bad=1
	guest --smp 1 --mem 1G -- footprint || bad=1
	column "clock"
	guest --smp 1 --mem 1280M -- scan "$rounds" 256 || bad=1
	guest --smp 1 --mem 1G -- faults "$rounds" || bad=1
	guest --smp 1 --mem 1280M "${types[@]}" -- endtoend "$few" 16 || bad=1
	guest --smp 2 --mem 1G -- observer "$rounds" || bad=1
	guest --smp 2 --mem 1G -- observer 0 || bad=1
	# threads of the emulator: they must not see the text of the kernel patched, and for
	# latencies they wait too long for each other in the emulator itself
	guest --smp 2 --mem 1G --mttcg -- threads "$rounds" || bad=1
	native "$rounds" || bad=1
	return "$bad"
}

# Everything once, in one guest by its clock; what it measures is no matter.
smoke() {
	local program
	local -a files=()

	for program in scan faults endtoend observer threads footprint; do
		files+=(--file "build/bench/$program")
	done
	echo "== smoke"
	selftests/lab/lab run --kernel "$kernel" --smp 2 --mem 1G --timeout 2400 "${files[@]}" -- sh -c \
		'./scan 1 1 && ./faults 1 && ./endtoend 1 1 && ./observer 1 && ./observer 0 && ./threads 1 && ./footprint' &&
		native 1 512
}

if [ "$1" = --smoke ]; then
	kernel=$2 cpu=max
	log=$(mktemp)
	smoke >"$log"
	status=$?
	sed 's/^/# /' "$log"
	scripts/bench-doc.py --check "$log"
	rm -f "$log"
	exit "$status"
fi
kernel=$1 cpu=${2:-max} rounds=${3:-9}
types=(--file build/bench/page-types:/page-types)
all
