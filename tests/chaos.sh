#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Runs that die at random: chaos.sh [KILLS [SEED]]. Each is a run of a few programs; at a
# random moment a random one of its processes, or all, get a random signal. Then: no
# finished verdict is lost, the journal reads, and after undo the machine is as before.
set -u
# shellcheck source=tests/tap.sh
. "$(dirname "$0")/tap.sh"
# shellcheck source=tests/machine.sh
. "$(dirname "$0")/machine.sh"
kills=${1:-${LOSTWRITE_CHAOS:-8}}
RANDOM=${2:-1}
workplace chaos
if [ "$(id -u)" -ne 0 ]; then
	echo "1..0 # SKIP run as root: without it nothing is borrowed"
	exit 0
fi

whole_machine
pid=
# shellcheck disable=SC2317 # called by the trap
finish() {
	if [ -n "$pid" ]; then
		mapfile -t all < <(descendants "$pid")
		kill -KILL "${all[@]}" 2>/dev/null
		wait
	fi
	"$lw" undo >/dev/null
	rm -rf "$work"
}
trap finish EXIT

# One of each kind of set-up: swap of every sort, FUSE, io_uring, uffd, KSM, THP, memcg.
selections=('odirect-read-vs-*' 'uring-fixed-*' 'uffdwp-*' 'softdirty-* or pagemap-scan-written'
	'matrix-persistence.file.*' 'matrix-persistence.zram*' 'matrix-persistence.zswap*'
	'matrix-persistence.two.*' 'matrix-persistence.loop-*' 'matrix-persistence.block.*'
	'matrix-persistence.slow.*' 'matrix-coherence.*.memcg-reclaim*' 'matrix-coherence.ksm.*'
	'matrix-disturb' 'matrix-file' 'storm-snapshot' 'zswap-* or thp-pin*')
signals=(KILL KILL KILL TERM INT HUP ABRT STOP)

running() { # the suite's processes that are left: of ours, which have our state directory
	find /proc -maxdepth 2 -name exe -lname "$build/*" 2>/dev/null | while read -r exe; do
		grep -qzxF "LOSTWRITE_STATE=$LOSTWRITE_STATE" "${exe%/exe}/environ" 2>/dev/null || continue
		! grep -q '^State:.*[ZX]' "${exe%/exe}/status" 2>/dev/null || continue
		tr '\0' ' ' <"${exe%/exe}/cmdline"
		echo
	done
}
# What a person was shown: each line must be in the journal.
shown_lost() {
	local verdict id
	while read -r verdict id _; do
		case $verdict in
		pass | CORRUPT | corrupt | skip | broken | crashed | inconclusive) ;;
		*) continue ;;
		esac
		grep -qs "\"event\":\"verdict\",\"id\":\"$id\"" "$1/journal.jsonl" || echo "$id"
	done <"$2"
}
# Verdicts of the journal that its report does not have; the one that ran may be crashed.
verdicts_lost() {
	[ -e "$1/journal.jsonl" ] || return # killed before there was a run
	"$lw" report "$1" >"$work/report" 2>&1 || echo "no report: $(cat "$work/report")"
	python3 - "$1" <<-'END'
		import json, sys
		said = {}
		for line in open(sys.argv[1] + "/journal.jsonl"):
		    try:
		        event = json.loads(line)
		    except ValueError:
		        continue
		    if event["event"] == "verdict":
		        said[event["id"]] = event["verdict"]
		told = {c["id"]: c["verdict"] for c in json.load(open(sys.argv[1] + "/summary.json"))["cases"]}
		for case, verdict in said.items():
		    if told.get(case) != verdict:
		        print(case, verdict, told.get(case))
	END
}

exec 2>"$work/noise" # the shell tells of each process that was killed
lost=0 left=0 died=0
for ((i = 1; i <= kills; i++)); do
	rm -rf "$work/results"
	selection=${selections[RANDOM % ${#selections[@]}]}
	"$lw" run full --results "$work/results" --match "$selection" --seed "$RANDOM" >"$work/out" 2>&1 </dev/null &
	pid=$!
	for _ in {1..500}; do [ ! -e "$work/results/latest" ] || break; sleep 0.02; done
	sleep "$((RANDOM % 3)).$((RANDOM % 90 + 10))"
	mapfile -t all < <(descendants "$pid")
	signal=${signals[RANDOM % ${#signals[@]}]} whom=${all[RANDOM % ${#all[@]}]}
	what="#$i $selection: $signal to"
	remember
	case $((RANDOM % 4)) in
	0) what+=" all ${#all[@]} processes" && kill "-$signal" "${all[@]}" 2>/dev/null ;;
	1) what+=" the runner" && kill "-$signal" "$pid" 2>/dev/null ;;
	*)
		what+=" $(cat "/proc/$whom/comm" 2>/dev/null)"
		kill "-$signal" "$whom" 2>/dev/null
		sleep 0.3
		kill -KILL "$pid" 2>/dev/null
		;;
	esac
	if [ "$signal" = STOP ]; then # who stands still is ended for good, by a person
		sleep 0.3
		kill -KILL "${all[@]}" 2>/dev/null
	fi
	wait "$pid" 2>/dev/null && status=0 || status=$?
	pid=
	died=$((died + (status > 128)))
	"$lw" undo >"$work/undo" 2>&1 || echo "# $what: undo: $(cat "$work/undo")"
	bad=$(verdicts_lost "$work/results/latest")$(shown_lost "$work/results/latest" "$work/out")
	[ -z "$bad" ] || echo "# $what: lost: $bad"
	lost=$((lost + ${#bad}))
	for _ in {1..30}; do [ -n "$(running)" ] || break; sleep 0.1; done
	rest=$(still_borrowed)$(running)
	[ -z "$rest" ] || echo "# $what: left: $rest"
	left=$((left + ${#rest}))
done
[ "$lost" -eq 0 ]
report $? "$kills runs with random signals ($died killed): no finished verdict is lost"
[ "$left" -eq 0 ]
report $? "and nothing of $looked_at steps is left behind"
end
