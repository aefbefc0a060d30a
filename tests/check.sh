#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# usage: ./run.sh check [all | rest | fast | packages | STEP... | TEST...]
#
# The tests of lostwrite itself. Alone: what a change must pass, some ten minutes
# on two cores. `rest` is what that leaves out (other kernels, everything under
# sanitizers, a release's tarball, the whole quick profile), `all` is both.
# `fast` needs no root and about a minute: unit tests, and all that only reads
# journals; `packages` are the tests that need packages of their own. TEST is one
# of tests/ by its name without the ending, as scene, runner or test-model. These
# three run in build/.
#
# Two steps run at a time; each logs to build/check/STEP.log, and what it costs and
# catches stands in CONTRIBUTING.md. With LOSTWRITE_CHECK_SECONDS set, a step that
# is not over by then is ended or not begun, and counts as skipped. The last line
# counts the steps and the single points of the tests:
#
#   N passed, N failed, N skipped
#
# Exit: 0 when none failed, 1 when one did, 2 when nothing could be built, 64 for
# an unknown name, 130 interrupted.

set -u
export LC_ALL=C
unset LOSTWRITE_PROGRAMS LOSTWRITE_RESULTS LOSTWRITE_STATE MAKEFLAGS
top=$(dirname "$(dirname "$(readlink -f "$0")")")
check=$top/build/check
# Those that take long first, and side by side what waits and what computes.
steps=(gcc room selftest sanitizers clang cppcheck shellcheck format source man alone machine)
rest=(guests sanitized without install distcheck quick patience machine)
AT_ONCE=2
limit=${LOSTWRITE_CHECK_SECONDS:-999999}

# shellcheck source=tests/check-steps.sh
. "$top/tests/check-steps.sh"

# --- steps side by side ---

# Runs $step and leaves behind how it went: STEP.result, a line of word, tenths, note.
run_step() {
	local log=$check/$step.log start=${EPOCHREALTIME/./} status word note='' ok bad skip

	rm -f "$check/$step".{points,why,result}
	("step_$step") >"$log" 2>&1 </dev/null
	status=$?
	case $status in
	0) word=ok ;;
	77) word=skip note=$(tail -n 1 "$log") ;;
	*) word=FAILED note=$(head -n 1 "$check/$step.why" 2>/dev/null) ;;
	esac
	[ "$word$note" != FAILED ] || note=$(grep -aE '(error|FAILED|warning)[: ]|^[^ ]+:[0-9]+: ' "$log" | head -n 1)
	[ "$word$note" != FAILED ] || note=$(tail -n 1 "$log")
	if [ -s "$check/$step.points" ]; then
		ok=$(count PASS XFAIL) bad=$(count FAIL XPASS ERROR) skip=$(count SKIP)
		note="$ok points passed, $bad failed, $skip skipped${note:+; $note}"
	fi
	echo "$word $(((${EPOCHREALTIME/./} - start) / 100000)) ${ok:-0} ${bad:-0} ${skip:-0} $note" >"$check/$step.result"
}

count() { grep -cE "^($(IFS="|" && echo "$*"))( |\$)" "$check/$step.points"; }

# Tells of a step that is over, and adds it up.
tell_step() { # STEP
	local word tenths ok bad skip note

	read -r word tenths ok bad skip note 2>/dev/null <"$check/$1.result" ||
		word=FAILED tenths=$(((SECONDS - began[$1]) * 10)) ok=0 bad=0 skip=0 note='it was ended'
	[ "$word$timed_out" != FAILEDyes ] || word=skip bad=0 note="no time was left for it"
	case $word in
	ok) passed=$((passed + 1)) ;;
	skip) skipped=$((skipped + 1)) ;;
	*) failed=$((failed + 1)) ;;
	esac
	passed=$((passed + ok)) failed=$((failed + bad)) skipped=$((skipped + skip))
	clear_line
	printf '%-11s %-6s %4d.%d s  %s\n' "$1" "$word" $((tenths / 10)) $((tenths % 10)) "$note"
	[ "$word" = FAILED ] || return 0
	{
		if [ -s "$check/$1.why" ]; then head -n 40 "$check/$1.why"; else tail -n 15 "$check/$1.log"; fi
		echo "all of it: build/check/$1.log"
	} | sed 's/^/    /'
}

# On a terminal: what runs, and for how long.
clear_line() { [ ! -t 1 ] || printf '\r\033[K'; }
progress() {
	local step line=''

	[ -t 1 ] || return 0
	for step in "${!running[@]}"; do line+="$step $((SECONDS - began[$step])) s  "; done
	printf '\r\033[K%.78s' "running: $line"
}

declare -A running=() began=()
timed_out=
start_step() {
	began[$step]=$SECONDS
	set -m # a group of processes of its own, to be ended with
	run_step &
	set +m
	running[$step]=$!
}
# Waits until fewer than N run.
wait_below() { # N
	local name

	while [ "${#running[@]}" -ge "$1" ]; do
		for name in "${!running[@]}"; do
			if ! kill -0 "${running[$name]}" 2>/dev/null; then
				wait "${running[$name]}" 2>/dev/null
				unset "running[$name]"
				tell_step "$name"
			fi
		done
		[ "${#running[@]}" -lt "$1" ] && return
		progress
		if [ "$SECONDS" -gt "$limit" ]; then
			timed_out=yes
			end_all "$([ "$SECONDS" -gt $((limit + 60)) ] && echo KILL || echo TERM)"
		fi
		sleep 0.2
	done
}
end_all() { # SIGNAL
	local pid

	for pid in "${running[@]}"; do kill "-$1" -- "-$pid" 2>/dev/null; done
}
# shellcheck disable=SC2317 # called by the trap
interrupt() {
	local pid

	trap '' INT TERM
	end_all TERM
	for pid in "${running[@]}"; do wait "$pid" 2>/dev/null; done
	clear_line
	echo "interrupted"
	exit 130
}

run_steps() { # STEP...
	for step; do
		case $step in alone | patience | machine) wait_below 1 ;; *) wait_below "$AT_ONCE" ;; esac
		if [ "$SECONDS" -lt "$limit" ]; then
			start_step
		else
			echo "skip 0 0 0 0 no time is left for it" >"$check/$step.result"
			tell_step "$step"
		fi
	done
	wait_below 1
}

# --- tests by name, in build/ ---

# In the plain build that run.sh made, with nothing of a step.
run_tests() { # MAKE-WORD...
	"$top/run.sh" --version >/dev/null || exit 2
	step=tests
	mkdir -p "$check"
	unset LOSTWRITE_NO_INSTALL
	cd "$top/build" && rm -f tests/*.trs || exit 2
	make -s check TESTS= >"$check/tests.log" 2>&1 || {
		tail -n 25 "$check/tests.log" >&2
		exit 2
	}
	make -s -k -j2 "$@" >>"$check/tests.log" 2>&1
	tell_points "$check/tests.points" "$check/tests.why"
	for log in tests/*.trs; do
		[ -e "$log" ] || continue
		name=${log#tests/} name=${name%.trs}
		printf '%-14s %s\n' "$name" "$(grep -c '^:test-result: PASS' "$log") passed, $(
			grep -cE '^:test-result: (FAIL|ERROR|XPASS)' "$log") failed, $(grep -c '^:test-result: SKIP' "$log") skipped"
		sed -n "s/^.* # SKIP \(.*not installed: \)/$name skips: \1/p" "${log%.trs}.log" | sort -u
	done
	head -n 60 "$check/tests.why"
	passed=$(count PASS XFAIL) failed=$(count FAIL XPASS ERROR) skipped=$(count SKIP)
	[ "$((passed + failed + skipped))" -gt 0 ] || failed=1
	finish
}

finish() {
	echo "$passed passed, $failed failed, $skipped skipped"
	[ "$failed" = 0 ]
	exit
}

# Its file, or nothing.
test_file() { # NAME
	if [ -f "$top/tests/$1.sh" ] && [[ $1 != check* && " tap machine fake-qemu bisect-tree " != *" $1 "* ]]; then
		echo "tests/$1.sh"
	elif [ -f "$top/tests/$1.py" ] && [ "$1" != check-source ]; then
		echo "tests/$1.py"
	elif [[ $1 = test-* && -f "$top/tests/$1.c" ]]; then
		echo "tests/$1"
	fi
}

passed=0 failed=0 skipped=0 tests=() chosen=()
case ${1-} in
-*)
	sed -n '4,/^$/s/^# \?//p' "$0"
	echo "Steps: ${steps[*]}"
	echo "Of rest: ${rest[*]}"
	[ "$1" = --help ] || exit 64
	exit
	;;
'') chosen=("${steps[@]}") ;;
rest) chosen=("${rest[@]}") ;;
all)
	for step in "${steps[@]}" "${rest[@]}"; do
		[[ $step = @(alone|patience|machine) ]] || chosen+=("$step")
	done
	chosen+=(alone patience machine)
	;;
fast) run_tests check-fast ;;
packages)
	"$top/tools/packages" install check lab kernel
	run_tests check-packages
	;;
*)
	for step; do
		file=$(test_file "$step")
		if [[ " ${steps[*]} ${rest[*]} " == *" $step "* ]]; then
			chosen+=("$step")
		elif [ -n "$file" ]; then
			tests+=("$file")
		else
			echo "check: no step and no test '$step'; steps: ${steps[*]} ${rest[*]}; tests: see tests/" >&2
			exit 64
		fi
	done
	if [ "${#tests[@]}" -gt 0 ]; then
		[ "${#chosen[@]}" = 0 ] || {
			echo "check: steps or tests, not both" >&2
			exit 64
		}
		"$top/tools/packages" install check lab kernel
		run_tests check-TESTS TESTS="${tests[*]}" in_turn=
	fi
	;;
esac

mkdir -p "$check" && cd "$top" || exit 2
"$top/tools/packages" install build option check lint lab kernel || exit
trap interrupt INT TERM
if [ ! configure -nt configure.ac ] || [ ! Makefile.in -nt Makefile.am ]; then
	autoreconf -i >"$check/autoreconf.log" 2>&1 || {
		cat "$check/autoreconf.log" >&2
		exit 2
	}
fi
unset LOSTWRITE_NO_INSTALL # as for the tests, it is obeyed by now
tests/check-machine.sh >"$check/machine.before"
run_steps "${chosen[@]}"
finish
