// SPDX-License-Identifier: GPL-2.0-or-later
#include "plan.h"
#include "fail.h"
#include "memcg.h"
#include "pagemap.h"
#include "res.h"

#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#define SECONDS 3 /* on an emulated machine fewer of them */
#define ROUNDS	4 /* each page goes out and comes back so often, by two ways out */

size_t plan_pages(unsigned int kind)
{
	return kind == MAP_KIND_THP || kind == MAP_KIND_PTE_THP || kind >= MAP_KINDS ? 512 : 64;
}

/*
 * Other mappings of shared memory are taken down first: MADV_PAGEOUT passes over
 * what is mapped twice, and what was written through them must not be lost so.
 */
static void zap_others(struct body *b)
{
	if (b->second && madvise(b->second, b->map.len, MADV_DONTNEED))
		fail("MADV_DONTNEED of the second mapping");
	if (b->shared && b->child->pid)
		body_order(b, BODY_ZAP);
}

size_t plan_out(struct body *b, bool memcg, bool wait)
{
	size_t out = 0, before;

	if (!case_disturbs(b->c))
		return 0;
	map_remember(&b->map);
	for (int tries = 0; tries < 3 && out < b->map.pages; tries++) {
		before = out;
		if (b->kind == MAP_KIND_FILE)
			msync(b->map.at, b->map.len, MS_SYNC);
		if (memcg && *memcg_dir()) {
			memcg_reclaim();
		} else {
			zap_others(b);
			madvise(b->map.at, b->map.len, MADV_PAGEOUT);
		}
		out = pagemap_count(b->map.at, b->map.len, PAGEMAP_ABSENT);
		if (tries && out == before)
			break; /* the rest may not go */
	}
	/* Else a fault finds the page in the swap cache, which is another way in. */
	if (wait)
		pagemap_wait_written(b->map.frames, b->map.pages, 100);
	if (res_swap_used() || b->kind == MAP_KIND_FILE)
		case_count(b->c, 0, out);
	return out;
}

/* Slots that were freed are filled with something else, which must be right as well. */
static bool fill_slots(struct body *b, unsigned int generation)
{
	struct stamp_bad bad;

	if (!stamp_verify(&b->filler.stamp, b->filler.at, 0, b->filler.len, generation, STAMP_CPU,
			  &bad)) {
		case_diagnose(b->c, &b->filler, &bad, b->filler.pages, "the filler: ", b->doing);
		return false;
	}
	map_stamp(&b->filler, generation + 1, STAMP_CPU);
	if (case_disturbs(b->c))
		madvise(b->filler.at, b->filler.len, MADV_PAGEOUT);
	return true;
}

static bool step(struct body *b, const struct plan *plan, unsigned int round)
{
	const struct way *way = plan->way;

	b->step++;
	b->doing = "written";
	body_write_some(b, plan->writer);
	if (!body_check(b))
		return false;
	if (plan->between) {
		b->doing = plan->between->name;
		if (case_disturbs(b->c))
			case_count(b->c, 2, plan->between->disturb(b));
		if (case_was_corrupt() || !body_check(b))
			return false;
	}
	b->doing = way->name;
	plan_out(b, round & 1, !way->early);
	if (!fill_slots(b, round + 1))
		return false;
	if (round & 1 && plan->shake && case_disturbs(b->c))
		plan->shake();
	way->in(b, plan->writer);
	return !case_was_corrupt() && body_check(b);
}

static time_t now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec;
}

enum verdict plan_play(struct case_ctx *c, const struct plan *plan)
{
	struct body b;
	bool good = true;
	time_t end;

	if (plan->between && plan->between->file && access(plan->between->file, W_OK))
		return case_skip(c, "no %s; %s", plan->between->file, plan->between->remedy);
	if (*memcg_dir())
		memcg_enter();
	if (!body_make(&b, c, plan->kind, plan->pages ? plan->pages : plan_pages(plan->kind)))
		return INCONCLUSIVE;
	end = now() + SECONDS;
	for (unsigned int round = 0; good && round < ROUNDS && (round < 2 || now() < end); round++)
		good = step(&b, plan, round);
	if (b.child->pid && good)
		body_order(&b, BODY_EXIT);
	child_end_all();
	body_free(&b);
	return good ? PASS : CORRUPT;
}
