#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# usage: lab/initramfs.sh modules MODULES-DIR|- CACHE
#        lab/initramfs.sh suite RUNNER PLACE=PROGRAM-DIR... CACHE
#
# Prints the path of a cpio archive, which it makes unless CACHE has one of the
# same content: of busybox with a kernel's modules (MODULES-DIR is
# lib/modules/RELEASE, - for a kernel that has all built in), or of the suite
# with its shared libraries. The kernel unpacks both, one behind the other.

set -u
export LC_ALL=C
name=${LOSTWRITE_ARGV0-lostwrite}
here=$(readlink -f "$0")
here=${here%/*}

# What init loads, in this order, and what modprobe finds in the guest.
load='virtio_pci virtio_blk virtio_console crc32c_generic ext4 fuse loop'
more='zram null_blk brd dm_mod dm_delay dm_flakey dm_linear dm_zero nbd virtio_balloon
hwpoison_inject zsmalloc z3fold zbud lz4 lz4hc lzo lzo_rle zstd deflate cuse xfs btrfs
9p 9pnet_virtio virtiofs test_hmm
tls algif_skcipher gcm ghash-generic ctr ecb aes_generic'
# For the guest, where the host has them.
tools=(/usr/sbin/mke2fs /usr/sbin/dmsetup /usr/bin/fusermount3 /usr/bin/stress-ng)

fail() {
	echo "${name##*/}: $*" >&2
	exit 2
}

# Later archives must not turn /lib and friends into directories: both have the same links.
skeleton() { # ROOT
	local dir

	mkdir -p "$1"/usr/{bin,sbin,lib,lib64}
	for dir in bin sbin lib lib64; do ln -sfn "usr/$dir" "$1/$dir"; done
}

# FILEs at PLACE, which is one of them or ends in a slash.
put() { # ROOT PLACE FILE...
	mkdir -p "$1${2%/*}"
	cp -L --remove-destination "${@:3}" "$1$2" || fail "cannot copy ${*:3}"
	copied+=("${@:3}")
}

# The shared libraries that all of these load, where they are on the host.
put_libraries() { # ROOT
	local library libraries

	libraries=$(ldd "${copied[@]}" 2>/dev/null | sed -n 's|^[^/]*\(/[^ ]*\) (0x.*|\1|p' | sort -u)
	for library in $libraries; do [ -e "$1$library" ] || put "$1" "$library" "$library"; done
}

# In the cache under its name, all or nothing; what is old goes when something new comes.
pack() { # ROOT NAME
	local archive=$cache/$2.cpio

	(cd "$1" && find . -mindepth 1 -print0 | sort -z |
		cpio -o -0 -H newc -R 0:0 --quiet 2>/dev/null) >"$root.cpio" ||
		fail "cannot write $archive; is there space?"
	mv "$root.cpio" "$archive"
	find "$cache" -name '*.cpio*' -mtime +30 -delete
	echo "$archive"
}

# The files of a module and of all that it needs, in the order in which they are loaded.
files_of() { # NAME
	modprobe -d "$tree" -S "$release" --show-depends "$1" 2>/dev/null |
		sed -n 's|^insmod \([^ ]*\).*|\1|p'
}

unpack() { # FILE TARGET
	case $1 in
	*.xz) xz -dc "$1" ;;
	*.zst) zstd -qdc "$1" ;;
	*.gz) gzip -dc "$1" ;;
	*) cat "$1" ;;
	esac >"$2" || fail "cannot unpack $1"
}

# modprobe wants lib/modules/RELEASE below a directory, and its lists, which depmod makes.
copy_modules() { # ROOT
	local module path target tree="$root.tree" base="$1/usr/lib/modules/$release"

	mkdir -p "$tree/lib/modules" "$base" "$1/etc"
	ln -s "$dir" "$tree/lib/modules/$release"
	if [ ! -e "$dir/modules.dep.bin" ]; then
		rm "$tree/lib/modules/$release"
		cp -a "$dir" "$tree/lib/modules/$release"
		depmod -b "$tree" "$release" || fail "depmod failed for $dir"
	fi
	: >"$1/etc/lostwrite.modules"
	for module in $load $more; do
		for path in $(files_of "$module"); do
			target=${path#*/lib/modules/"$release"/}
			target=${target%.xz} target=${target%.zst} target=${target%.gz}
			mkdir -p "$base/${target%/*}"
			[ -e "$base/$target" ] || unpack "$path" "$base/$target"
			[[ " $load " != *" $module "* ]] ||
				grep -qx "/lib/modules/$release/$target" "$1/etc/lostwrite.modules" ||
				echo "/lib/modules/$release/$target" >>"$1/etc/lostwrite.modules"
		done
	done
	cp "$dir"/modules.builtin* "$dir/modules.order" "$base" 2>/dev/null
	depmod -b "$1" "$release" 2>/dev/null || fail "depmod failed for the guest"
}

base() { # ROOT: busybox, init, and a system's few files
	local tool

	! ldd "$box" >/dev/null 2>&1 || fail "$box is not static; install the package busybox-static"
	skeleton "$1"
	mkdir -p "$1"/{proc,sys,dev,run,tmp,etc,root,mnt,suite,var/tmp,var/lib,usr/lib/modules}
	cp "$box" "$1/usr/bin/busybox" || fail "cannot copy busybox"
	cp "$here/init" "$1/init" || fail "cannot copy $here/init"
	cp "$here/lava/signals" "$1/usr/bin/lava-signals" || fail "cannot copy $here/lava/signals"
	chmod 755 "$1/init" "$1/usr/bin/lava-signals"
	# Its own shell has an ln of its own: some 270 links, and no program is started for each.
	# shellcheck disable=SC2016,SC2046 # for that shell; words
	"$box" sh -c 'cd "$0" && for applet; do [ "$applet" = busybox ] || ln -sf busybox "$applet"; done' \
		"$1/usr/bin" $("$box" --list)
	ln -s ../bin/busybox "$1/usr/sbin/modprobe"
	for tool in "${tools[@]}"; do [ ! -e "$tool" ] || put "$1" "$tool" "$tool"; done
	put_libraries "$1"
	ln -s mke2fs "$1/usr/sbin/mkfs.ext4"
	cp /etc/mke2fs.conf "$1/etc" 2>/dev/null
	printf 'root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/sh\n' >"$1/etc/passwd"
	printf 'root:x:0:\nnogroup:x:65534:\n' >"$1/etc/group"
	ln -s /proc/mounts "$1/etc/mtab"
	: >"$1/etc/lostwrite.modules"
}

modules() { # DIR
	local dir='' release=none key box

	box=$(command -v busybox) || fail "busybox is missing; install the package busybox-static"
	if [ "$1" != - ]; then
		dir=$(readlink -f "$1")
		release=${dir##*/}
	fi
	key=$({
		cat "$0" "$here/init" "$here/lava/signals" "$box"
		stat -Lc '%n %s %Y' "${tools[@]}"
		[ -z "$dir" ] || stat -c '%n %s %Y' "$dir/kernel" "$dir"/modules.*
	} 2>/dev/null | sha256sum)
	key=${key:0:16}
	if [ -e "$cache/modules-$release-$key.cpio" ]; then
		echo "$cache/modules-$release-$key.cpio"
		return
	fi
	begin
	base "$root"
	[ -z "$dir" ] || copy_modules "$root"
	pack "$root" "modules-$release-$key"
}

suite() { # RUNNER PLACE=PROGRAM-DIR...
	local runner=$1 key place program library programs

	shift
	# Files, wherever their links are: each bisection has a directory with its own to the same.
	key=$({
		echo "${@%%=*}"
		find -L "$0" "$runner" "${@#*=}" -type d -printf '/\n' -o \
			-type f ! -name '*.*' -printf '%f %D %i %s %T@\n'
	} | sha256sum)
	key=${key:0:16}
	if [ -e "$cache/suite-$key.cpio" ]; then
		echo "$cache/suite-$key.cpio"
		return
	fi
	begin
	skeleton "$root"
	put "$root" /suite/runner/lostwrite "$runner"
	for place; do
		programs=()
		for program in "${place#*=}"/*; do
			[[ ${program##*/} == *.* ]] || [ ! -f "$program" ] || [ ! -x "$program" ] ||
				programs+=("$program")
		done
		[ ${#programs[@]} = 0 ] || put "$root" "/suite/${place%%=*}/" "${programs[@]}"
	done
	put_libraries "$root"
	# libpthread loads it when a thread is cancelled.
	library=$(ldconfig -p 2>/dev/null | sed -n 's/.*libgcc_s.so.1 (libc6,x86-64) => //p')
	[ -z "$library" ] || put "$root" "$library" "$library"
	strip -g "$root"/suite/*/* 2>/dev/null
	pack "$root" "suite-$key"
}

# Where the archive is put together; what was made goes with us, whenever a signal comes.
begin() {
	trap clean EXIT
	rm -rf "$root"
	mkdir "$root" || fail "cannot make a directory in $cache"
}
# shellcheck disable=SC2317 # called by the trap
clean() {
	trap '' INT TERM HUP
	# What a dying helper still writes is there for the second one.
	rm -rf "$root" "$root.tree" "$root.cpio" 2>/dev/null
	[ ! -e "$root" ] || { sleep 0.2 && rm -rf "$root"; }
}

what=${1-} cache=${*: -1} copied=()
[ -d "$cache" ] || mkdir -p "$cache" || fail "cannot make $cache"
root=$cache/.pack.$$
trap 'exit 130' INT TERM HUP
case $what:$# in
modules:3) modules "$2" ;;
suite:[4-9])
	shift
	suite "${@:1:$#-1}"
	;;
*)
	sed -n '4,5s/^# //p' "$0" >&2
	exit 64
	;;
esac
