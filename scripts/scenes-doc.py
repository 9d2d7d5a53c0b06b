#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""scenes-doc.py FILE.tap...: docs/SCENES.md from the results of the scenes.

A file is named scenes-KERNEL.tap or scenes-KERNEL-VARIANT.tap. Names and help
come from selftests/scenes/scenes.def. A file without a plan, or one that has a
scene nobody knows, ends this with status 1: half a result is none.
"""
import os
import re
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
TABLE = os.path.join(HERE, "..", "selftests", "scenes", "scenes.def")

HEAD = """# Scenes

Made by `make docs-scenes` from the results of `make check-all`; not edited by hand.

A scene (`selftests/scenes`) is a program that gets into one state, claims what its page-table entries must look
like there, and waits. `selftests/live/scenes` runs it in a guest and compares each claimed entry, as the tool shows
it, with `/proc/PID/pagemap`, `/proc/kpageflags`, `PAGEMAP_SCAN`, `/proc/PID/smaps`, physical memory through
`/proc/kcore`, `move_pages(2)` and `kcmp(2)`. A number is how many claims held on that kernel, in all guests together:
"""


def scenes():
    with open(TABLE, encoding="utf-8") as table:
        return re.findall(r'^SCENE(?:_PROGRAM)?\((\w+), "(.*)"\)$', table.read(), re.M)


class Result:
    """One scene in one guest."""

    def __init__(self):
        self.passed = self.failed = 0
        self.skipped = []


def read(path, known):
    """The release of the guest's kernel, and a Result for each scene."""
    results = {name: Result() for name in known}
    release = None
    lines = open(path, encoding="utf-8").read().splitlines()
    plan = [int(line[3:]) for line in lines if re.match(r"1\.\.\d+$", line)]
    if not plan or sum(plan) != sum(bool(re.match(r"(not )?ok ", line)) for line in lines):
        sys.exit(f"{path}: no plan, or not what was planned")
    for line in lines:
        match = re.match(r"# kernel (\S+)", line)
        if match:
            release = match.group(1)
        match = re.match(r"(not )?ok \d+ - scene (\w+)(.*)", line)
        if not match:
            continue
        result = results[match.group(2)]
        skip = re.search(r" # SKIP (.*)", match.group(3))
        if match.group(1):
            result.failed += 1
        elif skip:
            result.skipped.append(skip.group(1))
        else:
            result.passed += 1
    return release, results


def guests(paths, known):
    """{kernel: {variant: results}} and {kernel: release}, kernels in order."""
    found, releases = {}, {}
    for path in paths:
        match = re.fullmatch(r"scenes-([\d.]+)(?:-(\w+))?\.tap", os.path.basename(path))
        if not match:
            sys.exit(f"{path}: not named scenes-KERNEL[-VARIANT].tap")
        kernel, variant = match.groups()
        releases[kernel], found.setdefault(kernel, {})[variant or ""] = read(path, known)
    order = sorted(found, key=lambda k: [int(n) for n in k.split(".")])
    return {k: found[k] for k in order}, releases


def cell(variants, name, footnotes):
    """What the table says of a scene on a kernel."""
    reasons = {}
    for variant, results in sorted(variants.items()):
        for reason in results[name].skipped:
            reasons.setdefault(reason, set()).add(variant)
    marks = []
    for reason, where in reasons.items():
        if where != set(variants):
            reason += f" ({', '.join(sorted(v or 'five levels' for v in where))})"
        if reason not in footnotes:
            footnotes.append(reason)
        marks.append(f"[{footnotes.index(reason) + 1}]")
    passed = sum(r[name].passed for r in variants.values())
    failed = sum(r[name].failed for r in variants.values())
    text = f"**{failed} failed**" if failed else str(passed) if passed else "skip" if reasons else "not run"
    return " ".join([text] + marks)


def main():
    known = scenes()
    names = [name for name, _ in known]
    found, releases = guests(sys.argv[1:], names)
    if not found:
        sys.exit("no results")
    footnotes = []
    print(HEAD)
    print("| scene | what one sees | " + " | ".join(found) + " |")
    print("|---|---|" + "---|" * len(found))
    for name, help_text in known:
        cells = [cell(variants, name, footnotes) for variants in found.values()]
        print(f"| `{name}` | {help_text} | " + " | ".join(cells) + " |")
    print()
    for number, reason in enumerate(footnotes, 1):
        print(f"{number}. {reason}")
    print("\nKernels: " + ", ".join(str(releases[k]) for k in found) + ". Each in two guests: with five page-table "
          "levels where\nthe kernel has them, and with four levels and page-table isolation (`pti`).")


main()
