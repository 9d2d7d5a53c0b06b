# shellcheck shell=bash disable=SC2034,SC2154 # variables are shared, see lab
# SPDX-License-Identifier: GPL-2.0
#
# The cache directory. An item is built under a temporary name and renamed, so
# an interrupted build leaves no half item; one lock per item keeps parallel
# labs from building the same thing twice.

# cache_locked NAME CMD…: plain call only. In a condition errexit would be off
# in CMD; here CMD's failure ends the lab, and the lock with it.
cache_locked() {
	local fd name=$1

	shift
	mkdir -p "$cache/lock"
	exec {fd}>"$cache/lock/$name"
	flock "$fd"
	"$@"
	exec {fd}>&-
}

# A directory to build in, on the same file system as where it goes. Those of
# an interrupted lab are removed by the next one that holds the item's lock.
cache_scratch() {
	rm -rf -- "$cache/tmp-$1".*
	mkdir -p "$cache"
	mktemp -d "$cache/tmp-$1.XXXXXX"
}

# cache_commit SCRATCH DESTINATION: publish, replacing what is there
cache_commit() {
	local old=

	mkdir -p "${2%/*}"
	if [[ -e $2 ]]; then
		old=$1.old
		mv -T -- "$2" "$old"
	fi
	mv -T -- "$1" "$2"
	[[ -z $old ]] || rm -rf -- "$old"
}

# cache_prune DIR KEEP: all but the KEEP most recently used entries go
cache_prune() {
	local -a entries
	local i

	[[ -d $1 ]] || return 0
	readarray -t entries < <(ls -1t -- "$1")
	for ((i = $2; i < ${#entries[@]}; i++)); do
		rm -rf -- "${1:?}/${entries[i]}"
	done
}

# Key of whatever comes in on stdin.
cache_key() {
	local sum

	sum=$(sha256sum)
	printf '%s\n' "${sum:0:20}"
}
