#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The page of a run, as TAP: what it must have, that nothing of a program's or the kernel's
# words becomes markup, and in a real browser (chromium, without it that part is skipped)
# that its filter works and no script fails.
set -u
# shellcheck source=tests/tap.sh
. "$(dirname "$0")/tap.sh"
workplace report
stubs pass corrupt open skip inconclusive broken multi escape
"$lw" run --results "$work/results" >"$work/out" 2>&1
run=$work/results/latest page=$run/report.html

echo "# what is on it"
has "the verdict comes first" "^<h1 class=\"corrupt\">Linux .*: lost writes in [0-9]* of [0-9]* cases.</h1>" "$page"
has "the diagnosis" "page 17 of 256" "$page"
has "the replay line" "replay: <code>stub --seed 7</code>" "$page"
has "what is known stands apart" "open upstream: since 6.12" "$page"
has "what is missing, and the remedy" "no swap is active; swapon a file" "$page"
lacks "nothing from elsewhere" "https\?://\|src=\|@import" "$page"

echo "# hostile words"
python3 - "$run/journal.jsonl" <<'END'
import json, sys
lines = [json.loads(line) for line in open(sys.argv[1])]
bad = "<script>document.title='no'</script>\"'><img src=x onerror=alert(1)>\x1b[31m\u0007" + "x" * 1000000
for event in lines:
    if event["event"] == "verdict" and event["verdict"] == "corrupt":
        event["diagnosis"] = event["replay"] = event["scene"] = bad
open(sys.argv[1], "w").writelines(json.dumps(event) + "\n" for event in lines)
END
"$lw" report "$run" >"$work/out" 2>&1
has "they are there as text" "&lt;script&gt;document.title='no'&lt;/script&gt;" "$page"
is "and the page has one script, its own" 1 "$(grep -o '<script' "$page" | wc -l)"
lacks "no markup of theirs" "<img" "$page"

# Cells enough for a map.
python3 - "$run/journal.jsonl" "$work/matrix" <<'END'
import json, os, sys
run = json.loads(open(sys.argv[1]).readline())
names = [f"matrix-x.{m}.dirty.{h}.{d}" for m in ("anon4k", "thp") for h in ("uring", "aio")
         for d in ("fork", "pageout", *(f"way-{i}" for i in range(10)))]
run["selection"] = [{"program": "matrix-x", "path": "x", "tags": [],
                     "cells": [{"id": n, "missing": [], "open": None, "hazard": None} for n in names]}]
os.mkdir(sys.argv[2])
with open(sys.argv[2] + "/journal.jsonl", "w") as out:
    print(json.dumps(run), file=out)
    print(json.dumps({"event": "start", "program": "matrix-x", "pass": 1, "cells": names}), file=out)
    for n in names:
        bad = n == "matrix-x.thp.dirty.aio.fork"
        print(json.dumps({"event": "verdict", "id": n, "program": "matrix-x", "pass": 1, "seconds": 0.1,
                          "verdict": "corrupt" if bad else "pass", "reason": None, "counters": {"exposed": 1},
                          "diagnosis": "page 3" if bad else None, "known": None}), file=out)
    print(json.dumps({"event": "end", "exit": 1}), file=out)
END
echo "# a matrix"
"$lw" report "$work/matrix" >"$work/out" 2>&1
page=$work/matrix/report.html
has "a map for each way to hold, the bad one open" "<details open><summary><code>matrix-x</code>: aio" "$page"
has "an entry with a sign beside its colour" '<td class="corrupt">X 1/1</td>' "$page"

echo "# in a browser"
if ! command -v chromium >/dev/null; then
	skip "filter and scripts" "chromium is missing; install the package chromium"
	end
fi
for width in 1280 400; do
	# The page, and behind it a script that filters and tells what is seen.
	cat "$page" - >"$work/tried.html" <<-'END'
		<script>
		var failed='none',box=document.getElementById('filter');
		window.onerror=function(m){failed=m};
		function rows(){return document.querySelectorAll('.f:not([hidden])').length}
		var all=rows();box.value='fork AIO';box.dispatchEvent(new Event('input'));var some=rows();
		box.value='';box.dispatchEvent(new Event('input'));
		document.title='all '+all+' some '+some+' again '+rows()+' failed '+failed+
			' wide '+(document.documentElement.scrollWidth>window.innerWidth);
		</script>
	END
	HOME=$work chromium --headless --no-sandbox --disable-gpu --user-data-dir="$work/browser" --window-size="$width,900" \
		--dump-dom "file://$work/tried.html" >"$work/dom" 2>/dev/null
	title=$(sed -n 's:.*<title>\(.*\)</title>.*:\1:p' "$work/dom")
	# One article, 24 rows of two maps, one row of the program; of these two name fork and aio.
	is "$width pixels: the filter hides and shows, no script fails, nothing is too wide" \
		"all 26 some 2 again 26 failed none wide false" "$title"
done
end
