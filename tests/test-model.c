// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The model against hand-written expectations, and against a second, slow and
 * obvious implementation over random histories: there every process has a full
 * copy of what it may read, and nothing is shared but by being written twice.
 */
#include "model.h"
#include "rng.h"
#include "tap.h"

#include <stdlib.h>
#include <string.h>

#define PAGES 4

static struct model m;

static const struct model_value g1 = { 1, 0 }, g2 = { 2, 1 }, g3 = { 3, 2 }, zero = { 0, 0 };

static bool reads(unsigned int process, unsigned int page, unsigned int sector,
		  struct model_value value)
{
	const struct model_set *set = model_set(&m, process, page, sector);

	return set->count == 1 && model_allows(&m, process, page, sector, value);
}

static void test_private(void)
{
	model_map(&m, PAGES, false, g1);
	model_fork(&m, 0, 1);
	model_write(&m, 0, 2, 0x0f, g2);
	ok(reads(0, 2, 0, g2) && reads(0, 2, 7, g1), "a writer sees its own sectors");
	ok(reads(1, 2, 0, g1) && reads(1, 1, 0, g1), "the other process does not");
	model_exit(&m, 1);
	model_write(&m, 0, 1, MODEL_WHOLE_PAGE, g3);
	ok(reads(0, 1, 5, g3), "nor when it has left");
}

static void test_shared(void)
{
	model_map(&m, PAGES, true, g1);
	model_fork(&m, 0, 1);
	model_write(&m, 1, 0, 1, g3);
	ok(reads(0, 0, 0, g3) && reads(1, 0, 0, g3), "shared memory is one for all");
	model_drop(&m, 0, 0);
	ok(reads(0, 0, 0, g3), "of shared memory only the mapping can be dropped");
	model_punch(&m, 0, MODEL_WHOLE_PAGE);
	ok(reads(0, 0, 0, zero) && reads(1, 0, 0, zero), "a hole is a hole for all");
	model_truncate(&m, 1, 0xf0);
	ok(reads(1, 1, 3, g1) && reads(0, 1, 4, zero), "a page is cut where the file ends");
}

static void test_private_of_file(void)
{
	model_map(&m, PAGES, false, g1);
	model_back(&m, g2);
	model_fork(&m, 0, 1);
	model_drop(&m, 1, 0);
	ok(reads(0, 0, 0, g1) && reads(1, 0, 0, g2), "a dropped copy lets the file be seen");
	model_punch(&m, 0, MODEL_WHOLE_PAGE);
	ok(reads(0, 0, 0, g1) && reads(1, 0, 0, zero), "a hole leaves private copies alone");
	model_truncate(&m, 0, MODEL_WHOLE_PAGE);
	ok(reads(0, 0, 0, zero) && reads(1, 0, 0, zero), "truncation does not");
	model_truncate(&m, 1, 0xf0);
	ok(reads(0, 1, 4, g1), "but half a page is cut in the file only");
	model_write(&m, 1, 0, 1, g3);
	ok(reads(0, 0, 0, zero) && reads(1, 0, 0, g3) && reads(1, 0, 1, zero),
	   "a store to the file's page is a copy");
}

static void test_pin_of_what_is_gone(void)
{
	model_map(&m, PAGES, true, g1);
	model_hold(&m, 0, 0, MODEL_SECTORS, true, false);
	model_truncate(&m, 0, MODEL_WHOLE_PAGE);
	model_device(&m, 0, g2);
	ok(reads(0, 0, 0, zero), "a truncated page takes the device's bytes with it");
	ok(model_pin_set(&m, 0, 0, 0)->value[0].generation == 2, "where its pin still shows them");
	model_write(&m, 0, 0, MODEL_WHOLE_PAGE, g3);
	model_device(&m, 0, g1);
	model_release(&m, 0);
	ok(reads(0, 0, 0, g3), "the page in its place is nobody's but the program's");
	model_hold(&m, 0, MODEL_SECTORS, MODEL_SECTORS, true, false);
	model_cut(&m, 1, MODEL_WHOLE_PAGE);
	model_cut(&m, 2, MODEL_WHOLE_PAGE);
	ok(reads(0, 1, 0, zero) && reads(0, 2, 0, zero), "a part of a large folio is cut");
	model_device(&m, 0, g2);
	ok(model_allows(&m, 0, 1, 0, zero) && model_allows(&m, 0, 1, 0, g2) && reads(0, 2, 0, zero),
	   "and if pinned the device may be seen there, nowhere else");
	model_release(&m, 0);
	model_write(&m, 0, 1, MODEL_WHOLE_PAGE, g3);
	ok(reads(0, 1, 0, g3), "until it is written");
	model_hold(&m, 0, MODEL_SECTORS, MODEL_SECTORS, true, false);
	model_device(&m, 0, g2);
	ok(reads(0, 1, 0, g2), "or held anew");
}

static void test_pin(void)
{
	model_map(&m, PAGES, false, g1);
	model_hold(&m, 0, 0, 2 * MODEL_SECTORS, true, false);
	model_fork(&m, 0, 1);
	model_device(&m, 0, g2);
	ok(reads(0, 0, 0, g2) && reads(0, 1, 7, g2), "the device writes to its holder");
	ok(reads(1, 0, 0, g1) && reads(0, 2, 0, g1), "not to the child, not beyond");
	model_write(&m, 0, 0, 1, g3);
	ok(model_pin_set(&m, 0, 0, 0)->value[0].generation == 3, "the device reads its holder's");
	model_release(&m, 0);
	ok(reads(0, 0, 0, g3) && reads(0, 0, 1, g2), "release changes nothing");
}

static void test_pin_at_release(void)
{
	model_map(&m, PAGES, false, g1);
	model_hold(&m, 0, 3, 1, true, true);
	model_device(&m, 0, g2);
	ok(reads(0, 0, 3, g1), "an O_DIRECT read has not arrived");
	model_write(&m, 0, 0, 1 << 4, g3);
	model_release(&m, 0);
	ok(reads(0, 0, 3, g2) && reads(0, 0, 4, g3) && reads(0, 0, 2, g1),
	   "at release it has, in its sector only");
}

static void test_pin_of_shared_page(void)
{
	model_map(&m, PAGES, false, g1);
	model_fork(&m, 0, 1);
	model_hold(&m, 1, 0, MODEL_SECTORS, true, false);
	model_device(&m, 1, g2);
	ok(reads(1, 0, 0, g2) && reads(0, 0, 0, g1), "pinning for write unshares first");
}

static void test_pin_dropped(void)
{
	model_map(&m, PAGES, false, g1);
	model_hold(&m, 0, 0, MODEL_SECTORS, true, false);
	model_drop(&m, 0, 0);
	model_device(&m, 0, g2);
	ok(reads(0, 0, 0, zero), "after MADV_DONTNEED the pin is of another page");
	model_release(&m, 0);
}

static void test_reference(void)
{
	model_map(&m, PAGES, false, g1);
	model_fork(&m, 0, 1);
	model_hold(&m, 1, 0, MODEL_SECTORS, false, false);
	model_write(&m, 0, 0, MODEL_WHOLE_PAGE, g2);
	ok(model_pin_set(&m, 1, 0, 0)->count == 1 &&
		   model_pin_set(&m, 1, 0, 0)->value[0].generation == 1,
	   "a reference never shows another's write");
	model_write(&m, 1, 0, MODEL_WHOLE_PAGE, g3);
	ok(model_pin_set(&m, 1, 0, 0)->count == 2, "it may show its own process's");
}

static void test_reference_to_shared(void)
{
	model_map(&m, PAGES, true, g1);
	model_fork(&m, 0, 1);
	model_hold(&m, 1, 0, MODEL_SECTORS, false, false);
	model_write(&m, 0, 0, 1, g2);
	ok(model_pin_set(&m, 1, 0, 0)->count == 2 && model_pin_set(&m, 1, 0, 1)->count == 1,
	   "a reference to shared memory may show anybody's");
	model_truncate(&m, 0, MODEL_WHOLE_PAGE);
	model_punch(&m, 0, 0xf0);
	ok(model_pin_set(&m, 1, 0, 7)->count == 1, "but not what befalls the page in its place");
}

static void test_lazyfree(void)
{
	model_map(&m, PAGES, false, g1);
	model_free(&m, 0, 0);
	ok(model_allows(&m, 0, 0, 0, g1) && model_allows(&m, 0, 0, 0, zero) &&
		   !model_allows(&m, 0, 0, 0, g2),
	   "MADV_FREE allows old content or zeros");
	model_write(&m, 0, 0, 1, g2);
	ok(reads(0, 0, 0, g2) && model_allows(&m, 0, 0, 1, zero), "a store is kept");
	model_fork(&m, 0, 1);
	model_free(&m, 0, 1);
	ok(model_allows(&m, 0, 1, 0, g1) && model_allows(&m, 0, 1, 0, zero) && reads(1, 1, 0, g1),
	   "of a page of several processes it is the caller's view only");
}

/* --- the second implementation: processes 0 and 1, one pin of process 0 --- */

enum { ANON, OF_FILE, SHARED, KINDS };

static struct slow {
	unsigned int kind;
	bool child, pinned;
	bool tied[PAGES];      /* the pin is still of the page that process 0 sees */
	bool copied[2][PAGES]; /* not the file's page */
	unsigned int own[2][PAGES][MODEL_SECTORS], file[PAGES][MODEL_SECTORS];
} slow;

static unsigned int *slow_page(unsigned int process, unsigned int page)
{
	return slow.copied[process][page] ? slow.own[process][page] : slow.file[page];
}

static void slow_copy(unsigned int process, unsigned int page)
{
	if (slow.kind != SHARED)
		memmove(slow.own[process][page], slow_page(process, page), sizeof(slow.own[0][0]));
	slow.copied[process][page] = slow.kind != SHARED;
}

static void slow_put(unsigned int *page, unsigned int mask, unsigned int g)
{
	for (int s = 0; s < MODEL_SECTORS; s++)
		if (mask >> s & 1)
			page[s] = g;
}

static void slow_map(unsigned int kind)
{
	memset(&slow, 0, sizeof(slow));
	slow.kind = kind;
	memset(slow.copied, kind != SHARED, sizeof(slow.copied));
}

static void slow_drop(unsigned int process, unsigned int page)
{
	if (slow.kind == SHARED)
		return;
	if (slow.kind == OF_FILE)
		slow.copied[process][page] = false;
	else
		slow_put(slow.own[process][page], MODEL_WHOLE_PAGE, 0);
	if (!process)
		slow.tied[page] = false;
}

static void slow_hole(unsigned int page, unsigned int mask, bool copies)
{
	if (slow.kind == ANON)
		return;
	slow_put(slow.file[page], mask, 0);
	if (mask != MODEL_WHOLE_PAGE)
		return;
	if (slow.kind == SHARED || copies)
		slow.tied[page] = false;
	if (copies)
		slow.copied[0][page] = slow.copied[1][page] = false;
}

enum { WRITE, FORK, EXIT, HOLD, DEVICE, RELEASE, DROP, PUNCH, TRUNCATE, OPS };

static void slow_step(unsigned int op, unsigned int process, unsigned int page, unsigned int mask,
		      unsigned int g)
{
	switch (op) {
	case WRITE:
		slow_copy(process, page);
		slow_put(slow_page(process, page), mask, g);
		break;
	case FORK:
		memcpy(slow.own[1], slow.own[0], sizeof(slow.own[0]));
		memcpy(slow.copied[1], slow.copied[0], sizeof(slow.copied[0]));
		slow.child = true;
		break;
	case EXIT:
		slow.child = false;
		break;
	case HOLD:
		for (int p = 0; p < PAGES; p++)
			slow_copy(0, p);
		slow.pinned = true;
		memset(slow.tied, 1, sizeof(slow.tied));
		break;
	case DEVICE:
		for (int p = 0; p < PAGES; p++)
			if (slow.tied[p])
				slow_put(slow_page(0, p), MODEL_WHOLE_PAGE, g);
		break;
	case RELEASE:
		slow.pinned = false;
		break;
	case DROP:
		slow_drop(process, page);
		break;
	case PUNCH:
	case TRUNCATE:
		slow_hole(page, mask, op == TRUNCATE);
		break;
	}
}

static void fast_step(unsigned int op, unsigned int process, unsigned int page, unsigned int mask,
		      unsigned int g)
{
	struct model_value value = { g, 0 };

	switch (op) {
	case WRITE:
		model_write(&m, process, page, mask, value);
		break;
	case FORK:
		model_fork(&m, 0, 1);
		break;
	case EXIT:
		model_exit(&m, 1);
		break;
	case HOLD:
		model_hold(&m, 0, 0, PAGES * MODEL_SECTORS, true, false);
		break;
	case DEVICE:
		model_device(&m, 0, value);
		break;
	case RELEASE:
		model_release(&m, 0);
		break;
	case DROP:
		model_drop(&m, process, page);
		break;
	case PUNCH:
		model_punch(&m, page, mask);
		break;
	case TRUNCATE:
		model_truncate(&m, page, mask);
		break;
	}
}

static bool makes_sense(unsigned int op, unsigned int process)
{
	if (process && !slow.child)
		return false;
	return op == FORK		       ? !slow.child
	       : op == EXIT		       ? slow.child
	       : op == HOLD		       ? !slow.pinned
	       : op == DEVICE || op == RELEASE ? slow.pinned
					       : true;
}

static bool agree(void)
{
	for (unsigned int process = 0; process < (slow.child ? 2u : 1u); process++)
		for (int page = 0; page < PAGES; page++)
			for (int s = 0; s < MODEL_SECTORS; s++)
				if (!reads(process, page, s,
					   (struct model_value){ slow_page(process, page)[s], 0 }))
					return false;
	return true;
}

/* The steps of one history; those after which the two differ are added to WRONG. */
static unsigned int history(struct rng *rng, unsigned int kind, unsigned int *wrong)
{
	unsigned int steps = 0;

	slow_map(kind);
	model_map(&m, PAGES, kind == SHARED, zero);
	if (kind == OF_FILE)
		model_back(&m, zero);
	for (int i = 0; i < 60; i++) {
		unsigned int op = rng_below(rng, OPS), process = rng_below(rng, 2),
			     page = rng_below(rng, PAGES),
			     mask = rng_below(rng, 2) ? MODEL_WHOLE_PAGE : rng_below(rng, 256);

		if (!makes_sense(op, process))
			continue;
		slow_step(op, process, page, mask, i + 1);
		fast_step(op, process, page, mask, i + 1);
		*wrong += !agree();
		steps++;
	}
	*wrong += m.lost;
	return steps;
}

static void test_histories(void)
{
	static const char *const names[KINDS] = { "anonymous memory", "private memory of a file",
						  "shared memory" };
	struct rng rng = rng_make(3, 0);

	for (unsigned int kind = 0; kind < KINDS; kind++) {
		unsigned int wrong = 0, steps = 0;

		for (int i = 0; i < 2000; i++)
			steps += history(&rng, kind, &wrong);
		ok(!wrong, "2,000 random histories of %s (%u steps): both implementations agree",
		   names[kind], steps);
	}
}

int main(void)
{
	test_private();
	test_shared();
	test_private_of_file();
	test_pin();
	test_pin_at_release();
	test_pin_of_shared_page();
	test_pin_dropped();
	test_pin_of_what_is_gone();
	test_reference();
	test_reference_to_shared();
	test_lazyfree();
	test_histories();
	return done();
}
