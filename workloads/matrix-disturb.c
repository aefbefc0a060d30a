// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * matrix-disturb: what is disturbed and held by nobody is what it was, in every respect
 *
 * Story    A disturbance takes page table entries out and puts others in. Content
 *          may survive it and a bit may not: a page that is clean by mistake is
 *          lost at the next reclaim, one that is exclusive by mistake is seen by
 *          a child, one that is no longer exclusive is copied under the next pin,
 *          and a TLB that was not flushed writes to a page of others.
 * Seen as  Old content, zeros, another process's stores, a device's bytes that
 *          are not there.
 * Fixed    One by one; 6c287605fd56 (v5.19) gave pages the bit whose loss most of
 *          these questions are about, 6ce64428d620 (v5.12) is one missing flush.
 * Steps    1 memory  2 what the question needs before  3 disturb  4 the question
 *          5 every process reads what the model allows.
 * Notes    A cell's id is memory.question.disturbance.
 */
#include "cells.h"

#include <string.h>

enum { MEMORY, QUESTION, DISTURBANCE };

/* Before and after the disturbance. */
static const struct cells_value questions[] = {
	{ "content", "", "check\nwrite 3 pages 0-7\ncheck\n" },
	/* A dirty PTE of a page that swap has an old copy of: lost if it comes back clean. */
	{ "dirty-in-swapcache", "pageout\nread\nwrite 2\n", "pageout\ncheck\n" },
	/* Written since MADV_FREE: zeros if the dirty bit does not come back. */
	{ "dirty-after-free", "free\nwrite 2\n", "pageout\ncheck\n" },
	{ "dirty-in-file", "fsync\nwrite 2\n", "fsync\ndontneed\nevict\ncheck\n" },
	/* A page of two processes: exclusive by mistake, one sees the other's stores. */
	{ "shared", "fork s\n",
	  "write 3 pages 0-7\ns: check\ncheck\ns: write 4 pages 4-11\ns: check\ncheck\n" },
	/* The same of pages that are clean, and lost when one of the two may give them up. */
	{ "shared-clean", "pageout\nread\nfork s\n",
	  "s: check\ncheck\nwrite 3 pages 0-7\ns: check\ncheck\n" },
	/* Some pages are another's as well and some are not: where all are, much is refused. */
	{ "half-shared", "fork s\nwrite 2 pages 8-15\n",
	  "write 3 pages 0-3\ns: check\ncheck\ns: write 4 pages 2-9\ns: check\ncheck\n" },
	/* A private mapping shows the file's own pages: a store must not reach them. */
	{ "of-the-file", "dontneed\nread\n", "write 3 pages 0-7\ncheck\ndontneed\ncheck\n" },
	{ "forked", "",
	  "fork s\nwrite 3 pages 0-7\ns: check\ncheck\ns: write 4 pages 4-11\ns: check\ncheck\n" },
	/* A writable page that is not exclusive is pinned, shared by fork, and copied. */
	{ "held", "",
	  "hold uring pages 0-15\nfork s\ntouch\ndevice 3\nrelease\ncheck\ns: check\n" },
	/* A TLB that still knows the page (a few: it has no room for all of a huge page); mprotect flushes all of them before the check. */
	{ "far", "far-write 2\nfar-write 2 pages 0-7\n",
	  "far-write 3 pages 0-7\nmprotect\ncheck\n" },
	/* And one that looks: what it knew must go when a store here has copied the page. */
	{ "far-sees", "far-write 2\n",
	  "far-read pages 0-7\nwrite 3 pages 0-7\nfar-check pages 0-7\ncheck\n" },
	{ 0 },
};

static const struct cells_value disturbances[] = {
	{ "mprotect", "mprotect\n" },
	{ "mprotect-none", "mprotect-none\n" },
	{ "mremap", "mremap\n" },
	{ "mremap-leave", "mremap-leave\n" },
	{ "mremap-resize", "mremap-resize\n" },
	{ "mremap-dontunmap", "mremap-dontunmap\n" },
	{ "uffd-wp", "uffd-wp\n" },
	{ "clear-refs", "clear-refs\n" },
	{ "mlock", "mlock\n" },
	{ "cold", "cold\n" },
	{ "populate-write", "populate-write\n" },
	{ "pageout", "pageout\n" },
	{ "pageout-read", "pageout\nread\n" },
	{ "swapoff", "pageout\nswapoff\n" },
	{ "willneed", "pageout\nwillneed\n" },
	{ "memcg-reclaim", "memcg-reclaim\n" },
	{ "free", "free\nmemcg-reclaim\n" },
	{ "remote-pageout", "remote-pageout\n" },
	{ "damon-pageout", "damon-pageout\n" },
	{ "split-pmd", "split-pmd\n" },
	{ "split-folio", "split-folio\n" },
	{ "collapse", "collapse\n" },
	{ "khugepaged", "khugepaged\n" },
	/* Of tables with holes, zero pages, swapped and swapped-in pages. */
	{ "collapse-holes", "dontneed pages 4-7\nread pages 6-7\ncollapse\n" },
	{ "collapse-swapped", "pageout pages 4-11\ncollapse\n" },
	{ "collapse-read", "pageout\nread\ncollapse\n" },
	{ "ksm-merge", "ksm-merge\n" },
	{ "ksm-unmerge", "ksm-merge\nksm-unmerge\n" },
	{ "move-pages", "move-pages\n" },
	{ "split-move", "split-pmd\nmove-pages\n" },
	{ "read-move", "pageout\nread\nmove-pages\n" },
	{ "mbind", "mbind\n" },
	{ "migrate-pages", "migrate-pages\n" },
	{ "numa-hint", "numa-hint\n" },
	{ "numa-fork", "numa-arm\nfork a\n" },
	{ "compact", "compact\n" },
	{ "soft-offline", "soft-offline\n" },
	{ "memory-offline", "memory-offline\n" },
	{ "dontneed", "dontneed pages 4-7\n" },
	{ "punch", "punch pages 4-11\n" },
	{ "truncate", "truncate pages 4-15\n" },
	{ "fork-exits", "fork a\na: exit\n" },
	{ "fork-lives", "fork a\n" },
	{ "uffd-move", "uffd-move\n" },
	{ "uffd-leave", "uffd-leave\n" },
	{ "swapped-move", "pageout\nuffd-move\n" },
	{ "read-uffd-move", "pageout\nread\nuffd-move\n" },
	{ "uffd-continue", "uffd-continue\n" },
	{ "uffd-zero", "uffd-zero\n" },
	{ 0 },
};

#define SHMEM "shared-anon|memfd"
#define SWAPS CELLS_ANONS "|" CELLS_COPIES "|" SHMEM
#define RARE  "remote-pageout|damon-pageout|mbind|migrate-pages|numa-*|compact|*-offline"

static const struct case_cannot cannot[] = {
	{ "!" CELLS_ANONS "|" CELLS_COPIES ".dirty-in-swapcache",
	  "only anonymous pages stay in the swap cache" },
	{ "!" CELLS_ANONS ".dirty-after-free", "MADV_FREE is for anonymous pages of one process" },
	{ "!file.dirty-in-file", "only a file's pages are written back to it" },
	{ SHMEM "|file.shared|forked|held",
	  "shared memory is shared, whatever becomes of its pages" },
	{ "zero-page|ksm.held|far*", "not crossed: the first store copies the page" },
	{ "hugetlb.*.!mprotect*|mremap|mremap-leave|mlock|move-pages|mbind|fork-*",
	  "nothing else happens to hugetlb memory" },
	{ "zero-page.*.!mprotect*|mremap*|clear-refs|mlock|populate-write|dontneed|fork-*",
	  "the zero page is not reclaimed, moved or merged" },
	{ "ksm.*.pageout*|swapoff|willneed|remote-*|damon-*|read-move|cold|uffd-wp",
	  "MADV_PAGEOUT and MADV_COLD pass over pages that two mappings share" },
	{ "file.*.pageout*|swapoff|willneed|memcg-*|remote-*|damon-*|read-move|uffd-wp",
	  "a file's own pages go back to the file" },
	{ CELLS_COPIES ".*.willneed", "MADV_WILLNEED reads the file ahead, not what was copied" },
	{ CELLS_COPIES ".*.swapoff", "not crossed: copied pages are anonymous pages to swapoff" },
	{ "file-private.*.uffd-wp", "write-protection is for anonymous memory and shmem" },
	{ "!" CELLS_ANONS "|ksm.*.mremap-dontunmap", "before 5.13 for anonymous memory only" },
	{ "!" CELLS_ANONS "|ksm|hugetlb.*.mremap-leave", "before 5.13 for anonymous memory only" },
	{ "*.!far|content.mremap-leave|uffd-leave", "not crossed: the pages are gone" },
	{ "*.!content|far.numa-fork", "not crossed: numa-hint and forked" },
	{ "!thp.*.split-pmd|split-move", "only a PMD mapping can be split" },
	{ "!mthp|" CELLS_THPS ".*.split-folio", "only a large folio can be split" },
	{ "!pte-thp.*.collapse*|khugepaged", "only memory of a whole huge page can become one" },
	{ "!anon4k|memfd-private|ksm.*.ksm-*", "KSM looks at small anonymous pages only" },
	{ "*.!content|shared|held|far*.ksm-merge", "not crossed: KSM is slow" },
	{ "*.!content|forked|held.ksm-unmerge", "not crossed: KSM is slow" },
	{ "!" SHMEM "|file|" CELLS_COPIES ".*.punch", "no file has the memory" },
	{ "!memfd|file|" CELLS_COPIES ".*.truncate", "no file of ours has the memory" },
	{ "*.far-sees.!mprotect*|mremap|uffd-wp|clear-refs|pageout-read|split-pmd|move-pages|"
	  "ksm-merge|fork-*|uffd-move",
	  "not crossed: see far" },
	{ "!anon4k|thp.*." RARE, "not crossed: the same path for the other kinds" },
	{ "*.!content|held.mbind|migrate-pages|*-offline", "not crossed: see move-pages" },
	{ "*.!content|shared.remote-pageout|damon-pageout|compact", "not crossed: see pageout" },
	{ "*.shared.pageout*|swapoff|willneed|remote-*|damon-*|read-move|cold",
	  "passes over pages that two processes map" },
	{ "*.shared.collapse*|khugepaged", "what two processes map is left alone" },
	{ "*.shared.compact|fork-*", "not crossed: see move-pages and forked" },
	{ "*.dirty-*.pageout*|swapoff|willneed|memcg-*|read-move|collapse-*",
	  "reclaim is the question" },
	{ "*.dirty-in-swapcache.khugepaged", "not crossed: see collapse" },
	{ "mthp|" CELLS_THPS ".dirty-in-swapcache.split-*",
	  "a huge page that was swapped comes back in small ones" },
	{ "*.!far*.fork-lives", "a child is asked in forked" },
	{ "!" CELLS_ANONS ".*.uffd-move|uffd-leave|swapped-move|read-uffd-move|uffd-zero",
	  "UFFDIO_MOVE is for anonymous memory" },
	{ "!" SHMEM "|memfd-private.*.uffd-continue", "only the pages of shmem can be continued" },
	{ "*.dirty-*.uffd-continue|uffd-zero|swapped-move|read-uffd-move",
	  "what was written is dropped, or reclaimed before" },
	{ "*.shared.uffd-move|swapped-move|read-uffd-move", "shared pages stay: see half-shared" },
	{ "!" CELLS_ANONS ".half-shared|shared-clean", "not crossed: see shared" },
	{ "!" CELLS_ANONS ".*.free", "MADV_FREE is for anonymous pages of one process" },
	{ "*.!content|shared*|half-shared|far.free", "not crossed: see dirty-after-free" },
	{ "*.shared-clean.!free|mprotect|mremap|memcg-reclaim|move-pages|mlock|collapse",
	  "not crossed: see shared" },
	{ "*.half-shared.!uffd-*|collapse*|free|mprotect|mremap|move-pages|split-pmd|memcg-reclaim|populate-write",
	  "not crossed: see shared" },
	{ "!" CELLS_COPIES ".of-the-file", "no file is behind the memory" },
	{ "*.of-the-file.!mprotect|mremap|clear-refs|mlock|fork-exits|punch|truncate|uffd-*",
	  "not crossed: the file's pages are the page cache's business" },
	{ 0 },
};

static const struct cells_known known[] = { { 0 } };

/* What a run of a few seconds should have tried. */
static const char *const core[] = {
	"anon4k|thp|hugetlb.!far*.!compact|*-offline|ksm-*|khuge*|numa-*|damon-*",
	"!ksm.far*.mprotect|mremap-leave|pageout|clear-refs|fork-lives|uffd-leave|uffd-zero",
	"memfd-private.of-the-file|shared|held.mprotect|punch|move-pages|uffd-continue",
	"mthp|pte-thp.dirty*.move-pages|mprotect|mremap",
	NULL,
};

static void scene(FILE *out, const struct cells_value *const *value)
{
	fprintf(out, "map %s 16\n%s%s%s", value[MEMORY]->name, value[QUESTION]->lines,
		value[DISTURBANCE]->lines, value[QUESTION]->later);
	if (!strcmp(value[DISTURBANCE]->name, "ksm-merge"))
		fputs("check-twin\n", out);
	if (!strcmp(value[DISTURBANCE]->name, "fork-lives") ||
	    !strcmp(value[DISTURBANCE]->name, "numa-fork"))
		fputs("a: check\n", out);
}

int main(int argc, char **argv)
{
	static struct case_info info = {
		.name = "matrix-disturb",
		.kind = "matrix",
		.summary = "every memory x question x disturbance: nothing is lost with the PTE",
		.tags = "matrix swap migration thp ksm tlb",
		.oracles = CASE_COHERENCE,
		.refs = "linux-git:6c287605fd56 linux-git:1493a1913e34 linux-git:6ce64428d620",
		.seconds = 300, /* 15 on a machine, the rest is for emulated ones */
		.rounds = 1,
		.counters = { { "exposed" }, { "disturbed" }, { "checked", true } },
	};
	const struct cells cells = {
		.axis = { cells_kinds(), questions, disturbances },
		.about = DISTURBANCE,
		.cannot = cannot,
		.known = known,
		.core = core,
		.scene = scene,
	};

	cells_make(&info, &cells);
	return case_main(argc, argv, &info, cells_run);
}
