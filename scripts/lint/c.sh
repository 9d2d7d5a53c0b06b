# shellcheck shell=bash disable=SC2154 # variables are shared, see lint.sh
# SPDX-License-Identifier: GPL-2.0-only
#
# C outside the kernel: the tool, its library, tests and the shared headers.

c_includes=(-Iuapi -Iinclude -Itools -Ibuild/bpf -Iselftests/live)
c_flags=(-std=gnu11 -D_GNU_SOURCE -Wall -Wextra -Wshadow -Wmissing-prototypes -Wstrict-prototypes
	-Wno-missing-field-initializers -Werror "${c_includes[@]}")

# What clang can say besides, of the tool and its unit tests. Of all that it knows
# (-Weverything) are left out: conversions of integers and alignment of casts,
# which are in the nature of records in a buffer, and matters of style.
more_warnings=(-Wconditional-uninitialized -Wformat=2 -Wassign-enum -Wunreachable-code-aggressive
	-Wvla -Wundef -Wloop-analysis -Wtautological-compare -Wtautological-unsigned-zero-compare
	-Wtautological-type-limit-compare -Warray-bounds-pointer-arithmetic -Wshift-sign-overflow
	-Wcovered-switch-default -Wbad-function-cast -Wextra-semi-stmt -Wunused-macros -Wpointer-arith
	-Wmissing-variable-declarations -Wold-style-definition -Wduplicate-enum -Wfloat-equal
	-Wstring-conversion -Wcast-function-type -Wover-aligned -Wdate-time)

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
	local -a sources c_packages more

	need gcc clang
	packages_need
	c_files_into sources 'tools/*.c' 'selftests/*.c'
	for file in "${sources[@]}"; do
		more=()
		[[ $file != tools/* && $file != selftests/unit/* ]] || more=("${more_warnings[@]}")
		gcc "${c_flags[@]}" "${c_packages[@]}" -O2 -S -o /dev/null "$file" 2>&1 ||
			printf '%s: gcc has something to say\n' "$file"
		clang "${c_flags[@]}" "${more[@]}" "${c_packages[@]}" -fsyntax-only "$file" 2>&1 ||
			printf '%s: clang has something to say\n' "$file"
	done
}

# each_source FUNCTION FILE…: calls it for each file, as many at once as there are
# processors, with a name that is no path: item_of has that.
each_source() {
	local function=$1 file name
	local -A item_of=()

	shift
	for file; do
		item_of[${file//\//+}]=$file
	done
	parallel "$(nproc)" "$function" "${!item_of[@]}"
	for name in "${!item_of[@]}"; do
		outcome "$function" "$name" >"$work/$function.block" || cat "$work/$function.block"
	done
}

# GCC loses a pointer that is stored in an array at a computed place, and takes it for
# leaked. Leaks are LeakSanitizer's, in the unit and replay tests.
analyzer_less() {
	case $1 in
	tools/mmscope/names.c | tools/mmscope/trace_names.c) echo -Wno-analyzer-malloc-leak ;;
	esac
}

# Without the optimiser, which makes one condition of two: "a && b" is not understood then.
analyzer_one() {
	local less

	less=$(analyzer_less "${item_of[$1]}")
	gcc "${c_flags[@]}" "${c_packages[@]}" -O0 -fanalyzer -fdiagnostics-plain-output \
		${less:+"$less"} -c -o /dev/null "${item_of[$1]}" 2>&1
}

check_analyzer() {
	local -a sources c_packages

	need gcc
	packages_need
	c_files_into sources 'tools/*.c'
	each_source analyzer_one "${sources[@]}"
}

# shellcheck disable=SC2054 # cppcheck wants the commas
cppcheck_flags=(--quiet --std=c11 --language=c --platform=unix64 --inline-suppr -D__x86_64__
	--enable=warning,performance,portability --error-exitcode=1
	--template='{file}:{line}: {severity}: {message} [{id}]')

# Not asked for: style, which has opinions on scopes and const, and unused
# functions, which it cannot know of a library.
check_cppcheck() {
	local -a sources c_packages

	need cppcheck
	packages_need
	c_files_into sources 'tools/*.c'
	cppcheck "${cppcheck_flags[@]}" -D_GNU_SOURCE "${c_includes[@]}" "${sources[@]}" 2>&1
	cppcheck_module
}

# The module, without the kernel's headers: kernel.cfg says what has to be given back
# and which macros are loops. As the oldest kernel has it and as the newest. Off: arithmetic
# on void pointers, which gcc defines and the kernel is full of; an mm after its users were
# given back, in the one file that also counts references to the mm itself.
cppcheck_module() {
	local kernel
	local -a sources

	files_into sources 'src/*.c'
	for kernel in 5.10 7.3; do
		cppcheck "${cppcheck_flags[@]}" -D__KERNEL__ -DCONFIG_X86_64=1 -DCONFIG_NUMA=1 -DCONFIG_MEMCG=1 \
			-DCONFIG_MEMORY_FAILURE=1 --include="src/compat/expected/$kernel" \
			--library="$here/lint/kernel.cfg" --suppress=arithOperationsOnVoidPointer \
			--suppress=deallocret:src/target.c \
			-Iuapi -Iinclude -Isrc "${sources[@]}" 2>&1
	done
}

check_clean_compile() {
	printf '#include <%s>\n' "$1" >"$work/header.$2"
	"${@:3}" -Wall -Wextra -Werror -Iuapi -Iinclude -Itools -Iselftests/live -fsyntax-only "$work/header.$2" 2>&1 ||
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
