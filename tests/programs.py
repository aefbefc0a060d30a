#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Every case program keeps the contract of docs/program-output.md: metadata, options, and
an oracle that is seen to fail under --inject. As TAP; $top_builddir (default:
here) has the programs."""
import concurrent.futures
import fcntl
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile

BUILD = os.path.realpath(os.environ.get("top_builddir", "."))
# Options are the library's: programs with cells of a table, of axes, and of races.
WITH_OPTIONS = ("odirect-read-vs-fork", "matrix-coherence", "storm-snapshot", "storm-dio")
# What the diagnosis must say for an --inject kind.
SAID = {"leak": "leaked write", "unreported": "unreported write", "ghost": "and reported;", "bit-flip": "bit flip"}
DATA = ("stale", "zeros", "torn", "foreign", "bit-flip", "garbage")
count = failures = 0


def report(good, what, more=""):
    global count, failures
    count += 1
    failures += not good
    print(f"{'' if good else 'not '}ok {count} - {what}")
    if not good:
        print("".join(f"#   {line}\n" for line in str(more).splitlines()[:20]), end="", flush=True)


def skip(what, why):
    global count
    count += 1
    print(f"ok {count} - {what} # SKIP {why}")


class Ran:
    """A program that was run: its status and what it said."""

    def __init__(self, *argv, **more):
        done = subprocess.run(argv, stdin=subprocess.DEVNULL, capture_output=True, text=True, errors="replace",
                              timeout=120, check=False, **more)
        self.status, self.out, self.err = done.returncode, done.stdout, done.stderr

    def __str__(self):
        return f"status {self.status}\n{self.err}{self.out}"


class Program:
    def __init__(self, path):
        self.path, self.name = path, os.path.basename(path)

    def look(self):
        """What it says of itself, which changes nothing."""
        self.described = Ran(self.path, "--describe")
        self.list = Ran(self.path, "--list").out.splitlines()
        self.all = Ran(self.path, "--list", "--all").out
        self.refusals = options(self) if self.name in WITH_OPTIONS else []
        return self


def programs():
    for folder in ("reproducers", "workloads"):
        for entry in sorted(os.scandir(f"{BUILD}/{folder}"), key=lambda e: e.name):
            if entry.is_file() and os.access(entry.path, os.X_OK) and "." not in entry.name:
                yield Program(entry.path)


def rules(p, lines, d):
    """What --describe must say, and --list beside it."""
    ids = [c["id"] for c in d["cells"]]
    return {
        "is one line": len(lines) == 1,
        "has its file's name and a summary": d["name"] == p.name and len(d["summary"]) > 20,
        "has tags, oracles and kinds to inject": d["tags"] and d["oracles"] and d["inject"],
        "is bounded": d["seconds"] <= (60 if d["kind"] == "reproducer" else 480),
        "counts its exposure": any(c["exposure"] for c in d["counters"]),
        "names its commits, or the version that broke it":
            d["refs"] or d["open"] or d["broken_since"] or p.name.startswith("storm-"),
        "has well-formed commits": all(re.fullmatch("linux-git:[0-9a-f]{12,40}", r) for r in d["refs"]),
        "has well-formed CVEs": all(re.fullmatch("CVE-[0-9]{4}-[0-9]{4,}", c) for c in d["cve"]),
        "says how to get what is missing": all(n["ok"] or (n["reason"] and n["remedy"]) for n in d["needs"]),
        "has well-formed cells":
            all(re.fullmatch(r"[a-z0-9-]+(\.[a-z0-9-]+)*", c["id"]) and c["summary"] for c in d["cells"]),
        "names each cell once": len(set(ids)) == len(ids),
        "leaves out nothing without a reason, and no rule is idle":
            all(r["cells"] > 0 and len(r["reason"]) > 10 for r in d["cannot"]),
        "lists the same cells": p.list == ids,
        "gives the reasons in --list --all":
            len(d["cannot"]) == len(re.findall("^# .* are not there: ", p.all, re.M)),
    }


def metadata(p):
    lines = p.described.out.splitlines()
    broken = [rule for rule, good in rules(p, lines, json.loads(lines[0])).items() if not good]
    report(not broken, f"{p.name} describes itself", "not so: " + ", ".join(broken))
    return json.loads(lines[0])


def options(p):
    """(good, what, more) for each option that must be refused or answered."""
    def refused(*words):
        ran = Ran(p.path, *words)
        return (ran.status == 64 and ran.err.count("\n") == 1 and not ran.out,
                f"{p.name} {' '.join(words)} is refused with one line and 64", ran)

    found = [refused(*words.split()) for words in ("--no-such-option", "--round 3", "--all", "stray", "--seed -1", "--seed",
                                                   "--inject nothing-like-this")]
    for bad in ("-1", "0", "x", "1.5", "99999999999999999999"):
        found += [refused("--rounds", bad), refused("--seconds", bad)]
    ran = Ran(p.path, "--cell", "nothing-like-this")
    found.append((ran.status == 3 and ran.err.count("\n") == 1 and not ran.out,
                  f"{p.name} --cell nothing-like-this is refused with one line and 3", ran))
    slip = p.list[-1] + p.list[-1][-1]
    ran = Ran(p.path, "--cell", slip)
    found.append((ran.status == 3 and "; did you mean '" in ran.err,
                  f"{p.name} --cell with a slip is told the nearest name", ran))
    for option, word in (("--help", "Examples"), ("--version", "lostwrite")):
        ran = Ran(p.path, option)
        found.append((ran.status == 0 and word in ran.out, f"{p.name} {option} says {word}", ran))
    return found


def sound_cells(p, d):
    """The cells that no open bug makes corrupt already; of a matrix, some from all over."""
    cells = [c["id"] for c in d["cells"] if not c["open"]]
    # Cells without a disturbance pass calmly, and rightly so; where nothing is written no report can be hidden.
    cells = [c for c in cells if ".nothing" not in c and ".quiet" not in c]
    words = [w for id in cells[::len(cells) // (3 if d["kind"] == "storm" else 12) + 1] for w in ("--cell", id)]
    # What races over an arena is damaged at its end: that needs no time.
    return words + (["--for", "100ms"] if re.search("^  --for", Ran(p.path, "--help").out, re.M) else [])


def few_pass(p, out):
    """A matrix has cells in which a kind cannot be: zeros where there are zeros anyhow, a report hidden where
    none is promised, no disturbance but the tracking itself."""
    results = re.findall("^(?:not )?ok .*", out, re.M)
    passed = sum(line.startswith("ok") and "# SKIP" not in line for line in results)
    return passed <= (len(results) // 4 if p.name.startswith("matrix-") else 0)


def chosen(d, number):
    """What damages data is seen by the same lines of lib/stamp.c in all programs: two ways in each, all in turn. With
    $LOSTWRITE_EVERY_KIND, as in `./run.sh check rest`, all in each."""
    data = [kind for kind in d["inject"] if kind in DATA]
    if os.environ.get("LOSTWRITE_EVERY_KIND") or len(data) < 3:
        return d["inject"]
    mine = {data[number % len(data)], data[(number + 3) % len(data)]}
    return [kind for kind in d["inject"] if kind not in DATA or kind in mine]


def injection(p, d, cells, number):
    for kind in chosen(d, number):
        ran = Ran(p.path, "--inject", kind, "--seed", "7", "--rounds", "1", *cells)
        if ran.status == 77:
            skip(f"{p.name} --inject {kind}", re.search("# SKIP (.*)", ran.out)[1])
        elif kind == "calm":
            report("# SKIP inconclusive" in ran.out and not re.search("^not ok", ran.out, re.M) and few_pass(p, ran.out),
                   f"{p.name} without its disturbance is inconclusive", ran)
        else:
            # Each cell that ran, and not just one of them, must fail.
            corrupt = "\n".join(re.findall("^# corrupt.*", ran.out, re.M))
            report(ran.status == 1 and few_pass(p, ran.out) and SAID.get(kind, f"({kind}") in corrupt and
                   re.search("^# replay", ran.out, re.M), f"{p.name} --inject {kind} is seen and named", ran)


def json_mode(p, cells):
    ran = Ran(p.path, "--json", "--rounds", "1", *cells)
    try:
        good = [json.loads(line)["verdict"] for line in ran.out.splitlines()]
    except (ValueError, KeyError):
        good = []
    report(good, f"{p.name} --json is JSON", ran)


def longer(work):
    """With more time than it asks for, a matrix comes to all of its cells on a slow machine."""
    ran = Ran(f"{BUILD}/runner/lostwrite", "run", "full", "--for", "40m", "--results", f"{work}/results", "--match",
              "matrix-coherence.anon4k.dirty.odirect-read.fork-lives.sector")
    with open(f"{work}/results/latest/journal.jsonl", encoding="utf-8") as journal:
        report(re.search('"matrix-coherence",.*"--limit","2[0-9][0-9][0-9]"', journal.read()),
               "--for gives a matrix more time than its own", ran)


def as_user(work):
    """A user's userfaultfd may be told of user-mode faults only; then the kernel's writes are not tracked."""
    cell = "matrix-tracking.anon4k.populated.uffd-wp"
    if os.geteuid() or not shutil.which("setpriv"):
        return
    os.chmod(work, 0o755)
    os.mkdir(f"{work}/cases", 0o755)
    os.mkdir(f"{work}/user")
    os.chmod(f"{work}/user", 0o777)
    shutil.copy(f"{BUILD}/workloads/matrix-tracking", f"{work}/cases")
    shutil.copy(f"{BUILD}/runner/lostwrite", work)
    user = ["env", f"LOSTWRITE_STATE={work}/user/state", f"LOSTWRITE_PROGRAMS={work}/cases", "setpriv", "--reuid=65534",
            "--regid=65534", "--clear-groups"]
    ran = Ran(*user, f"{work}/cases/matrix-tracking", "--cell", f"{cell}.nothing", "--cell", f"{cell}.nothing.uring")
    report(re.search(rf"^ok 1 {re.escape(cell)}.nothing( # SKIP uffd-wp: .*)?$", ran.out, re.M),
           "a user's own stores are tracked", ran)
    report(re.search(rf"^ok 2 {re.escape(cell)}.nothing.uring( # SKIP .*uffd-.*)?$", ran.out, re.M),
           "a device's are, where that is allowed", ran)
    ran = Ran(*user, f"{work}/lostwrite", "run", "--results", f"{work}/user/results", "--match", f"{cell}.memcg-reclaim")
    report(re.search("^0 of 1 cases have what they need; root would add 1$", ran.out + ran.err, re.M),
           "a user is told what root would add", ran)


def main():
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(130))  # what was made is removed
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        looked = list(pool.map(Program.look, programs()))
    # What disturbs the machine comes one after the other: tests/tap.sh, whole_machine.
    lock = os.open("/sys/kernel/mm", os.O_RDONLY)
    fcntl.flock(lock, fcntl.LOCK_EX)
    for number, p in enumerate(looked):
        d = metadata(p)
        for refusal in p.refusals:
            report(*refusal)
        cells = sound_cells(p, d)
        injection(p, d, cells, number)
        json_mode(p, cells)
    with tempfile.TemporaryDirectory(prefix="lostwrite-programs.") as work:
        longer(work)
        as_user(work)
    print(f"1..{count}")
    sys.exit(failures > 0)


main()
