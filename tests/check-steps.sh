# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The steps of check.sh: step_NAME for each, and what they share. Sourced, not run: $top is
# the source, $check where it all happens, $step the one that runs. A step's output is its
# log; what a reader needs of a failure goes to $check/$step.why, the results of single
# points, as automake's driver writes them, to $check/$step.points.

# A step's function leaves with this: its reason is told beside its name.
skip() {
	echo "$*"
	exit 77
}
need() { command -v "$1" >/dev/null || skip "not installed: $1"; }

# Sets `list` to the project's own files that match a pattern, relative to the top.
files() { # PATTERN...
	cd "$top" || exit 1
	[ -e .git ] || skip "only in a git checkout"
	need git
	mapfile -t list < <(git ls-files --cached --others --exclude-standard -- "$@" |
		while IFS= read -r file; do [ ! -f "$file" ] || echo "$file"; done)
	[ "${#list[@]}" -gt 0 ] || exit 1
}

# Configures the build NAME (once for the same options) and makes TARGETS. Another step that
# wants the same build waits.
build() { # NAME TARGETS OPTION...
	local dir=$check/$1 targets status

	read -ra targets <<<"$2"
	mkdir -p "$dir" && cd "$dir" || return
	exec {lock}<. && flock "$lock" || return
	if [ "$(cat .options 2>/dev/null)" != "${*:3}" ]; then
		rm -f .options
		"$top/configure" "${@:3}" && echo "${*:3}" >.options || return
	fi
	make -j"$(nproc)" "${targets[@]}"
	status=$?
	exec {lock}<&-
	return "$status"
}
# All that there is, and the programs of the tests.
build_all() { # NAME OPTION...
	build "$1" all "${@:2}" && build "$1" "check TESTS=" "${@:2}"
}

# Tests in the build NAME, two at a time; their points go to the totals.
points() { # NAME MAKE-WORD...
	local status

	cd "$check/$1" && rm -f tests/*.trs || return
	make -k -j2 "${@:2}"
	status=$?
	tell_points "$check/$step.points" "$check/$step.why"
	[ -s "$check/$step.points" ] || return 1
	return "$status"
}

# From the logs in tests/: a line for each point, and for each that failed what a reader needs.
tell_points() { # POINTS WHY
	local log name

	: >"$1"
	: >"$2"
	for log in tests/*.trs; do
		[ -e "$log" ] || continue
		name=${log#tests/} name=${name%.trs} log=${log%.trs}.log
		sed -n 's/^:test-result: //p' "tests/$name.trs" >>"$1"
		grep -qE '^:test-result: (FAIL|ERROR|XPASS)' "tests/$name.trs" || continue
		awk -v name="$name" '
			/^not ok/ { sub(/^not ok [0-9]* - /, ""); print name ": " $0; on = 1; n++; next }
			on && /^ *#/ { print "    " $0; next }
			{ on = 0; last = $0 }
			END { if (!n) print name ": ended before its time, after: " last }' "$log" >>"$2"
	done
}

gcc=(CC=gcc CFLAGS=-O2 --enable-werror --prefix="$check/prefix")
step_gcc() { build_all gcc "${gcc[@]}"; }

# What the source tree has, beside what git knows unchanged.
tree() { [ ! -e "$top/.git" ] || git -C "$top" status --porcelain --ignored; }

# What needs packages of its own (room_tests in Makefile.am) runs in the room, where a package
# that tools/packages forgot is missing; and here, too, where there is no room, or what is to be
# tested is in no commit.
room_has_all() {
	[[ " ${chosen[*]} " = *" room "* && $EUID = 0 && -e $top/.git ]] && command -v mmdebstrap >/dev/null &&
		[ -z "$(git -C "$top" status --porcelain)" ]
}

# The tests write nothing into the source tree, which for others is read-only. What is written
# to the kernel log is blamed on all that runs: `alone`.
step_selftest() {
	local before status

	step_gcc || return
	before=$(tree)
	if room_has_all; then
		points gcc check log_tests= slow_tests= room_tests=
	else
		points gcc check log_tests= slow_tests=
	fi
	status=$?
	diff <(echo "$before") <(tree) && return "$status"
}

# What clang warns of comes before it optimizes, and nothing of it is run: no linker. The objects
# are written, or the second make would compile all of them again.
step_clang() {
	local options=(CC=clang CFLAGS=-O0 --enable-werror)

	need clang
	build clang "all CCLD=true" "${options[@]}" && build clang "check TESTS= CCLD=true" "${options[@]}"
}

# The unit tests, the fuzzers and what reads options and journals, and no more built than that.
sanitizers=(CC=gcc CFLAGS=-O1 --enable-werror --enable-sanitizers)
step_sanitizers() {
	build sanitizers config.h "${sanitizers[@]}" && points sanitizers check-units
}

# Each program and each kind to inject, and all tests: the rest.
step_sanitized() {
	export LOSTWRITE_EVERY_KIND=1
	build_all sanitizers "${sanitizers[@]}" && points sanitizers check log_tests= slow_tests=
}

step_alone() { step_gcc && points gcc check-TESTS TESTS=tests/kernel-log.sh in_turn=; }
step_patience() { step_gcc && points gcc check-TESTS TESTS=tests/patience.sh in_turn=; }

# What --describe of PROGRAM says of its needs, one a line.
needs() { "$1" --describe | grep -o '{"name": *"[^}]*"remedy"[^}]*}'; }

optional=(liburing libfuse libnuma libaio libxml2 sqlite)
# Without the optional libraries nothing vanishes, and what lacks one names its package.
step_without() {
	local program status=0 name

	step_gcc && build_all without CC=gcc CFLAGS=-O2 --enable-werror "${optional[@]/#/--without-}" || return
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
	mkdir -p "$check/cppcheck" # what has not changed since is not looked at again
	cppcheck -q -j"$(nproc)" --cppcheck-build-dir="$check/cppcheck" --std=c11 --library=posix,gnu \
		--inline-suppr --error-exitcode=1 --enable=warning,performance,portability \
		--suppress=readdirCalled --suppress=leakReturnValNotUsed -D_GNU_SOURCE -D__linux__ \
		-D__x86_64__ -I lib -I runner -I tests "${list[@]}"
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
	printf '%s\n' "${list[@]}" | tests/check-source.py
}

step_man() {
	need mandoc
	files 'docs/*.1' 'docs/*.5' 'docs/*.7'
	mandoc -Tlint -W warning "${list[@]}"
}

# What `inline` writes, compiled here and run there: one tracks, one loses a write.
guest_runs_inlined() { # KERNEL
	local suite=$check/gcc/runner/lostwrite dir=$check/guests/inlined name libraries

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
guests_match='not matrix* or matrix-coherence.anon4k.dirty.odirect-read.*'
step_guests() {
	local lacks kernel status

	step_gcc || return
	lacks=$("$top/tools/packages" missing lab | awk '{ print $3 }' | sort -u | paste -sd ' ')
	[ -z "$lacks" ] || skip "not installed: $lacks"
	for kernel in 5.10 newest; do
		"$top/lab/deb.sh" "$kernel" "${XDG_CACHE_HOME:-$HOME/.cache}/lostwrite" 2>"$check/deb.why"
		status=$?
		cat "$check/deb.why"
		[ "$status" != 69 ] || skip "$(tail -n 1 "$check/deb.why")"
		[ "$status" = 0 ] || return 1
	done
	rm -rf "$check/guests" && mkdir -p "$check/guests/programs" || return
	find "$check"/gcc/reproducers/ "$check"/gcc/workloads/matrix-coherence -maxdepth 1 -type f \
		-perm -u+x ! -name '*.*' -exec ln -s -t "$check/guests/programs" {} +
	LOSTWRITE_PROGRAMS=$check/guests/programs "$check/gcc/runner/lostwrite" ladder --jobs 2 \
		--deb 5.10 --deb newest --match "$guests_match" --expect "$top/lab/expected.tsv" \
		--timeout 10m --results "$check/guests" -- full &&
		guest_runs_inlined 5.10
}

# A tarball has all that git has (the packaging goes beside it), builds elsewhere, out of a
# read-only tree, and sets itself up by its run.sh. Of the tests those run that are over soon:
# the others did all they do in `selftest`, and their files are seen to be there.
dist_has_all() {
	[ -e "$top/.git" ] || return 0
	diff <(tar -tf lostwrite-*.tar.xz | cut -d/ -f2- | grep -v '/$' | sort) \
		<(git -C "$top" ls-files | grep -v '^debian/' | sort) | grep '^>' && return 1
	return 0
}
step_distcheck() {
	need xz
	step_gcc || return
	# shellcheck disable=SC2016 # for make
	make distcheck DISTCHECK_CONFIGURE_FLAGS="CC=gcc CFLAGS=-O2 --enable-werror" \
		TESTS='tests/catalogue.sh $(unit_tests)' || return
	dist_has_all || return
	rm -rf "$check/tarball" && mkdir "$check/tarball" || return
	tar -C "$check/tarball" -xf lostwrite-*.tar.xz || return
	cd "$check"/tarball/lostwrite-* && ./run.sh list --no-install || return
	rm -rf "$check/tarball"
}

# Both commands of the README where nothing is installed: packages, a chroot, a clone.
step_room() {
	need git
	[ "$EUID" = 0 ] || skip "not root"
	cd "$top" || return
	git rev-parse -q --verify HEAD >/dev/null || skip "no commit to clone"
	[ -z "$(git status --porcelain)" ] || echo "note: what is not committed is not in the clone"
	tests/check-room.sh "$top" "$check/room" "$check/$step.why" packages
}

# The first command of the README whole: a lost write in a case that is not known is news.
step_quick() {
	step_gcc || return
	exec {lock}</sys/kernel/mm && flock "$lock" || return # tests/tap.sh: whole_machine
	"$check/gcc/runner/lostwrite" run --results "$check/quick"
	case $? in 0 | 77) ;; *) return 1 ;; esac
}

step_machine() {
	"$top/tests/check-machine.sh" | diff "$check/machine.before" -
}
