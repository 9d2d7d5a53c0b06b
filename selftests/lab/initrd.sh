# shellcheck shell=bash disable=SC2034,SC2154 # variables are shared, see lab
# SPDX-License-Identifier: GPL-2.0
#
# The guest's root file system: a base archive per kernel, cached, and for each
# run a small one on top with the command and its files. Both are plain cpio;
# the kernel unpacks one after the other, and nothing needs decompressing.

initrd_busybox() {
	local path

	for path in /bin/busybox /usr/bin/busybox; do
		if [[ -x $path ]] && ! LC_ALL=C readelf -l "$path" 2>/dev/null | grep -q INTERP; then
			printf '%s\n' "$path"
			return
		fi
	done
	die "no static busybox (package busybox-static)"
}

# The guest's /bin/sh. Debian's busybox is built to run its own applet for a
# command whatever is in PATH, and scripts in a guest mean what they say.
initrd_shell() {
	readlink -e /bin/dash || die "no /bin/dash"
}

# Brings build/mmscope up to date and prints its path; nothing in a tree that
# has no tool yet. Make runs under a lock, parallel labs share the build tree.
initrd_tool() {
	local -a user=()

	[[ -f $tree/Makefile ]] || return 0
	mkdir -p "$cache/lock"
	# what is built in the tree is its owner's, also under sudo
	((EUID)) || [[ -O $tree ]] ||
		user=(setpriv --reuid="$(stat -c %u "$tree")" --regid="$(stat -c %g "$tree")" --clear-groups --)
	flock "$cache/lock/tool" "${user[@]}" make -s -C "$tree" tools >&2 ||
		die "the tool does not build (make tools)"
	[[ ! -x $tree/build/mmscope ]] || printf '%s\n' "$tree/build/mmscope"
}

# initrd_libraries FILE…: the interpreter and libraries the FILEs need here, one
# a line; nothing for what is not a dynamic ELF file.
initrd_libraries() {
	local magic file

	for file; do
		magic=
		LC_ALL=C IFS= read -r -N 4 magic <"$file" 2>/dev/null || true
		[[ $magic == $'\x7fELF' ]] || continue
		{ ldd -- "$file" 2>/dev/null || true; } | awk -v file="$file" '
			/=> not found/ { printf "lab: %s needs %s, which is not here\n", file, $1 >"/dev/stderr"; next }
			/=> \// { print $3; next }
			/^[ \t]*\// { print $1 }'
	done | sort -u
}

# initrd_path PATH: where PATH belongs in the guest, whose /bin, /sbin, /lib and
# /lib64 are links into /usr. A directory in their place in the archive would
# make the kernel remove the link.
initrd_path() {
	case $1 in
	/bin | /bin/* | /sbin | /sbin/* | /lib | /lib/* | /lib64 | /lib64/*) printf '/usr%s\n' "$1" ;;
	*) printf '%s\n' "$1" ;;
	esac
}

# initrd_add_libraries DIR FILE…: put what the FILEs need into DIR
initrd_add_libraries() {
	local dir=$1 library to

	shift
	initrd_libraries "$@" | while read -r library; do
		to=$dir$(initrd_path "$library")
		[[ -e $to ]] || install -D -m 755 -- "$library" "$to"
	done
}

# initrd_pack DIR: the archive, owned by root whoever packs it
initrd_pack() {
	(cd "$1" && find . -mindepth 1 -print0 | LC_ALL=C sort -z |
		cpio --quiet -0 -o -H newc -R 0:0)
}

# initrd_need KERNEL: sets initrd_base
initrd_need() {
	local key busybox shell tool

	busybox=$(initrd_busybox)
	shell=$(initrd_shell)
	tool=$(initrd_tool)
	key=$({
		root_release "$1"
		root_stamp "$1"
		sha256sum -- "$here/init.sh" "$here/initrd.sh" "$busybox" "$shell" ${tool:+"$tool"}
		initrd_libraries "$shell" ${tool:+"$tool"} | xargs -r sha256sum --
	} | cache_key)
	initrd_base=$cache/initrd/$1/$key/base.cpio
	if [[ -f $initrd_base ]]; then
		touch -- "${initrd_base%/*}"
		return
	fi
	cache_locked "initrd-$1" initrd_make "$1" "$key" "$busybox" "$shell" "$tool"
}

initrd_make() {
	local scratch

	if [[ -f $cache/initrd/$1/$2/base.cpio ]]; then
		return
	fi
	scratch=$(cache_scratch "initrd-$1")
	initrd_skeleton "$scratch/files" "$3"
	install -m 755 -- "$4" "$scratch/files/usr/bin/dash"
	ln -sf dash "$scratch/files/usr/bin/sh"
	initrd_add_libraries "$scratch/files" "$4" ${5:+"$5"}
	cp -R -- "$(root_dir "$1")/lab/modules/lib/modules" "$scratch/files/usr/lib/"
	[[ -z $5 ]] || install -m 755 -- "$5" "$scratch/files/usr/bin/mmscope"
	initrd_pack "$scratch/files" >"$scratch/base.cpio"
	rm -rf -- "$scratch/files"
	cache_commit "$scratch" "$cache/initrd/$1/$2"
	cache_prune "$cache/initrd/$1" 4
}

initrd_skeleton() {
	local dir=$1 applet

	mkdir -p "$dir"/{dev,proc,sys,run,tmp,root,home/user,etc,lab,var/log,mnt} \
		"$dir"/usr/{bin,sbin,lib,lib64,local/bin,local/sbin}
	chmod 1777 "$dir/tmp"
	for applet in bin sbin lib lib64; do
		ln -s "usr/$applet" "$dir/$applet"
	done
	ln -s /run "$dir/var/run"
	ln -s /proc/self/mounts "$dir/etc/mtab"
	install -m 755 -- "$2" "$dir/usr/bin/busybox"
	while read -r applet; do
		case $applet in
		sbin/* | usr/sbin/*) ln -sf /usr/bin/busybox "$dir/usr/sbin/${applet##*/}" ;;
		busybox | */busybox | linuxrc) ;;
		*) ln -sf /usr/bin/busybox "$dir/usr/bin/${applet##*/}" ;;
		esac
	done < <("$2" --list-full)
	install -m 755 -- "$here/init.sh" "$dir/init"
	cat >"$dir/etc/passwd" <<-'END'
		root:x:0:0:root:/root:/bin/sh
		nobody:x:65534:65534:nobody:/:/bin/sh
		user:x:1000:1000:user:/home/user:/bin/sh
	END
	cat >"$dir/etc/group" <<-'END'
		root:x:0:
		tty:x:5:
		nogroup:x:65534:
		user:x:1000:
	END
	printf '/bin/sh\n' >"$dir/etc/shells"
	printf '127.0.0.1 localhost\n' >"$dir/etc/hosts"
}

# initrd_overlay DIR: what only this run has, from the options
initrd_overlay() {
	local dir=$1 i host guest
	local -a found

	mkdir -p "$dir/lab"
	initrd_settings >"$dir/lab/settings"
	initrd_command >"$dir/lab/command"
	if [[ -n $opt_module ]]; then
		install -D -m 644 -- "$module_ko" "$dir/lab/mmscope.ko"
		# as modules are installed: five times as small, and no guest has a debugger
		strip --strip-debug "$dir/lab/mmscope.ko"
	fi
	for ((i = 0; i < ${#opt_files_host[@]}; i++)); do
		host=${opt_files_host[i]}
		guest=$dir$(initrd_path "${opt_files_guest[i]}")
		mkdir -p -- "${guest%/*}"
		# Followed itself, but links inside a directory stay links.
		cp -R -P -H --preserve=mode,timestamps,links -T -- "$host" "$guest"
		readarray -d '' -t found < <(find -H "$host" -type f -perm /111 -print0)
		initrd_add_libraries "$dir" ${found[@]+"${found[@]}"}
	done
}

# Sourced by init.
initrd_settings() {
	local rows=24 columns=80 size

	printf 'mode=%s\n' "$opt_mode"
	printf 'module=%s\n' "$opt_module"
	printf 'swap=%s\n' "$opt_swap"
	if [[ $opt_mode == shell ]]; then
		size=$(stty size) && read -r rows columns <<<"$size"
		printf 'rows=%s columns=%s term=%s\n' "$rows" "$columns" "$(initrd_quote "${TERM:-vt100}")"
	fi
}

# One argument, quoted for any POSIX shell.
initrd_quote() {
	printf "'%s'" "${1//\'/\'\\\'\'}"
}

initrd_command() {
	local arg

	printf 'exec'
	for arg in ${opt_command[@]+"${opt_command[@]}"}; do
		printf ' '
		initrd_quote "$arg"
	done
	printf '\n'
}
