#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# docs/catalogue.md is what the programs say of themselves.
set -u
build=${top_builddir:-.}
src=${top_srcdir:-.}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

echo 1..3
"$src"/tools/catalogue "$build" >"$work/catalogue.md" 2>"$work/err"
status=$?
if [ "$status" -eq 0 ]; then echo "ok 1 - every program describes itself"; else
	sed 's/^/# /' "$work/err"
	echo "not ok 1 - every program describes itself"
fi
if diff -u "$src/docs/catalogue.md" "$work/catalogue.md" >"$work/diff"; then
	echo "ok 2 - docs/catalogue.md is current"
else
	sed 's/^/# /' "$work/diff" | head -40
	echo "not ok 2 - docs/catalogue.md is not current: tools/catalogue BUILDDIR > docs/catalogue.md"
fi
"$src"/tools/catalogue /no/such/directory >"$work/out" 2>"$work/err"
status=$?
if [ "$status" -eq 64 ] && [ ! -s "$work/out" ] && [ "$(wc -l <"$work/err")" -eq 1 ]; then
	echo "ok 3 - a wrong directory is refused with one line and 64"
else
	echo "not ok 3 - a wrong directory is refused with one line and 64"
fi
