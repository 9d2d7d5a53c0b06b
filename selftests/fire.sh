#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# usage: fire.sh short|long|night:SECONDS KERNEL…
# Who gets in, wild calls, races and failing allocations, in a guest of each kernel. Short
# is the first two, minutes, and part of CI; long is all, an hour and more; a night is
# endurance alone, as long as wanted. The guest has what the races need: two nodes, memory
# that can be taken offline, a swap disk.
set -u
nodes='-smp 2,sockets=2 -object memory-backend-ram,id=m0,size=@0M -numa node,nodeid=0,cpus=0,memdev=m0 -object memory-backend-ram,id=m1,size=@1M -numa node,nodeid=1,cpus=1,memdev=m1'

one() { # MODE KERNEL
	local file cpu=max first=512 second=768
	local -a files=()

	if [ "$2" = debug ]; then
		cpu=max,-la57 first=1536 second=1536
	fi
	for file in selftests/fire/*.sh selftests/live/result.sh selftests/live/leaks.sh; do
		files+=(--file "$file:/fire/${file##*/}")
	done
	nodes=${nodes/@0/$first} nodes=${nodes/@1/$second}
	selftests/run "fire-$2" selftests/lab/lab run --kernel "$2" --cpu "$cpu" \
		--mem $((first + second))M --swap 256M --timeout "$([ "$1" = short ] && echo 2400 || echo 0)" \
		--append "movablecore=$((second * 2 / 3))M" --qemu "$nodes" \
		--file build/fire:/fire "${files[@]}" --file build/scenes:/scenes \
		-- sh /fire/guest.sh "$1"
}

if [ "${1-}" = --one ]; then
	one "${@:2}"
	exit
fi
mode=$1
shift
printf -- "--one $mode %s\n" "$@" | xargs -P "$(nproc)" -L 1 "$0"
