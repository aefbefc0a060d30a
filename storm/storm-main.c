// SPDX-License-Identifier: GPL-2.0-or-later
/* A storm as a program: its cells are mixes. */
#include "diag.h"
#include "memcg.h"
#include "mix.h"
#include "replay.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct storm_mix *all_mixes;
static const char *storm_name;

static struct case_cell cells[64];
static char *texts[64]; /* of their scenes */

/* The mix as JSON: for --scene, and what the runner keeps of a failure. */
static char *text_of(const char *storm, const struct storm_mix *from, uint64_t seed)
{
	struct replay replay = { .seed = seed };

	snprintf(replay.storm, sizeof(replay.storm), "%s", storm);
	snprintf(replay.cell, sizeof(replay.cell), "%s", from->name);
	snprintf(replay.backend, sizeof(replay.backend), "%s",
		 from->backend ? from->backend->name : "");
	mix_of(from, &replay.mix);
	return replay_text(&replay);
}

static enum verdict run(struct case_ctx *c)
{
	struct mix mix;
	enum verdict verdict;

	mix_of(&all_mixes[c->cell->arg], &mix);
	verdict = storm_play(c, &mix);
	if (verdict == CORRUPT)
		diag_text(c->cell->name, "replay.json", c->cell->scene);
	return verdict;
}

static void parsed(const struct case_cell *cell)
{
	unsigned int i = cell->arg;

	free(texts[i]);
	cells[i].scene = texts[i] = text_of(storm_name, &all_mixes[i], case_seed());
}

/* In the supervisor. */
static bool prepare(const struct case_cell *cell)
{
	const struct storm_mix *from = &all_mixes[cell->arg];

	if (!from->backend)
		return true;
	memcg_make(); /* before the swap, with which it would be undone */
	return res_backend_on(from->backend);
}

static void make_cells(struct case_info *info, const struct storm_mix *mixes)
{
	for (unsigned int i = 0; mixes[i].name; i++)
		cells[i] = (struct case_cell){ .name = mixes[i].name,
					       .summary = mixes[i].roles,
					       .needs = mixes[i].needs,
					       .open = mixes[i].open,
					       .hazard = mixes[i].hazard,
					       .hazard_before = mixes[i].hazard_before,
					       .arg = i };
	info->cells = cells;
	info->parsed = parsed;
	info->prepare = prepare;
	info->options = mix_options;
}

/* What is the same for every storm. */
static void fill(struct case_info *info)
{
	static const struct case_counter counters[] = { STORM_COUNTERS };

	info->kind = "storm";
	info->lever = "race";
	info->unordered = true;
	info->rounds = 1;
	memcpy(info->counters, counters, sizeof(counters));
}

int storm_main(int argc, char **argv, struct case_info *info, const struct storm_mix *mixes)
{
	all_mixes = mixes;
	storm_name = info->name;
	case_patience(MIX_SLACK);
	fill(info);
	make_cells(info, mixes);
	return case_main(argc, argv, info, run);
}
