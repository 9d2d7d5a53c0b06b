# shellcheck shell=bash disable=SC2034,SC2154 # variables are shared, see lab
# SPDX-License-Identifier: GPL-2.0
#
# Build roots: for each series a directory with that suite's compiler and the
# kernel's headers, and in lab/ what the guest needs of the kernel: vmlinuz,
# modules, release, stamp. Packages are only extracted, never configured: the
# root is for running make in, and unpacking is most of the time already.

root_packages='base-files bash coreutils dash diffutils findutils gcc grep kmod libc6-dev make mawk sed sparse'

root_dir() {
	printf '%s\n' "$cache/root-$1"
}

root_release() {
	cat "$(root_dir "$1")/lab/release"
}

# What a root is made of. It is stale when this changes, not when the archive
# has a newer release: that is what `prepare --refresh` is for.
root_stamp() {
	printf '%s\n' "2 $(kernel_suite "$1") $(kernel_field "$1" 3) $root_packages ${kernel_guest_modules//$'\n'/ }"
	! kernel_is_debug "$1" || debug_stamp
}

root_is_fresh() {
	local stamp=

	stamp=$(cat "$(root_dir "$1")/lab/stamp" 2>/dev/null) || true
	[[ $stamp == "$(root_stamp "$1")" ]]
}

root_need() {
	if ! root_is_fresh "$1"; then
		cache_locked "root-$1" root_make "$1" ''
	fi
}

# The root there is stays in use until the new one is complete.
root_refresh() {
	cache_locked "root-$1" root_make "$1" anyway
}

# root_make SERIES ANYWAY
root_make() {
	local scratch release

	if [[ -z $2 ]] && root_is_fresh "$1"; then
		return
	fi
	((EUID == 0)) || die "the first use of kernel $1 makes a build root, which needs root"
	say "$1: fetching a kernel and its build root (about a minute, once)"
	scratch=$(cache_scratch "root-$1")
	chmod 755 "$scratch"
	root_fetch "$1" "$scratch"
	root_settle "$scratch"
	! kernel_is_debug "$1" || debug_build "$scratch"
	release=$(<"$scratch.release")
	rm -f -- "$scratch.release"
	root_keep_kernel "$scratch" "$release"
	printf '%s\n' "$release" >"$scratch/lab/release"
	root_stamp "$1" >"$scratch/lab/stamp"
	cache_commit "$scratch" "$(root_dir "$1")"
}

# root_fetch SERIES DIR: DIR/ and DIR.release. The lists are fetched once, for
# finding the release, and handed on to mmdebstrap.
root_fetch() {
	local -a packages
	local log=$2.log

	mirror_state "$2.apt" "$1"
	read -ra packages <<<"$(mirror_resolve "$1")"
	unset APT_CONFIG
	if ((${#packages[@]} < 2)); then
		rm -rf -- "$2.apt"
		die "the mirror has no kernel of the $1 series with headers and image"
	fi
	mmdebstrap --mode=root --variant=extract --skip=update \
		--setup-hook="cp -R '$2.apt/lists/.' \"\$1/var/lib/apt/lists/\"" \
		--include="$root_packages ${packages[*]:1}" \
		--aptopt="$2.apt/settings.conf" --aptopt='APT::Install-Recommends "false"' \
		--dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-exclude=/usr/share/man/*' \
		--dpkgopt='path-exclude=/usr/share/locale/*' --dpkgopt='path-exclude=/usr/share/info/*' \
		'' "$2" - <"$2.apt/sources.list" >"$log" 2>&1 || {
		sed 's/^/lab: mmdebstrap: /' "$log" >&2
		die "the build root could not be made"
	}
	rm -rf -- "$2.apt" "$log"
	printf '%s\n' "${packages[0]}" >"$2.release"
}

# What maintainer scripts would have done and kbuild relies on. apt's settings
# go: they name the mirror, and a proxy may carry a password.
root_settle() {
	ln -sf mawk "$1/usr/bin/awk"
	[[ -e $1/bin/sh ]] || ln -s dash "$1/bin/sh"
	[[ -e $1/etc/passwd ]] || echo 'root:x:0:0:root:/:/bin/sh' >"$1/etc/passwd"
	[[ -e $1/etc/group ]] || echo 'root:x:0:' >"$1/etc/group"
	rm -rf -- "$1/etc/apt" "$1/var/cache/apt" "$1/var/lib/apt" "$1/etc/resolv.conf"
	mkdir -p "$1/build" "$1/proc" "$1/dev" "$1/tmp" "$1/lab"
}

# root_keep_kernel DIR RELEASE: lab/vmlinuz and lab/modules, as a tree that
# modprobe understands. Modules are kept uncompressed, busybox need not unpack.
root_keep_kernel() {
	local kernel name file to=$1/lab/modules
	local modules=$1/lib/modules/$2
	local -a images=("$1/boot/vmlinuz-$2" "$modules"/vmlinuz*)

	for kernel in "${images[@]}" ''; do
		[[ ! -f $kernel ]] || break
	done
	[[ -n $kernel ]] || die "kernel $2 came without a vmlinuz"
	cp -- "$kernel" "$1/lab/vmlinuz"
	mkdir -p "$to/lib/modules/$2"
	depmod -b "$1" "$2"
	# A name that is built in on this kernel has no file: that is fine.
	for name in $kernel_guest_modules; do
		modprobe -d "$1" -S "$2" --show-depends "$name" 2>/dev/null || true
	done | awk '$1 == "insmod" { print $2 }' | sort -u | while read -r file; do
		file=${file#"$1"}
		file=${file#*/lib/modules/"$2"/}
		install -D -m 644 "$modules/$file" "$to/lib/modules/$2/$file"
	done
	find "$to" -name '*.ko.xz' -exec xz -d {} +
	find "$to" -name '*.ko.zst' -exec zstd -q -d --rm {} +
	cp -- "$modules"/modules.builtin* "$modules"/modules.order "$to/lib/modules/$2/"
	depmod -b "$to" "$2"
	rm -rf -- "${modules:?}/kernel" "${1:?}/boot"
	find "$modules" -maxdepth 1 -type f \( -name 'vmlinuz*' -o -name 'modules.*' \) -delete
}

# root_exec SERIES CMD…: run in the root, with a /proc (objtool reads
# /proc/self/maps) and a /dev that no one else sees. The shared lock keeps a
# refresh from taking the root away meanwhile.
root_exec() {
	local kernel=$1

	shift
	(
		flock -s 9
		root_enter "$(root_dir "$kernel")" "$@"
	) 9>"$cache/lock/root-$kernel"
}

# root_enter DIR CMD…
root_enter() {
	# shellcheck disable=SC2016 # expanded by the inner shell
	unshare -m -- sh -c '
		mount -t proc proc "$0/proc" && mount --rbind /dev "$0/dev" || exit 1
		exec chroot "$0" /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/ LC_ALL=C "$@"' "$@"
}
