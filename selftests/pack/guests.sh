#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# guests.sh [KERNEL]: inside.sh in two guests.
set -u
kernel=${1:-6.12}
status=0
for what in no-debugfs others; do
	append=
	[[ $what != no-debugfs ]] || append=debugfs=off
	selftests/lab/lab run --kernel "$kernel" --append "$append" --file selftests/pack/inside.sh:/pack/inside.sh \
		--file selftests/live/result.sh:/pack/result.sh \
		--file build/pack/resident:/pack/resident \
		--file packaging/60-mmscope.rules:/pack/60-mmscope.rules -- sh /pack/inside.sh $what || status=1
done
exit $status
