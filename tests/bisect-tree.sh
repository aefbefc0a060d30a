#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# usage: tests/bisect-tree.sh SOURCE REPOSITORY
#
# Makes a bare REPOSITORY of the kernel in SOURCE (6.12, unpacked, no repository) and eight
# commits on it, two of which take a fix out again; all others change comments. Tags: v0 and
# v1 are the ends, uffd and wp the two. SOURCE stays as it is.
#
#   uffd   uffdwp-swapoff-anon: swapoff forgets that a page is write-protected for userfaultfd
#   wp     6c287605fd56 (5.19), ro-longterm-pin-unshare: a write fault copies an exclusive page

set -eu
[ $# = 2 ] || {
	sed -n '4s/^# //p' "$0" >&2
	exit 64
}
source=$(realpath "$1")
export GIT_AUTHOR_NAME="A Tester" GIT_AUTHOR_EMAIL=tester@example.org
export GIT_COMMITTER_NAME=$GIT_AUTHOR_NAME GIT_COMMITTER_EMAIL=$GIT_AUTHOR_EMAIL
git init -q --bare -b main "$2"
GIT_DIR=$(realpath "$2")
export GIT_DIR
git config core.compression 0 # in a minute
git config core.bare false
git --work-tree="$source" add -Af "$source"
head=$(git commit-tree -m "Linux, as it was unpacked" "$(git write-tree)")
git config core.bare true
git tag v0 "$head"

commit() { # SUBJECT FILE SED
	local blob

	blob=$(git cat-file blob "$head:$2" | sed "$3" | git hash-object -w --stdin)
	[ "$blob" != "$(git rev-parse "$head:$2")" ] || {
		echo "bisect-tree: '$1' changes nothing in $2; is this 6.12?" >&2
		exit 1
	}
	git update-index --cacheinfo "100644,$blob,$2"
	head=$(git commit-tree "$(git write-tree)" -p "$head" -m "$1")
}
harmless() { commit "mm: say more in $1, $2" "mm/$1" "1s|^|/* $2 */\\n|"; }

harmless msync.c 1
harmless mincore.c 2
commit "mm/swapfile: simplify unuse_pte()" mm/swapfile.c \
	'/^static int unuse_pte(/,/^}/{/if (pte_swp_uffd_wp(old_pte))/d;/new_pte = pte_mkuffd_wp(new_pte);/d}'
git tag uffd "$head"
harmless msync.c 4
harmless interval_tree.c 5
commit "mm/memory: do_wp_page() need not look at PageAnonExclusive" mm/memory.c \
	's/(PageAnonExclusive(vmf->page) || wp_can_reuse_anon_folio(folio, vma))) {/wp_can_reuse_anon_folio(folio, vma)) {/'
git tag wp "$head"
harmless mincore.c 7
harmless msync.c 8
git tag v1 "$head"
git branch -f main "$head"
