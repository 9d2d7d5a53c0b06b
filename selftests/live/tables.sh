#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# `mmscope tables` in a guest. Oracles: VmPTE of /proc/PID/status, smaps, pagemap
# (pagemap_fit), PageTables of /proc/meminfo and what munmap gives back.
# shellcheck disable=SC2015 # "a && yes || no": yes does not fail
. ./result.sh

vmpte() { # PID: kB
	awk '/^VmPTE:/ { print $2 }' "/proc/$1/status"
}

total() { # FIELD ARGUMENT…: bytes or a number
	field=$1
	shift
	mmscope tables -nrb --by total -o FIELD,VALUE "$@" | awk -v f="$field" '$1 == f { print $2 }'
}

# kB of the levels the kernel counts, and of deposited tables
counted() { # ARGUMENT…
	linked=$(mmscope tables -nr -o LEVEL,TABLES "$@" | awk '$1 ~ /^(pte|pmd|pud)$/ { n += $2 } END { print 4 * n }')
	echo $((linked + $(total deposited "$@") / 1024))
}

# pgtables PID DESCRIPTION: our tables are those that the kernel counts
pgtables() {
	have=$(counted "$1") want=$(vmpte "$1")
	out="found $have kB, VmPTE $want kB" err=$(total difference "$1")
	[ -n "$have" ] && [ "$have" = "$want" ] && [ "$err" = 0 ]
	result $? "$2: tables are VmPTE ($want kB)"
}

# deposited PID DESCRIPTION: a table in store for every anonymous huge page
deposited() {
	want=$(awk '/^AnonHugePages:/ { n += $2 } END { print n * 1024 / 512 }' "/proc/$1/smaps")
	have=$(total deposited "$1")
	out="have $have, want $want" err=
	[ "$have" = "$want" ]
	result $? "$2: deposited for what smaps calls AnonHugePages ($want)"
}

# by_vma PID DESCRIPTION: present and huge bytes of each VMA, as smaps has them.
# It leaves out what the kernel itself maps in.
by_vma() {
	awk '/^[0-9a-f]+-[0-9a-f]+ / { split($1, a, "-"); at = a[1]; special = $6 ~ /^\[v/ }
		/^Rss:/ { rss = $2 }
		/^(AnonHugePages|ShmemPmdMapped|FilePmdMapped):/ { huge += $2 }
		/^(Shared|Private)_Hugetlb:/ { huge += $2; rss += $2 }
		/^VmFlags:/ { if (!special) printf "0x%12s %d %d\n", at, rss * 1024, huge * 1024; huge = 0 }' \
		"/proc/$1/smaps" | sed 's/x *//;s/^0*//' >/tmp/want
	mmscope tables -nrb --by vma -o START,MAPPED,HUGE,PATH "$1" | awk '$4 !~ /^\[v/ { print $1, $2, $3 }' |
		sed 's/^0x0*//' >/tmp/have
	same /tmp/want /tmp/have "$2: $(wc -l <"/tmp/want") VMAs as in smaps"
}

# fit PID DESCRIPTION: runs of frames, and reasons, from pagemap
fit() {
	./pagemap_fit "$1" >/tmp/fit
	grep '^[0-9]' /tmp/fit >/tmp/want
	mmscope tables -nrb --by run -o LENGTH,RUNS,MAPPED "$1" >/tmp/have
	same /tmp/want /tmp/have "$2: $(awk '{ n += $2 } END { print n }' /tmp/want) runs as in pagemap"
	grep '^[a-z]' /tmp/fit | sort >/tmp/want
	mmscope tables -nr --by reason -o REASON,SPANS "$1" |
		grep -E '^(untouched|partial|holes|swapped|scattered|misaligned) ' | sort >/tmp/have
	same /tmp/want /tmp/have "$2: reasons as in pagemap"
}

# skipped NAME: the scene does not exist here
skipped() {
	grep -q '^ready' /tmp/scene.out && return 1
	done=$((done + 1))
	echo "ok $done - scene $1 # SKIP $(grep -m1 -E '^(skip|lacks)' /tmp/scene.out | cut -d' ' -f2-)"
	scene_end
}

# Without a process of its own, which would be in the list.
pids() {
	for p in /proc/[0-9]*; do
		echo "${p#/proc/}"
	done
}

reason() { # NAME PID: spans that have it
	mmscope tables -nr --by reason -o REASON,SPANS "$2" | awk -v r="$1" '$1 == r { print $2 }'
}

# by_vmas REASON CONDITION PID DESCRIPTION: spans of 2 MiB of the VMAs whose flags
# and inode in smaps fulfil the condition of awk; none of them may be a huge page
by_vmas() {
	awk '/^[0-9a-f]+-[0-9a-f]+ / { split($1, a, "-"); inode = $5 }
		/^VmFlags:/ { flags = $0 " "; if (flags !~ / ht / && ('"$2"')) print a[1], a[2] }' "/proc/$3/smaps" | {
		n=0
		while read -r s e; do
			# vsyscall is in the kernel half
			[ $((0x$s)) -lt 0 ] || n=$((n + ((0x$e - 1) >> 21) - (0x$s >> 21) + 1))
		done
		echo $n
	} >/tmp/want
	reason "$1" "$3" >/tmp/have
	same /tmp/want /tmp/have "$4: $(cat /tmp/want) spans are $1, by smaps"
}

# collapsing would change what is compared
echo 3600000 >/sys/kernel/mm/transparent_hugepage/khugepaged/scan_sleep_millisecs
sleep 100000 >/dev/null &
pid=$!
is_called $pid sleep

for by in level total vma page run reason span process; do
	expect 0 '' "--by $by" mmscope tables --by $by $pid
	expect 0 '' "--by $by -J" mmscope tables -J --by $by $pid
	expect 0 '' "--by $by --help" mmscope tables --by $by --help
done
expect 0 '' "all processes" mmscope tables --all
expect 1 "no '--by nope'" "a --by that does not exist" mmscope tables --by nope $pid
expect 1 'sparse takes' "--sparse without a number" mmscope tables --sparse x $pid
expect 1 'takes neither' "--all and a process" mmscope tables --all $pid
expect 1 'about one process' "--all by VMA" mmscope tables --all --by vma
expect 1 'unknown column' "a column of another --by" mmscope tables --by run -o TABLES $pid
expect 4 'no such process' "no such process" mmscope tables 4194000
expect 6 'kernel thread' "a kernel thread" mmscope tables 2

for name in textbook thp thp_fork huge_zero collapse shmem_thp hugetlb_2m hugetlb_table mthp swap high; do
	scene $name
	skipped $name && continue
	pgtables $scene $name
	by=deposited
	# the huge zero page has a table in store and is not in smaps; pages of
	# the zero page, of PROT_NONE and of a driver are counted otherwise there
	[ $name = huge_zero ] || $by $scene $name
	case $name in textbook | huge_zero) ;; *) by_vma $scene $name ;; esac
	fit $scene $name
	scene_end
done
pgtables $pid sleep
by_vma $pid sleep
fit $pid sleep

# a huge page that is there, and how it is not when it is split
scene thp
if ! skipped thp; then
	out=$(mmscope tables --by reason $scene) err=
	[ "$(reason huge $scene)" = $(($(awk '/^AnonHugePages:/ { n += $2 } END { print n }' /proc/$scene/smaps) / 2048)) ]
	result $? "a span is huge where smaps has AnonHugePages"
	[ "$(total tlb_2m $scene)" = "$(reason huge $scene)" ]
	result $? "and takes one TLB entry"
	before=$(total tlb_4k $scene)
	scene_next split
	pgtables $scene "thp, split"
	deposited $scene "thp, split"
	fit $scene "thp, split"
	out=$(mmscope tables --by span $scene)
	[ "$(reason huge $scene)" = 0 ] && [ $(($(total tlb_4k $scene) - before)) = 512 ]
	result $? "after mprotect of a page: 512 entries, no huge page"
	scene_end
fi

# tables that hold one entry each, and go with their VMA
scene sparse
area=$(awk '$1 == "area" { print substr($2, 3) }' /tmp/scene.out)
pgtables $scene sparse
by_vma $scene sparse
fit $scene sparse
by_vmas advice 'flags ~ / nh /' $scene sparse
by_vmas special 'flags ~ / (io|pf|mm|de) /' $scene sparse
by_vmas file 'inode && flags !~ / (io|pf|mm|de) /' $scene sparse
level() { # COLUMN PID: of the PTE tables
	mmscope tables -nr --sparse 2 -o LEVEL,"$1" "$2" | awk '$1 == "pte" { print $2 }'
}
rss=$(awk -v a="^0*$area-" '$1 ~ a { on = 1 } on && /^Rss:/ { print $2; exit }' /proc/$scene/smaps)
own=$(mmscope tables -nr --by vma -o START,OWN $scene | awk -v a="0x0*$area\$" '$1 ~ a { print $2 }')
cost=$(mmscope tables -nrb --by vma -o COST $scene | awk '{ n += $1 } END { print n }')
nottop=$(mmscope tables -nr -o TABLES $scene | awk 'NR > 1 { n += $1 } END { print 4096 * n }')
entries=$(level ENTRIES $scene) sparse=$(level SPARSE $scene) tables=$(level TABLES $scene) pte=$(vmpte $scene)
vmas=$(grep -vc vsyscall /proc/$scene/maps)
out="cost $cost, tables $nottop"
[ $((cost - nottop)) -le "$vmas" ] && [ $((nottop - cost)) -le "$vmas" ]
result $? "what the VMAs cost is all but the top table, but for rounding"
# no huge page here, and more tables than one call of SCAN returns
! grep -qE '^(AnonHugePages|ShmemPmdMapped|FilePmdMapped): *[1-9]' /proc/$scene/smaps &&
	mmscope tables -nr -o LEVEL,TABLES,ENTRIES $scene | awk 'NR > 1 && $2 != above { exit 1 } { above = $3 } END { if (NR < 4) exit 1 }'
err=$? out=$(mmscope tables $scene)
result $err "every entry of an upper level leads to one table"
scene_next unmapped
out="own $own, VmPTE $pte kB, then $(vmpte $scene) kB"
[ -n "$own" ] && [ $((4 * own)) = $((pte - $(vmpte $scene))) ] && [ "$own" -ge 256 ]
result $? "munmap frees the $own tables that are the VMA's own"
out="entries $entries, sparse $sparse, tables $tables, then $(level ENTRIES $scene) $(level SPARSE $scene) $(level TABLES $scene)"
[ $((entries - $(level ENTRIES $scene))) = $((rss / 4)) ] &&
	[ $((sparse - $(level SPARSE $scene))) = $((rss / 4)) ] &&
	[ $((tables - $(level TABLES $scene))) = $((rss / 4)) ]
result $? "their entries were the $((rss / 4)) pages of Rss, one a table"
pgtables $scene "sparse, unmapped"
scene_end

# the machine: every address space once
scene clone_vm
other=$(awk '$2 == "other" { sub("expect@", "", $1); print $1 }' /tmp/scene.out)
pids >/tmp/before
expect 0 '' "--all by process" mmscope tables --all --by process -nr -o PID,PROCESSES,COMM
printf '%s\n' "$out" >/tmp/have
pids >/tmp/after
# who was there all the time and has page tables
sort /tmp/before /tmp/after | uniq -d | while read -r p; do
	[ -n "$(vmpte "$p" 2>/dev/null)" ] && [ "$p" != "$other" ] && [ "$p" != $$ ] && echo "$p"
done | sort >/tmp/want
awk '{ print $1 }' /tmp/have | sort | grep -xFf /tmp/want >/tmp/mine
same /tmp/want /tmp/mine "--all has every process that has page tables, one of two that share them"
out=$(cat /tmp/have) err=
[ "$(awk -v p=$scene '$1 == p { print $2 }' /tmp/have)" = 2 ] && ! grep -q "^$other " /tmp/have
result $? "the other one is counted with it"
threads=0
for s in /proc/[0-9]*/status; do
	grep -qE '^(VmPTE|State:.Z)' "$s" 2>/dev/null || threads=$((threads + 1))
done
have=$(total kernel_threads --all)
out="kernel threads $have, processes without VmPTE $threads"
[ $((have - threads)) -le 5 ] && [ $((threads - have)) -le 5 ] && [ "$have" -gt 5 ]
result $? "kernel threads are counted as such"
scene_end

# PageTables moves as the sum does: a thousand kB come and go
pagetables() {
	cat /proc/sys/vm/stat_refresh >/dev/null
	awk '/^PageTables:/ { print $2 }' /proc/meminfo
}
kernel=$(pagetables) mine=$(counted --all)
scene sparse
kernel=$(($(pagetables) - kernel)) mine=$(($(counted --all) - mine))
out="PageTables $kernel kB, sum $mine kB" err=
[ $((kernel - mine)) -le 128 ] && [ $((mine - kernel)) -le 128 ] && [ $mine -ge 1024 ]
result $? "--all grows as PageTables of /proc/meminfo does ($kernel and $mine kB)"
out=$(mmscope tables --all -nr -o TABLES,NODES)
printf '%s\n' "$out" | awk '{ n = 0; k = split($2, a, "\\\\x20"); for (i = 1; i <= k; i++) { split(a[i], b, ":"); n += b[2] }
	if (n != $1) exit 1 }'
result $? "every table lies on a node"
scene_end

# two processes, one table of hugetlb
scene hugetlb_table
if ! skipped hugetlb_table; then
	out=$(mmscope tables --all --by total) err=
	[ "$(total shared_tables --all)" = 1 ]
	result $? "--all says which tables are counted twice"
	scene_end
fi

# an ordinary user
chmod 666 /dev/mmscope
expect 0 'hidden' "one's own, frames hidden" su user -c "mmscope tables self"
out=$(su user -c "mmscope tables -nr -o TABLES,NODES self" 2>/tmp/err) err=$(cat /tmp/err)
printf '%s\n' "$out" | grep -q '^[1-9][0-9]* -$'
result $? "tables are counted, their nodes are not known"
out=$(su user -c "mmscope tables -nr --by run self" 2>/tmp/err)
[ -z "$out" ]
result $? "no runs of frames that are not seen"
expect 3 'may not be looked at' "--all of a user: what is denied is said" su user -c "mmscope tables --all"
chmod 600 /dev/mmscope
expect 2 'permission denied' "not root" su user -c "mmscope tables self"
kill $pid
finish
