// SPDX-License-Identifier: GPL-2.0-or-later
/* Tracking: what is to be reported of which pages. */
#include "op.h"
#include "pagemap.h"
#include "track.h"
#include "uffd.h"

#include <stdio.h>
#include <stdlib.h>

/* COUNT pages from FIRST, of PROCESS: so many reports at least, at most. */
struct wanted {
	unsigned int process, first, count, least, most;
};

#define WANTED(...) (wanted = (const struct wanted[]){ __VA_ARGS__, { 0 } })

static const struct wanted *wanted; /* by the next line, ended by a count of 0 */

static size_t track_all(struct actor *a, enum track_kind how, bool absent_too)
{
	a->track = calloc(1, sizeof(*a->track));
	if (!a->track)
		fail("memory");
	track_open(a->track, how, &a->map);
	if (a->track->unpopulated != absent_too) {
		puts("skip: this kernel arms other pages than that for which this was written");
		exit(SKIP);
	}
	track_arm(a->track);
	map_remember(&a->map);
	return 0;
}

/* A kernel that has moved pages meanwhile may report more by soft-dirty bits. */
static void compare(const struct wanted *w, const unsigned int *found, const char *what,
		    const struct track *track)
{
	for (unsigned int i = w->first; i < w->first + w->count; i++)
		if (found[i] < w->least || (found[i] > w->most && !track_was_moved(track))) {
			printf("CORRUPT: page %u of process %u %s %u times, expected %u to %u\n", i,
			       w->process, what, found[i], w->least, w->most);
			exit(CORRUPT);
		}
}

static size_t collect(struct actor *a)
{
	static const unsigned int none[MODEL_PAGES];
	const unsigned int *reports;

	track_collect(a->track);
	for (const struct wanted *w = wanted; w->count; w++) {
		reports = w->process ? a->track->of_child[w->process] : a->track->reports;
		compare(w, reports ? reports : none, "was reported as written", a->track);
	}
	return 0;
}

static size_t check_armed(struct actor *a)
{
	unsigned int bits[MODEL_PAGES];

	if (!uffd_bit_visible())
		return 0;
	pagemap_bits(a->map.at, a->map.len, PAGEMAP_UFFD_WP, bits);
	for (const struct wanted *w = wanted; w->count; w++)
		compare(w, bits, "has the write-protect bit", a->track);
	return 0;
}
