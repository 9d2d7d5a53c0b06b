#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# In the guest: the textbook example of fork and copy-on-write, step by step.
say() { printf '\n\033[1m%s\033[0m\n' "$*"; }
[ -n "${NO_COLOR-}" ] && say() { printf '\n%s\n' "$*"; }

mkfifo /tmp/in
./fork_write </tmp/in >/tmp/out &
exec 9>/tmp/in
wait_for() { until grep -q "^ready $1" /tmp/out; do usleep 20000; done; }
value() { awk -v k="$1" '$1 == k { print $2 }' /tmp/out; }
wait_for start
pid=$(value pid) g_val=$(value g_val)

say "A program with anonymous, file and read-only mappings (pid $pid) says where things are:"
grep '0x' /tmp/out
say "Its memory map, with the flags and operations the kernel keeps: mmscope maps $pid"
mmscope maps -o START,END,PERMS,FLAGS,OPS,PATH "$pid"
say "Every page-table level of g_val: mmscope walk $pid $g_val"
mmscope walk "$pid" "$g_val"
say "The kernel's own answer, /proc/$pid/pagemap:"
# 8 bytes a page: bit 63 present, bits 0-54 the frame number (pagemap.rst)
raw=$(dd if="/proc/$pid/pagemap" bs=8 count=1 skip=$((g_val / 4096)) 2>/dev/null | od -An -tx8 | tr -d ' ')
case $raw in [89a-f]*) present=1 ;; *) present=0 ;; esac
printf 'pagemap 0x%s: present %d, frame 0x%x\n' "$raw" $present "0x${raw#???}"

echo >&9
wait_for forked
child=$(value child)
frame() { mmscope walk -nr -o PFN "$1" "$g_val" | tail -n 1; }
frames() {
	for p in "$pid" "$child"; do
		mmscope walk -nr -o VA,RAW,PFN,FLAGS "$p" "$g_val" | tail -n 1 | {
			read -r va raw pfn flags
			printf '  pid %-5s va %s  frame %-9s %s\n' "$p" "$va" "$pfn" \
				"$(printf '%s' "$flags" | sed 's/\\x20/ /g')"
		}
	done
}
say "After fork: parent $pid and child $child share the frame, and neither may write (no rw):"
frames
say "All entries of the child's data, folded: mmscope dump $child RANGE"
mmscope dump "$child" "$(printf '%x' $((g_val - 4096)))+3000"
before="$(frame "$pid") $(frame "$child")"
# from here on faults are told as they happen; probes are there a moment after the start
mmscope trace -p "$pid,$child" --cow -o PID,ADDR,ACC,KIND,FRAME,NEWFRAME,NS,DATA >/tmp/faults &
tracer=$!
until grep -q handle_mm_fault /sys/kernel/debug/kprobes/list; do
	kill -0 $tracer || exit 1
	usleep 20000
done
usleep 200000
echo >&9
wait_for written
kill -INT $tracer
wait $tracer
say "The child writes (g_val = 43). Live, the page faults that broke sharing: mmscope trace -p $pid,$child --cow"
cat /tmp/faults
say "Same address, another frame:"
frames
after="$(frame "$pid") $(frame "$child")"
echo >&9

# the demo is a test, too
if [ "${before% *}" != "${before#* }" ] || [ "${after% *}" = "${after#* }" ] ||
	[ "${after% *}" != "${before% *}" ] ||
	! awk -v pid="$child" -v addr="$(printf 0x%012x "$((g_val))")" -v from="${before#* }" -v to="${after#* }" '
		$1 == pid && $2 == addr && $4 == "cow-copied" && $5 == from && $6 == to { found = 1 }
		END { exit !found }' /tmp/faults; then
	echo "unexpected: frames of parent and child were $before before, $after after; or the copy was not told" >&2
	exit 1
fi
