# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Completion of mmscope(1) for bash. It has no list of its own: the tool prints its
# tables ("mmscope --words", see opts_words() in opts.c), and columns are those that
# the options typed before have.

# The words before the cursor into words[]; bash cuts "--input=FILE" into three.
_mmscope_words() {
	local i
	local -a typed=("${COMP_WORDS[@]:0:COMP_CWORD+1}")

	words=()
	for ((i = 0; i < ${#typed[@]}; i++)); do
		if ((${#words[@]})) && [[ ${words[-1]} == --* && ${typed[i]} == = ]]; then
			words[-1]+==${typed[i + 1]-}
			((i += 1))
		else
			words+=("${typed[i]}")
		fi
	done
}

# _mmscope_offer PREFIX: the lines of stdin that begin with $cur, PREFIX before each
_mmscope_offer() {
	local word

	while read -r word; do
		[[ $word != "$cur"* ]] || COMPREPLY+=("$1$word")
	done
}

_mmscope_pids() {
	local dir

	{
		echo self
		for dir in /proc/[0-9]*; do
			echo "${dir#/proc/}"
		done
	} | {
		while read -r dir; do
			[[ $dir != "$cur"* ]] || echo "$dir"
		done
	}
}

# _mmscope_value ARG: what an option takes, by the word that stands for it in its row
_mmscope_value() {
	local before=

	case $1 in
	FILE | PATH)
		compopt -o filenames 2>/dev/null
		readarray -t COMPREPLY < <(compgen -f -- "$cur")
		;;
	PID*)
		[[ $cur != *,* ]] || before=${cur%,*},
		cur=${cur##*,}
		_mmscope_offer "$before" < <(_mmscope_pids)
		;;
	COL*)
		compopt -o nospace 2>/dev/null
		[[ $cur != *[,+]* ]] || before=${cur%"${cur##*[,+]}"}
		cur=${cur##*[,+]}
		_mmscope_offer "$before" < <(awk '$1 == "column" { print $2 }' <<<"$table")
		;;
	esac
}

_mmscope() {
	local cur option arg table
	local -a words

	COMPREPLY=()
	_mmscope_words
	cur=${words[-1]}
	unset 'words[-1]'
	if [[ " ${words[*]} " == *" -- "* ]]; then
		readarray -t COMPREPLY < <(compgen -c -- "$cur")
		return
	fi
	table=$("${words[0]}" --words "${words[@]:1}" 2>/dev/null)
	option=${words[-1]}
	if [[ $cur == --*=* ]]; then
		option=${cur%%=*}
		cur=${cur#*=}
	fi
	arg=$(awk -v o="$option" '$1 == "option" && $2 == o { print $3 }' <<<"$table")
	if ((${#words[@]} > 1)) && [[ -n $arg && ($arg != \[* || $option != "${words[-1]}") ]]; then
		_mmscope_value "$arg"
	elif [[ $cur == -* ]]; then
		_mmscope_offer '' < <(awk '$1 == "option" { print $2 }' <<<"$table")
	elif ((${#words[@]} == 1)); then
		_mmscope_offer '' < <(awk '$1 == "command" { print $2 }' <<<"$table")
	elif [[ $table == *$'\nargument PID'* ]]; then
		_mmscope_offer '' < <(_mmscope_pids)
	fi
}

complete -F _mmscope mmscope
