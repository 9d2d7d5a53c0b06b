#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""diff of two recordings against what dump and maps say of each: every page of
every kind of change, every address of every VMA. Oracle: the two lists, compared
here page by page."""
import json
import subprocess
import sys

tool, *names = sys.argv[1:4]
SPAN = {"pte": 1 << 12, "pmd": 1 << 21, "pud": 1 << 30}


def run(*args):
    done = subprocess.run([tool, *args], stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8",
                          check=False)
    return json.loads(done.stdout), done.returncode, done.stderr


def pages_of(name):
    """Page number -> its entry."""
    found = {}
    for entry in run("dump", "-J", "--no-merge", "-o", "+BITS,OFFSET", "-i", name)[0]["entries"]:
        first, end = (int(entry[key], 16) >> 12 for key in ("start", "end"))
        for page in range(first, end):
            pfn = entry["pfn"] and int(entry["pfn"], 16) + page - first
            found[page] = {**entry, "number": pfn if pfn is not None else entry["offset"]}
    return found


def vmas_of(name):
    found = {}
    for vma in run("maps", "-J", "-i", name)[0]["maps"]:
        for page in range(int(vma["start"], 16) >> 12, int(vma["end"], 16) >> 12):
            found[page] = {**vma, "place": (page << 12) - int(vma["offset"], 16) if vma["inode"] else 0}
    return found


def flags_of(entry):
    """Names, which one kernel has changed; that it is a huge page is no flag."""
    renamed = {"uffd_wp": "uffd"}
    named = {renamed.get(name, name) for name in entry["flags"]} - {"pse"}
    return named if not FOREIGN else {name for name in named if not name.startswith("bit")}


def change_of(a, b):
    if not a or not b:
        return "gone" if a else "appeared"
    if b["kind"] == "swap" and a["pfn"] and a["kind"] in MAPPED:
        return "swapped-out"
    if a["kind"] == "swap" and b["pfn"] and b["kind"] in MAPPED:
        return "swapped-in"
    if a["kind"] != b["kind"]:
        return "kind"
    if a["level"] != b["level"]:
        return "split" if SPAN[a["level"]] > SPAN[b["level"]] else "collapsed"
    if not FOREIGN and a["number"] != b["number"]:
        return "moved"
    return "flags" if flags_of(a) != flags_of(b) else None


MAPPED = ("page", "protnone", "numa_hint", "uffd_rwp", "invalid")
OBJECT = ("dev", "inode", "path")
before, after = (pages_of(name) for name in names)
vmas = [vmas_of(name) for name in names]
rows, status, said = run("diff", "-J", "-b", "-o", "+FLAGS,SIZE,VMA", *names)
rows = rows["changes"]
FOREIGN = "not described alike" in said
assert status == (1 if rows else 0) and (names[0] != names[1] or not rows), (status, rows[:2])
assert list(rows[0] if rows else {"start": 0})[0] == "start"

want = {page: change_of(before.get(page), after.get(page)) for page in {*before, *after}}
have = {}
for row in rows:
    first, end = (int(row[key], 16) >> 12 for key in ("start", "end"))
    assert first < end and row["pages"] == end - first and row["size"] == (end - first) << 12, row
    if row["change"].startswith("vma-"):
        continue
    for page in range(first, end):
        assert page not in have, row
        have[page] = row["change"]
        a, b = before.get(page), after.get(page)
        for side, entry in (("from", a), ("to", b)):
            word = entry and entry["kind"] if not entry or entry["level"] == "pte" else f"{entry['level']} {entry['kind']}"
            assert row[side] == word, (hex(page), row, entry)
        if a and b and a["kind"] == b["kind"]:
            flags = {"+" + name for name in flags_of(b) - flags_of(a)} | {"-" + name for name in flags_of(a) - flags_of(b)}
            renamed = {name.replace("uffd_wp", "uffd") for name in row["flags"]}
            assert renamed == flags and len(row["bits"]) == len(flags), (hex(page), row)
    for side, entry in (("frame_a", before.get(first)), ("frame_b", after.get(first))):
        if entry and entry["pfn"]:
            assert int(row[side], 16) == entry["number"], (row, entry)
assert have == {page: change for page, change in want.items() if change}

told = {}
for row in rows:
    if row["change"].startswith("vma-"):
        for page in range(int(row["start"], 16) >> 12, int(row["end"], 16) >> 12):
            told.setdefault(page, {})[row["change"]] = row
for page in {*vmas[0], *vmas[1]}:
    a, b = (side.get(page) for side in vmas)
    rows = told.pop(page, {})
    if a and b:
        changed = any(a[key] != b[key] for key in OBJECT) or a["place"] != b["place"]
        flags = {"+" + f for f in {*b["flags"]} - {*a["flags"]}} | {"-" + f for f in {*a["flags"]} - {*b["flags"]}}
        assert ("vma-path" in rows) == changed, (hex(page), a, b)
        assert {f for f in rows.get("vma-flags", {"bits": []})["bits"] if len(f) == 3} == \
            {f for f in flags if len(f) == 3}, (hex(page), rows, flags)
        continue
    one, other = (a, vmas[1]) if a else (b, vmas[0])
    kin = any(other.get(p) and all(other[p][key] == one[key] for key in OBJECT)
              for p in range(int(one["start"], 16) >> 12, int(one["end"], 16) >> 12))
    word = ("vma-shrunk" if kin else "vma-gone") if a else "vma-grown" if kin else "vma-appeared"
    assert list(rows) == [word] and rows[word]["from" if a else "to"] == one["perms"], (hex(page), rows, word)
assert not told

# the sums are those of the rows, and so are the rows of single entries
rows = run("diff", "-J", *names)[0]["changes"]
total = {}
for row in rows:
    total[row["change"]] = total.get(row["change"], 0) + row["pages"]
summary = run("diff", "-J", "--summary", *names)[0]["summary"]
assert {row["change"]: row["pages"] for row in summary if row["start"] is None} == total
for change, pages in total.items():
    assert sum(row["pages"] for row in summary if row["change"] == change and row["start"]) == pages
    assert all(row["size"] == row["pages"] << 12 for row in summary)
single = run("diff", "-J", "--no-merge", *names)[0]["changes"]
for row in single:
    total[row["change"]] -= row["pages"]
    if not row["change"].startswith("vma-"):
        assert row["pages"] in (1, 512, 1 << 18), row
        for side, entries in (("frame_a", before), ("frame_b", after)):
            entry = entries.get(int(row["start"], 16) >> 12)
            assert not row[side] or "swap" in row[side] or int(row[side], 16) == entry["number"], (row, entry)
assert not any(total.values())
