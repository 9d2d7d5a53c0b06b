#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# What "make install" puts where, that "make uninstall" takes all of it and nothing else,
# and that the version is one. Into a directory of its own, as a plain user, without a
# kernel's headers; the module and DKMS are tested by dkms.sh. Oracle: find.
# shellcheck disable=SC2317 # functions are called by check
set -u
. selftests/pack/tap.sh
# make is told of places with a blank, and of one that is not the usual
root="$work/a root"
version=$(sed -n 's/^.define MMSCOPE_VERSION.*"\(.*\)"/\1/p' include/mmscope/version.h)
dkms=usr/src/mmscope-$version

run_make() {
	make -s "$@" DESTDIR="$root" PREFIX=/usr LIBDIR=/usr/lib/other KDIR=/nonexistent RELEASE=none
}

# Whatever is no directory.
listing() {
	(cd "$root" && find . ! -type d -printf '%P\n' | sort)
}

installed() {
	run_make install-tools install-dkms
}

# has MODE FILE…
has() {
	local file mode=$1

	shift
	for file; do
		same "$mode" "$(stat -L -c %a "$root/$file")" || { echo "$file"; return 1; }
	done
}

none() {
	local file

	for file; do
		[[ ! -e $root/$file ]] || { echo "$file"; return 1; }
	done
}

links() {
	same "libmmscope.so.$version" "$(readlink -f "$root/usr/lib/other/libmmscope.so" | xargs -d '\n' basename)"
	same "libmmscope.so.${version%%.*}" "$(objdump -p "$root/usr/lib/other/libmmscope.so" |
		sed -n 's/^ *SONAME *//p')"
}

# Nothing of here is left in what is installed: no path, no @WORD@ of a template.
generated() {
	! grep -r -l -F -e "$PWD" -e "$work" "$root/usr/lib/other/pkgconfig" "$root/usr/share" "$root/usr/include" &&
		! grep -n '@' "$root/usr/lib/other/pkgconfig/libmmscope.pc"
}

# Whoever includes a file of ours finds it in the directory that DKMS builds from.
closed() {
	local name missing=0

	while read -r name; do
		[[ -e $root/$dkms/src/$name || -e $root/$dkms/include/$name || -e $root/$dkms/uapi/$name ||
			-e $root/$dkms/src/compat/$name || $name == *probed.h ]] || { echo "no $name"; missing=1; }
	done < <(grep -rhoE '^#include ("[^"]*"|<mmscope/[^>]*>|<linux/mmscope[^>]*>)' "$root/$dkms" |
		sed 's/#include ["<]//; s/[">]//' | sort -u)
	while read -r name; do
		[[ -e $root/$dkms/${name%.o}.c ]] || { echo "no $name"; missing=1; }
	done < <(sed -n '/^mmscope-y/,/[^\\]$/p' Kbuild | grep -o 'src/[a-z_]*\.o')
	return $missing
}

# Neither tool nor tests, nor what a build here has made.
only_source() {
	! find "$root/$dkms" ! -type d -printf '%P\n' |
		grep -v -x -E 'Kbuild|LICENSE|dkms\.conf|(src|include/mmscope|uapi/linux)/[a-z_]*\.(c|h|def)|src/compat/([a-z]*\.h|probe\.sh|probes\.list)' &&
		[[ ! -e $root/$dkms/src/compat/probed.h ]]
}

# After an uninstall: nothing but FILE…
left() {
	run_make uninstall && same "$(printf '%s\n' "${@:-nothing}" | sort)" "$(listing | grep . || echo nothing)"
}

no_directory() {
	! find "$root" -type d -name '*mmscope*' | grep .
}

versions() {
	same "$version" "$(set +u && . ./dkms.conf && echo "$PACKAGE_VERSION")" || echo dkms.conf
	same "$version" "$(sed -n 's/^## \([^ ]*\).*/\1/p' CHANGELOG.md | head -n 1)" || echo CHANGELOG.md
	same "$version" "$(build/mmscope --version | awk '{ print $2 }')" || echo mmscope
	same "$version" "$(PKG_CONFIG_PATH=$root/usr/lib/other/pkgconfig pkg-config --modversion libmmscope)" ||
		echo libmmscope.pc
	same "mmscope $version" "$(sed -n 's/^\.TH .*"\(mmscope .*\)" .*/\1/p' tools/man/* | sort -u)" || echo man
	grep -q 'MODULE_VERSION(MMSCOPE_VERSION)' src/main.c || echo src/main.c
}

# DKMS' test of a kernel's release, before it builds.
kernels() {
	local pattern series ours

	pattern=$(set +u && . ./dkms.conf && echo "$BUILD_EXCLUSIVE_KERNEL")
	ours=$(sed -n 's/^KERNELS := //p' selftests/tests.mk)
	[[ -n $ours ]] || return 1
	for series in $ours; do
		[[ $series.3-amd64 =~ $pattern ]] || { echo "$series is left out"; return 1; }
	done
	for series in 4.19 5.4 5.9; do
		[[ ! $series.3-amd64 =~ $pattern ]] || { echo "$series is taken"; return 1; }
	done
}

no_output() {
	local out

	out=$("$@" 2>&1)
	printf '%s\n' "$out"
	[[ -z $out ]]
}

kernel_headers_missing() {
	run_make install 2>&1 | grep -q 'install linux-headers-none'
}

check "install-tools and install-dkms" installed
check "programs" has 755 usr/bin/mmscope "$dkms/src/compat/probe.sh"
check "library, headers, manuals, completion, examples" has 644 usr/lib/other/libmmscope.{a,so} \
	usr/lib/other/pkgconfig/libmmscope.pc usr/include/libmmscope/libmmscope.h usr/include/linux/mmscope.h \
	usr/include/mmscope/{decode.h,kinds.def} usr/share/man/man1/mmscope.1 usr/share/man/man3/libmmscope.3 \
	usr/share/bash-completion/completions/mmscope usr/share/doc/mmscope/INSTALL.md \
	usr/share/doc/mmscope/examples/{60-mmscope.rules,modules-load.conf,resident.c,resident.py} "$dkms/dkms.conf"
check "names of the shared library" links
check "nothing active: no rule of udev, no module to load" none etc usr/lib/udev usr/lib/modules-load.d
check "nothing of this tree in it" generated
check "all that the module's sources include" closed
check "and nothing else" only_source
check "one version" no_output versions
check "DKMS is told which kernels" kernels
all=$(listing)
check "uninstall takes all of it" left
check "and its directories" no_directory
check "installed again, the same" installed
check "the same files" same "$all" "$(listing)"
foreign=(usr/bin/other usr/lib/other/libother.so usr/include/mmscope/other.h usr/share/doc/mmscope/other "$dkms/other")
for file in "${foreign[@]}"; do
	touch "$root/$file"
done
check "uninstall leaves what is not ours" left "${foreign[@]}"
check "install says that headers are missing" kernel_headers_missing
finish
