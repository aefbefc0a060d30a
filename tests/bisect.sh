#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Tests of the verb bisect and of --bisect, as TAP: a stand-in for QEMU plays kernels that hit
# as often as they are told, a stand-in for a kernel tree is built by a Makefile of a few lines.
# $top_builddir (default: here) has runner/lostwrite and tests/stub.
set -u
# shellcheck source=tests/tap.sh
. "$(dirname "$0")/tap.sh"
workplace bisect
source=$(realpath "$(dirname "$0")/..")
mkdir "$work"/{bin,fake,cases,home}
export XDG_CACHE_HOME=$work/cache FAKE=$work/fake LOSTWRITE_PROGRAMS=$work/cases HOME=$work/home
export PATH=$work/bin:$PATH:/usr/sbin:/sbin GIT_CONFIG_NOSYSTEM=1
cp "$build/tests/stub" "$work/cases/stub-pass" || exit 99
cp "$source/tests/fake-qemu.sh" "$work/bin/qemu-system-x86_64" || exit 99
[ "$(uname -m)" = x86_64 ] || {
	echo "1..0 # SKIP the table of architectures has only x86_64 tested, this is $(uname -m)"
	exit 0
}
for tool in busybox cpio mke2fs modprobe tar git make gcc; do
	command -v "$tool" >/dev/null || {
		echo "1..0 # SKIP not installed: $tool"
		exit 0
	}
done
git config --global user.name "A Tester"
git config --global user.email tester@example.org
git config --global init.defaultBranch main

# A file that passes for a bzImage of the release 9.9.9-NAME.
image() { # FILE RELEASE
	truncate -s 8192 "$1"
	printf 'HdrS' | dd of="$1" bs=1 seek=$((0x202)) conv=notrunc 2>/dev/null
	printf '\0\020' | dd of="$1" bs=1 seek=$((0x20e)) conv=notrunc 2>/dev/null
	printf '%s (me@here)\0' "$2" | dd of="$1" bs=1 seek=$((0x1200)) conv=notrunc 2>/dev/null
}
# A kernel whose passes are as the script on standard input says: a function `passes`.
kernel() { # NAME
	image "$work/$1" "9.9.${1//[^0-9]/}"
	{
		cat
		echo "up; begins a; forever passes"
	} >"$work/fake/$1"
}
# It hits with P of a hundred, differently at each boot.
hits() { # NAME P
	kernel "$1" <<-END
		passes() {
			[ "\$pass" != 1 ] || RANDOM=\$((boot * 77 + \$(cksum <<<"\$name" | cut -c 1-4)))
			if [ \$((RANDOM % 100)) -lt $2 ]; then verdict a corrupt; else verdict a pass; fi
		}
	END
}
names() { # FIRST LAST: options
	local i

	for ((i = $1; i <= $2; i++)); do echo "--kernel $work/k$i"; done
}
# bisect NAME OPTION...: exit code in $rc, output in $work/NAME.{out,err}, its directory in $dir.
bisect() {
	local name=$1

	shift
	"$lw" bisect --match stub-pass --results "$work/r-$name" "$@" >"$work/$name.out" \
		2>"$work/$name.err" </dev/null
	rc=$?
	dir=$(echo "$work/r-$name"/*)
}
fails() { # DESCRIPTION EXIT PATTERN ARGUMENT...
	local description=$1 code=$2 pattern=$3

	shift 3
	"$lw" "$@" --results "$work/r-bad" >"$work/bad.out" 2>"$work/bad.err" </dev/null
	is "$description: exit code" "$code" $?
	is "$description: one line" 1 "$(wc -l <"$work/bad.err")"
	has "$description: says what" "$pattern" "$work/bad.err"
}
guests() { cat "$work"/fake/*.boots 2>/dev/null | wc -l; }

echo "# a list of kernels"
for i in {0..5}; do hits "k$i" 0; done
for i in {6..9}; do hits "k$i" 100; done
# shellcheck disable=SC2046 # words
bisect sure $(names 0 9)
is "sure: exit code" 0 "$rc"
has "sure: the culprit" "^broken by kernel: $work/k6$" "$work/sure.out"
is "sure: nothing on stderr" "" "$(cat "$work/sure.err")"
has "sure: the plan is first" "^plan: 9 kernels may be it: at most 4 steps" <(sed -n 4p "$work/sure.out")
has "sure: few runs will do" "fails in 5 of 5 runs (fake: corrupt).*3 clean runs make a kernel good" "$work/sure.out"
has "sure: fail:runs of the parent, afresh" "^  parent  *0:3  *$work/k5$" "$dir/report.txt"
has "sure: and of the culprit" "^  culprit  *1:1  *$work/k6$" "$dir/report.txt"
has "sure: the mail's subject" "^Subject: \[regression\] fake: corrupt, since $work/k6$" "$dir/report.txt"
is "sure: each kernel once, but for what is afresh" 8 "$(guests)"
rm -f "$work"/fake/*.boots
for i in {0..3}; do hits "k$i" 60; done
for i in {4..9}; do hits "k$i" 0; done
# shellcheck disable=SC2046 # words
bisect fix --fix $(names 0 9)
is "fix: exit code" 0 "$rc"
has "fix: the repair" "^fixed by kernel: $work/k4$" "$work/fix.out"
has "fix: more runs" "so at least [2-6][0-9] % of the time: [0-9]* clean runs" "$work/fix.out"

printf 'kernel %s\n' "$work/k0" "$work/k5" >"$work/list"
bisect two --fix --list "$work/list"
is "two kernels: exit code" 0 "$rc"
has "two kernels: nothing between" "^plan: 1 kernel may be it: at most 0 steps" "$work/two.out"
has "two kernels: found" "^fixed by kernel: $work/k5$" "$work/two.out"
bisect plan --fix --list "$work/list" --plan
is "--plan: exit code" 0 "$rc"
is "--plan: nothing is made" "" "$(ls "$work/r-plan" 2>/dev/null)"

echo "# kernels that say nothing, or something else"
for i in 0 1 2; do hits "k$i" 0; done
for i in 5 6; do hits "k$i" 100; done
kernel k3 <<<'passes() { verdict a skip "\"no swap; swapon\""; }'
kernel k4 <<<'passes() { verdict a crashed "\"kernel fault: BUG: unable to handle 0xffff8881 in foo+0x12\""; }'
# shellcheck disable=SC2046 # words
bisect skip $(names 0 6)
is "skip: exit code" 2 "$rc"
is "skip: which it may be" "k3 k4 k5" "$(sed -n 's|^  .*/\(k[0-9]\)$|\1|p' "$work/skip.out" | tail -n 3 | paste -sd ' ')"
has "skip: why not" "k3 .*not tested .*4 without a word: no swap; swapon" "$work/skip.out"
has "skip: another failure is none of ours" "k4 .*not tested .*4 bad in another way" "$work/skip.out"
# shellcheck disable=SC2046 # words
bisect bad --other-crash bad $(names 0 2) $(names 4 6)
has "--other-crash bad" "^broken by kernel: $work/k4$" "$work/bad.out"
kernel k3 <<<'passes() { if [ "$pass" = 3 ]; then verdict a crashed "\"kernel fault: WARNING at mm/x.c:12\""; else verdict a pass; fi; }'
kernel k4 <<<'passes() { verdict a crashed "\"kernel fault: WARNING at mm/x.c:17\""; }'
# shellcheck disable=SC2046 # words
bisect crash --calibrate 9 $(names 3 4)
is "crashes, the same but for their numbers: the good end" 128 "$rc"
has "crashes, the same but for their numbers: it fails as well" \
	"the good end, $work/k3, fails as well (1 of 3 runs)" "$work/crash.err"
printf 'echo "Kernel panic - no init" >&9\n' >"$work/fake/k3"
# shellcheck disable=SC2046 # words
bisect early --calibrate 9 $(names 2 6)
has "a kernel that does not boot is passed over" "k3 .*not tested .*the guest ended before its first case" "$work/early.out"

echo "# ends"
hits k0 0 && hits k1 0 && hits k2 100 && hits k3 100
fails "bad passes" 128 "the bad end, .*/k1, passes (50 of 50 runs)" bisect --match stub-pass \
	--kernel "$work/k0" --kernel "$work/k1"
fails "good fails" 128 "the good end, .*/k2, fails as well (1 of 1 runs); name an older one" \
	bisect --match stub-pass --kernel "$work/k2" --kernel "$work/k3"
fails "crossed" 64 "9.9.0 stands behind 9.9.3; the list must go from the oldest" \
	bisect --match stub-pass --kernel "$work/k3" --kernel "$work/k0"
fails "unsorted versions" 64 "6.1.0-50 stands behind 6.12" bisect --match stub-pass --deb 5.10,6.12,6.1.0-50
fails "half a range" 64 "needs both ends" bisect --match stub-pass --deb 5.10..
fails "one kernel" 64 "1 kernel; at least two" bisect --match stub-pass --kernel "$work/k3"
fails "no space" 64 "says where to search" bisect --match stub-pass
fails "no case" 64 "which case" bisect --kernel "$work/k3"
fails "no such case" 3 "selects nothing" bisect --match nothing --kernel "$work/k3"
fails "two spaces" 64 "are two spaces" bisect --match stub-pass --tree . --parameters
fails "confidence" 64 "'2' is not a number" bisect --match stub-pass --confidence 2
fails "resume without any" 64 "no bisection in" bisect --resume
fails "not an image" 64 "not a kernel image" bisect --match stub-pass --kernel "$0" --kernel "$0"

echo "# ^C and resume"
for i in {0..5}; do hits "k$i" 0; done
for i in {6..9}; do hits "k$i" 40; done
# shellcheck disable=SC2046 # words
bisect whole $(names 0 9)
interrupted=0
for after in 3 9 14 22 31; do
	rm -rf "$work/r-cut"
	# shellcheck disable=SC2046 # words
	"$lw" bisect --match stub-pass --results "$work/r-cut" $(names 0 9) >"$work/cut.out" \
		2>"$work/cut.err" </dev/null &
	pid=$!
	for _ in {1..600}; do
		n=$(cat "$work"/r-cut/*/bisect.jsonl 2>/dev/null | grep -c '"event":"run"')
		[ "$n" -lt "$after" ] || break
		sleep 0.02
	done
	if [ "$after" = 14 ]; then kill -KILL "$pid"; else kill -TERM "$pid"; fi
	wait "$pid" 2>/dev/null
	code=$?
	[ "$code" != 130 ] || interrupted=$((interrupted + 1))
	before=$(cat "$work"/r-cut/*/bisect.jsonl | grep -c '"event":"run"')
	"$lw" bisect --resume --results "$work/r-cut" >"$work/resume.out" 2>"$work/resume.err" </dev/null
	is "cut off after $after runs ($code): resumed to its end" 0 $?
	has "cut off after $after runs: none of them is lost" "^goes on after $before runs" "$work/resume.out"
	has "cut off after $after runs: the same culprit" "^broken by kernel: $work/k6$" "$work/resume.out"
done
is "interrupted: exit code, and how to go on" "4 1" "$interrupted $(grep -c 'bisect --resume .*goes on' "$work/cut.err")"
fails "resume after the end" 128 "has come to its end" bisect --resume "$(echo "$work/r-cut"/*)"
is "no guest is left" "" "$(grep -la "$work/k" /proc/[0-9]*/cmdline 2>/dev/null | grep -v "/$$/")"

echo "# kernel parameters"
kernel p <<'END'
passes() {
	if grep -qa evil=1 <<<"$append"; then verdict a corrupt; else verdict a pass; fi
}
END
bisect parameters --parameters --kernel "$work/p" --good 'quiet nice=2' --bad 'quiet x y evil=1 z nice=3'
is "parameters: exit code" 0 "$rc"
has "parameters: the one that matters" "^broken by parameter: evil=1$" "$work/parameters.out"
fails "the same parameters" 64 "parameters are the same" bisect --match stub-pass --parameters \
	--kernel "$work/p" --good 'x y' --bad 'x y'
