#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# setup.sh [GROUP…]: installs the Debian packages that building, testing and
# checking mmscope take. Without GROUP all of them. Says and does nothing when
# they are there. Made for Debian 12 and 13.

set -euo pipefail

# build  the tool, its library and (for the running kernel) the module
# lab    kernels in guests: selftests/lab, which also builds the tool
# test   unit and command tests
# lint   make lint
# static make static
# A word with @ is another group.
package_table='
build gcc make libc6-dev libsmartcols-dev libjson-c-dev libbpf-dev libdw-dev libzstd-dev zlib1g-dev
build bpftool clang pkgconf
lab   @build mmdebstrap qemu-system-x86 seabios busybox-static cpio xz-utils zstd kmod
lab   debian-archive-keyring util-linux mount binutils libc-bin dash
test  @build libcmocka-dev python3 g++ libclang-rt-dev
lint  sparse codespell shellcheck dwarves clang clang-format cppcheck perl g++ python3
static @test @lint clang-tidy coccinelle xz-utils
'

say() {
	printf 'setup: %s\n' "$*" >&2
}

groups_known() {
	awk 'NF { print $1 }' <<<"$package_table" | sort -u | tr '\n' ' '
}

# packages_of GROUP…: each package once
packages_of() {
	local group

	for group; do
		awk -v g="$group" '$1 == g { for (i = 2; i <= NF; i++) print $i }' <<<"$package_table"
	done | while read -r group; do
		if [[ $group == @* ]]; then
			packages_of "${group#@}"
		else
			printf '%s\n' "$group"
		fi
	done | sort -u
}

# A package may also be there under another architecture or only provided:
# "installed" of this name, on any architecture, is what counts.
is_installed() {
	dpkg-query -W -f '${db:Status-Status}\n' "$1" 2>/dev/null | grep -qx installed
}

as_root() {
	if ((EUID == 0)); then
		"$@"
	elif command -v sudo >/dev/null; then
		sudo -- "$@"
	else
		say "installing needs root, and there is no sudo"
		return 1
	fi
}

main() {
	local package group
	local -a missing=() wanted=("$@")

	if [[ ${1-} == -h || ${1-} == --help ]]; then
		say "usage: setup.sh [GROUP…]; groups: $(groups_known)"
		return 0
	fi
	for group; do
		[[ " $(groups_known) " == *" $group "* ]] || {
			say "unknown group $group; there are: $(groups_known)"
			return 2
		}
	done
	((${#wanted[@]})) || read -ra wanted <<<"$(groups_known)"
	command -v dpkg-query >/dev/null || {
		say "this is no Debian; install what corresponds to: $(packages_of "${wanted[@]}" | tr '\n' ' ')"
		return 1
	}
	while read -r package; do
		is_installed "$package" || missing+=("$package")
	done < <(packages_of "${wanted[@]}")
	((${#missing[@]})) || return 0

	say "installing ${missing[*]}"
	as_root apt-get -q update >&2 || {
		say "apt-get update failed; trying with the lists there are"
	}
	as_root env DEBIAN_FRONTEND=noninteractive \
		apt-get -q -y --no-install-recommends install "${missing[@]}" >&2 || {
		say "could not install ${missing[*]}"
		return 1
	}
}

main "$@"
