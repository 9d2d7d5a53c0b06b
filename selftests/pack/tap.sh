# shellcheck shell=bash disable=SC2034 # for the tests that read it with "."
# SPDX-License-Identifier: GPL-2.0-only
# TAP in bash: check DESCRIPTION COMMAND…; what a command prints is why it failed.
count=0 failures=0
work=$(mktemp -d) || exit 1
trap 'rm -rf -- "$work"' EXIT

check() {
	local what=$1

	shift
	count=$((count + 1))
	if "$@" >"$work/why" 2>&1; then
		printf 'ok %d - %s\n' "$count" "$what"
	else
		printf 'not ok %d - %s\n' "$count" "$what"
		head -n 20 "$work/why" | sed 's/^/# /'
		failures=$((failures + 1))
	fi
}

# skip DESCRIPTION REASON: counted as skipped, not as passed
skip() {
	count=$((count + 1))
	printf 'ok %d - %s # SKIP %s\n' "$count" "$1" "$2"
}

# same WANTED HAVE: two texts, neither of them empty
same() {
	[[ -n $1 && $1 == "$2" ]] || {
		diff <(printf '%s\n' "$1") <(printf '%s\n' "$2")
		return 1
	}
}

finish() {
	printf '1..%d\n' "$count"
	((failures == 0))
}
