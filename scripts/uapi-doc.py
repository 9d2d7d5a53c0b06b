#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""docs/UAPI.md from uapi/linux/mmscope.h (kernel-doc) and mmscope_abi.def."""
import re

header = open("uapi/linux/mmscope.h", encoding="utf-8").read()
rows = re.findall(r"^MMSCOPE_ABI_(STRUCT|FIELD)\((.*)\)$",
                  open("uapi/linux/mmscope_abi.def", encoding="utf-8").read(), re.M)
docs = {}
for block in re.findall(r"/\*\*\n(.*?)\*/", header, re.S):
    lines = [re.sub(r"^ \* ?", "", line) for line in block.split("\n")]
    m = re.match(r"struct (\w+) - (.*)", lines[0])
    text, fields, rest, current = m.group(2), {}, [], None
    for line in lines[1:]:
        f = re.match(r"@(\w+): (.*)", line)
        if f:
            current = f.group(1)
            fields[current] = f.group(2)
        elif current and line.startswith(" "):
            fields[current] += " " + line.strip()
        else:
            current = None
            rest.append(line)
    docs[m.group(1)] = (text, fields, "\n".join(rest).strip())

print("# The contract, byte by byte\n")
print("Made by `make docs` from `uapi/linux/mmscope.h` and `uapi/linux/mmscope_abi.def`; the")
print("header is the reference, with every constant.\n")
intro = re.search(r"/\*\n( \* mmscope: .*?)\*/", header, re.S).group(1)
print("```text")
print("\n".join(re.sub(r"^ \* ?", "", line) for line in intro.split("\n")).strip())
print("```")
print("\n## Commands\n\n| command | number |\n|---|---|")
for name, number in re.findall(r"#define (MMSCOPE_IOC_\w+)\s+_IO\(MMSCOPE_IOC_MAGIC, (0x\w+)\)", header):
    print(f"| `{name}` | `_IO(0xBD, {number})` |")
for kind, args in rows:
    part = [a.strip() for a in args.split(",")]
    if kind == "STRUCT":
        text, fields, rest = docs[part[0]]
        print(f"\n## struct {part[0]} ({part[1]} bytes)\n\n{text}\n")
        if rest:
            print(rest + "\n")
        print("| offset | size | field | meaning |\n|---|---|---|---|")
    else:
        meaning = fields.get(part[1], "").replace("|", "\\|")
        print(f"| {part[2]} | {part[3]} | `{part[1]}` | {meaning} |")
