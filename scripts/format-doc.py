#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""docs/FORMAT.md from tools/libmmscope/recording_format.h and recording_chunks.def."""
import re

HERE = "tools/libmmscope/"
header = open(HERE + "recording_format.h", encoding="utf-8").read()
public = open(HERE + "libmmscope.h", encoding="utf-8").read()
chunks = re.findall(r'^RECORDING_CHUNK\((\w+), (\d+), "(\w+)", "(.*)"\)$',
                    open(HERE + "recording_chunks.def", encoding="utf-8").read(), re.M)
SIZE = {"__u64": 8, "uint64_t": 8, "__u32": 4, "uint32_t": 4, "__s32": 4, "char": 1}


def constant(name):
    return re.search(rf"#define {name}\s+(\S.*?)\s*(?:/\*.*)?$", header, re.M).group(1).strip("()")


def fields(text, name):
    """(offset, bytes, field, comment behind it) of a structure without holes."""
    body = re.search(rf"struct {name} {{\n(.*?)\n}};", text, re.S).group(1)
    at, rows = 0, []
    for kind, field, count, comment in re.findall(
            r"^\t(\w+) (\w+)(?:\[(\d+)\])?;[ \t]*(?:/\* (.*?) \*/)?$", body, re.M):
        size = SIZE[kind] * int(count or 1)
        assert at % SIZE[kind] == 0, (name, field)
        rows.append((at, size, field, comment))
        at += size
    return rows


def struct(text, name):
    doc = re.search(rf"/\*\*\n \* struct {name} - (.*?)\n(.*?)\*/", text, re.S)
    meaning = dict(re.findall(r"^ \* @(\w+): (.*)$", doc.group(2), re.M)) if doc else {}
    print("| offset | size | field | meaning |\n|---|---|---|---|")
    for at, size, field, comment in fields(text, name):
        print(f"| {at} | {size} | `{field}` | {meaning.get(field) or comment} |")
    print()


print("# Recordings, byte by byte\n")
print("Made by `make docs` from `tools/libmmscope/recording_format.h` and `recording_chunks.def`.\n")
print("""A recording is a head and then chunks. All numbers are little endian, a chunk begins at a multiple of 8 bytes,
and what a chunk holds is what the device gives: the structures of [UAPI.md](UAPI.md). A reader

- skips chunks of a type that it does not know,
- cuts a structure or a record that is longer than its own, and takes a shorter structure as filled up with 0,
- checks both sums of a chunk and believes nothing behind the first that is wrong: what comes before is sound,
- finds what it wants by the heads alone: the content of a chunk need not be read to get to the next.

A file without the last chunk, `end`, was cut off. It is written under the name `FILE.part`, which it keeps if the disk
is full or the writer is killed; `FILE` is whole.
""")
print(f"## Head ({sum(row[1] for row in fields(header, 'recording_head'))} bytes)\n")
struct(header, "recording_head")
magic = constant("RECORDING_MAGIC").strip('"')
print(f"The magic is `{magic}`, the version {constant('RECORDING_VERSION')}.\n")
print(f"## Head of a chunk ({sum(row[1] for row in fields(header, 'recording_chunk'))} bytes)\n")
struct(header, "recording_chunk")
most = re.fullmatch(r"(\d+)U << 20", constant("RECORDING_CHUNK_MAX")).group(1)
print(f"A content has {most} MiB at the most, and is packed to a {constant('RECORDING_RATIO_MAX')}th at the best:"
      " whatever claims more is damage.\n")
print("## Chunks, in the order in which they are written\n")
print("| number | name | content |\n|---|---|---|")
for _, number, word, content in chunks:
    print(f"| {number} | {word} | {content} |")
print("""
`info`, `host` and `swaps` come once, before the first moment. A moment is `moment` and what follows up to its `summary`;
there may be many, of several processes. `blocks` may tell the same table twice: the later one is right. Facts about frames
(`frames`) are only there if they were asked for.
""")
print("## struct recording_moment\n")
struct(header, "recording_moment")
print("Flags: " + ", ".join(
    f"{1 << int(bit)} {name.lower()} ({comment})" for name, bit, comment in
    re.findall(r"#define LIBMMSCOPE_(\w+)\s+\(1U << (\d+)\) /\* (.*?) \*/", public)) + ".\n")
print("## struct libmmscope_recorded\n")
struct(public, "libmmscope_recorded")
print("""## Version 1

Nobody but the tests has such files any more; they are still read. Behind the same magic the version and the process id,
then chunks of `type` and `length` (4, 4 that are 0, 8 bytes) and their content as it is, with no sums; all of it one moment.""")
