// SPDX-License-Identifier: GPL-2.0-or-later
#include "model-track.h"

#include <string.h>

static struct model_tracked *at(struct model_tracker *t, unsigned int process, unsigned int page)
{
	return &t->page[process][page / t->span * t->span];
}

static bool uffd(const struct model_tracker *t)
{
	return t->how == TRACKING_NOTIFIES || t->how == TRACKING_SCANS;
}

void model_track_start(struct model_tracker *t, enum model_tracking how)
{
	t->how = how;
	for (unsigned int page = 0; page < t->pages; page++)
		t->page[0][page] = (struct model_tracked){ .watch = WATCH_IDLE };
	t->alive[0] = true;
}

static void arm(struct model_tracker *t, unsigned int process, unsigned int page)
{
	struct model_tracked *p = &t->page[process][page];

	p->must = p->may = false;
	if (p->watch == WATCH_OFF)
		return;
	p->watch = WATCH_ARMED;
	if (t->how == TRACKING_NOTIFIES && t->absent[process][page] && !t->unpopulated)
		p->watch = WATCH_LOOSE;
}

void model_track_arm(struct model_tracker *t)
{
	/* The first process arms its own memory; a child's stays as it was. */
	for (unsigned int process = 0; process < MODEL_PROCESSES; process++)
		for (unsigned int page = 0; page < t->pages; page++) {
			struct model_tracked *p = &t->page[process][page];

			if (!process)
				arm(t, process, page);
			else
				p->must = p->may = false;
		}
}

/* One bit or one report for all of a huge page. */
static void smear(struct model_tracker *t, unsigned int process, unsigned int page)
{
	unsigned int first = page / t->coarse * t->coarse;

	if (t->how == TRACKING_NOTIFIES)
		return;
	for (unsigned int i = first; i < first + t->coarse && i < t->pages; i++)
		t->page[process][i].may = true;
}

/* A store where nothing is; with it come its neighbours. */
static void bring(struct model_tracker *t, unsigned int process, unsigned int page)
{
	unsigned int first;

	if (t->absent[process][page] && t->how == TRACKING_DIRTY_BITS && t->folio > 1) {
		first = page / t->folio * t->folio;
		for (unsigned int i = first; i < first + t->folio && i < t->pages; i++)
			t->page[process][i].may = true;
	}
	t->absent[process][page] = false;
}

void model_track_write(struct model_tracker *t, unsigned int process, unsigned int page)
{
	struct model_tracked *p = at(t, process, page);

	bring(t, process, page);
	if (p->watch == WATCH_OFF)
		return;
	if (p->watch == WATCH_LOOSE)
		p->may = true;
	else if (p->watch == WATCH_ARMED || t->how != TRACKING_NOTIFIES)
		p->must = true;
	/* The notification came, and lifted the protection; it comes once. */
	if (t->how == TRACKING_NOTIFIES && p->watch == WATCH_ARMED)
		p->watch = WATCH_IDLE;
	smear(t, process, page);
}

void model_track_fault(struct model_tracker *t, unsigned int process, unsigned int page)
{
	struct model_tracked *p = at(t, process, page);

	bring(t, process, page);
	if (p->watch == WATCH_OFF)
		return;
	p->may = true;
	smear(t, process, page);
}

void model_track_read(struct model_tracker *t, unsigned int process, unsigned int page)
{
	t->absent[process][page] = false;
}

void model_track_drop(struct model_tracker *t, unsigned int process, unsigned int page)
{
	struct model_tracked *p = at(t, process, page);

	t->absent[process][page] = !t->shared;
	if (p->watch == WATCH_OFF)
		return;
	if (t->how == TRACKING_DIRTY_BITS) {
		p->may = p->must || p->may;
		p->must = false;
		return;
	}
	p->may = true;
	if (p->watch == WATCH_ARMED)
		p->watch = WATCH_LOOSE;
}

void model_track_unmap(struct model_tracker *t, unsigned int process, unsigned int page)
{
	struct model_tracked *p = at(t, process, page);

	if (t->how != TRACKING_DIRTY_BITS || !t->shared)
		return;
	p->may = p->must || p->may;
	p->must = false;
}

void model_track_move(struct model_tracker *t, unsigned int process, unsigned int page)
{
	struct model_tracked *p = at(t, process, page);

	if (t->how == TRACKING_DIRTY_BITS)
		p->may = true;
	else if (!t->events)
		model_track_unregister(t, process, page);
}

void model_track_register(struct model_tracker *t, unsigned int process, unsigned int page)
{
	struct model_tracked *p = at(t, process, page);

	if (!uffd(t) || p->watch != WATCH_OFF)
		return;
	p->watch = WATCH_IDLE;
	/* What is not protected counts as written. */
	p->may |= t->how == TRACKING_SCANS;
}

void model_track_unregister(struct model_tracker *t, unsigned int process, unsigned int page)
{
	struct model_tracked *p = at(t, process, page);

	if (!uffd(t))
		return;
	p->watch = WATCH_OFF;
	/* What was notified stays so; what a scan would have said is gone. */
	if (t->how == TRACKING_SCANS)
		p->must = p->may = false;
}

void model_track_fork(struct model_tracker *t, unsigned int parent, unsigned int child)
{
	t->alive[child] = true;
	memcpy(t->absent[child], t->absent[parent], sizeof(t->absent[child]));
	memcpy(t->page[child], t->page[parent], sizeof(t->page[child]));
	for (unsigned int page = 0; page < t->pages; page++) {
		struct model_tracked *p = &t->page[child][page];

		if (t->how == TRACKING_NOTIFIES)
			p->must = p->may = false; /* notified to the parent */
		if (uffd(t) && !t->events)
			*p = (struct model_tracked){ .watch = WATCH_OFF };
	}
}

void model_track_exit(struct model_tracker *t, unsigned int process)
{
	t->alive[process] = false;
}

enum model_report model_track_judge(const struct model_tracker *t, unsigned int process,
				    unsigned int page, unsigned int count)
{
	const struct model_tracked *p = &t->page[process][page];

	if (!count)
		return p->must ? REPORT_MISSED : REPORT_RIGHT;
	if (!p->must && !p->may)
		return REPORT_GHOST;
	/* A fault of the kernel's own and a store are two, if the first was for nothing. */
	if (count > (p->must ? 1u : 0u) + (p->may ? 1u : 0u))
		return REPORT_TWICE;
	return p->must ? REPORT_RIGHT : REPORT_EXTRA;
}

int model_track_bit(const struct model_tracker *t, unsigned int process, unsigned int page)
{
	const struct model_tracked *p = &t->page[process][page / t->span * t->span];

	if (p->watch == WATCH_OFF)
		return 0;
	if (!uffd(t) || p->watch == WATCH_LOOSE || p->may)
		return -1;
	return p->watch == WATCH_ARMED && !p->must;
}
