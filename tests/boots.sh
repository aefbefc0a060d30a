#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Tests of guests that do not come up, or are slow, as TAP: a stand-in for QEMU plays them.
# $top_builddir (default: here) has runner/lostwrite and tests/stub.
set -u
# shellcheck source=tests/tap.sh
. "$(dirname "$0")/tap.sh"
workplace boots
source=$(realpath "$(dirname "$0")/..")
mkdir "$work"/{bin,fake}
export XDG_CACHE_HOME=$work/cache FAKE=$work/fake PATH=$work/bin:$PATH:/usr/sbin:/sbin
[ "$(uname -m)" = x86_64 ] || {
	echo "1..0 # SKIP the table of architectures has only x86_64 tested, this is $(uname -m)"
	exit 0
}
for tool in busybox cpio mke2fs modprobe tar; do
	command -v "$tool" >/dev/null || {
		echo "1..0 # SKIP not installed: $tool"
		exit 0
	}
done
cp "$source/tests/fake-qemu.sh" "$work/bin/qemu-system-x86_64" || exit 99
stubs pass

boots() { wc -l <"$work/fake/$1.boots"; } # NAME: how many there were

# It is silent for longer than its program's second and 30, as its runner has said it would be.
image patient <<'END'
up; begins a; cell a; say '"patience","program":"fake","pass":1,"seconds":60'; sleep 34; verdict a pass; ends
END
vm patient &
patient=$!

echo "# kernel parameters"
image append <<'END'
echo "$append" >"$FAKE/parameters"; up; begins a; verdict a pass; ends
END
vm append --append watchdog_thresh=7
has "emulation: patient watchdogs, and --append has the last word" \
	"watchdog_thresh=60 .*LOSTWRITE_EMULATED=1 .*watchdog_thresh=7" "$work/fake/parameters"

echo "# guests that do not come to a case at once"
image once <<'END'
[ "$boot" = 2 ] || { echo "[ 1.0] Kernel panic - not syncing: <one>" >&9; exit 0; }
up; begins a; verdict a pass; ends
END
vm once
is "dies once: exit code" 0 "$rc"
is "dies once: verdict" pass "$(verdict "$dir" a)"
is "dies once: nothing on stderr" "" "$(cat "$work/once.err")"
has "dies once: says so" "^the guest ended before its first case: the guest panicked: .*; booting again (2 of 3)$" "$work/once.out"
has "dies once: in the run event" '"event":"run".*"reboots":\["the guest ended before its first case: the guest panicked' \
	"$dir/journal.jsonl"
has "dies once: in the summary" '"reboots": ' "$dir/summary.json"
image halfway <<'END'
if [ "$boot" = 1 ]; then
	up; say '"run","version":"1","kernel":"9.9.9-halfway","host":"vm","profile":"quick","seed":7,
		"strict":false,"argv":[],"selection":[{"program":"fake","path":"fake","tags":[],"cells":[{"id":"a"}]}]'
	exit 0
fi
up; begins a; verdict a pass; ends
END
vm halfway
is "dies behind its run event: verdict" "0 pass" "$rc $(verdict "$dir" a)"
has "dies behind its run event: an event" '"event":"reboot".*"why":"the guest ended before its first case' "$dir/journal.jsonl"
"$lw" report "$dir" >/dev/null
is "dies behind its run event: report reads it" 0 $?
has "dies behind its run event: in the summary" '"reboots": ' "$dir/summary.json"
image never <<'END'
words=(none one two three)
echo "[ 1.0] Kernel panic - not syncing: ${words[boot]} $boot" >&9
END
vm never
is "always dies: exit code" 2 "$rc"
is "always dies: three boots" 3 "$(boots never)"
is "always dies: one line" 1 "$(wc -l <"$work/never.err")"
has "always dies: says so" "before its first case: the guest panicked: .*three 3 (3 boots)$" "$work/never.err"
image same <<'END'
echo "[ 1.0] BUG: unable to handle page fault for address: ffff88810${boot}" >&9
echo "[ 1.0] Kernel panic - not syncing: CPU $boot" >&9
END
vm same
is "always dies of the same: exit code" 2 "$rc"
is "always dies of the same: two boots" 2 "$(boots same)"
has "always dies of the same: says so" "before its first case: .*(2 boots)$" "$work/same.err"
vm same --bisect
is "always dies of the same: --bisect passes over it" "125 4" "$rc $(boots same)"
image later <<'END'
case $boot in
1) up; begins a b c; verdict a pass; cell b ;;
2) echo "[ 1.0] last words" >&9 ;;
*) up; begins c; verdict c pass; ends ;;
esac
END
vm later --continue
is "a later boot dies: verdicts" pass,crashed,pass "$(verdict "$dir" a),$(verdict "$dir" b),$(verdict "$dir" c)"
has "a later boot dies: says so" "before its first case of this boot: .*; booting again (2 of 3)$" "$work/later.out"
image stuck <<'END'
[ "$boot" != 1 ] || { echo "[ 1.0] words" >&9; exit 0; }
exec sleep 60
END
vm stuck --timeout 3s
is "--timeout in the second boot: exit code" 2 "$rc"
has "--timeout in the second boot: says so" "timeout came before the first case" "$work/stuck.err"
is "--timeout in the second boot: no third" 2 "$(boots stuck)"

rm "$work/fake/once.boots"
"$lw" ladder --kernel "$work/append" --kernel "$work/once" --results "$work/l" >"$work/ladder.out" 2>&1 </dev/null
is "ladder: exit code" 0 $?
has "ladder: the row" "^a  *pass  *pass" "$work/ladder.out"
has "ladder: the kernel's line" "^once: Linux .*1 pass; booted again, see below$" "$work/ladder.out"
has "ladder: beside the rows" "^  once: booted again: the guest ended before its first case: .*<one>" "$work/ladder.out"
has "ladder: JSON" '"reboots": ' "$(echo "$work"/l/*/ladder.json)"
has "ladder: HTML" "booted again: the guest ended .*&lt;one&gt;" "$(echo "$work"/l/*/ladder.html)"

echo "# a program that is given more time"
wait "$patient"
is "the host waits as long: verdict" pass "$(verdict "$work/r-patient/latest" a)"
end
