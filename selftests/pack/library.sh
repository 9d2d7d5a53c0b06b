#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# libmmscope as somebody else gets it: what it exports, and programs that are built
# against what "make install-tools" has installed. "library.sh --update" writes the
# kept output of the examples anew. Oracles: the compiler's list of declarations, nm,
# kept text, the sums of "mmscope smaps" that are kept for the replay tests.
# shellcheck disable=SC2317 # functions are called by check
set -u
here=selftests/pack
. "$here/tap.sh"
recordings=(selftests/replay/recordings/*.data)
examples=(resident huge wx)
prefix=/opt/mmscope
root=$work/root
export LD_LIBRARY_PATH=$root$prefix/lib

# Functions that libmmscope.h declares (gcc's -aux-info: file:line, C for a declaration).
declared() {
	gcc -Iuapi -Iinclude -Itools -x c -fsyntax-only -aux-info "$work/aux" tools/libmmscope/libmmscope.h
	sed -n 's,^/\* [^ ]*libmmscope\.h:[0-9]*:.C .*[ *]\(libmmscope_[a-z_]*\) (.*,\1,p' "$work/aux" | sort -u
}

exported() {
	nm -D --defined-only build/libmmscope.so | awk '$2 == "T" { sub(/@@.*/, "", $3); print $3 }' | sort
}

foreign_exports() {
	! nm -D --defined-only build/libmmscope.so | grep -v -e ' T libmmscope_[a-z_]*@@LIBMMSCOPE_0\.1$' \
		-e ' A LIBMMSCOPE_0\.1$'
	! nm -g --defined-only build/libmmscope.a | grep ' [A-Z] ' | grep -v ' T libmmscope_'
}

mapped() {
	sed -n 's/^\t\t\([a-z_]*\);$/\1/p' tools/libmmscope/libmmscope.map | sort
}

# The man page has every function's name.
in_man() {
	local name

	for name in $(declared); do
		grep -q "$name" tools/man/libmmscope.3 || echo "$name is not in libmmscope.3"
	done | grep . && return 1
	return 0
}

# What the tool was compiled from, by the compiler's own lists.
private_headers() {
	local used

	used=$(cat build/tools/mmscope/*.d | grep -o 'tools/libmmscope/[a-z_]*\.h' | sort -u)
	same tools/libmmscope/libmmscope.h "$used"
}

installed() {
	make -s install-tools DESTDIR="$root" PREFIX="$prefix" KDIR=/nonexistent
}

pkg() {
	PKG_CONFIG_SYSROOT_DIR=$root PKG_CONFIG_PATH=$root$prefix/lib/pkgconfig pkg-config "$@" libmmscope
}

# build NAME SOURCE COMPILER…: with nothing but what pkg-config says
build() {
	local name=$1 source=$2
	local -a flags libs

	shift 2
	read -ra flags <<<"$(pkg --cflags)"
	read -ra libs <<<"$(pkg "${static[@]}" --libs)"
	((${#flags[@]} && ${#libs[@]})) || return 1
	(cd "$work" && "$@" -Wall -Wextra -Werror "${flags[@]}" -o "$name" "$source" "${libs[@]}")
}

run_all() {
	local file

	for file in "${recordings[@]}"; do
		echo "== $(basename "$file" .data)"
		"$work/$1" "$file"
		echo "status $?"
	done
}

kept() {
	run_all "$1" >"$work/$1.out" 2>&1
	[[ -z $update ]] || cp "$work/$1.out" "$here/expected/$1.txt"
	diff "$here/expected/$1.txt" "$work/$1.out"
}

# Start, and what is in memory (KiB), of a VMA a line
resident_of() {
	"$work/resident" "$1" | awk '{ print substr($1, 1, 12), $3 }'
}

smaps_of() {
	awk '/^0x/ {
		size = $4
		kib = size ~ /M$/ ? size * 1024 : size ~ /G$/ ? size * 1048576 : size + 0
		print substr($1, 3), kib
	}' "selftests/replay/golden/$(basename "$1" .data)-smaps.txt"
}

as_smaps() {
	local file

	for file in "${recordings[@]}"; do
		same "$(smaps_of "$file")" "$(resident_of "$file")" || return
	done
}

as_python() {
	local file

	for file in "${recordings[@]}"; do
		same "$("$work/resident" "$file" | awk '{ printf "%s %6s\n", $1, $3 }')" \
			"$(python3 "$root$prefix/share/doc/mmscope/examples/resident.py" "$file")" || return
	done
}

# The other way in, and errors as the header says.
refuses() {
	same "resident: $1" "$(MMSCOPE_DEVICE=$work/none "$work/resident" "$2" 2>&1)"
}

cat >"$work/cxx.cc" <<'END'
#include <libmmscope/libmmscope.h>
int main(int, char **argv)
{
	struct libmmscope_source *src;
	struct mmscope_entry entry;

	if (libmmscope_open_recording(argv[1], &src))
		return 1;
	mmscope_decode(libmmscope_format(src), 0x80000000000025ULL, 0, 0, &entry);
	printf("%d %s\n", entry.klass == MMSCOPE_CLASS_LEAF, entry.kind);
	libmmscope_close(src);
	return 0;
}
END

example_of_man() {
	sed -n '/^\.EX$/,/^\.EE$/p' tools/man/libmmscope.3 | sed -e '/^\./d' -e 's/\\-/-/g' -e 's/\\e/\\/g' \
		>"$work/man.c"
	build man man.c gcc -std=c99 && same "8 pages" "$("$work/man" "${recordings[0]}")"
}

update=
[[ ${1-} != --update ]] || update=1
static=()
check "libmmscope.so exports the functions of libmmscope.h" same "$(declared)" "$(exported)"
check "libmmscope.map names the functions of libmmscope.h" same "$(declared)" "$(mapped)"
check "neither library has other names" foreign_exports
check "libmmscope.3 names each of them" in_man
check "the tool includes no private header of the library" private_headers
check "install-tools needs no kernel headers" installed
for example in "${examples[@]}"; do
	source=$root$prefix/share/doc/mmscope/examples/$example.c
	check "$example.c compiles as gnu99" build "$example" "$source" gcc -std=gnu99
	check "$example of the recordings, as kept" kept "$example"
done
check "resident.c as smaps counts" as_smaps
check "resident.py as resident.c" as_python
check "the example of libmmscope.3" example_of_man
for standard in c++98 c++11 c++20; do
	check "a program in $standard compiles" build cxx cxx.cc g++ -std=$standard
	check "and runs" same "1 page" "$("$work/cxx" "${recordings[0]}")"
done
check "a file that is no recording" refuses "Bad message" /dev/null
check "no file" refuses "No such file or directory" "$work/none"
check "no module" refuses "No such device" 1
static=(--static)
check "resident.c with the static library" build resident-static \
	"$root$prefix/share/doc/mmscope/examples/resident.c" gcc -static
unset LD_LIBRARY_PATH
check "which runs alone" same "$("$work/resident-static" "${recordings[1]}")" \
	"$(sed -n '/^== 6.1$/,/^status/p' "$here/expected/resident.txt" | sed '1d;$d')"
finish
