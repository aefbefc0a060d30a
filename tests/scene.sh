#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The scene language: every error has its place, and what is legal plays.
set -u
# shellcheck source=tests/tap.sh
. "$(dirname "$0")/tap.sh"
whole_machine
build=${top_builddir:-.}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# refused TEXT PLACE-AND-WORDS: exit 64 and one line that says where and what
refused() {
	printf '%b' "$1" | "$build/scene/scene" - >"$work/out" 2>"$work/err"
	[ "$?" -eq 64 ] && [ ! -s "$work/out" ] && [ "$(wc -l <"$work/err")" -eq 1 ] &&
		grep -qF "$2" "$work/err"
	report $? "refused: $2"
}

# plays NAME TEXT: a pass, or a skip for want of something here
plays() {
	printf '%b' "$2" | "$build/scene/scene" - >"$work/out" 2>"$work/err"
	case $? in
	0) report 0 "$1" ;;
	77) report 0 "$1 # SKIP $(sed -n 's/.*# SKIP //p' "$work/out")" ;;
	*)
		report 1 "$1"
		sed 's/^/# /' "$work/out" "$work/err"
		;;
	esac
}

# judged NAME TEXT: damaged on purpose it is corrupt, or a skip for want of something here
judged() {
	printf '%b' "$2" | "$build/scene/scene" - --inject stale >"$work/out" 2>"$work/err"
	case $? in
	1) report 0 "damage is seen: $1" ;;
	77) report 0 "damage is seen: $1 # SKIP $(sed -n 's/.*# SKIP //p' "$work/out")" ;;
	*) report 1 "damage is seen: $1" ;;
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
refused 'map anon4k 4\nhold vmsplice\ndevice 2\n' 'line 3, column 1: what is held by vmsplice is never written'
refused 'map anon4k 4\nhold odirect-read\ntake\n' 'line 3, column 1: odirect-read takes nothing'
refused 'map anon4k 4\nhold aio-write\ntake\n' 'line 3, column 1: aio-write takes its bytes at release'
refused 'map anon4k 4\nhold tee\ntake\ntake\n' 'line 4, column 1: tee is taken once'
refused 'map anon4k 4\nhold vmsplice-gift sectors 1 8\n' 'vmsplice-gift holds whole pages'
refused 'map anon4k 64\nhold aio-read\n' 'aio-read holds at most 32 pages'
refused 'map anon4k 4\nstore glue 2\n' "line 2, column 7: 'glue' is no way to store"
refused 'map anon4k 4\nload forced\n' "line 2, column 6: 'forced' is no way to load"
refused 'map anon4k 4\nfork a\nfork b\nfork c\nfork d\nfork e\nfork f\n' 'at most 6 processes'

refused 'map anon4k 4\ncollect\n' 'line 2, column 1: nothing is tracked'
refused 'map anon4k 4\ntrack glue\n' "line 2, column 7: 'glue' is no tracker"
refused 'map file 4\ntrack uffd-wp\n' 'line 2, column 7: uffd-wp does not track file memory'
refused 'map anon4k 4\ntrack uffd-wp\ntrack soft-dirty\n' 'line 3, column 1: there is a tracker already'
refused 'map anon4k 4\nfork a\na: track uffd-wp\n' 'line 3, column 4: only the first process tracks'
refused 'map anon4k 4\ntrack uffd-wp\nfork a\nclose\n' 'line 4, column 1: a child has the userfaultfd, too'

plays 'stores of two processes' 'map anon4k 8\nfork a\nwrite 2\na: write 3 pages 0-3\na: check\ncheck\na: exit\ncheck\n'
plays 'shared memory' 'map memfd 8\nfork a\na: write 3 sectors 5 20\na: check\ncheck\n'
plays 'a registered buffer, both ways' 'map anon4k 8\nhold uring sectors 5 20\ndevice 2\nwrite 3 sectors 25 4\ntake\nrelease\ncheck\n'
plays 'an O_DIRECT read arrives at release' 'map anon4k 8\nhold odirect-read pages 1-2\ndevice 2\ncheck\nrelease\ncheck\n'
plays 'an O_DIRECT write takes what was there, or was stored since' 'map anon4k 8\nhold odirect-write pages 1-2\nwrite 2\nrelease\ncheck\n'
plays 'an O_DIRECT write holds its pages from the start' 'map anon4k 8\nhold odirect-write\ndontneed\nwrite 2\nrelease\ncheck\n'
for how in odirect aio uring-odirect fixed-odirect disk; do
	plays "$how: a held read arrives at release" \
		"map anon4k 16\nhold $how-read sectors 12 20\nwrite 3 sectors 32 2\ndevice 2\ncheck\nrelease\ncheck\n"
	plays "$how: a held write takes what was there, or was stored since" \
		"map anon4k 16\nhold $how-write sectors 12 20\nfork a\na: write 4\nwrite 3\nrelease\na: check\ncheck\n"
done
for how in vmsplice vmsplice-gift tee zerocopy send-zc send-zc-fixed gup-read gup-read-fast gup-write; do
	plays "$how: its reader sees no stranger's store" \
		"map anon4k 16\nhold $how pages 2-5\nfork a\na: write 4\nwrite 3 sectors 20 9\ntake\nrelease\na: check\ncheck\n"
	judged "$how" "map anon4k 16\nhold $how pages 2-5\ntake\nrelease\ncheck\n"
done
for way in process-vm proc-mem forced file odirect uring pipe splice socket af-alg ktls; do
	plays "the kernel stores: $way" "map anon4k 40\nstore $way 2 sectors 3 200\ncheck\nload process-vm\n"
	judged "store $way" "map anon4k 40\nstore $way 2\ncheck\n"
done
for way in process-vm proc-mem file odirect uring pipe socket; do
	plays "the kernel loads: $way" "map anon4k 40\nwrite 2 sectors 3 200\nload $way\nload $way sectors 1 9\n"
	judged "load $way" "map anon4k 40\nload $way\ncheck\n"
done
printf 'map anon4k 16\nhold disk-read\nfork a\nrelease\ncheck\n' | "$build/scene/scene" - --inject calm >"$work/out" 2>&1
case $? in
2 | 77) report 0 "a scene that ends in the middle leaves nothing on a slow disk" ;;
*) report 1 "a scene that ends in the middle leaves nothing on a slow disk" ;;
esac
plays 'another process is written to' 'map anon4k 8\nfork a\npoke a 2 pages 1-2\na: check\ncheck\npeek a\n'
plays 'a pin keeps what guard markers replaced' 'map anon4k 8\nhold uring\nguard\ndevice 2\ncheck\nwrite 3\nrelease\ncheck\n'
plays 'a pipe keeps what it got' 'map anon4k 8\nfork a\na: hold vmsplice\na: dontneed\nwrite 2\na: take\na: check\ncheck\n'
plays 'a grandchild, which outlives its parent' 'map anon4k 8\nfork a\na: fork b\nb: write 4 sectors 9 4\na: write 3\nwrite 2\npeek a\na: exit\nb: check\npeek b\ncheck\nb: fork c\nb: exit\nc: write 5\nc: check\ncheck\n'
plays 'a private file page that was given away' 'map file-private 8\nwrite 2\nfork a\na: dontneed\na: check\ncheck\n'
plays 'memory that was given away' 'map anon4k 8\nwrite 2\ndontneed pages 2-3\ncheck\nfree\ncheck\nwrite 3\ncheck\n'
plays 'writes are reported' 'map anon4k 8\ntrack uffd-wp\nwrite 2 pages 0-3\nbits\ncollect\ncollect\nbits\nclose\nbits\nwrite 3\ncheck\n'
plays 'a child is tracked' 'map anon4k 8\ntrack uffd-wp-events\nfork a\na: write 2 pages 0-3\nmremap\nwrite 3 pages 2-4\ncollect\na: bits\ncheck\nuntrack\n'
plays 'writes are scanned' 'map memfd 8\ntrack uffd-wp-async\nwrite 2 pages 0-3\nbits\nunregister pages 2-5\nbits\nregister pages 2-5\ncollect\ncollect\nuntrack\nbits\ncheck\n'
for tracker in uffd-wp uffd-wp-async; do
	plays "guard markers and $tracker" \
		"map anon4k 8\ntrack $tracker\nguard pages 2-5\nwrite 2\nbits\ncollect\npageout\nguard pages 0-1\ncollect\ncheck\n"
done
plays 'soft-dirty bits' 'map anon4k 8\ntrack soft-dirty\nwrite 2 pages 0-3\nmprotect\ncollect\ncollect\ncheck\nuntrack\n'
plays 'the huge kinds' 'map thp 512\nfork a\nwrite 2 pages 100-300\na: check\ncheck\n'

# Every op that disturbs is seen to (or skips by name), and leaves what the model says.
exposed() { # exposed NAME TEXT: a pass is one that reached its pages
	printf '%b' "$2" | "$build/scene/scene" - --rounds 1 >"$work/out" 2>"$work/err"
	case $? in
	0) report 0 "$1" ;;
	2) report 0 "$1 # SKIP $(sed -n 's/.*# SKIP //p' "$work/out")" ;;
	77)
		grep -q '# SKIP [a-z0-9-]*: .*; ' "$work/out"
		report $? "$1 # SKIP $(sed -n 's/.*# SKIP //p' "$work/out")"
		;;
	*)
		report 1 "$1"
		sed 's/^/# /' "$work/out" "$work/err"
		;;
	esac
}

for op in cold mlock-onfault populate-read populate-write mremap-resize mremap-dontunmap 'unmap pages 2-5' \
	memcg-reclaim remote-pageout damon-pageout ksm-merge 'ksm-merge\nksm-unmerge' 'pageout\nwillneed' \
	move-pages mbind migrate-pages numa-hint soft-offline 'guard pages 2-5'; do
	exposed "anon4k: $op" "map anon4k 16\nwrite 2 pages 3-9\n$op\ncheck\nwrite 3 pages 0-7\nfork a\na: write 4\ncheck\na: check\n"
done
for op in split-pmd split-folio move-pages memcg-reclaim 'unmap page 9' 'dontneed pages 9-12' 'guard pages 9-12'; do
	exposed "thp: $op" "map thp 512\nwrite 2 pages 5-300\n$op\ncheck\nwrite 3 pages 0-7\ncheck\n"
done
exposed "pte-thp: khugepaged" 'map pte-thp 512\nwrite 2 pages 5-300\nkhugepaged\ncheck\n'
for kind in memfd memfd-private file file-private; do
	for op in 'punch pages 2-9' 'punch sectors 20 30' 'truncate pages 5-6' 'truncate sectors 43 1'; do
		exposed "$kind: $op" "map $kind 16\nwrite 2 pages 3-9\n$op\ncheck\nwrite 3 pages 0-7\nfork a\na: write 4 pages 6-12\n$op\ncheck\na: check\n"
	done
done
exposed 'shared-anon: punch' 'map shared-anon 16\nfork a\na: punch pages 2-9\ncheck\na: check\n'
exposed 'file: written, evicted and read again' 'map file 16\nwrite 2 pages 3-9\nfsync\ndontneed\nevict\ncheck\n'
exposed 'a pin of what was truncated and filled again' \
	'map memfd 16\nhold uring\ntruncate\nwrite 3\ndevice 2\ncheck\nrelease\ncheck\n'
exposed 'a private pin of what was truncated' \
	'map memfd-private 16\nhold uring pages 0-7\ntruncate pages 4-5\nfork a\ndevice 2\nwrite 3 pages 5-6\nrelease\ncheck\na: check\n'
exposed 'grandchildren that pin, and whose parent leaves' \
	'map anon4k 16\nfork a\na: fork b\nb: hold uring pages 0-3\na: exit\nb: fork c\nb: device 2\nc: write 3\nb: release\ncheck\nb: check\nc: check\n'
plays 'stores from another CPU' 'map anon4k 8\nfar-write 2\nfork a\nfar-write 3\na: far-write 4 pages 0-3\na: check\ncheck\n'

# The oracle behind them can fail, and without its disturbance no cell passes.
for cell in anon4k.content.mremap memfd.content.punch anon4k.far.pageout; do
	"$build/workloads/matrix-disturb" --cell "$cell" --inject stale >"$work/out" 2>&1
	case $? in
	1) report 0 "matrix-disturb.$cell --inject stale is corrupt" ;;
	77) report 0 "matrix-disturb.$cell # SKIP $(sed -n 's/.*# SKIP //p' "$work/out")" ;;
	*) report 1 "matrix-disturb.$cell --inject stale is corrupt" ;;
	esac
done

# A trial leaves nothing behind, nor does a scene that lets nothing go.
for lines in 'hold uring' 'hold odirect-read' 'hold vmsplice' 'track uffd-wp\nwrite 2' 'far-write 2'; do
	printf 'map memfd 4\n%b\ncheck\n' "$lines" >"$work/scene"
	(ulimit -n 48 && exec "$build/scene/scene" "$work/scene" --rounds 100) >"$work/out" 2>&1
	case $? in
	0) report 0 "100 trials of '$lines'" ;;
	77) report 0 "100 trials of '$lines' # SKIP $(sed -n 's/.*# SKIP //p' "$work/out")" ;;
	*) report 1 "100 trials of '$lines'" ;;
	esac
done
refused 'map anon4k 4\npunch\n' "line 2, column 1: 'punch' is nothing for anon4k memory"
refused 'map anon4k 4\npageout sectors 3 4\n' "line 2, column 9: 'pageout' works on whole pages"
refused 'map anon4k 4\nfork a\na: hold uring\na: exit\n' 'line 4, column 4: it holds something; release it first'

"$build/scene/scene" --ops | grep -q '^  pageout '
report $? "--ops is the manual"
"$build/scene/scene" /nonexistent 2>"$work/err"
[ $? -eq 64 ] && grep -q 'No such file' "$work/err"
report $? "a missing file is said"
head -c 100000 /dev/zero | tr '\0' '#' >"$work/long"
"$build/scene/scene" "$work/long" 2>"$work/err"
[ $? -eq 64 ] && grep -q 'too long' "$work/err"
report $? "a file that is too long is said"
end
