// SPDX-License-Identifier: GPL-2.0-or-later
#include "bisect-text.h"

#include "bisect.h"
#include "mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NAME_WIDTH 44

char *bisect_text_time(double seconds)
{
	if (seconds < 90)
		return mem_text("%.0f s", seconds);
	if (seconds < 5400)
		return mem_text("%.0f min", seconds / 60);
	return mem_text("%.1f h", seconds / 3600);
}

const char *bisect_text_phase(const struct bisect_test *t)
{
	static const char *const names[] = { "bad end", "good end", "", "afresh", "afresh" };

	return names[t->phase];
}

const char *bisect_text_verdict(const struct bisect_test *t)
{
	static const char *const words[] = { "", "bad", "good", "not tested" };

	if (t->phase == BISECT_MEASURE && t->judged == BISECT_MORE)
		return t->tally.hits ? "bad" : "no hit";
	return words[t->judged];
}

void bisect_text_head(const struct bisection *x)
{
	const struct bisect_plan *p = &x->drive.plan;
	struct bisect_plan sure = *p;
	const char *unit = bisect_space_unit(&x->space);
	char *good = bisect_space_label(&x->space, x->drive.good),
	     *bad = bisect_space_label(&x->space, x->drive.bad);

	bisect_plan_make(&sure, &(struct bisect_tally){ .hits = BISECT_PLAN_HITS });
	printf("bisect %s: what %s it\n  good  %s\n  bad   %s\n", x->o->match,
	       x->drive.fix ? "fixed" : "broke", good, bad);
	printf("plan: %lu %s%s may be it: at most %u step%s%s, and the two ends, and what is found "
	       "and the one before it afresh\n",
	       x->space.between, unit, x->space.between == 1 ? "" : "s", p->steps,
	       p->steps == 1 ? "" : "s", bisect_space_builds(&x->space) ? ", each a build" : "");
	printf("plan: first %u to %u runs of the bad end say how often it fails; if always, %u clean "
	       "runs will make good\n",
	       BISECT_PLAN_HITS, p->runs_max ? p->runs_max : BISECT_PLAN_RUNS, sure.n);
	fflush(stdout);
	free(good);
	free(bad);
}

void bisect_text_place(const struct bisection *x)
{
	if (x->space.git.place)
		printf("plan: kernels are built in %s, which stays for the next time\n",
		       x->space.git.place);
	fflush(stdout);
}

/* Half of the steps are bad and end early. */
double bisect_text_plan(const struct bisection *x)
{
	const struct bisect_plan *p = &x->drive.plan;
	const struct bisect_test *end = &x->drive.tests[0];
	unsigned int measured = end->tally.hits + end->tally.clean + end->tally.other +
				end->tally.invalid,
		     kernels = p->steps + 4;
	double good = bisect_plan_runs(p, false), bad = bisect_plan_runs(p, true),
	       runs = good + p->steps * (good + bad) / 2 + good + bad,
	       build = x->builds ? x->build_seconds / x->builds : 0,
	       run = (end->seconds - build - x->boot_seconds) / (measured ? measured : 1), all;
	char *time;

	if (run < 0)
		run = end->seconds / (measured ? measured : 1);
	all = runs * run + kernels * (build + x->boot_seconds);
	time = bisect_text_time(all);
	printf("plan: it fails in %u of %u runs (%s), so at least %.0f %% of the time: "
	       "%s%u clean runs make good\n",
	       p->seen.hits, p->seen.hits + p->seen.clean, x->signature.text, 100 * p->low,
	       p->noise > 0 ? "about " : "", p->n);
	printf("plan: at most %u kernels%s, about %.0f runs, %s; right with %g %%\n", kernels,
	       bisect_space_builds(&x->space) ? " to build" : "", runs, time, 100 * p->confidence);
	fflush(stdout);
	free(time);
	return all;
}

static const char *colour_of(const struct bisection *x, const struct bisect_test *t)
{
	const char *verdict = bisect_text_verdict(t);

	return term_colour(&x->term, !strcmp(verdict, "bad")	? TERM_RED
				     : !strcmp(verdict, "good") ? TERM_GREEN
								: TERM_YELLOW);
}

void bisect_text_row(struct bisection *x, const struct bisect_test *t)
{
	const struct bisect_tally *n = &t->tally;
	char *label = bisect_space_label(&x->space, t->id), *time = bisect_text_time(t->seconds);
	const char *verdict = bisect_text_verdict(t);

	term_clear(&x->term);
	if (x->drive.n == 1)
		printf("%-*s  %-8s  %9s  %-10s  %s\n", NAME_WIDTH, bisect_space_unit(&x->space), "",
		       "fail:runs", "verdict", "time");
	printf("%-*.*s  %-8s  %4u:%-4u  %s%-10s%s  %s", NAME_WIDTH, NAME_WIDTH, label,
	       bisect_text_phase(t), n->hits, n->hits + n->clean, colour_of(x, t), verdict,
	       term_colour(&x->term, TERM_PLAIN), t->cached ? "known" : time);
	if (n->other)
		printf(", %u bad in another way", n->other);
	if (n->invalid)
		printf(", %u without a word", n->invalid);
	if (t->why && strcmp(verdict, "bad") && strcmp(verdict, "good"))
		printf(": %.160s", t->why);
	putchar('\n');
	fflush(stdout);
	free(label);
	free(time);
}

void bisect_text_tick(struct bisection *x, const char *what)
{
	const struct bisect_tally *n = &x->at->tally;
	const struct bisect_plan *p = &x->drive.plan;
	unsigned int of = x->at->phase != BISECT_MEASURE ? p->n
			  : p->runs_max			 ? p->runs_max
							 : BISECT_PLAN_RUNS;
	char *text;

	if (!x->term.tty)
		return;
	text = mem_text("%.40s%s%s: %s; run %u of at most %u, %u failed", x->label,
			*bisect_text_phase(x->at) ? " " : "", bisect_text_phase(x->at), what,
			n->hits + n->clean + n->other + n->invalid + 1, of, n->hits);
	term_progress(&x->term, text);
	free(text);
}
