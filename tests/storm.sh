#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A storm: its options, what it leaves behind when it finds something, and the way from
# there to one C file.
set -u
# shellcheck source=tests/tap.sh
. "$(dirname "$0")/tap.sh"
whole_machine
workplace storm
storm=$build/workloads/storm-dio

refused() { # PATTERN ARGUMENTS...
	"$storm" "${@:2}" >"$work/out" 2>"$work/err"
	code=$?
	[ $code -eq 64 ] && [ ! -s "$work/out" ] && [ "$(wc -l <"$work/err")" -eq 1 ] && grep -q -e "$1" "$work/err"
	report $? "${*:2} is refused with one line and 64" "$(cat "$work/err")"
}

# --- options ---

refused "did you mean 'dio-reader'" --roles dio-raeder=2
refused 'whole number from 0 to' --roles writer=many
refused 'whole number from 0 to' --roles writer=-1
refused 'threads in all' --roles writer=32,checker=32,dio-reader=32
refused "no memory 'anon5k'" --arena anon5k:3
refused 'no memory .zero-page' --arena zero-page:3
refused 'at most 8' --arena anon4k,anon4k,anon4k,anon4k,anon4k,anon4k,anon4k,anon4k,anon4k
refused 'not a whole number' --memory 3x
refused 'is no size' --memory 3mm
refused 'not a duration' --for soon
refused 'is not a whole number' --for 0ms
refused 'no stressor' --beside 'vm;reboot=1'
"$storm" --list-roles >"$work/roles" && [ "$(wc -l <"$work/roles")" -ge 30 ] && grep -q '^dio-reader  *O_DIRECT reads' "$work/roles"
report $? "--list-roles says what each does"
"$storm" --help >"$work/out"
has "--help shows them" '^  --roles LIST' "$work/out"

# --- who plays ---

"$storm" --cell anon --for 100ms --verbose --roles checker=3,writer=0 >"$work/out" 2>&1
if grep -q '^ok 1 .*# SKIP' "$work/out"; then
	skip "storms" "$(sed -n 's/.*# SKIP //p' "$work/out")"
	end
fi
is "--roles adds" 3 "$(grep -c '^# role checker ' "$work/out")"
is "--roles takes away" 0 "$(grep -c '^# role writer ' "$work/out")"
is "--roles leaves the rest" 2 "$(grep -c '^# role dio-reader ' "$work/out")"
has "how much was checked is said" '^# checked [0-9]* MiB/s, each byte every' "$work/out"
has "it passes" '^ok 1 storm-dio.anon$' "$work/out"
"$storm" --cell anon --for 500ms --arena memfd:8 --verbose --roles file-writer=1 >"$work/out" 2>&1
has "--arena puts other memory there" '^# role file-writer  *[1-9]' "$work/out"
"$storm" --cell anon --for 100ms --bare >"$work/out" 2>&1
has "the bare system calls are no pass" '^ok 1 .* # SKIP inconclusive: never exposed: checked-kib 0' "$work/out"
PATH=/usr/sbin:/nonexistent "$storm" --cell anon --for 100ms --beside vm=1 >"$work/out" 2>&1
has "without stress-ng it is said" '^# beside: stress-ng is not there; install' "$work/out"
has "and the storm goes on" '^ok 1 storm-dio.anon$' "$work/out"
mkdir "$work/bin" && printf '#!/bin/sh\necho "$@" >%s\necho "stress-ng: fail: vm: bit error"\nexec sleep 60\n' \
	"$work/words" >"$work/bin/stress-ng" && chmod +x "$work/bin/stress-ng"
PATH=$work/bin:$PATH "$storm" --cell anon --for 100ms --beside vm=2,io=1 >"$work/out" 2>&1
grep -q -e '--vm 2 --io 1' "$work/words"
report $? "stress-ng gets the stressors" "$(cat "$work/words")"
has "what it finds is told" '^# beside: stress-ng: fail: vm: bit error' "$work/out"
has "and is no verdict" '^ok 1 storm-dio.anon$' "$work/out"
printf '#!/bin/sh\nexit 3\n' >"$work/bin/stress-ng"
PATH=$work/bin:$PATH "$storm" --cell anon --for 200ms --beside vm=2 >"$work/out" 2>&1
has "one that leaves early is told" '^# beside: stress-ng left before the storm was over, with 3$' "$work/out"

# --- what it leaves behind ---

mkdir "$work/dir"
LOSTWRITE_OUT=$work/dir "$storm" --cell anon --for 100ms --inject stale --seed 5 --roles checker=2,clear-refs=0 >"$work/out" 2>&1
replay=$work/dir/anon-replay.json
python3 -c 'import json,sys
mix = json.load(open(sys.argv[1]))
sys.exit(0 if mix["seed"] == 5 and mix["ms"] == 100 and mix["roles"]["checker"] == 2 and mix["arenas"] == ["anon4k:16"] else 1)' "$replay"
report $? "replay.json has seed, time, roles and arenas"
has "the replay line has the options" '^# replay .* --seed 5 .*--for 100ms --roles checker=2,' "$work/out"
has "the mix goes into the journal" '^# op  "storm": "storm-dio",' "$work/out"

# --- smaller ---

"$lw" shrink "$replay" --inject stale --output "$work/small.json" --seconds 20 2>"$work/err"
is "shrink: exit" 0 $?
python3 -c 'import json,sys
mix = json.load(open(sys.argv[1]))
sys.exit(0 if sum(mix["roles"].values()) == 1 and mix["arenas"] == ["anon4k:1"] else 1)' "$work/small.json"
report $? "what fails anyhow shrinks to one thread and one page" "$(cat "$work/small.json" "$work/err")"
has "how often it fails is said" '^stale: 20 of 20 plays (95 %: 84 to 100 %) on ' "$work/err"
seed=$(sed -n 's/^ "seed": \([0-9]*\),$/\1/p' "$work/small.json")
[ "$seed" -ge 25 ] && grep -q "; seed $seed of 5 to $seed\$" "$work/err" && grep -q "; seed $seed\$" "$work/err"
report $? "each play has a seed of its own, and the mix one that failed" "$(cat "$work/err")"
"$lw" shrink storm-dio/anon --seconds 2 >"$work/out" 2>"$work/err"
code=$?
[ $code -eq 0 ] || # a kernel that has the bug
	{ [ $code -eq 2 ] && [ ! -s "$work/out" ] && grep -q 'it did not fail in' "$work/err"; }
report $? "a storm that does not fail: one line, exit 2" "$(cat "$work/err")"
echo '{"storm": "x"}' >"$work/bad.json"
"$lw" shrink "$work/bad.json" 2>"$work/err"
code=$?
[ $code -eq 64 ] && [ "$(wc -l <"$work/err")" -eq 1 ] && grep -q 'no mix of a storm' "$work/err"
report $? "JSON that is no mix: one line, exit 64" "$(cat "$work/err")"
sed 's/"checker"/"chekcer"/' "$replay" >"$work/bad.json"
"$lw" shrink - <"$work/bad.json" 2>"$work/err"
code=$?
[ $code -eq 64 ] && grep -q 'there is no role chekcer' "$work/err"
report $? "an unknown role: exit 64" "$(cat "$work/err")"
"$build/workloads/storm-dio" --cell anon --roles uffd-toggler=1 >"$work/out" 2>"$work/err"
code=$?
[ $code -eq 64 ] && [ ! -s "$work/out" ] &&
	grep -q "uffd-toggler and mremapper do not go together.*'mremapper=0'" "$work/err"
report $? "roles that make each other wrong: exit 64, before anything" "$(cat "$work/out" "$work/err")"
"$build/workloads/storm-dio" --cell anon --scene --roles none,writer=2 --arena thp:512 --seed 9 >"$work/out"
has "--scene is the mix that the options ask for" '"writer": 2$' "$work/out"
has "and its memory" '"thp:512"$' "$work/out"

# --- one file ---

"$lw" inline "$work/small.json" --output "$work/small.c" 2>"$work/err"
is "inline: exit" 0 $?
"$lw" inline "$replay" --output "$work/whole.c" 2>>"$work/err"
is "inline of the whole mix: exit" 0 $?
for name in small whole; do
	read -ra libraries < <(sed -n 's/^ \* Build .* -o [a-z]*//p' "$work/$name.c")
	"${CC:-cc}" -O2 -Wall -Wextra -o "$work/$name" "$work/$name.c" "${libraries[@]}" 2>"$work/cc" &&
		[ ! -s "$work/cc" ]
	report $? "$name.c compiles without a warning" "$(cat "$work/cc")"
done
if [ "$(id -u)" = 0 ]; then
	"$work/whole" >"$work/out" 2>&1
	code=$?
	[ $code -eq 0 ] || { [ $code -eq 1 ] && grep -q '^CORRUPT: ' "$work/out"; }
	report $? "it runs and says what it found" "$(cat "$work/out")"
else
	skip "it runs and says what it found" "needs root"
fi
end
