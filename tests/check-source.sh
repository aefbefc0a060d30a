#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Checks what no compiler does, in the files named on standard input: SPDX
# lines, the story on top of a reproducer, lengths, that no folder knows of one
# above it, and that nothing is left to be done. A line for each thing wrong.

set -u
status=0

wrong() {
	echo "$*"
	status=1
}

spdx() { # FILE
	case $1 in
	*.[ch] | *.sh | *.ac | *.am | .ci/* | tools/* | .clang-format)
		head -n 2 "$1" | grep -q 'SPDX-License-Identifier: GPL-2.0-or-later' ||
			wrong "$1: no SPDX line on top"
		;;
	esac
}

# name: what it shows, then Story, Seen as, Fixed, Steps and perhaps Notes, in this order.
story() { # FILE
	local name headings found

	name=$(basename "$1" .c)
	sed -n '3p' "$1" | grep -q "^ \* $name: ." || wrong "$1: line 3 is not ' * $name: WHAT MUST HOLD'"
	headings=$(sed -n '2,/\*\//s/^ \* \([A-Z][a-z]*\( as\)\?\)  .*/\1/p' "$1" | paste -sd, -)
	found=${headings%,Notes}
	[ "$found" = "Story,Seen as,Fixed,Steps" ] ||
		wrong "$1: the headings are '$headings', not Story, Seen as, Fixed, Steps (and Notes)"
}

# Whose headers a folder may know: docs/architecture.md. The runner and what stands on it know
# case programs by what they print, never by their headers.
declare -A knows=(
	[lib]="lib"
	[scene]="scene lib"
	[content]="content lib"
	[reproducers]="lib"
	[storm]="storm lib"
	[workloads]="scene content storm lib"
	[runner]="runner lib/knob.h lib/opt.h lib/res.h"
	[lab]="lab runner lib/odds.h lib/opt.h"
	[report]="report runner lib/odds.h lib/opt.h"
)
depends() { # FILE
	local folder=${1%%/*} header place ours known

	# What stands in for a module has its header.
	[[ -n "${knows[$folder]-}" && $1 != scene/standalone/* ]] || return
	while read -r header; do
		ours='' known=''
		for place in lib scene content storm runner lab report; do
			[ -e "$place/$header" ] || continue
			ours=$place/$header
			[[ " ${knows[$folder]} " != *" $place "* && " ${knows[$folder]} " != *" $ours "* ]] || known=yes
		done
		[ -z "$ours" ] || [ -n "$known" ] || wrong "$1: $folder must not know of $ours"
	done < <(sed -n 's/^#include "\(.*\)"/\1/p' "$1")
}

limit() { # FILE LINES
	[ "$(wc -l <"$1")" -lt "$2" ] || wrong "$1: $2 lines or more"
}

while IFS= read -r file; do
	spdx "$file"
	case $file in *.[ch]) depends "$file" ;; esac
	case $file in
	reproducers/*.c)
		story "$file"
		limit "$file" 200
		;;
	workloads/*.c) limit "$file" 300 ;;
	run.sh) limit "$file" 150 ;;
	COPYING) continue ;;
	lib/case.h | scene/model.h | scene/inline.h) ;; # manuals: docs/architecture.md
	*.h) limit "$file" 151 ;;
	*.c | *.sh) limit "$file" 501 ;;
	esac
	case $file in
	docs/catalogue.md | docs/ladder.md | docs/matrices.md) ;; # generated: a row of a table is one line
	*.md | *.[ch]) awk -v f="$file" 'length > 200 { print f ":" NR ": over 200 characters"; bad = 1 } END { exit bad }' \
		"$file" || status=1 ;;
	esac
	# In KTAP "# TODO" marks what is known to fail; anywhere else it is unfinished work.
	grep -nHE '\b(TODO|FIXME|XXX)\b' "$file" | grep -vE 'TODO (open upstream|hazard)|# TODO|\(TODO\|' && status=1
	grep -nHE '[[:blank:]]+$' "$file" && status=1
	[ -z "$(tail -c 1 "$file")" ] || wrong "$file: no newline at its end"
done
exit "$status"
