#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The forms for machines, as TAP: KTAP read back by prove and by automake's driver, JUnit and
# KCIDB against their schemas, with verdicts of each kind and with hostile words.
set -u
# shellcheck source=tests/tap.sh
. "$(dirname "$0")/tap.sh"
source=$(realpath "$(dirname "$0")/..")
workplace formats
stubs pass corrupt open skip inconclusive broken multi escape
"$lw" run --results "$work/results" >"$work/out" 2>&1
run=$work/results/latest
summary=$run/summary.json

count() { # VERDICT [KNOWN]: cases with it, known ones or others
	python3 - "$summary" "$@" <<-'END'
		import json, sys
		cases = json.load(open(sys.argv[1]))["cases"]
		print(sum(c["verdict"] == sys.argv[2] and (c["known"] is not None) == (len(sys.argv) > 3) for c in cases))
	END
}
valid() { # DESCRIPTION
	python3 - "$run/kcidb.json" "$source/docs/kcidb.schema.json" 2>"$work/why" <<-'END'
		import json, sys
		import jsonschema
		jsonschema.validate(*(json.load(open(path)) for path in sys.argv[1:]))
	END
	report $? "$1: kcidb.json" "$(tail -3 "$work/why")"
	if [ ! -e "$build/report/junit" ]; then
		skip "$1: junit.xml" "libxml2 is missing; install the package libxml2-dev"
		return
	fi
	xmllint --noout --schema "$source/docs/junit.xsd" "$run/junit.xml" 2>"$work/why"
	report $? "$1: junit.xml" "$(cat "$work/why")"
}

echo "# KTAP"
bad=$(($(count corrupt) + $(count broken)))
prove --exec cat "$run/results.ktap" >"$work/prove" 2>&1
has "prove counts what is new and what is broken" "Failed $bad/" "$work/prove"
bash "$source/build-aux/tap-driver.sh" --test-name run --log-file "$work/run.log" --trs-file "$work/run.trs" \
	--color-tests no --enable-hard-errors yes --expect-failure no -- cat "$run/results.ktap" >"$work/driver"
is "automake: known ones are XFAIL" "$(count corrupt known)" "$(grep -c '^XFAIL' "$work/driver")"
is "automake: new and broken ones are FAIL" "$bad" "$(grep -c '^FAIL' "$work/driver")"
is "automake: what says nothing is SKIP" "$(($(count skip) + $(count inconclusive) + $(count notrun)))" \
	"$(grep -c '^SKIP' "$work/driver")"

echo "# JUnit and KCIDB"
valid "a run with each verdict"
xml() { # XPATH
	xmllint --xpath "$1" "$run/junit.xml" 2>&1
}
if [ -e "$build/report/junit" ]; then
	is "JUnit: new ones are failures" "$(count corrupt)" "$(xml 'count(//testcase/failure)')"
	is "JUnit: broken ones are errors" "$(count broken)" "$(xml 'count(//testcase/error)')"
	is "JUnit: a known one is a skip that says so" 1 "$(xml 'count(//skipped[starts-with(., "open upstream: since")])')"
	is "JUnit: the totals are those of the cases" "$(xml 'count(//testcase)')" "$(xml 'string(/testsuites/@tests)')"
	is "JUnit: how to repeat it" 1 "$(xml 'count(//testcase[@name="stub-corrupt"]/system-out[contains(., "replay: stub --seed 7")])')"
fi
is "KCIDB: what is new fails, what is known has its reason" "FAIL None FAIL open upstream" "$(python3 - "$run/kcidb.json" <<-'END'
	import json, sys
	tests = {t["path"]: t for t in json.load(open(sys.argv[1]))["tests"]}
	print(*(w for name in ("stub-corrupt", "stub-open")
	        for t in [tests["lostwrite." + name]] for w in (t["status"], t["misc"].get("known_issue"))))
END
)"
LOSTWRITE_KCIDB_ORIGIN=mylab LOSTWRITE_KCIDB_BUILD=mylab:b7 "$lw" report "$run" >/dev/null
is "KCIDB: with the lab's origin and build no other is made up" "mylab mylab:b7 False" "$(python3 - "$run/kcidb.json" <<-'END'
	import json, sys
	d = json.load(open(sys.argv[1]))
	print(d["tests"][0]["origin"], d["tests"][0]["build_id"], "builds" in d)
END
)"

echo "# a journal of another version"
mkdir "$work/later" "$work/older"
sed 's/"journal":1/"journal":2/' "$run/journal.jsonl" >"$work/later/journal.jsonl"
"$lw" report "$work/later" >"$work/out" 2>&1
is "a later one: exit code" 2 $?
has "a later one: said in one line" "of a later lostwrite (journal version 2, this one knows 1)" "$work/out"
sed 's/"journal":1,//' "$run/journal.jsonl" >"$work/older/journal.jsonl"
"$lw" report "$work/older" >"$work/out" 2>&1
is "one that does not say it: exit code" 0 $?

echo "# hostile words"
python3 - "$run/journal.jsonl" <<'END'
import json, sys
lines = [json.loads(line) for line in open(sys.argv[1])]
bad = "<![CDATA[ ]]> </failure>&\"'\u001b[31m\u0007\u200b\ufffe\U0001f4a5\n" + "x" * 1000000
for event in lines:
    if event["event"] == "verdict" and event["verdict"] != "pass":
        event["diagnosis"] = event["replay"] = event["scene"] = event["reason"] = bad
    if event["event"] == "run":
        event["host"] = event["kernel"] = bad[:100]
open(sys.argv[1], "w").writelines(json.dumps(event) + "\n" for event in lines)
END
"$lw" report "$run" >"$work/out" 2>&1
is "report of them: exit code" 0 $?
valid "hostile words"
lacks "no control characters for a terminal" $'\033' "$work/out"
end
