#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""A recording as a plain dump of its tables: plain.py TOOL RECORDING OUTPUT. Put
together from what `walk` says of every page, slot by slot."""
import json
import struct
import subprocess
import sys

tool, data, output = sys.argv[1:]


def run(*args):
    out = subprocess.run([tool, *args, "-J", "-i", data], stdout=subprocess.PIPE, check=True).stdout
    return json.loads(out)


addresses = [e["start"] for e in run("dump", "--no-merge")["entries"]]
tables = {}
for walk in run("walk", *addresses)["walks"]:
    for level in walk["levels"]:
        table, index = divmod(int(level["slot"], 16), 4096)
        tables.setdefault(table, [0] * 512)[index // 8] = int(level["raw"], 16)
top = int(walk["levels"][0]["slot"], 16) // 4096
with open(output, "wb") as f:
    for table in [top, *sorted(t for t in tables if t != top)]:
        f.write(struct.pack("<513Q", table * 4096, *tables[table]))
