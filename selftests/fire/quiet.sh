# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0-only
# quietly FROM TO COMMAND…: what the kernel reports of what a test does on purpose comes
# with a call trace. From each line with FROM to the one with TO it is taken out of its log,
# and all else put back: what the kernel complains of is to be seen.
quietly() {
	from=$1 to=$2
	shift 2
	dmesg -n 1
	"$@"
	status=$?
	dmesg -c | awk -v from="$from" -v to="$to" '
		$0 ~ from { within = 1 }
		!within { print substr($0, 1, 900) }
		$0 ~ to { within = 0 }' >/tmp/log
	# refused where it was set at boot
	{ echo on >/proc/sys/kernel/printk_devkmsg; } 2>/dev/null
	while read -r line; do
		printf '%s\n' "$line" || echo "lost: $line" >&2
	done </tmp/log >/dev/kmsg
	return $status
}
