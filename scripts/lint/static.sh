# shellcheck shell=bash disable=SC2154 # variables are shared, see lint.sh
# SPDX-License-Identifier: GPL-2.0-only
#
# What takes longer than a lint should: `make static`. Not here is smatch: no suite
# of Debian has it (bullseye to sid), so there is no package to install.

# Lines for who reads the output of `make static`, said also when all is good.
remark() {
	cat >>"$work/remark.$1"
}

# .clang-tidy in the top directory says which checks, and why not the others.
tidy_one() {
	local more=

	# bpftool's skeleton frees what it has allocated in another function
	[[ ${item_of[$1]} != tools/mmscope/trace_bpf.c ]] || more=-clang-analyzer-unix.Malloc
	clang-tidy --quiet ${more:+--checks="$more"} "${item_of[$1]}" -- "${c_flags[@]}" "${c_packages[@]}" 2>"$work/tidy.$1.log" || {
		cat "$work/tidy.$1.log"
		return 1
	}
}

check_tidy() {
	local -a sources c_packages

	need clang-tidy
	packages_need
	c_files_into sources 'tools/*.c'
	each_source tidy_one "${sources[@]}"
}

# The semantic patches that are not used, and why.
coccinelle_off() {
	case $1 in
	# an OCaml compiler is needed; what the second finds sparse finds as well
	api/check_bq27xxx_data.cocci | null/badzero.cocci) return 0 ;;
	# sums that an included table of macros adds up look like constants
	misc/returnvar.cocci) return 0 ;;
	esac
	return 1
}

# Findings are what it says: a report, or of those that make none a patch.
coccinelle_one() {
	local file=$kernel_scripts/scripts/coccinelle/${item_of[$1]} mode=patch status=0

	! grep -q '^virtual.*\breport\b' "$file" || mode=report
	timeout 300 spatch -D "$mode" --very-quiet --no-includes --include-headers --cocci-file "$file" \
		"${module_sources[@]}" >"$work/cocci.$1" 2>"$work/cocci.$1.err" || status=$?
	cat "$work/cocci.$1"
	grep -v '^warning: line [0-9]*: should .* be a metavariable?$' "$work/cocci.$1.err" || true
	((!status)) || printf '%s: spatch ended with status %s\n' "${item_of[$1]}" "$status"
}

check_coccinelle() {
	local file
	local -a module_sources patches=()

	need spatch
	kernel_scripts_need
	files_into module_sources 'src/*.[ch]' 'include/mmscope/*.h'
	while IFS= read -r file; do
		coccinelle_off "$file" || patches+=("$file")
	done < <(cd "$kernel_scripts/scripts/coccinelle" && find . -name '*.cocci' -printf '%P\n' | sort)
	((${#patches[@]} >= 50)) || {
		printf 'only %s semantic patches in %s\n' "${#patches[@]}" "$kernel_scripts"
		return 1
	}
	each_source coccinelle_one "${patches[@]}"
}

# A build of the whole by the other compiler, in a copy of the tree: the unit tests run
# with its sanitizers, which are not gcc's.
check_clang() {
	local copy=$work/clang name
	local -a all units

	need clang make
	files_into all tools include uapi selftests packaging Makefile
	files_into units 'selftests/unit/test_*.c'
	mkdir "$copy"
	printf '%s\0' "${all[@]}" | xargs -0 cp --parents -t "$copy" --
	cd "$copy" || return
	units=("${units[@]##*/}")
	units=("${units[@]%.c}")
	make -s -j "$(nproc)" CC=clang CFLAGS='-O1 -g -Werror' tools "${units[@]/#/build/unit/}" 2>&1 || true
	for name in "${units[@]}"; do
		timeout 300 "build/unit/$name" >"$copy/log" 2>&1 || {
			printf '%s, built by clang:\n' "$name"
			tail -n 20 "$copy/log"
		}
	done
}

# The largest frames of the module on the stack, in bytes, for a glance: more than 1 KiB
# does not compile in `make lint`. From gcc 12 on its analyzer has a look as well.
frames_one() {
	local kernel=$1 ko status=0 more=

	[[ $kernel == 5.10 ]] || more=-fanalyzer
	# no -Werror: what the analyzer says of a probe (src/compat) would be its answer
	ko=$("$lab" build --kernel "$kernel" -- KCFLAGS="-Wframe-larger-than=1024 -fstack-usage $more" \
		2>"$work/frames.$kernel") || status=$?
	module_messages "$work/frames.$kernel" || true
	((!status)) || {
		printf 'the build ended with status %s\n' "$status"
		return 1
	}
	cat "${ko%/*}"/src/*.su | sort -t $'\t' -k 2,2nr |
		awk -F '[:\t]' -v kernel="$kernel" 'NR <= 4 { row = row (NR > 1 ? ", " : "") $4 " " $5 }
			END { print "stack frames on " kernel ": " row " bytes" }' | remark "$kernel"
	[[ $ko != */build/apart-*/mmscope.ko ]] || rm -rf -- "${ko%/*}"
}

check_kanalyzer() {
	local kernel
	local -a kernels

	readarray -t kernels < <("$lab" kernels | awk '{ print $1 }')
	((${#kernels[@]})) || {
		echo "$lab knows no kernels"
		return 1
	}
	parallel 2 frames_one "${kernels[@]}"
	for kernel in "${kernels[@]}"; do
		outcome frames_one "$kernel" >"$work/frames.block" || sed "s/^/$kernel: /" "$work/frames.block"
	done
}
