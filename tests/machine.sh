# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What the tests that kill programs share. Sourced, not run.

# Everything that lib/res can change, as text.
machine() {
	awk 'NR > 1 { print $1 }' /proc/swaps # how full they are is no matter
	grep -v ' /proc/sys/fs/binfmt' /proc/mounts
	losetup -a
	cat /sys/kernel/mm/ksm/run /proc/sys/vm/nr_hugepages 2>/dev/null
	grep -r . /sys/kernel/mm/transparent_hugepage/ 2>/dev/null | grep enabled | sort
	# Those of who is alive, a run beside this test, are in use.
	find /sys/fs/cgroup -name 'lostwrite-*' 2>/dev/null | while read -r cgroup; do
		[ -e "/proc/${cgroup##*-}" ] || echo "$cgroup"
	done
	cat /sys/fs/cgroup/blkio/blkio.throttle.*_device 2>/dev/null
	grep -r . /sys/module/zswap/parameters/ 2>/dev/null | sort
	ls -d /sys/block/zram* /sys/block/dm-* 2>/dev/null
	ls /var/tmp/lostwrite-* 2>/dev/null
	ls "${LOSTWRITE_STATE:-/var/lib/lostwrite}/undo" 2>/dev/null
}

descendants() { # descendants PID: it and all below it
	local child children
	echo "$1"
	read -ra children < <(cat "/proc/$1/task/"*/children 2>/dev/null)
	for child in "${children[@]}"; do descendants "$child"; done
}
