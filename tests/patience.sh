#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A cell that is slow because the machine is has its time, one that hangs is ended, as TAP.
# $top_builddir (default: here) has runner/lostwrite and tests/slow.
set -u
# shellcheck source=tests/tap.sh
. "$(dirname "$0")/tap.sh"
workplace patience
command -v taskset >/dev/null || {
	echo "1..0 # SKIP not installed: taskset"
	exit 0
}
mkdir "$work/cases"
cp "$build/tests/slow" "$work/cases/slow" || exit 99
export LOSTWRITE_PROGRAMS=$work/cases

"$build/tests/slow" --cell hang >"$work/hang.out" 2>&1 &
hang=$!
# With eleven others on its processor 1.5 s of work take 18: longer than a cell may on an idle
# machine, and than the runner waits there.
cpu=$(taskset -cp $$ | sed 's/.*: *\([0-9]*\).*/\1/')
hogs=()
for _ in {1..11}; do
	taskset -c "$cpu" timeout 300 bash -c 'while :; do :; done' &
	hogs+=($!)
done
taskset -c "$cpu" "$lw" run --match slow.work --results "$work/r" >"$work/run.out" 2>&1 </dev/null
is "a slow machine: exit code" 0 $?
kill "${hogs[@]}"
is "a slow machine: verdict" pass "$(verdict "$work/r/latest" slow.work)"
has "a slow machine: said by the program" "^# patience [0-9]* s more: the machine is [0-9.]* times slower" \
	"$work/r/latest/slow/out.log"
has "a slow machine: said by the runner" '"event":"patience".*"program":"slow".*"seconds":[1-9]' \
	"$work/r/latest/journal.jsonl"
"$lw" report "$work/r/latest" >/dev/null
is "a slow machine: report reads it" 0 $?
wait "$hang"
is "a cell that hangs: exit code" 99 $?
has "a cell that hangs: says so" "^not ok 1 slow.hang # ERROR no verdict within [0-9]* s.*: the test hangs" "$work/hang.out"
end
