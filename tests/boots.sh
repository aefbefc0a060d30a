#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Tests of guests that do not come up, or are slow, as TAP: a stand-in for QEMU plays them.
# $top_builddir (default: here) has runner/lostwrite and tests/stub.
set -u
# shellcheck source=tests/tap.sh
. "$(dirname "$0")/tap.sh"
workplace boots
source=$(realpath "$(dirname "$0")/..")
mkdir "$work"/{bin,fake}
export XDG_CACHE_HOME=$work/cache FAKE=$work/fake PATH=$work/bin:$PATH:/usr/sbin:/sbin
[ "$(uname -m)" = x86_64 ] || {
	echo "1..0 # SKIP the table of architectures has only x86_64 tested, this is $(uname -m)"
	exit 0
}
for tool in busybox cpio mke2fs modprobe tar; do
	command -v "$tool" >/dev/null || {
		echo "1..0 # SKIP not installed: $tool"
		exit 0
	}
done
cp "$source/tests/fake-qemu.sh" "$work/bin/qemu-system-x86_64" || exit 99
stubs pass

# A kernel of the release 9.9.9-NAME, and what its guests do.
image() { # NAME
	fake_kernel "$work/$1" "9.9.9-$1"
	cat >"$work/fake/$1"
}
# vm NAME OPTION...: exit code in $rc, output in $work/NAME.{out,err}, run directory in $dir.
vm() {
	local name=$1

	shift
	"$lw" vm --kernel "$work/$name" --results "$work/r-$name" "$@" \
		>"$work/$name.out" 2>"$work/$name.err" </dev/null
	rc=$?
	dir=$work/r-$name/latest
}
boots() { wc -l <"$work/fake/$1.boots"; } # NAME: how many there were

echo "# kernel parameters"
image append <<'END'
echo "$append" >"$FAKE/append"; up; begins a; verdict a pass; ends
END
vm append --append watchdog_thresh=7
has "emulation: patient watchdogs, and --append has the last word" \
	"watchdog_thresh=60 .*LOSTWRITE_EMULATED=1 .*watchdog_thresh=7" "$work/fake/append"
end
