#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# frame and zones in a guest. Oracles: /proc/kpageflags, kpagecount, kpagecgroup
# and pagemap (read by kpage), /proc/zoneinfo, /proc/iomem, /proc/meminfo,
# /sys/devices/system/memory, stat, readlink.
# shellcheck disable=SC2086 # lists of frames are words
. ./result.sh

sleep 100000 >/dev/null &
pid=$!
is_called $pid sleep
at() { awk -v n="$1" 'index($0, n) { split($1, a, "-"); print a['$2']; exit }' /proc/$pid/maps; }
stack=$(printf '%x' $((0x$(at '[stack]' 2) - 4096)))
text=$(at busybox 1)
end=$(awk -F'[- ]' '/System RAM/ { e = $2 } END { print e }' /proc/iomem)
frames=$(((0x$end + 1) / 4096))

# arguments
for c in frame zones; do
	expect 0 '' "$c --help" mmscope $c --help
	printf '%s' "$out" | grep -q Examples
	result $? "$c --help has examples"
done
expect 2 'permission denied' "frame, not root" su user -c "mmscope frame 100"
expect 2 'permission denied' "zones, not root" su user -c "mmscope zones"
expect 1 'which frames' "frame of nothing" mmscope frame
expect 1 'no frame number' "a frame that is no number" mmscope frame 12zz
expect 1 'no frame number' "a range that is none" mmscope frame 12-zz
expect 1 'no frame number' "a frame without number" mmscope frame -- -5
expect 1 'no frame number' "17 digits" mmscope frame 11112222333344445
expect 1 'empty or reversed' "reversed range" mmscope frame 20-10
expect 1 'empty or reversed' "empty range" mmscope frame 20+0
expect 1 'past the end of physical memory' "past all the processor can address" mmscope frame 100000000000
expect 1 'past the end of physical memory' "a range that ends there" mmscope frame 0-100000000000
expect 1 'takes no frame' "--all and a frame" mmscope frame --all 10
expect 1 'which address' "--of without address" mmscope frame --of $pid
expect 1 'no frame: none' "--of an address that is not mapped" mmscope frame --of $pid 1000
expect 1 'kernel half' "--of an address of the kernel" mmscope frame --of $pid ffff888000000000
expect 4 'no such process' "--of nobody" mmscope frame --of 4194000 1000
expect 6 'no mm' "--of a kernel thread" mmscope frame --of 2 1000
expect 1 'unknown column' "--summary has columns of its own" mmscope frame --all --summary -o PFN
expect 1 'unexpected argument' "zones of something" mmscope zones 1
chmod 666 /dev/mmscope
expect 2 'CAP_SYS_ADMIN' "frame, on a device for all" su user -c 'mmscope frame 100'
expect 2 'CAP_SYS_ADMIN' "zones, on a device for all" su user -c 'mmscope zones'
chmod 600 /dev/mmscope

# words_agree FRAME…: with the kernel's words; what changes meanwhile is looked at again
words_agree() {
	list=$*
	for _ in $(seq 30); do
		mmscope frame --no-merge -nr -o PFN,RAW,FLAGS,MAPCOUNT,CGROUP $list >/tmp/have
		./kpage $list >/tmp/want
		list=$(diff -u /tmp/want /tmp/have | sed -n 's/^-\(0x[0-9a-f]*\) .*/\1/p')
		[ -n "$list" ] || return 0
	done
	# frames of the tool's own buffer (4096 at most, of which each 67th is asked for)
	# are the same in each run, and free again when the kernel is asked; those that it
	# had read from by then were mapped
	cgroup=$(stat -c %i "/sys/fs/cgroup$(sed -n 's/^0:://p' /proc/self/cgroup)")
	awk -v cgroup="$cgroup" '($2 " " $3 != "0x0 -" && $2 " " $3 != "0x800 M") || $5 != cgroup' \
		/tmp/have >/tmp/others
	out=$(diff /tmp/want /tmp/have) err="cgroup $cgroup; $(wc -l </tmp/have) left, of others: $(head -3 /tmp/others)"
	[ ! -s /tmp/others ] && [ "$(wc -l </tmp/have)" -le 62 ]
}
some=$(awk -v n=$frames 'BEGIN { for (i = 0; i < n; i += 67) printf "%x ", i }')
# not of the files that either program maps while it runs: they are mapped once more
ours=$(mmscope maps -nr -o INODE self; stat -c %i ./kpage)
some=$(mmscope frame --no-merge -nr -o PFN,INODE $some |
	awk -v ours="$ours" 'BEGIN { n = split(ours, a); while (n) skip[a[n--]] } !($2 in skip) { print $1 }')
words_agree $some
result $? "flags, letters, map counts and cgroups of $(echo $some | wc -w) frames are those of /proc/kpage*"

# by address
own=$(./kpage --of $pid $stack)
out=$(mmscope frame --of $pid -nr -o PFN,KIND,MAPCOUNT $stack) err=$own
[ "$out" = "$own anon 1" ]
result $? "--of: the frame that pagemap has for the stack, mapped once"
words_agree $own
result $? "and the kernel's words about it"
out=$(mmscope frame --of $pid -nr -o PATH,INODE $text) err=$(stat -Lc %i /proc/$pid/exe)
[ "$out" = "$(readlink /proc/$pid/exe) $err" ]
result $? "--of: path and inode of the program"
out=$(mmscope frame -nr -o PATH "$(./kpage --of $pid $text)")
[ "$out" = "$(readlink /proc/$pid/exe)" ]
result $? "its path by the frame number alone"
echo held open, not mapped >"/tmp/only open"
exec 9<"/tmp/only open"
inode=$(stat -c %i "/tmp/only open")
out=$(mmscope frame --all -nr -o INODE,INDEX,PATH | grep ' /tmp/only\\x20open$') err=$inode
[ "$out" = "$inode 0x0 /tmp/only\x20open" ]
result $? "a file that is open and not mapped is found, and has its path"
exec 9<&-
out=$(mmscope frame --of $pid -nr -o CGPATH,CGROUP $stack) err=$(cat /proc/$pid/cgroup)
group=$(sed -n 's/^0:://p' /proc/$pid/cgroup)
[ "$out" = "$group $(stat -c %i /sys/fs/cgroup$group)" ]
result $? "path and inode of the memory cgroup"
mmscope frame --all -nr -o ATTRS >/tmp/attrs
if grep -q -e exclusive -e maybe-shared /tmp/attrs; then
	out=$(mmscope frame --of $pid -nr -o ATTRS $stack)
	[ "$out" = exclusive ]
	result $? "the stack is exclusive"
else
	skip "the stack is exclusive" "this kernel does not mark it"
fi

# all of memory
online=$(./kpage --online)
mmscope frame --all -nr -o PFN,FRAMES,NODE >/tmp/have
out=$(awk '$3 != "-" { n += $2 } END { print n }' /tmp/have) err="$online"
[ "$out" = "$online" ]
result $? "--all: $out frames are online, as in kpageflags"
# in_order: each line has a first number, and the one after the last
in_order() {
	next=0
	while read -r first last; do
		[ $((first)) = $next ] || echo "$first is not $next"
		next=$((last))
	done
}
while read -r p n _; do echo "$p $((p + n))"; done </tmp/have >/tmp/spans
out=$(in_order </tmp/spans)
[ -z "$out" ] && [ -s /tmp/have ]
result $? "in order and without a gap"
mmscope frame --all --summary -b -nr -o NODE,KIND,FRAMES,SIZE >/tmp/sum
total() { awk -v k="$1" '$2 == k { n += $3 } END { print n + 0 }' /tmp/sum; }
out=$(cat /tmp/sum)
[ "$(awk '$1 != "-" { n += $3 } END { print n }' /tmp/sum)" = "$online" ] &&
	awk '$3 * 4096 != $4 { bad = 1 } END { exit bad }' /tmp/sum
result $? "--summary: all of them"
huge=$(awk '/^HugePages_Total/ { print $2 * 512 }' /proc/meminfo)
[ "$(total hugetlb)" = "$huge" ] && [ "$huge" -gt 0 ]
result $? "hugetlb: $huge, as in meminfo"
slab=$(awk '/^Slab:/ { print $2 / 4 }' /proc/meminfo)
awk -v a="$(total slab)" -v b="$slab" 'BEGIN { exit !(a > b * 0.7 && a < b * 1.1) }'
result $? "slab: $(total slab), in meminfo $slab, which counts large kmalloc() as well"
limit=$(mmscope frame 100000000000 2>&1 | sed 's/.*, 0x//')
out=$(mmscope frame -nr -o FRAMES "0-$limit" | awk '{ n += $1 } END { printf "%.0f", n }') err=$limit
[ "$out" = $((0x$limit)) ]
result $? "all that the processor can address, 0x$limit frames, in one call"

# what is no memory
io=$(awk '$2 == ":" && /IOAPIC|Local APIC|PCI/ { split($1, a, "-"); s = a[1] } END { print s }' /proc/iomem)
name=$(sed -n "s/^ *$io-[0-9a-f]* : //p" /proc/iomem | tail -n 1)
out=$(mmscope frame -o KIND,NODE,REGION -J "$(printf '%x' $((0x$io / 4096)))") err=$io
printf '%s' "$out" | grep -q "\"kind\":\"nopage\",\"node\":null,\"region\":\"$name\""
result $? "registers of a device: nopage, $name"
words_agree "$(printf '%x' $((0x$io / 4096)))" "$(printf '%x' $((frames + 1000000)))"
result $? "there, and beyond all memory, kpageflags says the same"

# JSON, every row of it
mmscope frame -J --all -o +NAMES,CGPATH,PATH >/tmp/have
row='  {"pfn":"0x[0-9a-f]*","frames":[0-9]*,"node":[0-9nul]*,"zone":[^,]*,"kind":"[a-z_]*","order":[0-9nul]*,"flags":[^,]*,"refcount":[0-9nul]*,"mapcount":[0-9nul]*,"attrs":\[[^]]*\],"names":\[[^]]*\],"cgpath":[^,]*,"path":.*}'
out=$(sed '1d;$d' /tmp/have | grep -vx -e "$row" -e "$row," | head -3) err=
[ -z "$out" ] && [ "$(head -n 1 /tmp/have)" = '{"frames":[' ] && [ "$(tail -n 1 /tmp/have)" = ']}' ] &&
	[ "$(grep -c '},$' /tmp/have)" = $(($(wc -l </tmp/have) - 3)) ]
result $? "JSON: $(wc -l </tmp/have) lines"

# zones; those that span nothing are left out, and where one without memory begins is not told
zones_agree() {
	awk 'function put() { if (s) printf "%d %s 0x%x 0x%x %.0f %.0f %.0f\n", node, zone,
			p ? a : 0, p ? a + s : 0, s * 4096, p * 4096, m * 4096; s = 0 }
		$1 == "Node" { put(); node = $2; zone = $4 } $1 == "spanned" { s = $2 }
		$1 == "present" { p = $2 } $1 == "managed" { m = $2 } $1 == "start_pfn:" { a = $2 }
		END { put() }' /proc/zoneinfo >/tmp/want
	mmscope zones -b -nr -o NODE,ZONE,START,END,SPANNED,PRESENT,MANAGED |
		awk '$6 == 0 { $3 = $4 = "0x0" } { print }' >/tmp/have
	[ -s /tmp/have ]
	same /tmp/want /tmp/have "zones are those of zoneinfo$1 ($(wc -l </tmp/have), $(sort -u -k 1,1 /tmp/have | wc -l) nodes)"
}
zones_agree
mmscope zones --layout -nr -o START,END,DEPTH,NAME >/tmp/layout
sed 's/^\( *\)\([0-9a-f]*\)-\([0-9a-f]*\) : /\1 \2 \3 /' /proc/iomem |
	awk '{ match($0, /^ */); d = (RLENGTH - 1) / 2; s = $1; e = $2; $1 = $2 = ""; sub(/^ */, "");
		gsub(/ /, "\\x20"); print s, e, d, $0 }' |
	while read -r s e d n; do printf '%d %d %d %s\n' "0x$s" "0x$e" "$d" "$n"; done >/tmp/want
while read -r s e d n; do
	[ "$n" = - ] || printf '%d %d %d %s\n' $((s)) $((e - 1)) "$d" "$n"
done </tmp/layout >/tmp/have
same /tmp/want /tmp/have "zones --layout is /proc/iomem"
out=$(awk '$3 == 0 { print $1, $2 }' /tmp/layout | in_order) err=
[ -z "$out" ] && grep -q ' -$' /tmp/layout
result $? "holes close the gaps between"
mmscope zones --layout -nr -o START,END,PART >/tmp/layout
out=$(while read -r s e p; do
	case $p in
	low-640K) [ $((e)) -le $((0xa0000)) ] ;;
	isa-hole) [ $((s)) -ge $((0xa0000)) ] && [ $((e)) -le $((0x100000)) ] ;;
	4G-hole) [ $((s)) -ge $((0x100000)) ] && [ $((e)) -le $((0x100000000)) ] ;;
	above-4G) [ $((s)) -ge $((0x100000000)) ] ;;
	below-4G | kernel) ;;
	*) false ;;
	esac || echo "$s $e $p"
done </tmp/layout)
[ -z "$out" ] && [ "$(cut -d' ' -f3 /tmp/layout | sort -u | wc -l)" -ge 5 ]
result $? "its parts lie where they belong"

# memory that goes offline, where a zone can be emptied
size=$((0x$(cat /sys/devices/system/memory/block_size_bytes) / 4096))
offline=
# what was allocated at boot does not move; what a program has may not at this moment
for try in 1 2 3 4 5; do
	for block in /sys/devices/system/memory/memory[0-9]*; do
		[ "$(cat $block/valid_zones)" = Movable ] || continue
		gone=$((0x$(cat $block/phys_index) * size))
		# one with a poisoned frame may go, but never comes back (memory_block_online())
		mmscope frame -nr -o ATTRS "$(printf '%x+%x' $gone $size)" | grep -q hwpoison &&
			continue
		echo offline 2>/dev/null >$block/state || continue
		offline=${block##*/}
		break 2
	done
	usleep $((try * 200000))
done
if [ -n "$offline" ]; then
	out=$(mmscope frame -nr -o PFN,FRAMES,NODE,KIND,RAW "$(printf '%x+%x' $gone $size)")
	[ "$out" = "$(printf '0x%x %d - offline 0x100000' $gone $size)" ]
	result $? "$offline went offline: its frames say so"
	words_agree "$(printf '%x' $gone)" "$(printf '%x' $((gone + size - 1)))"
	result $? "and kpageflags that they are none"
	out=$(mmscope frame --all --summary -nr -o KIND,FRAMES | grep ^offline)
	[ "$out" = "offline $size" ]
	result $? "the summary counts them"
	zones_agree " without $offline"
	# the kernel may refuse for a moment; why is in its log
	for try in 1 2 3 4 5 6 7 8; do
		{ echo online_movable >$block/state; } 2>/tmp/refused && break
		usleep $((try * 200000))
	done
	out=$(mmscope frame -nr -o FRAMES,NODE,KIND "$(printf '%x+%x' $gone $size)")
	err="state $(cat $block/state), zones $(cat $block/valid_zones), try $try: $(cat /tmp/refused)
$(dmesg | tail -n 8)"
	! printf '%s\n' "$out" | grep -q -e offline -e nopage && [ -n "$out" ]
	result $? "and online again"
	zones_agree " with it again"
elif grep -q movablecore= /proc/cmdline; then
	out=$(grep . /sys/devices/system/memory/memory*/valid_zones) err=
	false
	result $? "memory goes offline"
else
	skip "memory goes offline" "there is no movable zone"
fi

# memory of a device: before it has a driver nobody knows it (a driver may be built in)
first=$(awk '/Persistent Memory/ { split($1, a, "-"); print a[1]; exit }' /proc/iomem)
first=${first:+$(printf '%x' $((0x$first / 4096 + 1024)))}
if [ -n "$first" ] && ! grep -q namespace /proc/iomem; then
	out=$(mmscope frame -nr -o KIND,RAW,NODE $first)
	case $(./kpage $first) in
	*' 0x100000 n '*) [ "$out" = "nopage 0x100000 -" ] ;;
	*) [ "${out%% *}" = reserved ] ;; # 5.10: all of a section has pages
	esac
	result $? "persistent memory without a driver is no memory, or reserved"
fi
modprobe nd_e820 2>/dev/null
modprobe nd_pmem 2>/dev/null
if [ -n "$first" ] && grep -q namespace /proc/iomem; then
	out=$(mmscope frame -nr -o KIND $first)
	[ "$out" = device ]
	result $? "persistent memory is a device's"
	words_agree $first
	result $? "and kpageflags says of it what the tool repeats"
	zones_agree " with a zone of a device"
else
	skip "persistent memory is a device's" "no such memory"
fi
kill $pid
finish
