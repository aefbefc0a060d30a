// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * matrix-tracking: every memory x state x tracker x disturbance: each write is reported
 *
 * Story    A tracker (userfaultfd write-protection, its async mode, soft-dirty)
 *          is one bit in a page table entry. Everything that rewrites the entry
 *          (reclaim, swap-in, swapoff, fork, mremap, mprotect, migration, a
 *          split, a collapse, a hole) has to carry the bit over, and everything
 *          that ends tracking has to take it away.
 * Seen as  A snapshot that misses a page for ever (unreported write), or a page
 *          that is reported or stopped though nobody wrote or watches (ghost).
 *          In async mode a lost bit is a ghost: what is not protected counts as
 *          written.
 * Fixed    One by one since v5.7; see the reproducers for the known ones.
 * Steps    1 memory in a state  2 arm  3 maybe write  4 disturb  5 the bits are
 *          right  6 write  7 exactly what was written is reported, the content
 *          is right  8 armed again, nothing is reported  9 let go: nothing is
 *          stopped or left behind.
 * Notes    A cell's id is memory.state.tracker.disturbance, then who writes.
 *          What may be reported beyond what was written: scene/model-track.h.
 *
 *          Writes by the kernel to a protected page, per interface: O_DIRECT,
 *          io_uring and process_vm_writev() make a write fault that waits for
 *          the notification to be answered (mm/gup.c, FAULT_FLAG_ALLOW_RETRY);
 *          /proc/PID/mem cannot wait and gets EIO with nothing written
 *          (fs/userfaultfd.c, handle_userfault(): VM_FAULT_SIGBUS without
 *          ALLOW_RETRY). uffd-wp-async and soft-dirty mark all of them.
 */
#include "cells.h"

#include <string.h>

enum { MEMORY, STATE, TRACKER, DISTURBANCE, WRITES };

/* When it is armed. */
static const struct cells_value states[] = {
	{ "populated", "" },
	{ "never", "dontneed\n" },
	{ "swapped", "pageout\n" },
	{ "swapped-in", "pageout\nread\n" },
	{ "in-tlb",
	  "far-write 2\nfar-write 2 pages 2-6\n" }, /* of a CPU that does not enter the kernel any more */
	{ 0 },
};

static const struct cells_value trackers[] = {
	{ "uffd-wp" }, { "uffd-wp-events" }, { "uffd-wp-async" }, { "soft-dirty" }, { 0 },
};

static const struct cells_value disturbances[] = {
	{ "nothing", "" },
	{ "pageout", "pageout\n" },
	{ "pageout-read", "pageout\nread\n" },
	{ "pageout-swapoff", "pageout\nswapoff\n" },
	{ "pageout-mlock", "pageout\nmlock\n" },
	{ "pageout-mprotect", "pageout\nmprotect\n" },
	{ "pageout-mremap", "pageout\nmremap\n" },
	{ "pageout-fork", "pageout\nfork a\na: bits\n" },
	{ "pageout-dontneed", "pageout\ndontneed\n" },
	{ "dontneed", "dontneed\n" },
	{ "dontneed-read", "dontneed\nread\n" },
	{ "mprotect", "mprotect\n" },
	{ "mprotect-none", "mprotect-none\n" },
	{ "mlock", "mlock\n" },
	{ "mremap", "mremap\n" },
	{ "fork-lives", "fork a\na: bits\n" },
	{ "fork-exits", "fork a\na: exit\n" },
	{ "fork-writes", "fork a\na: write 9 pages 4-9\na: check\n" },
	{ "fork-mremap", "fork a\na: mremap\na: bits\n" },
	{ "clear-refs", "clear-refs\n" },
	{ "split-pmd", "split-pmd\n" },
	{ "collapse", "collapse\n" },
	{ "memcg-reclaim", "memcg-reclaim\n" },
	{ "punch", "punch pages 4-9\n" },
	{ "truncate", "truncate pages 4-15\n" },
	{ "khugepaged", "khugepaged\n" },
	{ "ksm", "ksm-merge\n" },
	{ "split-folio", "split-folio\n" },
	{ "compact", "compact\n" },
	{ "move-pages", "move-pages\n" },
	{ "mbind", "mbind\n" },
	{ "soft-offline", "soft-offline\n" },
	{ "close", "close\nbits\n" },
	{ "reregister", "unregister\nbits\nregister\n" },
	{ "reregister-part", "unregister pages 4-9\nbits\nregister pages 4-9\n" },
	{ "unregister-part", "unregister pages 4-9\n" },
	{ 0 },
};

/* Who writes what before and after the disturbance. */
static const struct cells_value writes[] = {
	{ "cpu", "", "write 3 pages 2-6\n", .unnamed = true },
	{ "twice", "write 2 pages 0-3\n", "write 3 pages 2-6\n" },
	{ "quiet", "", "" },
	{ "uring", "", "hold uring pages 2-6\ndevice 3\nrelease\n" },
	{ "odirect", "", "hold odirect-read pages 2-6\ndevice 3\nrelease\n" },
	{ "process-vm", "", "store process-vm 3 pages 2-6\n" },
	/* From the CPU that knew the pages before they were armed: was its TLB flushed? */
	{ "far", "", "far-write 3 pages 2-6\n" },
	/* By FOLL_FORCE to memory that is read-only: there is no write fault but this one. */
	{ "forced", "", "store forced 3 pages 2-6\n" },
	{ 0 },
};

static const struct case_cannot cannot[] = {
	CELLS_NOT_RECLAIMED(".swapped|swapped-in"),
	{ "*.in-tlb.*.!nothing|mremap|reregister", "not crossed: the state is about arming" },
	{ "*.in-tlb.*.*.!far", "not crossed: only the other CPU's TLB knows the pages" },
	{ "*.!in-tlb.*.*.far", "not crossed: the same" },
	{ "zero-page|ksm.in-tlb", "the first store copies the page" },
	{ "ksm|zero-page|hugetlb.never", "not crossed: as anonymous memory" },
	{ "*.!populated|swapped.*.mprotect-none", "not crossed: see mprotect" },
	{ "ksm.*.*.!nothing|mprotect", "not crossed: merging takes its time" },
	{ "ksm.*.*.*.!cpu", "not crossed: merging takes its time" },
	{ "shared-anon|memfd.*.*.pageout-dontneed", "nothing is mapped that could go" },
	{ "shared-anon|memfd.swapped.*.dontneed*", "nothing is mapped that could go" },
	{ CELLS_THPS ".swapped-in.*.!nothing|pageout|mprotect|mremap|fork-lives",
	  "not crossed: as anonymous memory in small pages" },
	{ "file|file-private.*.uffd-wp|uffd-wp-events",
	  "userfaultfd notifies of anonymous memory, shmem and hugetlb only" },
	{ "hugetlb.*.soft-dirty", "clear_refs passes over hugetlb memory" },
	{ "hugetlb.*.*.pageout*|memcg-reclaim", "hugetlb pages are not reclaimed" },
	{ "file.*.*.pageout*", "a file's own pages go back to the file, not to swap" },
	{ "zero-page.*.*.pageout*", "the zero page is not reclaimed" },
	{ "*.never.*.pageout*|dontneed*", "nothing is there" },
	{ "hugetlb|ksm|zero-page.*.*.dontneed*", "not crossed: as anonymous memory" },
	{ "hugetlb.*.*.*-part", "one huge page has no parts" },
	{ "*.*.soft-dirty.clear-refs|*register*|close", "means something else to soft-dirty" },
	{ "hugetlb.*.*.clear-refs", "clear_refs passes over hugetlb memory" },
	{ "!thp.*.*.split-pmd", "only a PMD mapping can be split" },
	{ "!pte-thp.*.*.collapse", "only memory of a whole huge page can become one" },
	{ "!memfd|shared-anon.*.*.punch", "holes are for files; not crossed: other files" },
	{ "!memfd.*.*.truncate", "only a file can be truncated; not crossed: other files" },
	{ "!pte-thp.*.*.khugepaged", "only memory of a whole huge page can become one" },
	{ "!mthp|" CELLS_THPS ".*.*.split-folio", "only a large folio can be split" },
	{ "!anon4k.*.*.ksm", "KSM merges anonymous memory; merging takes its time" },
	{ "!anon4k|thp|memfd.*.*.compact|move-pages|mbind|soft-offline",
	  "not crossed: the same code" },
	{ "zero-page|file|file-private.*.*.memcg-reclaim", "not crossed: as anonymous memory" },
	{ "*.!populated.*.memcg-reclaim|punch|truncate|khugepaged|ksm|split-folio|compact|"
	  "move-pages|mbind|soft-offline",
	  "not crossed: the state is about the other disturbances" },
	{ "*.*.*.khugepaged|ksm|compact.!cpu|twice", "not crossed: it takes its time" },
	{ "pte-thp.*.uffd-wp*.khugepaged", "memory that is armed is not collapsed (dd47ac428c3f)" },
	{ "thp.*.*.split-pmd.twice", "the first write has split it" },
	{ "pte-thp.*.uffd-wp*.collapse", "memory that is armed is not collapsed (dd47ac428c3f)" },
	{ CELLS_THPS ".!populated.*.split-pmd|collapse",
	  "a huge page that was swapped comes back in small ones" },
	{ "file.*.*.*.uring", "long-term pins of a file's own pages are refused (8ac268436e6d)" },
	{ "*.*.*.!nothing|pageout|mprotect|fork-lives.uring|odirect|process-vm|forced",
	  "not crossed: what faults is the same code" },
	{ "shared-anon|memfd|file|hugetlb.*.*.*.forced",
	  "only private memory is written in spite of its protection" },
	{ "*.*.uffd-wp|uffd-wp-events.*.forced", "/proc/PID/mem cannot wait: EIO" },
	{ 0 },
};

/* Which of two equal pages stays is chance: only the other one's PTE is made anew. */
static const struct cells_known known[] = {
	{ "*.*.*.ksm", .open = "KSM makes a PTE without the tracker's bit; no fix known 2026-11" },
	{ 0 },
};

/* What a run of a few seconds should have tried. */
static const char *const core[] = {
	"anon4k|thp|memfd|hugetlb.populated.*.!compact|khugepaged|ksm|soft-offline.cpu|twice",
	"!thp|pte-thp.in-tlb.*.nothing",
	"anon4k|thp.*.*.nothing.forced",
	"*.swapped|never.*.nothing|pageout-read|pageout-swapoff|dontneed.twice",
	NULL,
};

static void scene(FILE *out, const struct cells_value *const *value)
{
	const char *tracker = value[TRACKER]->name;

	fprintf(out, "map %s 16\n%strack %s\n%s%s", value[MEMORY]->name, value[STATE]->lines,
		tracker, value[WRITES]->lines, value[DISTURBANCE]->lines);
	if (!strcmp(value[DISTURBANCE]->name, "close"))
		fprintf(out, "track %s\n", tracker);
	fprintf(out, "bits\n%scollect\ncheck\ncollect\nbits\n", value[WRITES]->later);
	fputs("untrack\nwrite 4 pages 6-8\nbits\ncheck\n", out);
}

int main(int argc, char **argv)
{
	static struct case_info info = {
		.name = "matrix-tracking",
		.kind = "matrix",
		.summary = "every memory x state x tracker x disturbance: each write is reported",
		.tags = "matrix tracking uffd-wp soft-dirty",
		.oracles = CASE_TRACKING | CASE_COHERENCE,
		.refs = "linux-git:999dad824c39 linux-git:9c28a205c061",
		.seconds = 300, /* 30 on a machine, the rest is for emulated ones */
		.rounds = 1,
		.counters = { { "exposed" },
			      { "disturbed" },
			      { "checked", true },
			      { "armed", true },
			      { "reported" },
			      { "extra" } },
	};
	const struct cells cells = {
		.axis = { cells_kinds(), states, trackers, disturbances, writes },
		.about = DISTURBANCE,
		.cannot = cannot,
		.known = known,
		.core = core,
		.scene = scene,
	};

	cells_make(&info, &cells);
	return case_main(argc, argv, &info, cells_run);
}
