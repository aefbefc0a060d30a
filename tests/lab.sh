#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Tests of the verbs vm and ladder, as TAP. A stand-in for QEMU plays guests that
# end in all ways; with LOSTWRITE_TEST_VM=KERNEL (as of vm --deb) real ones boot.
# $top_builddir (default: here) has runner/lostwrite and tests/stub.
set -u
# shellcheck source=tests/tap.sh
. "$(dirname "$0")/tap.sh"
workplace lab
source=$(realpath "$(dirname "$0")/..")
real_cache=${XDG_CACHE_HOME:-$HOME/.cache}
mkdir "$work"/{bin,fake,cases,none}
export XDG_CACHE_HOME=$work/cache FAKE=$work/fake LOSTWRITE_PROGRAMS=$work/cases
export PATH=$PATH:/usr/sbin:/sbin


echo "# bad input"
fails() { # DESCRIPTION EXIT PATTERN ARGUMENT...
	local description=$1 code=$2 pattern=$3

	shift 3
	PATH=${path:-$PATH} "$lw" "$@" >"$work/bad.out" 2>"$work/bad.err" </dev/null
	is "$description: exit code" "$code" $?
	is "$description: one line" 1 "$(wc -l <"$work/bad.err")"
	has "$description: says what" "$pattern" "$work/bad.err"
}
cp "$source/tests/fake-qemu.sh" "$work/bin/qemu-system-x86_64" || exit 99
cp "$build/tests/stub" "$work/cases/stub-pass" || exit 99
image fine </dev/null
truncate -s 8192 "$work/arm"
printf 'ARM\x64' | dd of="$work/arm" bs=1 seek=56 conv=notrunc 2>/dev/null
mkdir -p "$work/modules/lib/modules/1.2.3" && touch "$work/modules/lib/modules/1.2.3/modules.dep"
machine=$(uname -m)
[ "$machine" = x86_64 ] || {
	echo "1..0 # SKIP the table of architectures has only x86_64 tested, this is $machine"
	exit 0
}
fails "no kernel" 64 "no kernel; one of" vm
fails "two kernels" 64 "too many kernels" vm --deb sid --kernel x
fails "unknown option" 64 "did you mean '--kernel'" vm --kernle x
fails "no such memory" 64 "--memory: '0' is not" vm --kernel x --memory 0
fails "--results in the guest" 64 "belongs before" vm --kernel x -- --results y
fails "--shell without a terminal" 64 "needs a terminal; --exec does not" vm --kernel x --shell
fails "--shell and --exec" 64 "one of them" vm --kernel x --shell --exec y
fails "--exec and a run" 64 "do no run" vm --kernel x --exec y -- full
fails "--put without a place" 64 "goes with --shell and --exec" vm --kernel x --put "$0"
fails "--put of nothing" 64 "No such file" vm --kernel x --exec y --put "$work/nothing"
fails "--put of a directory" 64 "not a regular file" vm --kernel x --exec y --put "$work"
fails "--put twice" 64 "two files of the name" vm --kernel x --exec y --put "$0" --put "$0"
fails "no such --known" 64 "No such file" vm --kernel x -- --known "$work/nothing"
fails "ladder: no such list" 64 "No such file" ladder --list "$work/nothing"
fails "ladder: bad --timeout" 64 "not a duration" ladder --timeout 1x
tools=(busybox cpio mke2fs modprobe tar)
missing=
for tool in "${tools[@]}"; do command -v "$tool" >/dev/null || missing+=" $tool"; done
[ -z "$missing" ] || {
	echo "ok $((++count)) - guests # SKIP not installed:$missing"
	end
}
ln -s "$(command -v bash)" "$(command -v env)" "$work/none"
path=$work/none fails "no QEMU" 2 "qemu-system-x86_64 is missing; install the package qemu" \
	vm --kernel "$work/fine"
export PATH=$work/bin:$PATH
fails "no such image" 2 "No such file" vm --kernel "$work/nothing"
fails "not an image" 2 "not a kernel image" vm --kernel "$0"
fails "an ELF file" 2 "QEMU boots the compressed image" vm --kernel "$lw"
fails "another architecture" 2 "a kernel for aarch64" vm --kernel "$work/arm"
fails "other modules" 2 "the modules of 1.2.3 do not fit" \
	vm --kernel "$work/fine" --modules "$work/modules/lib/modules/1.2.3"
fails "no modules" 2 "no modules of 9.9.9-fine" vm --kernel "$work/fine" --modules "$work/modules"
fails "too little memory" 2 "the guest needs at least" vm --kernel "$work/fine" --memory 16
fails "not a tree" 2 "not a built kernel tree" vm --build "$work"
fails "not a suite" 2 "is not a suite, a version" vm --deb ../etc

echo "# Debian's mirror"
keys=/usr/share/keyrings/debian-archive-keyring.gpg
if [ -e "$keys" ] && command -v apt-get dpkg >/dev/null && grep -rqs /debian /etc/apt/sources.list*; then
	mkdir "$work/apt"
	# shellcheck disable=SC2016 # for the stand-in
	mirror() { # SCRIPT: what a stand-in for apt-get does
		printf '#!/bin/bash\nstate=$(dirname "$APT_CONFIG")/state/lists\n%s\n' "$1" >"$work/apt/apt-get"
		chmod 755 "$work/apt/apt-get"
		rm -rf "$work/cache/lostwrite/apt" "$work/cache/lostwrite/kernels"
	}
	mirror 'echo "E: Failed to fetch http://m/debian/InRelease  Could not resolve m"; exit 100'
	for which in bullseye 6.1.0-10 9.9 newest; do
		path=$work/apt:$PATH fails "unreachable mirror, $which" 2 \
			"no Debian mirror can be reached: .*Could not resolve" vm --deb "$which"
	done
	mirror "echo 'E: The repository has no Release file.'; exit 100"
	path=$work/apt:$PATH fails "a suite that is not there" 2 "suite karmic: The repository has no" \
		vm --deb karmic
	# shellcheck disable=SC2016 # for the stand-in
	mirror '[ "$2" = update ] || { echo "E: 404  Not Found"; exit 100; }
printf "%s\n" "Package: linux-image-6.1.0-56-amd64" "Source: linux-signed-amd64 (6.1.192+1)" \
	"Version: 6.1.192-1" "" >"$state/m_Packages"'
	path=$work/apt:$PATH fails "a version that is gone" 2 \
		"the mirror has no kernel 6.1.0-10 (any more); bookworm has 6.1.0-56-amd64" vm --deb 6.1.0-10
	PATH=$work/apt:$PATH "$lw" vm --deb 6.1.0-56 2>"$work/gone.err" </dev/null
	is "a package that is gone: exit code" 2 $?
	has "a package that is gone: says so" "cannot download 6.1.0-56-amd64: 404" "$work/gone.err"
	is "a package that is gone: nothing is left" "" \
		"$(find "$work/cache/lostwrite/kernels" -mindepth 1 ! -name '.lock-*')"
	# shellcheck disable=SC2016 # for the stand-in
	mirror 'echo "$$" >"$FAKE/apt.pid"; exec sleep 60'
	PATH=$work/apt:$PATH "$lw" vm --deb bullseye >"$work/slow.out" 2>&1 </dev/null &
	pid=$!
	for _ in {1..100}; do [ -s "$work/fake/apt.pid" ] && break; pause 0.05; done
	kill -TERM "$pid"
	wait "$pid"
	is "interrupted while apt works: exit code" 130 $?
	is "interrupted while apt works: apt has ended" "" \
		"$(ps -o stat= -p "$(cat "$work/fake/apt.pid")" | grep -v Z)"
	rm -rf "$work/cache/lostwrite/apt" "$work/cache/lostwrite/kernels"
else
	why="no Debian sources and keys"
	for tool in apt-get dpkg; do command -v "$tool" >/dev/null || why="not installed: $tool"; done
	skip "Debian's mirror" "$why"
fi
mkdir "$work/tiny"
if mount -t tmpfs -o size=192m none "$work/tiny" 2>/dev/null; then
	XDG_CACHE_HOME=$work/tiny fails "no space" 2 "MB are free in" vm --kernel "$work/fine"
	umount "$work/tiny"
fi

echo "# guests that end in all ways"
image whole <<'END'
job; up; begins a b; verdict a pass; verdict b skip '"no swap; swapon"'; ends
END
vm whole --match 'x or y' -- --seed 3
is "whole: exit code" 0 "$rc"
is "whole: nothing on stderr" "" "$(cat "$work/whole.err")"
is "whole: verdicts" pass,skip "$(verdict "$dir" a),$(verdict "$dir" b)"
has "whole: the guest is named" '"vm":{.*"memory_mb":1536' "$dir/journal.jsonl"
has "whole: the job has the options" "--match" "$work/fake/whole.job.1"
has "whole: and their values" "x or y" "$work/fake/whole.job.1"
has "whole: the directory" "9.9.9-whole-vm" <(readlink "$dir")
"$lw" report "$dir" >"$work/report.out"
is "whole: report reads it" 0 $?
has "whole: and says the same" "no lost write found, 1 case passes" "$work/report.out"

mkdir -p "$work/tree/include/config" "$work/tree/arch/x86/boot"
echo 9.9.9-tree >"$work/tree/include/config/kernel.release"
image bzImage <"$work/fake/whole"
mv "$work/bzImage" "$work/tree/arch/x86/boot"
"$lw" vm --build "$work/tree" --results "$work/r-tree" >"$work/tree.out" 2>&1 </dev/null
is "--build: exit code" 0 $?
has "--build: the tree's release" "^booting 9.9.9-tree" "$work/tree.out"
rm "$work/tree/arch/x86/boot/bzImage"
fails "--build: not built" 2 "bzImage: No such file" vm --build "$work/tree"

image panic <<'END'
job; up
if [ "$boot" = 1 ]; then
	begins a b c; verdict a pass; cell b
	say '"file","path":"env.json","text":"{\"boot\": 1}"'
	say '"file","path":"fake/out.log","text":"last \u0041 words"'
	say '"file","path":"fake/kernel.log","text":"[ 1.0] odd"'
	for path in ../outside a/../../outside a/b/c /tmp/x/y .a a/.b; do
		say "\"file\",\"path\":\"$path\",\"text\":\"x\""
	done
	printf '[    1.0] Kernel panic - not syncing: \033[31mfake\n' >&9
	printf '{"event":"verdict","id":"b","verd' >&8
else
	begins c; verdict c pass; ends
fi
END
vm panic --continue
is "panic: exit code" 1 "$rc"
is "panic: verdicts" pass,crashed,pass "$(verdict "$dir" a),$(verdict "$dir" b),$(verdict "$dir" c)"
has "panic: says so" "the guest panicked: Kernel panic - not syncing:" "$work/panic.out"
has "panic: the console's tail" "Kernel panic" "$dir/fake/console.log"
has "panic: what the case said" "^last A words$" "$dir/fake/out.log"
has "panic: what the kernel said" "odd" "$dir/fake/kernel.log"
has "panic: what the guest is" '"boot": 1' "$dir/env.json"
is "panic: no file outside" "" "$(find "$work/r-panic" -name outside -o -name a -o -name .a)"
has "panic: the second boot has what is left" "^c$" <(sed 's/07/\n&/g; s/only/only\n/' "$work/fake/panic.job.2" | grep -ao '^c' )
has "panic: with the same seed" "^7" "$work/fake/panic.job.2"
is "panic: one run event" 1 "$(grep -c '"event":"run"' "$dir/journal.jsonl")"
"$lw" report "$dir" >/dev/null
is "panic: report reads it" 0 $?
image int3 <<'END'
up; begins a b c
[ "$boot" = 1 ] && { verdict a pass; cell b
	printf '[    1.0] Oops: int3: 0000 [#1] SMP\n[    1.0] Kernel panic - not syncing: Fatal exception\n' >&9; exit 0; }
verdict c pass; ends
END
vm int3 --continue
is "a stale breakpoint: the emulator's" pass,broken,pass "$(verdict "$dir" a),$(verdict "$dir" b),$(verdict "$dir" c)"
has "a stale breakpoint: says so" "QEMU's TCG, not the kernel.*the guest panicked: Oops: int3.*Kernel panic" "$work/int3.out"
rm "$work/fake/panic.boots"
vm panic
is "panic, no --continue: verdicts" pass,crashed "$(verdict "$dir" a),$(verdict "$dir" b)"
has "panic, no --continue: the rest is not run" '"notrun": 1' "$dir/summary.json"

ends_as() { # NAME PATTERN
	vm "$1"
	is "$1: exit code" 1 "$rc"
	is "$1: verdict" crashed "$(verdict "$dir" b)"
	has "$1: says why" "$2" "$work/$1.out"
}
image reset <<'END'
up; begins a b; verdict a pass; cell b; echo "[ 1.0] last words" >&9
END
ends_as reset "reset itself without a word; last on its console: last words"
image killed <<'END'
up; begins a b; verdict a pass; cell b; sleep 0.1; kill -SEGV $$
END
ends_as killed "QEMU itself was killed by SIGSEGV"
image failed <<'END'
up; begins a b; verdict a pass; cell b; echo "fake: disk on fire" >&2; exit 3
END
ends_as failed "QEMU itself ended with exit code 3: fake: disk on fire"
image oom <<'END'
up; begins a b; verdict a pass; cell b; say '"guest","exit":137,"said":"Killed"'
END
ends_as oom "the runner in the guest ended early, with exit code 137: Killed"
image between <<'END'
up; begins b; verdict b pass; say '"program","program":"fake"'; echo "Kernel panic - late" >&9
END
ends_as between "the guest panicked"
image garbage <<'END'
up; begins a; printf 'x\n{}\n[1]\n{"event":7}\n{"event":"cell","id":"nobody"}\n\0\n' >&8; verdict a pass; ends
END
vm garbage
is "garbage between the events: exit code" 0 "$rc"
"$lw" report "$dir" >/dev/null
is "garbage between the events: report reads it" 0 $?
image early <<'END'
echo "[ 1.0] Kernel panic - not syncing: no init" >&9
END
vm early
is "panic before init: exit code" 2 "$rc"
has "panic before init: says so" "before its first case: the guest panicked" "$work/early.err"
image usage <<'END'
up; say '"guest","exit":64,"said":"run: unknown option"'
END
vm usage
is "wrong options in the guest: exit code" 64 "$rc"
image slow <<'END'
up; begins a b; verdict a pass; cell b; sleep 60
END
vm slow --timeout 2s
is "--timeout: exit code" 1 "$rc"
has "--timeout: says so" "timeout came while it ran" "$work/slow.out"
"$lw" vm --kernel "$work/slow" --results "$work/r-int" >"$work/int.out" 2>&1 </dev/null &
pid=$!
wait_for '^pass' "$work/int.out"
kill -TERM "$pid"
wait "$pid"
is "interrupted: exit code" 130 $?
is "interrupted: what was found stays" pass "$(verdict "$work/r-int/latest" a)"
is "interrupted: nothing is left" "" "$(find "$work/cache/lostwrite" -mindepth 1 ! -name 'modules-*' ! -name 'suite-*')"
is "interrupted: no guest is left" "" "$(grep -la "$work/slow" /proc/[0-9]*/cmdline 2>/dev/null)"

# ^C at any time, also while the initramfs is packed: nothing stays.
left=
for after in 0.02 0.05 0.1 0.2 0.3 0.5 0.8 1.2 1.6 2; do
	rm -rf "$work/cache/lostwrite"
	"$lw" vm --kernel "$work/slow" --results "$work/r-any" >"$work/any.out" 2>&1 </dev/null &
	pid=$!
	sleep "$after"
	kill -TERM "$pid"
	wait "$pid"
	code=$?
	case $code in 130 | 143) ;; *) left+="exit $code after $after s; " ;; esac
	left+=$(find "$work/cache/lostwrite" -mindepth 1 ! -name 'modules-*.cpio' ! -name 'suite-*.cpio' 2>/dev/null)
	left+=$(grep -la "$work/slow" /proc/[0-9]*/cmdline 2>/dev/null)
done
is "interrupted at any time: nothing is left" "" "$left"

image one <<'END'
up; begins a; verdict a pass; sleep 0.3; ends
END
image two <<'END'
up; begins a; sleep 0.2; verdict a corrupt; ends
END
"$lw" vm --kernel "$work/one" --results "$work/r-both" >"$work/one.out" 2>&1 </dev/null &
pid=$!
"$lw" vm --kernel "$work/two" --results "$work/r-both" >"$work/two.out" 2>&1 </dev/null
is "two at once: the one's exit code" 1 $?
wait "$pid"
is "two at once: the other's exit code" 0 $?
is "two at once: a directory each" 2 "$(find "$work/r-both" -mindepth 1 -maxdepth 1 -type d | wc -l)"

if [ "$(id -u)" = 0 ] && command -v setpriv >/dev/null; then
	chmod 755 "$work"
	chmod -R a+rX "$work/bin" "$work/cases" "$work/whole"
	chmod -R a+rwX "$work/fake"
	mkdir -m 777 "$work/user"
	as_user=(setpriv --reuid=65534 --regid=65534 --clear-groups --inh-caps=-all env
		"XDG_CACHE_HOME=$work/user/cache" "HOME=$work/user" "LOSTWRITE_STATE=$work/user/state")
	if "${as_user[@]}" test -x "$lw" 2>/dev/null; then
		"${as_user[@]}" "$lw" vm --kernel "$work/whole" --results "$work/user/r" \
			>"$work/user.out" 2>&1 </dev/null
		is "an ordinary user: exit code" 0 $?
		is "an ordinary user: verdict" pass "$(verdict "$work/user/r/latest" a)"
	else
		echo "ok $((++count)) - an ordinary user # SKIP $lw is not readable to all"
	fi
fi

echo "# ladder"
image new <<'END'
up; begins a b; verdict a pass; verdict b corrupt null '{"kind":"open","reason":"<script>&\""}'; ends
END
image old <<'END'
up; begins a b; verdict a corrupt; verdict b skip '"<b>no</b> swap"'; ends
END
ladder() { # NAME ARGUMENT...
	local name=$1

	shift
	"$lw" ladder --results "$work/l-$name" "$@" >"$work/l-$name.out" 2>"$work/l-$name.err" </dev/null
	rc=$?
	dir=$(echo "$work/l-$name"/*)
}
ladder two --kernel "$work/old" --kernel "$work/new" --jobs 2
is "two kernels: exit code" 1 "$rc"
has "two kernels: heading" "^case  *old  *new *$" "$work/l-two.out"
has "two kernels: first row" "^a  *CORRUPT  *pass *$" "$work/l-two.out"
has "two kernels: the verdict" "^new lost writes or crashes on old; nothing new on new\.$" \
	<(tail -n 1 "$work/l-two.out")
has "two kernels: second row" "^b  *skip  *open *$" "$work/l-two.out"
lacks "HTML: escaped" "<script>\|<b>no" "$dir/ladder.html"
has "HTML: but there" "&lt;b&gt;no&lt;/b&gt; swap" "$dir/ladder.html"
python3 -c 'import json, sys
t = json.load(open(sys.argv[1]))
assert [k["exit"] for k in t["kernels"]] == [1, 0]
assert t["cases"][1]["on"]["new"]["known"]["kind"] == "open"' "$dir/ladder.json" 2>"$work/py.err"
report $? "ladder.json" "$(cat "$work/py.err")"
cells=$(printf 'm.%s ' {1..30})
image big <<END
up; begins $cells; for c in $cells; do verdict \$c pass; done
verdict m.3 corrupt; verdict m.4 skip '"no swap"'; verdict m.5 skip '"no swap"'; ends
END
image less <<END
up; begins $cells; for c in $cells; do verdict \$c pass; done; ends
END
printf '*\tm.3\tcorrupt\tknown\n*\tm.[45]\tskip\tmay\n*\tm.*\tpass\tall others\n' >"$work/expect"
ladder big --kernel "$work/big" --kernel "$work/less" --expect "$work/expect"
is "a matrix: exit code" 1 "$rc"
has "a matrix: one row with counts" "^fake  *1 CORRUPT  *30 pass !" "$work/l-big.out"
has "a matrix: counted" "^  fake on big: 1 corrupt, 27 pass, 2 skip$" "$work/l-big.out"
has "a matrix: what is lost is named" "^    CORRUPT m.3$" "$work/l-big.out"
has "a matrix: a reason once" "^  skip: fake: no swap (big: 2 cells)$" "$work/l-big.out"
is "a matrix: differences" 3 "$(grep -c '^  different: m\.[345] on 9.9.9-less' "$work/l-big.out")"
ladder words --kernel "$work/new" --kernel "$work/less"
has "verdict: the last line" "^nothing new on new, less\.$" <(tail -n 1 "$work/l-words.out")
if command -v script >/dev/null; then
	image live <<'END'
up; begins a b; verdict a pass; sleep 1; verdict b pass; ends
END
	TERM=xterm script -qec "stty rows 40 cols 90; '$lw' ladder --kernel '$work/live' \
		--results '$work/l-live'" "$work/live.tty" >/dev/null </dev/null
	has "on a terminal: the table while it runs" "^b  *[^ ]*[.][.][.]" "$work/live.tty"
	has "on a terminal: drawn over itself" "$(printf '\033')\[4A" "$work/live.tty"
	is "on a terminal: the heading, and once more" yes \
		"$([ "$(grep -c '^.*case  *live' "$work/live.tty")" -ge 2 ] && echo yes)"
else
	skip "on a terminal" "not installed: script"
fi
ladder one --kernel "$work/new"
is "only known ones: exit code" 0 "$rc"
printf 'kernel %s\n# nothing\n\nkernel %s/nothing\n' "$work/new" "$work" >"$work/list"
ladder list --list "$work/list"
is "a kernel that is not there: exit code" 2 "$rc"
has "a kernel that is not there: says why" "^nothing: no results: .*No such file" "$work/l-list.out"
has "a kernel that is not there: the others run" "^a  *pass  *-" "$work/l-list.out"
printf '9.9.9-old\ta\tcorrupt\tknown\n*\tb\tskip,open\tmay\n*\t*\tpass\tmust\n' >"$work/expect"
ladder expect --kernel "$work/old" --kernel "$work/new" --expect "$work/expect"
is "as expected: exit code" 0 "$rc"
has "as expected: says so" "^All as expected" "$work/l-expect.out"
printf '*\tb\tskip,corrupt\tmay\n*\ta\tpass\tmust\n' >"$work/expect"
ladder differ --kernel "$work/old" --kernel "$work/new" --expect "$work/expect"
is "a difference: exit code" 1 "$rc"
has "a difference: is named" "different: a on 9.9.9-old: CORRUPT, expected pass (must)" "$work/l-differ.out"
printf '*\ta\tgood\twhy\n' >"$work/expect"
fails "an expectation with a wrong verdict" 64 "expect:1: 'good' is no verdict" \
	ladder --kernel "$work/old" --expect "$work/expect"
printf '*\ta\tpass\n' >"$work/expect"
fails "an expectation without a reason" 64 "expect:1: not KERNEL" \
	ladder --kernel "$work/old" --expect "$work/expect"
ladder ours --kernel "$work/new" --expect "$source/lab/expected.tsv"
has "lab/expected.tsv can be read" "different: b on" "$work/l-ours.out"

echo "# one command"
exec_on() { # NAME OPTION...: exit code in $rc, output in $work/x.{out,err}
	"$lw" vm --kernel "$work/$1" "${@:2}" >"$work/x.out" 2>"$work/x.err" </dev/null
	rc=$?
}
echo "a file's content" >"$work/note"
image command <<'END'
job; up; echo "of the command"; say '"guest","exit":7'
END
exec_on command --exec 'cat /root/note; exit 7' --put "$work/note"
is "--exec: exit code" 7 "$rc"
is "--exec: what it says, and nothing else" "of the command" "$(cat "$work/x.out" "$work/x.err")"
has "--exec: the guest has the command" "job/command.*cat /root/note; exit 7" "$work/fake/command.job.1"
has "--put: the guest has the file" "[0-9a-f]root/note" "$work/fake/command.job.1"
has "--put: and its content" "a file's content" "$work/fake/command.job.1"
image cut <<'END'
up; exit 0
END
exec_on cut --exec true
is "--exec, no end: exit code" 2 "$rc"
has "--exec, no end: says so" "the guest ended before its command" "$work/x.err"
image endless <<'END'
up; sleep 60
END
exec_on endless --exec true --timeout 2s
is "--exec, --timeout: exit code" 2 "$rc"
has "--exec, --timeout: says so" "timeout came before the guest ended" "$work/x.err"

[ -n "${LOSTWRITE_TEST_VM-}" ] || end
echo "# real guests: $LOSTWRITE_TEST_VM"
rm "$work/bin/qemu-system-x86_64"
export XDG_CACHE_HOME=$real_cache
for name in panic freeze reset eat; do
	cp "$build/tests/stub" "$work/cases/stub-$name"
done
"$lw" vm --deb "$LOSTWRITE_TEST_VM" --memory 512 --results "$work/real" --continue \
	>"$work/real.out" 2>&1 </dev/null
is "real: exit code" 1 $?
for name in panic freeze reset; do
	is "real: $name" pass,crashed,pass "$(for cell in a b c; do
		verdict "$work/real/latest" "stub-$name.$cell"
	done | paste -sd,)"
done
is "real: out of memory, the guest lives" pass,crashed,notrun "$(for cell in a b c; do
	verdict "$work/real/latest" "stub-eat.$cell"
done | paste -sd,)"
has "real: the OOM killer" "stub-eat.b .*killed by the OOM killer" "$work/real.out"
has "real: out.log of a panic" "^# cell stub-panic.b$" "$work/real/latest/stub-panic/out.log"
is "real: what is behind" pass "$(verdict "$work/real/latest" stub-pass)"
has "real: the panic" "stub-panic.b .*the guest panicked: Kernel panic" "$work/real.out"
has "real: the freeze" "stub-freeze.b .*the guest \(hangs\|locked up\)" "$work/real.out"
has "real: the reset" "stub-reset.b .*reset itself without a word" "$work/real.out"

printf '#!/bin/sh\nuname -r; seq 20000 | md5sum; ls /suite; exit 9\n' >"$work/script"
"$lw" vm --deb "$LOSTWRITE_TEST_VM" --memory 512 --put "$work/script" --exec /root/script \
	>"$work/exec.out" 2>&1 </dev/null
is "real: --exec, exit code" 9 $?
has "real: --exec, output" "$(seq 20000 | md5sum | cut -d' ' -f1)" "$work/exec.out"
has "real: --exec, the suite is there" reproducers "$work/exec.out"

# A machine of somebody's own panics in the middle of a run, boots again, and goes on: a guest
# that QEMU resets, with the disk it had and, as firmware does, the kernel's last words (ERST).
emulator=$(command -v qemu-system-x86_64)
rm "$work"/cases/stub-{freeze,reset,eat}
cat >"$work/bin/qemu-system-x86_64" <<-END
	#!/bin/bash
	for word; do [ "\$word" = -no-reboot ] || words+=("\$word"); done
	case \$* in *-append*)
		words+=(-object memory-backend-file,id=erst,mem-path=$work/erst,size=1M,share=on -device acpi-erst,memdev=erst)
	esac
	exec $emulator "\${words[@]}"
END
chmod 755 "$work/bin/qemu-system-x86_64"
truncate -s 1M "$work/erst"
mkfifo "$work/keys"
exec 7<>"$work/keys"
script -qefc "$lw vm --deb $LOSTWRITE_TEST_VM --memory 512 --shell" "$work/screen" <"$work/keys" >/dev/null 2>&1 &
prompt() { # NUMBER PATTERN: it is shown that often
	for _ in {1..1200}; do
		[ "$(grep -c "$2" "$work/screen" 2>/dev/null || true)" != "$1" ] || break
		sleep 0.1
	done
	sleep 1
}
prompt 1 "Enter .help"
echo "lostwrite run full --results /var/tmp/r" >&7
prompt 2 "Enter .help"
echo "lostwrite resume /var/tmp/r/latest; echo exit \$?" >&7
prompt 1 "exit [0-9]"
echo "cat /var/tmp/r/latest/stub-panic/kernel.log; poweroff -f" >&7
wait
has "own machine: the run goes on after a panic" "^exit 1" "$work/screen"
has "own machine: the case and the kernel's last words" \
	"stub-panic.b .*the machine went down while it ran: kernel fault: Kernel panic" "$work/screen"
has "own machine: each case has its verdict" "^4 cases: 3 pass, 1 crashed" "$work/screen"
has "own machine: kernel.log" "sysrq_handle_crash" "$work/screen"
end
