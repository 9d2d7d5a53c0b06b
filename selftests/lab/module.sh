# shellcheck shell=bash disable=SC2034,SC2154 # variables are shared, see lab
# SPDX-License-Identifier: GPL-2.0
#
# The module, built by each kernel's own compiler from a fresh copy of the
# sources, so that nothing of a build on the host can leak in.

module_parts='Kbuild Makefile src include uapi'

module_in_tree() {
	[[ -f $tree/Kbuild ]]
}

# The files that are source, NUL separated and sorted: what git knows or would
# add; in an unpacked tarball, everything that is not a product of kbuild.
module_files() {
	local part
	local -a parts=()

	for part in $module_parts; do
		[[ ! -e $tree/$part ]] || parts+=("$part")
	done
	cd "$tree" || die "no $tree"
	if [[ -e .git ]] && git -c safe.directory='*' rev-parse --git-dir >/dev/null 2>&1; then
		git -c safe.directory='*' ls-files -z -co --exclude-standard -- "${parts[@]}"
	else
		find "${parts[@]}" -type f ! -name '*.o' ! -name '*.ko' ! -name '*.mod' ! -name '*.mod.c' \
			! -name probed.h ! -name '.*.cmd' ! -name '*.symvers' ! -name '*.order' -print0
	fi | LC_ALL=C sort -zu | while IFS= read -r -d '' part; do
		[[ ! -f $part ]] || printf '%s\0' "$part"
	done
}

module_key() {
	{
		root_release "$1"
		root_stamp "$1"
		! kernel_is_debug "$1" || echo coverage
		module_files | (cd "$tree" && xargs -0 sha256sum)
	} | cache_key
}

# Sets module_ko.
module_need() {
	local key

	key=$(module_key "$1")
	module_ko=$cache/ko/$1/$key/mmscope.ko
	if [[ -f $module_ko ]]; then
		touch -- "${module_ko%/*}"
		return
	fi
	cache_locked "ko-$1" module_make "$1" "$key"
}

module_make() {
	local scratch root build

	if [[ -f $cache/ko/$1/$2/mmscope.ko ]]; then
		return
	fi
	root=$(root_dir "$1")
	build=$(mktemp -d "$root/build/XXXXXX")
	say "$1: building the module"
	module_build "$1" "$build"
	scratch=$(cache_scratch "ko-$1")
	cp -- "$build/mmscope.ko" "$scratch/"
	! kernel_is_debug "$1" || module_keep_coverage "$build" "$scratch"
	rm -rf -- "$build"
	cache_commit "$scratch" "$cache/ko/$1/$2"
	cache_prune "$cache/ko/$1" 8
}

# The debug kernel's module counts which lines have run; these tell the lines.
module_keep_coverage() {
	mkdir "$2/coverage"
	(cd "$1" && find src include uapi -name '*.[chd]*' -o -name '*.gcno') |
		tar -C "$1" -cf - -T - | tar -C "$2/coverage" -xf -
}

# module_build SERIES DIR MAKEARGS…: exits with make's status when that fails.
module_build() {
	local kernel=$1 build=$2 status=0
	local -a flags=()

	shift 2
	! kernel_is_debug "$kernel" || flags=(GCOV_PROFILE=y)
	module_files | (cd "$tree" && xargs -0 cp --parents -t "$build" --)
	root_exec "$kernel" make -j "$(nproc)" -C "/lib/modules/$(root_release "$kernel")/build" \
		M="/build/${build##*/}" ${flags[@]+"${flags[@]}"} "$@" modules >"$build/make.log" 2>&1 || status=$?
	if ((status)) || (($#)); then
		sed "s,/build/${build##*/}/,,g" "$build/make.log" >&2
	fi
	if ((status)); then
		say "$kernel: the module does not build (make: $status)"
		rm -rf -- "$build"
		decide $((lab_failure == 125 ? 125 : status))
	fi
	[[ -f $build/mmscope.ko ]] || die "$kernel: make made no mmscope.ko"
}

# A build with make arguments is for its messages: always fresh, never cached.
# The products stay for a day, someone was told where they are.
module_build_apart() {
	local kernel=$1 build root

	shift
	root=$(root_dir "$kernel")
	find "$root/build" -mindepth 1 -maxdepth 1 -mmin +1440 -exec rm -rf {} +
	build=$(mktemp -d "$root/build/apart-XXXXXX")
	module_build "$kernel" "$build" "$@"
	module_ko=$build/mmscope.ko
}
