# shellcheck shell=bash disable=SC2154 # variables are shared, see lint.sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Scripts, spelling, and the checks that are Python programs of their own.

check_shell() {
	local file first
	local -a all scripts=()

	need shellcheck
	files_into all .
	for file in "${all[@]}"; do
		IFS= read -r first 2>/dev/null <"$file" || true
		if [[ $file == *.sh || $first =~ ^#!.*[/\ ](ba|da)?sh($|\ ) ]]; then
			scripts+=("$file")
		fi
	done 2>/dev/null
	shellcheck --external-sources --source-path=SCRIPTDIR "${scripts[@]}"
}

# Words that are right here and that codespell takes for misspelt: a page flag, a subsystem.
check_spelling() {
	local -a all

	need codespell
	files_into all .
	codespell --ignore-words-list=uptodate,damon "${all[@]}" 2>&1
}

check_python() {
	local -a scripts

	need python3
	files_into scripts '*.py'
	PYTHONPYCACHEPREFIX=$work/pycache python3 -W error -m py_compile "${scripts[@]}" 2>&1
}

check_format() {
	local -a sources

	need clang-format python3
	files_into sources 'src/*.[ch]' 'include/*.h' 'tools/*.[ch]' 'selftests/*.[ch]'
	python3 "$here/lint/format.py" .clang-format "${sources[@]}" 2>&1
}

check_shape() {
	local -a all

	need python3 git
	files_into all .
	python3 "$here/lint/shape.py" "${all[@]}" 2>&1
}
