#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# usage: sabotage.sh KERNEL [NAME…]
# Is a module that does wrong noticed? Each is built from a copy of the tree with one
# place broken, and its test must fail in the words that belong to it. That the same
# tests pass with the module as it is, fire.sh shows. As many at a time as there are
# processors.
set -u
kernel=${1:?}
shift
wanted=" $* "
seconds=2
[ "$kernel" != debug ] || seconds=30
. selftests/broken.sh
names=() texts=()

# one NAME FILE SCRIPT PATTERN COMMAND: FILE changed by sed; in the guest COMMAND fails, or
# the kernel complains, and says PATTERN; without a PATTERN it succeeds, as what the
# change brings about is to be told
one() {
	local status=0 file
	local -a files=(--file build/fire:/fire)

	copy "$1"
	sed -i "$3" "$work/$1/$2" || return
	! cmp -s "$2" "$work/$1/$2" || {
		echo "$3 changes nothing in $2"
		return 1
	}
	for file in selftests/fire/*.sh selftests/live/result.sh selftests/live/leaks.sh; do
		files+=(--file "$file:/fire/${file##*/}")
	done
	MMSCOPE_TREE="$work/$1" selftests/lab/lab run --kernel "$kernel" --timeout 1200 --swap \
		--mem "$([ "$kernel" = debug ] && echo 2G || echo 1G)" "${files[@]}" \
		-- sh -c "cd /fire; $5" </dev/null 2>&1 || status=$?
	rm -rf "${work:?}/$1"
	echo "status $status"
	[ -n "$4" ] || return "$status"
	[ $status != 0 ] && grep -q -E "$4" "$work/$1.log"
}

# caught NAME FILE SCRIPT PATTERN DESCRIPTION COMMAND: begins that, if NAME is wanted
caught() {
	[[ $wanted = "  " || $wanted = *" $1 "* ]] || return 0
	while [ "$(jobs -rp | wc -l)" -ge "$(nproc)" ]; do
		wait -n
	done
	names+=("$1") texts+=("$5")
	{
		one "$1" "$2" "$3" "$4" "$6" >"$work/$1.log"
		echo $? >"$work/$1.status"
	} &
}

caught unlinked src/walk.c '/^\tgood = good && still_linked(look) && !flushed_since(mm, look, gen);$/d' \
	'^not ok .*mremap' "races notice a walk that does not look twice" "sh ./races.sh $seconds mremap"
caught users src/target.c '/^void mmscope_target_put/,/^}/s/mmput_async(mm);/(void)mm;/' \
	'^not ok .*killreader' "races notice a reference to mm_users that stays" 'sh ./races.sh 2 killreader'
caught unanswered src/target.c '/^void mmscope_target_put/,/^}/s/mmput_async(mm);/mmput(mm);/' \
	'^not ok .*unanswered' "races notice a reader that waits for its target's end" 'sh ./races.sh 2 unanswered'
caught count src/target.c '/^void mmscope_target_detach/,/^}/s/mmdrop(f->mm);/;/' \
	'^not ok .*are freed' "a reference to mm_count that stays is noticed" 'sh ./leaks.sh'
if [ "$kernel" = debug ]; then
	caught buffer src/target.c '/^void mmscope_target_free/,/^}/s/vfree(f->buffer->data);//' \
		'not ok .*kmemleak' "kmemleak notices a buffer that stays" \
		'for i in 1 2 3; do mmscope dump self >/dev/null; done; sh ./leaks.sh'
	caught sleep src/walk.c 's/^\tlocal_irq_save(irq);/&\n\tmight_sleep();/' \
		'sleeping function called' "the kernel notices a walk that may sleep" \
		'mmscope walk self 0x400000'
else
	caught changed src/walk.c 's/^\treturn good;$/\treturn good \&\& (look->va ^ mm->start_stack) >> 21;/' \
		'' "tables that change at every look are told, by each command" 'sh ./unread.sh changed'
	caught bad src/walk.c 's/^\t\tif (!table)$/\t\tif (!table || (level == 1 \&\& !((look->va ^ mm->start_stack) >> 21)))/' \
		'' "tables that are no memory are told, by each command" 'sh ./unread.sh bad'
	# each check of permission taken away, one at a time
	while IFS=@ read -r name file script parts; do
		[[ $name != '#'* ]] || continue
		case $parts in
		!*) test=${parts#!} ;;
		*) test="./access $parts" ;;
		esac
		caught "$name" "src/$file" "$script" '^not ok' \
			"attempts notice a check that is missing: $name" "$test"
	done <selftests/fire/access.sabotage
fi
wait
for i in "${!names[@]}"; do
	cp "$work/${names[i]}.log" "$work/log"
	result "$(cat "$work/${names[i]}.status")" "${texts[i]}"
done
plan
