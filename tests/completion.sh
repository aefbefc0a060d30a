#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What a shell completes, and the thin files for other engines. As TAP.
set -u
# shellcheck source=tests/tap.sh
. "$(dirname "$0")/tap.sh"
source=$(realpath "$(dirname "$0")/..")
workplace completion
export PATH=$build/runner:$PATH

# shellcheck source=tools/completion/lostwrite
. "$source/tools/completion/lostwrite"
completed() { # WORD...: what bash offers for the last one
	COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) COMPREPLY=()
	_lostwrite
	echo "${COMPREPLY[*]}"
}
echo "# bash"
is "a verb" "report resume" "$(completed lostwrite re | tr ' ' '\n' | sort | paste -sd ' ')"
is "a profile" "quick" "$(completed lostwrite run q)"
is "an option" "--match" "$(completed lostwrite run --ma)"
is "an option of a helper's verb" "--kernel" "$(completed lostwrite history --k)"
is "a program" "uring-fixed-clean-page" "$(completed lostwrite run --match uring-fixed-cl)"
touch "$work/my.scene"
is "a file" "$work/my.scene" "$(completed lostwrite scene "$work/my")"
for verb in $(LOSTWRITE_COMPLETE=verbs lostwrite); do
	[ "$verb" = scene ] && continue
	LOSTWRITE_COMPLETE=options lostwrite "$verb" </dev/null 2>&1 | grep -qvx -e '--[a-z-]*'
	[ "${PIPESTATUS[0]}${PIPESTATUS[1]}" = 01 ]
	report $? "$verb tells its options and nothing else"
done
echo "# zsh and fish: their syntax"
for shell in zsh fish; do
	file=$source/tools/completion/_lostwrite
	[ "$shell" = zsh ] || file=$source/tools/completion/lostwrite.fish
	if command -v "$shell" >/dev/null; then
		"$shell" -n "$file"
		report $? "$shell"
	else
		skip "$shell" "install the package $shell"
	fi
done

echo "# the manual"
if [ -e "$source/docs/lostwrite-scene.5" ]; then
	"$source/tools/scene-man" "$build" | diff "$source/docs/lostwrite-scene.5" - >"$work/diff"
	report $? "lostwrite-scene(5) has all operations; tools/scene-man makes it" "$(cat "$work/diff")"
fi

echo "# kselftest's runner"
for name in pass skip; do
	rm -rf "$work/cases"
	stubs "$name"
	"$source/lab/engines/kselftest.sh" >"$work/out" 2>/dev/null
	echo $? >"$work/code.$name"
	has "$name: KTAP" "^ok 1 stub-$name" "$work/out"
done
is "pass and skip: its exit codes" "0 4" "$(cat "$work/code.pass") $(cat "$work/code.skip")"
end
