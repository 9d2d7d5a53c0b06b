#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck disable=SC2034,SC2154,SC2317 # shared with the lab's files
#
# root.sh KERNEL: prints a root directory to try DKMS in: a copy of the lab's build root
# of that kernel (its suite's compiler and headers), with DKMS and what it signs modules
# with. Made once, and kept in the lab's cache.

set -euo pipefail
shopt -s inherit_errexit nullglob
umask 022

self=$(readlink -f -- "${BASH_SOURCE[0]}")
tree=${self%/selftests/*}
cache=${XDG_CACHE_HOME:-$HOME/.cache}/mmscope

say() {
	printf 'dkms: %s\n' "$*" >&2
}

die() {
	say "$*"
	exit 1
}

decide() {
	exit "$1"
}

for noun in kernel cache mirror root; do
	# shellcheck source=/dev/null
	. "$tree/selftests/lab/$noun.sh"
done

# What the build root lacks; with it openssl's library, whose name changes.
dkms_packages='dkms patch openssl xz-utils lsb-release libc-bin'

dkms_stamp() {
	printf '%s\n' "1 $(root_release "$1") $(root_stamp "$1") $dkms_packages"
}

dkms_is_fresh() {
	local stamp=

	stamp=$(cat "$(root_dir "dkms-$1")/lab/stamp" 2>/dev/null) || true
	[[ $stamp == "$(dkms_stamp "$1")" ]]
}

dkms_make() {
	local scratch package library release

	if dkms_is_fresh "$1"; then
		return
	fi
	((EUID == 0)) || die "the first use of kernel $1 makes a root directory, which needs root"
	say "$1: fetching DKMS and making a root directory (once)"
	scratch=$(cache_scratch "root-dkms-$1")
	release=$(root_release "$1")
	chmod 755 "$scratch"
	(cd "$(root_dir "$1")" && find . -mindepth 1 -maxdepth 1 ! -name build -exec cp -a -t "$scratch" {} +)
	mkdir "$scratch/build"
	mirror_state "$scratch.apt" "$1"
	library=$(apt-cache depends openssl | awk '$1 == "Depends:" && $2 ~ /^libssl/ { print $2; exit }')
	# shellcheck disable=SC2086 # words
	(cd "$scratch.apt/archives" && apt-get -qq download $dkms_packages $library)
	unset APT_CONFIG
	for package in "$scratch.apt"/archives/*.deb; do
		dpkg-deb --fsys-tarfile "$package" | tar -x -C "$scratch" --keep-directory-symlink
	done
	rm -rf -- "$scratch.apt"
	# as on a machine with that kernel: the list of its modules is what DKMS looks at
	cp -r "$scratch/lab/modules/lib/modules/$release/." "$scratch/lib/modules/$release/"
	mkdir -p "$scratch/var/lib/dkms"
	dkms_stamp "$1" >"$scratch/lab/stamp"
	cache_commit "$scratch" "$(root_dir "dkms-$1")"
}

main() {
	kernel_known "${1-}" || die "unknown kernel ${1-} ($(kernel_list))"
	root_need "$1"
	if ! dkms_is_fresh "$1"; then
		cache_locked "root-dkms-$1" dkms_make "$1"
	fi
	root_dir "dkms-$1"
}

[[ ${BASH_SOURCE[0]} != "$0" ]] || main "$@"
