#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# usage: tests/check-clone.sh REPOSITORY DIR
#
# What the README promises, in a fresh clone in DIR: './run.sh' sets itself up
# and gives a verdict, a second start reaches the first test within 2 seconds,
# nothing is written but build/, results/ and what autoreconf makes, and a case
# that tools/new writes builds and runs.

set -eu
repository=$1 dir=$2
rm -rf "$dir"
mkdir -p "$dir/home" "$dir/tmp"
git clone -q "$repository" "$dir/lostwrite"
cd "$dir/lostwrite"
export HOME=$dir/home TMPDIR=$dir/tmp

fail() {
	echo "FAILED: $*"
	exit 1
}

# 0 and 77 are what a kernel without new bugs gives (1 would be news for this machine).
start=${EPOCHREALTIME/./}
status=0
./run.sh --no-install || status=$?
echo "first start: $(((${EPOCHREALTIME/./} - start) / 1000)) ms, exit $status"
case $status in
0 | 77) ;;
1) fail "./run.sh says that this kernel loses writes in a case that is not known: see above" ;;
*) fail "./run.sh ended with $status" ;;
esac
for file in env.json journal.jsonl summary.json results.ktap; do
	[ -s "results/latest/$file" ] || fail "no results/latest/$file"
done

# From the command to the journal's first start event.
start=$(date +%s%3N)
./run.sh run --no-install --rounds 1 >/dev/null || [ $? = 77 ]
first=$(sed -n '/^{"event":"start"/{s/.*"time":"\([^"]*\)"}$/\1/p;q}' results/latest/journal.jsonl)
first=$(date -d "$first" +%s%3N)
echo "second start: first test after $((first - start)) ms"
[ $((first - start)) -lt 2000 ] || fail "a second start took $((first - start)) ms to the first test"

[ -z "$(git status --porcelain)" ] || fail "changed in the source: $(git status --porcelain)"
made='build/|results/|autom4te.cache/|aclocal.m4|build-aux/|configure~?|config.h.in~?|Makefile.in'
git status --porcelain --ignored | grep -vE "^!! ($made)" && fail "files in the source that nobody expects"
[ -z "$(find "$dir/home" "$dir/tmp" -mindepth 1)" ] ||
	fail "left behind: $(find "$dir/home" "$dir/tmp" -mindepth 1)"

tools/new a-case-of-the-check
status=0
./run.sh run --match a-case-of-the-check --rounds 1 || status=$?
[ "$status" = 77 ] || fail "the skeleton of tools/new ended with $status, not as inconclusive (77)"
git diff --stat
[ "$(git diff --numstat Makefile.am | cut -f1,2)" = "1"$'\t'"0" ] || fail "tools/new is not one line of Makefile.am"
git ls-files --others --exclude-standard --full-name | tests/check-source.sh || fail "the skeleton is not as a case should be"
if command -v clang-format >/dev/null; then
	clang-format --dry-run -Werror reproducers/a-case-of-the-check.c || fail "the skeleton's style"
fi
cd /
rm -rf "$dir"
