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
run expect stub-expect
is "a kernel warning that was announced: exit code" 0 "$rc"
end
