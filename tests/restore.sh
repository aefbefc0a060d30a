#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The machine is borrowed: whatever is killed, and whenever, swap, mounts,
# knobs, processes and files are given back.
set -u
# shellcheck source=tests/tap.sh
. "$(dirname "$0")/tap.sh"
# shellcheck source=tests/machine.sh
. "$(dirname "$0")/machine.sh"
workplace restore
if [ "$(id -u)" -ne 0 ]; then
	echo "1..0 # SKIP run as root: without it nothing is borrowed"
	exit 0
fi

whole_machine

given_back() { # NAME
	local left

	left=$(still_borrowed)
	[ -z "$left" ]
	report $? "$1" "$left"
}

alive() { # how many of the pids given are not gone
	local n=0 pid
	for pid; do [ -d "/proc/$pid" ] && ! grep -q '^State:.*Z' "/proc/$pid/status" && n=$((n + 1)); done
	echo "$n"
}

# Kills a program in mid-run: kill_in_run SIGNAL WHOM PROGRAM [OPTION...]
kill_in_run() {
	local signal=$1 whom=$2 pid pids status
	shift 2
	"$@" --seconds 20 >"$work/out" 2>&1 </dev/null &
	pid=$!
	sleep "${delay:-0.4}"
	mapfile -t pids < <(descendants "$pid")
	remember
	case $whom in
	supervisor) kill -"$signal" "$pid" ;;
	test) kill -"$signal" "${pids[1]:-$pid}" ;;
	all) kill -"$signal" "${pids[@]}" ;;
	esac 2>/dev/null
	wait "$pid" 2>/dev/null
	status=$?
	for _ in $(seq 50); do
		[ "$(alive "${pids[@]}")" -eq 0 ] && break
		sleep 0.1
	done
	[ "$(alive "${pids[@]}")" -eq 0 ]
	report $? "$(basename "$1"): SIG$signal to the $whom (${#pids[@]} processes) leaves none"
	if [ "$signal" = KILL ] && [ "$whom" != test ]; then
		"$build/runner/lostwrite" undo >"$work/undo" 2>&1
		report $? "$(basename "$1"): lostwrite undo after SIG$signal to the $whom"
	elif [ "$whom" = supervisor ]; then
		[ "$status" -gt 128 ]
		report $? "$(basename "$1"): it says that it was interrupted"
	fi
	given_back "$(basename "$1"): all ${#borrowed[@]} steps are given back"
}

# One program of each kind: swap and FUSE, swap and io_uring, fork, uffd.
for name in odirect-read-vs-pageout uring-fixed-clean-page odirect-read-vs-fork uffdwp-shmem-vs-pageout; do
	program=$build/reproducers/$name
	"$program" --rounds 1 >"$work/out" 2>&1
	if [ $? -eq 77 ]; then continue; fi
	options=()
	if [ $name = uring-fixed-clean-page ]; then options=(--cell '*control*'); fi
	kill_in_run TERM supervisor "$program" "${options[@]}"
	kill_in_run INT supervisor "$program" "${options[@]}"
	kill_in_run KILL supervisor "$program" "${options[@]}"
	kill_in_run KILL test "$program" "${options[@]}"
	kill_in_run KILL all "$program" "${options[@]}"
done

# Each way to swap: devices, mounts and knobs in use, and in the middle of being made.
program=$build/workloads/matrix-persistence
for backend in file block slow zram zram-writeback zram-full zswap two discard loop-ext4 loop-btrfs; do
	"$program" --cell "$backend.anon4k.part.mixed" >"$work/out" 2>&1
	if [ $? -eq 77 ]; then continue; fi
	for delay in 0.05 0.15 0.6; do
		echo "# $backend, after $delay s"
		kill_in_run KILL all "$program" --cell "$backend.*"
	done
	kill_in_run TERM supervisor "$program" --cell "$backend.*"
done
unset delay

# The next program undoes what a killed one left, without being asked.
"$build/reproducers/odirect-read-vs-pageout" --seconds 20 >/dev/null 2>&1 &
pid=$!
sleep 0.4
remember
kill -KILL "$pid"
wait "$pid" 2>/dev/null
"$build/reproducers/odirect-read-vs-mprotect" --rounds 1 >/dev/null
given_back "the next program gives back what a killed one borrowed"
[ "$looked_at" -ge 100 ]
report $? "$looked_at steps were borrowed and looked at"
end
