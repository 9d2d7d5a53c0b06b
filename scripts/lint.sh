#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# lint.sh [-s] [-v] [CHECK…]: the checks of `make lint`; without CHECK all of
# them. Silent when all is good; else a block for each check that failed, and
# status 1. -v names each check as it runs. -l lists them. -s stands for those of
# `make static` (static.sh), which take longer.
#
# Fails closed: a check is good only if it ended with status 0 and said
# nothing. A missing tool or an empty list of files is a failure.

set -euo pipefail
shopt -s inherit_errexit

self=$(readlink -f -- "${BASH_SOURCE[0]}")
here=${self%/*}
tree=${here%/*}
# shellcheck disable=SC2034 # for checkpatch.sh
cache=${XDG_CACHE_HOME:-$HOME/.cache}/mmscope
export LC_ALL=C.UTF-8

# In this order they are started and reported: the longest first.
check_table='
module      W=1, -Werror and sparse, on every kernel
warnings    gcc and clang on the tool and the tests
analyzer    gcc -fanalyzer on the tool and its library
cppcheck    cppcheck on the tool and on the module
checkpatch  checkpatch.pl --strict
format      clang-format: blanks and indentation
kernel-doc  kernel-doc comments
pahole      no holes in the structures of the UAPI
headers     every header compiles alone
shell       shellcheck
spelling    codespell
python      Python files compile
shape       names, lengths, comments: what of the style a script can see
'
static_table='
tidy        clang-tidy on the tool and its library
coccinelle  the kernel'"'"'s semantic patches on the module
clang       the tool, its library and the unit tests by clang, and these run
kanalyzer   gcc -fanalyzer on the module, and its stack frames
'

say() {
	printf 'lint: %s\n' "$*" >&2
}

check_list() {
	awk 'NF { print $1 }' <<<"$check_table"
}

# need TOOL…
need() {
	local tool missing=

	for tool; do
		command -v "$tool" >/dev/null || missing+=" $tool"
	done
	[[ -z $missing ]] || {
		printf 'not installed:%s (scripts/setup.sh lint)\n' "$missing"
		return 1
	}
}

# files PATHSPEC…: what git knows or would add, one a line. None is an error:
# then the caller looks in the wrong place.
files() {
	local -a found

	readarray -d '' -t found < <(
		git -c safe.directory='*' ls-files -z -co --exclude-standard -- "$@" | sort -zu |
			while IFS= read -r -d '' file; do
				[[ ! -f $file || -L $file ]] || printf '%s\0' "$file"
			done
	)
	((${#found[@]})) || {
		printf 'no files match: %s\n' "$*"
		return 1
	}
	printf '%s\n' "${found[@]}"
}

# files_into ARRAY PATHSPEC…
files_into() {
	local list

	list=$(files "${@:2}") || {
		printf '%s\n' "$list"
		return 1
	}
	readarray -t "$1" <<<"$list"
}

# parallel MAX FUNCTION ITEM…: calls FUNCTION ITEM, MAX at a time, each in a
# shell of its own with errexit on. Output and status go to files under $work
# (see outcome). An item without a status was killed.
parallel() {
	local max=$1 function=$2 item

	shift 2
	for item; do
		while (($(jobs -rp | wc -l) >= max)); do
			wait -n || true
		done
		(
			# shellcheck disable=SC2064 # the values of now
			trap "ended '$function' '$item' \$? $SECONDS" EXIT
			"$function" "$item"
		) >"$work/$function.$item" 2>&1 &
	done
	wait
}

# ended FUNCTION ITEM STATUS START
ended() {
	printf '%s\n' "$3" >"$work/$1.$2.status"
	if [[ $verbose && $1 == run_check ]]; then
		say "$2: done ($((SECONDS - $4)) s)" 2>&4
	fi
}

# outcome FUNCTION ITEM: prints what it said, and is false unless it was good
outcome() {
	local status

	status=$(cat "$work/$1.$2.status" 2>/dev/null) || status=killed
	cat -- "$work/$1.$2"
	[[ $status == 0 ]] || {
		[[ -s $work/$1.$2 ]] || printf 'status %s\n' "$status"
		return 1
	}
	[[ ! -s $work/$1.$2 ]]
}

for part in checkpatch module c text static; do
	# shellcheck source=/dev/null
	. "$here/lint/$part.sh"
done

run_check() {
	if [[ $verbose ]]; then
		say "$(awk -v check="$1" '$1 == check { sub(/ +/, ": "); print }' <<<"$check_table")" 2>&4
	fi
	"check_${1//-/_}"
}

# The tree of processes below one, bottom up.
stop() {
	local child
	local -a children=()

	read -ra children <"/proc/$1/task/$1/children" || true
	for child in ${children[@]+"${children[@]}"}; do
		stop "$child"
	done
	[[ $1 == "$$" ]] || kill "$1" 2>/dev/null || true
}

on_signal() {
	trap '' INT TERM HUP
	stop $$ 2>/dev/null
	exit "$1"
}

main() {
	local check failed=''
	local -a wanted=()

	verbose=
	while (($#)); do
		case $1 in
		-v) verbose=1 ;;
		-s) check_table=$static_table ;;
		-l)
			printf '%s\n' "${check_table:1:-1}"
			return
			;;
		*)
			grep -Fxq -e "$1" <<<"$(check_list)" || {
				say "no check $1; there are: $(check_list | tr '\n' ' ')"
				return 2
			}
			wanted+=("$1")
			;;
		esac
		shift
	done
	((${#wanted[@]})) || readarray -t wanted <<<"$(check_list)"

	cd "$tree"
	work=$(mktemp -d)
	trap 'rm -rf -- "$work"' EXIT
	trap 'on_signal 130' INT
	trap 'on_signal 143' TERM HUP
	exec 4>&2
	parallel "$(nproc)" run_check "${wanted[@]}"
	for check in "${wanted[@]}"; do
		if ! outcome run_check "$check" >"$work/block"; then
			printf '== %s: FAILED\n' "$check"
			sed 's/^/   /' "$work/block"
			failed=1
		fi
	done
	cat "$work"/remark.* 2>/dev/null || true
	[[ -z $failed ]]
}

main "$@"
