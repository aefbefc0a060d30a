#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Stands in for QEMU in tests/lab.sh and tests/bisect.sh: it sends what a guest would send and ends
# as the scenario says, $FAKE/NAME for the kernel NAME: a shell script with the
# functions below, that finds the number of the boot in $boot.

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
name=$(basename "$kernel")
console=${console-/dev/null} # with --exec it is our stdout
echo >>"$FAKE/$name.boots"
boot=$(wc -l <"$FAKE/$name.boots")
pass=1
tail -c 2048 "$initrd" | tr -d '\0' >"$FAKE/$name.job.$boot"
exec {out}>"$journal" {err}>"$console"
exec 8>&"$out" 9>&"$err"

# Without another process: some say thousands of lines.
say() {
	local words=${1//$'\n'/}

	echo "{\"event\":${words//$'\t'/}}" >&8
}
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
# As `run nightly` does it: pass after pass, until somebody has seen enough.
forever() { # FUNCTION: it gives the verdicts of a pass
	while "$1"; do
		over
		pass=$((pass + 1))
		starts '"a"'
	done
}
ends() { # [CODE]
	over
	say "\"end\",\"exit\":0"
	say "\"guest\",\"exit\":${1:-0},\"said\":\"\""
}
# shellcheck disable=SC1090 # each test has its own
. "$FAKE/$name"
