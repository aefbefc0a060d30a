#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What is written to the kernel log while a case runs, as TAP. The log is the whole
# machine's: no other run may be on, or this is blamed on it as well.
set -u
# shellcheck source=tests/tap.sh
. "$(dirname "$0")/tap.sh"
workplace kernel-log
stubs pass warn expect
if [ "$(id -u)" != 0 ] || ! : 2>/dev/null >>/dev/kmsg; then
	skip "a kernel warning" "cannot write to /dev/kmsg"
	end
fi

run() { # NAME EXPRESSION: its exit code in $rc, its run directory in $dir
	"$lw" run --results "$work/$1" --match "$2" >"$work/$1.out" 2>"$work/$1.err" </dev/null
	rc=$?
	dir=$work/$1/latest
}

run warn 'stub-warn or stub-pass'
is "a kernel warning: exit code" 1 "$rc"
is "a kernel warning: verdict" crashed "$(verdict "$dir" stub-warn)"
is "a kernel warning: the other case is not blamed" pass "$(verdict "$dir" stub-pass)"
has "a kernel warning: kernel.log" "WARNING: CPU: 0" "$dir/stub-warn/kernel.log"
has "a kernel warning: journal" '"event":"kernel","id":"stub-warn"' "$dir/journal.jsonl"
# Under emulation a watchdog's word alone is no fact about the kernel (lab/guest.c).
mkdir "$work/lockup"
for name in lockup lockup-hang; do cp "$build/tests/stub" "$work/lockup/stub-$name" || exit 99; done
LOSTWRITE_PROGRAMS=$work/lockup LOSTWRITE_EMULATED=1 run doubt 'stub-*'
is "a watchdog under emulation: a case that ends" pass "$(verdict "$dir" stub-lockup)"
has "a watchdog under emulation: kernel.log" "soft lockup" "$dir/stub-lockup/kernel.log"
is "a watchdog under emulation: a case that hangs" crashed "$(verdict "$dir" stub-lockup-hang)"
has "a watchdog under emulation: its reason" "kernel fault: watchdog: BUG: soft lockup .*the test hangs" "$work/doubt.out"
LOSTWRITE_PROGRAMS=$work/lockup run lockup stub-lockup
is "a watchdog on a machine" crashed "$(verdict "$dir" stub-lockup)"
run expect stub-expect
is "a kernel warning that was announced: exit code" 0 "$rc"
end
