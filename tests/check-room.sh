#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# usage: tests/check-room.sh REPOSITORY DIR WHY TEST...
#
# What the README promises, where nothing is installed: a minimal Debian of our
# own in DIR, made from the machine's own apt configuration, with a clone of
# REPOSITORY in it and nothing else. There './run.sh' sets itself up and gives a
# verdict, './run.sh check' runs TESTs, of the parts that need packages, and
# nothing is written but build/, results/ and what autoreconf makes. What a tool
# of tools/packages is missing for is a failure here, never a skip. WHY gets a
# line for each thing that is wrong, the most useful first.
#
# It takes root. What is mounted is seen in here alone and goes with us, however
# this ends; packages that were downloaded once are kept in lostwrite's cache.
# Exit: 0, 1, or 77 where no such room can be made.

set -u
repository=$1 room=$2 why=$3 inner_tests=("${@:4}")
source=$(dirname "$(dirname "$(readlink -f "$0")")")
root=$room/debian
cache=${XDG_CACHE_HOME:-$HOME/.cache}/lostwrite
# Cases that hold a FUSE request and a registered buffer, with swap, and a cell of a matrix.
selection='odirect-read-vs-pageout or uring-fixed-read-vs-pageout or matrix-coherence.anon4k.dirty.odirect-read.fork-writes'

# A mount name space of our own. In a chroot / may be no mount point, and is not made private.
if [ -z "${LOSTWRITE_ROOM-}" ]; then
	export LOSTWRITE_ROOM=1
	unshare --mount true 2>/dev/null && exec unshare --mount "$0" "$@"
	exec unshare --mount --propagation unchanged "$0" "$@"
fi
unset LOSTWRITE_ROOM

fail() {
	echo "$*" | tee -a "$why"
	failed=1
}
skip() {
	echo "$*"
	exit 77
}
took() { # WHAT
	echo "room: $1 after $SECONDS s"
}

# Nothing that is mounted in there is removed with it.
finish() {
	local place

	for place in dev proc sys var/tmp var/cache/apt/archives; do umount -lR "$root/$place" 2>/dev/null; done
	umount -l "$room" 2>/dev/null
	rm -rf --one-file-system "$room" "$room-scratch"
}

# In memory, where there is enough: tests that sync to the disk beside us would hold us up. The
# root is a directory in it: that of a chroot is no mount point.
place() {
	mkdir -p "$room" "$room-scratch" || exit 1
	[ "$(awk '/^MemAvailable/ { print $2 }' /proc/meminfo)" -lt 8000000 ] ||
		mount -t tmpfs -o size=5g,mode=755 lostwrite-room "$room"
}

# Made once a day: what it is does not depend on us.
minimal_debian() {
	local lines suite base

	# shellcheck disable=SC1091 # of the machine
	suite=$(. /etc/os-release && echo "${VERSION_CODENAME-}")
	lines=$("$source/lab/deb.sh" --sources "$suite") || skip "$lines"
	base=$cache/minimal-$suite.tar
	mkdir -p "$cache" "$root" || exit 1
	if [ -z "$(find "$base" -mtime -1 2>/dev/null)" ]; then
		mmdebstrap --quiet --variant=minbase --format=tar --include=ca-certificates --skip=cleanup/apt/lists \
			--dpkgopt=force-unsafe-io --dpkgopt='path-exclude=/usr/share/doc/*' \
			--dpkgopt='path-exclude=/usr/share/locale/*' "$suite" "$base.$$" - <<<"$lines" || {
			rm -f "$base.$$"
			fail "no minimal Debian $suite can be made: $lines"
			exit 1
		}
		mv "$base.$$" "$base"
	fi
	tar -C "$root" -xf "$base" --exclude './dev/*' || exit 1
}

furnish() {
	mkdir -p "$cache/archives/partial"
	mount --rbind /dev "$root/dev" && mount --rbind /proc "$root/proc" && mount --rbind /sys "$root/sys" &&
		mount --bind "$cache/archives" "$root/var/cache/apt/archives" &&
		chmod 1777 "$room-scratch" && mount --bind "$room-scratch" "$root/var/tmp" || exit 1
	cp /etc/resolv.conf "$root/etc/resolv.conf"
	git clone -q --no-hardlinks "$repository" "$root/root/lostwrite" || exit 1
	found=$(places)
}
# Where who runs tests would find what they left; kernels and guests are kept in .cache, and
# .ssh comes with the packages.
places() { (cd "$root" && find root tmp var/tmp -mindepth 1 -maxdepth 1 ! -name .cache ! -name .ssh | sort); }

# A command in the clone, with nothing of ours.
inside() {
	env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root TERM=dumb LC_ALL=C.UTF-8 \
		${http_proxy+"http_proxy=$http_proxy"} ${https_proxy+"https_proxy=$https_proxy"} \
		chroot "$root" sh -c 'cd /root/lostwrite && exec "$@"' sh "$@" </dev/null
}

# Runs it while no test of another build changes the machine, as tests/tap.sh has it.
alone() {
	(exec 9</sys/kernel/mm && flock 9 && "$@")
}

# 0: at least one of these runs everywhere, and no kernel of today loses in them.
first_command() {
	local status file

	inside ./run.sh --version >/dev/null || {
		fail "./run.sh does not set itself up: $(tail -n 1 "$root/root/lostwrite/build/"*.log)"
		return
	}
	took "./run.sh has installed and built"
	alone inside ./run.sh run --rounds 1 --match "$selection"
	status=$?
	[ "$status" = 0 ] || fail "./run.sh ended with $status"
	for file in env.json journal.jsonl summary.json results.ktap report.html junit.xml kcidb.json; do
		[ -s "$root/root/lostwrite/results/latest/$file" ] || fail "./run.sh made no $file"
	done
	[ ! -e /dev/fuse ] || ! inside ./run.sh list --match fuse | grep 'missing:.*fuse' ||
		fail "with /dev/fuse, cases lack it: $(inside ./run.sh describe odirect-read-vs-fork | grep -o '"fuse"[^}]*')"
	took "./run.sh has run"
}

second_command() {
	inside ./run.sh check "${inner_tests[@]}" >"$room-check.log" 2>&1 || {
		sed -n '/^[a-z-]*: /p' "$root/root/lostwrite/build/check/tests.why" >>"$why"
		fail "./run.sh check ${inner_tests[*]}: $(tail -n 1 "$room-check.log")"
	}
	cat "$room-check.log"
	cat "$root/root/lostwrite/build/check/tests.points" >>"${why%.why}.points" 2>/dev/null
	while read -r line; do
		fail "a package is missing in tools/packages: $line"
	done < <(grep -o 'not installed: .*' "$room-check.log" | sort -u)
	took "./run.sh check has run"
}

# What it leaves, and what comes next for who adds a case.
third_command() {
	local made='build/|results/|autom4te.cache/|aclocal.m4|build-aux/|configure~?|config.h.in~?|Makefile.in' left

	left=$(inside git status --porcelain)
	[ -z "$left" ] || fail "changed in the source: $left"
	left=$(inside git status --porcelain --ignored | grep -vE "^!! ($made)")
	[ -z "$left" ] || fail "files in the source that nobody expects: $left"
	left=$(diff <(echo "$found") <(places) | grep '^>')
	[ -z "$left" ] || fail "left behind: $left"
	inside tools/new a-case-of-the-check
	inside ./run.sh run --match a-case-of-the-check --rounds 1
	[ $? = 77 ] || fail "the skeleton of tools/new is not inconclusive (77)"
	[ "$(inside git diff --numstat Makefile.am | cut -f1,2)" = "1"$'\t'"0" ] ||
		fail "tools/new is not one line of Makefile.am"
	inside sh -c 'git ls-files --others --exclude-standard | tests/check-source.py' ||
		fail "the skeleton is not as a case should be"
	clang-format --dry-run -Werror "--style=file:$source/.clang-format" \
		"$root/root/lostwrite/reproducers/a-case-of-the-check.c" || fail "the skeleton's style"
}

failed=0
: >"$why"
command -v mmdebstrap >/dev/null || skip "not installed: mmdebstrap"
finish 2>/dev/null
trap finish EXIT
trap 'exit 1' INT TERM HUP
place
minimal_debian
took "a minimal Debian"
furnish
first_command
if [ "$failed" = 0 ]; then
	second_command
	third_command
fi
exit "$failed"
