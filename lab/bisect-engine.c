// SPDX-License-Identifier: GPL-2.0-or-later
#include "bisect-engine.h"

#include "answer.h"
#include "bisect-signature.h"
#include "job.h"
#include "js.h"
#include "ladder-child.h"
#include "mem.h"

#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#define TICK_MS 200
#define FOREVER "720h" /* we end it */

/* Where KVM hangs it takes 20 s to know that: once is enough, and accelerators do not mix. */
static void learn_accel(const struct bisect_engine *e)
{
	const char *accel = js_string(json_object_get(e->guest.record.run, "vm"), "accel");

	if (accel && !strcmp(accel, "tcg"))
		setenv("LOSTWRITE_NO_KVM", "1", 1);
}

/* Of the pass that is over; ids in the order of the selection. */
static void finish_pass(struct bisect_engine *e, const char *why)
{
	json_t *run = json_pack("{ss* s{} s[] ss*}", "kernel",
				js_string(e->guest.record.run, "kernel"), "bad", "pass", "why",
				why),
	       *event;
	const char *id, *reason = NULL;
	char *signature;

	json_object_foreach(e->verdicts, id, event)
	{
		signature = bisect_signature_of(event);
		if (signature)
			json_object_set_new(json_object_get(run, "bad"), id, js_text(signature));
		else if (verdict_parse(js_string(event, "verdict")) == VERDICT_PASS)
			json_array_append_new(json_object_get(run, "pass"), json_string(id));
		else
			reason = js_string(event, "reason");
		if (signature && verdict_parse(js_string(event, "verdict")) == VERDICT_CRASHED)
			e->dead = true; /* a kernel that has oopsed says no more about itself */
		free(signature);
	}
	if (!why && reason)
		json_object_set_new(run, "why", js_text(reason));
	json_array_append_new(e->runs, run);
	json_object_clear(e->verdicts);
}

static void took(void *arg, const json_t *event)
{
	struct bisect_engine *e = arg;
	const char *kind = js_string(event, "event"), *id = js_string(event, "id");
	unsigned int pass = js_number(event, "pass");

	if (e->dead)
		return;
	if (!e->boot_seconds && !strcmp(kind, "run")) {
		e->boot_seconds = job_now() - e->guest.started;
		learn_accel(e);
	}
	/* A verdict can be replaced until the next program starts. */
	if (json_object_size(e->verdicts) && pass > e->pass && !strcmp(kind, "start"))
		finish_pass(e, NULL);
	if (pass)
		e->pass = pass;
	if (!strcmp(kind, "verdict") && id)
		json_object_set(e->verdicts, id, (json_t *)event);
	if (!strcmp(kind, "program") && json_object_size(e->verdicts) >= e->guest.record.n &&
	    e->guest.record.n)
		finish_pass(e, NULL);
}

static void make_words(struct bisect_engine *e, const struct bisect_item *k)
{
	const char *const run[] = { "nightly", "--match", e->match, "--for", FOREVER, NULL };

	e->vm_words = e->run_words = (struct words){ .n = 0 };
	words_add(&e->vm_words, "--bisect");
	for (size_t i = 0; e->vm_args[i]; i++)
		words_add(&e->vm_words, e->vm_args[i]);
	if (k->append) {
		words_add(&e->vm_words, "--append");
		words_add(&e->vm_words, k->append);
	}
	for (size_t i = 0; run[i]; i++)
		words_add(&e->run_words, run[i]);
	for (size_t i = 0; e->run_args[i]; i++)
		words_add(&e->run_words, e->run_args[i]);
}

static void start(struct bisect_engine *e, const struct bisect_item *k)
{
	char *label = mem_text("%03u-%.40s", ++e->boots, k->id);

	for (char *c = label; *c; c++)
		if (*c <= ' ' || *c == '/' || *c == 0x7f)
			*c = '-';
	make_words(e, k);
	e->ladder = (struct ladder){ .dir = (char *)e->dir,
				     .vm_args = e->vm_words.list,
				     .run_args = e->run_words.list };
	e->guest = (struct ladder_kernel){ .option = k->option,
					   .value = k->value,
					   .modules = k->modules,
					   .label = label,
					   .took = took,
					   .arg = e,
					   .pid = -1,
					   .events = -1,
					   .complaints = -1 };
	record_init(&e->guest.record);
	e->kernel = mem_copy(k->id);
	e->verdicts = json_object();
	e->runs = json_array();
	e->pass = 0;
	e->dead = false;
	e->boot_seconds = 0;
	ladder_child_start(&e->ladder, &e->guest);
}

static void forget(struct bisect_engine *e)
{
	free(e->guest.label);
	free(e->guest.said);
	free(e->guest.dir);
	record_free(&e->guest.record);
	words_free(&e->vm_words);
	words_free(&e->run_words);
	json_decref(e->verdicts);
	json_decref(e->runs);
	free(e->kernel);
	e->kernel = NULL;
}

/* Until there is news, or a fifth of a second. True when the guest has ended. */
static bool look(struct bisect_engine *e)
{
	struct pollfd fds[] = { { .fd = e->guest.events, .events = POLLIN },
				{ .fd = e->guest.complaints, .events = POLLIN },
				{ .fd = e->stop->fd, .events = POLLIN } };

	poll(fds, e->stop->asked ? 2 : 3, TICK_MS);
	stop_look(e->stop);
	return ladder_child_look(&e->guest);
}

void bisect_engine_end(struct bisect_engine *e)
{
	if (!e->kernel)
		return;
	e->dead = true;
	if (e->guest.state == LADDER_RUNS) {
		kill(e->guest.pid, SIGTERM);
		while (!look(e))
			;
	}
	forget(e);
}

const char *bisect_engine_said(const struct bisect_engine *e)
{
	return e->kernel && e->guest.said ? e->guest.said : "the guest said nothing";
}

/* The guest ended by itself: what it left counts as a run. */
static enum bisect_result ended(struct bisect_engine *e)
{
	bool stop = e->guest.exit != ANSWER_GOOD && e->guest.exit != ANSWER_BAD &&
		    e->guest.exit != ANSWER_SKIP;

	if (json_object_size(e->verdicts))
		finish_pass(e, NULL);
	else if (!json_array_size(e->runs) && !stop)
		json_array_append_new(e->runs,
				      json_pack("{so}", "why", js_text(bisect_engine_said(e))));
	return stop && !json_array_size(e->runs) ? BISECT_FATAL : BISECT_CLEAN;
}

static json_t *fetch(struct bisect_engine *e)
{
	json_t *run = json_array_get(e->runs, 0);

	if (!run)
		return NULL;
	json_incref(run);
	json_array_remove(e->runs, 0);
	if (e->fresh || (e->dead && !json_array_size(e->runs)))
		bisect_engine_end(e);
	return run;
}

json_t *bisect_engine_run(struct bisect_engine *e, const struct bisect_item *k,
			  enum bisect_result *result)
{
	json_t *run = NULL;

	*result = BISECT_CLEAN;
	if (e->kernel && (strcmp(e->kernel, k->id) != 0 ||
			  (e->guest.state != LADDER_RUNS && !json_array_size(e->runs))))
		bisect_engine_end(e);
	if (!e->kernel)
		start(e, k);
	while (!(run = fetch(e))) {
		bool over = look(e);

		if (e->stop->asked)
			*result = BISECT_STOPPED;
		else if (over)
			*result = ended(e);
		if (*result >= BISECT_FATAL)
			return NULL;
		e->tick(e->arg, json_object_size(e->guest.record.ids) ? "runs" : "boots");
	}
	return run;
}
