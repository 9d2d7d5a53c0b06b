#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# The contract as others compile it: C90, C++98, the layout, and every header
# alone. Oracle: the compilers, and mmscope_abi.def.
n=0 failed=0
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
compile() { # DESCRIPTION SOURCE COMPILER…
	what=$1
	printf '%s\n' "$2" >"$work/source"
	shift 2
	n=$((n + 1))
	if "$@" -fsyntax-only -Iuapi -Iinclude -Itools - <"$work/source" >"$work/log" 2>&1; then
		echo "ok $n - $what"
	else
		failed=$((failed + 1))
		echo "not ok $n - $what"
		sed 's/^/# /' "$work/log" | head -5
	fi
}
header='#include <linux/mmscope.h>'
compile "uapi header as C90" "$header" gcc -std=c90 -pedantic -Wno-long-long -Wall -Wextra -Werror -x c
compile "uapi header as C++98" "$header" g++ -std=c++98 -pedantic -Wno-long-long -Wall -Wextra -Werror -x c++
layout='#include <stddef.h>
#define MMSCOPE_ABI_STRUCT(t, b) typedef char s_##t[sizeof(struct t) == (b) ? 1 : -1];
#define MMSCOPE_ABI_FIELD(t, f, a, b) typedef char f_##t##_##f[offsetof(struct t, f) == (a) && sizeof(((struct t *)0)->f) == (b) ? 1 : -1];
#include <linux/mmscope_abi.def>'
compile "layout" "$header
$layout" gcc -x c -Wno-unused-local-typedefs
for h in include/mmscope/*.h tools/libmmscope/*.h; do
	case $h in include/*) inc=${h#include/} ;; *) inc=${h#tools/} ;; esac
	compile "$inc compiles alone" "#include <$inc>" gcc -std=gnu11 -D_GNU_SOURCE -Wall -Wextra -Werror -x c
done
# every field of the header is in the table, and the other way round
n=$((n + 1))
fields() { sed -n '/^struct mmscope_/,/^};/p' uapi/linux/mmscope.h |
	awk '/^struct/ { s = $2 } /;$/ && !/^}/ { f = $NF; sub(/[;[].*/, "", f); print s, f }' | sort; }
rows() { sed -n 's/^MMSCOPE_ABI_FIELD(\([a-z_]*\), \([a-z_0-9]*\),.*/\1 \2/p' uapi/linux/mmscope_abi.def | sort; }
if [ "$(fields)" = "$(rows)" ] && [ -n "$(rows)" ]; then
	echo "ok $n - mmscope_abi.def has exactly the fields of the header"
else
	failed=$((failed + 1))
	echo "not ok $n - mmscope_abi.def has exactly the fields of the header"
fi
n=$((n + 1))
for doc in uapi:UAPI format:FORMAT; do
	if [ "$(python3 "scripts/${doc%:*}-doc.py")" = "$(cat "docs/${doc#*:}.md")" ]; then
		echo "ok $n - docs/${doc#*:}.md is up to date"
	else
		failed=$((failed + 1))
		echo "not ok $n - docs/${doc#*:}.md is up to date (make docs)"
	fi
	n=$((n + 1))
done
# shellcheck disable=SC2016 # backquotes of the documentation
kinds=$(sed -n 's/^\tFAULT([0-9]*, *[A-Z_]*, *"\([a-z-]*\)", *"\(.*\)").*/| `\1` | \2 |/p' include/mmscope/fault_kinds.def | sort)
# shellcheck disable=SC2016
if [ -n "$kinds" ] && [ "$kinds" = "$(grep '^| `[a-z-]*` | [^|]* |$' docs/FAULTS.md | sort)" ]; then
	echo "ok $n - docs/FAULTS.md has the kinds of fault_kinds.def"
else
	failed=$((failed + 1))
	echo "not ok $n - docs/FAULTS.md has the kinds of fault_kinds.def"
fi
echo "1..$n"
[ $failed = 0 ]
