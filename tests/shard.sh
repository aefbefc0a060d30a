#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A selection dealt out to several machines, and what they found as one report. As TAP.
set -u
# shellcheck source=tests/tap.sh
. "$(dirname "$0")/tap.sh"
workplace shard
stubs pass pass2 pass3 slow corrupt open skip multi

field() { # DIR EXPRESSION: of its summary, as s
	python3 -c 'import json, sys; s = json.load(open(sys.argv[1] + "/summary.json")); print(eval(sys.argv[2]))' "$1" "$2"
}
ids='" ".join(sorted(c["id"] for c in s["cases"]))'

"$lw" run --results "$work/all" --seed 1 >"$work/out" 2>&1
for part in 1 2 3; do
	"$lw" shard "$part/3" --results "$work/$part" --seed 1 >"$work/out.$part" 2>&1
	"$lw" shard "$part/3" --results "$work/again-$part" --seed 1 >/dev/null 2>&1
	is "part $part is the same each time" "$(field "$work/$part/latest" "$ids")" "$(field "$work/again-$part/latest" "$ids")"
done
is "there are cases" 10 "$(field "$work/all/latest" 'len(s["cases"])')"
is "the parts are all, and none twice" "$(field "$work/all/latest" "$ids")" \
	"$(for part in 1 2 3; do field "$work/$part/latest" "$ids"; done | tr ' ' '\n' | LC_ALL=C sort | tr '\n' ' ' | sed 's/ $//')"

echo "# by recorded times"
mkdir "$work/times"
python3 - "$work/all/latest/journal.jsonl" "$work/times/journal.jsonl" <<'END'
import json, sys
with open(sys.argv[2], "w") as out:
    for line in open(sys.argv[1]):
        event = json.loads(line)
        if event["event"] == "verdict":
            event["seconds"] = 100 if event["id"] == "stub-pass2" else 1
        print(json.dumps(event), file=out)
END
"$lw" shard 1/2 --times "$work/times" --results "$work/timed" >"$work/out" 2>&1
is "what takes longest is a part" "stub-pass2" "$(field "$work/timed/latest" "$ids")"
"$lw" shard 1/2 --times "$work/none" >"$work/out" 2>&1
is "no such run: exit code" 2 $?

echo "# merged"
merged() { # DIR...: the directory in $dir
	"$lw" report merge "$@" --results "$work/merged" >"$work/out" 2>&1
	rc=$?
	dir=$(sed -n 's/^results: //p' "$work/out")
}
merged "$work"/[123]/latest
is "exit code" 0 "$rc"
is "all cases are in it" "$(field "$work/all/latest" "$ids")" "$(field "$dir" "$ids")"
is "with the same verdicts" "$(field "$work/all/latest" 's["counts"], s["exit"], s["passes"]')" "$(field "$dir" 's["counts"], s["exit"], s["passes"]')"
[ -s "$dir/report.html" ] && [ -s "$dir/results.ktap" ]
report $? "it has its reports"
merged "$work/all/latest" "$work/1/latest" "$work/all/latest"
is "what several had are passes" "3 3 1" "$(field "$dir" 's["passes"], max(sum(c["verdicts"].values()) for c in s["cases"]), s["exit"]' | tr -d '(),')"
mkdir "$work/cut"
grep -v '"event":"end"' "$work/2/latest/journal.jsonl" | sed '$d' | sed '$d' >"$work/cut/journal.jsonl"
merged "$work/1/latest" "$work/cut"
is "a part that was cut off: as its own report says" "$("$lw" report "$work/cut" >/dev/null && field "$work/cut" 's["counts"]["crashed"], s["counts"]["notrun"]')" \
	"$(field "$dir" 's["counts"]["crashed"], s["counts"]["notrun"]')"
sed 's/"kernel":"[^"]*"/"kernel":"5.4"/' "$work/2/latest/journal.jsonl" >"$work/cut/journal.jsonl"
merged "$work/1/latest" "$work/cut"
is "another kernel: exit code" 2 "$rc"
has "another kernel: why" "compare' tells" "$work/out"
merged "$work/1/latest" "$work/none"
is "no run: exit code" 2 "$rc"
"$lw" report merge >"$work/out" 2>&1
is "no directory: exit code" 64 $?
is "nothing half is left" 3 "$(find "$work/merged" -mindepth 1 -maxdepth 1 -type d | wc -l)"

echo "# bad input"
for words in 0/3 4/3 3 a/b 1/; do
	"$lw" shard "$words" >"$work/out" 2>&1
	is "shard '$words': exit code" 64 $?
	is "shard '$words': one line" 1 "$(wc -l <"$work/out")"
done
"$lw" shard 2/2 --match stub-pass --results "$work/empty" >"$work/out" 2>&1
is "an empty part: exit code" 3 $?
has "an empty part: said" "nothing is left for it" "$work/out"
end
