# shellcheck shell=bash disable=SC2154 # variables are shared, see lint.sh
# SPDX-License-Identifier: GPL-2.0-only
#
# C outside the kernel: the tool, its library, tests and the shared headers.

c_includes=(-Iuapi -Iinclude -Itools -Ibuild/bpf)
c_flags=(-std=gnu11 -D_GNU_SOURCE -Wall -Wextra -Wshadow -Wmissing-prototypes -Wstrict-prototypes
	-Wno-missing-field-initializers -Werror "${c_includes[@]}")

# Sets c_packages: the flags of the libraries.
packages_need() {
	need pkg-config
	read -ra c_packages <<<"$(pkg-config --cflags smartcols json-c libbpf libdw cmocka)"
	# the BPF program as a header
	make -s build/bpf/fault.skel.h build/bpf/empty.skel.h
}

# c_files_into ARRAY PATHSPEC…: without BPF programs, which are compiled for
# another machine, against a generated header. (Not ":!*.bpf.c": with -o that
# makes git 2.39 list nothing.)
c_files_into() {
	local file
	local -a found
	local -n kept=$1

	files_into found "${@:2}"
	kept=()
	for file in "${found[@]}"; do
		[[ $file == *.bpf.c || $file == tools/bpf/*.h ]] || kept+=("$file")
	done
}

# gcc compiles in earnest: some warnings come from the optimiser only.
check_warnings() {
	local file
	local -a sources c_packages

	need gcc clang
	packages_need
	c_files_into sources 'tools/*.c' 'selftests/*.c'
	for file in "${sources[@]}"; do
		gcc "${c_flags[@]}" "${c_packages[@]}" -O2 -S -o /dev/null "$file" 2>&1 ||
			printf '%s: gcc has something to say\n' "$file"
		clang "${c_flags[@]}" "${c_packages[@]}" -fsyntax-only "$file" 2>&1 ||
			printf '%s: clang has something to say\n' "$file"
	done
}

# Not asked for: style, which has opinions on scopes and const, and unused
# functions, which it cannot know of a library.
check_cppcheck() {
	local -a sources c_packages

	need cppcheck
	packages_need
	c_files_into sources 'tools/*.c'
	cppcheck --quiet --std=c11 --language=c --platform=unix64 --inline-suppr -D__x86_64__ -D_GNU_SOURCE \
		--enable=warning,performance,portability --error-exitcode=1 \
		--template='{file}:{line}: {severity}: {message} [{id}]' "${c_includes[@]}" \
		"${sources[@]}" 2>&1
}

check_clean_compile() {
	printf '#include <%s>\n' "$1" >"$work/header.$2"
	"${@:3}" -Wall -Wextra -Werror -Iuapi -Iinclude -Itools -fsyntax-only "$work/header.$2" 2>&1 ||
		printf '%s: does not compile alone as %s\n' "$1" "${*:3}"
}

# Headers of the module need a kernel around them: the module check sees them.
check_headers() {
	local file
	local -a headers uapi c_packages

	need gcc g++
	packages_need
	c_files_into headers 'include/mmscope/*.h' 'tools/*.h'
	files_into uapi 'uapi/*.h'
	for file in "${headers[@]}"; do
		file=${file#include/}
		check_clean_compile "${file#tools/}" c gcc -std=gnu11 -D_GNU_SOURCE "${c_packages[@]}"
	done
	for file in "${uapi[@]}"; do
		check_clean_compile "${file#uapi/}" c gcc -std=c90 -pedantic -Wno-long-long
		check_clean_compile "${file#uapi/}" cc g++ -std=c++98 -pedantic -Wno-long-long
	done
}

# Every structure of the UAPI in one object, and pahole's word on each.
check_pahole() {
	local name report
	local -a names

	need gcc pahole
	readarray -t names < <(grep -hoP '^struct \K\w+(?= \{)' uapi/linux/*.h)
	((${#names[@]})) || {
		echo "uapi/linux has no structures"
		return 1
	}
	{
		echo '#include <linux/mmscope.h>'
		for name in "${names[@]}"; do
			printf 'struct %s the_%s;\n' "$name" "$name"
		done
	} >"$work/structures.c"
	gcc -g -Iuapi -c -o "$work/structures.o" "$work/structures.c"
	for name in "${names[@]}"; do
		report=$(pahole -C "$name" "$work/structures.o" 2>&1) || true
		[[ $report == *"struct $name {"* ]] || {
			printf 'struct %s: pahole did not find it\n' "$name"
			continue
		}
		grep -E 'XX[X] |padding: |holes: ' <<<"$report" | sed "s/^[[:space:]]*/struct $name: /" || true
	done
}
