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
before="$(frame "$pid") $(frame "$child")"
echo >&9
wait_for written
say "After the child's write (g_val = 43): same address, another frame:"
frames
say "All entries of the child's data, folded: mmscope dump $child RANGE"
mmscope dump "$child" "$(printf '%x' $((g_val - 4096)))+3000"
after="$(frame "$pid") $(frame "$child")"
echo >&9

# the demo is a test, too
if [ "${before% *}" != "${before#* }" ] || [ "${after% *}" = "${after#* }" ] ||
	[ "${after% *}" != "${before% *}" ]; then
	echo "unexpected: frames of parent and child were $before before, $after after" >&2
	exit 1
fi
