# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What the tests that kill programs share. Sourced, not run. The machine has other users: what
# is judged is what the undo logs say was borrowed (lib/res.h), and it is looked for here, not
# asked of lib/undo.c. The logs are those of $LOSTWRITE_STATE.

borrowed=() looked_at=0

# Keeps the steps that are in the undo logs now: just before somebody is killed.
remember() {
	mapfile -t borrowed < <(cat "$LOSTWRITE_STATE"/undo/*.log 2>/dev/null | grep $'^[a-z]*\t' | awk -F '\t' '!seen[$1 FS $2]++')
	looked_at=$((looked_at + ${#borrowed[@]}))
}

# Of what such a file says, what counts: "always [madvise] never" is madvise.
knob_value() { # PATH
	sed -n '1{s/.*\[\(.*\)\].*/\1/;p}' "$1" 2>/dev/null
}

# Is this step still to be undone? A knob that went with its device is not.
still() { # KIND PATH VALUE
	local found

	case $1 in
	unlink | rmdir) [ -e "$2" ] ;;
	swapoff) grep -q "^$2[[:space:]]" /proc/swaps ;;
	umount) grep -qF " $2 " /proc/self/mounts ;;
	loop) losetup -nO BACK-FILE "$2" 2>/dev/null | grep -qF "$3" ;;
	dm) cat /sys/block/dm-*/dm/name 2>/dev/null | grep -qxF "$2" ;;
	module) grep -q "^${2//-/_} [0-9]* 0 " /proc/modules ;;
	zram) # with another size it is somebody else's by now
		found=$(cat "/sys/block/${2##*/}/disksize" 2>/dev/null) && [[ $found = 0 || $found = "$3" ]]
		;;
	write)
		[ -e "$2" ] || return
		case $3 in
		[0-9]*:[0-9]*\ *) grep -q "^${3%% *} " "$2" ;; # a device's limit: no limit, no line
		*) [ "$(knob_value "$2")" != "$3" ] ;;
		esac
		;;
	*) true ;; # a kind that is not known here
	esac
}

# What was remembered and not given back, and what has a dead process of ours in its name.
still_borrowed() {
	local step kind path value file pid

	for step in "${borrowed[@]}"; do
		IFS=$'\t' read -r kind path value <<<"$step"
		! still "$kind" "$path" "$value" || echo "$kind $path $value"
	done
	for file in "${LOSTWRITE_SCRATCH:-/var/tmp}"/lostwrite-[0-9]* "$LOSTWRITE_STATE"/undo/*.log; do
		pid=${file##*/} pid=${pid#lostwrite-} pid=${pid%%.*}
		[ ! -e "$file" ] || [ -e "/proc/$pid" ] || echo "$file"
	done
}

descendants() { # descendants PID: it and all below it
	local child children
	echo "$1"
	read -ra children < <(cat "/proc/$1/task/"*/children 2>/dev/null)
	for child in "${children[@]}"; do descendants "$child"; done
}
