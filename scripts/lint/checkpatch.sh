# shellcheck shell=bash disable=SC2154 # variables are shared, see lint.sh
# SPDX-License-Identifier: GPL-2.0-only
#
# checkpatch.pl, kernel-doc and coccinelle's semantic patches. The packages of
# kernel headers do not ship them, so they come from the newest linux-source-*
# package apt knows. Once fetched they stay; remove the directory for newer ones.

kernel_scripts=$cache/checkpatch

# Sets nothing; afterwards $kernel_scripts/scripts is there.
kernel_scripts_need() {
	local fd

	[[ ! -d $kernel_scripts/scripts/coccinelle ]] || return 0
	mkdir -p "$cache/lock"
	exec {fd}>"$cache/lock/checkpatch"
	flock "$fd"
	[[ -d $kernel_scripts/scripts/coccinelle ]] || kernel_scripts_fetch
	exec {fd}>&-
}

kernel_scripts_fetch() {
	local package scratch name

	need apt-get apt-cache dpkg-deb tar xz
	package=$(apt-cache search --names-only '^linux-source-[0-9.]+$' | awk '{ print $1 }' | sort -V | tail -n 1)
	[[ -n $package ]] || {
		echo "apt knows no linux-source-* package, which has checkpatch.pl (apt-get update?)"
		return 1
	}
	scratch=$(mktemp -d "$cache/tmp-checkpatch.XXXXXX")
	(cd "$scratch" && apt-get -q -o APT::Sandbox::User=root download "$package") >"$scratch/log" 2>&1 || {
		printf 'apt-get download %s:\n' "$package"
		cat "$scratch/log"
		rm -rf -- "$scratch"
		return 1
	}
	mkdir "$scratch/out"
	# kernel-doc is one file up to 6.15 or so, later a Python program with
	# modules. Members that this version does not have make tar fail: what
	# counts is looked at below.
	dpkg-deb --fsys-tarfile "$scratch"/*.deb | tar -xO --wildcards './usr/src/linux-source-*.tar.xz' |
		tar -xJ -C "$scratch/out" --strip-components=1 --wildcards --no-wildcards-match-slash \
			'linux-source-*/scripts/checkpatch.pl' 'linux-source-*/scripts/spelling.txt' \
			'linux-source-*/scripts/const_structs.checkpatch' 'linux-source-*/scripts/kernel-doc*' \
			'linux-source-*/scripts/lib/kdoc' 'linux-source-*/scripts/coccinelle' 'linux-source-*/tools/docs/kernel-doc*' \
			'linux-source-*/tools/lib/python/*' 2>"$scratch/log" || true
	for name in checkpatch.pl spelling.txt const_structs.checkpatch kernel-doc coccinelle; do
		[[ -s $scratch/out/scripts/$name ]] || {
			printf 'no scripts/%s in %s\n' "$name" "$package"
			cat "$scratch/log"
			rm -rf -- "$scratch"
			return 1
		}
	done
	# one without the semantic patches may be there, and in use
	[[ ! -d $kernel_scripts ]] || mv -T -- "$kernel_scripts" "$scratch/old"
	mv -T -- "$scratch/out" "$kernel_scripts"
	rm -rf -- "$scratch"
}

# Is FILE:LINE TYPE MESSAGE one of the rows of checkpatch-allow?
checkpatch_allowed() {
	local file=$1 line=$2 type=$3 message=$4 glob kind pattern source

	source=$(sed -n "${line}p" "$tree/$file")
	while read -r glob kind pattern; do
		# shellcheck disable=SC2053 # a pattern is wanted
		if [[ $type == "$kind" && $file == $glob && "$source # $message" =~ $pattern ]]; then
			return 0
		fi
	done < <(grep -v '^#' "$here/lint/checkpatch-allow")
	return 1
}

# checkpatch leaves a cache in the directory it runs in, hence not in the tree.
# --root is where it looks for names in CamelCase that the kernel has.
check_checkpatch() {
	local list status=0 line
	local -a sources
	local pattern='^([^:]+):([0-9]+): [A-Z]+:([A-Z_0-9]+): (.*)$'

	need perl
	kernel_scripts_need
	files_into sources 'src/*.[ch]' 'include/*.[ch]' 'uapi/*.[ch]' 'tools/*.[ch]'
	mkdir "$work/checkpatch"
	ln -s "$tree"/{src,include,uapi,tools,.checkpatch.conf} "$work/checkpatch/"
	list=$(cd "$work/checkpatch" && perl "$kernel_scripts/scripts/checkpatch.pl" --no-tree --root=. \
		--strict --show-types --terse --no-summary --file "${sources[@]}" 2>&1) || status=$?
	# 1 is "found something"
	if ((status > 1)) || { ((status)) && [[ -z $list ]]; }; then
		printf 'checkpatch.pl ended with status %s\n%s\n' "$status" "$list"
		return 1
	fi
	while IFS= read -r line; do
		[[ -n $line ]] || continue
		if [[ ! $line =~ $pattern ]] || ! checkpatch_allowed "${BASH_REMATCH[@]:1:4}"; then
			printf '%s\n' "$line"
		fi
	done <<<"$list"
}

check_kernel_doc() {
	local file
	local -a sources

	need perl python3
	kernel_scripts_need
	files_into sources 'uapi/*.h' 'include/mmscope/*.h' 'src/*.[ch]' 'tools/libmmscope/*.h'
	for file in "${sources[@]}"; do
		"$kernel_scripts/scripts/kernel-doc" -none -Werror "$file" 2>&1 ||
			printf '%s: kernel-doc ended with status %s\n' "$file" $?
	done
}
