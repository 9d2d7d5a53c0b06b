# shellcheck shell=bash disable=SC2034,SC2154 # variables are shared, see lab
# SPDX-License-Identifier: GPL-2.0
#
# What a guest's end means. A kernel that complained fails the run whatever the
# command said; a lab that cannot tell fails it too.

verdict_logs_kept=20
verdict_story_lines=50

# The patterns without their comments; no patterns at all is a broken lab, and
# would find every kernel healthy.
verdict_patterns() {
	local name

	verdict_splats=
	verdict_allow=
	for name in splats splats-allow; do
		[[ -r $here/$name.txt ]] || die "$here/$name.txt is missing"
	done
	verdict_splats=$(sed -E '/^(#|$)/d' "$here/splats.txt")
	verdict_allow=$(sed -E '/^(#|$)/d' "$here/splats-allow.txt")
	[[ -n $verdict_splats ]] || die "$here/splats.txt has no pattern"
	verdict_grep "$verdict_splats" </dev/null
	verdict_grep "${verdict_allow:-x}" </dev/null
}

# verdict_grep PATTERNS OPTION…: grep, but its errors are fatal
verdict_grep() {
	local status=0

	LC_ALL=C grep -a -E "${@:2}" -e "$1" || status=$?
	((status < 2)) || die "grep failed on a pattern file"
}

# The complaints in console and kernel log, each once.
verdict_complaints() {
	local found

	found=$(cat -- "$guest_dir/console" "$guest_dir/dmesg" | tr -d '\r\0' | verdict_grep "$verdict_splats")
	if [[ -n $found && -n $verdict_allow ]]; then
		found=$(verdict_grep "$verdict_allow" -v <<<"$found")
	fi
	[[ -z $found ]] || sed -E 's/^(<[0-9]+>)?\[ *[0-9.]+\](\[ *[TC][0-9]+\])? ?//' <<<"$found" | awk '!seen[$0]++'
}

# The kernel's words from the first complaint on: registers and stacks tell who it was.
verdict_story() {
	local first=${1%%$'\n'*} file

	for file in console dmesg; do
		tr -d '\r\0' <"$guest_dir/$file" | verdict_grep "${first//[^[:alnum:] ]/.}" \
			-A "$verdict_story_lines" && return
	done
	printf '%s\n' "$1"
}

# Ends the lab.
verdict_reach() {
	local complaints

	complaints=$(verdict_complaints)
	if [[ -n $opt_keep ]]; then
		cp -- "$guest_dir/console" "$opt_keep" || die "cannot write $opt_keep"
	fi
	if [[ -n $complaints ]]; then
		verdict_fail 125 "the guest's kernel complained:" "$(verdict_story "$complaints")"
	elif [[ $guest_end == pump ]]; then
		verdict_unread
	elif [[ $guest_end == timeout ]]; then
		verdict_fail 124 "timed out after $opt_timeout s"
	elif [[ -n $guest_failure ]]; then
		verdict_fail 125 "$guest_failure" "$(tail -n 15 "$guest_dir/dmesg")"
	elif [[ -z $guest_status ]]; then
		verdict_fail 125 "the guest ended without a status" "$(cat "$guest_dir/qemu")"
	elif ((guest_pump_status)); then
		verdict_unread
	fi
	[[ -z $opt_verbose ]] || say "the command ended with status $guest_status"
	decide "$guest_status"
}

# A pump died: nobody reads any more (as in `lab run … | head`), which is the
# caller's choice and reported as the shell does; or the output has no room.
verdict_unread() {
	((guest_pump_status != 141)) || decide 141
	verdict_fail 125 "the command's output could not be written"
}

# verdict_fail STATUS REASON [DETAIL]
verdict_fail() {
	local log name

	name=$opt_kernel-$(date +%Y%m%d-%H%M%S)-$$.log
	mkdir -p "$state"
	log=$state/$name
	{
		printf 'lab: %s\n' "$2"
		printf 'lab: command:%s\n' "$(printf ' %q' ${opt_command[@]+"${opt_command[@]}"})"
		cat -- "$guest_dir/qemu"
		printf -- '---- console\n'
		cat -- "$guest_dir/console"
		printf -- '---- kernel log at the end\n'
		cat -- "$guest_dir/dmesg"
	} >"$log"
	cache_prune "$state" "$verdict_logs_kept"
	say "$opt_kernel: $2"
	[[ -z ${3-} ]] || head -n "$verdict_story_lines" <<<"$3" | sed 's/^/lab:   /' >&2
	say "console: $log"
	decide "$1"
}
