#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Runs that were cut off go on: killed, interrupted, or with the machine that went down
# under them (a journal with another boot id). As TAP, with stub programs.
set -u
# shellcheck source=tests/tap.sh
. "$(dirname "$0")/tap.sh"
workplace resume
stubs pass pass2 multi sigkill stall tail
mkdir "$work/pstore"
export LOSTWRITE_PSTORE=$work/pstore

runner=
# shellcheck disable=SC2317 # called by the trap
finish() {
	[ -z "$runner" ] || kill -KILL "$runner" 2>/dev/null
	wait
	"$lw" undo >/dev/null
	rm -rf "$work"
}
trap finish EXIT

begun() { # NAME CASE: how often
	local journal=$work/$1/latest/journal.jsonl

	if [ -e "$journal" ]; then grep -c "\"event\":\"cell\",\"id\":\"$2\"" "$journal"; else echo 0; fi
}
# cut NAME SIGNAL CASE VERB...: a run in NAME that gets SIGNAL when it is in CASE.
cut() {
	local name=$1 signal=$2 id=$3 before
	shift 3
	before=$(begun "$name" "$id")
	"$lw" "$@" >"$work/$name.cut" 2>&1 </dev/null &
	runner=$!
	for _ in {1..500}; do
		[ "$(begun "$name" "$id")" -le "$before" ] || break
		sleep 0.02
	done
	kill "-$signal" "$runner"
	wait "$runner" 2>/dev/null
	runner=
}
# resume NAME OPTION...: exit code in $rc, output in $work/NAME.{out,err}, run directory in $dir.
resume() {
	local name=$1
	shift
	"$lw" resume "$work/$name/latest" "$@" >"$work/$name.out" 2>"$work/$name.err" </dev/null
	rc=$?
	dir=$work/$name/latest
}
# rebooted NAME: the journal says that all this was in another boot.
rebooted() {
	sed -i 's/"boot_id":"[^"]*"/"boot_id":"01234567-89ab-cdef-0123-456789abcdef"/' "$work/$1/latest/journal.jsonl"
}
# refused NAME WORDS: it says so in one line, and exits with 2.
refused() {
	resume "$1"
	is "$1: exit code" 2 "$rc"
	has "$1: said" "$2" "$work/$1.err"
	is "$1: in one line" 1 "$(wc -l <"$work/$1.err")"
}
starts() { grep -c "\"event\":\"start\",\"program\":\"$2\"" "$work/$1/latest/journal.jsonl"; }

echo "# a killed runner"
cut killed KILL stub-stall.a run --results "$work/killed" --seed 9 --match 'not stub-s* or stub-stall.a'
printf '{"event":"verdict","id":"stub-st' >>"$work/killed/latest/journal.jsonl"
resume killed
is "exit code" 1 "$rc"
is "what ran is crashed" crashed "$(verdict "$dir" stub-stall.a)"
has "it is not blamed on the kernel" "^crashed  *stub-stall.a .*the machine stayed up" "$work/killed.out"
is "what passed stays" pass "$(verdict "$dir" stub-pass2)"
is "and is not run again" 1 "$(starts killed stub-pass2)"
has "the same seed" '"event":"resume"' "$dir/journal.jsonl"
lacks "the torn line is gone" 'stub-st"*$' "$dir/journal.jsonl"
lacks "what was not selected is not run" stub-stall.b "$dir/summary.json"
has "the reports are those of one run" '"finished": true' "$dir/summary.json"
cp "$dir/summary.json" "$work/summary"
"$lw" report "$dir" >/dev/null
cmp -s "$work/summary" "$dir/summary.json"
report $? "report derives the same from the journal"
refused killed "has ended"

echo "# an interrupted run"
cut again INT stub-stall.a run --results "$work/again" --seed 9 --match 'stub-stall or stub-pass or stub-tail'
is "first: not run" notrun "$(verdict "$work/again/latest" stub-stall.a)"
cut again KILL stub-stall.a resume "$work/again/latest"
cut again KILL stub-stall.b resume "$work/again/latest"
cut again KILL stub-stall.c resume "$work/again/latest"
resume again
is "killed again and again: exit code" 1 "$rc"
for c in a b c; do
	is "stub-stall.$c is crashed" crashed "$(verdict "$dir" stub-stall.$c)"
done
is "what is left of another program is run" pass "$(verdict "$dir" stub-tail)"
for c in d e; do
	is "stub-stall.$c is set aside" notrun "$(verdict "$dir" stub-stall.$c)"
done
has "and why" "^not run  *stub-stall.d .*set aside: 3 cases of this program crashed" "$work/again.out"
is "its program is not run again" 4 "$(starts again stub-stall)"
has "the seed is the first one's" '"program":"stub-stall".*"seed":9,' "$dir/journal.jsonl"

echo "# a machine that went down"
cut down KILL stub-stall.a run --results "$work/down" --match stub-stall.a
rebooted down
resume down
has "nothing was kept" "^crashed  *stub-stall.a .*the machine went down while it ran: a panic, a reset or" "$work/down.out"
cut panic KILL stub-stall.a run --results "$work/panic" --match 'stub-stall.a or stub-pass'
rebooted panic
cat >"$work/pstore/dmesg-efi-2" <<-'END'
	Panic#1 Part2
	<6>[   10.000000] all is well
END
cat >"$work/pstore/dmesg-efi-1" <<-'END'
	Panic#1 Part1
	<4>[   11.000000] BUG: Bad page map in process stub-stall  pte:ffffff
	<0>[   11.100000] Kernel panic - not syncing: panic_on_warn set ...
END
resume panic
is "exit code" 1 "$rc"
has "pstore: the fault is named" "^crashed  *stub-stall.a .*kernel fault: BUG: Bad page map in process" "$work/panic.out"
has "pstore: in the journal" '"event":"kernel","id":"stub-stall.a".*all is well' "$dir/journal.jsonl"
has "pstore: in kernel.log" 'all is well' "$dir/stub-stall/kernel.log"
cut old KILL stub-stall.a run --results "$work/old" --match stub-stall.a
rebooted old
touch -d '2 hours ago' "$work"/pstore/*
resume old
lacks "an old dump is of another crash" "Bad page map" "$work/old.out"
rm "$work"/pstore/*

echo "# passes"
"$lw" run nightly --for 3s --seed 1 --results "$work/passes" --match stub-sigkill >"$work/passes.out" 2>&1
has "what crashes twice is set aside" "^stub-sigkill.b is set aside: it crashed in 2 passes" "$work/passes.out"
timeout 60 "$lw" run nightly --for 1h --seed 1 --results "$work/alone" --match stub-sigkill.b >"$work/alone.out" 2>&1
is "a night ends when all of its cases are set aside" 1 $?
has "and only that" "stub-sigkill.b was bad in 2 of 2 passes" "$work/passes.out"
cut night KILL stub-stall.a run nightly --for 1h --results "$work/night" --match 'stub-stall or stub-pass'
resume night --for 1s
is "nightly: exit code" 1 "$rc"
[ "$(starts night stub-pass)" -ge 1 ]
report $? "nightly: --for is the time from now on"

echo "# what cannot go on"
cut kernel KILL stub-stall.a run --results "$work/kernel" --match stub-stall.a
sed -i '1s/"kernel":"[^"]*"/"kernel":"2.6.39"/' "$work/kernel/latest/journal.jsonl"
refused kernel "began on Linux 2.6.39"
mkdir -p "$work"/{empty,bad,vm,none}/latest
: >"$work/empty/latest/journal.jsonl"
refused empty "empty"
printf 'no journal\nat all\n' >"$work/bad/latest/journal.jsonl"
refused bad "not an event"
refused none "No such file"
sed '1s/"host"/"vm":{},"host"/' "$work/kernel/latest/journal.jsonl" >"$work/vm/latest/journal.jsonl"
refused vm "virtual machine"
"$lw" run --results "$work/on" --match stub-stall >/dev/null 2>&1 </dev/null &
runner=$!
wait_for stub-stall.a "$work/on/latest/journal.jsonl"
refused on "another run is on (pid $runner)"
kill -INT "$runner"
wait "$runner"
runner=
"$lw" resume "$work/killed/latest" more 2>"$work/err"
is "a word too many: exit code" 64 $?
end
