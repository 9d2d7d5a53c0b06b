#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# Bash completion, asked as bash asks it: words, cursor, answers. Oracle: what the help
# texts print for people, and the machine itself (processes, files).
# shellcheck disable=SC2317 # functions are called by check
set -u
. selftests/pack/tap.sh
PATH=$PWD/build:$PATH
# shellcheck source=../../tools/completion/mmscope.bash
. tools/completion/mmscope.bash

# offers WORD…: what is offered for the last word, one a line. Words are cut as bash
# cuts them: at "=", too. Standard error is to stay empty.
offers() {
	local word

	COMP_WORDS=()
	for word; do
		case $word in
		--*=) COMP_WORDS+=("${word%=}" "=") ;;
		--*=*) COMP_WORDS+=("${word%%=*}" "=" "${word#*=}") ;;
		*) COMP_WORDS+=("$word") ;;
		esac
	done
	# right after "=" the cursor is on the "=" itself
	COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
	COMPREPLY=()
	_mmscope
	((${#COMPREPLY[@]} == 0)) || printf '%s\n' "${COMPREPLY[@]}" | sort
}

# Options, columns and commands as the help text has them.
help_options() {
	mmscope "$@" --help | sed -n '/^Options:/,/^$/p' | grep -o -- ' --[a-z-]*\| -[a-zA-Z],' |
		tr -d ' ,' | sort -u
}

help_columns() {
	mmscope "$@" --help | sed -n 's/^ [* ] \([A-Z_%]*\) *<.*/\1/p' | sort
}

help_commands() {
	mmscope --help | sed -n '/^Commands:/,/^$/s/^ \([a-z]*\) .*/\1/p' | sort
}

every_command() {
	local name columns

	for name in $(help_commands); do
		same "$(help_options "$name")" "$(offers mmscope "$name" -)" || return
		columns=$(help_columns "$name")
		[[ -z $columns ]] || same "$columns" "$(offers mmscope "$name" -o '')" || return
	done
}

nothing() {
	[[ -z $("$@" 2>&1) ]]
}

files() {
	same "$1" "$(cd "$work/files" && offers mmscope "${@:2}")"
}

has() {
	grep -qx -- "$1" <<<"$(offers "${@:2}")"
}

answers_bash() {
	complete -p mmscope
}

mkdir -p "$work/files/dir"
touch "$work/files/one.data" "$work/files/two words.data"

check "bash knows whom to ask" answers_bash
check "all commands" same "$(help_commands)" "$(offers mmscope '')"
check "commands that begin so" same $'tables\ntasks' "$(offers mmscope ta)"
check "of every command its options and columns" every_command
check "options that begin so" same $'--no-merge\n--noheadings' "$(offers mmscope dump --no)"
check "options without a command" same $'--help\n--verbose\n--version' "$(offers mmscope --)"
check "columns of tables --by vma" same "$(help_columns tables --by vma)" "$(offers mmscope tables --by vma -o '')"
check "the same, --by=vma" same "$(help_columns tables --by=vma)" "$(offers mmscope tables --by=vma -o '')"
check "the next column of a list" same "START,END,PERMS" "$(offers mmscope maps -o START,END,PE)"
check "a column to add" same "+PATH" "$(offers mmscope dump -o +PAT)"
check "the next column to add" same "+PAGE,PATH" "$(offers mmscope dump -o +PAGE,PAT)"
check "columns after --output=" same "$(help_columns maps)" "$(offers mmscope maps --output=)"
check "pids" has "$$" mmscope maps ''
check "self" same self "$(offers mmscope walk se)"
check "pids in a list" has "1,$$" mmscope trace -p "1,${$:0:1}"
check "a pid for --of" has "$$" mmscope kernel --of ''
check "no pid that is none" nothing offers mmscope maps 999999999
check "files for -i" files $'dir\none.data\ntwo words.data' maps -i ''
check "files for --input=" files one.data dump --input=on
check "a file to write for record, no columns" files one.data record -o on
check "a file for who" files one.data who --file on
check "programs after --" has true mmscope trace -f -- tru
check "nothing for a number" nothing offers mmscope tables --sparse ''
check "nothing for a command there is not" nothing offers mmscope nope ''
check "nothing without the tool" nothing offers "$work/none" ''
finish
