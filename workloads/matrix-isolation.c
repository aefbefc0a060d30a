// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * matrix-isolation: after fork, nobody sees a write that is not theirs
 *
 * Story    After fork a page has several owners, and the first store must give
 *          its writer a page of its own. Whether a page may be reused instead
 *          is guessed from mappings, references, swap entries and flags; a pipe
 *          or a device may still look at it. A wrong "yes" shows the secret to
 *          somebody else, a wrong "no" parts the writer from its own pin.
 * Seen as  Leak: a process, a pipe or a device reads a write that is not its
 *          own. Loss: a write of one's own is gone.
 * Fixed    CVE-2020-29374: v5.8, 17839856fd58; huge and swapped pages v5.18,
 *          3bff7e3f1f16, c145e0b47c77, 53a05ad9f21d; references that part from
 *          their writer v5.19, 6c287605fd56, 1493a1913e34, a7f226604170.
 * Steps    1 memory in a state  2 maybe hold it  3 fork, and maybe the child
 *          holds it  4 something happens  5 some write, in an order  6 what
 *          came out of the hold, and what each process reads, is judged.
 * Notes    A cell's id is memory.state.holder.event.writers, then the part that
 *          is written where it is not all of it.
 */
#include "cells.h"

#include <string.h>

enum { MEMORY, STATE, HOLDER, EVENT, WRITERS, PART };

/* Lines before fork, after it, and at the end. */
static const struct cells_value holders[] = {
	{ "nobody", "", "", "" },
	{ "parent-pipe", "hold vmsplice pages 0-15\n", "", "take\n" },
	{ "child-pipe", "", "a: hold vmsplice pages 0-15\n", "a: take\n" },
	{ "parent-uring", "hold uring pages 0-15\n", "", "take\ndevice 9\nrelease\n" },
	{ "child-uring", "", "a: hold uring pages 0-15\n", "a: take\na: device 9\na: release\n" },
	{ "parent-odirect", "hold odirect-write pages 0-15\n", "", "release\n" },
	{ "child-odirect", "", "a: hold odirect-write pages 0-15\n", "a: release\n" },
	{ "process-vm", "", "peek a\n", "peek a\n" },
	{ 0 },
};

/* What happens after fork and before the first store. */
static const struct cells_value events[] = {
	{ "fork", "" },
	/* one swap entry, two owners: whoever faults first is alone with the swap cache */
	{ "parent-reads", "read\n" },
	{ "child-reads", "a: read\n" },
	{ "both-read", "read\na: read\n" },
	{ "both-read-exit", "read\na: read\na: exit\n" },
	{ "in-and-out", "read\npageout\n" },
	{ "swapoff", "swapoff\n" },
	{ "mprotect", "mprotect\na: mprotect\n" },
	{ "mremap", "mremap\na: mremap\n" },
	{ "split", "split-pmd\n" },
	{ "child-splits", "a: split-pmd\n" },
	{ "collapse", "collapse\n" },
	/* the last other owner leaves; only a reference may be left of it */
	{ "exit", "a: exit\n" },
	{ "exit-pageout", "a: exit\npageout\n" },
	{ "child-drops", "a: dontneed\n" },
	{ "child-drops-pageout", "a: dontneed\npageout\n" },
	{ "parent-drops", "dontneed\n" },
	{ "parent-drops-pageout", "dontneed\na: pageout\n" },
	/* lazily freed by one of the two, who then leaves: the other must keep it */
	{ "parent-frees", "free\ndontneed\na: pageout\n" },
	{ "child-frees", "a: free\na: dontneed\npageout\n" },
	/* three generations of owners */
	{ "grandchild", "a: fork b\n" },
	{ "middle-exits", "a: fork b\na: exit\n" },
	{ 0 },
};

/* In this order: the parent, the child, the grandchild; x: the child exits. */
static const struct cells_value writers[] = {
	{ "parent", "p" },
	{ "child", "c" },
	{ "parent-child", "pc" },
	{ "child-parent", "cp" },
	{ "child-exit-parent", "cxp" },
	{ "parent-exit-parent", "pxp" },
	{ "grandchild", "g" },
	{ "parent-grandchild", "pg" },
	{ "grandchild-parent", "gp" },
	{ "child-grandchild", "cg" },
	{ "grandchild-child", "gc" },
	{ "all-three", "pcg" },
	{ "all-three-backwards", "gcp" },
	{ 0 },
};

/* What each writes of a part: the parent, the child, the grandchild. */
static const struct cells_value parts[] = {
	{ "whole", "", "", "", .unnamed = true },
	{ "sector", "sectors 26 1", "sectors 27 1", "sectors 28 1" }, /* neighbours in a page */
	{ "subpage", "page 3", "page 3", "page 3" },
	{ 0 },
};

#define LARGE	"mthp|hugetlb|" CELLS_THPS
#define READS	"parent-reads|child-reads|both-read|both-read-exit|in-and-out|swapoff"
#define EXITS	"exit|exit-pageout|both-read-exit"
#define PAGEOUT "in-and-out|*-pageout"

#define PARTS "not crossed: parts are about what a copy takes along"

static const struct case_cannot cannot[] = {
	CELLS_NOT_RECLAIMED(".swapped|swapcache"),
	{ "!" CELLS_ANONS ".lazyfree", "MADV_FREE is for anonymous pages of one process" },
	{ "file.*.*-uring",
	  "long-term pins of a file's own pages are refused since 6.5 (8ac268436e6d)" },
	{ CELLS_SHARED ".was-shared", "shared memory stays shared" },
	{ CELLS_SHARED ".*.!nobody", "not crossed: of shared memory every write is everybody's" },
	{ "*.lazyfree|was-shared.!nobody|*-pipe",
	  "not crossed: a pin for write makes the page its holder's in any state" },
	{ "*.swapcache.process-vm|*-odirect", "not crossed: the hold faults in what is swapped" },
	/* events */
	CELLS_NOT_RECLAIMED(".*.*." PAGEOUT),
	{ "*.!swapped.*." READS, "nothing is out: to read changes nothing" },
	{ "!thp.*.*.split|child-splits", "only a PMD mapping can be split" },
	{ "!pte-thp.*.*.collapse", "only memory of a whole huge page can become one" },
	{ CELLS_THPS ".swapped|swapcache.*.split|child-splits|collapse",
	  "a huge page that was swapped comes back in small ones" },
	{ "*.*.!parent-pipe.parent-drops*",
	  "not crossed: it is the pipe that must not show what others write later" },
	{ "*.*.!child-pipe|child-odirect.child-drops*",
	  "not crossed: it is the hold that must not show what others write later" },
	{ "*.*.!nobody.!fork|mprotect|split|child-splits|parent-drops*|child-drops*",
	  "not crossed: the other events are about owners, of which there are two" },
	{ "*.*.*-uring|*-odirect|process-vm.mprotect",
	  "not crossed: the coherence matrix does it to pins" },
	{ "!" CELLS_ANONS ".*.*.*-frees", "MADV_FREE is for anonymous pages of one process" },
	{ "*.!dirty|swapcache.*.*-frees", "not crossed: the page is there, dirty or clean" },
	{ "*.was-shared.*.!fork|mprotect|exit",
	  "not crossed: whoever shared it has left no trace but the flags" },
	/* writers */
	{ "*.*.*.!grandchild|middle-exits.grandchild|*-grandchild|grandchild-*|all-*",
	  "there is no grandchild" },
	{ "*.*.*." EXITS "|middle-exits.child|*-child|child-*|all-*", "the child has left" },
	{ "*.*.*.!fork.*-exit-parent", "not crossed: exit is about it" },
	{ "*.*.!nobody.*.!parent|child",
	  "not crossed: with a hold, one writer has two to hide it from" },
	{ "*.*.*.child-drops*.!parent", "the child holds what it has dropped: no other writes" },
	{ "*.*.*.parent-drops*.!child", "the parent holds what it has dropped: no other writes" },
	{ "*.*.*.grandchild.parent|child|parent-child|child-parent",
	  "not crossed: fork has these" },
	{ "*.lazyfree|was-shared.*.grandchild|middle-exits",
	  "not crossed: a third owner is about who is last, not about the state before" },
	{ "*.*.*.mprotect|mremap|swapoff|in-and-out.!parent|child",
	  "not crossed: after the first writer it is a fork like any other" },
	/* parts */
	{ "!" LARGE ".*.*.*.*.subpage", "only large pages have others in them" },
	{ "*.!dirty|swapped.*.*.*.!whole", PARTS },
	{ "*.*.*.!fork|split|child-splits|grandchild|child-drops.*.!whole", PARTS },
	{ "*.*.*.grandchild.!all-*.!whole", PARTS },
	{ "*.*.!nobody|*-pipe.*.*.!whole", PARTS },
	{ 0 },
};

/*
 * Who only refers to a page, without a pin, keeps it in its first owner's eyes
 * unless copy-on-write counts references. It did not, for huge pages and for
 * pages that came back from swap; and it still does not for hugetlb.
 */
static const struct cells_known known[] = {
	{ "hugetlb.*.*-pipe.*-drops",
	  .open = "hugetlb pages are reused under a pipe's reference (kselftest mm, cow.c, expects "
		  "it), no fix known 2026-11" },
	{ "hugetlb.*.*-odirect.*-drops",
	  .hazard =
		  "a hugetlb page is reused under a reference; FUSE pins since 6.9 (738adade96b2)",
	  .hazard_before = "6.9" },
	{ "thp.dirty|lazyfree|was-shared.*-pipe|*-odirect.*-drops*",
	  .hazard = "CVE-2020-29374: a huge page is reused under a reference, before 5.18 "
		    "(3bff7e3f1f16)",
	  .hazard_before = "5.18" },
	{ "*.*.*-pipe|*-odirect.*-drops*",
	  .hazard = "CVE-2020-29374: a page from swap is reused under a reference, before 5.18 "
		    "(c145e0b47c77)",
	  .hazard_before = "5.18" },
	{ 0 },
};

static void write_lines(FILE *out, const char *order, const struct cells_value *part)
{
	unsigned int generation = 2;

	for (; *order; order++)
		if (*order == 'x')
			fputs("a: exit\n", out);
		else if (*order == 'p')
			fprintf(out, "write %u %s\n", generation++, part->lines);
		else if (*order == 'c')
			fprintf(out, "a: write %u %s\n", generation++, part->later);
		else
			fprintf(out, "b: write %u %s\n", generation++, part->last);
}

/* What a run of a few seconds should have tried. */
static const char *const core[] = {
	"anon4k|thp|hugetlb.dirty|swapped.nobody|*-pipe.fork|exit|child-drops|swapoff|mprotect|split.*.whole",
	"anon4k|thp.swapcache.nobody.*-frees",
	"hugetlb.dirty.*-pipe.fork",
	NULL,
};

static void scene(FILE *out, const struct cells_value *const *value)
{
	const struct cells_value *holder = value[HOLDER];
	const char *event = value[EVENT]->lines, *order = value[WRITERS]->lines;

	fprintf(out, "map %s 16\n%s%sfork a\n%s%s", value[MEMORY]->name, value[STATE]->lines,
		holder->lines, holder->later, event);
	write_lines(out, order, value[PART]);
	fputs(holder->last, out);
	if (!strstr(event, "a: exit") && !strchr(order, 'x'))
		fputs("a: check\n", out);
	if (strstr(event, "fork b"))
		fputs("b: check\n", out);
	fputs("check\n", out);
}

int main(int argc, char **argv)
{
	static struct case_info info = {
		.name = "matrix-isolation",
		.kind = "matrix",
		.summary = "memory x state x holder x event x writers after fork: nobody sees or "
			   "loses another's writes",
		.tags = "matrix fork isolation security",
		.oracles = CASE_ISOLATION | CASE_COHERENCE,
		.refs = "linux-git:17839856fd58 linux-git:3bff7e3f1f16 linux-git:c145e0b47c77 "
			"linux-git:53a05ad9f21d linux-git:6c287605fd56 linux-git:1493a1913e34 "
			"linux-git:a7f226604170",
		.cve = "CVE-2020-29374",
		.seconds = 300, /* 20 on a machine, the rest is for emulated ones */
		.rounds = 1,
		.counters = { { "exposed", true }, { "disturbed" }, { "checked", true } },
	};
	const struct cells cells = {
		.axis = { cells_kinds(), cells_states, holders, events, writers, parts },
		.about = EVENT,
		.cannot = cannot,
		.known = known,
		.core = core,
		.scene = scene,
	};

	cells_make(&info, &cells);
	return case_main(argc, argv, &info, cells_run);
}
