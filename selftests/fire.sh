#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# usage: fire.sh SECONDS NAME=PART[,PART…]… -- KERNEL…
# Who gets in, wild calls, races, failing allocations, endurance: a guest of each kernel
# for each NAME, which has these parts of selftests/fire/guest.sh. The guest has what the
# races need: two nodes, memory that can be taken offline, a swap disk. It may live so many
# seconds (0: as long as it wants).
set -u
nodes='-smp 2,sockets=2 -object memory-backend-ram,id=m0,size=@0M -numa node,nodeid=0,cpus=0,memdev=m0 -object memory-backend-ram,id=m1,size=@1M -numa node,nodeid=1,cpus=1,memdev=m1'

one() { # SECONDS NAME=PARTS KERNEL
	local file cpu=max first=512 second=768 append=
	local -a files=() parts

	IFS=, read -r -a parts <<<"${2#*=}"
	if [ "$3" = debug ]; then
		cpu=max,-la57 first=1536 second=1536
		# four times as many calls: a buffer has thousands of pages to be unmapped, poisoned
		# and remembered; KASAN and kmemleak stay
		[[ $2 != *=fuzz:* && $2 != *=endure:* ]] || append=' debug_pagealloc=off page_owner=off page_poison=0 slub_debug=-'
	fi
	append="movablecore=$((second * 2 / 3))M$append"
	for file in selftests/fire/*.sh selftests/live/result.sh selftests/live/leaks.sh; do
		files+=(--file "$file:/fire/${file##*/}")
	done
	nodes=${nodes/@0/$first} nodes=${nodes/@1/$second}
	selftests/run "${2%%=*}-$3" selftests/lab/lab run --kernel "$3" --cpu "$cpu" \
		--mem $((first + second))M --swap 256M --timeout "$1" \
		--append "$append" --qemu "$nodes" \
		--file build/fire:/fire "${files[@]}" --file build/scenes:/scenes \
		-- sh /fire/guest.sh "${parts[@]}"
}

if [ "${1-}" = --one ]; then
	one "${@:2}"
	exit
fi
seconds=$1
shift
guests=()
while [ "$1" != -- ]; do
	guests+=("$1")
	shift
done
shift
for kernel; do
	printf -- "--one $seconds %s $kernel\n" "${guests[@]}"
done | xargs -P "$(nproc)" -L 1 "$0"
