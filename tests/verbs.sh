#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The verbs that run nothing (list, describe, help) and what no verb takes, as
# TAP, with stub programs. $top_builddir (default: here) has runner/lostwrite.
set -u
# shellcheck source=tests/tap.sh
. "$(dirname "$0")/tap.sh"
workplace verbs
stubs pass skip multi rules few undo sigkill
echo "not a program" >"$work/cases/README"
cp "$work/cases/README" "$work/cases/stub.o"
chmod +x "$work/cases/stub.o"

run() { # NAME ARGUMENTS: its exit code in $rc, its complaints in $work/NAME.err
	local name=$1
	shift
	"$lw" run --results "$work/$name" "$@" >"$work/$name.out" 2>"$work/$name.err" </dev/null
	rc=$?
}

echo "# list, describe, help"
"$lw" list >"$work/list"
has "list: tags and needs" "^stub-skip  *stub,single  *missing: swap$" "$work/list"
has "list: ok" "^stub-multi.a  *stub,many  *ok$" "$work/list"
lacks "list: only executables without a dot" "README\|stub\.o" "$work/list"
"$lw" list --match 'many and not (stub-few* or stub-undo | stub-sig*)' >"$work/list"
is "list: an expression" "stub-multi.a stub-multi.b stub-multi.c" \
	"$(sed 's/ .*//' "$work/list" | paste -sd ' ')"
"$lw" list --json --match 'stub-multi.a or stub-multi.b or stub-skip' >"$work/list"
has "list --json: the cells that are selected" \
	'^{"name": "stub-multi", "cells": 2, "needs": \[\], "missing": \[\], "kind": "stub"' "$work/list"
has "list --json: what is missing" '"needs": \["swap"\], "missing": \["swap"\]' "$work/list"
is "list --json: one line a program" 2 "$(wc -l <"$work/list")"
"$lw" list --all --match stub-rules >"$work/list"
has "list --all: what is left out, and why" \
	'^# stub-rules.hugetlb.swapped: 12 are not there: hugetlb pages are not reclaimed$' "$work/list"
"$lw" describe stub-multi >"$work/describe"
has "describe: the path" '"program": ".*/stub-multi"' "$work/describe"
is "describe: one line a program" 1 "$(wc -l <"$work/describe")"
for words in help --help -h --version "help run" "run --help" "list --help" "describe --help" \
	"report --help" "undo --help"; do
	# shellcheck disable=SC2086 # several words
	"$lw" $words >"$work/out" 2>"$work/err"
	is "$words: exit code" 0 $?
	[ -s "$work/out" ] && [ ! -s "$work/err" ]
	report $? "$words: on stdout"
done
LOSTWRITE_ARGV0=./run.sh "$lw" help >"$work/out"
has "run.sh is called by its name" "usage: ./run.sh" "$work/out"
LOSTWRITE_ARGV0=./run.sh "$lw" rnu 2>"$work/err"
has "in messages too" "^run.sh: unknown verb 'rnu'; did you mean 'run'?$" "$work/err"

echo "# bad input: exit code 64 and one line"
printf 'stub-pass  fine\nstub-alone\n' >"$work/known.list"
while IFS= read -r line; do
	eval "set -- $line"
	"$lw" "$@" >"$work/out" 2>"$work/err" </dev/null
	is "$line: exit code" 64 $?
	is "$line: one line" "1 0" "$(wc -l <"$work/err") $(wc -l <"$work/out")"
done <<-END
	nonsense
	--nonsense
	run fast
	run quick full
	run --nonsense
	run -x
	run --seed
	run --seed -1
	run --seed 1x
	run --seed 99999999999999999999
	run --seed ''
	run --seconds 0
	run --seconds 1e3
	run --rounds -5
	run --rounds 99999999999
	run --for 0
	run --for 5x
	run --for 9999999h
	run --match ''
	run --match '('
	run --match 'a b'
	run --match 'a and'
	run --match 'not'
	run --match ')'
	run --known '$work/nothing'
	run --known '$work/known.list'
	run --strict=yes
	list extra
	list --match 'a ||| b'
	describe a b
	report a b
	undo now
	undo --force
	help nonsense
END
"$lw" run --known "$work/known.list" 2>"$work/err"
has "a bad known file: file and line" "known.list:2: expected 'GLOB REASON'" "$work/err"
"$lw" run --match 'a and (b or )' 2>"$work/err"
has "a bad expression: column and what was expected" "column 13: expected a name, 'not' or '(', found ')'" \
	"$work/err"
run nothing --match stub-pas
is "nothing selected: exit code" 3 "$rc"
has "nothing selected: the nearest name" "did you mean 'stub-pass'" "$work/nothing.err"
run nothing --match 'single and stub-mlti.*'
has "nothing selected: the nearest names of the pattern that is to blame" \
	"did you mean 'stub-multi.a', 'stub-multi.b' or 'stub-multi.c'?$" "$work/nothing.err"
[ ! -e "$work/nothing" ]
report $? "nothing selected: no run directory"
LOSTWRITE_PROGRAMS=$work/nowhere "$lw" list 2>"$work/err"
is "no directory of programs: exit code" 2 $?
end
