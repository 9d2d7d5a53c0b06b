#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# usage: live.sh KERNEL…
# The live tests in two guests of each kernel: with five page-table levels (5.10
# is built with four only), and with four and page-table isolation. The second has
# two nodes, memory that can be taken offline, and persistent memory. The debug kernel
# has one guest with four levels (the kernel's KASAN and five do not go together), nodes,
# and time. As many guests at a time as there are processors: an emulated one uses one.
set -u
nodes='-smp 2,sockets=2 -object memory-backend-ram,id=m0,size=512M -numa node,nodeid=0,cpus=0,memdev=m0 -object memory-backend-ram,id=m1,size=768M -numa node,nodeid=1,cpus=1,memdev=m1'

one() { # NAME KERNEL CPU MEM APPEND QEMU
	local file
	local -a scripts=()

	for file in selftests/live/*.sh; do
		scripts+=(--file "$file:/live/${file##*/}")
	done
	selftests/run "live-$1" selftests/lab/lab run --kernel "$2" --cpu "$3" --mem "$4" --swap \
		--timeout "$([ "$2" = debug ] && echo 14400 || echo 2400)" --append "$5" --qemu "$6" --file build/live:/live "${scripts[@]}" \
		--file docs/FAULTS.md:/live/FAULTS.md --file build/scenes:/scenes -- sh /live/guest.sh
}

if [ "${1-}" = --one ]; then
	one "${@:2}"
	exit
fi
debug_nodes=${nodes/512M/1536M}
debug_nodes=${debug_nodes/768M/1536M}
for kernel; do
	if [ "$kernel" = debug ]; then
		echo "--one debug debug max,-la57 3G 'movablecore=1G memmap=32M!256M' '$debug_nodes'"
		continue
	fi
	echo "--one $kernel $kernel max 1G pti=auto ''"
	echo "--one $kernel-pti $kernel max,-la57 1280M 'pti=on movablecore=768M memmap=32M!256M' '$nodes'"
done | xargs -P "$(nproc)" -L 1 "$0"
