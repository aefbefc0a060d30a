#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The history over nights: import, rates, files that are none, several writers. As TAP.
set -u
# shellcheck source=tests/tap.sh
. "$(dirname "$0")/tap.sh"
workplace history
if [ ! -e "$build/report/history" ]; then
	"$lw" history 2>&1 | grep -q "install libsqlite3-dev"
	report $? "without SQLite it says what to install"
	end
fi
export LC_ALL=C
stubs pass corrupt open skip
db=$work/history.db

history() { # WORD...: exit code in $rc, output in $work/out and $work/err
	"$lw" history --file "$db" "$@" >"$work/out" 2>"$work/err"
	rc=$?
}
# Runs made of one: night N on KERNEL, where stub-pass has the verdict of WORD.
night() { # N KERNEL WORD
	mkdir -p "$work/nights/$1-$2"
	python3 - "$work/first/latest/journal.jsonl" "$work/nights/$1-$2/journal.jsonl" "$@" <<-'END'
		import json, sys
		source, target, number, kernel, word = sys.argv[1:]
		events = [json.loads(line) for line in open(source)]
		for event in events:
		    event["time"] = "2026-10-%02dT01:00:00.000Z" % int(number)
		    if event["event"] == "run":
		        event["kernel"] = kernel
		    if event["event"] == "verdict" and event["id"] == "stub-pass":
		        event["verdict"] = word
		open(target, "w").writelines(json.dumps(event) + "\n" for event in events)
	END
}

echo "# a run adds its own"
"$lw" run --results "$work/first" --seed 1 --history "$db" >"$work/run" 2>&1
is "its exit code stays" 1 $?
history
is "exit code" 0 "$rc"
has "how many" '^1 run of 1 kernel' "$work/out"
has "what was bad" '^stub-corrupt .* 1 *1 *100 % (20.7-100) .*x$' "$work/out"
has "what is known" '^stub-open .*x  open$' "$work/out"
lacks "what passes is not told unasked" '^stub-pass' "$work/out"
history 'stub-p*' stub-skip
has "asked, it is" '^stub-pass .* 1 *0 *0 % (0-79.3) .*\.$' "$work/out"
has "what says nothing has no rate" '^stub-skip .* 0 *0 *- .*-$' "$work/out"

echo "# nights"
for n in 1 2 3; do night "$n" 6.1 pass; done
night 4 6.1 corrupt
night 5 6.1 skip
night 5 7.0 corrupt
history import "$work/nights"
is "import: exit code" 0 "$rc"
is "import: all that are in it" 6 "$(grep -c '^added' "$work/out")"
history import "$work/nights"
is "again: none twice" 6 "$(grep -c '^was there' "$work/out")"
history stub-pass --kernel '6.1'
has "a rate with its interval, since when, night by night" '^stub-pass  *6.1  *4  *1  *25 % (4.56-69.9) *2026-10-04  \.\.\.x-  flaky$' "$work/out"
is "other kernels apart" 1 "$(grep -c '^stub-pass' "$work/out")"
history stub-pass --json
python3 -c '
import json, sys
rows = {r["kernel"]: r for r in json.load(open(sys.argv[1]))}
assert rows["6.1"]["flaky"] and rows["6.1"]["bad"] == 1 and len(rows["6.1"]["nights"]) == 5
assert not rows["7.0"]["flaky"] and rows["7.0"]["first_bad"].startswith("2026-10-05")' "$work/out" 2>"$work/why"
report $? "--json" "$(cat "$work/why")"

echo "# a run that went on"
night 8 6.2 pass
awk '/"event": "verdict".*"id": "stub-pass"/ {
	for (pass = 1; pass <= 12; pass++) {
		line = $0
		sub(/"pass": [0-9]*/, "\"pass\": " pass, line)
		if (pass == 3) sub(/"verdict": "pass"/, "\"verdict\": \"corrupt\"", line)
		print line
	}
	next
} { print }' "$work/nights/8-6.2/journal.jsonl" >"$work/passes" && mv "$work/passes" "$work/nights/8-6.2/journal.jsonl"
history import "$work/nights/8-6.2"
history stub-pass --kernel 6.2
has "once in a night of many passes is not never" '^stub-pass  *6.2  *12  *1 .*  1  flaky$' "$work/out"
night 6 6.1 pass
sed -i '$d' "$work/nights/6-6.1/journal.jsonl"
history import "$work/nights/6-6.1"
night 6 6.1 corrupt
history import "$work/nights/6-6.1"
has "takes the place of what it was" '^added' "$work/out"
history stub-pass --kernel 6.1
has "and counts once" '^stub-pass  *6.1  *5  *2 ' "$work/out"

echo "# several at once"
rm "$db"
for n in 1 2 3 4 5 6-6.1; do
	"$lw" history import "$work/nights/${n%-*}-6.1" --file "$db" >"$work/at-once.$n" 2>&1 &
done
wait
history stub-pass --kernel 6.1
has "all are in" '^6 runs of 1 kernel' "$work/out"

echo "# what is none"
cp "$db" "$work/good.db"
printf 'no database, but long enough to look like none at all, whatever SQLite says of it.' >"$db"
history
is "no database: exit code" 2 "$rc"
has "no database: one line with the way out" "damaged, or no history at all.*history import RESULTS" "$work/err"
dd if=/dev/urandom of="$work/good.db" bs=4096 seek=1 count=4 conv=notrunc 2>/dev/null
db=$work/good.db
history
is "a damaged one: exit code" 2 "$rc"
is "a damaged one: one line" 1 "$(wc -l <"$work/err")"
"$lw" run --results "$work/first" --seed 2 --history "$db" >"$work/run" 2>&1
is "a run with it: what it found stays what it says" 1 $?
has "a run with it: said" "the run could not be added to" "$work/run"
db=$work/other.db
python3 -c 'import sqlite3, sys; sqlite3.connect(sys.argv[1]).execute("create table t(a)")' "$db"
history import "$work/nights"
has "another program's is left alone" "not a history of lostwrite" "$work/err"
db=$work/none.db
history
is "none: exit code" 2 "$rc"
has "none: how to make it" "No such file.*history import RESULTS" "$work/err"
[ ! -e "$db" ]
report $? "none: asking makes none"
history import "$work/cases"
has "no run: said" "no run in it" "$work/err"
history import
is "no directory: exit code" 64 "$rc"
end
