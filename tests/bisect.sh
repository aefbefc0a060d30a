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
real_cache=${XDG_CACHE_HOME:-$HOME/.cache} real_home=$HOME
export XDG_CACHE_HOME=$work/cache FAKE=$work/fake LOSTWRITE_PROGRAMS=$work/cases HOME=$work/home
export PATH=$work/bin:$PATH:/usr/sbin:/sbin GIT_CONFIG_NOSYSTEM=1
cp "$build/tests/stub" "$work/cases/stub-pass" || exit 99
cp "$source/tests/fake-qemu.sh" "$work/bin/qemu-system-x86_64" || exit 99
[ "$(uname -m)" = x86_64 ] || {
	echo "1..0 # SKIP the table of architectures has only x86_64 tested, this is $(uname -m)"
	exit 0
}
mkfifo "$work/fake/never"
for tool in busybox cpio mke2fs modprobe tar git make gcc; do
	command -v "$tool" >/dev/null || {
		echo "1..0 # SKIP not installed: $tool"
		exit 0
	}
done
echo '#include <gelf.h>' | gcc -E - >/dev/null 2>&1 || {
	echo "1..0 # SKIP not installed: libelf-dev"
	exit 0
}
git config --global user.name "A Tester"
git config --global user.email tester@example.org
git config --global init.defaultBranch main

# A kernel whose passes are as the script on standard input says: a function `passes`.
kernel() { # NAME
	local passes

	fake_kernel "$work/$1" "9.9.${1//[^0-9]/}"
	IFS= read -rd '' passes
	echo "${passes}up; begins a; forever passes" >"$work/fake/$1"
}
# It hits with P of a hundred, differently at each boot.
hits() { # NAME P
	kernel "$1" <<-END
		seed=\$((boot * 77 + 1009 * ${1//[^0-9]/}))
		passes() {
			[ ! -e "\$FAKE/hold" ] || . "\$FAKE/hold"
			roll
			if [ "\$dice" -lt $2 ]; then verdict a corrupt; else verdict a pass; fi
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
	PATH=${path:-$PATH} "$lw" "$@" --results "$work/r-bad" >"$work/bad.out" 2>"$work/bad.err" </dev/null
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
has "sure: the culprit" "^broken by kernel: $work/k6 (9.9.9-k6)$" "$work/sure.out"
is "sure: nothing on stderr" "" "$(cat "$work/sure.err")"
has "sure: the plan is first" "^plan: 9 kernels may be it: at most 4 steps" <(sed -n 4p "$work/sure.out")
has "sure: few runs will do" "fails in 5 of 5 runs (fake: corrupt).*3 clean runs make good" "$work/sure.out"
has "sure: fail:runs of the parent, afresh" "^  parent  *0:3  *$work/k5 (9.9.9-k5)$" "$dir/report.txt"
has "sure: and of the culprit" "^  culprit  *3:3  *$work/k6 (9.9.9-k6)$" "$dir/report.txt"
has "sure: the mail's subject" "^Subject: \[regression\] fake: corrupt, since $work/k6 (9.9.9-k6)$" "$dir/report.txt"
is "sure: a guest for each kernel, and two afresh" 7 "$(guests)"
rm -f "$work"/fake/*.boots
for i in {0..3}; do hits "k$i" 60; done
for i in {4..9}; do hits "k$i" 0; done
# shellcheck disable=SC2046 # words
bisect fix --fix $(names 0 9)
is "fix: exit code" 0 "$rc"
has "fix: the repair" "^fixed by kernel: $work/k4 (9.9.9-k4)$" "$work/fix.out"
has "fix: more runs" "so at least [2-6][0-9] % of the time: [0-9]* clean runs" "$work/fix.out"

printf 'kernel %s\n' "$work/k0" "$work/k5" >"$work/list"
bisect two --fix --list "$work/list"
is "two kernels: exit code" 0 "$rc"
has "two kernels: nothing between" "^plan: 1 kernel may be it: at most 0 steps" "$work/two.out"
has "two kernels: found" "^fixed by kernel: $work/k5 (9.9.9-k5)$" "$work/two.out"
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
bisect counts --other-crash bad $(names 0 2) $(names 4 6)
has "--other-crash bad" "^broken by kernel: $work/k4 (9.9.9-k4)$" "$work/counts.out"
# shellcheck disable=SC2016 # for the stand-in
kernel k3 <<<'passes() { if [ "$pass" = 3 ]; then verdict a crashed "\"kernel fault: WARNING at mm/x.c:12\""; else verdict a pass; fi; }'
kernel k4 <<<'passes() { verdict a crashed "\"kernel fault: WARNING at mm/x.c:17\""; }'
# shellcheck disable=SC2046 # words
bisect crash --calibrate 9 $(names 3 4)
is "crashes, the same but for their numbers: the good end" 128 "$rc"
has "crashes, the same but for their numbers: it fails as well" \
	"the good end, $work/k3 (9.9.9-k3), fails as well (1 of 3 runs)" "$work/crash.err"
printf 'echo "Kernel panic - no init" >&9\n' >"$work/fake/k3"
# shellcheck disable=SC2046 # words
bisect early --calibrate 9 $(names 2 6)
has "a kernel that does not boot is passed over" "k3 .*not tested .*the guest ended before its first case" "$work/early.out"

echo "# ends"
fails "resume without any" 64 "no bisection in" bisect --resume
hits k0 0 && hits k1 0 && hits k2 100 && hits k3 100
fails "bad passes" 128 "the bad end, .*/k1 (9.9.9-k1), passes (50 of 50 runs)" bisect --match stub-pass \
	--kernel "$work/k0" --kernel "$work/k1"
fails "good fails" 128 "the good end, .*/k2 (9.9.9-k2), fails as well (1 of 1 runs); name an older one" \
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
fails "not an image" 64 "not a kernel image" bisect --match stub-pass --kernel "$0" --kernel "$0"

echo "# ^C and resume"
for i in {0..5}; do hits "k$i" 0; done
for i in {6..9}; do hits "k$i" 40; done
runs() { # JOURNAL: how many of its events are runs, in $runs
	local line

	runs=0
	while read -r line; do
		[[ $line != *'"event":"run"'* ]] || runs=$((runs + 1))
	done <"$1"
}
# It is cut off after as many runs as we want, on the fastest machine and on the slowest: each pass
# waits until the one before has become a run, and when there are $after of them no other comes.
# shellcheck disable=SC2016 # for the stand-in
hold=$(declare -f runs)'
journal=$(echo "$FAKE"/../r-cut/*/bisect.jsonl)
runs "$journal"
[ "$pass" != 1 ] || before=$runs
until [ "$runs" -lt "$after" ] && [ "$runs" -ge $((before + pass - 1)) ]; do
	pause 0.02
	runs "$journal"
done'
interrupted=0
for after in 3 9 14 22 31; do
	rm -rf "$work/r-cut" "$work"/fake/*.boots
	echo "after=$after; $hold" >"$work/fake/hold"
	# shellcheck disable=SC2046 # words
	"$lw" bisect --match stub-pass --results "$work/r-cut" $(names 0 9) >"$work/cut.out" \
		2>"$work/cut.err" </dev/null &
	pid=$!
	for _ in {1..3000}; do
		runs "$(echo "$work"/r-cut/*/bisect.jsonl)" 2>/dev/null
		[ "$runs" -lt "$after" ] || break
		kill -0 "$pid" 2>/dev/null || break
		pause 0.02
	done
	if [ "$after" = 14 ]; then kill -KILL "$pid"; else kill -TERM "$pid"; fi
	wait "$pid" 2>/dev/null
	code=$?
	[ "$code" != 130 ] || interrupted=$((interrupted + 1))
	rm -f "$work"/fake/hold "$work"/fake/*.boots # whether the next guest had begun is chance
	"$lw" bisect --resume --results "$work/r-cut" >"$work/resume.out" 2>"$work/resume.err" </dev/null
	is "cut off after $after runs ($code): resumed to its end" 0 $?
	has "cut off after $after runs: none of them is lost" "^goes on after $after runs" "$work/resume.out"
	has "cut off after $after runs: the same culprit" "^broken by kernel: $work/k6 (9.9.9-k6)$" "$work/resume.out"
done
is "interrupted: exit code, and how to go on" "4 1" "$interrupted $(grep -c 'bisect --resume .*goes on' "$work/cut.err")"
fails "resume after the end" 128 "has come to its end" bisect --resume "$(echo "$work/r-cut"/*)"
is "no guest is left" "" "$(grep -la "$work/k" /proc/[0-9]*/cmdline 2>/dev/null)"

echo "# kernel parameters"
kernel p <<'END'
passes() {
	if [[ $append == *evil=1* ]]; then verdict a corrupt; else verdict a pass; fi
}
END
bisect parameters --parameters --kernel "$work/p" --good 'quiet nice=2' --bad 'quiet x y evil=1 z nice=3'
is "parameters: exit code" 0 "$rc"
has "parameters: the one that matters" "^broken by parameter: evil=1$" "$work/parameters.out"
fails "the same parameters" 64 "parameters are the same" bisect --match stub-pass --parameters \
	--kernel "$work/p" --good 'x y' --bad 'x y'

echo "# a git tree"
# What stands for flex, bison and a kernel's Makefile. `size` is a file of the tree: the fake
# kernel loses bytes when it says "bad", does not build when it says "broken".
for tool in flex bison bc; do
	command -v "$tool" >/dev/null || printf '#!/bin/sh\n' >"$work/bin/$tool"
	[ ! -e "$work/bin/$tool" ] || chmod 755 "$work/bin/$tool"
done
mkdir -p "$work/tree"
cat >"$work/tree/Makefile" <<'END'
image := $(O)/arch/x86/boot/bzImage
allnoconfig olddefconfig:
	@mkdir -p $(O)/include/config && echo 9.9.9-tree >$(O)/include/config/kernel.release
	@touch $(O)/.config
bzImage:
	@! grep -q broken size || { echo "mm/x.c:1:2: error: expected ';'" >&2; exit 1; }
	@! [ -n "$(SLOW)" -a -e "$(SLOW)" ] || { echo $$$$ >$(dir $(SLOW))building; exec sleep 60; }
	@! grep -q full size || { echo "ld: $@: No space left on device" >&2; exit 1; }
	@mkdir -p $(O)/arch/x86/boot && cp $(SEED) $(image) && cat size >>$(image)
END
fake_kernel "$work/seed" 9.9.9-tree
cat >"$work/fake/bzImage" <<'END'
if grep -qa bad "$kernel"; then word=corrupt; else word=pass; fi
passes() { verdict a $word; }
up; begins a; forever passes
END
commit() { # SUBJECT WORD
	echo "$2 $1" >"$work/tree/size"
	git -C "$work/tree" add -A && git -C "$work/tree" commit -qm "$1"
}
git init -q "$work/tree"
commit first good && git -C "$work/tree" tag first
for n in {2..5}; do commit "harmless $n" good; done
commit "a build failure" broken && git -C "$work/tree" tag broken
commit "harmless 7" good
commit "mm: a fix taken out again" bad && git -C "$work/tree" tag culprit
for n in {9..12}; do commit "harmless $n" bad; done
git -C "$work/tree" tag last
state() { # of the user's tree, refs and all
	(cd "$work/tree" && git status --porcelain && git rev-parse HEAD && git for-each-ref &&
		git worktree list && ls .git && find . -path ./.git -prune -o -type f -print | sort) |
		grep -v packed-refs # of the test's own branches
}
state >"$work/state.before"
tree() { # NAME OPTION...
	local name=$1

	shift
	bisect "$name" --tree "$work/tree" --make "SEED=$work/seed" "$@"
}
tree git --good first --bad last
is "git: exit code" 0 "$rc"
has "git: the culprit" '^broken by commit: [0-9a-f]* ("mm: a fix taken out again")' "$work/git.out"
has "git: what does not build is passed over" 'a build failure.*not tested .*does not build: mm/x.c:1:2: error' "$work/git.out"
has "git: the report names the commit" "^    commit $(git -C "$work/tree" rev-parse culprit)$" "$dir/report.txt"
has "git: git's own log" "^    # first bad commit: \[$(git -C "$work/tree" rev-parse culprit)\]" "$dir/report.txt"
has "git: and its author" "^    Author: A Tester" "$dir/report.txt"
tree again --good first --bad last
is "again: exit code" 0 "$rc"
has "again: verdicts are known from before" '("harmless [0-9]*").* good  *known$' "$work/again.out"
tree unbuildable --good first --bad broken
has "git: bad passes" "the bad end, .*cannot be tested: it does not build" "$work/unbuildable.err"
is "git: bad cannot be built: exit code" 128 "$rc"
git -C "$work/tree" checkout -q -b repaired last
for n in 13 14; do commit "harmless $n" bad; done
commit "mm: the repair" good
for n in 16 17 18; do commit "harmless $n" good; done
tree repair --fix --bad last --good repaired
is "--fix: exit code" 0 "$rc"
has "--fix: the repair" '^fixed by commit: [0-9a-f]* ("mm: the repair")' "$work/repair.out"
has "--fix: git's own log" 'first fixed commit' "$dir/report.txt"
git -C "$work/tree" checkout -q main && git -C "$work/tree" branch -qD repaired
state | diff "$work/state.before" - >"$work/diff"
report $? "the user's tree is as it was" "$(cat "$work/diff")"

echo "# git: bad input"
git_fails() { # DESCRIPTION EXIT PATTERN OPTION...
	fails "$1" "$2" "$3" bisect --match stub-pass --tree "$work/tree" --make "SEED=$work/seed" "${@:4}"
}
git_fails "crossed ends" 64 "first comes after last\|last comes after first" --good last --bad first
git_fails "crossed ends of --fix" 64 "crossed" --fix --good first --bad last
git_fails "the same commit" 64 "are the same commit" --good last --bad main
git_fails "no such commit" 64 "--good: 'v9' is no commit" --good v9 --bad last
git_fails "no end" 64 "--good is missing" --bad last
fails "no tree" 64 "not a git repository" bisect --match stub-pass --tree "$work/home" --good a --bad b
echo "mine" >>"$work/tree/size"
git_fails "a dirty tree" 64 "has changes that are in no commit and would not be tested (size)" --good first --bad last
is "a dirty tree: it stays" mine "$(tail -n 1 "$work/tree/size")"
git -C "$work/tree" checkout -q size
mkdir "$work/few"
for tool in bash env sh git make gcc rm dirname readlink cat sed nproc grep cp mkdir basename tr cut \
	busybox cpio mke2fs modprobe tar zstd xz uname head tail sort sha256sum find; do
	place=$(command -v "$tool") && ln -sf "$place" "$work/few/$tool"
done
ln -sf "$work/bin/qemu-system-x86_64" "$work/few/"
path=$work/few git_fails "no build tools" 128 "to build kernels.*flex bison must be installed" --no-cache --good first --bad last
git -C "$work/tree" checkout -q -b full last && commit "a full disk" full
git_fails "a full disk in the build" 128 "no space left on the disk of" --good first --bad full
git -C "$work/tree" checkout -q main && git -C "$work/tree" branch -qD full
# ^C and kill -9 while make works: make goes, too, and resume builds it again.
git -C "$work/tree" checkout -q -b slow last && commit slow "bad slow"
touch "$work/slow"
for signal in TERM KILL; do
	rm -f "$work/building"
	"$lw" bisect --match stub-pass --tree "$work/tree" --make "SEED=$work/seed SLOW=$work/slow" --good first \
		--bad slow --results "$work/r-slow-$signal" >"$work/slow.out" 2>"$work/slow.err" </dev/null &
	pid=$!
	wait_for . "$work/building"
	kill "-$signal" "$pid"
	wait "$pid" 2>/dev/null
	code=$?
	is "SIG$signal in a build: exit code" "$([ "$signal" = TERM ] && echo 130 || echo 137)" "$code"
	for _ in {1..50}; do
		ps -o stat= -p "$(cat "$work/building")" | grep -qv Z || break
		sleep 0.1
	done
	is "SIG$signal in a build: make has ended" "" "$(ps -o stat= -p "$(cat "$work/building")" | grep -v Z)"
done
rm "$work/slow"
"$lw" bisect --resume --results "$work/r-slow-KILL" >"$work/slow.out" 2>&1 </dev/null
has "a build that was cut off: resume builds again" '^broken by commit: .*a fix taken out again' "$work/slow.out"
git -C "$work/tree" checkout -q main && git -C "$work/tree" branch -qD slow
state | diff "$work/state.before" - >"$work/diff"
report $? "bad input: the user's tree is as it was" "$(cat "$work/diff")"

echo "# options of a configuration"
cat >"$work/fake/bzImage" <<'END'
if grep -qa CONFIG_EVIL=y "$kernel"; then word=corrupt; else word=pass; fi
passes() { verdict a $word; }
up; begins a; forever passes
END
printf 'CONFIG_A=y\nCONFIG_C=1\n# CONFIG_EVIL is not set\nCONFIG_Z=y\n' >"$work/good.config"
printf 'CONFIG_A=y\nCONFIG_B=y\nCONFIG_C=2\nCONFIG_EVIL=y\n' >"$work/bad.config"
# shellcheck disable=SC2016 # for make
sed -i 's|cat size|cat $(dir $(O))config|' "$work/tree/Makefile"
git -C "$work/tree" commit -qam "the configuration is in the image"
bisect configs --configs "$work/tree" --make "SEED=$work/seed" --good "$work/good.config" --bad "$work/bad.config"
is "configs: exit code" 0 "$rc"
has "configs: the option" "^broken by option: CONFIG_EVIL=y$" "$work/configs.out"

echo "# a step of git bisect run: only 0, 1, 125 and 128"
step() { # CODE DESCRIPTION ARGUMENT...
	local code=$1 what=$2

	shift 2
	PATH=${path:-$PATH} "$lw" "$@" --results "$work/r-step" >"$work/step.out" 2>&1 </dev/null
	is "$what: $code" "$code" $?
}
rm "$work"/cases/*
for name in pass corrupt open skip broken inconclusive sigkill hang; do
	cp "$build/tests/stub" "$work/cases/stub-$name"
done
step 0 "a pass" run --bisect --match stub-pass
step 1 "lost bytes" run --bisect --match stub-corrupt
step 125 "a skip" run --bisect --match stub-skip
step 125 "a broken test" run --bisect --match stub-broken
step 125 "nothing conclusive" run --bisect --match stub-inconclusive
step 1 "lost bytes, an open bug" run --bisect --match stub-open
step 125 "a crash" run --bisect --match stub-sigkill
step 1 "a crash that shall count" run --bisect=crash --match stub-sigkill
step 1 "lost bytes beside a crash" run --bisect --match 'stub-sigkill or stub-corrupt'
step 128 "no such case" run --bisect --match nothing
step 128 "bad usage" run --bisect --no-such-option
step 128 "bad usage before it" run --seconds x --bisect
step 128 "an abbreviation" run --bise --match nothing
step 128 "a wrong value" run --bisect=x
step 128 "no kernel" vm --bisect
step 125 "no such image" vm --bisect --kernel "$work/nothing"
fake_kernel "$work/early" 9.9.9-early
fake_kernel "$work/slow" 9.9.9-slow
echo "up; begins a b; verdict a pass; cell b; sleep 60" >"$work/fake/slow"
fake_kernel "$work/usage" 9.9.9-usage
echo 'up; say "\"guest\",\"exit\":64,\"said\":\"run: unknown option\""' >"$work/fake/usage"
echo 'echo "Kernel panic - no init" >&9' >"$work/fake/early"
step 125 "a kernel that panics before its first case" vm --bisect --kernel "$work/early"
fake_kernel "$work/late" 9.9.9-late
echo 'up; begins a b; verdict a pass; cell b; echo "Kernel panic - late" >&9' >"$work/fake/late"
step 125 "a panic while a case runs" vm --bisect --kernel "$work/late"
step 1 "a panic that shall count" vm --bisect=crash --kernel "$work/late"
step 125 "a guest that hangs until --timeout" vm --bisect --kernel "$work/slow" --timeout 2s
step 128 "wrong options in the guest" vm --bisect --kernel "$work/usage"
rm "$work/few/qemu-system-x86_64"
path=$work/few step 128 "no QEMU" vm --bisect --kernel "$work/late"
"$lw" run --bisect --match stub-hang --results "$work/r-step" >/dev/null 2>&1 </dev/null &
pid=$!
sleep 1
kill -TERM "$pid"
wait "$pid"
is "SIGTERM: 128" 128 $?
cp "$source/run.sh" "$work/run.sh" # beside nothing that it could build
bash "$work/run.sh" run --bisect >"$work/step.out" 2>&1 </dev/null
is "run.sh that cannot build: 128" 128 $?

# The same in git's own hands: whatever happens at one commit of 33, the culprit is found, or
# git stops; with the codes of a plain run it names the wrong one.
git init -q "$work/steps"
for n in {1..33}; do
	word=pass
	[ "$n" -lt 20 ] || word=corrupt
	echo "$word $n" >"$work/steps/size"
	git -C "$work/steps" add -A && git -C "$work/steps" commit -qm "commit $n"
	git -C "$work/steps" tag "c$n"
done
mkdir "$work/dead"
git_run() { # WHAT OPTION: what is selected at the commits around the middle, and run's option
	git -C "$work/steps" bisect start c33 c1 >/dev/null
	(cd "$work/steps" && git bisect run bash -c "
		read -r word n <size
		if [ \$n = 17 ]; then word='$1'; fi
		exec '$lw' run $2 --match \"stub-\$word\" --results '$work/dead'") >"$work/git-run" 2>&1
	rc=$?
	found=$(sed -n 's/^\([0-9a-f]*\) is the first bad commit.*/\1/p' "$work/git-run")
	found=$(git -C "$work/steps" describe --tags "${found:-none}" 2>/dev/null)
	git -C "$work/steps" bisect reset >/dev/null 2>&1
}
for word in skip broken sigkill inconclusive; do
	git_run "$word" --bisect
	is "git bisect run, $word at one commit: the culprit" "0 c20" "$rc $found"
done
git_run nothing --bisect
is "git bisect run, a mistake of the user: git stops" "128 " "$rc $found"
git_run skip ''
is "git bisect run without --bisect: the wrong one" "0 c17" "$rc $found"

# Real guests: minutes. LOSTWRITE_TEST_VM=yes fetches four of Debian's kernels, LOSTWRITE_TEST_TREE
# is an unpacked linux 6.12, of which a tree of nine commits is made.
rm "$work/bin/qemu-system-x86_64"
export XDG_CACHE_HOME=$real_cache HOME=$real_home
unset LOSTWRITE_PROGRAMS
real() { # CASE WHAT OPTION...: WHAT is named
	local case=$1 what=$2 start=$SECONDS

	shift 2
	"$lw" bisect --match "$case" --results "$work/r-$case" "$@" >"$work/$case.out" 2>&1 </dev/null
	is "real: $case: exit code" 0 $?
	has "real: $case: the right one" "^\(fixed\|broken\) by .*$what" "$work/$case.out"
	has "real: $case: its program is in the report" '^int main(' "$work/r-$case"/*/report.txt
	echo "# $((SECONDS - start)) s"
}
if [ -n "${LOSTWRITE_TEST_VM-}" ]; then
	real odirect-read-vs-fork '6\.12 (6\.12' --fix --deb 5.10,6.1,6.12,newest
	real uffdwp-swapoff-anon '6\.1 (6\.1\.0' --fix --deb 5.10,6.1,6.12,newest
fi
if [ -n "${LOSTWRITE_TEST_TREE-}" ]; then
	"$source/tests/bisect-tree.sh" "$LOSTWRITE_TEST_TREE" "$work/linux.git"
	rm -rf "$work/r-uffdwp-swapoff-anon"
	real uffdwp-swapoff-anon 'simplify unuse_pte()' --tree "$work/linux.git" --good v0 --bad v1
	real ro-longterm-pin-unshare 'need not look at PageAnonExclusive' --tree "$work/linux.git" --good v0 --bad v1
fi
end
