#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# usage: ./run.sh [VERB] [OPTION...] [--no-install]
#
# Sets itself up and hands over: missing packages are named and installed by the
# distribution's package manager (--no-install refuses), the suite is built in
# build/, and build/runner/lostwrite does the rest. Alone it is
# './run.sh run quick': at most 2 minutes on the running kernel.
#
#   run, list, describe, report, undo, scene, shrink, inline, vm, ladder, bisect   './run.sh help' tells
#   check   test lostwrite itself
#   bench   measure how fast it is
#
# Exit: that of the verb; 2 (with --bisect 128) when a package is missing or the build fails.

set -u
top=$(dirname "$(readlink -f "$0")")
build=$top/build
log=$build/build.log
broken=2               # with --bisect, 2 would be a bad kernel: it is 128
lacked=$build/.lacked # what was missing when it was configured; empty when nothing was

fail() {
	echo "run.sh: $*" >&2
	exit "$broken"
}

# What is missing here, and whether installing it was refused: nothing when all is there.
lacks() {
	local rows

	rows=$("$top/tools/packages" missing build option)
	echo "${rows:+${LOSTWRITE_NO_INSTALL-}$rows}"
}

# Was it configured with all that is there now? Where nothing was missing, nothing is asked.
current() {
	[ -e "$build/Makefile" ] && [ -e "$lacked" ] || return
	[ -z "$(cat "$lacked")" ] || [ "$(cat "$lacked")" = "$(lacks)" ]
}

configure() {
	"$top/tools/packages" install build option || exit "$broken"
	echo "configuring (build/build.log)" >&2
	{
		if [ ! "$top/configure" -nt "$top/configure.ac" ] ||
			[ ! "$top/Makefile.in" -nt "$top/Makefile.am" ]; then
			(cd "$top" && autoreconf -i) || return
		fi
		cd "$build" || return
		if [ -x config.status ]; then # with the options of whoever configured it
			./config.status --recheck && ./config.status || return
		else
			../configure || return
		fi
		cd "$OLDPWD" || return
		lacks >"$lacked"
	} >"$log" 2>&1
}

# make, which says nothing when there is nothing to do.
build() {
	make -s --no-print-directory -C "$build" -j"$(nproc)" all 2>&1 </dev/null | {
		IFS= read -r line || exit 0
		echo "building (build/build.log)" >&2
		{
			echo "$line"
			cat
		} >"$log"
	}
	return "${PIPESTATUS[0]}"
}

# Did the build fail because a library went away?
gone() { [ "$(cat "$lacked")" != "$(lacks)" ]; }

# One at a time; a second one waits here.
set_up() {
	if ! mkdir -p "$build" || ! exec 9<"$build" || ! flock 9; then
		fail "cannot use $build"
	fi
	if { current || configure; } && { build || { gone && configure && build; }; }; then
		exec 9<&-
		return
	fi
	tail -n 25 "$log" >&2
	fail "the build failed; all of it is in $log"
}

args=()
for arg; do
	if [ "$arg" = --no-install ]; then
		export LOSTWRITE_NO_INSTALL=1
	else
		[[ $arg != --bisect* ]] || broken=128
		args+=("$arg")
	fi
done
set -- "${args[@]}"
export LOSTWRITE_ARGV0=$0 LOSTWRITE_RESULTS=${LOSTWRITE_RESULTS:-$top/results}

case ${1-} in
help | --help | -h)
	[ -x "$build/runner/lostwrite" ] || exec sed -n '4,/^$/s/^# \?//p' "$0"
	;;
check)
	mkdir -p "$build" && exec "$top/tests/check.sh" "${@:2}"
	exit 2
	;;
bench)
	set_up
	for program in "$build"/bench/*; do
		if [ -f "$program" ] && [ -x "$program" ]; then
			"$program" "${@:2}" || exit
		fi
	done
	"$top/bench/overhead" "$build" && "$top/bench/report" "$build" && "$top/bench/history" "$build" &&
		"$top/bench/storm" "$build"
	exit
	;;
esac
set_up
case ${1-}/${2-} in
*/-h | */--help) ;;
vm/* | ladder/* | bisect/*) "$top/tools/packages" install lab || exit "$broken" ;;
esac
case "${1-} $*" in
*\ --help* | *\ -h*) ;;
bisect\ *\ --tree* | bisect\ *\ --configs*) "$top/tools/packages" install kernel || exit ;;
esac
exec "$build/runner/lostwrite" "$@"
