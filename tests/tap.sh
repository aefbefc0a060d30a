# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What the test scripts share: TAP, and looking at runs. Sourced, not run.
count=0 failures=0

# The interpreter itself: where python3 is a script of pyenv's, each call takes ten times as long.
if grep -q python3 "$0" && command -v python3 >/dev/null; then
	python=$(python3 -c 'import sys; print(sys.executable)')
	python3() { "$python" "$@"; }
fi

report() { # STATUS DESCRIPTION [MORE]
	count=$((count + 1))
	if [ "$1" = 0 ]; then
		echo "ok $count - $2"
	else
		failures=$((failures + 1))
		echo "not ok $count - $2"
		[ -z "${3:-}" ] || printf '%s\n' "$3" | head -20 | sed 's/^/#   /'
	fi
}
skip() { # DESCRIPTION WHY
	count=$((count + 1))
	echo "ok $count - $1 # SKIP $2"
}
is() { # DESCRIPTION EXPECTED FOUND
	[ "$2" = "$3" ]
	report $? "$1" "expected '$2', found '$3'"
}
has() { # DESCRIPTION PATTERN FILE
	grep -q -e "$2" "$3"
	report $? "$1" "no '$2' in $3:
$(cat "$3" 2>&1)"
}
lacks() { # DESCRIPTION PATTERN FILE
	! grep -q -e "$2" "$3"
	report $? "$1" "'$2' in $3: $(grep -m 3 -e "$2" "$3")"
}
end() {
	echo "1..$count"
	exit $((failures > 0))
}

# For a test that changes swap, KSM, THP and the like: it waits for another one that does, of
# whichever build, also one in a chroot. What all of them see is locked, and nothing is made.
whole_machine() {
	exec {machine_lock}</sys/kernel/mm && flock "$machine_lock"
}

# Sets $build, $lw and $work, a directory that goes at the end; nothing of the user's stays set.
workplace() { # NAME
	build=$(realpath "${top_builddir:-.}")
	lw=$build/runner/lostwrite
	work=$(mktemp -d "${TMPDIR:-/tmp}/lostwrite-$1.XXXXXX")
	trap 'wait; rm -rf "$work"' EXIT
	unset LOSTWRITE_RESULTS LOSTWRITE_ARGV0 LOSTWRITE_STREAM LOSTWRITE_ONLY LOSTWRITE_HISTORY \
		LOSTWRITE_PROGRAMS LOSTWRITE_PREFIX LOSTWRITE_KCIDB_ORIGIN \
		LOSTWRITE_KCIDB_BUILD LOSTWRITE_EMULATED NO_COLOR
	export LOSTWRITE_STATE=$work/state TERM=dumb
}
# The suite is these stubs (tests/stub.c) and no others.
stubs() { # NAME...
	local name

	export LOSTWRITE_PROGRAMS=$work/cases
	mkdir "$work/cases"
	for name; do cp "$build/tests/stub" "$work/cases/stub-$name" || exit 99; done
}

# Passes for a bzImage of RELEASE; tests/fake-qemu.sh boots it.
fake_kernel() { # FILE RELEASE
	local zeros release="$2 (me@here)"

	printf -v zeros '%8192s' ''
	zeros=${zeros// /\\0}
	# shellcheck disable=SC2059 # a string cannot hold the byte, a format can make it
	printf "${zeros:0:2*0x202}HdrS${zeros:0:2*8}\\0\\020${zeros:0:2*(0x1200-0x210)}%s${zeros:0:2*(0xe00-${#release})}" \
		"$release" >"$1"
}

# A kernel of the release 9.9.9-NAME, and what its guests do.
image() { # NAME
	fake_kernel "$work/$1" "9.9.9-$1"
	echo "$(</dev/stdin)" >"$work/fake/$1"
}
# vm NAME OPTION...: exit code in $rc, output in $work/NAME.{out,err}, run directory in $dir.
vm() {
	local name=$1

	shift
	"$lw" vm --kernel "$work/$name" --results "$work/r-$name" "$@" \
		>"$work/$name.out" 2>"$work/$name.err" </dev/null
	rc=$?
	dir=$work/r-$name/latest
}

# The verdict that counts is the last one.
verdict() { # RUN-DIRECTORY ID
	grep '"event":"verdict"' "$1/journal.jsonl" | grep "\"id\":\"$2\"" | tail -n 1 |
		sed 's/.*"verdict":"\([a-z]*\)".*/\1/'
}
# Sleeps, and no process is made for it: nobody writes to this FIFO.
pause() { # SECONDS
	[ -p "$work/never" ] || mkfifo "$work/never"
	read -rt "$1" <>"$work/never"
}
wait_for() { # PATTERN FILE: at most ten seconds
	for _ in {1..500}; do
		grep -q -e "$1" "$2" 2>/dev/null && return
		pause 0.02
	done
}
