#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Prints what a test could have left changed on this machine, to be compared
# with what this said before: swap, loop devices, mounts, cgroups, knobs, files
# in the places that lostwrite uses, and processes of its programs.

set -u
top=$(dirname "$(dirname "$(readlink -f "$0")")")

echo "swap"
cut -d' ' -f1 /proc/swaps | tail -n +2 | sort
echo "loop devices"
losetup -a 2>/dev/null | sort
echo "mounts"
sort /proc/self/mounts
echo "cgroups"
find /sys/fs/cgroup -type d 2>/dev/null | grep -v '\.\(service\|scope\|slice\)\(/\|$\)' | sort
echo "knobs" # those that somebody could have written to
find /proc/sys/vm /proc/sys/kernel /sys/kernel/mm /sys/block/*/queue/scheduler -type f -perm -u+r -perm -u+w \
	! -path '*/random/*' ! -name 'ns_last_pid' ! -name 'stat_refresh' ! -name 'compact_memory' \
	! -name 'drop_caches' 2>/dev/null | sort | while read -r knob; do
	value=$(cat "$knob" 2>/dev/null) && echo "$knob: ${value//$'\n'/ }"
done
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
