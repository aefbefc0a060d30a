// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Lines of an inlined scene that track: what a tracker must and may report is
 * known beforehand, like what memory holds.
 */
#include "inline.h"
#include "op.h"
#include "pagemap.h"
#include "track.h"
#include "uffd.h"

#include <string.h>

#define ANY 9 /* more reports than a tracker of one page gives */

/* What a page, or a run of them, is to be reported as. */
struct wanted {
	unsigned int least, most;
};

void inline_track_start(struct actor *a, const struct scene_step *s)
{
	bool huge = a->map.kind == MAP_KIND_HUGETLB;

	a->tracker->unpopulated =
		s->how != TRACK_SOFT_DIRTY && (uffd_features() & UFFD_WP_UNPOPULATED);
	a->tracker->span = huge ? map_bytes(MAP_KIND_HUGETLB, 1) / STAMP_PAGE : 1;
}

static struct wanted reports_of(const struct actor *a, unsigned int process, unsigned int page)
{
	enum model_report twice = model_track_judge(a->tracker, process, page, 2);
	struct wanted wanted = { .most = ANY };

	wanted.least = model_track_judge(a->tracker, process, page, 0) == REPORT_MISSED;
	if (twice == REPORT_TWICE || twice == REPORT_GHOST)
		wanted.most = 1;
	if (model_track_judge(a->tracker, process, page, 1) == REPORT_GHOST)
		wanted.most = 0;
	return wanted;
}

static struct wanted bit_of(const struct actor *a, unsigned int process, unsigned int page)
{
	int bit = model_track_bit(a->tracker, process, page);

	return (struct wanted){ bit > 0, bit ? 1 : 0 };
}

/* Runs of pages of which the same is wanted; those of which nothing is are left out. */
static const char *rows(const struct actor *a, const char *text, unsigned int process,
			struct wanted (*of)(const struct actor *a, unsigned int process,
					    unsigned int page),
			unsigned int most)
{
	unsigned int span = a->tracker->span, pages = a->model->pages / span, from = 0;
	struct wanted run, here;

	for (unsigned int i = 1; i <= pages; i++) {
		run = of(a, process, from * span);
		here = of(a, process, i < pages ? i * span : 0);
		if (i < pages && run.least == here.least && run.most == here.most)
			continue;
		if (run.least || run.most < most)
			text = text_make("%s%s{ %u, %u, %u, %u, %u }", text,
					 *text ? ",\n	       " : "", process, from, i - from,
					 run.least, run.most);
		from = i;
	}
	return text;
}

static const char *wanted_text(const char *rows)
{
	return text_make("	WANTED(%s);\n", *rows ? rows : "{ 0 }");
}

const char *inline_track(const struct actor *a, const struct scene_step *s)
{
	const char *text = "";

	if (!strcmp(s->op->name, "track"))
		return text_make("	did(a, \"%s\", track_all(a, %s, %s));\n", s->text,
				 chunk_constant("enum track_kind", s->how),
				 a->tracker->unpopulated ? "true" : "false");
	if (!strcmp(s->op->name, "bits"))
		return text_make("%s	did(a, \"bits\", check_armed(a));\n",
				 wanted_text(rows(a, "", s->process, bit_of, 1)));
	if (strcmp(s->op->name, "collect"))
		return NULL;
	for (unsigned int process = 0; process < MODEL_PROCESSES; process++)
		if (!process || (a->tracker->events && a->tracker->alive[process]))
			text = rows(a, text, process, reports_of, ANY);
	return text_make("%s	did(a, \"collect\", collect(a));\n", wanted_text(text));
}
