# shellcheck shell=bash disable=SC2034,SC2154 # variables are shared, see lab
# SPDX-License-Identifier: GPL-2.0-only
#
# The debug kernel: Debian's source of an LTS series, built with debug.config in
# the root that then builds the module for it. It is not in kernel_list: nobody
# waits for its build (about half an hour on two processors) who has not asked.

debug_source=linux-source-6.12
debug_packages="$debug_source bc bison bzip2 cpio file flex gzip libc6-dev libelf-dev libssl-dev lz4 openssl pahole perl
python3 rsync tar xz-utils zstd"

# How it is booted: all watchers on. With five levels KASAN takes a table of its own for a
# bad address while the processors come up.
debug_arguments='no5lvl kmemleak=on page_owner=on page_poison=1 debug_pagealloc=on slub_debug=FZPU debug_objects'

kernel_is_debug() {
	[[ $1 == debug ]]
}

# Changes when the configuration does.
debug_stamp() {
	printf '%s %s\n' "${debug_packages//$'\n'/ }" "$(cache_key <"$here/debug.config")"
}

# debug_build DIR: the kernel in DIR/boot, modules and what modules are built with as
# the packages of other kernels have it, its release in DIR.release.
debug_build() {
	local log=$1.log release

	cp -- "$here/debug.config" "$1/build/debug.config"
	say "debug: building the kernel (half an hour and 15 GB of disk, once)"
	# shellcheck disable=SC2016 # for the inner shell
	root_enter "$1" sh -e -c '
		exec </dev/null
		cd /usr/src
		tar -xf "$1.tar.xz"
		cd "$1"
		make -s KCONFIG_ALLCONFIG=/build/debug.config allnoconfig
		make -s -j "$2" bzImage modules
		release=$(make -s kernelrelease)
		mkdir -p /boot
		cp arch/x86/boot/bzImage "/boot/vmlinuz-$release"
		make -s modules_install
		cd ..
		mv "$1" "linux-headers-$release"
		rm -f "$1.tar.xz" "/lib/modules/$release/source"
		ln -sfn "/usr/src/linux-headers-$release" "/lib/modules/$release/build"
		printf "%s\n" "$release" >/build/release' sh "$debug_source" "$(nproc)" >"$log" 2>&1 || {
		tail -n 40 "$log" | sed 's/^/lab: make: /' >&2
		die "the debug kernel does not build"
	}
	release=$(<"$1/build/release")
	debug_check "$1/usr/src/linux-headers-$release/.config"
	debug_strip "$1/usr/src/linux-headers-$release"
	printf '%s\n' "$release" >"$1.release"
	rm -f -- "$log" "$1/build/release" "$1/build/debug.config"
}

# What was asked for and is not there: an option that the series does not know, or
# one that depends on another.
debug_check() {
	local line lost=''

	while read -r line; do
		[[ $line =~ ^CONFIG_[A-Z0-9_]+=[^n] ]] || continue
		grep -q -x -F -- "$line" "$1" || lost+=" $line"
	done <"$here/debug.config"
	[[ -z $lost ]] || die "the debug kernel lacks:$lost"
}

# What modules are not built with goes: 12 GB become 1. Of vmlinux only the types
# stay, a module's BTF builds on them.
debug_strip() {
	find "$1" -depth \( -name '*.o' -o -name '*.a' -o -name '.*.o.cmd' -o -name '*.ko' \) \
		! -path "$1/scripts/*" ! -path "$1/tools/*" -delete
	find "$1" -name '*.c' ! -path "$1/scripts/*" ! -path "$1/tools/*" -delete
	rm -rf -- "$1"/{Documentation,samples,vmlinux.a,.tmp_vmlinux*,vmlinux.unstripped}
	objcopy --only-section=.BTF --set-section-flags .BTF=alloc,readonly \
		"$1/vmlinux" "$1/vmlinux.btf" 2>/dev/null && mv -- "$1/vmlinux.btf" "$1/vmlinux"
}
