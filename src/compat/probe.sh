#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# usage: probe.sh LIST OUT SYMVERS CC FLAGS…
# Tries each statement of LIST with the compiler and flags that the module is
# built with, looks up "export SYMBOL" in SYMVERS, and writes OUT, a header with
# MMSCOPE_HAVE_<NAME> for those that compile or are exported. Fails if a canary
# gives the wrong answer: then the answers of the other probes would mean nothing.
set -u
list=$1 out=$2 symvers=$3
shift 3

work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
[ -r "$symvers" ] || {
	echo "probe.sh: no $symvers: the kernel's headers are not complete" >&2
	exit 1
}

cc=$1
shift
{
	echo '/* SPDX-License-Identifier: GPL-2.0-only */'
	echo '/* Made by probe.sh: what the headers of this kernel offer. */'
} >"$work/out"

# With a name space in the fifth column a symbol is for some modules only.
exported() { # SYMBOL
	awk -v s="$1" '$2 == s && $5 == "" { found = 1 } END { exit !found }' "$symvers"
}

compiles() { # STATEMENT FLAGS…
	{
		printf '#include <linux/%s>\n' mm.h pagemap.h memcontrol.h swap.h swapops.h
		printf 'int mmscope_probe(void);\nint mmscope_probe(void)\n{\n\t%s\n}\n' "$1"
	} >"$work/probe.c"
	shift
	"$cc" "$@" -Werror=implicit-function-declaration -DMODULE \
		-DKBUILD_BASENAME='"probe"' -DKBUILD_MODNAME='"probe"' \
		-c -o "$work/probe.o" "$work/probe.c"
}

while read -r name statement; do
	case $name in '' | '#'*) continue ;; esac
	answer=no
	case $statement in
	'export '*) exported "${statement#export }" && answer=yes ;;
	*) compiles "$statement" "$@" && answer=yes ;;
	esac >"$work/log" 2>&1
	case $name$answer in
	CANARY_GOOD*no)
		echo "probe.sh: $name must be answered yes and is not:" >&2
		cat "$work/log" >&2
		exit 1 ;;
	CANARY_BAD*yes)
		echo "probe.sh: $name must be answered no and is not" >&2
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
