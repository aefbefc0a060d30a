#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Stands in for QEMU in tests/lab.sh and tests/bisect.sh: it sends what a guest would send and ends
# as the scenario says, $FAKE/NAME for the kernel NAME: a shell script with the
# functions below, that finds the number of the boot in $boot. What every boot does is done without
# another process: there are hundreds of boots.

for word; do
	case $word in
	file,id=journal,*) journal=${word##*=} ;;
	file,id=con,*) console=${word##*=} ;;
	kvm)
		echo "fake: no KVM here" >&2
		exit 1
		;;
	esac
	case $before in
	-kernel) kernel=$word ;;
	-initrd) initrd=$word ;;
	-append) export append=$word ;; # a scenario looks at it
	esac
	before=$word
done
name=${kernel##*/}
console=${console-/dev/null} # with --exec it is our stdout
echo >>"$FAKE/$name.boots"
mapfile -t boots <"$FAKE/$name.boots"
boot=${#boots[@]}
pass=1 seed=$boot
exec {told}<"$initrd" {out}>"$journal" {err}>"$console"
exec 8>&"$out" 9>&"$err"

# What the guest was told, for a test that looks at it.
job() { tail -c 2048 <&"$told" | tr -d '\0' >"$FAKE/$name.job.$boot"; }
say() { echo "{\"event\":${1//[$'\n\t']/}}" >&8; }
up() { say "\"guest\",\"kernel\":\"9.9.9-$name\",\"uptime\":1"; }
begins() { # ID...: all cells of one program
	local cells='' ids='' id

	for id; do
		cells+=",{\"id\":\"$id\",\"missing\":[],\"open\":null,\"hazard\":null}"
		ids+=",\"$id\""
	done
	say "\"run\",\"version\":\"1\",\"kernel\":\"9.9.9-$name\",\"host\":\"vm\",\"profile\":\"quick\",
		\"seed\":7,\"strict\":false,\"argv\":[],\"selection\":[{\"program\":\"fake\",
		\"path\":\"fake\",\"tags\":[],\"cells\":[${cells#,}]}]"
	starts "${ids#,}"
}
starts() { say "\"start\",\"program\":\"fake\",\"pass\":$pass,\"argv\":[],\"cells\":[$1],\"seed\":7,\"seconds\":1"; }
cell() { say "\"cell\",\"id\":\"$1\",\"program\":\"fake\",\"pass\":$pass"; }
verdict() { # ID VERDICT [REASON]
	cell "$1"
	say "\"verdict\",\"id\":\"$1\",\"program\":\"fake\",\"pass\":$pass,\"verdict\":\"$2\",\"seconds\":0.1,
		\"reason\":${3:-null},\"diagnosis\":null,\"counters\":{},\"known\":${4:-null}"
}
over() { say "\"program\",\"program\":\"fake\",\"pass\":$pass"; }
# Sleeps, and no process is made for it: nobody writes to this FIFO.
pause() { read -rt "$1" <>"$FAKE/never"; }
# 0 to 99 in $dice: the same series for the same $seed with every version of bash.
roll() {
	seed=$(((seed * 1103515245 + 12345) & 0x7fffffff))
	# shellcheck disable=SC2034 # for a scenario
	dice=$(((seed >> 16) % 100))
}
# As `run nightly` does it: pass after pass, until somebody has seen enough.
forever() { # FUNCTION: it gives the verdicts of a pass
	while "$1"; do
		over
		pass=$((pass + 1))
		starts '"a"'
		pause 0.01
	done
}
ends() { # [CODE]
	over
	say "\"end\",\"exit\":0"
	say "\"guest\",\"exit\":${1:-0},\"said\":\"\""
}
# shellcheck disable=SC1090 # each test has its own
. "$FAKE/$name"
