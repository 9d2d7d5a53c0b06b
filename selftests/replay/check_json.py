#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""JSON of the tool on one recording: the keys and types that mmscope(1)
promises; walk against dump, tables against both. Oracle: Python's parser, the
man page, what the kernel counted when the recording was made."""
import json
import re
import subprocess
import sys

tool, data = sys.argv[1:3]
HEX = re.compile(r"^0x[0-9a-f]+$")


def run(*args):
    out = subprocess.run([tool, *args], stdout=subprocess.PIPE, check=False).stdout
    return json.loads(out)


def hexes(row, *keys):
    for key in keys:
        assert HEX.match(row[key]), (key, row)


maps = run("maps", "-J", "-i", data)["maps"]
assert len(maps) > 5
for m in maps:
    assert list(m) == ["start", "end", "perms", "offset", "dev", "inode", "flags", "ops", "path"], m
    hexes(m, "start", "end", "offset")
    assert re.match(r"^[r-][w-][x-][ps]$", m["perms"]) and isinstance(m["inode"], int)
    assert all(re.match(r"^([a-z]{2}|bit\d+)$", f) for f in m["flags"]), m
    assert m["path"] is None or isinstance(m["path"], str)

mm = run("mm", "-J", "-b", "-i", data)["mm"]
hexes(mm, "pgd", "mmap_base", "task_size", "start_code", "end_code", "start_data", "end_data",
      "brk", "start_brk", "start_stack", "arg_start", "arg_end", "env_start", "env_end", "def_flags")
for key in ("mm_users", "mm_count", "map_count", "total_vm", "locked_vm", "pinned_vm", "data_vm",
            "exec_vm", "stack_vm", "hiwater_rss", "hiwater_vm", "rss_file", "rss_anon",
            "rss_shmem", "swapents", "pgtables_bytes", "tasks"):
    assert isinstance(mm[key], int), key
assert mm["vma_tree"] in ("list+rbtree", "maple tree")
assert mm["map_count"] == len(maps)

sums = run("smaps", "-J", "-i", data)["smaps"]
total = sums.pop()
assert total["start"] is None and total["path"] == "total"
assert [s["start"] for s in sums] == [m["start"] for m in maps]
for key in ("size", "rss", "swap"):
    assert total[key] == sum(s[key] for s in sums), key
# the scene shares frames with nobody but what its program file has
assert all(0 <= s["pss"] <= s["rss"] and s["anonymous"] <= s["rss"] for s in [*sums, total])
assert 0 < total["anonymous"] <= total["pss"]

SPAN = {"pte": 1 << 12, "pmd": 1 << 21, "pud": 1 << 30}
runs = run("dump", "-J", "-i", data)["entries"]
pages = run("dump", "-J", "--no-merge", "-i", data)["entries"]
assert sum((int(r["end"], 16) - int(r["start"], 16)) // SPAN[r["level"]] for r in runs) == len(pages)
assert len(runs) < len(pages)
for r in runs:
    assert list(r) == ["start", "end", "level", "kind", "raw", "pfn", "step", "flags"], r
    hexes(r, "start", "end", "raw")
    assert r["pfn"] is None or HEX.match(r["pfn"])
    # never across a VMA
    inside = [m for m in maps if int(m["start"], 16) <= int(r["start"], 16) < int(m["end"], 16)]
    assert not inside or int(r["end"], 16) <= int(inside[0]["end"], 16) or r["level"] != "pte"

# the frames of a run go on as STEP says
rest = iter(pages)
for r in runs:
    frames = SPAN[r["level"]] >> 12
    for i in range((int(r["end"], 16) - int(r["start"], 16)) // SPAN[r["level"]]):
        page = next(rest)
        assert page["step"] is None and page["flags"] == r["flags"], (r, page)
        if r["pfn"]:
            pfn = int(r["pfn"], 16) + (i and i * r["step"] * frames)
            assert int(page["pfn"], 16) == pfn, (r, page)
assert {r["step"] for r in runs} >= {None, 0, 1}

# joined by flags: all pages of a span have them, and what could be joined is
spans = run("dump", "-J", "--by", "flags", "-i", data)["entries"]
rest = iter(pages)
for before, r in zip([None, *spans], spans):
    at = int(r["start"], 16)
    part = [next(rest) for _ in range((int(r["end"], 16) - at) // SPAN[r["level"]])]
    assert part[0]["start"] == r["start"] and part[-1]["end"] == r["end"], r
    assert {(p["level"], p["kind"], *p["flags"]) for p in part} == {(r["level"], r["kind"], *r["flags"])}
    frames = SPAN[r["level"]] >> 12
    steps = {(int(b["pfn"], 16) - int(a["pfn"], 16)) / frames for a, b in zip(part, part[1:]) if a["pfn"]}
    if r["kind"] in ("page", "protnone"):
        assert (r["step"] is None) == (len(part) == 1 or len(steps) > 1 or not steps <= {1, 0, -1}), r
        assert r["pfn"] == (part[0]["pfn"] if len(part) == 1 or r["step"] is not None else None), r
    if before and before["end"] == r["start"] and before["level"] == r["level"]:
        borders = {m["start"] for m in maps}
        assert before["flags"] != r["flags"] or before["kind"] != r["kind"] or r["start"] in borders, r
assert len(spans) < len(runs)

some = pages[::7]
walks = run("walk", "-J", "-i", data, *[p["start"] for p in some], "20000000")["walks"]
assert walks[-1]["result"] == "hole" and walks[-1]["vma"] is None and walks[-1]["pa"] is None
for p, w in zip(some, walks):
    assert set(w) >= {"pid", "va", "result", "pa", "page_size", "levels", "effective", "vma"}
    last = w["levels"][-1]
    assert (last["level"], last["raw"], last["flags"]) == (p["level"], p["raw"], p["flags"]), (p, w)
    for level in w["levels"]:
        hexes(level, "slot", "raw")
        assert isinstance(level["index"], int) and isinstance(level["flags"], list)
    names = [level["level"] for level in w["levels"]]
    assert names == [n for n in ("pgd", "p4d", "pud", "pmd", "pte") if n in names]
    if w["result"] == "mapped":
        assert int(w["pa"], 16) >> 12 == int(p["pfn"], 16) and w["page_size"] == SPAN[p["level"]]
    else:
        assert w["result"] == "not-present" and w["pa"] is None and w["vma"]

levels = run("tables", "-J", "-i", data)["levels"]
assert [level["level"] for level in levels] == [n for n in ("pgd", "p4d", "pud", "pmd", "pte") if n in
                                               [level["level"] for level in levels]]
for level in levels:
    assert list(level) == ["level", "tables", "size", "entries", "fill", "empty", "sparse", "nodes"], level
    assert level["size"] == 4096 * level["tables"] and level["nodes"] == [f"0:{level['tables']}"]
    assert isinstance(level["fill"], (int, float)) and 0 <= level["fill"] <= 100
below = {level["level"]: level["entries"] for level in levels}
for row in runs:
    below[row["level"]] -= (int(row["end"], 16) - int(row["start"], 16)) // SPAN[row["level"]]
# what is no page leads to a table one level down
assert below["pte"] == 0
for upper, level in zip(levels, levels[1:]):
    assert below[upper["level"]] == level["tables"], (upper, level)
totals = {row["field"]: row["value"] for row in run("tables", "-J", "--by", "total", "-i", data)["totals"]}
assert totals["kernel_count"] == mm["pgtables_bytes"] and totals["difference"] == 0
assert totals["kernel_count"] == totals["deposited"] + sum(
    level["size"] for level in levels if level["level"] in ("pte", "pmd", "pud"))
present = [p for p in pages if p["kind"] == "page"]
assert totals["tlb_4k"] == sum(p["level"] == "pte" for p in present)
assert totals["tlb_2m"] == sum(p["level"] == "pmd" for p in present)
vmas = run("tables", "-J", "--by", "vma", "-i", data)["vmas"]
assert [v["start"] for v in vmas] == [m["start"] for m in maps]
assert sum(v["mapped"] for v in vmas) == totals["mapped"]
spans = run("tables", "-J", "--by", "span", "-i", data)["spans"]
reasons = {r["reason"]: r for r in run("tables", "-J", "--by", "reason", "-i", data)["reasons"]}
assert sum(s["spans"] for s in spans) == totals["spans"]
for name, row in reasons.items():
    assert row["spans"] == sum(s["spans"] for s in spans if name in s["reasons"]), name
    assert row["only"] == sum(s["spans"] for s in spans if s["reasons"] == [name]), name

# export has what the commands say, in one document
export = run("export", data)
assert list(export) == ["report", "moments"] and len(export["moments"]) == 1
assert export["report"]["moments"][0]["state"] == "whole"
parts = {}
for part in export["moments"][0]:
    parts.update(part)
assert list(parts) == ["mm", "tasks", "maps", "zones", "entries", "frames"]
assert parts["mm"] == run("mm", "-J", "-b", "-i", data)["mm"]
for key, command in ("tasks", "tasks"), ("maps", "maps"), ("zones", "zones"), ("entries", "dump"):
    rows = run(command, "-J", *(["-b"] if command != "tasks" else []), "-i", data)[key]
    assert len(rows) == len(parts[key]) > 0, key
    for row, whole in zip(rows, parts[key]):
        assert all(whole[k] == v for k, v in row.items()), (key, row)
frames = {int(f["pfn"], 16) for f in parts["frames"]}
assert len(frames) == len(parts["frames"]) > 10
assert all(f["path"] is None and f["cgpath"] is None and f["region"] is None for f in parts["frames"])
