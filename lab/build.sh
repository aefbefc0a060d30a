#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# usage: lab/build.sh TREE CACHE
#
# Prints the release of the kernel built in TREE and the directory with its
# modules, which it installs into CACHE; - for a kernel without modules.

set -u
export LC_ALL=C
name=${LOSTWRITE_ARGV0-lostwrite}

fail() {
	echo "${name##*/}: $*" >&2
	exit 2
}

[ $# = 2 ] || {
	sed -n '4s/^# //p' "$0" >&2
	exit 64
}
tree=$(readlink -f "$1")
release=$(cat "$tree/include/config/kernel.release" 2>/dev/null) ||
	fail "$1 is not a built kernel tree: it has no include/config/kernel.release"
if ! [ -s "$tree/modules.order" ]; then
	echo "$release -"
	exit
fi
target=$2/builds/$(sha256sum <<<"$tree" | cut -c 1-16)
mkdir -p "$target" || fail "cannot make $target"
exec 9>"$target/.lock"
flock 9
if [ ! -e "$target/lib/modules/$release/modules.dep.bin" ] ||
	[ "$tree/modules.order" -nt "$target/lib/modules/$release/modules.dep.bin" ]; then
	rm -rf "${target:?}/lib"
	log=$(make -s -C "$tree" INSTALL_MOD_PATH="$target" INSTALL_MOD_STRIP=1 modules_install 2>&1) ||
		fail "make modules_install in $1 failed: $(tail -n 1 <<<"$log")"
fi
echo "$release $target/lib/modules/$release"
