#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# usage: probe.sh LIST OUT CC FLAGS…
# Tries each statement of LIST with the compiler and flags that the module is
# built with and writes OUT, a header with MMSCOPE_HAVE_<NAME> for those that
# compile. Fails if a canary gives the wrong answer: then the answers of the
# other probes would mean nothing.
set -u
list=$1 out=$2
shift 2

work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT

cc=$1
shift
{
	echo '/* SPDX-License-Identifier: GPL-2.0-only */'
	echo '/* Made by probe.sh: what the headers of this kernel offer. */'
} >"$work/out"
while read -r name statement; do
	case $name in '' | '#'*) continue ;; esac
	printf '#include <linux/mm.h>\nint mmscope_probe(void);\nint mmscope_probe(void)\n{\n\t%s\n}\n' \
		"$statement" >"$work/probe.c"
	if "$cc" "$@" -Werror=implicit-function-declaration -DMODULE \
		-DKBUILD_BASENAME='"probe"' -DKBUILD_MODNAME='"probe"' \
		-c -o "$work/probe.o" "$work/probe.c" >"$work/log" 2>&1; then
		answer=yes
	else
		answer=no
	fi
	case $name$answer in
	CANARY_GOODno)
		echo "probe.sh: a statement that must compile does not:" >&2
		cat "$work/log" >&2
		exit 1 ;;
	CANARY_BADyes)
		echo "probe.sh: a statement that must not compile does" >&2
		exit 1 ;;
	CANARY*) continue ;;
	esac
	if [ $answer = yes ]; then
		echo "#define MMSCOPE_HAVE_$name 1" >>"$work/out"
	else
		echo "/* no $name */" >>"$work/out"
	fi
done <"$list"
cmp -s "$work/out" "$out" || cp "$work/out" "$out"
