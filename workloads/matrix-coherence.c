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
#include "scene.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct piece {
	const char *name, *lines;
	unsigned int kinds; /* of memory, a bit each, for which it makes sense; 0: all */
};

#define KIND(k) (1u << MAP_KIND_##k)
#define THPS	(KIND(THP) | KIND(PTE_THP))
#define ANONS	(KIND(ANON) | KIND(MTHP) | THPS)
#define COPIED	(KIND(MEMFD_PRIVATE) | KIND(FILE_PRIVATE))
#define SHMEM	(KIND(SHARED_ANON) | KIND(MEMFD))
/* MADV_PAGEOUT passes over what two mappings share, so not KSM. */
#define SWAPS (ANONS | COPIED | SHMEM)

static const struct piece states[] = {
	{ "dirty", "", 0 },
	{ "swapped", "pageout\n", SWAPS },
	{ "swapcache", "pageout\nread\n", SWAPS },
	{ "lazyfree", "free\n", ANONS },
	{ "was-shared", "fork s\ns: exit\n", 0 },
	{ 0 },
};

enum { READS, WRITES };

/* Long-term pins of a file's own pages are refused since 6.5 (8ac268436e6d). */
static const struct pin {
	const char *name, *hold;
	int direction; /* of the device */
	bool odirect;
	unsigned int kinds;
} pins[] = {
	{ "uring-read", "uring", READS, false, ~KIND(FILE) },
	{ "uring-write", "uring", WRITES, false, ~KIND(FILE) },
	{ "odirect-read", "odirect-read", READS, true, ~0u },
	{ "odirect-write", "odirect-write", WRITES, true, ~0u },
	{ 0 },
};

static const struct piece disturbances[] = {
	{ "nothing", "", 0 },
	{ "mprotect", "mprotect\n", 0 },
	{ "mremap", "mremap\n", ~KIND(HUGETLB) },
	{ "uffd-wp", "uffd-wp\n", ANONS | KIND(MEMFD_PRIVATE) | SHMEM },
	{ "clear-refs", "clear-refs\n", ~KIND(HUGETLB) },
	{ "mlock", "mlock\n", 0 },
	{ "pageout", "pageout\n", SWAPS },
	{ "pageout-read", "pageout\nread\n", SWAPS },
	{ "pageout-swapoff", "pageout\nswapoff\n", SWAPS & ~COPIED },
	{ "pageout-mlock", "pageout\nmlock\n", SWAPS },
	{ "fork-lives", "fork a\n", 0 },
	{ "fork-exits", "fork a\na: exit\n", 0 },
	{ "fork-writes", "fork a\na: touch\n", 0 },
	{ "pageout-fork", "pageout\nfork a\n", SWAPS },
	{ "fork-mprotect", "fork a\na: exit\nmprotect\n", 0 },
	{ "split-pmd", "split-pmd\n", KIND(THP) },
	{ "collapse", "collapse\n", KIND(PTE_THP) },
	{ 0 },
};

/* Which bytes are held, and which the CPU owns meanwhile. */
static const struct part {
	const char *name, *held, *cpu;
} parts[] = {
	{ "", "pages 0-15", NULL },
	{ "sector", "sectors 26 1", "sectors 28 2" },	/* 512 bytes in the middle of a page */
	{ "crossing", "sectors 12 8", "sectors 20 4" }, /* half of one page, half of the next */
	{ 0 },
};

#define CELLS 16384
#define TEXT  320

static struct {
	struct case_cell cell[CELLS + 1];
	char name[CELLS][80];
	char text[CELLS][TEXT];
	unsigned int count;
} all;

static bool fits(const struct piece *piece, enum map_kind kind)
{
	return !piece->kinds || piece->kinds >> kind & 1;
}

/*
 * What is known to lose, and has no fix or no promise. Open: the device's data in
 * a private page that was clean when it was registered. mlock write-faults,
 * which dirties it.
 */
static void known(struct case_cell *cell, enum map_kind kind, const struct piece *state,
		  const struct pin *pin, const struct piece *disturbance, bool drop)
{
	bool clean = !strcmp(state->name, "swapcache") || !strcmp(state->name, "lazyfree");
	bool dirtied = strstr(disturbance->name, "mlock");

	if (clean && drop && !dirtied && !pin->odirect && (ANONS | COPIED) >> kind & 1)
		cell->open = "registered pages that were clean are dropped, no fix known 2026-11";
	if (pin->odirect && strstr(disturbance->name, "fork")) {
		cell->hazard = "O_DIRECT into private memory against fork, open(2) NOTES, "
			       "before 6.9 on FUSE";
		cell->hazard_before = "6.9";
	}
}

/* The whole scene of a cell. */
static void write_scene(char *text, enum map_kind kind, const struct piece *state,
			const struct pin *pin, const struct piece *disturbance,
			const struct part *part, bool drop)
{
	int n = snprintf(text, TEXT, "map %s 16\n%shold %s %s\n%s", map_kind_name(kind),
			 state->lines, pin->hold, part->held, disturbance->lines);

	if (part->cpu) /* CPU and device meet in one page and own different sectors */
		n += snprintf(text + n, TEXT - n, "write 3 %s\n", part->cpu);
	else if (pin->direction == WRITES)
		n += snprintf(text + n, TEXT - n, "write 3\n");
	else if (!drop) /* a store would dirty what must stay clean until the device writes */
		n += snprintf(text + n, TEXT - n, "touch\n");
	if (pin->direction == READS)
		n += snprintf(text + n, TEXT - n, "device 2\n");
	else if (!pin->odirect)
		n += snprintf(text + n, TEXT - n, "take\n");
	snprintf(text + n, TEXT - n, "release\n%scheck\n", drop ? "pageout\n" : "");
}

static void add(enum map_kind kind, const struct piece *state, const struct pin *pin,
		const struct piece *disturbance, const struct part *part, bool drop)
{
	unsigned int i = all.count++;
	static struct scene scene;
	char why[200];

	if (i >= CELLS)
		abort();
	snprintf(all.name[i], sizeof(all.name[i]), "%s.%s.%s.%s%s%s%s", map_kind_name(kind),
		 state->name, pin->name, disturbance->name, *part->name ? "." : "", part->name,
		 drop ? ".dropped" : "");
	write_scene(all.text[i], kind, state, pin, disturbance, part, drop);
	if (!scene_parse(all.text[i], &scene, why, sizeof(why))) {
		fprintf(stderr, "%s: %s\n", all.name[i], why);
		abort();
	}
	all.cell[i] = (struct case_cell){
		.name = all.name[i], .summary = disturbance->name, .needs = scene.needs, .arg = i
	};
	known(&all.cell[i], kind, state, pin, disturbance, drop);
}

/* Parts are crossed with the plain state only: what they add is where bytes meet. */
static void add_parts(enum map_kind kind, const struct piece *state, const struct pin *pin,
		      const struct piece *disturbance)
{
	for (const struct part *part = parts; part->name; part++)
		if (part == parts || state == states)
			add(kind, state, pin, disturbance, part, false);
	if (pin->direction == READS && SWAPS >> kind & 1)
		add(kind, state, pin, disturbance, parts, true);
}

static bool valid(enum map_kind kind, const struct piece *state, const struct pin *pin,
		  const struct piece *disturbance)
{
	/* A huge page that was swapped comes back in small ones. */
	bool small = strstr(state->lines, "pageout");

	return fits(state, kind) && fits(disturbance, kind) && pin->kinds >> kind & 1 &&
	       !(small && disturbance->kinds && !(disturbance->kinds & ~THPS));
}

static void add_disturbed(enum map_kind kind, const struct piece *state, const struct pin *pin)
{
	for (const struct piece *disturbance = disturbances; disturbance->name; disturbance++)
		if (valid(kind, state, pin, disturbance))
			add_parts(kind, state, pin, disturbance);
}

static const struct case_cell *make_cells(void)
{
	for (enum map_kind kind = 0; kind < MAP_KINDS; kind++)
		for (const struct piece *state = states; state->name; state++)
			for (const struct pin *pin = pins; pin->name; pin++)
				add_disturbed(kind, state, pin);
	return all.cell;
}

static enum verdict run(struct case_ctx *c)
{
	static struct scene scene;
	enum verdict verdict = PASS;
	char why[200];

	scene_parse(all.text[c->cell->arg], &scene, why, sizeof(why));
	while (verdict == PASS && case_round(c))
		verdict = scene_play(c, &scene);
	return verdict;
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
		.seconds = 300, /* 40 on a machine, the rest is for emulated ones */
		.rounds = 1,
		.counters = { { "exposed" }, { "disturbed" }, { "checked", true } },
	};

	info.cells = make_cells();
	return case_main(argc, argv, &info, run);
}
