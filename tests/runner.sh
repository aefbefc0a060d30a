#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Tests of the runner with stub programs, as TAP. $top_builddir (default: here)
# has runner/lostwrite and tests/stub. Everything happens in a temporary
# directory, which is also the runner's state directory.
set -u
# shellcheck source=tests/tap.sh
. "$(dirname "$0")/tap.sh"
workplace test
source=$(realpath "$(dirname "$0")/..")
stub=$build/tests/stub
mkdir "$work/all"
unset LOSTWRITE_SCRATCH
export LOSTWRITE_PROGRAMS=$work/all TERM=xterm

background=()
# shellcheck disable=SC2317 # called by the trap
finish() {
	for pid in "${background[@]}"; do kill -TERM "$pid" 2>/dev/null; done
	wait
	LOSTWRITE_STATE=$work/state "$lw" undo >/dev/null
	rm -rf "$work"
}
trap finish EXIT

runners=()
# run NAME ARGUMENTS: its exit code in $rc, its output in $work/NAME.{out,err},
# its run directory in $dir.
run() {
	local name=$1
	shift
	"$lw" run --results "$work/$name" "$@" >"$work/$name.out" 2>"$work/$name.err" </dev/null &
	runners+=($!)
	wait $!
	rc=$?
	dir=$work/$name/latest
}
# Our runners' cgroups; what somebody else left or uses is not ours to judge.
cgroups() {
	local pid

	while read -r _ where type _; do
		[ "$type" = cgroup2 ] || continue
		for pid in "${runners[@]}"; do find "$where" -name "lostwrite-$pid"; done
	done </proc/self/mounts
}
# A zombie is for its new parent to reap.
alive() { grep -q '^State:[[:space:]]*[^ZX[:space:]]' "/proc/$1/status" 2>/dev/null; }

for name in pass pass2 corrupt open fixed hazard skip skip2 late inconclusive broken multi sigkill \
	sigsegv silent badktap exitlie exitzero plan dies few twice unknown escape slow slow2 slow3 \
	spawn bomb args undo loud rules; do
	cp "$stub" "$work/all/stub-$name" || exit 99
done
echo "not a program" >"$work/all/README"
echo "not a program" >"$work/all/stub.o"
chmod +x "$work/all/stub.o"

# Those that take long run beside the others, each with a state of its own.
beside() { # NAME STUB...
	local name=$1 stubs
	shift
	mkdir "$work/p-$name"
	for stubs; do cp "$stub" "$work/p-$name/stub-$stubs"; done
	(
		export LOSTWRITE_STATE=$work/s-$name LOSTWRITE_PROGRAMS=$work/p-$name
		"$lw" run full --results "$work/$name" >"$work/$name.out" 2>"$work/$name.err" </dev/null
		echo $? >"$work/$name.rc"
	) &
	background+=($!)
}
beside hang hang pass
beside endless endless pass
beside odd describe-bad describe-exit describe-hang describe-name twin-a twin-b pass

echo "# verdicts and exit codes"
while read -r name id code expected; do
	run "one-$name" --match "stub-$name" --seed 7
	is "$name: exit code" "$code" "$rc"
	is "$name: verdict" "$expected" "$(verdict "$dir" "stub-$id")"
	is "$name: nothing on stderr" "" "$(cat "$work/one-$name.err")"
done <<-'END'
	pass         pass         0  pass
	corrupt      corrupt      1  corrupt
	open         open         0  corrupt
	hazard       hazard       0  corrupt
	skip         skip         77 skip
	late         late         77 notrun
	inconclusive inconclusive 77 inconclusive
	broken       broken       2  broken
	multi        multi.b      1  corrupt
	sigkill      sigkill.b    1  crashed
	sigsegv      sigsegv.b    1  crashed
	silent       silent       2  broken
	badktap      badktap      2  broken
	exitlie      exitlie      2  broken
	exitzero     exitzero     2  broken
	plan         plan         2  broken
	dies         dies         1  crashed
	few          few.b        2  broken
	twice        twice        2  broken
	unknown      unknown      2  broken
END
is "sigkill: what ran before passes" pass "$(verdict "$work/one-sigkill/latest" stub-sigkill.a)"
is "sigkill: what is behind is not run" notrun "$(verdict "$work/one-sigkill/latest" stub-sigkill.c)"
has "sigsegv: the signal is named" "killed by SIGSEGV" "$work/one-sigsegv.out"
has "silent: its last words are shown" "stub: nothing to say" "$work/one-silent.out"
has "badktap: the line is shown" "not KTAP: 'hello, world'" "$work/one-badktap.out"
has "exitlie: says why" "exit code 1 contradicts its results" "$work/one-exitlie.out"
has "plan: says why" "1 results, 2 planned" "$work/one-plan.out"
has "twice: says why" "a second result for 'stub-twice'" "$work/one-twice.out"
has "unknown: says why" "an unknown cell 'stub-nobody'" "$work/one-unknown.out"
has "corrupt: diagnosis" "^ *page 17 of 256" "$work/one-corrupt.out"
has "corrupt: replay" "^ *replay: stub --seed 7$" "$work/one-corrupt.out"
has "corrupt: class" '"class":"stale"' "$work/one-corrupt/latest/journal.jsonl"
has "corrupt: counters" '"counters":{"held":64}' "$work/one-corrupt/latest/journal.jsonl"
has "open: told apart" "^  open upstream: since 6.12.*(stub-open)$" "$work/one-open.out"
has "open: TODO in results.ktap" "^not ok 1 stub-open # TODO open upstream: since 6.12" \
	"$work/one-open/latest/results.ktap"
has "multi: one line a cell" "^pass  *stub-multi.c" "$work/one-multi.out"
run strict --match stub-open --strict
is "strict: an open bug counts" 1 "$rc"
run fixed --match stub-fixed
has "an open bug that passes is reported" "is it fixed? open upstream: .*(stub-fixed)$" "$work/fixed.out"
run skips --match 'stub-skip*'
is "all skipped: 77" 77 "$rc"
is "the same remedy once" 1 "$(grep -c 'no swap is active; swapon a file (stub-skip, stub-skip2)' \
	"$work/skips.out")"
run mixed --match 'stub-pass or stub-skip or stub-inconclusive'
is "a pass among skips: 0" 0 "$rc"
run escape --match stub-escape
lacks "no control characters of a program's" $'\033\|\007' "$work/escape.out"
has "a diagnosis that is not UTF-8 is kept" '"diagnosis":".*red.*bytes' "$dir/journal.jsonl"

echo "# what a program is told, and what it leaves behind"
run args --match stub-args --seed 7 --seconds 3 --rounds 9
has "options reach the program" "stub-args --seed 7 --seconds 3 --rounds 9$" "$dir/stub-args/out.log"
run cell --match 'stub-multi.a or stub-multi.c'
has "only the selected cells" '"--cell","stub-multi.a","--cell","stub-multi.c"' "$dir/journal.jsonl"
is "the corrupt cell did not run" 0 "$rc"
run verbose --match stub-args --verbose
has "--verbose shows diagnostics" "# args .*--verbose" "$work/verbose.out"
run spawn --match stub-spawn
pid=$(cat "$dir/stub-spawn/pid")
! alive "$pid"
report $? "a process that left its session is ended" "pid $pid lives"
has "leftovers are counted" '"leftovers":[1-9]' "$dir/journal.jsonl"
if grep -qw pids /sys/fs/cgroup/cgroup.subtree_control 2>/dev/null || [ -w /sys/fs/cgroup/pids/cgroup.procs ]; then
	run bomb --match stub-bomb
	forked=$(sed -n 's/.*"forked":\([0-9]*\).*/\1/p' "$dir/journal.jsonl")
	[ "$forked" -ge 3000 ] && [ "$forked" -lt 4096 ]
	report $? "a program gets 4096 processes" "it got $forked"
	is "and they are ended" 0 "$(pgrep -fc "$work/all/stub-bomb")"
else
	skip "a program gets 4096 processes" "no cgroup limits them"
fi
run undo --match stub-undo
[ ! -e "$work/state/changed" ]
report $? "what a killed program changed is undone" "$work/state/changed is there"
has "and the journal says so" '"event":"undo","program":"stub-undo"' "$dir/journal.jsonl"

echo "# the run directory"
cp -r "$work/one-multi/latest/." "$work/copy"
rm "$work/copy/summary.json" "$work/copy/results.ktap"
"$lw" report "$work/copy" >"$work/report.out" 2>&1
is "report: exit code" 0 $?
cmp -s "$work/copy/summary.json" "$work/one-multi/latest/summary.json"
report $? "report makes the same summary.json from the journal alone"
cmp -s "$work/copy/results.ktap" "$work/one-multi/latest/results.ktap"
report $? "report makes the same results.ktap"
has "report prints the table" "^corrupt  *stub-multi.b" "$work/report.out"
LOSTWRITE_RESULTS=$work/one-multi "$lw" report >/dev/null 2>&1
is "report takes the latest run" 0 $?
python=/usr/bin/python3
if $python -c 'import jsonschema' 2>/dev/null; then
	for name in one-multi one-sigkill one-skip strict; do
		$python - "$source/docs/summary.schema.json" "$work/$name/latest/summary.json" \
			2>"$work/schema.err" <<-'END'
			import json, sys, jsonschema
			jsonschema.Draft7Validator.check_schema(json.load(open(sys.argv[1])))
			jsonschema.validate(json.load(open(sys.argv[2])), json.load(open(sys.argv[1])))
		END
		report $? "summary.json of $name fits its schema" "$(tail -n 5 "$work/schema.err")"
	done
else
	skip "summary.json fits its schema" "python3-jsonschema is not installed"
fi
has "env.json has the kernel" "\"release\": \"$(uname -r)\"" "$work/one-multi/latest/env.json"
first=$(readlink "$work/one-multi/latest")
run one-multi --match stub-multi
[ "$(readlink "$dir")" != "$first" ] && [ -d "$work/one-multi/$first" ]
report $? "a run directory is never used again, and latest moves on"
sed '3s/.*/{"event": nonsense/' "$dir/journal.jsonl" >"$work/copy/journal.jsonl"
"$lw" report "$work/copy" >"$work/out" 2>"$work/err"
is "corrupt journal: exit code" 2 $?
has "corrupt journal: the line" "journal.jsonl:3: not an event" "$work/err"
is "corrupt journal: one line" 1 "$(wc -l <"$work/err")"
head -c -20 "$dir/journal.jsonl" >"$work/copy/journal.jsonl"
"$lw" report "$work/copy" >"$work/out" 2>"$work/err"
is "torn last line: exit code" 0 $?
has "torn last line: the run is not finished" '"finished": false' "$work/copy/summary.json"
: >"$work/copy/journal.jsonl"
"$lw" report "$work/copy" >"$work/out" 2>"$work/err"
is "empty journal: exit code" 2 $?
"$lw" report "$work/nowhere" >"$work/out" 2>"$work/err"
is "no journal: exit code" 2 $?
is "no journal: one line" 1 "$(wc -l <"$work/err")"
for path in "$work/all/README/x" /proc/nothing; do
	"$lw" run --match stub-pass --results "$path" >"$work/out" 2>"$work/err"
	is "unwritable results ($path): exit code" 2 $?
	is "unwritable results: one line" 1 "$(wc -l <"$work/err")"
	has "unwritable results: the remedy" "--results DIR" "$work/err"
done

echo "# full disks and taint, in a mount namespace"
if unshare -m true 2>/dev/null; then
	mkdir "$work/small" "$work/tiny"
	# shellcheck disable=SC2016 # expanded by the inner shell
	unshare -m sh -c '
		mount -t tmpfs -o size=4k tmpfs "$2/tiny" && mount -t tmpfs -o size=96k tmpfs "$2/small"
		"$1" run --match stub-pass --results "$2/tiny" >"$2/tiny.out" 2>"$2/tiny.err"
		echo $? >"$2/tiny.rc"
		ls "$2/tiny" >"$2/tiny.ls"
		"$1" run --match "stub-loud or stub-pass*" --results "$2/small" >"$2/small.out" 2>"$2/small.err"
		echo $? >"$2/small.rc"
		cp "$2/small/latest/journal.jsonl" "$2/small.journal"' sh "$lw" "$work"
	is "full disk at the start: exit code" 2 "$(cat "$work/tiny.rc")"
	is "full disk at the start: one line" 1 "$(wc -l <"$work/tiny.err")"
	has "full disk at the start: the remedy" "free some space" "$work/tiny.err"
	is "full disk at the start: nothing left" "" "$(cat "$work/tiny.ls")"
	is "full disk in mid-run: exit code" 2 "$(cat "$work/small.rc")"
	has "full disk in mid-run: said" "cannot write .*the run goes on" "$work/small.err"
	has "full disk in mid-run: the terminal has all" "^pass  *stub-pass2" "$work/small.out"
	has "full disk in mid-run: the journal has what it could" '"event":"start"' "$work/small.journal"
	tail -c 1 "$work/small.journal" | grep -q '^$'
	report $? "full disk in mid-run: no torn line"

	# zram whose memory is over fails writes, and fdatasync() with them, with EIO.
	zram=$(cat /sys/class/zram-control/hot_add 2>/dev/null)
	if [ -n "$zram" ]; then
		mkdir "$work/eio" "$work/p-eio"
		cp "$stub" "$work/p-eio/stub-eio"
		cp "$stub" "$work/p-eio/stub-pass"
		echo 16M >"/sys/block/zram$zram/disksize"
		# shellcheck disable=SC2016 # expanded by the inner shell
		STUB_EIO=/sys/block/zram$zram/mem_limit LOSTWRITE_PROGRAMS=$work/p-eio unshare -m sh -c '
			mkfs.ext4 -q -O ^has_journal "/dev/zram$3" && mount "/dev/zram$3" "$2/eio" || exit 99
			"$1" run --results "$2/eio" >"$2/eio.out" 2>"$2/eio.err"
			echo $? >"$2/eio.rc"
			umount "$2/eio"' sh "$lw" "$work" "$zram"
		echo "$zram" >/sys/class/zram-control/hot_remove
		is "a disk that fails in mid-run: exit code" 2 "$(cat "$work/eio.rc")"
		has "a disk that fails in mid-run: said" "cannot write .*Input/output error; the run goes on" "$work/eio.err"
		has "a disk that fails in mid-run: the terminal has all" "^pass  *stub-pass" "$work/eio.out"
	else
		skip "a disk that fails in mid-run" "the kernel has no zram"
	fi

	mkdir "$work/p-taint"
	cp "$stub" "$work/p-taint/stub-taint"
	echo 0 >"$work/tainted"
	# shellcheck disable=SC2016 # expanded by the inner shell
	STUB_TAINT=$work/tainted LOSTWRITE_PROGRAMS=$work/p-taint unshare -m sh -c '
		mount --bind "$STUB_TAINT" /proc/sys/kernel/tainted || exit 99
		exec "$1" run --results "$2/taint"' sh "$lw" "$work" >"$work/taint.out" 2>&1
	is "new taint: exit code" 1 $?
	has "new taint: said" "kernel fault: the kernel is tainted: W" "$work/taint.out"
else
	skip "full disks" "no mount namespace without root"
fi

echo "# interrupts and kills"
mkdir "$work/p-int"
cp "$work/all/stub-pass" "$work/p-int/stub-pass"
cp "$stub" "$work/p-int/stub-hang"
start_hanging() { # NAME
	LOSTWRITE_PROGRAMS=$work/p-int env --default-signal=INT "$lw" run --results "$work/$1" \
		>"$work/$1.out" 2>"$work/$1.err" </dev/null &
	runner=$!
	runners+=("$runner")
	wait_for '"event":"cell","id":"stub-hang.b"' "$work/$1/latest/journal.jsonl"
	program=$(cat "/proc/$runner/task/$runner/children" 2>/dev/null)
	program=${program%% *}
}
start_hanging both
run second --match stub-pass
is "two runs at once: exit code" 2 "$rc"
has "two runs at once: the pid of the first" "pid $runner)" "$work/second.err"
"$lw" report "$work/both/latest" >"$work/out" 2>"$work/err"
is "report of a run that is on: exit code" 2 $?
has "report of a run that is on: said" "the run is still on" "$work/err"
kill -INT "$runner"
wait "$runner"
is "^C: exit code" 130 $?
is "^C: what was running is not run" notrun "$(verdict "$work/both/latest" stub-hang.b)"
is "^C: so is what is behind" notrun "$(verdict "$work/both/latest" stub-pass)"
has "^C: reports are written" '"interrupted": true' "$work/both/latest/summary.json"
has "^C: the journal has its end" '"event":"end","exit":130' "$work/both/latest/journal.jsonl"
! alive "$program"
report $? "^C: a program that ignores SIGTERM is ended" "pid $program"
start_hanging twice
kill -TERM "$runner"
sleep 0.2
kill -TERM "$runner"
SECONDS=0
wait "$runner"
is "second ^C: exit code" 130 $?
[ "$SECONDS" -le 1 ]
report $? "second ^C: at once" "$SECONDS s"

start_hanging killed
kill -KILL "$runner"
wait "$runner" 2>/dev/null
"$lw" report "$work/killed/latest" >"$work/killed.report" 2>&1
is "killed runner: report" 0 $?
has "killed runner: what ran is crashed" "^crashed  *stub-hang.b" "$work/killed.report"
has "killed runner: what passed stays" "^pass  *stub-hang.a" "$work/killed.report"
has "killed runner: the rest is not run" "^not run  *stub-pass" "$work/killed.report"
"$lw" undo >"$work/undo.out" 2>&1
is "killed runner: undo" 0 $?
for _ in {1..50}; do alive "$program" && sleep 0.02; done
! alive "$program"
report $? "killed runner: undo ends its program" "pid $program"
"$lw" undo >"$work/undo.out" 2>&1
has "undo twice: nothing to do" "^nothing to undo$" "$work/undo.out"
run after --match stub-pass
is "killed runner: its lock is free" 0 "$rc"

echo "# time"
run budget --match 'stub-slow*' --for 1s
is "no time left: exit code" 0 "$rc"
is "no time left: the rest is not run" notrun "$(verdict "$dir" stub-slow3)"
has "no time left: said" "no time left in 'quick'" "$work/budget.out"
run nightly nightly --for 2s --match stub-pass --seed 100
is "nightly: exit code" 0 "$rc"
has "nightly: another seed each pass" '"pass":2,.*"seed":101' "$dir/journal.jsonl"
is "nightly: one result for a case" "1..1" "$(grep -x '1\.\..*' "$dir/results.ktap")"
passes=$(grep -c '"event":"start"' "$dir/journal.jsonl")
[ "$passes" -ge 2 ]
report $? "nightly: pass after pass" "$passes passes"
is "nightly: exposure is that of all passes" "$((64 * passes))" "$(sed -n '/"totals"/,/}/s/.*"held": \([0-9]*\).*/\1/p' "$dir/summary.json")"

# A matrix that is too slow for its own bound: each pass comes to one of its three cells.
mkdir "$work/p-late"
cat >"$work/p-late/stub-late" <<-'STUB'
	#!/bin/bash
	case $1 in
	--describe)
		printf '{"name":"stub-late","kind":"stub","summary":"slow","tags":["stub"],"seconds":1,"refs":[],"cve":[],"needs":[],"cells":['
		printf '{"id":"stub-late.%s","summary":"x"}%s' a , b , c ']}'
		echo
		exit
		;;
	esac
	cells=$(printf '%s\n' "$@" | sed -n 's/^stub-late\.//p')
	cells=${cells:-a b c}
	n=0
	printf 'KTAP version 1\n1..%d\n' "$(wc -w <<<"$cells")"
	for cell in $cells; do
		n=$((n + 1))
		if [ $n -gt 1 ]; then
			echo "ok $n stub-late.$cell # SKIP not run: the program's 1 s are over"
		else
			printf '# cell stub-late.%s\nok %d stub-late.%s\n' "$cell" $n "$cell"
		fi
	done
STUB
chmod +x "$work/p-late/stub-late"
LOSTWRITE_PROGRAMS=$work/p-late "$lw" run nightly --for 2s --results "$work/late" >"$work/late.out" 2>&1
is "nightly: what an earlier pass had no time for comes first" "a b c" \
	"$(sed -n 's/.*"event":"cell","id":"stub-late\.\(.\)".*/\1/p' "$work/late/latest/journal.jsonl" | head -3 | paste -sd ' ')"

echo "# the terminal"
run pipe --match 'stub-corrupt or stub-slow'
lacks "a pipe gets no escape codes" $'\033\|\r' "$work/pipe.out"
pty() { # NAME COMMAND
	script -qec "stty cols 60; $2" /dev/null >"$work/$1.pty" </dev/null
}
if command -v script >/dev/null; then
	command="$lw run --results $work/pty --match 'stub-corrupt or stub-slow'"
	pty plain "$command"
	has "a terminal has a progress line" $'\r\033\\[K\\[2/2\\] stub-slow  0\\.[0-9] s  pass 0 corrupt 1 skip 0' \
		"$work/plain.pty"
	has "a terminal has colours" $'\033\\[1;31mcorrupt' "$work/plain.pty"
	pty nocolor "NO_COLOR=1 $command"
	lacks "NO_COLOR" $'\033\\[[0-9;]*m' "$work/nocolor.pty"
	pty dumb "TERM=dumb $command"
	lacks "TERM=dumb" $'\033' "$work/dumb.pty"
else
	skip "a terminal" "no script(1)"
fi
"$lw" run --match stub-pass --results "$work/gone" 2>"$work/err" | head -n 0
is "a reader that goes away does not end the run" true "$(
	wait_for '"event":"end"' "$work/gone/latest/journal.jsonl"
	grep -q '"event":"end","exit":0' "$work/gone/latest/journal.jsonl" && echo true)"

echo "# known cases"
printf '# bug 4711\n\nstub-corr*  waiting for 6.12.60\n' >"$work/known.list"
run known --match stub-corrupt --known "$work/known.list"
is "known: exit code" 0 "$rc"
has "known: told" "^  known: waiting for 6.12.60 (stub-corrupt)$" "$work/known.out"
run known-strict --match stub-corrupt --known "$work/known.list" --strict
is "known and strict: exit code" 1 "$rc"
printf 'stub-pass  it will fail\n' >"$work/known.list"
run known-pass --match stub-pass --known "$work/known.list"
has "known, but passes" "is it fixed? known: it will fail (stub-pass)" "$work/known-pass.out"

echo "# those that took long"
for pid in "${background[@]}"; do wait "$pid"; done
background=()
is "hang: exit code" 2 "$(cat "$work/hang.rc")"
is "hang: verdict" broken "$(verdict "$work/hang/latest" stub-hang.b)"
is "hang: what ran before passes" pass "$(verdict "$work/hang/latest" stub-hang.a)"
is "hang: what is behind is not run" notrun "$(verdict "$work/hang/latest" stub-hang.c)"
is "hang: the next program runs" pass "$(verdict "$work/hang/latest" stub-pass)"
has "hang: says it hangs" "no verdict within \(16 s\|[0-9]* s on a machine that is [0-9.]* times slower than usual\): it hangs" "$work/hang.out"
is "endless: exit code" 2 "$(cat "$work/endless.rc")"
is "endless: what it said stands" pass "$(verdict "$work/endless/latest" stub-endless.a)"
is "endless: its last verdict does not" broken "$(verdict "$work/endless/latest" stub-endless.b)"
size=$(stat -c %s "$work/endless/latest/stub-endless/out.log")
[ "$size" -gt 16777000 ] && [ "$size" -lt 16780000 ]
report $? "endless: out.log ends at 16 MiB" "$size bytes"
has "endless: and says so" "the rest is left out" "$work/endless/latest/stub-endless/out.log"
is "odd --describe: exit code" 2 "$(cat "$work/odd.rc")"
has "odd --describe: no JSON" "^broken  *stub-describe-bad .*not a JSON object" "$work/odd.out"
has "odd --describe: exit code" "^broken  *stub-describe-exit .*exit code 3" "$work/odd.out"
has "odd --describe: hangs" "^broken  *stub-describe-hang .*no answer within 30 s" "$work/odd.out"
has "odd --describe: another name" "^broken  *stub-describe-name .*the file is" "$work/odd.out"
has "odd --describe: an id twice" "^broken  *stub-twin-b .*stub-twin is also in" "$work/odd.out"
has "odd --describe: the others run" "^pass  *stub-pass" "$work/odd.out"

echo "# nothing is left"
is "no cgroup" "" "$(cgroups)"
is "no process" "" "$(find /proc -maxdepth 2 -name exe -lname "$work/*" 2>/dev/null)"
is "no undo log" "" "$(ls "$work/state/undo")"
end
