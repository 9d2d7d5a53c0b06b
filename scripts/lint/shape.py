#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""shape.py [--stats] FILE...: the rules of the style guide a script can see.

Numbers are those of the guide. --stats prints lengths and comment densities.
The C here has one style (the format check sees to it): a function's body
begins with "{" in the first column and ends with "}" there. That is what makes
a scanner of this size enough.
"""
import os
import re
import statistics
import subprocess
import sys
from collections import namedtuple

FUNCTION_MAX, FUNCTION_MEDIAN, FUNCTION_P90, FILE_MAX = 60, 15, 40, 400

# Rule 9, per cent of the lines that are not empty: (files, least, most). The
# least is asked of the group, the most of each file, its opening comment aside
# (walk.c has the proof of the walk there). Where code has little to explain,
# filler would be worse than less than 8 %: for tools/ there is no least.
# Headers that are mostly inline functions count as code.
DENSITY = (
    ("src/*.c", r"src/.*\.c$", 8, 25),
    ("tools/*.c", r"tools/.*\.c$", 0, 25),
    ("headers", r"(src|include|tools)/.*\.h$", 40, None),
    ("UAPI", r"uapi/.*\.h$", 60, None),
)

Function = namedtuple("Function", "name static signature line length body")
findings = []


def report(path, line, text):
    findings.append(f"{path}:{line}: {text}")


def blank(match):
    return re.sub(r"[^\n]", " ", match.group())


def strip_comments(text, strings=True):
    """The text with comments (and strings) as blanks, line for line."""
    pattern = r"/\*.*?\*/|//[^\n]*|\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])*'"

    def replace(match):
        keep = match.group()[0] in "\"'" and not strings
        return match.group() if keep else blank(match)
    return re.sub(pattern, replace, text, flags=re.S)


class Source:
    """A C file: text, code (without comments and strings), functions."""

    def __init__(self, path, text):
        self.path, self.text = path, text
        self.code = strip_comments(text)
        self.lines = self.code.splitlines()
        self.functions = list(self.find_functions())

    def find_functions(self):
        start = None
        for number, line in enumerate(self.lines):
            if line.rstrip() == "{" and start is None:
                start = number
            elif line.startswith("}") and start is not None:
                function = self.function(start, number)
                if function:
                    yield function
                start = None

    def function(self, start, end):
        first = start
        while first and re.match(r"[\w\s]", self.lines[first - 1] or "#") \
                and self.lines[first - 1].strip() and not self.lines[first - 1].rstrip().endswith(";"):
            first -= 1
        signature = " ".join(" ".join(self.lines[first:start]).split())
        bare = re.sub(r"__(attribute__|printf)\s*\((\((\([^()]*\)|[^()])*\)|[^()])*\)", "", signature)
        name = re.search(r"(\w+)\s*\(", bare)
        if not name or "=" in bare.split("(")[0]:
            return None
        return Function(name.group(1), bool(re.search(r"\bstatic\b", signature)), signature,
                        first + 1, end - first + 1, range(start, end + 1))

    def where(self, pattern, code=None):
        """(line number, match) of each hit in the code."""
        code = self.code if code is None else code
        for match in re.finditer(pattern, code, re.M):
            yield code.count("\n", 0, match.start()) + 1, match


def rule_1_names(source):
    """In src/: mmscope_<noun>_<verb> outside, bare names inside the file."""
    noun = os.path.basename(source.path)[:-2]
    prefix = f"mmscope_{noun}_"
    for f in source.functions:
        # these two are seen in backtraces and by initcall_debug
        if f.static and f.name.startswith("mmscope_") and f.name not in ("mmscope_init", "mmscope_exit"):
            report(source.path, f.line, f"rule 1: static {f.name}() needs no prefix")
        if not f.static and not f.name.startswith(prefix):
            report(source.path, f.line, f"rule 1: {f.name}() is not static and should be {prefix}…")
    variable = r"^(?!static|extern|typedef|(?:struct|union|enum) \w+;)[\w* ]+?[ *](\w+)(?:\[[^\]]*\])*\s*(?:=[^=]|;$)"
    for line, match in source.where(variable):
        if not match.group(1).startswith(prefix):
            report(source.path, line, f"rule 1: {match.group(1)} is not static and should be {prefix}…")
    for line, match in source.where(r"^static [^(\n]*?\b(mmscope_\w+)(?:\[[^\]]*\])*\s*(?:=[^=]|;$)"):
        report(source.path, line, f"rule 1: static {match.group(1)} needs no prefix")


def rule_2_lengths(sources):
    lengths = []
    for source in sources:
        exempt = source.path.startswith(("selftests/", "uapi/"))
        lines = source.text.count("\n")
        if lines > FILE_MAX and not exempt:
            report(source.path, lines, f"rule 2: {lines} lines, at most {FILE_MAX}")
        for f in source.functions:
            if f.length > FUNCTION_MAX:
                report(source.path, f.line, f"rule 2: {f.name}() has {f.length} lines, at most {FUNCTION_MAX}")
        if not exempt:
            lengths += [f.length for f in source.functions]
    if len(lengths) < 2:
        report("src", 0, "no functions found")
        return
    median, p90 = statistics.median(lengths), statistics.quantiles(lengths, n=10)[8]
    if median > FUNCTION_MEDIAN:
        report("src, include, tools", 0, f"rule 2: median of functions {median} lines, at most {FUNCTION_MEDIAN}")
    if p90 > FUNCTION_P90:
        report("src, include, tools", 0, f"rule 2: a tenth of the functions has over {p90:.0f} lines, "
               f"at most {FUNCTION_P90}")
    if "--stats" in sys.argv:
        print(f"functions: {len(lengths)}, median {median}, p90 {p90:.0f}, max {max(lengths)}")


def rule_5_levels(source):
    """Levels are numbers; slots are loaded in one place."""
    if source.path.startswith("src/compat/"):
        return
    for line, match in source.where(r"(->|\.)?\b[a-z_]\w*\b"):
        word = match.group().lstrip("->.")
        parts = set(word.split("_")) & {"pgd", "p4d", "pud", "pmd", "pte", "ptes"}
        # mm->pgd, and the field of that name in the UAPI
        if parts and not (word == "pgd" and (match.group(1) or source.path.startswith("uapi/"))):
            report(source.path, line, f"rule 5: {word}: a level is a number")
    if source.path.startswith("src/"):
        for line, match in source.where(r"READ_ONCE\(([^;]*)\)"):
            if re.match(r"\*|.*\b(slot|slots|table|entry|pgd|copy)\b", match.group(1)):
                report(source.path, line, "rule 5: slots are loaded by the nofault copy in slots.h only")


def rule_5_one_load(sources):
    # of slots, in place; and of other memory that nothing holds
    for name in ("__get_kernel_nofault", "copy_from_kernel_nofault"):
        hits = [(s.path, line) for s in sources if s.path.startswith("src/")
                for line, _ in s.where(rf"\b{name}\s*\(")]
        if len(hits) != 1:
            where = ", ".join(f"{path}:{line}" for path, line in hits) or "nowhere"
            report("src", 0, f"rule 5: one call of {name}(), not {len(hits)}: {where}")
    for source in sources:
        for line, match in source.where(r"\b(get_kernel_nofault|arch_get_kernel_nofault)\s*\("):
            if source.path.startswith("src/"):
                report(source.path, line, f"rule 5: slots are loaded in slots.h: {match.group()}")


def rule_7_conditionals(source):
    if source.path.startswith(("src/compat/", "selftests/")):
        return
    pattern = (r"\b(LINUX_VERSION_CODE|KERNEL_VERSION)\b|"
               r"^\s*#\s*(el)?if.*\b(\w*HAVE_\w+|__has_include)")
    for line, match in source.where(pattern):
        report(source.path, line, f"rule 7: belongs in src/compat: {match.group().strip()}")


def rule_8_gnu89(source):
    if not source.path.startswith(("src/", "include/")):
        return
    for line, _ in source.where(r"\bfor\s*\(\s*(?:\w+\s+)+\**\w+\s*="):
        report(source.path, line, "rule 8: declaration in for (…): 5.10 builds modules as gnu89")
    for line, _ in source.where(r"\bscoped_guard\b"):
        report(source.path, line, "rule 8: scoped_guard() declares in a for (…): 5.10 builds modules as gnu89")


def comment_share(source, text):
    """Per cent of the lines that are not empty which have a comment."""
    bare = strip_comments(text, strings=False).splitlines()
    lines = text.splitlines()
    source.commented = sum(line != code for line, code in zip(lines, bare))
    source.filled = sum(bool(line.strip()) for line in lines)
    return 100 * source.commented / max(source.filled, 1)


def is_code(source):
    return source.path.endswith(".c") or sum(f.length for f in source.functions) > len(source.lines) / 2


def rule_9_comments(sources):
    for name, pattern, least, most in DENSITY:
        group = [s for s in sources if re.match(pattern, s.path)
                 and not s.path.startswith("src/compat/") and is_code(s) == (most is not None)]
        for source in group:
            opening = re.match(r"(//[^\n]*\n)?/\*.*?\*/", source.text, re.S)
            share = comment_share(source, source.text[opening.end() if opening else 0:])
            if most and share > most:
                report(source.path, 1, f"rule 9: {share:.0f} % of the lines have a comment, at most {most}")
            share = comment_share(source, source.text)
            if "--stats" in sys.argv:
                print(f"comments: {share:3.0f} % {source.path}")
        total = 100 * sum(s.commented for s in group) / max(sum(s.filled for s in group), 1)
        if total < least:
            report(name, 0, f"rule 9: {total:.0f} % of the lines have a comment, at least {least}")
        if "--stats" in sys.argv:
            print(f"comments: {total:3.0f} % of all {name}")


def rule_10_own_header(source):
    if not re.match(r"(src|tools)/.*\.c$", source.path) or source.path.endswith(".bpf.c"):
        return
    first = re.search(r"^#include (.*)$", strip_comments(source.text, strings=False), re.M)
    if first and not re.match(r'"|<(lib)?mmscope/', first.group(1)):
        report(source.path, source.text.count("\n", 0, first.start()) + 1,
               f"rule 10: own header first, not {first.group(1)}")


def rule_printk(source):
    """In src/: messages only while loading and unloading."""
    if not source.path.startswith("src/"):
        return
    for line, match in source.where(r"\b(printk\w*|pr_(?!fmt)\w+|dev_(emerg|crit|err|warn|notice|info|dbg))\s*\("):
        inside = [f for f in source.functions if line - 1 in f.body]
        if not inside or not re.search(r"\b__(init|exit)\b", inside[0].signature):
            report(source.path, line, f"{match.group(1)}() outside of __init and __exit functions")


def rule_text(path, text):
    """Any text file: nothing of this machine, nothing left open."""
    patterns = (
        (r"https?://[a-z0-9.-]+/(debian|apt|npm)", "a package mirror"),
        (r"(?<![\w.$}/])/wor[k]/[\w.]", "a path of somebody's machine"),
        # not /root as such: that is home in the lab's guests
        (r"(?<![\w.$}/])/roo[t]/\.\w", "a path of somebody's machine"),
        (r"\b(TO[D]O|FIX[M]E|XX[X])\b", "left open"),
    )
    for number, line in enumerate(text.splitlines(), 1):
        for pattern, what in patterns:
            match = re.search(pattern, line)
            if match:
                report(path, number, f"{what}: {match.group()}")


def rule_12_commits():
    """Commits that can still be changed: those the upstream branch lacks."""
    git = ["git", "-c", "safe.directory=*"]
    upstream = subprocess.run(git + ["rev-parse", "-q", "--verify", "@{upstream}"],
                              capture_output=True, encoding="utf-8", check=False)
    span = ["@{upstream}..HEAD"] if upstream.returncode == 0 else []
    log = subprocess.run(git + ["log", "--no-merges", "--format=%h%x00%s%x00%b%x01"] + span,
                         capture_output=True, encoding="utf-8", check=True).stdout
    for commit in filter(str.strip, log.split("\x01")):
        name, subject, body = commit.strip().split("\x00")
        if len(subject) > 60 or not re.match(r"[a-z0-9_./-]+(, [a-z0-9_./-]+)*: \S", subject):
            report(f"commit {name}", 0, f"rule 12: 'area: imperative' in 60 characters, not {len(subject)}: {subject}")
        if not re.sub(r"(?m)^([A-Z][\w-]+-by|Fixes|Link): .*$", "", body).strip():
            report(f"commit {name}", 0, f"rule 12: the body should say why: {subject}")


def rule_12_changelog(path, text):
    for match in re.finditer(r"^## (.*)\n((?:(?!## ).*\n?)*)", text, re.M):
        points = len(re.findall(r"^[-*] ", match.group(2), re.M))
        if not 3 <= points <= 8:
            report(path, text.count("\n", 0, match.start()) + 1,
                   f"rule 12: 3 to 8 points a release, {match.group(1)} has {points}")


def check_source(source):
    if source.path.startswith("src/") and source.path.endswith(".c"):
        rule_1_names(source)
    if not source.path.startswith("selftests/"):
        rule_5_levels(source)
    rule_7_conditionals(source)
    rule_8_gnu89(source)
    rule_10_own_header(source)
    rule_printk(source)


def main():
    sources = []
    for path in sys.argv[1:]:
        if path.startswith("--"):
            continue
        data = open(path, "rb").read()
        if b"\0" in data[:8192]:
            continue
        text = data.decode("utf-8")
        rule_text(path, text)
        if path.endswith((".c", ".h")):
            sources.append(Source(path, text))
        if path == "CHANGELOG.md":
            rule_12_changelog(path, text)
    for source in sources:
        check_source(source)
    rule_2_lengths(sources)
    rule_5_one_load(sources)
    rule_9_comments(sources)
    rule_12_commits()
    print("\n".join(findings), end="\n" if findings else "")
    sys.exit(bool(findings))


main()
