#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# usage: tests/check.sh [STEP...]
#
# The tests of lostwrite itself, all of them or the steps named: builds, `make
# check`, linters, the distribution, a fresh clone, and at last whether the
# machine is as before. Each step logs to build/check/STEP.log. The last line
# counts the steps and the single points of `make check`:
#
#   N passed, N failed, N skipped
#
# Exit: 0 when none failed, 1 when one did, 64 for an unknown step.

set -u
export LC_ALL=C
unset LOSTWRITE_PROGRAMS LOSTWRITE_RESULTS LOSTWRITE_STATE LOSTWRITE_NO_INSTALL MAKEFLAGS
top=$(dirname "$(dirname "$(readlink -f "$0")")")
check=$top/build/check
steps=(gcc selftest clang sanitizers without install shellcheck cppcheck format source man
	lab distcheck clone machine)
optional=(liburing libfuse libnuma libaio libxml2 sqlite)

# A step's function leaves with this: its reason is told beside its name.
skip() {
	echo "$*"
	exit 77
}
need() { command -v "$1" >/dev/null || skip "$1 is not installed"; }

# Sets `list` to the project's own files that match a pattern, relative to the top.
files() { # PATTERN...
	cd "$top" || exit 1
	[ -e .git ] || skip "only in a git checkout"
	need git
	mapfile -t list < <(git ls-files --cached --others --exclude-standard -- "$@" |
		while IFS= read -r file; do [ ! -f "$file" ] || echo "$file"; done)
	[ "${#list[@]}" -gt 0 ] || exit 1
}

# Configures NAME (once for the same options) and builds all of it, its tests too.
build() { # NAME OPTION...
	local dir=$check/$1

	mkdir -p "$dir" && cd "$dir" || return
	if [ "$(cat .options 2>/dev/null)" != "${*:2}" ]; then
		rm -f .options
		"$top/configure" "${@:2}" && echo "${*:2}" >.options || return
	fi
	make -j"$(nproc)" all && make -j"$(nproc)" check TESTS=
}

# `make check` in the build NAME; its points go to the totals.
points() { # NAME
	cd "$check/$1" || return
	make -k check VERBOSE=1
	local status=$?

	find . -name '*.trs' -exec sed -n 's/^:test-result: //p' {} + >"$check/$step.points"
	[ -s "$check/$step.points" ] || return 1
	return "$status"
}

step_gcc() { build gcc CC=gcc --enable-werror --prefix="$check/prefix"; }

# What the source tree has, beside what git knows unchanged.
tree() { [ ! -e "$top/.git" ] || git -C "$top" status --porcelain --ignored; }

# The tests write nothing into the source tree, which for others is read-only.
step_selftest() {
	local before status

	step_gcc || return
	before=$(tree)
	points gcc
	status=$?
	diff <(echo "$before") <(tree) && return "$status"
}

step_clang() {
	need clang
	build clang CC=clang --enable-werror
}

step_sanitizers() { build sanitizers CC=gcc --enable-werror --enable-sanitizers && points sanitizers; }

# What --describe of PROGRAM says of its needs, one a line.
needs() { "$1" --describe | grep -o '{"name": *"[^}]*"remedy"[^}]*}'; }

# Without the optional libraries nothing vanishes, and what lacks one names its package.
step_without() {
	local program status=0 name

	step_gcc && build without CC=gcc --enable-werror "${optional[@]/#/--without-}" || return
	cd "$check" || return
	for program in gcc/reproducers/* gcc/workloads/*; do
		[[ $program != *.* && -x $program && -f $program ]] || continue
		diff <("$program" --list) <("without/${program#gcc/}" --list) || status=1
		while read -r name; do
			needs "without/${program#gcc/}" | grep "\"name\": *\"$name\"" |
				grep -q '"remedy": *"install [a-z0-9]*-dev\|"ok": *true' && continue
			echo "$program: '$name' is gone without the libraries, and no package is named"
			status=1
		done < <(needs "$program" | sed -n 's/.*"name": *"\([^"]*\)", *"ok": *true.*/\1/p')
	done
	diff <(gcc/runner/lostwrite list | cut -d' ' -f1) \
		<(without/runner/lostwrite list | cut -d' ' -f1) && return "$status"
}

# Where the installed one writes when nobody says where; a link in that place is refused.
installed_results() {
	local dir=$check/installed.d place=home/.local/state/lostwrite lw

	[ "$EUID" != 0 ] || place=state/results
	lw=(env -u XDG_STATE_HOME HOME="$dir/home" LOSTWRITE_STATE="$dir/state"
		LOSTWRITE_PROGRAMS="$dir/programs" "$check/prefix/bin/lostwrite")
	rm -rf "$dir" && mkdir -p "$dir"/{programs,home} || return
	cp "$check/gcc/tests/stub" "$dir/programs/stub-pass" && "${lw[@]}" run || return
	[ -s "$dir/$place/latest/summary.json" ] && "${lw[@]}" report || return
	mv "$dir/$place" "$dir/elsewhere" && ln -s "$dir/elsewhere" "$dir/$place" || return
	"${lw[@]}" run
	[ $? = 2 ]
}

# What is installed works from there, and goes again.
step_install() {
	step_gcc && rm -rf "$check/prefix" && make -C "$check/gcc" install || return
	cd / && "$check/prefix/bin/lostwrite" list | cut -d' ' -f1 >"$check/installed" || return
	"$check/gcc/runner/lostwrite" list | cut -d' ' -f1 | diff - "$check/installed" || return
	[ -s "$check/prefix/share/man/man1/lostwrite.1" ] || return
	installed_results || return
	if command -v systemd-analyze >/dev/null; then
		systemd-analyze verify --man=no "$check"/prefix/lib/systemd/system/* || return
	fi
	make -C "$check/gcc" uninstall || return
	[ -z "$(find "$check/prefix" ! -type d -print)" ]
}

step_shellcheck() {
	need shellcheck
	files '*'
	mapfile -t list < <(grep -lE '^#!/bin/(ba)?sh' "${list[@]}")
	shellcheck -x "${list[@]}"
}

# Not asked: readdir_r() is deprecated, and mmap() of a fixed address returns what is known.
step_cppcheck() {
	need cppcheck
	files '*.c'
	cppcheck -q -j"$(nproc)" --std=c11 --library=posix,gnu --inline-suppr --error-exitcode=1 \
		--enable=warning,performance,portability --suppress=readdirCalled \
		--suppress=leakReturnValNotUsed -D_GNU_SOURCE -D__linux__ -D__x86_64__ \
		-I lib -I runner -I tests "${list[@]}"
}

step_format() {
	local version

	need clang-format
	version=$(clang-format --version | sed 's/.*version \([0-9]*\).*/\1/')
	[ "$version" = 14 ] || skip "clang-format is $version, the style is that of 14"
	files '*.c' '*.h'
	clang-format --dry-run -Werror "${list[@]}"
}

step_source() {
	files '*'
	printf '%s\n' "${list[@]}" | tests/check-source.sh
}

step_man() {
	need mandoc
	files 'docs/*.1' 'docs/*.5' 'docs/*.7'
	mandoc -Tlint -W warning "${list[@]}"
}

# What `inline` writes, compiled here and run there: one tracks, one loses a write.
guest_runs_inlined() { # KERNEL
	local suite=$check/gcc/runner/lostwrite dir=$check/lab/inlined name libraries

	mkdir -p "$dir" || return
	"$suite" inline matrix-tracking.anon4k.populated.soft-dirty.pageout-read.twice --output "$dir/tracks.c" &&
		"$suite" inline matrix-coherence.anon4k.dirty.odirect-read.fork-writes --output "$dir/loses.c" ||
		return
	for name in tracks loses; do
		libraries=$(sed -n '1,/\*\//s/^ \* Build .* -o [^ ]*//p' "$dir/$name.c")
		# shellcheck disable=SC2086 # the words of a command
		eval gcc -O2 -Wall -Wextra -Werror "$dir/$name.c" -o "$dir/$name" $libraries || return
	done
	# shellcheck disable=SC2016 # the guest's
	"$suite" vm --deb "$1" --timeout 5m --put "$dir/tracks" --put "$dir/loses" \
		--exec '/root/tracks && { /root/loses; [ $? = 1 ]; }'
}

# Other kernels: the first and the last of the default ladder say what lab/expected.tsv
# says, case by case; all reproducers, and of each matrix what is named below.
lab_match='not matrix* or matrix-coherence.anon4k.dirty.odirect-read.*'
step_lab() {
	local lacks kernel status

	step_gcc || return
	lacks=$("$top/tools/packages" missing lab | awk '{ print $3 }' | sort -u | paste -sd ' ')
	[ -z "$lacks" ] || skip "not installed: $lacks"
	for kernel in 5.10 newest; do
		"$top/lab/deb.sh" "$kernel" "${XDG_CACHE_HOME:-$HOME/.cache}/lostwrite" 2>"$check/lab.why"
		status=$?
		cat "$check/lab.why"
		[ "$status" != 69 ] || skip "$(tail -n 1 "$check/lab.why")"
		[ "$status" = 0 ] || return 1
	done
	rm -rf "$check/lab" && mkdir -p "$check/lab/programs" || return
	find "$check"/gcc/reproducers/ "$check"/gcc/workloads/matrix-coherence -maxdepth 1 -type f \
		-perm -u+x ! -name '*.*' -exec ln -s -t "$check/lab/programs" {} +
	LOSTWRITE_PROGRAMS=$check/lab/programs "$check/gcc/runner/lostwrite" ladder \
		--deb 5.10 --deb newest --match "$lab_match" --expect "$top/lab/expected.tsv" \
		--timeout 5m --results "$check/lab" -- full &&
		guest_runs_inlined 5.10
}

# A tarball has all that git has (the packaging goes beside it), builds elsewhere, out of a
# read-only tree, and sets itself up by its run.sh. Of the tests those run that are over soon:
# the others did all they do in `selftest`, and their files are seen to be there.
dist_tests=tests/catalogue.sh
for name in arena fuzz console record shrink model track pattern stamp; do
	dist_tests+=" tests/test-$name"
done
dist_has_all() {
	[ -e "$top/.git" ] || return 0
	diff <(tar -tf lostwrite-*.tar.xz | cut -d/ -f2- | grep -v '/$' | sort) \
		<(git -C "$top" ls-files | grep -v '^debian/' | sort) | grep '^>' && return 1
	return 0
}
step_distcheck() {
	need xz
	step_gcc || return
	make distcheck DISTCHECK_CONFIGURE_FLAGS="CC=gcc --enable-werror" TESTS="$dist_tests" || return
	dist_has_all || return
	rm -rf "$check/tarball" && mkdir "$check/tarball" || return
	tar -C "$check/tarball" -xf lostwrite-*.tar.xz || return
	cd "$check"/tarball/lostwrite-* && ./run.sh list --no-install || return
	rm -rf "$check/tarball"
}

step_clone() {
	need git
	cd "$top" || return
	git rev-parse -q --verify HEAD >/dev/null || skip "no commit to clone"
	[ -z "$(git status --porcelain)" ] || echo "note: what is not committed is not in the clone"
	tests/check-clone.sh "$top" "$check/clone"
}

step_machine() {
	"$top/tests/check-machine.sh" | diff "$check/machine.before" -
}

# Runs a step and tells how it went.
run_step() {
	local log=$check/$step.log start=${EPOCHREALTIME/./} tenths status word note="" ok bad skip

	printf '%-11s ' "$step"
	rm -f "$check/$step.points"
	("step_$step") >"$log" 2>&1 </dev/null
	status=$?
	tenths=$(((${EPOCHREALTIME/./} - start) / 100000))
	case $status in
	0) word=ok passed=$((passed + 1)) ;;
	77) word=skip note=$(tail -n 1 "$log") skipped=$((skipped + 1)) ;;
	*) word=FAILED note=${log#"$top/"} failed=$((failed + 1)) ;;
	esac
	if [ -s "$check/$step.points" ]; then
		ok=$(count PASS XFAIL) bad=$(count FAIL XPASS ERROR) skip=$(count SKIP)
		passed=$((passed + ok)) failed=$((failed + bad)) skipped=$((skipped + skip))
		note="$ok points passed, $bad failed, $skip skipped${note:+; $note}"
	fi
	printf '%-6s %5d.%d s  %s\n' "$word" $((tenths / 10)) $((tenths % 10)) "$note"
	[ "$word" = FAILED ] || return 0
	{
		grep -E '^(FAIL|ERROR|XPASS): ' "$log" | sort -u | head -n 10
		awk '/^not ok/ { on = 1; print } on && /^ *#/; !/^(not ok| *#)/ { on = 0 }' "$log" |
			head -n 30 # what was expected and found
		tail -n 15 "$log"
	} | sed 's/^/    /'
}

count() { grep -cE "^($(IFS="|" && echo "$*"))( |\$)" "$check/$step.points"; }

case ${1-} in
-*)
	sed -n '4,/^$/s/^# \?//p' "$0"
	echo "Steps: ${steps[*]}"
	[ "$1" = --help ] || exit 64
	exit
	;;
esac
for step; do
	[[ " ${steps[*]} " == *" $step "* ]] || {
		echo "check: no step '$step'; there are: ${steps[*]}" >&2
		exit 64
	}
done
[ $# = 0 ] || steps=("$@")

mkdir -p "$check" && cd "$top" || exit 2
trap 'echo; exit 130' INT
if [ ! configure -nt configure.ac ] || [ ! Makefile.in -nt Makefile.am ]; then
	autoreconf -i >"$check/autoreconf.log" 2>&1 || {
		cat "$check/autoreconf.log" >&2
		exit 2
	}
fi
tests/check-machine.sh >"$check/machine.before"
passed=0 failed=0 skipped=0
for step in "${steps[@]}"; do
	run_step
done
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" = 0 ]
