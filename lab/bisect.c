// SPDX-License-Identifier: GPL-2.0-or-later
#include "bisect.h"

#include "bisect-report.h"
#include "bisect-text.h"
#include "config.h"
#include "job.h"
#include "js.h"
#include "mem.h"
#include "pick.h"
#include "rundir.h"
#include "script.h"
#include "suite.h"
#include "text.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#define EXIT_INTERRUPTED 130
#define LONG_SECONDS	 86400

static struct bisection *of(struct bisect *b)
{
	return b->arg;
}

/* What is new of T goes to the state, and WHAT is what it is. */
static bool save(struct bisection *x, const char *kind, const struct bisect_test *t,
		 const char *what, json_t *value, double seconds)
{
	json_t *event = json_pack("{ss si ss so sf}", "event", kind, "phase", (int)t->phase, "id",
				  t->id, what, value, "seconds", seconds);

	if (bisect_state_put(&x->state, event))
		return true;
	free(x->drive.why);
	x->drive.why = mem_text("cannot write %s/bisect.jsonl: %s", x->dir,
				strerror(x->state.journal.lost));
	return false;
}

static void remember_why(struct bisect_test *t, const char *why)
{
	if (!t->why)
		t->why = mem_copy(why);
}

/* A run is known by its event, be it of now or of before the bisection was cut off. */
static enum bisect_result take(struct bisection *x, struct bisect_test *t, const json_t *event)
{
	const char *cannot = js_string(event, "cannot");
	const json_t *run = json_object_get(event, "run");

	t->seconds += js_number(event, "seconds");
	if (cannot) {
		remember_why(t, cannot);
		return BISECT_CANNOT;
	}
	json_decref(x->last);
	x->last = json_incref((json_t *)run);
	if (js_string(run, "kernel"))
		bisect_space_told(&x->space, t->id, js_string(run, "kernel"));
	if (js_string(run, "why"))
		remember_why(t, js_string(run, "why"));
	return bisect_signature_result(&x->signature, run);
}

static enum bisect_result fatal(struct bisection *x, char *why)
{
	free(x->drive.why);
	x->drive.why = why;
	return BISECT_FATAL;
}

/* Its kernel, built if need be. */
static enum bisect_result prepare(struct bisection *x, struct bisect_test *t)
{
	char *why = NULL, *text = mem_text("%.40s: builds", x->label);
	enum bisect_result result;
	double start = job_now();

	if (bisect_space_builds(&x->space))
		term_progress(&x->term, text);
	free(text);
	result = bisect_space_prepare(&x->space, t->id, &x->kernel, &why);
	stop_look(&x->stop);
	if (x->stop.asked) {
		free(why);
		return BISECT_STOPPED;
	}
	if (result == BISECT_FATAL)
		return fatal(x, why);
	if (bisect_space_builds(&x->space)) {
		x->builds++;
		x->build_seconds += job_now() - start;
	}
	if (result == BISECT_CANNOT) {
		remember_why(t, why);
		if (!save(x, "run", t, "cannot", js_text(why), job_now() - start))
			result = BISECT_FATAL;
	}
	free(why);
	x->ready = result == BISECT_CLEAN;
	return result;
}

static enum bisect_result run(struct bisect *b, struct bisect_test *t)
{
	struct bisection *x = of(b);
	const json_t *past = bisect_state_next(&x->state, "run", t->phase, t->id);
	enum bisect_result result = BISECT_CLEAN;
	double start = job_now();
	json_t *run, *event;

	if (past)
		return take(x, t, past);
	stop_look(&x->stop);
	if (x->stop.asked)
		return BISECT_STOPPED;
	if (!x->ready)
		result = prepare(x, t);
	if (result != BISECT_CLEAN)
		return result;
	run = bisect_engine_run(&x->engine, &x->kernel, &result);
	if (!run) {
		if (result == BISECT_FATAL)
			fatal(x, mem_copy(bisect_engine_said(&x->engine)));
		return result;
	}
	x->boot_seconds = x->engine.boot_seconds;
	event = json_pack("{so sf}", "run", run, "seconds", job_now() - start);
	result = save(x, "run", t, "run", json_incref(run), job_now() - start) ? take(x, t, event)
									       : BISECT_FATAL;
	json_decref(event);
	return result;
}

/* Fresh runs are fresh; else what an earlier bisection knows will do, if it is enough. */
static void begin(struct bisect *b, struct bisect_test *t)
{
	struct bisection *x = of(b);
	const json_t *past = bisect_state_next(&x->state, "cached", t->phase, t->id), *tally;
	struct bisect_tally known;

	free(x->label);
	x->label = bisect_space_label(&x->space, t->id);
	x->at = t;
	x->ready = false;
	if (past) {
		tally = json_object_get(past, "tally");
		t->tally =
			(struct bisect_tally){ js_number(tally, "hits"), js_number(tally, "clean"),
					       js_number(tally, "other"),
					       js_number(tally, "invalid") };
		t->cached = true;
		return;
	}
	if (bisect_state_left(&x->state) ||
	    (t->phase != BISECT_VERIFY && t->phase != BISECT_STEP) ||
	    !bisect_cache_find(&x->cache, t->id, x->signature.text, &known) ||
	    bisect_plan_judge(&b->plan, &known) == BISECT_MORE)
		return;
	t->tally = known;
	t->cached = true;
	save(x, "cached", t, "tally",
	     json_pack("{si si si si}", "hits", (int)known.hits, "clean", (int)known.clean, "other",
		       (int)known.other, "invalid", (int)known.invalid),
	     0);
}

static void ran(struct bisect *b, struct bisect_test *t, enum bisect_result result)
{
	(void)result;
	if (t->phase == BISECT_MEASURE)
		bisect_signature_vote(&of(b)->signature, of(b)->last, &t->tally);
}

static void end(struct bisect *b, struct bisect_test *t)
{
	struct bisection *x = of(b);

	bisect_engine_end(&x->engine);
	if (t->phase != BISECT_MEASURE && !t->cached &&
	    (t->judged == BISECT_BAD || t->judged == BISECT_GOOD))
		bisect_cache_keep(&x->cache, t->id, x->signature.text, &t->tally);
	bisect_text_row(x, t);
}

static bool planned(struct bisect *b)
{
	struct bisection *x = of(b);
	double seconds;

	bisect_signature_settle(&x->signature);
	seconds = bisect_text_plan(x);
	if (seconds < LONG_SECONDS || x->o->yes)
		return true;
	x->drive.why = mem_text("that is more than a day; '%s bisect --resume %s --yes' goes on, a "
				"lower --confidence or a case that fails more often is faster",
				getenv("LOSTWRITE_ARGV0") ? getenv("LOSTWRITE_ARGV0") : "lostwrite",
				x->dir);
	return false;
}

static void tick(void *arg, const char *what)
{
	bisect_text_tick(arg, what);
}

static const struct bisect_hooks hooks = { run, begin, ran, end, planned };

/* The cases must be there before a day is spent; what they are counts for the cache. */
static int look_at_cases(struct bisection *x)
{
	struct suite *suite;
	int code = 0;

	suite = pick_suite("bisect: --match", x->o->match, &code);
	if (!suite)
		return code;
	for (size_t i = 0; i < suite->n; i++)
		if (suite_selected(&suite->programs[i])) {
			bisect_cache_add_file(&x->cache, suite->programs[i].path);
			json_array_append_new(x->programs, json_string(suite->programs[i].path));
		}
	suite_free(suite);
	return 0;
}

static void add_to_cache_key(struct bisection *x)
{
	const struct bisect_wish *w = x->space.wish;
	struct bisect_cache *c = &x->cache;

	bisect_cache_add(c, x->o->match);
	for (size_t i = 0; x->o->vm_args[i]; i++)
		bisect_cache_add(c, x->o->vm_args[i]);
	bisect_cache_add(c, "--");
	for (size_t i = 0; x->o->run_args[i]; i++)
		bisect_cache_add(c, x->o->run_args[i]);
	bisect_cache_add(c, w->make ? w->make : "");
	if (x->space.config && w->kind != BISECT_CONFIGS)
		bisect_cache_add_file(c, x->space.config);
	/* A path says nothing of what is in it, "6.1" and "newest" are another kernel tomorrow. */
	if (w->kind != BISECT_COMMITS &&
	    (w->kind != BISECT_KERNELS || w->named.n || w->list || !strstr(w->deb, ".."))) {
		free(c->path);
		c->path = NULL;
	}
}

static int leave(struct bisection *x, enum bisect_outcome outcome)
{
	static const int codes[] = {
		[BISECT_FOUND] = BISECT_EXIT_FOUND,
		[BISECT_UNCONFIRMED] = BISECT_EXIT_UNCONFIRMED,
		[BISECT_SET] = BISECT_EXIT_SET,
		[BISECT_BAD_IS_GOOD] = BISECT_EXIT_NO,
		[BISECT_GOOD_IS_BAD] = BISECT_EXIT_NO,
		[BISECT_CANNOT_TEST] = BISECT_EXIT_NO,
		[BISECT_SPACE_FAILED] = BISECT_EXIT_NO,
		[BISECT_NOTHING_RUNS] = BISECT_EXIT_NO,
		[BISECT_DECLINED] = BISECT_EXIT_NO,
		[BISECT_INTERRUPTED] = EXIT_INTERRUPTED,
	};
	bool over =
		outcome == BISECT_FOUND || outcome == BISECT_UNCONFIRMED || outcome == BISECT_SET;

	term_clear(&x->term);
	if (over)
		bisect_report_write(x, outcome);
	else
		bisect_report_refuse(x, outcome);
	if (over)
		bisect_state_put(&x->state,
				 json_pack("{ss si so}", "event", "end", "outcome", (int)outcome,
					   "culprit", js_text(x->drive.culprit)));
	return codes[outcome];
}

static bool open_state(struct bisection *x, char **why)
{
	char *cwd = getcwd(NULL, 0);
	struct utsname uts;
	bool ok;

	if (x->o->resume) {
		x->dir = mem_copy(x->o->resume);
		ok = bisect_state_load(&x->state, x->dir, why);
	} else {
		uname(&uts);
		x->dir = rundir_create_for(x->o->results, "bisect", uts.nodename, why);
		ok = x->dir && bisect_state_create(&x->state, x->dir,
						   json_pack("{ss ss sO so}", "event", "begin",
							     "version", PACKAGE_VERSION, "argv",
							     x->o->argv, "cwd", js_text(cwd)),
						   why);
	}
	free(cwd);
	if (ok && bisect_state_left(&x->state))
		printf("goes on after %zu runs, in %s\n", bisect_state_left(&x->state), x->dir);
	return ok;
}

/*
 * A guest asks every program that it has what it is, which takes it longer than to boot: it gets
 * only those that have the case, of a directory with links.
 */
static bool choose_programs(const struct bisection *x, char **why)
{
	char *dir = mem_text("%s/programs", x->dir), *real, *link;
	bool ok = !mkdir(dir, 0755) || errno == EEXIST;

	for (size_t i = 0; ok && i < json_array_size(x->programs); i++) {
		real = realpath(json_string_value(json_array_get(x->programs, i)), NULL);
		link = real ? mem_text("%s%s", dir, strrchr(real, '/')) : NULL;
		ok = real && (!symlink(real, link) || errno == EEXIST);
		free(real);
		free(link);
	}
	if (ok)
		setenv("LOSTWRITE_PROGRAMS", dir, 1);
	else
		*why = mem_text("cannot write %s: %s", dir, strerror(errno));
	free(dir);
	return ok;
}

/* The drive, from a space that is looked at to the last line. */
static int course(struct bisection *x)
{
	char *cache = script_cache(), *why = NULL;
	struct bisect_engine *e = &x->engine;
	int code = BISECT_EXIT_NO;

	stop_open(&x->stop);
	script_stop_on(x->stop.fd);
	bisect_text_head(x);
	if (x->o->only_plan) {
		code = 0;
	} else if (bisect_space_open(&x->space, cache, &why) && open_state(x, &why) &&
		   choose_programs(x, &why)) {
		bisect_text_place(x);
		add_to_cache_key(x);
		*e = (struct bisect_engine){ .dir = x->dir,
					     .match = x->o->match,
					     .vm_args = x->o->vm_args,
					     .run_args = x->o->run_args,
					     .fresh = x->o->fresh,
					     .stop = &x->stop,
					     .tick = tick,
					     .arg = x };
		x->drive.ops = bisect_space_ops(&x->space);
		x->drive.space = bisect_space_arg(&x->space);
		code = leave(x, bisect_drive(&x->drive));
		bisect_engine_end(e);
		bisect_state_free(&x->state);
	} else if (why) {
		stop_look(&x->stop);
		if (x->stop.asked) {
			free(why);
			why = mem_text("interrupted before the first run");
			code = EXIT_INTERRUPTED;
		}
		text_refuse(why);
	}
	free(cache);
	return code;
}

/* What cannot be made is missed by who needs it. */
static void make_cache(const char *cache)
{
	char *dir = mem_text("%s/bisect", cache);

	script_run((const char *[]){ "mkdir", "-p", dir, NULL });
	free(dir);
}

int bisect_run(const struct bisect_options *o)
{
	struct bisection x = { .o = o, .programs = json_array() };
	char *why = NULL, *cache = script_cache();
	int code;

	term_init(&x.term);
	script_widen_path();
	bisect_signature_init(&x.signature);
	if (!o->only_plan)
		make_cache(cache);
	bisect_cache_open(&x.cache, o->no_cache ? NULL : cache);
	code = look_at_cases(&x);
	if (!code && !bisect_space_look(&x.space, &o->wish, &why)) {
		if (why)
			text_refuse(why);
		code = BISECT_EXIT_NO;
	} else if (!code) {
		x.drive = (struct bisect){ .hooks = &hooks,
					   .arg = &x,
					   .good = x.space.ends[0],
					   .bad = x.space.ends[1],
					   .fix = o->wish.fix,
					   .plan = o->plan };
		x.drive.plan.steps = bisect_plan_steps(x.space.between);
		code = course(&x);
	}
	bisect_free(&x.drive);
	bisect_space_free(&x.space);
	bisect_signature_free(&x.signature);
	bisect_cache_close(&x.cache);
	json_decref(x.last);
	json_decref(x.programs);
	free(x.label);
	free(x.dir);
	free(cache);
	return code;
}

json_t *bisect_argv(const char *dir, char **cwd)
{
	struct bisect_state s;
	char *why = NULL;
	json_t *argv = NULL;

	if (!bisect_state_load(&s, dir, &why)) {
		text_refuse(why);
	} else if (s.ended) {
		text_refuse(mem_text("the bisection in %s has come to its end: %s/report.txt", dir,
				     dir));
	} else {
		argv = json_incref(json_object_get(s.begin, "argv"));
		*cwd = mem_copy(js_string(s.begin, "cwd"));
	}
	bisect_state_free(&s);
	return argv;
}
