#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A scene told as a story, made smaller, and made one C file that says the same as the suite.
set -u
# shellcheck source=tests/tap.sh
. "$(dirname "$0")/tap.sh"
whole_machine
build=${top_builddir:-.}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export LOSTWRITE_STATE=${LOSTWRITE_STATE:-$work/state}
matrix=$build/workloads/matrix-coherence
lostwrite=$build/runner/lostwrite
known=anon4k.swapcache.uring-read.nothing.dropped # the open bug of uring-fixed-clean-page

# --- the story ---

printf 'map anon4k 4\nfork a\na: write 2 pages 1-2\nmprotect\na: check\n' |
	"$build/scene/scene" - --verbose >"$work/story"
for line in '# line 3: a: write 2 pages 1-2' '#      mprotect(map, 16384, PROT_READ) = 0' \
	'#      fork() = a' '#      page 0: present' '#      pages 1-2: present.* -> present'; do
	grep -q "^$line" "$work/story"
	report $? "the story says: $line"
done
grep -q $'\033' "$work/story"
[ $? -eq 1 ]
report $? "no colour where nobody looks"
printf 'map anon4k 4\nmprotect\n' | "$build/scene/scene" - | grep -q 'mprotect('
[ $? -eq 1 ]
report $? "no story without --verbose"

# --- cells as scenes ---

"$matrix" --cell "$known" --scene >"$work/known.scene"
[ "$(sed -n 2p "$work/known.scene")" = 'map anon4k 16' ] && "$build/scene/inline" "$work/known.scene" >"$work/known.c"
report $? "a cell prints the scene that it plays"
"$build/reproducers/vmsplice-cow-leak" --scene 2>"$work/err"
[ $? -eq 64 ] && grep -q 'no scene' "$work/err"
report $? "a program that is no scene says so"
"$lostwrite" describe "matrix-coherence/$known" | grep -q '"scene": *"[^"]*hold uring'
report $? "describe CASE/CELL shows it"

# --- shrink ---

printf 'map anon4k 8\nwrite 2\ncheck\n' >"$work/fine.scene"
"$build/scene/shrink" "$work/fine.scene" >"$work/out" 2>"$work/err"
[ $? -eq 2 ] && [ ! -s "$work/out" ] && [ "$(wc -l <"$work/err")" -eq 1 ] && grep -q 'did not fail' "$work/err"
report $? "a scene that does not fail: one line, exit 2"
printf 'map anon4k 8\nwirte 2\n' | "$build/scene/shrink" - 2>"$work/err"
[ $? -eq 64 ] && grep -q 'line 2, column 1' "$work/err"
report $? "a bad scene: its place, exit 64"
"$lostwrite" shrink matrix-coherence/no-such-cell 2>"$work/err"
[ $? -eq 3 ] && [ "$(wc -l <"$work/err")" -eq 1 ]
report $? "no such cell: exit 3"

for _ in 1 2 3 4 5; do # a disk at work may write late, and then nothing is lost
	"$matrix" --cell "$known" >"$work/cell"
	lost=$?
	[ "$lost" -eq 1 ] && break
done
case $lost in
1)
	grep -q '^# scene .* --scene$' "$work/cell"
	report $? "a corrupt cell says how to see its scene"
	sed 's/^map anon4k 16/&\ntouch pages 0-7\nmprotect/; s/^check/read pages 3-9\ncheck/' "$work/known.scene" >"$work/big.scene"
	"$lostwrite" shrink "$work/big.scene" --output "$work/small.scene" 2>"$work/err" &&
		[ "$(grep -vc '^#' "$work/small.scene")" -le 8 ] &&
		grep -q '^map anon4k 1$' "$work/small.scene" && grep -q '^# stale: ' "$work/small.scene"
	report $? "the open bug shrinks to one page and eight lines"
	cat "$work/small.scene" "$work/err" | sed 's/^/# /'
	;;
*)
	skip "a corrupt cell says how to see its scene" "this kernel does not lose it"
	skip "the open bug shrinks to one page and eight lines" "this kernel does not lose it"
	;;
esac

# --- inline ---

source=$(dirname "$0")/..
fields=$(sed -n '/^struct pagemap {/,/^}/s/^\t[a-z0-9_]* \([a-z_, ]*\);.*/\1/p' "$source/lib/pagemap.h" | tr -d ,)
missing='' patterned=()
for field in $fields; do grep -q "\.$field = " "$source/scene/standalone/pagemap.c" || missing+=" $field"; done
[ "$(wc -w <<<"$fields")" -ge 7 ] && [ -z "$missing" ]
report $? "pagemap of an inlined file knows all that the suite's does" "missing:$missing of $fields"

# compiles WHAT COMPILER OPTION...: $work/one.c becomes $work/one without a warning
compiles() {
	local libraries

	libraries=$(sed -n '1,/\*\//s/^ \* Build .* -o [^ ]*//p' "$work/one.c")
	rm -f "$work/one"
	eval "${*:2}" -Wall -Wextra -Werror "$work/one.c" -o "$work/one" "$libraries" >"$work/log" 2>&1 && return
	report 1 "$1 compiles alone"
	sed 's/^/# /' "$work/log"
	return 1
}
# What nobody sets may be 0 by luck: a stack that is filled with a pattern has none.
for compiler in "${CC:-cc}" gcc clang; do
	! echo 'int main(void) { return 0; }' | "$compiler" -ftrivial-auto-var-init=pattern -x c -o "$work/one" - 2>/dev/null ||
		patterned[${#patterned[@]}]="$compiler -ftrivial-auto-var-init=pattern"
done
# same WHAT SUITE-COMMAND...: the file $work/one.c compiles and says the same
same() {
	compiles "$1" "${patterned[0]:-${CC:-cc}}" -O1 && says_the_same "$@"
}
# The same with each compiler, with sanitizers, and without a complaint of valgrind's.
same_without_luck() {
	local compiler

	for compiler in "${patterned[@]:1}"; do
		compiles "$1, ${compiler%% *}" "$compiler" -O2 && says_the_same "$1, ${compiler%% *}" "${@:2}"
	done
	if command -v valgrind >/dev/null; then
		valgrind -q --error-exitcode=88 --log-file="$work/valgrind" "$work/one" >"$work/log" 2>&1
		[ $? != 88 ]
		report $? "$1: valgrind has no complaint" "$(cat "$work/valgrind")"
	else
		skip "$1: valgrind has no complaint" "not installed: valgrind"
	fi
	compiles "$1, sanitizers" "${CC:-cc}" -O2 -fsanitize=address,undefined -fno-sanitize-recover=undefined &&
		ASAN_OPTIONS=detect_leaks=0 says_the_same "$1, sanitizers" "${@:2}"
}
says_the_same() {
	local what=$1 suite mine
	shift
	for _ in 1 2 3; do # a machine at work may not page out at once
		"$work/one" >"$work/log" 2>&1
		mine=$?
		"$@" >"$work/suite" 2>&1
		suite=$?
		[ "$mine" -eq "$suite" ] && break
	done
	[ "$mine" -eq "$suite" ]
	report $? "$what alone says the same ($mine, suite $suite, $(wc -l <"$work/one.c") lines)"
	[ "$mine" -eq "$suite" ] || tail -n 3 "$work/log" "$work/suite" | sed 's/^/# /'
}

if ! command -v "${CC:-cc}" >/dev/null; then
	skip "inlined files" "no C compiler"
else
	for cell in coherence/$known coherence/anon4k.dirty.odirect-read.fork-writes \
		coherence/thp.dirty.uring-write.split-pmd.crossing coherence/file-private.dirty.odirect-write.mprotect \
		coherence/shared-anon.swapped.uring-read.pageout-swapoff coherence/anon4k.lazyfree.uring-read.fork-exits \
		disturb/anon4k.held.swapoff isolation/mthp.dirty.parent-pipe.mprotect.parent \
		kernel-writes/memfd.swapcache.load-pipe.nothing tracking/anon4k.populated.uffd-wp.nothing \
		tracking/shared-anon.swapped.uffd-wp-events.fork-writes tracking/thp.populated.uffd-wp-async.mprotect; do
		"$lostwrite" inline "matrix-$cell" >"$work/one.c"
		same "$cell" "$build/workloads/matrix-${cell%%/*}" --cell "${cell#*/}"
		case $cell in
		coherence/*mprotect | tracking/*)
			"$work/one" damage >"$work/log"
			[ $? -eq 1 ] || [ "$(tail -c 9 "$work/log")" = skip ]
			report $? "and can fail"
			;;
		esac
	done
	printf 'map memfd 8\nfork a\na: hold vmsplice\nwrite 2\na: take\na: check\ncheck\n' >"$work/pipe.scene"
	"$lostwrite" inline "$work/pipe.scene" >"$work/one.c"
	same "a pipe held by a child" "$build/scene/scene" "$work/pipe.scene"
	for program in uring-fixed-clean-page vmsplice-cow-leak; do
		"$lostwrite" inline "$program" >"$work/one.c"
		same_without_luck "$program" "$build/reproducers/$program"
	done
	for program in odirect-read-vs-fork uffdwp-mremap stale-tlb-write; do
		"$lostwrite" inline "$program" >"$work/one.c"
		same "$program" "$build/reproducers/$program"
	done
	# Killed in the middle, it leaves nothing.
	"$lostwrite" inline "matrix-coherence/$known" | sed 's/^	puts("pass");/	pause();\n&/; s/^	EXPECT.*/	pause();/' >"$work/one.c"
	if eval "${CC:-cc}" -w "$work/one.c" -o "$work/one" "$(sed -n '1,/\*\//s/^ \* Build .* -o [^ ]*//p' "$work/one.c")"; then
		for signal in INT TERM HUP KILL; do
			env --default-signal=INT,HUP "$work/one" >"$work/log" 2>&1 & # the shell has it ignore them
			one=$!
			for _ in $(seq 50); do
				grep -q 'device 2' "$work/log" && break
				sleep 0.1
			done
			grep -q "lostwrite-$one.swap" /proc/swaps
			was=$?
			kill -s "$signal" "$one"
			wait "$one" 2>/dev/null
			for _ in $(seq 50); do
				[ -e "/var/tmp/lostwrite-$one.swap" ] || break
				sleep 0.1
			done
			[ "$was" -eq 0 ] && [ ! -e "/var/tmp/lostwrite-$one.swap" ] && ! grep -q "lostwrite-$one.swap" /proc/swaps
			report $? "SIG$signal leaves no swap behind"
		done
	fi
fi
"$lostwrite" inline "matrix-coherence/$known" >"$work/one.c" &&
	"$lostwrite" inline "matrix-coherence/$known" --output "$work/two.c" &&
	grep -q ' two.c ' "$work/two.c" && [ "$(wc -l <"$work/one.c")" -eq "$(wc -l <"$work/two.c")" ]
report $? "inline --output: the same file, by its name"
"$lostwrite" inline "matrix-coherence/$known" --output "$work/no/two.c" 2>"$work/err"
[ $? -eq 64 ] && [ "$(wc -l <"$work/err")" -eq 1 ]
report $? "inline --output into no directory: exit 64"

"$lostwrite" inline no-such-case 2>"$work/err"
[ $? -eq 3 ]
report $? "inline of nothing: exit 3"
end
