// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * matrix-coherence: every memory x state x pin x disturbance, as scenes
 *
 * Story    Somebody holds a page; the kernel moves, copies or forgets it;
 *          somebody writes; the two sides no longer look at the same bytes. No
 *          bug of this family needs more than the steps below, but each needs
 *          its own combination of them.
 * Seen as  Content that the model does not allow, on either side.
 * Fixed    One by one since v5.9; see the reproducers for the known ones.
 * Steps    1 memory in a state  2 hold it  3 disturb  4 the CPU stores  5 the
 *          device moves its bytes  6 let go  7 maybe page out  8 both sides
 *          read what the model allows.
 * Notes    A cell's id is memory.state.pin.disturbance, then the part of memory
 *          where it is not all, and "dropped" where step 7 is done.
 */
#include "cells.h"

#include <string.h>

enum { MEMORY, STATE, PIN, DISTURBANCE, PART, END };

/* What is held, as hold calls it, and how its bytes move; not at all: at release. */
static const struct cells_value pins[] = {
	{ "uring-read", "uring", "device 2\n" },
	{ "uring-write", "uring", "take\n" },
	{ "odirect-read", "odirect-read", "device 2\n" },
	{ "odirect-write", "odirect-write" },
	{ "aio-read", "aio-read", "device 2\n" },
	{ "aio-write", "aio-write" },
	{ "ring-read", "uring-odirect-read", "device 2\n" },
	{ "fixed-read", "fixed-odirect-read", "device 2\n" },
	{ "fixed-write", "fixed-odirect-write" },
	{ "process-vm", "process-vm", "device 2\n" },
	{ "disk-read", "disk-read", "device 2\n" },
	{ "disk-write", "disk-write" },
	{ "vmsplice", "vmsplice", "take\n" },
	{ "gift", "vmsplice-gift", "take\n" },
	{ "tee", "tee", "take\n" },
	{ "zerocopy", "zerocopy", "take\n" },
	{ "send-zc", "send-zc", "take\n" },
	{ "send-zc-fixed", "send-zc-fixed", "take\n" },
	{ "gup-ro", "gup-read", "take\n" },
	{ "gup-ro-fast", "gup-read-fast", "take\n" },
	{ "gup-rw", "gup-write", "take\n" },
	{ 0 },
};

static const struct cells_value disturbances[] = {
	{ "nothing", "" },
	{ "mprotect", "mprotect\n" },
	{ "mremap", "mremap\n" },
	{ "uffd-wp", "uffd-wp\n" },
	{ "clear-refs", "clear-refs\n" },
	{ "mlock", "mlock\n" },
	{ "pageout", "pageout\n" },
	{ "pageout-read", "pageout\nread\n" },
	{ "pageout-swapoff", "pageout\nswapoff\n" },
	{ "pageout-mlock", "pageout\nmlock\n" },
	{ "fork-lives", "fork a\n" },
	{ "fork-exits", "fork a\na: exit\n" },
	{ "fork-writes", "fork a\na: touch\n" },
	{ "pageout-fork", "pageout\nfork a\n" },
	{ "fork-mprotect", "fork a\na: exit\nmprotect\n" },
	{ "split-pmd", "split-pmd\n" },
	{ "collapse", "collapse\n" },
	/* Each of these is for a path of its own in the kernel, not crossed with all states. */
	{ "split-pageout", "split-pmd\npageout\n" },
	{ "split-folio", "split-folio\n" },
	{ "khugepaged", "khugepaged\n" },
	{ "unmap-part", "unmap page 5\n" },
	{ "dontneed-part", "dontneed pages 4-7\n" },
	{ "memcg-reclaim", "memcg-reclaim\n" },
	{ "memcg-swapoff", "memcg-reclaim\nswapoff\n" },
	{ "remote-pageout", "remote-pageout\n" },
	{ "damon-pageout", "damon-pageout\n" },
	{ "cold-pageout", "cold\npageout\n" },
	{ "willneed", "pageout\nwillneed\n" },
	{ "populate-write", "populate-write\n" },
	{ "mlock-onfault", "mlock-onfault\n" },
	{ "mremap-resize", "mremap-resize\n" },
	{ "mremap-dontunmap", "mremap-dontunmap\n" },
	{ "ksm-merge", "ksm-merge\n" },
	{ "ksm-unmerge", "ksm-unmerge\n" },
	{ "move-pages", "move-pages\n" },
	{ "move-fork", "move-pages\nfork a\n" },
	{ "mbind", "mbind\n" },
	{ "migrate-pages", "migrate-pages\n" },
	{ "numa-hint", "numa-hint\n" },
	{ "compact", "compact\n" },
	{ "soft-offline", "soft-offline\n" },
	{ "memory-offline", "memory-offline\n" },
	{ "grandchild", "fork a\na: fork b\na: exit\n" },
	{ "punch", "punch pages 4-11\n" },
	{ "truncate", "truncate pages 8-15\n" },
	{ "truncate-sector", "truncate sectors 67 1\n" },
	{ "truncate-refill", "truncate\nwrite 4\n" },
	{ "fsync", "fsync\n" },
	{ "uffd-move", "uffd-move\n" },
	{ "uffd-leave", "uffd-leave\n" },
	{ 0 },
};

/* Which bytes are held, which the CPU owns meanwhile, and of how many pages. */
static const struct cells_value parts[] = {
	{ "whole", "pages 0-15", NULL, .unnamed = true },
	{ "sector", "sectors 26 1", "sectors 28 2" },	/* 512 bytes in the middle of a page */
	{ "crossing", "sectors 12 8", "sectors 20 4" }, /* half of one page, half of the next */
	/* Across folios from the middle of one: what registration takes together (CVE-2023-2598). */
	{ "folios", "sectors 44 250", "sectors 294 4", "48" },
	{ 0 },
};

static const struct cells_value ends[] = {
	{ "kept", "", .unnamed = true },
	{ "dropped", "pageout\n" },
	{ "evicted", "fsync\ndontneed\nevict\n" },
	{ 0 },
};

/* The disturbances that are whole pages only. */
#define CLASSES                                                                                \
	"split-pageout|split-folio|khuge*|unmap-*|dontneed-*|memcg-*|remote-*|damon-*|cold-*|" \
	"willneed|populate-*|mlock-*|mremap-*|ksm-*|move-*|mbind|migrate-*|numa-*|compact|"    \
	"soft-*|grandchild|punch|truncate*|fsync|uffd-move|uffd-leave"

/* The other ways to hold: requests that take their pages otherwise, and readers. */
#define REQUESTS "aio-*|ring-read|fixed-*|disk-*"
#define READERS	 "vmsplice|gift|tee|zerocopy|send-zc*|gup-*"

static const struct case_cannot cannot[] = {
	CELLS_NOT_RECLAIMED(".swapped|swapcache"),
	{ "!" CELLS_ANONS ".lazyfree", "MADV_FREE is for anonymous pages of one process" },
	{ "file.*.uring-*",
	  "long-term pins of a file's own pages are refused since 6.5 (8ac268436e6d)" },
	{ "!anon4k|thp|pte-thp|file-private.*." REQUESTS,
	  "not crossed: libaio and io_uring take the pages of the rest as O_DIRECT does" },
	{ "!anon4k|pte-thp.*.disk-*", "not crossed: a disk takes long to make" },
	{ "!anon4k|thp|memfd|file|file-private.*.process-vm", "not crossed: see O_DIRECT" },
	{ "*.swapped|was-shared." REQUESTS "|process-vm",
	  "not crossed: the page is as for O_DIRECT by then" },
	{ "!" CELLS_ANONS "|memfd-private|ksm|zero-page.*." READERS,
	  "not crossed: of shared memory there is one page to read" },
	{ "*.!dirty|swapcache." READERS, "not crossed: a reader leaves the page as it was" },
	CELLS_NOT_RECLAIMED(".*.*.pageout*"),
	{ "hugetlb.*.*.clear-refs", "soft-dirty bits are not kept for hugetlb memory" },
	{ "hugetlb|file|file-private|ksm|zero-page.*.*.uffd-wp",
	  "write-protection is for anonymous memory and shmem" },
	{ CELLS_COPIES ".*.*.*-swapoff",
	  "not crossed: swapoff does to copied pages what it does to anonymous ones" },
	{ "!thp.*.*.split-pmd|split-pageout", "only a PMD mapping can be split" },
	{ "!pte-thp.*.*.collapse|khugepaged", "only memory of a whole huge page can become one" },
	{ CELLS_THPS ".swapped|swapcache.*.split-pmd|collapse",
	  "a huge page that was swapped comes back in small ones" },
	/* New rows: which memory, which states, which pins each is crossed with. */
	{ "!mthp|" CELLS_THPS ".*.*.split-folio", "only a large folio can be split" },
	{ "!" CELLS_THPS ".*.*.unmap-part", "anon4k without one page is dontneed-part" },
	{ "shared-anon|memfd|file.*.*.dontneed-part",
	  "shared memory stays: only the mapping goes" },
	{ "hugetlb.*.*.dontneed-part",
	  "MADV_DONTNEED of a part of a hugetlb page: not before 6.1" },
	{ "hugetlb|file|ksm|zero-page.*.*.memcg-*|remote-pageout|damon-pageout|cold-pageout|willneed",
	  "not crossed: see pageout" },
	{ "!anon4k|thp|memfd.*.*.remote-pageout|damon-pageout|willneed|mbind|*-offline",
	  "not crossed: the same path for the other kinds" },
	{ "!anon4k|thp.*.*.migrate-pages|numa-hint|compact|mlock-onfault|uffd-move",
	  "not crossed: the same path for the other kinds" },
	{ "hugetlb.*.*.mremap-resize|populate-write", "mremap does not resize hugetlb memory" },
	{ "!" CELLS_ANONS "|ksm.*.*.mremap-dontunmap", "before 5.13 for anonymous memory only" },
	{ "!" CELLS_ANONS "|" CELLS_COPIES ".*.*.cold-pageout",
	  "not crossed: shmem is the same to MADV_COLD" },
	{ "!anon4k|memfd-private.*.*.ksm-merge", "KSM looks at small anonymous pages only" },
	{ "*.*.uring-write|odirect-read.ksm-*", "not crossed: KSM is slow" },
	{ "!ksm.*.*.ksm-unmerge", "only what is merged" },
	{ "zero-page.*.*.move-*", "the zero page is not migrated" },
	{ "shared-anon|memfd|file|ksm.*.*.move-fork|grandchild",
	  "not crossed: fork shares what is shared" },
	{ "!shared-anon|memfd|file|" CELLS_COPIES ".*.*.punch", "no file has the memory" },
	{ "!memfd|file|" CELLS_COPIES ".*.*.truncate*", "no file of ours has the memory" },
	{ "!file.*.*.fsync", "only a file on a disk is written back" },
	{ "*.!dirty.*.memcg-swapoff|remote-*|damon-*|cold-*|willneed|mlock-onfault|khuge*",
	  "not crossed: states are for the paths that differ by them" },
	{ "*.!dirty.*.ksm-*|move-pages|move-fork|mbind|migrate-pages|numa-hint|compact|*-offline",
	  "not crossed: the same" },
	{ "*.!dirty.*.split-pageout|split-folio|unmap-part|truncate-sector|truncate-refill|fsync|grandchild",
	  "not crossed: the same" },
	{ "*.!dirty|swapcache.*.memcg-reclaim|mremap-dontunmap|dontneed-part",
	  "not crossed: the same" },
	{ "!anon4k.*.*.uffd-leave", "of a large folio that is pinned nothing moves" },
	{ "*.*.!uring-*.uffd-leave", "not crossed: refused for any pinned page alike" },
	{ "*.!dirty|swapped.*.mremap-resize|punch|truncate|uffd-*e", "not crossed: the same" },
	{ "*.!swapped|lazyfree|was-shared.*.populate-write", "dirty memory is populated" },
	{ "*.*.!uring-read.khugepaged|numa-hint|compact|soft-offline|migrate-pages|mbind",
	  "not crossed: refused for any reference to the page alike" },
	{ "*.*.!uring-read|odirect-read.memory-offline",
	  "not crossed: it is about pins for long, and for short" },
	{ "*.*.*." CLASSES ".!whole", "not crossed: parts are about where bytes meet" },
	{ "*.!dirty.*.*.!whole",
	  "not crossed: parts are about where bytes meet, not about the state before" },
	{ "*.*.*.*.!whole.dropped|evicted", "not crossed: parts are about where bytes meet" },
	{ "*.*.*-write|" READERS ".*.*.dropped|evicted", "the CPU's store has dirtied the page" },
	{ "!file.*.*.*.*.evicted", "only a file's pages come back from the disk" },
	{ "*.*.*.!nothing|fsync|pageout*|memcg-reclaim|move-pages|mprotect.*.evicted",
	  "not crossed: a disk is slow" },
	{ "*.*." REQUESTS ".!nothing|mprotect|pageout-read|fork-writes",
	  "not crossed: the rest of the disturbances are as for O_DIRECT" },
	{ "*.lazyfree." REQUESTS ".!nothing", "not crossed: the state matters to what comes back" },
	{ "*.*.process-vm.!nothing|mprotect|mremap|uffd-wp|pageout|pageout-read|fork-writes|"
	  "memcg-reclaim|fsync",
	  "not crossed: the rest of the disturbances are as for O_DIRECT" },
	{ "*.*." READERS ".!nothing|pageout|mremap|fork-writes",
	  "not crossed: write protection of what is only read" },
	{ "*.*.!uring-*|fixed-read.*.folios", "not crossed: registration takes folios together" },
	{ "*.*.*.!nothing|fork-writes.folios", "not crossed: the same" },
	{ "*.*." REQUESTS "|" READERS ".*.sector", "not crossed: two pages hold more than one" },
	{ "*.*.disk-*.*.!whole", "not crossed: a disk takes long to make" },
	{ "*.*.gift|gup-*.*.!whole", "whole pages only" },
	CELLS_NOT_RECLAIMED(".*.*.*.*.dropped"),
	{ 0 },
};

/*
 * Open: the device's data in a private page that was clean when it was
 * registered. mlock write-faults, which dirties it.
 */
static const struct cells_known known[] = {
	{ CELLS_ANONS
	  "|memfd-private|file-private.swapcache|lazyfree.uring-*|fixed-read.!*mlock*.*."
	  "dropped",
	  .open = "registered pages that were clean are dropped, no fix known 2026-11" },
	{ "*.*.odirect-*|aio-*|ring-read.*fork*|grandchild",
	  .hazard = "O_DIRECT into private memory against fork, open(2) NOTES, before 6.9 on FUSE",
	  .hazard_before = "6.9" },
	{ "*.*.disk-*.*fork*|grandchild",
	  .hazard = "O_DIRECT into private memory against fork, open(2) NOTES, before 6.5",
	  .hazard_before = "6.5" },
	{ 0 },
};

/* What a run of a few seconds should have tried. */
static const char *const core[] = {
	"anon4k|thp|hugetlb.dirty.uring-read|odirect-read.!soft-*|compact|ksm-*|khuge*|numa-*|"
	"damon-*.whole.kept",
	"file.dirty.odirect-read|process-vm.nothing|fsync.whole.evicted",
	"!ksm.dirty.uring-read.nothing.folios",
	"!ksm.swapcache.odirect-read|uring-write.nothing|pageout-read|pageout-fork.whole.kept",
	NULL,
};

static void scene(FILE *out, const struct cells_value *const *value)
{
	const char *moves = value[PIN]->later ? value[PIN]->later : "",
		   *pages = value[PART]->last ? value[PART]->last : "16";
	bool reads = *moves == 'd', dropped = *value[END]->lines;

	fprintf(out, "map %s %s\n%shold %s %s\n%s", value[MEMORY]->name, pages, value[STATE]->lines,
		value[PIN]->lines, value[PART]->lines, value[DISTURBANCE]->lines);
	if (value[PART]->later) /* CPU and device meet in one page and own different sectors */
		fprintf(out, "write 3 %s\n", value[PART]->later);
	else if (!reads)
		fputs("write 3\n", out);
	else if (!dropped) /* a store would dirty what must stay clean until the device writes */
		fputs("touch\n", out);
	fprintf(out, "%srelease\n%scheck\n", moves, value[END]->lines);
}

int main(int argc, char **argv)
{
	static struct case_info info = {
		.name = "matrix-coherence",
		.kind = "matrix",
		.summary =
			"every memory x state x pin x disturbance: both sides see the same bytes",
		.tags = "matrix pin",
		.oracles = CASE_COHERENCE,
		.refs = "linux-git:6c287605fd56 linux-git:1493a1913e34",
		.seconds = 480, /* 40 on a machine, the rest is for emulated ones */
		.rounds = 1,
		.counters = { { "exposed" }, { "disturbed" }, { "checked", true } },
	};
	const struct cells cells = {
		.axis = { cells_kinds(), cells_states, pins, disturbances, parts, ends },
		.about = DISTURBANCE,
		.cannot = cannot,
		.known = known,
		.core = core,
		.scene = scene,
	};

	cells_make(&info, &cells);
	return case_main(argc, argv, &info, cells_run);
}
