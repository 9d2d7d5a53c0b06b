#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""format.py CONFIG FILE...: blanks and indentation, as clang-format wants them.

Only what the author did not decide on purpose is compared:
- Line breaks stay. clang-format has one idea of where they go (at the column
  limit, one enumerator a line, chained ?: in steps); rows of initialisers and
  of conditions that belong together are easier to read here. Line length is
  checkpatch's. So it runs with ColumnLimit 0, which keeps breaks, and what it
  breaks anew all the same is passed over.
- Columns within a line (macro values, comments at the right) stay: runs of
  blanks count as one.
- The indentation of continuation lines stays: version 14 indents them by what
  it believes the expression to be. Lines that begin a statement must be right.
.def files are tables; they are not given to this program.
"""
import difflib
import re
import subprocess
import sys
import tempfile


def squeeze(line):
    """A line with its columns collapsed; indentation as it is."""
    body = line.lstrip()
    return line[:len(line) - len(body)] + re.sub(r"[ \t]+", " ", body.rstrip())


def starts_statement(lines, number):
    """Does the line begin something, rather than continue the one before?"""
    before = lines[number - 1] if number else ""
    before = re.sub(r"/\*.*?\*/|//.*|/\*.*", "", before).strip()
    return not before or before[-1] in ";{}:/" or before.startswith("#") and before[-1] != "\\"


def compare(path, old, new):
    """Yields a message for each line that clang-format would have otherwise."""
    matcher = difflib.SequenceMatcher(None, old, new, autojunk=False)
    for tag, start, end, low, high in matcher.get_opcodes():
        if tag == "equal":
            continue
        ours, theirs = old[start:end], new[low:high]
        words = [" ".join(" ".join(block).replace("\\", " ").split()) for block in (ours, theirs)]
        if words[0] != words[1]:
            yield f"{path}:{start + 1}: {words[0]!r} should be {words[1]!r}"
        elif not words[0]:
            yield f"{path}:{start + 1}: empty lines"
        elif len(ours) == len(theirs):
            for i, (mine, wanted) in enumerate(zip(ours, theirs)):
                if (mine != wanted and mine.strip() == wanted.strip()
                        and starts_statement(old, start + i)):
                    yield f"{path}:{start + i + 1}: indentation of {mine.strip()!r}"


def main():
    config = open(sys.argv[1], encoding="utf-8").read()
    config, found = re.subn(r"(?m)^ColumnLimit:.*$", "ColumnLimit: 0", config)
    # here a column is a column, whatever is beside it
    config = re.sub(r"(?m)^AlignConsecutiveMacros:.*$", "AlignConsecutiveMacros: None", config)
    if found != 1:
        sys.exit(f"{sys.argv[1]}: expected one ColumnLimit")
    bad = False
    with tempfile.NamedTemporaryFile("w", suffix=".clang-format", encoding="utf-8") as style:
        style.write(config)
        style.flush()
        for path in sys.argv[2:]:
            text = open(path, encoding="utf-8").read()
            done = subprocess.run(["clang-format", f"--style=file:{style.name}", path],
                                  capture_output=True, encoding="utf-8", check=False)
            if done.returncode or done.stderr or not done.stdout:
                sys.exit(f"{path}: clang-format failed: {done.stderr}")
            old, new = ([squeeze(line) for line in t.splitlines()] for t in (text, done.stdout))
            for message in compare(path, old, new):
                print(message)
                bad = True
    sys.exit(bad)


main()
