#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# usage: page-types.sh FILE: builds the kernel's own page-types, the peer of "make
# bench", from Debian's linux-source. Takes a download of 140 MB, once.
set -euo pipefail

to=$1
cache=${XDG_CACHE_HOME:-$HOME/.cache}/mmscope/page-types
if [[ ! -x $cache ]]; then
	work=$(mktemp -d)
	trap 'rm -rf "$work"' EXIT
	package=$(apt-cache depends linux-source | sed -n 's/^ *Depends: \(linux-source-[0-9.]*\)$/\1/p')
	[[ -n $package ]] || { echo "page-types: apt knows no linux-source: apt-get update" >&2; exit 1; }
	echo "page-types: fetching $package (140 MB, once)" >&2
	(cd "$work" && apt-get -qq download "$package" 2>/dev/null)
	# to its end, so that no writer of the pipe dies
	dpkg-deb --fsys-tarfile "$work/$package"_*.deb |
		tar -xO --wildcards './usr/src/linux-source-*.tar.xz' | xz -dc |
		tar -C "$work" -x --strip-components=1 --wildcards '*/tools/[vm]m/page-types.c' \
			'*/tools/lib/api' '*/tools/include' '*/include/uapi/linux/*'
	gcc -O2 -static -D_GNU_SOURCE -I"$work/tools/lib" -I"$work/tools/lib/api" \
		-I"$work/tools/include" -o "$work/page-types" "$work"/tools/[vm]m/page-types.c \
		"$work"/tools/lib/api/fs/fs.c "$work"/tools/lib/api/debug.c
	install -D -m 755 "$work/page-types" "$cache"
fi
install -D -m 755 "$cache" "$to"
