#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""docs/PERFORMANCE.md from what "make bench" printed.

usage: bench-doc.py LOG... >docs/PERFORMANCE.md

Each "== KERNEL, CPU: WAY" begins a column, "bench: NAME NUMBER" lines are its rows.
A log of another run of the same column replaces the one before.
"""
import re
import sys

# name, what it is, what is wanted of it: (sign, number) or None
ROWS = (
    ("Dense: 4 KiB pages one after the other, times faster a page", (
        ("dense_blocks_vs_pagemap", "blocks against `pagemap` in 1 MiB pieces", (">=", 15)),
        ("dense_blocks_vs_scan_all", "blocks against PAGEMAP_SCAN, all categories", (">=", 10)),
        ("dense_blocks_vs_scan_present", "blocks against PAGEMAP_SCAN, present only", (">=", 6)),
        ("dense_runs_vs_scan_present", "runs against PAGEMAP_SCAN, present only", (">=", 6)),
        ("dense_blocks_vs_smaps", "blocks against `smaps`", None),
        ("dense_blocks_over_memcpy", "time of blocks over that of memcpy() of the bytes", ("<=", 1.5)),
    )),
    ("Sparse: one page in 2 MiB, times faster", (
        ("sparse_runs_vs_pagemap", "runs against `pagemap`", (">=", 8)),
        ("sparse_runs_vs_scan_present", "runs against PAGEMAP_SCAN, present only", (">=", 1.5)),
        ("sparse_blocks_vs_pagemap", "blocks against `pagemap`", None),
    )),
    ("One address, and address spaces that grow", (
        ("walk_over_pagemap_pread", "time of WALK over that of reading 8 bytes of `pagemap`", ("<=", 1.5)),
        ("growing_most_over_least", "time for a table: most over least, 1 to 64 GiB", ("<=", 1.2)),
    )),
    ("Page faults", (
        ("fault_event_over_kretprobe", "what the event adds over what an empty BPF kretprobe adds", None),
        ("fault_trace_over_kretprobe", "what `mmscope trace` adds over the same", ("<=", 1.5)),
        ("whole_fault_trace_over_kretprobe", "a fault with `mmscope trace` over one with the kretprobe", None),
    )),
    ("A process that is looked at: mmap, 16 first writes, munmap, over the same beside a process that computes", (
        ("observer_p50_mmscope", "median, mmscope in a loop", None),
        ("observer_p99_mmscope", "99th percentile, mmscope in a loop", ("<=", 1.1)),
        ("observer_p99_pagemap", "99th percentile, `pagemap` in a loop", None),
        ("observer_p99_pagemap_scan", "99th percentile, PAGEMAP_SCAN in a loop", None),
        ("observer_p99_smaps", "99th percentile, `smaps` in a loop", None),
        ("observer_p99_smaps_rollup", "99th percentile, `smaps_rollup` in a loop", None),
        ("mmap_lock_taken_mmscope", "takings of its mmap_lock for 64 MiB, mmscope", ("<=", 0)),
        ("mmap_lock_taken_pagemap", "the same, `pagemap`", None),
        ("mmap_lock_taken_pagemap_scan", "the same, PAGEMAP_SCAN", None),
        ("mmap_lock_taken_smaps", "the same, `smaps`", None),
    )),
)

HEAD = """# Performance

Made by `make docs-bench` from what `make bench` prints; do not edit. Ratios of medians of interleaved rounds in one
guest with one emulated processor, by its clock or by the instructions that QEMU counts. Nothing of this is a promise:
it says who is ahead of whom at the same work. **Bold**: not what is wanted.
"""


def read(paths):
    """{column: {name: number}} in the order of first appearance."""
    columns = {}
    for path in paths:
        column = None
        with open(path, encoding="utf-8") as f:
            for line in f:
                if line.startswith("== "):
                    column = columns.setdefault(line[3:].strip(), {})
                match = re.match(r"bench: (\S+) ([0-9.]+)$", line)
                if match and column is not None:
                    column[match.group(1)] = float(match.group(2))
    return columns


def cell(value, wanted):
    if value is None:
        return "-"
    text = f"{value:.4g}"
    if wanted and (value < wanted[1] if wanted[0] == ">=" else value > wanted[1]):
        return f"**{text}**"
    return text


def main():
    columns = read(sys.argv[1:])
    if not columns:
        sys.exit("bench-doc.py: no results in these files")
    print(HEAD)
    for title, rows in ROWS:
        print(f"## {title}\n")
        print("| | wanted | " + " | ".join(columns) + " |")
        print("|---|---|" + "---|" * len(columns))
        for name, text, wanted in rows:
            if all(name not in c for c in columns.values()):
                continue
            want = f"{'≥' if wanted[0] == '>=' else '≤'} {wanted[1]}" if wanted else ""
            cells = " | ".join(cell(c.get(name), wanted) for c in columns.values())
            print(f"| {text} | {want} | {cells} |")
        print()


if __name__ == "__main__":
    main()
