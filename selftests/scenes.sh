#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# usage: scenes.sh KERNEL… [-- SCENE…]
# The scenes in guests of each kernel: with all the CPU has (five levels from
# 6.1 on), and with four levels and page-table isolation. Two nodes, the second
# all above 4 GiB: below, firmware and initrd leave no aligned gigabyte for a
# hugetlb page. Swap. A PCI device without a driver, for its memory.
set -u

one() { # NAME KERNEL CPU APPEND SCENE…
	selftests/run "scenes-$1" selftests/lab/lab run --kernel "$2" --cpu "$3" --mem 4608M --swap --timeout 3600 \
		--append "hugepagesz=1G hugepages=1 hugepagesz=2M hugepages=8 secretmem.enable=1 $4" \
		--qemu '-smp 2,sockets=2 -device pci-testdev,membar=1M -object memory-backend-ram,id=m0,size=3G -numa node,nodeid=0,cpus=0,memdev=m0' \
		--qemu '-object memory-backend-ram,id=m1,size=1536M -numa node,nodeid=1,cpus=1,memdev=m1' \
		--file build/live/scenes:/live/scenes --file build/live/smaps:/live/smaps \
		--file selftests/live/scenes.sh:/live/scenes.sh --file build/scenes:/scenes -- sh /live/scenes.sh "${@:5}"
}

if [ "${1-}" = --one ]; then
	one "${@:2}"
	exit
fi
kernels=()
while [ $# -gt 0 ] && [ "$1" != -- ]; do
	kernels+=("$1")
	shift
done
[ $# = 0 ] || shift
for kernel in "${kernels[@]}"; do
	# no blank at the end: to xargs that is a line that goes on
	echo "--one $kernel $kernel max pti=auto${*:+ $*}"
	echo "--one $kernel-pti $kernel max,-la57 pti=on${*:+ $*}"
done | xargs -P "$(nproc)" -L 1 "$0"
