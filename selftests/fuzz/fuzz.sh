#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# fuzz.sh SECONDS: recordings under libFuzzer, from those that are kept. What makes it
# crash, hang or take more than 1 GiB is kept in the directory that is printed.
seconds=${1-600}
work=$(mktemp -d) || exit 1
mkdir "$work/corpus" "$work/found"
FUZZ_SEEDS=$work/corpus build/fuzz/recording -max_total_time="$seconds" -max_len=131072 \
	-timeout=20 -rss_limit_mb=1024 -malloc_limit_mb=256 -print_final_stats=1 \
	-artifact_prefix="$work/found/" "$work/corpus" >"$work/log" 2>&1
status=$?
runs=$(awk '/number_of_executed_units/ { print $2 }' "$work/log")
echo 1..1
if [ $status = 0 ] && [ "${runs:-0}" -gt 1000 ]; then
	echo "ok 1 - $runs recordings in $seconds s: no crash, no hang, no large allocation"
	rm -rf "$work"
else
	echo "not ok 1 - fuzzing recordings: $work/found"
	tail -n 30 "$work/log" | sed 's/^/# /'
fi
[ $status = 0 ]
