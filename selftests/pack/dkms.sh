#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck disable=SC2317 # functions are called by check
#
# dkms.sh KERNEL: the module through Debian's own DKMS, in a root directory of that
# kernel's suite: add, build, sign, install, remove; the same by "make install-dkms", and
# by modules_install. Then a guest loads what DKMS has built. Oracles: dkms, modinfo,
# depmod, and the kernel that takes it.

set -u
here=selftests/pack
. "$here/tap.sh"
kernel=${1:?which kernel}
root=$("$here/root.sh" "$kernel") || { echo "Bail out! no root directory"; exit 1; }
release=$(<"$root/lab/release")
version=$(sed -n 's/^.define MMSCOPE_VERSION.*"\(.*\)"/\1/p' include/mmscope/version.h)
modules=$root/lib/modules/$release

# One at a time in a root directory.
exec 9>"${root%/*}/lock/dkms-$kernel"
flock 9

clean() {
	rm -rf -- "${root:?}"/usr/src/mmscope-* "${root:?}"/var/lib/dkms/* "${root:?}/build/tree" \
		"$modules/updates" "$modules/extra" "${root:?}"/tmp/* "${root:?}"/usr/local/*
	depmod -b "$root" "$release"
}

# in_root CMD…: as the lab does it, with /proc and /dev of its own
in_root() {
	# shellcheck disable=SC2016 # expanded by the inner shell
	unshare -m -- sh -c '
		mount -t proc proc "$0/proc" && mount --rbind /dev "$0/dev" || exit 1
		exec chroot "$0" /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/ LC_ALL=C "$@"' \
		"$root" "$@"
}

# dkms_does WANTED CMD…: a line of its output
dkms_does() {
	local wanted=$1 status=0

	shift
	in_root dkms "$@" >"$work/dkms" 2>&1 || status=$?
	cat "$work/dkms" "$root/var/lib/dkms/mmscope/$version/build/make.log" 2>/dev/null
	! grep -i -e deprecated -e 'warning' "$work/dkms" || return 1
	((status == 0)) && grep -q -- "$wanted" "$work/dkms"
}

status_is() {
	local have

	have=$(in_root dkms status -m mmscope) || return
	echo "$have"
	[[ ${have%% (*} == "$1" ]]
}

# The module of the directory, whether compressed or not, as a plain file.
built() {
	local file

	for file in "$modules/$1"/mmscope.ko*; do
		case $file in
		*.xz) xz -dc "$file" ;;
		*.zst) zstd -dc "$file" ;;
		*) cat "$file" ;;
		esac >"$work/mmscope.ko"
		return
	done
	echo "no mmscope.ko in $1"
	return 1
}

# Is what is there now younger than what built() has taken?
newer() {
	[[ $(echo "$modules/$1"/mmscope.ko*) -nt $work/mmscope.ko ]]
}

# info FIELD WANTED: modinfo's word, a pattern of the shell
info() {
	local have

	have=$(modinfo -F "$1" "$work/mmscope.ko")
	echo "$1: $have"
	# shellcheck disable=SC2053 # a pattern is wanted
	[[ $have == $2 ]]
}

# modprobe_takes WANTED: the place that modprobe would take it from, "" for none
modprobe_takes() {
	local have

	have=$(modprobe -d "$root" -S "$release" --show-depends mmscope 2>/dev/null | awk '{ print $2 }')
	same "[$1]" "[${have#"$modules"/}]"
}

# No file of ours in the system's directories.
nothing_left() {
	! find "$root/lib/modules/" "$root/usr/src" "$root/usr/local" "$root/var/lib/dkms" -name '*mmscope*' | grep .
}

# By hand, as docs/INSTALL.md says: a key of one's own.
sign_by_hand() {
	cp "$work/mmscope.ko" "$root/tmp/plain.ko"
	in_root sh -c "
		cd /tmp && strip -g plain.ko &&
		openssl req -new -x509 -newkey rsa:2048 -nodes -days 3650 -subj '/CN=by hand/' \
			-outform DER -keyout mok.key -out mok.der 2>/dev/null &&
		/usr/src/linux-headers-$release/scripts/sign-file sha256 mok.key mok.der plain.ko" &&
		same "by hand" "$(modinfo -F signer "$root/tmp/plain.ko")"
}

# What git knows of the tree, or all of an unpacked one but what builds made.
copy_tree() {
	mkdir "$root/build/tree"
	tar -c --exclude=./build --exclude=./.git --exclude='*.o' --exclude='*.ko' --exclude='*.cmd' \
		--exclude=./selftests/replay . | tar -x -C "$root/build/tree" &&
		mkdir "$root/build/tree/build" && cp -P build/mmscope build/libmmscope.{a,so*} "$root/build/tree/build/"
}

make_in_root() {
	in_root make -s -j "$(nproc)" -C /build/tree RELEASE="$release" "$@"
}

loads() {
	selftests/lab/lab run --kernel "$kernel" --no-module --file "$work/mmscope.ko:/mmscope.ko" -- \
		sh -c 'insmod /mmscope.ko && mmscope maps self && rmmod mmscope'
}

clean
check "the source in /usr/src" make -s install-dkms DESTDIR="$root"
check "dkms add" dkms_does '' add -m mmscope -v "$version"
check "status: added" status_is "mmscope/$version: added"
check "dkms build" dkms_does '' build -m mmscope -v "$version" -k "$release"
check "dkms install" dkms_does '' install -m mmscope -v "$version" -k "$release"
check "status: installed" status_is "mmscope/$version, $release, x86_64: installed"
check "the module in updates/dkms" built updates/dkms
check "for this kernel" info vermagic "$release SMP *"
check "of this version" info version "$version"
check "GPL" info license GPL
check "signed with DKMS' key" info signer 'DKMS module signing key'
check "depmod has been called" modprobe_takes "updates/dkms/$(basename "$modules"/updates/dkms/mmscope.ko*)"
check "kernel $kernel loads it, and it works" loads
check "signed by hand" sign_by_hand

check "the tree, on a machine of that suite" copy_tree
check "make install-dkms there, over what there is" make_in_root install-dkms
check "status: installed, again" status_is "mmscope/$version, $release, x86_64: installed"
check "another build of it" newer updates/dkms
check "dkms remove" dkms_does '' remove -m mmscope -v "$version" --all
check "nothing is installed any more" modprobe_takes ""
check "status: nothing" same "[]" "[$(in_root dkms status -m mmscope)]"
check "dkms add, once more" dkms_does '' add -m mmscope -v "$version"
check "make install-tools there, of what was compiled here" make_in_root -o tools install-tools
check "the linker knows the library" in_root sh -c 'ldconfig -p | grep "libmmscope.so.0 .* /usr/local/lib/libmmscope.so.0"'
check "make uninstall" make_in_root uninstall
check "the linker has forgotten it" in_root sh -c 'ldconfig -p >/tmp/known && grep libc.so.6 /tmp/known && ! grep mmscope /tmp/known'
check "nothing is left of it" nothing_left

check "make install-module there" make_in_root install-module
check "modprobe finds it" modprobe_takes "$(cd "$modules" && echo */mmscope.ko*)"
check "make uninstall again" make_in_root uninstall
check "nothing is left of that" nothing_left
clean
finish
