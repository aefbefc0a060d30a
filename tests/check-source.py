#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""usage: git ls-files | tests/check-source.py

Checks what no compiler does, in the files named on standard input: SPDX lines, the story
on top of a reproducer, lengths, that no folder knows of one above it, and that nothing is
left to be done. A line for each thing wrong; exit 1 when there is one.
"""
import os
import re
import sys

SPDX = "SPDX-License-Identifier: GPL-2.0-or-later"
HEADINGS = ["Story", "Seen as", "Fixed", "Steps"]

# Whose headers a folder may know: docs/architecture.md. The runner and what stands on it know
# case programs by what they print, never by their headers.
KNOWS = {
    "lib": ["lib"],
    "scene": ["scene", "lib"],
    "content": ["content", "lib"],
    "reproducers": ["lib"],
    "storm": ["storm", "lib"],
    "workloads": ["scene", "content", "storm", "lib"],
    "runner": ["runner", "lib/knob.h", "lib/opt.h", "lib/pace.h", "lib/res.h"],
    "lab": ["lab", "runner", "lib/odds.h", "lib/opt.h", "lib/pace.h"],
    "report": ["report", "runner", "lib/odds.h", "lib/opt.h"],
}
HOUSE = ["lib", "scene", "content", "storm", "runner", "lab", "report"]
MANUALS = ["lib/case.h", "scene/model.h", "scene/inline.h"]  # docs/architecture.md
# A row of a table is one line in what is generated.
GENERATED = ["docs/catalogue.md", "docs/ladder.md", "docs/matrices.md"]
# In KTAP "# TODO" marks what is known to fail; anywhere else it is unfinished work.
UNFINISHED = re.compile(r"\b(TODO|FIXME|XXX)\b")
ALLOWED = re.compile(r"TODO (open upstream|hazard)|# TODO|\(TODO\||\(TODO\|FIXME")

failed = False


def wrong(text):
    global failed
    print(text)
    failed = True


def wants_spdx(path):
    return path.endswith((".c", ".h", ".sh", ".py", ".ac", ".am")) or path.startswith((".ci/", "tools/")) or \
        path == ".clang-format"


# name: what it shows, then Story, Seen as, Fixed, Steps and perhaps Notes, in this order.
def story(path, lines):
    name = os.path.basename(path)[:-2]
    if not re.match(rf" \* {re.escape(name)}: .", lines[2]):
        wrong(f"{path}: line 3 is not ' * {name}: WHAT MUST HOLD'")
    top = lines[1:next(i for i, line in enumerate(lines) if "*/" in line) + 1]
    found = [m[1] for line in top if (m := re.match(r" \* ([A-Z][a-z]*(?: as)?)  ", line))]
    if found not in (HEADINGS, HEADINGS + ["Notes"]):
        wrong(f"{path}: the headings are '{','.join(found)}', not Story, Seen as, Fixed, Steps (and Notes)")


def depends(path, lines):
    folder = path.split("/")[0]
    # What stands in for a module has its header.
    if folder not in KNOWS or path.startswith("scene/standalone/"):
        return
    for line in lines:
        header = re.match('#include "(.*)"', line)
        ours = [f"{place}/{header[1]}" for place in HOUSE if os.path.exists(f"{place}/{header[1]}")] if header else []
        if ours and not any(h in KNOWS[folder] or h.split("/")[0] in KNOWS[folder] for h in ours):
            wrong(f"{path}: {folder} must not know of {ours[-1]}")


def longest(path):
    if path in MANUALS:
        return None
    for pattern, limit in ((r"reproducers/.*\.c", 199), (r"workloads/.*\.c", 299), (r"run\.sh", 149), (r".*\.h", 150),
                           (r".*\.(c|sh|py)", 500)):
        if re.fullmatch(pattern, path):
            return limit
    return None


def check(path):
    with open(path, encoding="utf-8", errors="replace") as f:
        text = f.read()
    lines = text.split("\n")
    if wants_spdx(path) and not any(SPDX in line for line in lines[:2]):
        wrong(f"{path}: no SPDX line on top")
    if path.endswith((".c", ".h")):
        depends(path, lines)
    if re.fullmatch(r"reproducers/.*\.c", path):
        story(path, lines)
    if path == "COPYING":
        return
    limit = longest(path)
    if limit and len(lines) - 1 > limit:
        wrong(f"{path}: more than {limit} lines")
    for number, line in enumerate(lines, 1):
        if len(line) > 200 and path.endswith((".md", ".c", ".h")) and path not in GENERATED:
            wrong(f"{path}:{number}: over 200 characters")
        if UNFINISHED.search(line) and not ALLOWED.search(line):
            wrong(f"{path}:{number}: {line}")
        if line.endswith((" ", "\t")):
            wrong(f"{path}:{number}: blanks at its end")
    if not text.endswith("\n"):
        wrong(f"{path}: no newline at its end")


for name in sys.stdin.read().split("\n"):
    if name:
        check(name)
sys.exit(failed)
