#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# usage: lab/make.sh TREE BUILD CONFIG [WORD...]
#
# Builds the kernel of TREE in BUILD, out of the tree, with CONFIG: a whole .config
# as the kernel writes it, or what it needs beyond `make allnoconfig`. WORDs go to
# make. With ccache when it is here, and as many jobs as memory has room for.
# Prints nothing when all is well, else one line; make's own words are in BUILD.log.
#
# Exit: 1 when this kernel does not build, 2 when none would: a tool is missing, or
# there is no space left.

set -u
export LC_ALL=C
unset MAKEFLAGS

no() { # CODE LINE
	echo "$2"
	exit "$1"
}

[ $# -ge 3 ] || no 2 "$(sed -n '4s/^# //p' "$0")"
tree=$1 build=$2 config=$3 log=$2.log
shift 3

lacking=
for tool in make gcc ld bc:bc flex:flex bison:bison; do
	command -v "${tool%:*}" >/dev/null || lacking+=" ${tool%:*}"
done
[ -z "$lacking" ] || no 2 "to build kernels$lacking must be installed"
echo '#include <gelf.h>' | gcc -E - >/dev/null 2>&1 ||
	no 2 "to build kernels libelf with its headers must be installed (Debian: libelf-dev)"
mkdir -p "$build" || no 2 "cannot make $build"
[ -r "$config" ] || no 2 "cannot read $config"

cc=gcc
if command -v ccache >/dev/null; then cc="ccache gcc"; fi
# A compiler of the kernel's takes up to half a gigabyte, its linker more.
jobs=$(($(sed -n 's/^MemAvailable: *\([0-9]*\).*/\1/p' /proc/meminfo) / 600000))
cores=$(nproc)
[ "$jobs" -le "$cores" ] || jobs=$cores
[ "$jobs" -ge 1 ] || jobs=1
# No version from git and no time: they would have every commit link anew what is the same.
words=("CC=$cc" "HOSTCC=$cc" LOCALVERSION= KBUILD_BUILD_TIMESTAMP=1970-01-01 KBUILD_BUILD_USER=lostwrite
	KBUILD_BUILD_HOST=lostwrite "$@")

run() { # TARGET...
	make -s -C "$tree" O="$build" "${words[@]}" "$@" </dev/null >>"$log" 2>&1 &
	wait $!
}
# All of make goes with us, however we are told to.
trap 'trap - TERM; kill -TERM 0; exit 130' TERM
why() { # WHAT
	# Where a compiler found no room, it says so, and not always where make does.
	if grep -q 'No space left on device' "$log" || ! echo >"$build/.room" 2>/dev/null; then
		no 2 "no space left on the disk of $build"
	fi
	no 1 "$1: $(grep -m 1 -E '(error|Error|\*\*\*)' "$log" | tr -s '[:space:]' ' ' | cut -c -160)"
}

: >"$log" || no 2 "cannot write $log"
if grep -q '^# Automatically generated' "$config"; then
	cp "$config" "$build/.config" 2>>"$log" || why "no configuration"
	run olddefconfig || why "no configuration"
else
	run allnoconfig KCONFIG_ALLCONFIG="$config" || why "no configuration"
fi
image=arch/x86/boot/bzImage
[ "$(uname -m)" = x86_64 ] || image=arch/arm64/boot/Image
rm -f "$build/$image"
run -j"$jobs" "$(basename "$image")" || why "it does not build"
if grep -q '^CONFIG_MODULES=y' "$build/.config"; then
	run -j"$jobs" modules || why "its modules do not build"
fi
[ -e "$build/$image" ] || no 1 "it does not build: make has made no $image"
