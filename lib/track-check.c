// SPDX-License-Identifier: GPL-2.0-or-later
#include "track-check.h"
#include "fail.h"
#include "pagemap.h"

#include <stdlib.h>
#include <string.h>

/* --inject: one report less, or one more. */
static void damage(struct case_ctx *c, const struct track *track, const bool *written)
{
	bool less = case_injects(c, "unreported"), more = case_injects(c, "ghost");

	for (size_t i = 0; i < track->pages; i++) {
		if ((less && written[i]) || (more && !written[i])) {
			track->reports[i] = more;
			return;
		}
	}
}

bool track_ghost(struct case_ctx *c, const struct map *map, const struct track *track, size_t page,
		 size_t pages)
{
	if (!case_injects(c, "ghost") && track_was_moved(track))
		return true;
	return case_ghost(c, map, page, pages, "not written and reported");
}

bool track_check(struct case_ctx *c, const struct map *map, const struct track *track,
		 const bool *written, bool extra)
{
	size_t missed = 0, ghosts = 0, first_missed = 0, first_ghost = 0,
	       unit = track->page / pagemap_page_size();
	bool reported;

	damage(c, track, written);
	for (size_t i = 0; i < track->pages; i++) {
		reported = track->reports[i];
		if (written[i] && !reported && !missed++)
			first_missed = i;
		if (!written[i] && reported && !ghosts++)
			first_ghost = i;
	}
	if (missed)
		return case_unreported(c, map, first_missed * unit, missed);
	if (ghosts && (!extra || case_injects(c, "ghost")))
		return track_ghost(c, map, track, first_ghost * unit, ghosts);
	return true;
}

/* A quarter of MAP: generation 2. */
static void store(struct map *map, const struct track *track, unsigned int quarter, bool *written)
{
	size_t len = map->len / 4, from = quarter * len;

	stamp_fill(&map->stamp, map->at + from, from, len, 2, STAMP_CPU);
	for (size_t at = from; at < from + len; at += track->page < len ? track->page : len)
		written[at / track->page] = true;
}

static bool content(struct case_ctx *c, struct map *map, unsigned int when)
{
	static const unsigned int quarters[] = { TRACK_BEFORE, 0, TRACK_AFTER, 0 };
	size_t len = map->len / 4;

	case_count(c, TRACK_CHECKED, map->pages);
	for (unsigned int q = 0; q < 4; q++)
		if (!case_check(c, map, q * len, len, when & quarters[q] ? 2 : 1, STAMP_CPU))
			return false;
	return true;
}

static size_t reported(const struct track *track)
{
	size_t n = 0;

	for (size_t i = 0; i < track->pages; i++)
		n += track->reports[i] > 0;
	return n;
}

enum verdict track_trial(struct case_ctx *c, struct map *map, enum track_kind kind,
			 unsigned int when, size_t (*disturb)(struct case_ctx *c, struct map *map))
{
	struct track track;
	bool *written, good;

	track_open(&track, kind, map);
	written = calloc(track.pages, sizeof(*written));
	if (!written)
		fail("memory");
	case_count(c, TRACK_ARMED, track_arm(&track));
	map_remember(map);
	if (when & TRACK_BEFORE)
		store(map, &track, 0, written);
	case_count(c, TRACK_DISTURBED, case_disturbs(c) ? disturb(c, map) : 0);
	if (when & TRACK_AFTER)
		store(map, &track, 2, written);
	track_collect(&track);
	case_count(c, TRACK_REPORTED, reported(&track));
	/* Lost content outweighs a lost report. */
	good = content(c, map, when) && track_check(c, map, &track, written, when & TRACK_EXTRA);
	memset(written, 0, track.pages * sizeof(*written));
	track_collect(&track);
	good = good && track_check(c, map, &track, written, false);
	track_stop(&track);
	free(written);
	return good && !case_was_corrupt() ? PASS : CORRUPT;
}
