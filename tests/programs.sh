#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Every case program keeps the contract of docs/program-output.md: metadata,
# options, and an oracle that is seen to fail under each --inject kind.
set -u
# shellcheck source=tests/tap.sh
. "$(dirname "$0")/tap.sh"
build=${top_builddir:-.}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# Runs a program; its streams are in $work/out and $work/err, its status in $status.
run() {
	timeout 60 "$@" >"$work/out" 2>"$work/err" </dev/null
	status=$?
}

# Wrong options: status 64, one line on stderr, nothing on stdout.
refused() {
	run "$@"
	[ "$status" -eq 64 ] && [ "$(wc -l <"$work/err")" -eq 1 ] && [ ! -s "$work/out" ]
	report $? "$(basename "$1") ${*:2} is refused with one line and 64"
}

# What --describe must say, and --list beside it; a line for each rule that is broken.
lint() {
	python3 - "$work" "$1" <<-'PYTHON'
		import json, re, sys
		work, name = sys.argv[1:]
		lines = open(work + "/describe").read().splitlines()
		d = json.loads(lines[0])
		ids = [c["id"] for c in d["cells"]]
		rules = {
		    "is one line": len(lines) == 1,
		    "has its file's name and a summary": d["name"] == name and len(d["summary"]) > 20,
		    "has tags, oracles and kinds to inject": d["tags"] and d["oracles"] and d["inject"],
		    "is bounded": d["seconds"] <= (60 if d["kind"] == "reproducer" else 480),
		    "counts its exposure": any(c["exposure"] for c in d["counters"]),
		    "names its commits, or the version that broke it": d["refs"] or d["open"] or d["broken_since"] or
		        name.startswith("storm-"),
		    "has well-formed commits": all(re.fullmatch("linux-git:[0-9a-f]{12,40}", r) for r in d["refs"]),
		    "has well-formed CVEs": all(re.fullmatch("CVE-[0-9]{4}-[0-9]{4,}", c) for c in d["cve"]),
		    "says how to get what is missing": all(n["ok"] or (n["reason"] and n["remedy"]) for n in d["needs"]),
		    "has well-formed cells": all(
		        re.fullmatch(r"[a-z0-9-]+(\.[a-z0-9-]+)*", c["id"]) and c["summary"] for c in d["cells"]),
		    "names each cell once": len(set(ids)) == len(ids),
		    "leaves out nothing without a reason, and no rule is idle": all(
		        r["cells"] > 0 and len(r["reason"]) > 10 for r in d["cannot"]),
		    "lists the same cells": open(work + "/list").read().splitlines() == ids,
		    "gives the reasons in --list --all": len(d["cannot"]) == len(
		        re.findall("^# .* are not there: ", open(work + "/all").read(), re.M)),
		}
		broken = [rule for rule, good in rules.items() if not good]
		for rule in broken: print("# not so:", name, rule)
		sys.exit(1 if broken else 0)
	PYTHON
}

metadata() {
	local program=$1
	run "$program" --describe
	cp "$work/out" "$work/describe"
	run "$program" --list
	cp "$work/out" "$work/list"
	run "$program" --list --all
	cp "$work/out" "$work/all"
	lint "$(basename "$program")"
	report $? "$(basename "$program") describes itself"
}

# Options are the library's: programs with cells of a table, of axes, and of races.
options() {
	local program=$1
	case $program in */odirect-read-vs-fork | */matrix-coherence | */storm-snapshot | */storm-dio) ;; *) return ;; esac
	refused "$program" --no-such-option
	refused "$program" --round 3
	run "$program" --cell nothing-like-this
	[ "$status" -eq 3 ] && [ "$(wc -l <"$work/err")" -eq 1 ] && [ ! -s "$work/out" ]
	report $? "$(basename "$program") --cell nothing-like-this is refused with one line and 3"
	run "$program" --cell "$(python3 -c 'import json,sys
id = json.load(open(sys.argv[1]))["cells"][-1]["id"]
print(id + id[-1])' "$work/describe")"
	[ "$status" -eq 3 ] && grep -qF "; did you mean '" "$work/err"
	report $? "$(basename "$program") --cell with a slip is told the nearest name"
	refused "$program" --all
	refused "$program" --inject nothing-like-this
	refused "$program" stray
	for bad in -1 0 x 1.5 99999999999999999999; do
		refused "$program" --rounds "$bad"
		refused "$program" --seconds "$bad"
	done
	refused "$program" --seed -1
	refused "$program" --seed
	run "$program" --help
	[ "$status" -eq 0 ] && grep -q Examples "$work/out"
	report $? "$(basename "$program") --help shows examples"
	run "$program" --version
	[ "$status" -eq 0 ] && grep -q lostwrite "$work/out"
	report $? "$(basename "$program") --version"
}

# The cells that no open bug makes corrupt already; of a matrix, some from all over.
sound_cells() {
	python3 -c 'import json,sys
cells = [c["id"] for c in json.load(open(sys.argv[1]))["cells"] if not c["open"]]
# Cells without a disturbance pass calmly, and rightly so.
cells = [c for c in cells if ".nothing" not in c]
# Where nothing is written no report can be hidden.
cells = [c for c in cells if ".quiet" not in c]
storm = json.load(open(sys.argv[1]))["kind"] == "storm"
for id in cells[::len(cells) // (3 if storm else 12) + 1]: print("--cell", id, sep="\n")' "$work/describe"
	# What races over an arena is damaged at its end: that needs no time.
	"$1" --help | grep -q '^  --for' && printf '%s\n' --for 100ms
}

# What the diagnosis must say for an --inject kind.
said() {
	case $1 in
	leak) echo 'leaked write' ;;
	unreported) echo 'unreported write' ;;
	ghost) echo 'and reported;' ;;
	bit-flip) echo 'bit flip' ;;
	*) echo "($1" ;;
	esac
}

# A matrix has cells in which a kind cannot be: zeros where there are zeros anyhow, a
# report hidden where none is promised, no disturbance but the tracking itself.
few_pass() {
	local allowed=0 passed
	passed=$(grep '^ok' "$work/out" | grep -cv '# SKIP')
	case $1 in matrix-*) allowed=$(($(grep -Ec '^(not )?ok' "$work/out") / 4)) ;; esac
	[ "$passed" -le "$allowed" ]
}

injection() {
	local program=$1 name kind
	name=$(basename "$program")
	for kind in $(python3 -c 'import json,sys; print(*json.load(open(sys.argv[1]))["inject"])' "$work/describe"); do
		run "$program" --inject "$kind" --seed 7 --rounds 1 "${cells[@]}"
		if [ "$status" -eq 77 ]; then
			skip "$name --inject $kind" "$(sed -n 's/.*# SKIP //p' "$work/out" | head -1)"
		elif [ "$kind" = calm ]; then
			grep -q '# SKIP inconclusive' "$work/out" && ! grep -q '^not ok' "$work/out" && few_pass "$name"
			report $? "$name without its disturbance is inconclusive"
		else
			# Each cell that ran, and not just one of them, must fail.
			[ "$status" -eq 1 ] && few_pass "$name" &&
				grep '^# corrupt' "$work/out" | grep -qF "$(said "$kind")" &&
				grep -q '^# replay' "$work/out"
			report $? "$name --inject $kind is seen and named"
		fi
	done
}

json_mode() {
	local program=$1
	run "$program" --json --rounds 1 "${cells[@]}"
	python3 -c 'import json,sys
n = [json.loads(line)["verdict"] for line in open(sys.argv[1])]
sys.exit(0 if n else 1)' "$work/out"
	report $? "$(basename "$program") --json is JSON"
}

for program in "$build"/reproducers/* "$build"/workloads/*; do
	if [ ! -f "$program" ] || [ ! -x "$program" ] || [[ $(basename "$program") == *.* ]]; then continue; fi
	metadata "$program"
	options "$program"
	mapfile -t cells < <(sound_cells "$program")
	injection "$program"
	json_mode "$program"
done
# With more time than it asks for, a matrix comes to all of its cells on a slow machine.
"$build/runner/lostwrite" run full --for 40m --results "$work/results" \
	--match matrix-coherence.anon4k.dirty.odirect-read.fork-lives.sector >"$work/out" 2>&1
grep -q '"matrix-coherence",.*"--limit","2[0-9][0-9][0-9]"' "$work/results/latest/journal.jsonl"
report $? "--for gives a matrix more time than its own"

# A user's userfaultfd may be told of user-mode faults only; then the kernel's writes are not tracked.
if [ "$(id -u)" = 0 ] && command -v setpriv >/dev/null; then
	mkdir "$work/cases" && chmod 755 "$work" "$work/cases" && mkdir -m 777 "$work/user"
	cp "$build/workloads/matrix-tracking" "$work/cases" && cp "$build/runner/lostwrite" "$work"
	user=(env LOSTWRITE_STATE="$work/user/state" LOSTWRITE_PROGRAMS="$work/cases" setpriv --reuid=65534 --regid=65534 --clear-groups)
	"${user[@]}" "$work/cases/matrix-tracking" \
		--cell matrix-tracking.anon4k.populated.uffd-wp.nothing --cell matrix-tracking.anon4k.populated.uffd-wp.nothing.uring \
		>"$work/out" 2>&1
	has "a user's own stores are tracked" "^ok 1 matrix-tracking.anon4k.populated.uffd-wp.nothing\( # SKIP uffd-wp: .*\)\?$" "$work/out"
	has "a device's are, where that is allowed" \
		"^ok 2 matrix-tracking.anon4k.populated.uffd-wp.nothing.uring\( # SKIP .*uffd-.*\)\?$" "$work/out"
	"${user[@]}" "$work/lostwrite" run --results "$work/user/results" \
		--match matrix-tracking.anon4k.populated.uffd-wp.memcg-reclaim >"$work/out" 2>&1
	has "a user is told what root would add" "^0 of 1 cases have what they need; root would add 1$" "$work/out"
fi
end
