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
	ok(reads(0, 0, 0, zero) && reads(1, 0, 0, zero), "a hole is a hole for all");
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
	ok(reads(0, 1, 0, g1), "a shared page is not freed");
}

/* --- the second implementation: processes 0 and 1, private memory, one pin of process 0 --- */

static struct slow {
	bool child, pinned;
	bool tied[PAGES]; /* the pin is still of the page that process 0 sees */
	unsigned int generation[2][PAGES][MODEL_SECTORS];
} slow;

static void slow_step(unsigned int op, unsigned int process, unsigned int page, unsigned int g)
{
	switch (op) {
	case 0:
		for (int s = 0; s < MODEL_SECTORS; s++)
			slow.generation[process][page][s] = g;
		break;
	case 1:
		memcpy(slow.generation[1], slow.generation[0], sizeof(slow.generation[0]));
		slow.child = true;
		break;
	case 2:
		slow.child = false;
		break;
	case 3:
		slow.pinned = true;
		memset(slow.tied, 1, sizeof(slow.tied));
		break;
	case 4:
		for (int p = 0; p < PAGES; p++)
			for (int s = 0; slow.tied[p] && s < MODEL_SECTORS; s++)
				slow.generation[0][p][s] = g;
		break;
	case 5:
		slow.pinned = false;
		break;
	case 6:
		memset(slow.generation[process][page], 0, sizeof(slow.generation[0][0]));
		if (!process)
			slow.tied[page] = false;
		break;
	}
}

static void fast_step(unsigned int op, unsigned int process, unsigned int page, unsigned int g)
{
	struct model_value value = { g, 0 };

	switch (op) {
	case 0:
		model_write(&m, process, page, MODEL_WHOLE_PAGE, value);
		break;
	case 1:
		model_fork(&m, 0, 1);
		break;
	case 2:
		model_exit(&m, 1);
		break;
	case 3:
		model_hold(&m, 0, 0, PAGES * MODEL_SECTORS, true, false);
		break;
	case 4:
		model_device(&m, 0, value);
		break;
	case 5:
		model_release(&m, 0);
		break;
	case 6:
		model_drop(&m, process, page);
		break;
	}
}

static bool makes_sense(unsigned int op, unsigned int process)
{
	if (process && !slow.child)
		return false;
	return op == 1		    ? !slow.child
	       : op == 2	    ? slow.child
	       : op == 3	    ? !slow.pinned
	       : op == 4 || op == 5 ? slow.pinned
				    : true;
}

static bool agree(void)
{
	for (unsigned int process = 0; process < (slow.child ? 2u : 1u); process++)
		for (int page = 0; page < PAGES; page++)
			for (int s = 0; s < MODEL_SECTORS; s++)
				if (!reads(process, page, s,
					   (struct model_value){ slow.generation[process][page][s],
								 0 }))
					return false;
	return true;
}

static void test_histories(void)
{
	struct rng rng = rng_make(3, 0);
	unsigned int wrong = 0, steps = 0;

	for (int history = 0; history < 2000; history++) {
		memset(&slow, 0, sizeof(slow));
		model_map(&m, PAGES, false, zero);
		for (int i = 0; i < 60; i++) {
			unsigned int op = rng_below(&rng, 7), process = rng_below(&rng, 2),
				     page = rng_below(&rng, PAGES);

			if (!makes_sense(op, process))
				continue;
			slow_step(op, process, page, i + 1);
			fast_step(op, process, page, i + 1);
			wrong += !agree();
			steps++;
		}
		wrong += m.lost;
	}
	ok(!wrong, "2,000 random histories (%u steps): both implementations agree", steps);
}

int main(void)
{
	test_private();
	test_shared();
	test_pin();
	test_pin_at_release();
	test_pin_of_shared_page();
	test_pin_dropped();
	test_reference();
	test_lazyfree();
	test_histories();
	return done();
}
