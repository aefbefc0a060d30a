#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Prints what of ours is on this machine by its name, to be compared with what
# this said before: swap, loop and mapped devices, mounts, cgroups and files that
# have lostwrite in their names, undo logs, and processes of programs built here.
# What others do meanwhile is not looked at; the knobs that a test changed are in
# its undo logs (tests/machine.sh).

set -u
top=$(dirname "$(dirname "$(readlink -f "$0")")")

echo "swap, loop and mapped devices"
grep lostwrite /proc/swaps
losetup -a 2>/dev/null | grep lostwrite
cat /sys/block/dm-*/dm/name 2>/dev/null | grep lostwrite
echo "mounts"
grep lostwrite- /proc/self/mounts
echo "cgroups"
find /sys/fs/cgroup -type d -name 'lostwrite-*' 2>/dev/null
echo "files"
find /var/tmp/lostwrite* /tmp/lostwrite* -maxdepth 0 2>/dev/null | sort
find /var/lib/lostwrite/undo -type f 2>/dev/null
echo "processes"
for exe in /proc/[0-9]*/exe; do
	program=$(readlink "$exe") || continue
	case $program in
	"$top"/build/*/reproducers/* | "$top"/build/*/workloads/* | "$top"/build/*/runner/* | "$top"/build/*/tests/*)
		echo "$program"
		;;
	esac
done | sort
