// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Trackers: arming, collecting, letting go, and what each operation means to
 * them. The first process tracks its own memory; `uffd-wp-events` its
 * children's as well.
 */
#include "fail.h"
#include "op-hold.h"
#include "op.h"
#include "pagemap.h"
#include "story.h"
#include "track-check.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static size_t bytes(const struct map *map, const struct scene_step *s)
{
	return s->sectors ? scene_len(s, map) : map->len;
}

static size_t run_track(struct actor *a, struct map *map, const struct scene_step *s)
{
	size_t armed;

	a->track = malloc(sizeof(*a->track));
	if (!a->track)
		fail("memory of a tracker");
	track_open(a->track, s->how, map);
	a->tracker->unpopulated = a->track->unpopulated;
	a->tracker->span = a->track->page / STAMP_PAGE;
	armed = track_arm(a->track);
	case_count(a->c, SCENE_ARMED, armed);
	story("%zu pages armed", armed);
	if (!armed && !a->tracker->unpopulated && s->how != TRACK_SOFT_DIRTY)
		a->refused = EOPNOTSUPP; /* pages that are not there: before 6.4 */
	map_remember(map);
	return 0;
}

static size_t run_register(struct actor *a, struct map *map, const struct scene_step *s)
{
	track_register(a->track, scene_from(s), bytes(map, s));
	return 0;
}

static size_t run_unregister(struct actor *a, struct map *map, const struct scene_step *s)
{
	track_unregister(a->track, scene_from(s), bytes(map, s));
	return 0;
}

static size_t run_close(struct actor *a, struct map *map, const struct scene_step *s)
{
	story("close(uffd)");
	track_close(a->track);
	free(a->track);
	a->track = NULL;
	return 0;
}

static size_t run_untrack(struct actor *a, struct map *map, const struct scene_step *s)
{
	track_stop(a->track);
	free(a->track);
	a->track = NULL;
	return 0;
}

/* Tells of the first wrong page; the number that are wrong in the same way. */
static size_t wrong(struct actor *a, unsigned int process, const unsigned int *reports,
		    enum model_report report, size_t *first)
{
	unsigned int span = a->tracker->span;
	size_t n = 0;

	for (size_t i = 0; i < a->track->pages; i++)
		if (model_track_judge(a->tracker, process, i * span, reports[i]) == report && !n++)
			*first = i * span * STAMP_PAGE / pagemap_page_size();
	return n;
}

static bool judge(struct actor *a, unsigned int process, const unsigned int *reports)
{
	size_t first = 0, n;

	for (size_t i = 0; i < a->track->pages; i++)
		case_count(a->c, SCENE_REPORTED, reports[i] > 0);
	case_count(a->c, SCENE_EXTRA, wrong(a, process, reports, REPORT_EXTRA, &first));
	n = wrong(a, process, reports, REPORT_MISSED, &first);
	if (n)
		return case_unreported(a->c, &a->map, first, n);
	n = wrong(a, process, reports, REPORT_GHOST, &first);
	if (n)
		return track_ghost(a->c, &a->map, a->track, first, n);
	n = wrong(a, process, reports, REPORT_TWICE, &first);
	return !n || case_ghost(a->c, &a->map, first, n, "written once and reported twice");
}

/* --inject: one report less, or one more, where it matters. */
static void damage(struct actor *a)
{
	struct track *t = a->track;

	for (size_t i = 0; i < t->pages; i++) {
		const struct model_tracked *p = &a->tracker->page[0][i * a->tracker->span];

		if (case_injects(a->c, "unreported") && p->must)
			t->reports[i] = 0;
		if (case_injects(a->c, "ghost") && !p->must && !p->may)
			t->reports[i] = 1;
	}
}

static void tell_reports(const struct track *t)
{
	size_t from = 0;

	for (size_t i = 1; i <= t->pages; i++) {
		if (i < t->pages && t->reports[i] == t->reports[from])
			continue;
		if (t->reports[from])
			story("pages %zu-%zu: reported as written", from, i - 1);
		from = i;
	}
}

static size_t run_collect(struct actor *a, struct map *map, const struct scene_step *s)
{
	static const unsigned int none[MODEL_PAGES];
	const unsigned int *reports;

	track_collect(a->track);
	tell_reports(a->track);
	damage(a);
	if (!judge(a, 0, a->track->reports) || !a->tracker->events)
		return 0;
	for (unsigned int who = 1; who < MODEL_PROCESSES; who++) {
		reports = a->track->of_child[who] ? a->track->of_child[who] : none;
		if (a->tracker->alive[who] && !judge(a, who, reports))
			break;
	}
	return 0;
}

/* A bit that should be there and is not, or the other way round. */
static size_t run_bits(struct actor *a, struct map *map, const struct scene_step *s)
{
	size_t page = pagemap_page_size(), wrong[2] = { 0 }, first[2] = { 0 };
	unsigned int bits[MODEL_PAGES];
	int want;

	if (!uffd_bit_visible())
		return 0;
	story("the write-protect bits of pagemap against what the model says");
	pagemap_bits(map->at, map->len, PAGEMAP_UFFD_WP, bits);
	for (size_t i = 0; i < map->pages; i++) {
		want = model_track_bit(a->tracker, a->self, i * page / STAMP_PAGE);
		if (want >= 0 && bits[i] != (unsigned int)want && !wrong[want]++)
			first[want] = i;
	}
	if (wrong[1])
		case_ghost(a->c, map, first[1], wrong[1],
			   "armed, but its write-protect bit is lost");
	else if (wrong[0])
		case_ghost(a->c, map, first[0], wrong[0], "not armed, but left write-protected");
	return 0;
}

/* --- what operations mean to a tracker --- */

typedef void effect(struct model_tracker *t, unsigned int process, unsigned int page);

static void drop(struct model_tracker *t, unsigned int process, unsigned int page)
{
	/* Of shared memory only the mapping goes: madvise(2). */
	if (t->shared)
		model_track_unmap(t, process, page);
	else
		model_track_drop(t, process, page);
}

/* mlock write-faults what is private (mm/gup.c, populate_vma_page_range()). */
static void lock(struct model_tracker *t, unsigned int process, unsigned int page)
{
	if (!t->shared)
		model_track_fault(t, process, page);
}

/* A hole, for all that map the file. */
static void hole(struct model_tracker *t, unsigned int process, unsigned int page)
{
	for (unsigned int p = 0; p < MODEL_PROCESSES; p++)
		if (t->alive[p])
			model_track_drop(t, p, page);
}

/*
 * Of what a PMD maps, of large folios (7.2 changes their PTEs together, dirty bits
 * with them: modify_prot_start_ptes()), and where a page goes to another frame, the
 * dirty bit is carried over by pte_mkdirty(), which on x86 makes the page soft-dirty
 * as well.
 */
static void rewrite(struct model_tracker *t, unsigned int process, unsigned int page)
{
	if (t->how == TRACKING_DIRTY_BITS && (t->coarse > 1 || t->folio > 1))
		model_track_fault(t, process, page);
}

static void migrate(struct model_tracker *t, unsigned int process, unsigned int page)
{
	if (t->how == TRACKING_DIRTY_BITS)
		model_track_fault(t, process, page);
}

static void unmap(struct model_tracker *t, unsigned int process, unsigned int page)
{
	for (unsigned int p = 0; p < MODEL_PROCESSES; p++)
		if (t->alive[p])
			model_track_unmap(t, p, page);
}

/* An operation that is not here leaves tracking exactly as it was. */
static const struct {
	const char *op;
	effect *each;
} effects[] = {
	{ "write", model_track_write },
	{ "touch", model_track_write },
	{ "store", model_track_write },
	{ "read", model_track_read },
	{ "check", model_track_read },
	{ "far-check", model_track_read },
	{ "dontneed", drop },
	{ "guard", drop },
	{ "free", drop },
	{ "punch", hole },
	{ "truncate", hole },
	{ "pageout", unmap },
	{ "pageout", rewrite },
	{ "memcg-reclaim", rewrite },
	{ "remote-pageout", rewrite },
	{ "damon-pageout", rewrite },
	{ "split-pmd", rewrite },
	{ "collapse", rewrite },
	{ "mprotect", rewrite },
	{ "mprotect-none", rewrite },
	{ "cold", rewrite },
	{ "evict", hole },
	{ "drop-caches", unmap },
	{ "damon-pageout", unmap },
	{ "mremap-dontunmap", hole },
	{ "mremap-resize", hole },
	{ "mremap-leave", hole },
	{ "unmap", hole },
	{ "khugepaged", rewrite },
	{ "split-folio", rewrite },
	{ "compact", migrate },
	{ "move-pages", migrate },
	{ "migrate-pages", migrate },
	{ "mbind", migrate },
	{ "numa-hint", migrate },
	{ "numa-arm", migrate },
	{ "soft-offline", migrate },
	{ "memory-offline", migrate },
	{ "far-write", model_track_write },
	{ "remote-pageout", unmap },
	{ "memcg-reclaim", unmap },
	{ "collapse", unmap },
	{ "populate-read", model_track_read },
	{ "populate-write", model_track_fault },
	{ "mlock", lock },
	{ "mremap", model_track_move },
	{ "register", model_track_register },
	{ "unregister", model_track_unregister },
	{ "untrack", model_track_unregister },
	{ "close", model_track_unregister },
};

static enum model_tracking how(enum track_kind kind)
{
	return kind == TRACK_SOFT_DIRTY ? TRACKING_DIRTY_BITS
	       : kind == TRACK_ASYNC	? TRACKING_SCANS
					: TRACKING_NOTIFIES;
}

static void start(struct model_tracker *t, const struct scene_step *s)
{
	t->events = s->how == TRACK_UFFD_EVENTS;
	model_track_start(t, how(s->how));
	model_track_arm(t);
}

static void begin(struct actor *a, const struct scene_step *s)
{
	/* A file's folios are as large as its file system likes. */
	bool large =
		s->kind == MAP_KIND_THP || s->kind == MAP_KIND_PTE_THP || s->kind == MAP_KIND_FILE;

	*a->tracker = (struct model_tracker){ .pages = a->model->pages, .span = 1 };
	a->tracker->shared = scene_shared(s->kind);
	a->tracker->coarse = large ? a->model->pages : 1;
	a->tracker->folio = s->kind == MAP_KIND_MTHP ? 16 : 1; /* 64 KiB */
	a->tracker->alive[0] = true;
}

/*
 * A pin for a device that will write is a write as far as the page table can
 * tell; registering a buffer pins for writing, whatever it is used for.
 */
static void hold(struct actor *a, const struct scene_step *s)
{
	const struct scene_pin *pin = scene_pin(s->how);

	for (unsigned int page = 0; page < a->model->pages; page++) {
		if (!scene_mask(a->model, s, page))
			continue;
		if (pin->device && !pin->reference)
			model_track_write(a->tracker, s->process, page);
		else if (pin->registers)
			model_track_fault(a->tracker, s->process, page);
	}
}

void scene_track_follow(struct actor *a, const struct scene_step *s)
{
	struct model_tracker *t = a->tracker;
	const char *op = s->op->name;

	if (!strcmp(op, "map"))
		begin(a, s);
	else if (!strcmp(op, "fork"))
		model_track_fork(t, s->process, s->child);
	else if (!strcmp(op, "exit"))
		model_track_exit(t, s->process);
	else if (!strcmp(op, "track"))
		start(t, s);
	else if (!strcmp(op, "collect"))
		model_track_arm(t);
	else if (!strcmp(op, "hold"))
		hold(a, s);
	for (size_t i = 0; i < sizeof(effects) / sizeof(*effects); i++)
		for (unsigned int page = 0; !strcmp(op, effects[i].op) && page < t->pages; page++)
			if (scene_mask(a->model, s, page))
				effects[i].each(t, s->process, page);
}

const struct scene_op scene_ops_track[] = {
	{ .name = "track",
	  .summary = "uffd-wp|uffd-wp-events|uffd-wp-async|soft-dirty: arms it; every write after "
		     "this is to be reported",
	  .argument = { ARG_TRACK },
	  .run = run_track },
	{ .name = "collect",
	  .summary = "what was reported is what the model says; armed again",
	  .run = run_collect,
	  .judges = true },
	{ .name = "bits",
	  .summary = "pagemap shows the write-protect bit where the page is armed, nowhere else",
	  .run = run_bits,
	  .judges = true },
	{ .name = "unregister",
	  .summary = "[WHERE]: userfaultfd lets go of it",
	  .argument = { ARG_WHERE },
	  .run = run_unregister },
	{ .name = "register",
	  .summary = "[WHERE]: registered with the tracker's userfaultfd, not armed",
	  .argument = { ARG_WHERE },
	  .run = run_register },
	{ .name = "untrack", .summary = "unregistered and closed", .run = run_untrack },
	{ .name = "close",
	  .summary = "the userfaultfd is closed, by all that have it; nothing was unregistered",
	  .run = run_close },
	{ 0 },
};
