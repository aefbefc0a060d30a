#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Every case program keeps the contract of docs/program-output.md: metadata,
# options, and an oracle that is seen to fail under each --inject kind.
set -u
build=${top_builddir:-.}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
count=0

ok() { # ok STATUS NAME
	count=$((count + 1))
	if [ "$1" -eq 0 ]; then echo "ok $count - $2"; else echo "not ok $count - $2"; fi
}

skip() { # skip NAME WHY
	count=$((count + 1))
	echo "ok $count - $1 # SKIP $2"
}

# Runs a program; its streams are in $work/out and $work/err, its status in $status.
run() {
	timeout 60 "$@" >"$work/out" 2>"$work/err" </dev/null
	status=$?
}

# Wrong options: status 64, one line on stderr, nothing on stdout.
refused() {
	run "$@"
	[ "$status" -eq 64 ] && [ "$(wc -l <"$work/err")" -eq 1 ] && [ ! -s "$work/out" ]
	ok $? "$(basename "$1") ${*:2} is refused with one line and 64"
}

# Asks Python about the description: lint EXPRESSION (d is the object).
lint() {
	python3 - "$work/describe" "$1" <<-'PYTHON'
		import json, re, sys
		d = json.load(open(sys.argv[1]))
		sys.exit(0 if eval(sys.argv[2]) else 1)
	PYTHON
}

metadata() {
	local program=$1 name
	name=$(basename "$program")
	run "$program" --describe
	cp "$work/out" "$work/describe"
	[ "$status" -eq 0 ] && [ "$(wc -l <"$work/out")" -eq 1 ]
	ok $? "$name --describe is one line"
	lint "d['name'] == '$name' and len(d['summary']) > 20"
	ok $? "$name has its file's name and a summary"
	lint "d['tags'] and d['oracles'] and d['inject'] and d['seconds'] <= (60 if d['kind'] == 'reproducer' else 300)"
	ok $? "$name has tags, oracles and a bound"
	lint "any(c['exposure'] for c in d['counters'])"
	ok $? "$name counts its exposure"
	lint "all(re.fullmatch(r'linux-git:[0-9a-f]{12,40}', r) for r in d['refs']) and d['refs'] or d['open']"
	ok $? "$name names its commits"
	lint "all(re.fullmatch(r'CVE-[0-9]{4}-[0-9]{4,}', c) for c in d['cve'])"
	ok $? "$name has well-formed CVEs"
	lint "all(n['ok'] or (n['reason'] and n['remedy']) for n in d['needs'])"
	ok $? "$name says how to get what is missing"
	lint "all(re.fullmatch(r'[a-z0-9-]+(\.[a-z0-9-]+)*', c['id']) and c['summary'] for c in d['cells'])"
	ok $? "$name has cells with ids and summaries"
	lint "all(r['cells'] > 0 and len(r['reason']) > 10 for r in d['cannot'])"
	ok $? "$name leaves out nothing without a reason, and no rule is idle"
	run "$program" --list --all
	[ "$status" -eq 0 ] && [ "$(grep -c '^# .* are not there: ' "$work/out")" -eq \
		"$(python3 -c 'import json,sys; print(len(json.load(open(sys.argv[1]))["cannot"]))' "$work/describe")" ]
	ok $? "$name --list --all gives the reasons"
	run "$program" --list
	python3 -c 'import json,sys; print(*[c["id"] for c in json.load(open(sys.argv[1]))["cells"]], sep="\n")' \
		"$work/describe" | cmp -s - "$work/out"
	ok $? "$name --list agrees"
}

options() {
	local program=$1
	refused "$program" --no-such-option
	refused "$program" --round 3
	run "$program" --cell nothing-like-this
	[ "$status" -eq 3 ] && [ "$(wc -l <"$work/err")" -eq 1 ] && [ ! -s "$work/out" ]
	ok $? "$(basename "$program") --cell nothing-like-this is refused with one line and 3"
	run "$program" --cell "$(python3 -c 'import json,sys
id = json.load(open(sys.argv[1]))["cells"][-1]["id"]
print(id + id[-1])' "$work/describe")"
	[ "$status" -eq 3 ] && grep -qF "; did you mean '" "$work/err"
	ok $? "$(basename "$program") --cell with a slip is told the nearest name"
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
	ok $? "$(basename "$program") --help shows examples"
	run "$program" --version
	[ "$status" -eq 0 ] && grep -q lostwrite "$work/out"
	ok $? "$(basename "$program") --version"
}

# The cells that no open bug makes corrupt already and that an --inject kind damages;
# of a matrix, some from all over.
sound_cells() {
	python3 -c 'import json,sys
cells = [c["id"] for c in json.load(open(sys.argv[1]))["cells"] if not c["open"]]
# Cells without a disturbance pass calmly, and rightly so.
cells = [c for c in cells if ".nothing" not in c]
# Where nothing is written no report can be hidden.
cells = [c for c in cells if ".quiet" not in c]
# To register again is tracking itself: there is no disturbance to leave out.
cells = [c for c in cells if ".reregister" not in c]
# What is zeros already cannot be damaged by zeros.
cells = [c for c in cells if sys.argv[2] != "zeros" or ".hole" not in c]
for id in cells[::len(cells) // 12 + 1]: print("--cell", id)' "$work/describe" "${1:-}"
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

injection() {
	local program=$1 name kind
	name=$(basename "$program")
	for kind in $(python3 -c 'import json,sys; print(*json.load(open(sys.argv[1]))["inject"])' "$work/describe"); do
		mapfile -t cells < <(sound_cells "$kind" | tr ' ' '\n')
		run "$program" --inject "$kind" --seed 7 --rounds 1 "${cells[@]}"
		if [ "$status" -eq 77 ]; then
			skip "$name --inject $kind" "$(sed -n 's/.*# SKIP //p' "$work/out" | head -1)"
		elif [ "$kind" = calm ]; then
			[ "$status" -eq 2 ] && ! grep -q '^not ok' "$work/out"
			ok $? "$name without its disturbance is inconclusive"
		else
			# Each cell that ran, and not just one of them, must fail.
			[ "$status" -eq 1 ] && ! grep '^ok' "$work/out" | grep -qv '# SKIP' &&
				grep '^# corrupt' "$work/out" | grep -qF "$(said "$kind")" &&
				grep -q '^# replay' "$work/out"
			ok $? "$name --inject $kind is seen and named"
		fi
	done
}

json_mode() {
	local program=$1
	mapfile -t cells < <(sound_cells | tr ' ' '\n')
	run "$program" --json --rounds 1 "${cells[@]}"
	python3 -c 'import json,sys
n = [json.loads(line)["verdict"] for line in open(sys.argv[1])]
sys.exit(0 if n else 1)' "$work/out"
	ok $? "$(basename "$program") --json is JSON"
}

for program in "$build"/reproducers/* "$build"/workloads/*; do
	if [ ! -f "$program" ] || [ ! -x "$program" ] || [[ $(basename "$program") == *.* ]]; then continue; fi
	metadata "$program"
	options "$program"
	injection "$program"
	json_mode "$program"
done
echo "1..$count"
