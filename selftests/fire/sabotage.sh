#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# usage: sabotage.sh KERNEL
# Is a module that does wrong noticed? Each is built from a copy of the tree with one
# place broken, and its test must fail in the words that belong to it. That the same
# tests pass with the module as it is, fire.sh shows.
set -u
kernel=${1:?}
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
n=0 bad=0

result() { # OK DESCRIPTION
	n=$((n + 1))
	if [ "$1" = 0 ]; then
		echo "ok $n - $2"
	else
		bad=1
		echo "not ok $n - $2"
		sed 's/^/# /' "$work/log" | tail -n 40
	fi
}

# broken NAME FILE SCRIPT: a copy of what the module is built from, FILE changed by sed
broken() {
	mkdir -p "$work/$1/build" "$work/$1/selftests" || exit 1
	cp -a src include uapi tools packaging Kbuild Makefile "$work/$1/" || exit 1
	cp -a selftests/tests.mk "$work/$1/selftests/" || exit 1
	cp -a build/mmscope build/libmmscope.a build/tools build/bpf "$work/$1/build/" || exit 1
	sed -i "$3" "$work/$1/$2" || exit 1
	! cmp -s "$2" "$work/$1/$2" || {
		echo "Bail out! $1: $3 changes nothing in $2"
		exit 1
	}
}

# caught NAME PATTERN DESCRIPTION COMMAND: in the guest COMMAND fails, or the kernel
# complains, and says PATTERN
caught() {
	local status=0 file
	local -a files=(--file build/fire:/fire)

	for file in selftests/fire/*.sh selftests/live/result.sh selftests/live/leaks.sh; do
		files+=(--file "$file:/fire/${file##*/}")
	done
	MMSCOPE_TREE="$work/$1" selftests/lab/lab run --kernel "$kernel" --timeout 900 --swap \
		--mem "$([ "$kernel" = debug ] && echo 2G || echo 1G)" "${files[@]}" \
		-- sh -c "cd /fire; $4" </dev/null >"$work/log" 2>&1 || status=$?
	[ $status != 0 ] && grep -q -E "$2" "$work/log"
	result $? "$3"
	rm -rf "${work:?}/$1"
}

broken unlinked src/walk.c '/^\tgood = good && still_linked(look) && !flushed_since(mm, look, gen);$/d'
caught unlinked '^not ok .*mremap' "races notice a walk that does not look twice" 'sh ./races.sh 2 mremap'

broken users src/target.c '/^void mmscope_target_put/,/^}/s/mmput(mm);/(void)mm;/'
caught users '^not ok .*killreader' "races notice a reference to mm_users that stays" \
	'sh ./races.sh 2 killreader'

if [ "$kernel" = debug ]; then
	broken count src/target.c '/^void mmscope_target_detach/,/^}/s/mmdrop(f->mm);/;/'
	caught count 'not ok .*kmemleak' "kmemleak notices a reference to mm_count that stays" \
		'for i in 1 2 3; do sh -c "mmscope walk self 0x400000"; done; sh ./leaks.sh'
	broken buffer src/target.c '/^void mmscope_target_free/,/^}/s/vfree(f->buffer->data);//'
	caught buffer 'not ok .*kmemleak' "kmemleak notices a buffer that stays" \
		'for i in 1 2 3; do mmscope dump self >/dev/null; done; sh ./leaks.sh'
	broken sleep src/walk.c 's/^\tlocal_irq_save(irq);/&\n\tmight_sleep();/'
	caught sleep 'sleeping function called' "the kernel notices a walk that may sleep" \
		'mmscope walk self 0x400000'
else
	# each check of permission taken away, one at a time
	while IFS=@ read -r name file script parts; do
		[[ $name != '#'* ]] || continue
		broken "$name" "src/$file" "$script"
		case $parts in
		!*) test=${parts#!} ;;
		*) test="./access $parts" ;;
		esac
		caught "$name" '^not ok' "attempts notice a check that is missing: $name" "$test"
	done <selftests/fire/access.sabotage
fi
echo "1..$n"
exit $bad
