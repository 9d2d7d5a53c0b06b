#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Every command and form on the recordings, against kept text; no module, no
# root. "replay.sh --update" writes the kept text anew: read it before you keep
# it. The JSON is also read by a parser and checked against its description.
tool=${MMSCOPE:-build/san/mmscope}
here=selftests/replay
n=0 failed=0
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
update=
[ "${1-}" = --update ] && update=1

result() {
	n=$((n + 1))
	if [ "$1" = 0 ]; then
		echo "ok $n - $2"
	else
		failed=$((failed + 1))
		echo "not ok $n - $2"
		head -n 12 "$work/diff" | sed 's/^/# /'
	fi
}

# golden NAME COMMAND…: stdout, stderr and status as kept
golden() {
	kept=$here/golden/$1.txt
	shift
	LC_ALL=C.UTF-8 "$tool" "$@" >"$work/all" 2>&1
	echo "status $?" >>"$work/all"
	sed "s,$work/,," "$work/all" >"$work/out"
	[ -z "$update" ] || cp "$work/out" "$kept"
	diff "$kept" "$work/out" >"$work/diff" 2>&1 &&
		! grep -E 'Sanitizer|runtime error' "$work/out" >"$work/diff"
	result $? "$kept"
}

for data in "$here"/recordings/*.data; do
	k=$(basename "$data" .data)
	golden "$k-maps" maps -i "$data"
	golden "$k-maps-columns" maps -n -b -o START,SIZE,PERMS,PKEY,PROT,OPS -i "$data"
	golden "$k-maps-json" maps -J -i "$data"
	golden "$k-mm" mm -i "$data"
	golden "$k-mm-json" mm -J -i "$data"
	golden "$k-mm-raw" mm -r -i "$data"
	golden "$k-dump" dump -i "$data"
	golden "$k-dump-all" dump --no-merge -o +PATH,ENTRIES,OFFSET -i "$data" 10000000-10400000
	golden "$k-dump-more" dump -rn -o START,KIND,BITS,MEMTYPE,EFF,TAKEN,OFFSET,DEVICE,PAGE -i "$data"
	golden "$k-dump-flags" dump --by flags -o +ENTRIES,OFFSET -i "$data"
	golden "$k-dump-wx" dump --wx -i "$data"
	golden "$k-smaps" smaps -o +KERNELPAGESIZE,NOTES -i "$data"
	golden "$k-smaps-json" smaps -J -b -o +NOTES -i "$data"
	golden "$k-smaps-more" smaps -rn -o START,PRIVATE_CLEAN,SHARED_CLEAN,SHARED_DIRTY,PSS_DIRTY,ANONHUGEPAGES,REFERENCED -i "$data"
	golden "$k-zones" zones -i "$data"
	golden "$k-frames" frame --no-merge -o +PATH,INODE,INDEX -i "$data" 0-100000000
	golden "$k-frames-json" frame -J -i "$data" 0-100000000
	golden "$k-frames-sum" frame --summary --all -i "$data"
	golden "$k-report" report "$data"
	golden "$k-report-json" report -J -b -o +LENGTH,START,END,CHANGED,FRAMES "$data"
	for when in before after; do
		fork=$here/recordings/fork/$k-$when.data
		golden "$k-cow-$when" cow -o +EXCLUSIVE,PINNED -i "$fork"
		golden "$k-cow-$when-pages" cow --pages -i "$fork@2" "$fork@1"
	done
	# what the child's write did, and what else they have apart
	golden "$k-diff-write" diff --ignore A "$here/recordings/fork/$k-before.data@2" "$fork@2"
	golden "$k-diff-pair" diff --ignore A -o +RAW_A,RAW_B "$fork@1" "$fork@2"
	golden "$k-cow-json" cow -J -i "$fork"
	# in the forms that are not there with other options
	for c in maps dump smaps tables tasks zones; do
		golden "$k-$c-raw" $c -r -i "$data"
	done
	golden "$k-frames-raw" frame -r -i "$data" 0-100000000
	golden "$k-zones-json" zones -J -i "$data"
	golden "$k-tables-levels-json" tables -J -i "$data"
	golden "$k-walk-raw" walk -r -i "$data" 10000000 10200123 10260000
	golden "$k-cow-raw" cow -r -i "$fork"
	golden "$k-cow-pages-json" cow --pages -J -i "$fork"
	golden "$k-diff-write-json" diff -J --ignore A "$here/recordings/fork/$k-before.data@2" "$fork@2"
	golden "$k-diff-write-raw" diff -r --ignore A "$here/recordings/fork/$k-before.data@2" "$fork@2"
	golden "$k-report-raw" report -r "$fork"
	golden "$k-tasks" tasks -i "$data"
	golden "$k-tasks-json" tasks -J -i "$data"
	golden "$k-tables" tables -i "$data"
	golden "$k-tables-sparse" tables -rn --sparse 100 -o LEVEL,ENTRIES,EMPTY,SPARSE -i "$data"
	for by in vma page run reason span; do
		golden "$k-tables-$by" tables --by $by -i "$data"
	done
	golden "$k-tables-json" tables -J --by span --no-merge -o +SWAPPED -i "$data"
	golden "$k-dump-json" dump -J -i "$data"
	golden "$k-walk" walk -i "$data" 10000000 0x10200123 10240000 10260000 10280000 102a0000 102c0000 20000000
	golden "$k-walk-columns" walk -r -o VA,LEVEL,RAW,EFF,TAKES,MEMTYPE,DEVICE -i "$data" 10200123 10280000
	golden "$k-walk-json" walk -J -i "$data" 10000000 10200123 10260000 10280000 102a0000 20000000
	python3 "$here/check_json.py" "$tool" "$data" >"$work/diff" 2>&1
	result $? "$k: JSON is as the man page describes it, walk and dump agree"
done
golden help --help
# not the whole file: up to where it is sound
head -c 3000 "$data" >"$work/cut"
golden cut-report report "$work/cut"
golden cut-maps maps -i "$work/cut"
golden cut-dump dump -i "$work/cut"
golden cut-diff diff --summary "$work/cut" "$data"
# tables of other tools
for k in 6.12 7.3; do
	python3 "$here/plain.py" "$tool" "$here/recordings/$k.data" "$work/plain" 2>"$work/diff" &&
		"$tool" dump -nr -o START,END,LEVEL,RAW,STEP -i "$here/recordings/$k.data" >"$work/want" 2>/dev/null &&
		"$tool" dump -nr -o START,END,LEVEL,RAW,STEP -i "$work/plain" >"$work/have" 2>/dev/null &&
		[ "$(wc -l <"$work/have")" -gt 20 ]
	result $? "$k: a plain dump of the tables can be read"
	golden "$k-plain-dump" dump -i "$work/plain"
	golden "$k-plain-tables" tables -i "$work/plain"
	golden "$k-plain-walk" walk -i "$work/plain" 10000000 10200123 10260000
done
golden plain-mm mm -i "$work/plain"
golden moments report "$here/recordings/fork/6.12-after.data"
golden moment-1 mm -i "$here/recordings/fork/6.12-after.data@1"
golden moment-3 mm -i "$here/recordings/fork/6.12-after.data@3"
golden cut-export export "$work/cut"
golden error-cow cow -i "$data"
golden error-layout zones --layout -i "$data"
golden error-frame frame -i "$data" 1
# made before INFO had grown and tasks were recorded
golden old-dump dump -i "$here/recordings/old/6.12.data"
golden old-tasks tasks -i "$here/recordings/old/6.12.data"
golden old-kernel walk --user-pgd -i "$here/recordings/old/6.12.data" 10200123
# made before INFO's tables were what they are: flags by name, frames not at all
golden diff diff "$here/recordings/old/6.12.data" "$here/recordings/6.12.data"
golden diff-kernels diff --ignore A,D,vma-flags "$here/recordings/5.10.data" "$here/recordings/7.3.data"
golden diff-json diff -J -b -o +SIZE,FLAGS,RAW_A,RAW_B,VMA "$here/recordings/7.2.data" "$here/recordings/7.3.data"
golden diff-summary diff --summary "$here/recordings/7.2.data" "$here/recordings/7.3.data"
golden diff-nothing diff --summary -J "$data" "$data"
for a in "$here"/recordings/*.data; do
	for b in "$a" "$here/recordings/old/6.12.data" "$here/recordings/7.2.data"; do
		python3 "$here/check_diff.py" "$tool" "$a" "$b" >"$work/diff" 2>&1
		result $? "diff of ${a##*/} and ${b#"$here"/recordings/}: page by page as dump has both, VMAs as maps"
	done
done
for c in walk maps mm dump smaps kernel tops tasks tables frame zones who cow diff trace verify record report export; do
	golden "help-$c" "$c" --help
done
golden help-tables-vma tables --by vma --help
golden error-by tables --by nope -i "$data"
golden error-all tables --all -i "$data"
golden error-column maps -o NOPE -i "$data"
golden error-both maps -J -r -i "$data"
golden error-range dump -i "$data" 5000-1000
golden error-dump-by dump --by frame -i "$data"
golden error-dump-merge dump --by flags --no-merge -i "$data"
golden error-file dump -i /dev/null
golden error-diff diff "$data"
golden error-diff-file diff "$data" /dev/null
golden error-diff-ignore diff --ignore A,nope "$data" "$data"
golden error-diff-column diff -o NOPE "$data" "$data"
golden error-diff-summary diff --summary -o BITS "$data" "$data"
echo "1..$n"
[ $failed = 0 ]
