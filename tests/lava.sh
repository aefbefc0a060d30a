#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Tests of lab/lava, as TAP: what signals makes of a journal, `vm --write`, and with
# lava-run a guest whose cases pass and fail and one that panics.
# $top_builddir (default: here) has runner/lostwrite and tests/stub.
set -u
# shellcheck source=tests/tap.sh
. "$(dirname "$0")/tap.sh"
workplace lava
lava=$(realpath "$(dirname "$0")/../lab/lava")

# One line of a journal as the runner writes it.
said() { # ID VERDICT MORE
	printf '{"event":"verdict","id":"%s","program":"p","pass":1,"verdict":"%s"%s,"time":"t"}\n' "$@"
}
run_event() { # STRICT
	printf '{"event":"run","kernel":"6.1","strict":%s,"argv":["run","\\"strict\\":true"],"selection":[]}\n' "$1"
}
short() { sed -n 's/^<LAVA_SIGNAL_TESTCASE TEST_CASE_ID=\([^ ]*\) RESULT=\([a-z]*\) .*>$/\1:\2/p' | paste -sd' ' -; }
known=',"seconds":2.5,"known":{"kind":"open","reason":"r"}'
{
	echo '{"event":"cell","id":"a-b.c","program":"p","pass":1,"time":"t"}'
	said a-b.c pass ',"seconds":0.25,"counters":{"n":1}'
	said lost corrupt ',"seconds":1e-05,"diagnosis":"a \",\"known\":{\"kind\":\" page"'
	said old corrupt "$known"
	said died crashed ',"seconds":1'
	said died-before crashed "$known"
	said went pass "$known"
	said bad broken ',"reason":"r"'
	said no skip ',"seconds":0,"reason":"r"'
	said maybe inconclusive ',"seconds":1,"reason":"r"'
	said later notrun ',"reason":"r"'
	printf '{"event":"file","path":"p/out.log","text":"{\\"event\\":\\"verdict\\",\\"id\\":\\"x\\"\\n"}\n'
	printf '{"event":"end","exit":1}\n'
	said odd/\>id pass ',"seconds":1'
} >"$work/verdicts"
common='a-b.c:pass lost:fail'
rest='went:pass bad:unknown no:skip maybe:skip later:skip odd__id:pass'

echo "# verdicts as signals"
for awk in mawk gawk 'busybox awk'; do
	command -v "${awk% *}" >/dev/null || {
		skip "$awk" "not installed"
		continue
	}
	mkdir -p "$work/${awk%% *}"
	printf '#!/bin/sh\nexec %s "$@"\n' "$awk" >"$work/${awk%% *}/awk"
	chmod 755 "$work/${awk%% *}/awk"
	is "$awk: the mapping" "$common old:skip died:fail died-before:skip $rest" \
		"$({ run_event false; cat "$work/verdicts"; } | PATH=$work/${awk%% *}:$PATH "$lava/signals" | short)"
	is "$awk: strict" "$common old:fail died:fail died-before:fail $rest" \
		"$({ run_event true; cat "$work/verdicts"; } | PATH=$work/${awk%% *}:$PATH "$lava/signals" | short)"
	# The first of two comes while the run goes on.
	# shellcheck disable=SC2016,SC2094 # for the shell of the run, which looks at what came
	PATH=$work/${awk%% *}:$PATH "$lava/signals" sh -c 'exec 3>"$LOSTWRITE_STREAM"; head -n 2 "$1" >&3
		for _ in 1 2 3 4 5 6 7 8 9; do grep -q a-b.c "$2" && break; sleep 1; done; cp "$2" "$2.seen"
		sed -n 3p "$1" >&3; exit 3' - "$work/verdicts" "$work/live" >"$work/live" 2>/dev/null
	is "$awk: the command's exit code" 3 $?
	is "$awk: as it happens" "a-b.c:pass" "$(short <"$work/live.seen")"
	is "$awk: the run itself" "a-b.c:pass lost:fail lostwrite:skip" "$(short <"$work/live")"
done
"$lava/signals" <"$work/verdicts" >"$work/out"
is "a case begins" "<LAVA_SIGNAL_STARTTC a-b.c>" "$(head -n 1 "$work/out")"
has "seconds as a measurement" "ID=a-b.c RESULT=pass MEASUREMENT=0.25 UNITS=seconds>" "$work/out"
has "a case that never started" "ID=later RESULT=skip MEASUREMENT=0 UNITS=seconds>" "$work/out"
for pair in 0:pass 1:fail 2:unknown 3:skip 64:unknown 77:skip; do
	# shellcheck disable=SC2016 # for the shell of the run
	is "exit code ${pair%:*} of a run" "lostwrite:${pair#*:}" \
		"$("$lava/signals" sh -c 'echo text; exit "$1"' - "${pair%:*}" 2>/dev/null | short)"
done
LOSTWRITE_PREFIX='<131>' "$lava/signals" true >"$work/out"
is "a prefix for every line" 3 "$(grep -c '^<131>' "$work/out")"
is "the first and the last line" "lostwrite: begin;lostwrite: end, exit code 0" \
	"$(sed -n '1p;$p' "$work/out" | sed 's/^<131>//' | paste -sd';' -)"

echo "# the test definition, with a real journal"
mkdir "$work/programs"
for name in corrupt open panic pass; do cp "$build/tests/stub" "$work/programs/stub-$name" || exit 99; done
{
	sed -n '/^params:/,/^run:/s/^  \([A-Z_]*\): \([^ ]*\).*/\1=\2/p' "$lava/lostwrite.yaml"
	echo "LOSTWRITE=$lw MATCH='not stub-panic'"
	sed -n 's/^    - //p' "$lava/lostwrite.yaml"
} >"$work/step"
(cd "$lava/../.." && LOSTWRITE_PROGRAMS=$work/programs LOSTWRITE_STATE=$work/state \
	LOSTWRITE_RESULTS=$work/results sh -eu "$work/step") >"$work/out" 2>"$work/err" </dev/null
is "its step: exit code" 0 $?
is "its step: the results" "lostwrite:fail stub-corrupt:fail stub-open:skip stub-pass:pass" \
	"$(short <"$work/out" | tr ' ' '\n' | sort | paste -sd' ' -)"
has "its step: a case begins" "^<LAVA_SIGNAL_STARTTC stub-open>" "$work/out"
has "its step: text for people" "stub-pass .* held 64" "$work/err"

echo "# vm --write"
"$lw" vm --deb newest --write "$work/x" --continue >"$work/out" 2>&1
is "with --continue" 64 $?
has "with --continue: says so" "boots nothing" "$work/out"
command -v lava-run >/dev/null || {
	skip "lava-run" "install the package lava-dispatcher"
	end
}
[ -n "${LOSTWRITE_TEST_VM:-}" ] || {
	skip "lava-run" "set LOSTWRITE_TEST_VM to a kernel as of vm --deb"
	end
}

echo "# lava-run"
python3 -c 'import sys, yaml
from lava_common.schemas import device, validate
from lava_common.schemas.test import testdef
testdef.validate(yaml.safe_load(open(sys.argv[1])))
device.validate(yaml.safe_load(open(sys.argv[2])))
for path in sys.argv[3:]:
    text = open(path).read()
    for word, value in (("MINUTES", "6"), ("KERNEL", "file:///k"), ("INITRD", "file:///i"), ("BOOT_TYPE", "image")):
        text = text.replace(word, value)
    validate(yaml.safe_load(text))' "$lava/lostwrite.yaml" "$lava/device-qemu.yaml" \
	"$lava/job-qemu.yaml" "$lava/job-board.yaml" >"$work/out" 2>&1
report $? "all fits LAVA's schemas" "$(cat "$work/out")"

# Runs a job on what is in $work/NAME: its exit code is $rc, what it recorded in $work/NAME.results.
job() { # NAME
	sed -e "s|KERNEL|file://$work/$1/kernel|; s|INITRD|file://$work/$1/initrd|" \
		-e "s/NAME/$1/; s/MINUTES/10/" "$lava/job-qemu.yaml" >"$work/$1.yaml"
	(cd "$work" && lava-run --job-id 1 --output-dir "$1.out" --device "$lava/device-qemu.yaml" "$1.yaml") \
		>"$work/$1.log" 2>&1 </dev/null
	rc=$?
	# A line of the log is YAML: {..., lvl: results, msg: {case: NAME, definition: SUITE, ... result: pass}}
	python3 -c 'import sys, yaml
for line in open(sys.argv[1]):
    if "results" in line:
        for entry in yaml.safe_load("[" + line.strip().lstrip("- ") + "]"):
            if entry["lvl"] == "results" and entry["msg"]["definition"] == "lostwrite":
                print(entry["msg"]["case"] + ":" + entry["msg"]["result"])' "$work/$1.log" >"$work/$1.results"
}
results() { paste -sd' ' "$work/$1.results"; }
"$lw" vm --deb "$LOSTWRITE_TEST_VM" --write "$work/cases" -- quick \
	--match '*.control-hole or *.uring-fixed-hole or odirect-read-vs-mprotect' >"$work/out" 2>&1
is "a guest is written" 0 $?
has "how to boot it" "^boot $work/cases/kernel .*-no-reboot" "$work/out"
job cases
is "cases: lava-run ends well" 0 "$rc"
case $LOSTWRITE_TEST_VM in
5.10* | bullseye) found=fail ;;
*) found=pass ;;
esac
page=decrypt_into_clean_page # its second cell is open upstream
is "cases: the results" \
	"${page}_control_hole:pass ${page}_uring_fixed_hole:skip lostwrite:$found odirect_read_vs_mprotect:$found" \
	"$(results cases | tr " " "\n" | sort | paste -sd" " -)"

# A case that panics the guest, behind others.
LOSTWRITE_PROGRAMS=$work/programs "$lw" vm --deb "$LOSTWRITE_TEST_VM" --write "$work/panic" >"$work/out" 2>&1
is "a guest that panics is written" 0 $?
job panic
is "panic: lava-run does not end well" 1 "$rc"
is "panic: what was known before" "stub_corrupt:fail stub_open:skip stub_panic_a:pass" "$(results panic)"
is "panic: who did it" stub-panic.b "$(sed -n 's/.*_STARTTC \([^>]*\)>.*/\1/p' "$work/panic.log" | tail -n 1)"
is "panic: booted once" 1 "$(grep -c '"target".*lostwrite: begin' "$work/panic.log")"
end
