# shellcheck shell=bash disable=SC2154 # variables are shared, see lint.sh
# SPDX-License-Identifier: GPL-2.0-only
#
# The module with W=1, -Werror and sparse, in each kernel's own build root. No frame
# on the stack may be larger than 1 KiB: the kernel's own limit is 2 KiB, and probes
# run on a stack that others have used already.

lab=selftests/lab/lab

# Options for sparse (0.6.4 at most, in all Debian suites) so that it gets
# through every kernel's headers. It matters: after one error sparse keeps all
# its warnings to itself, so any error of sparse is a failure here.
# - It knows no __has_include. The headers compat.h asks for came between 5.10
#   and 6.1; a wrong answer makes an include fail.
# - 7.x uses __typeof_unqual__, and takes __builtin_strlen of literals for
#   a constant in MODULE_*().
sparse_options() {
	local has_include=1

	[[ $1 != 5.10 ]] || has_include=0
	printf '%s ' "-D'__has_include(x)=$has_include'" -D__typeof_unqual__=__typeof__ \
		"-D'__builtin_strlen(x)=(sizeof(x)-1)'"
}

# The log as messages about our files: paths as in the tree, and without what
# is no finding. What is shared with user space has no NULL, 0 stands for it.
module_messages() {
	sed -E 's|^/build/[^/]+/||; s|^(\./)+||' "$1" |
		grep -E ': (warning|error): |^(WARNING|ERROR)(:| )|\*\*\* ' |
		grep -vE '^include/mmscope/.*Using plain integer as NULL pointer' |
		while IFS= read -r line; do
			case $line in
			*': warning: '*) [[ ! -e ${line%%:*} ]] || printf '%s\n' "$line" ;;
			*) printf '%s\n' "$line" ;;
			esac
		done | sort -u
}

# KBUILD_CHECKSRC is given as well as C: the headers packages of 7.x lack
# scripts/checker-valid.sh, and without it make would leave sparse out.
build_strictly() {
	local kernel=$1 log=$work/module-$1.log ko object status=0

	ko=$("$lab" build --kernel "$kernel" -- W=1 C=2 KBUILD_CHECKSRC=2 KCFLAGS="-Werror -Wframe-larger-than=1024" \
		CF="$(sparse_options "$kernel")" 2>"$log") || status=$?
	module_messages "$log" >"$log.messages" || true
	cat "$log.messages"
	if ((status)); then
		[[ -s $log.messages ]] || tail -n 30 "$log"
		printf 'the build ended with status %s\n' "$status"
		return 1
	fi
	# what probe.sh found out, against what is known of this kernel
	sed 1,2d "${ko%/*}/src/compat/probed.h" | diff "src/compat/expected/$kernel" - || true
	for object in "${module_objects[@]}"; do
		grep -Eq "^  CHECK .*\b${object%.o}\.c\$" "$log" || printf '%s: sparse did not run\n' "${object%.o}.c"
	done
	[[ $ko != */build/apart-*/mmscope.ko ]] || rm -rf -- "${ko%/*}"
}

check_module() {
	local kernel
	local -a kernels

	readarray -t kernels < <("$lab" kernels | awk '{ print $1 }')
	((${#kernels[@]})) || {
		echo "$lab knows no kernels"
		return 1
	}
	readarray -t module_objects < <(grep -oE 'src/[a-z_]+\.o' Kbuild | sort -u)
	((${#module_objects[@]})) || {
		echo "Kbuild names no objects"
		return 1
	}
	parallel 2 build_strictly "${kernels[@]}"
	for kernel in "${kernels[@]}"; do
		outcome build_strictly "$kernel" >"$work/module.block" || sed "s/^/$kernel: /" "$work/module.block"
	done
}
