// SPDX-License-Identifier: GPL-2.0-or-later
/* The model of trackers against hand-written expectations: each rule of model-track.h once. */
#include "model-track.h"
#include "tap.h"

#include <string.h>

static struct model_tracker t;

static void begin(enum model_tracking how, bool shared)
{
	memset(&t, 0, sizeof(t));
	t.pages = 8;
	t.span = t.coarse = 1;
	t.shared = shared;
	model_track_start(&t, how);
	model_track_arm(&t);
}

static bool is(unsigned int process, unsigned int page, unsigned int count, enum model_report want)
{
	return model_track_judge(&t, process, page, count) == want;
}

static void test_notifies(void)
{
	begin(TRACKING_NOTIFIES, false);
	ok(model_track_bit(&t, 0, 1) == 1, "an armed page has its bit");
	model_track_write(&t, 0, 1);
	model_track_write(&t, 0, 1);
	ok(is(0, 1, 0, REPORT_MISSED) && is(0, 1, 1, REPORT_RIGHT), "a write is reported");
	ok(is(0, 1, 2, REPORT_TWICE), "and once");
	ok(is(0, 2, 1, REPORT_GHOST) && is(0, 2, 0, REPORT_RIGHT), "nothing else is");
	ok(!model_track_bit(&t, 0, 1), "its bit is lifted");
	model_track_arm(&t);
	ok(is(0, 1, 1, REPORT_GHOST), "armed again it starts from nothing");
	model_track_fault(&t, 0, 3);
	ok(is(0, 3, 1, REPORT_EXTRA) && is(0, 3, 0, REPORT_RIGHT), "the kernel's faults may be");
	model_track_write(&t, 0, 3);
	ok(is(0, 3, 0, REPORT_MISSED) && is(0, 3, 2, REPORT_RIGHT), "and leave the duty");
}

static void test_ends(void)
{
	begin(TRACKING_NOTIFIES, false);
	model_track_write(&t, 0, 0);
	model_track_unregister(&t, 0, 0);
	model_track_unregister(&t, 0, 1);
	model_track_write(&t, 0, 1);
	ok(is(0, 0, 1, REPORT_RIGHT) && is(0, 1, 1, REPORT_GHOST), "let go is not reported");
	model_track_register(&t, 0, 1);
	model_track_write(&t, 0, 1);
	ok(is(0, 1, 1, REPORT_GHOST), "nor registered again, before it is armed");
	model_track_move(&t, 0, 2);
	ok(!model_track_bit(&t, 0, 2), "moved without the event it is let go");
	t.events = true;
	model_track_move(&t, 0, 3);
	ok(model_track_bit(&t, 0, 3) == 1, "and with it not");
}

static void test_fork(void)
{
	begin(TRACKING_NOTIFIES, false);
	model_track_fork(&t, 0, 1);
	model_track_write(&t, 1, 2);
	ok(is(1, 2, 1, REPORT_GHOST) && !model_track_bit(&t, 1, 3), "a child is free");
	model_track_write(&t, 0, 2);
	ok(is(0, 2, 0, REPORT_MISSED), "its parent is not");
	t.events = true;
	model_track_fork(&t, 0, 2);
	model_track_write(&t, 2, 4);
	ok(is(2, 4, 0, REPORT_MISSED) && is(0, 4, 1, REPORT_GHOST), "with the event it is tracked");
	begin(TRACKING_DIRTY_BITS, false);
	t.folio = 4;
	t.absent[0][5] = true;
	model_track_fork(&t, 0, 1);
	model_track_write(&t, 1, 5);
	ok(is(1, 4, 1, REPORT_EXTRA) && is(1, 3, 1, REPORT_GHOST),
	   "what is not there is not in the child: a store brings a folio");
}

static void test_scans(void)
{
	begin(TRACKING_SCANS, false);
	t.coarse = 4;
	model_track_write(&t, 0, 1);
	ok(is(0, 0, 1, REPORT_EXTRA) && is(0, 3, 1, REPORT_EXTRA) && is(0, 4, 1, REPORT_GHOST),
	   "all of a huge page may be");
	ok(model_track_bit(&t, 0, 2) == -1 && model_track_bit(&t, 0, 4) == 1,
	   "and then its bits may be lifted");
	model_track_drop(&t, 0, 6);
	ok(is(0, 6, 1, REPORT_EXTRA), "what was given away counts as written");
	model_track_unregister(&t, 0, 1);
	ok(is(0, 1, 1, REPORT_GHOST), "a scan passes over what is let go");
	model_track_register(&t, 0, 1);
	ok(is(0, 1, 1, REPORT_EXTRA), "registered and not protected is written");
}

static void test_given_away(void)
{
	begin(TRACKING_NOTIFIES, false);
	model_track_drop(&t, 0, 1);
	model_track_write(&t, 0, 1);
	ok(is(0, 1, 0, REPORT_RIGHT) && is(0, 1, 1, REPORT_EXTRA),
	   "what was given away is no longer protected");
	ok(model_track_bit(&t, 0, 1) == -1, "its bit may stay");
}

static void test_dirty_bits(void)
{
	begin(TRACKING_DIRTY_BITS, true);
	model_track_write(&t, 0, 1);
	model_track_unmap(&t, 0, 1);
	ok(is(0, 1, 0, REPORT_RIGHT) && is(0, 1, 1, REPORT_EXTRA), "shared: gone with the PTE");
	begin(TRACKING_DIRTY_BITS, false);
	model_track_write(&t, 0, 1);
	model_track_unmap(&t, 0, 1);
	ok(is(0, 1, 0, REPORT_MISSED), "anonymous: kept in swap");
	model_track_move(&t, 0, 2);
	ok(is(0, 2, 1, REPORT_EXTRA), "moved: soft-dirty");
}

static void test_not_there(void)
{
	begin(TRACKING_NOTIFIES, false);
	t.absent[0][1] = true;
	model_track_arm(&t);
	model_track_write(&t, 0, 1);
	ok(is(0, 1, 0, REPORT_RIGHT) && is(0, 1, 1, REPORT_EXTRA),
	   "what is not there is not armed");
	t.absent[0][1] = t.unpopulated = true;
	model_track_arm(&t);
	model_track_write(&t, 0, 1);
	ok(is(0, 1, 0, REPORT_MISSED), "but with WP_UNPOPULATED");
	t.span = 4;
	model_track_arm(&t);
	model_track_write(&t, 0, 6);
	ok(is(0, 4, 0, REPORT_MISSED) && is(0, 0, 0, REPORT_RIGHT),
	   "hugetlb: one report a huge page");
}

int main(void)
{
	test_notifies();
	test_ends();
	test_fork();
	test_scans();
	test_given_away();
	test_dirty_bits();
	test_not_there();
	return done();
}
