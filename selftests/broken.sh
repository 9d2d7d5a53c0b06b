# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
# For tests of tests: copies of what the module is built from, to be broken.
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
n=0 bad=0

# result STATUS DESCRIPTION: a line of TAP; what has failed shows the end of its log
result() {
	n=$((n + 1))
	if [ "$1" = 0 ]; then
		echo "ok $n - $2"
	else
		bad=1
		echo "not ok $n - $2"
		sed 's/^/# /' "$work/log" | tail -n 40
	fi
}

# copy NAME: $work/NAME, which MMSCOPE_TREE of the lab can name
copy() {
	mkdir -p "$work/$1/build" "$work/$1/selftests" || exit 1
	cp -a src include uapi tools packaging Kbuild Makefile "$work/$1/" || exit 1
	cp -a selftests/tests.mk "$work/$1/selftests/" || exit 1
	cp -a build/mmscope build/libmmscope.a build/tools build/bpf "$work/$1/build/" || exit 1
}

# plan: the last of all
plan() {
	echo "1..$n"
	exit $bad
}
