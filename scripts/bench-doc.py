#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""docs/PERFORMANCE.md from what "make bench" printed.

usage: bench-doc.py LOG... >docs/PERFORMANCE.md
       bench-doc.py --check LOG    as TAP: is every number there?

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
        ("growing_most_over_least", "time for a table: most over least, 1 to 256 GiB", ("<=", 1.2)),
    )),
    ("Whole commands, from start to exit, times faster", (
        ("dump_by_flags_vs_page_types", "`dump --by flags` of 16 GiB mapped against `page-types -p`, both by flags",
         (">=", 20), "page-types"),
        ("dump_vs_page_types", "`dump`, a line for each run of frames, against the same", (">=", 20), "page-types"),
        ("dump_vs_page_types_list", "`dump` against `page-types -l -p`, which lists them, too", None, "page-types"),
        ("tables_all_vs_smaps_rollup", "`tables --all`, 200 processes, against their `smaps_rollup`", None),
        ("who_vs_all_pagemaps", "`who`, 200 processes, against reading every `pagemap`", None),
    )),
    ("Two processors, times faster than one", (
        ("threads_blocks", "blocks", (">=", 1.7)),
        ("threads_runs", "runs", (">=", 1.7)),
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
    ("What it takes", (
        ("footprint_module_kib", "text and data of the module, KiB", ("<=", 96)),
        ("footprint_loaded_kib", "all that the kernel loads of it: with tables for unwinding, names, BTF, in pages", None),
        ("footprint_descriptor_alone_kib", "memory of a descriptor, KiB", None),
        ("footprint_descriptor_buffer_kib", "the same with a buffer of 1 MiB, KiB", None),
        ("footprint_charged", "part of that charged to the owner's memory cgroup", (">=", 0.95)),
        ("footprint_allocations_small", "allocations in a scan of one table", ("<=", 0)),
        ("footprint_allocations_large", "allocations in a scan of 2,048 tables", ("<=", 0)),
    )),
    ("Folding a recording, on the machine itself, million slots in a second", (
        ("decode_row", "frames in a row", (">=", 200)),
        ("decode_sixteen", "sixteen frames in a row", (">=", 200)),
        ("decode_few", "one entry in a table", (">=", 200)),
        ("decode_alone", "each frame anywhere", None),
    )),
)

HEAD = """# Performance

Made by `make docs-bench` from what `make bench` prints; do not edit. Ratios of medians of interleaved rounds in one
guest with one emulated processor, by its clock or by the instructions that QEMU counts; with two processors where
others compute beside. Nothing of this is a promise: it says who is ahead of whom at the same work. **Bold**: not what
is wanted.
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
                match = re.match(r"bench: (\S+) (-?[0-9.]+)$", line)
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


def section(rows, columns):
    """Rows of a section as a table; only columns that have any of it."""
    names = [row[0] for row in rows]
    columns = {title: c for title, c in columns.items() if any(name in c for name in names)}
    if not columns:
        return
    print("| | wanted | " + " | ".join(columns) + " |")
    print("|---|---|" + "---|" * len(columns))
    for name, text, wanted, *_ in rows:
        want = f"{'≥' if wanted[0] == '>=' else '≤'} {wanted[1]}" if wanted else ""
        cells = " | ".join(cell(c.get(name), wanted) for c in columns.values())
        print(f"| {text} | {want} | {cells} |")
    print()


def check(path):
    """Is there a number for every row that needs nothing but a guest?"""
    found = {}
    for column in read([path]).values():
        found.update(column)
    rows = [row for _, section in ROWS for row in section if len(row) < 4]
    for n, row in enumerate(rows, 1):
        value = found.get(row[0])
        print(f"{'ok' if value is not None else 'not ok'} {n} - {row[0]}: {value}")
    print(f"1..{len(rows)}")


def main():
    if sys.argv[1:2] == ["--check"]:
        check(sys.argv[2])
        return
    columns = read(sys.argv[1:])
    if not columns:
        sys.exit("bench-doc.py: no results in these files")
    print(HEAD)
    for title, rows in ROWS:
        print(f"## {title}\n")
        section(rows, columns)
    print(open("selftests/bench/NOTES.md", encoding="utf-8").read(), end="")


if __name__ == "__main__":
    main()
