#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# coverage.sh [-v] FILE.tap…: which lines of src/ have run, from guests of the debug
# kernel (their results carry the counters, "# gcda NAME BASE64"). A line for each file
# and "# count coverage lines|executed N"; -v lists the lines that have not run.

set -euo pipefail
here=$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")
lab=$here/../selftests/lab/lab
verbose=
if [[ ${1-} == -v ]]; then
	verbose=1
	shift
fi
(($#)) || { echo "usage: coverage.sh [-v] FILE.tap…" >&2; exit 2; }

root=$("$lab" path debug root)
notes=$(dirname -- "$("$lab" path debug ko)")/coverage
work=$(mktemp -d "$root/build/coverage-XXXXXX")
built=$(strings "$notes/src/scan.gcno" | sed -n '/\/src\/scan\.c$/{s|/src/scan\.c||p;q}')
[[ $built == /build/* && (-L $root$built || ! -e $root$built) ]] || { echo "built in ${built:-?}" >&2; exit 1; }
trap 'rm -rf -- "$work" "$root$built"' EXIT

# gcov of the compiler that made the notes: it lives in the same root. Reports of one
# guest, in DIR/*.gcov, the path of the source in their name. The sources are looked for
# where they were compiled.
report() { # FILE.tap DIR
	local kind name data
	local in=${2#"$root"}

	cp -R -- "$notes/." "$2/"
	while read -r _ kind name data; do
		[[ $kind == gcda ]] || continue
		base64 -d <<<"$data" >"$2/src/$name"
	done < <(grep '^# gcda ' "$1")
	ln -sfn "$in" "$root$built"
	# shellcheck disable=SC2016 # for the inner shell
	chroot "$root" sh -c 'cd "$1" && gcov -p src/*.gcda >/dev/null 2>gcov.err' sh "$in"
}

n=0
for file; do
	grep -q '^# gcda ' "$file" || { echo "$file has no coverage" >&2; exit 1; }
	n=$((n + 1))
	mkdir "$work/$n"
	report "$file" "$work/$n"
done

# COUNT:LINE:TEXT, COUNT being "-" without code and "#####" when it has not run
awk -v verbose="$verbose" '
	BEGIN { FS = ":" }
	FNR == 1 {
		name = FILENAME
		sub(/.*\//, "", name)
		sub(/\.gcov$/, "", name)
		ours = sub(/^#.*#src#/, "src/", name)
		gsub(/#/, "/", name)
	}
	{
		count = $1
		gsub(/[ *]/, "", count)
		line = $2 + 0
		if (line == 0 || count == "-" || !ours)
			next
		code[name, line] = 1
		text[name, line] = $0
		last[name] = line > last[name] ? line : last[name]
		if (count ~ /^[0-9]/ && count + 0 > 0)
			ran[name, line] = 1
	}
	END {
		for (name in last) {
			total = done = 0
			missed = ""
			for (i = 1; i <= last[name]; i++) {
				if (!((name, i) in code))
					continue
				total++
				if ((name, i) in ran)
					done++
				else
					missed = missed "\n  " text[name, i]
			}
			printf "%-28s %4d of %4d lines%s\n", name, done, total, verbose ? missed : "" | "sort"
			all += total
			all_done += done
		}
		close("sort")
		printf "src: %d of %d lines, %.1f %%\n", all_done, all, all ? 100 * all_done / all : 0
		printf "# count coverage lines %d\n# count coverage executed %d\n", all, all_done
		exit !all
	}' "$work"/*/*.gcov
