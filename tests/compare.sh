#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Two runs compared: one journal with each kind of change made to its copy. As TAP.
set -u
# shellcheck source=tests/tap.sh
. "$(dirname "$0")/tap.sh"
workplace compare
stubs pass pass2 slow slow2 slow3 corrupt open skip multi
mkdir "$work/a" "$work/b" "$work/c"
"$lw" run --results "$work/runs" --seed 1 >/dev/null 2>&1
cp "$work/runs/latest/journal.jsonl" "$work/a"

# compare NAME A B OPTION...: exit code in $rc, output in $work/NAME
compare() {
	local name=$1
	shift
	"$lw" compare "$@" >"$work/$name" 2>"$work/$name.err"
	rc=$?
}

compare same "$work/a" "$work/a"
is "a run and itself: exit code" 0 "$rc"
has "a run and itself" '^Nothing changed' "$work/same"

change() { # ID KEY VALUE: in the verdict on ID in $changed
	python3 - "$changed" "$@" <<-'END'
		import json, sys
		path, case, key, value = sys.argv[1:]
		events = [json.loads(line) for line in open(path)]
		for event in events:
		    if event["event"] == "verdict" and event["id"] == case:
		        event[key] = json.loads(value)
		open(path, "w").writelines(json.dumps(e, separators=(",", ":")) + "\n" for e in events)
	END
}
changed=$work/b/journal.jsonl
cp "$work/a/journal.jsonl" "$changed"
change stub-pass verdict '"corrupt"'
change stub-pass diagnosis '"page 3: <b>zeros</b>"'
change stub-pass2 counters '{"held": 8}'
change stub-slow verdict '"skip"'
change stub-slow reason '"no swap"'
change stub-slow2 verdict '"broken"'
change stub-slow3 seconds 9.5
change stub-corrupt verdict '"pass"'
change stub-skip verdict '"pass"'
sed -i '1s/{"id":"stub-multi.c"/{"id":"stub-multi.d"/; s/"stub-multi.c"/"stub-multi.d"/g' "$work/b/journal.jsonl"
compare changed "$work/a" "$work/b"
is "worse: exit code" 1 "$rc"
has "worse: said" '^Worse than before' "$work/changed"
while read -r words; do
	has "$words" "$words" "$work/changed"
done <<-'END'
	^1 newly corrupt$
	^  pass         corrupt      stub-pass$
	page 3: <b>zeros
	^1 newly broken$
	^1 no longer tested$
	^  pass         skip         stub-slow$
	^1 fixed$
	^  corrupt      pass         stub-corrupt$
	^1 newly tested$
	^1 less exposed$
	held 8, was 64
	^1 slower$
	9.5 s, was 0.0 s
	^1 only in the first run$
	^1 only in the second run$
END
compare changed.json "$work/a" "$work/b" --json
is "--json: exit code" 1 "$rc"
python3 -c 'import json, sys; d = json.load(open(sys.argv[1])); assert d["worse"] and d["counts"]["fixed"] == 1 and len(d["changes"]) == 9' "$work/changed.json"
report $? "--json: what it says"
compare page.html "$work/a" "$work/b" --html
is "--html: exit code" 1 "$rc"
has "--html: what it says" '^<h1 class="corrupt">Worse than before' "$work/page.html"
has "--html: a row" '<td class="pass">pass</td><td class="corrupt">corrupt</td>' "$work/page.html"
lacks "--html: no markup from outside" '<b>zeros' "$work/page.html"
compare back "$work/b" "$work/a"
has "the other way round: what was corrupt is fixed" '^  corrupt      pass         stub-pass$' "$work/back"

cp "$work/a/journal.jsonl" "$work/c"
changed=$work/c/journal.jsonl
change stub-corrupt known '{"kind": "open", "reason": "r"}'
compare known "$work/c" "$work/c"
is "a known bug: exit code" 0 "$rc"
compare new "$work/c" "$work/a"
is "a new one in place of a known one: exit code" 1 "$rc"
compare better "$work/b" "$work/b"
is "as bad as before: exit code" 0 "$rc"

compare none "$work/a" "$work/none"
is "no run: exit code" 2 "$rc"
is "no run: one line" 1 "$(wc -l <"$work/none.err")"
compare one "$work/a"
is "one run only: exit code" 64 "$rc"
end
