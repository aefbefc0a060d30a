#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# For tools/testing/selftests, whose runner wants KTAP on stdout and 4 for a skip: put it into
# a directory there as a TEST_PROGS, with `lostwrite` installed. Options go to `lostwrite run`.
results=$(mktemp -d) || exit 1
trap 'rm -rf "$results"' EXIT
lostwrite run "$@" --results "$results" >&2
code=$?
cat "$results/latest/results.ktap" 2>/dev/null
case $code in
77) exit 4 ;;
0 | 1) exit "$code" ;;
*) exit 1 ;;
esac
