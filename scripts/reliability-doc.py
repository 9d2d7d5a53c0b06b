#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""reliability-doc.py DIR: docs/RELIABILITY.md from the results of `make torture`.

DIR has fire*-KERNEL.tap, live-KERNEL.tap, sabotage-fire-KERNEL.tap and coverage.txt. A
guest that ended early, or whose kernel complained, shows as failed; a file without a
plan ends this with status 1: half a result is none. Parts of torture can be repeated, so
each result names the commit that it is of.
"""
import glob
import os
import re
import sys

HEAD = """# Reliability

Made by `make docs-reliability` from the results of `make torture`; not edited by hand.

What runs: `selftests/fire` (who gets in, races, wild calls, failing allocations, endurance) on stock Debian
kernels and on a debug kernel (KASAN, lockdep, kmemleak, UBSAN, KFENCE, DEBUG_VM, DEBUG_ATOMIC_SLEEP, page
poisoning, unmapped free pages, debug objects; `selftests/lab/debug.config`), and the live suite on the latter. The
lab fails a guest whose kernel says anything of `selftests/lab/splats.txt`, whatever its tests say.
"""
ORDER = ["5.10", "6.1", "6.12", "7.2", "7.3", "debug"]


class Guest:
    """One results file."""

    def __init__(self, path):
        self.name = os.path.basename(path)[:-len(".tap")]
        self.kernel = next((k for k in sorted(ORDER, key=len, reverse=True)
                            if self.name.endswith("-" + k)), "?")
        lines = open(path, encoding="utf-8", errors="replace").read().splitlines()
        plan = [int(line[3:]) for line in lines if re.match(r"1\.\.\d+$", line)]
        if not plan:
            sys.exit(f"{path}: no plan")
        results = [line for line in lines if re.match(r"(not )?ok\b", line)]
        self.skipped = [line for line in results if "# SKIP" in line]
        self.failed = [line for line in results if line.startswith("not ok")]
        self.passed = [line for line in results if line not in self.skipped and line.startswith("ok")]
        self.ended = [line for line in lines if line.startswith("# run: ")]
        self.short = sum(plan) != len(results)
        self.release = next((line.split()[2] for line in lines if line.startswith("# kernel ")), "")
        self.commit = next((line.split()[2] for line in lines if line.startswith("# commit ")), "")
        self.counts = {}
        for line in lines:
            match = re.match(r"# count (\S+) (\S+) (\d+)$", line)
            if match:
                key = match.group(1), match.group(2)
                self.counts[key] = self.counts.get(key, 0) + int(match.group(3))


def table(rows):
    head, *rest = rows
    print("| " + " | ".join(head) + " |")
    print("|" + "---|" * len(head))
    for row in rest:
        print("| " + " | ".join(str(cell) for cell in row) + " |")
    print()


def number(value):
    return f"{value:,}" if value is not None else "–"


def guests_table(guests):
    rows = [["guest", "kernel", "commit", "passed", "failed", "skipped", "complaints of the kernel, early ends"]]
    for g in guests:
        rows.append([g.name, g.release or g.kernel, g.commit, len(g.passed), len(g.failed), len(g.skipped),
                     len(g.ended) + g.short])
    table(rows)


def summed(counts, key, prefix=""):
    return sum(value for (name, what), value in counts.items() if what == key and name.startswith(prefix))


def short_table(guests):
    """What the judgement is about, a row for each kernel; what sabotage has shown is not in it."""
    rows = [["kernel", "tests passed", "failed", "wild calls", "seconds of races", "entries read in them", "implausible",
             "attempts", "of them denied", "scans of kmemleak", "complaints of the kernel, early ends"]]
    for kernel in ORDER:
        mine = [g for g in guests if g.kernel == kernel and not g.name.startswith("sabotage")]
        if not mine:
            continue
        counts = {}
        for g in mine:
            for key, value in g.counts.items():
                counts[key] = counts.get(key, 0) + value
        rows.append([mine[0].release or kernel] + [number(n) for n in (
            sum(len(g.passed) for g in mine), sum(len(g.failed) for g in mine),
            counts.get(("fuzz", "calls"), 0), summed(counts, "seconds", "race-"), summed(counts, "entries", "race-"),
            summed(counts, "implausible"), counts.get(("access", "attempts"), 0), counts.get(("access", "denied"), 0),
            counts.get(("kmemleak", "scans"), 0), sum(len(g.ended) + g.short for g in mine))])
    table(rows)


def by_kernel(guests):
    """{kernel: counts} of the guests under fire, in the order of kernels."""
    found = {}
    for g in guests:
        if g.name.startswith("fire"):
            counts = found.setdefault(g.kernel, {})
            for key, value in g.counts.items():
                counts[key] = counts.get(key, 0) + value
    return {kernel: found[kernel] for kernel in ORDER if kernel in found}


def counts_table(guests, wanted):
    fire = by_kernel(guests)
    keys = sorted({key for counts in fire.values() for key in counts if wanted(key)})
    fire = {kernel: counts for kernel, counts in fire.items() if any(key in counts for key in keys)}
    if not keys:
        return
    rows = [["what"] + list(fire)]
    for key in keys:
        rows.append([" ".join(key)] + [number(counts.get(key)) for counts in fire.values()])
    table(rows)


def races_table(guests):
    """A row for each race: what was seen on each kernel."""
    fire = by_kernel(guests)
    names = sorted({name for counts in fire.values() for name, _ in counts if name.startswith("race-")})
    rows = [["race"] + list(fire)]
    total = [0, 0, 0, 0]
    seconds = 0
    for name in names:
        row = [name[len("race-"):]]
        for counts in fire.values():
            seconds += counts.get((name, "seconds"), 0)
            seen = [counts.get((name, key), 0) for key in ("scans", "entries", "retries", "implausible")]
            total = [a + b for a, b in zip(total, seen)]
            row.append("{:,} / {:,} / {:,} / {:,}".format(*seen) if any(seen) else "–")
        rows.append(row)
    print("Scans / entries / looks repeated / implausible entries. All together: {:,} seconds, {:,} scans, {:,} entries, "
          "{:,} looks repeated, **{:,} implausible**.\n".format(seconds, *total))
    table(rows)


def skips(guests):
    reasons = {}
    for g in guests:
        for line in g.skipped:
            text = re.sub(r"^ok \d* ?- ", "", line).replace(" # SKIP skip", ":").replace(" # SKIP", ":")
            reasons.setdefault(text, []).append(g.name)
    for text, names in sorted(reasons.items()):
        print(f"- {text} ({', '.join(names)})")


def sabotage(guests):
    """{what was noticed: [names]}; names follow a colon."""
    found = {}
    for g in guests:
        if g.name.startswith("sabotage"):
            for line in g.passed:
                text, _, name = re.sub(r"^ok \d+ - ", "", line).partition(": ")
                found.setdefault(f"{text}, {g.kernel}", []).append(name)
    return found


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    paths = glob.glob(os.path.join(sys.argv[1], "*.tap"))
    guests = sorted((Guest(path) for path in paths),
                    key=lambda g: (g.name.split("-")[0], ORDER.index(g.kernel) if g.kernel in ORDER else 9))
    if not guests:
        sys.exit("no results")
    print(HEAD)
    print("## In short\n")
    print("An attempt that is answered otherwise than promised, a memory leak and an implausible entry each fail a test.\n")
    short_table(guests)
    print("## Guests\n")
    guests_table(guests)
    print("## Calls, attempts, time\n")
    counts_table(guests, lambda key: not key[0].startswith(("race-", "failnth-")))
    print("## Races\n")
    races_table(guests)
    print("## Each allocation and each copy fails once\n")
    counts_table(guests, lambda key: key[0].startswith("failnth-"))
    coverage = os.path.join(sys.argv[1], "coverage.txt")
    if os.path.exists(coverage):
        print("## Lines of src/ that ran on the debug kernel\n")
        print("```")
        print("".join(line for line in open(coverage, encoding="utf-8") if not line.startswith("#")), end="")
        print("```\n")
    if sabotage(guests):
        print("## Sabotage that was noticed\n")
        print("A module with one place broken, and the test that has to fail.\n")
        for text, names in sabotage(guests).items():
            print(f"- {text}" + (f" ({len(names)}: {', '.join(names)})" if names != [""] else ""))
        print()
    print("## Skipped\n")
    skips(guests)


main()
