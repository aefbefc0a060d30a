#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The scene language: every error has its place, and what is legal plays.
set -u
build=${top_builddir:-.}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
count=0

ok() { # ok STATUS NAME
	count=$((count + 1))
	if [ "$1" -eq 0 ]; then echo "ok $count - $2"; else echo "not ok $count - $2"; fi
}

# refused TEXT PLACE-AND-WORDS: exit 64 and one line that says where and what
refused() {
	printf '%b' "$1" | "$build/scene/scene" - >"$work/out" 2>"$work/err"
	[ "$?" -eq 64 ] && [ ! -s "$work/out" ] && [ "$(wc -l <"$work/err")" -eq 1 ] &&
		grep -qF "$2" "$work/err"
	ok $? "refused: $2"
}

# plays NAME TEXT: a pass, or a skip for want of something here
plays() {
	printf '%b' "$2" | "$build/scene/scene" - >"$work/out" 2>"$work/err"
	case $? in
	0) ok 0 "$1" ;;
	77) ok 0 "$1 # SKIP $(sed -n 's/.*# SKIP //p' "$work/out")" ;;
	*)
		ok 1 "$1"
		sed 's/^/# /' "$work/out" "$work/err"
		;;
	esac
}

refused '' 'line 1, column 1: an empty scene; it begins with map'
refused '# nothing\n\n' 'an empty scene'
refused 'write 2\n' 'line 1, column 1: a scene begins with map'
refused 'map anon4k 4\nmap thp 512\n' 'line 2, column 1: there is one map in a scene'
refused 'map anon5k 4\n' "line 1, column 5: 'anon5k' is no kind of memory"
refused 'map anon4k 0\n' "column 12: '0' is no number of pages from 1 to 512"
refused 'map anon4k 4\n  wirte 2\n' "line 2, column 3: 'wirte' is no operation; did you mean 'write'?"
refused 'map anon4k 4\nwrite x\n' "line 2, column 7: 'x' is no generation"
refused 'map anon4k 4\nwrite 2 pages 2-9\n' "line 2, column 17: '9' is no page from 2 to 3"
refused 'map anon4k 4\nwrite 2 sectors 30 3\n' "column 20: '3' is no count from 1 to 2"
refused 'map anon4k 4\nwrite 2 everywhere\n' "line 2, column 9: 'everywhere': pages A-B"
refused 'map anon4k 4\ncheck now\n' "line 2, column 7: 'now' is one word too many"
refused 'map anon4k 4\nb: write 2\n' "line 2, column 1: there is no process 'b'"
refused 'map anon4k 4\nfork b\nfork b\n' "line 3, column 6: 'b' is taken"
refused 'map anon4k 4\nfork b\nb: exit\npeek b\n' "line 4, column 6: process 'b' has left"
refused 'map anon4k 4\npeek b\n' "line 2, column 6: there is no process 'b'"
refused 'map anon4k 4\nfork b\nb: exit\nb: write 2\n' "line 4, column 4: process 'b' has left"
refused 'map anon4k 4\nexit\n' 'the first process stays to the end'
refused 'map anon4k 4\nrelease\n' 'line 2, column 1: nothing is held'
refused 'map anon4k 4\nhold uring\nhold uring\n' 'line 3, column 1: something is held already'
refused 'map anon4k 4\nhold glue\n' "line 2, column 6: 'glue' holds nothing"
refused 'map anon4k 4\nfork a\nfork b\nfork c\nfork d\nfork e\nfork f\n' 'at most 6 processes'

plays 'stores of two processes' 'map anon4k 8\nfork a\nwrite 2\na: write 3 pages 0-3\na: check\ncheck\na: exit\ncheck\n'
plays 'shared memory' 'map memfd 8\nfork a\na: write 3 sectors 5 20\na: check\ncheck\n'
plays 'a registered buffer, both ways' 'map anon4k 8\nhold uring sectors 5 20\ndevice 2\nwrite 3 sectors 25 4\ntake\nrelease\ncheck\n'
plays 'an O_DIRECT read arrives at release' 'map anon4k 8\nhold odirect-read pages 1-2\ndevice 2\ncheck\nrelease\ncheck\n'
plays 'an O_DIRECT write takes what was there, or was stored since' 'map anon4k 8\nhold odirect-write pages 1-2\nwrite 2\nrelease\ncheck\n'
plays 'an O_DIRECT write holds its pages from the start' 'map anon4k 8\nhold odirect-write\ndontneed\nwrite 2\nrelease\ncheck\n'
plays 'a pipe keeps what it got' 'map anon4k 8\nfork a\na: hold vmsplice\na: dontneed\nwrite 2\na: take\na: check\ncheck\n'
plays 'a grandchild, which outlives its parent' 'map anon4k 8\nfork a\na: fork b\nb: write 4 sectors 9 4\na: write 3\nwrite 2\npeek a\na: exit\nb: check\npeek b\ncheck\nb: fork c\nb: exit\nc: write 5\nc: check\ncheck\n'
plays 'a private file page that was given away' 'map file-private 8\nwrite 2\nfork a\na: dontneed\na: check\ncheck\n'
plays 'memory that was given away' 'map anon4k 8\nwrite 2\ndontneed pages 2-3\ncheck\nfree\ncheck\nwrite 3\ncheck\n'
plays 'the huge kinds' 'map thp 512\nfork a\nwrite 2 pages 100-300\na: check\ncheck\n'

"$build/scene/scene" --ops | grep -q '^  pageout '
ok $? "--ops is the manual"
"$build/scene/scene" /nonexistent 2>"$work/err"
[ $? -eq 64 ] && grep -q 'No such file' "$work/err"
ok $? "a missing file is said"
head -c 100000 /dev/zero | tr '\0' '#' >"$work/long"
"$build/scene/scene" "$work/long" 2>"$work/err"
[ $? -eq 64 ] && grep -q 'too long' "$work/err"
ok $? "a file that is too long is said"
echo "1..$count"
