// SPDX-License-Identifier: GPL-2.0-or-later
#include "bisect-signature.h"

#include "js.h"
#include "mem.h"
#include "plain.h"
#include "verdict.h"

#include <stdlib.h>
#include <string.h>

void bisect_signature_init(struct bisect_signature *s)
{
	*s = (struct bisect_signature){ .votes = json_object(), .places = json_object() };
}

void bisect_signature_free(struct bisect_signature *s)
{
	free(s->text);
	json_decref(s->votes);
	json_decref(s->places);
}

char *bisect_signature_of(const json_t *verdict)
{
	const char *program = js_string(verdict, "program"), *class = js_string(verdict, "class"),
		   *reason = js_string(verdict, "reason");
	enum verdict v = verdict_parse(js_string(verdict, "verdict"));
	char *plain, *text;

	if (v == VERDICT_CORRUPT)
		return mem_text("%s: %s", program, class ? class : "corrupt");
	if (v != VERDICT_CRASHED)
		return NULL;
	plain = plain_text(reason ? reason : "");
	text = mem_text("%s: crashed: %s", program, plain);
	free(plain);
	return text;
}

/* Did a case that showed the signature at the bad end pass? */
static bool is_clean(const struct bisect_signature *s, const json_t *run)
{
	const json_t *list = json_object_get(run, "pass");
	const char *place;

	for (size_t i = 0; i < json_array_size(list); i++) {
		if (!s->text)
			return true;
		place = js_string(s->places, json_string_value(json_array_get(list, i)));
		if (place && !strcmp(place, s->text))
			return true;
	}
	return false;
}

enum bisect_result bisect_signature_result(const struct bisect_signature *s, const json_t *run)
{
	json_t *bad = json_object_get(run, "bad");

	for (void *it = json_object_iter(bad); it; it = json_object_iter_next(bad, it)) {
		const char *text = json_string_value(json_object_iter_value(it));

		if (!s->text || (text && !strcmp(text, s->text)))
			return BISECT_HIT;
	}
	if (json_object_size(bad))
		return BISECT_OTHER;
	return is_clean(s, run) ? BISECT_CLEAN : BISECT_INVALID;
}

static json_int_t votes_of(const struct bisect_signature *s, const char *text)
{
	return json_integer_value(json_object_get(s->votes, text));
}

/* Of as many votes, lost bytes before a crash: the crash may be anybody's. */
static const char *leader(const struct bisect_signature *s)
{
	const char *best = NULL, *text;
	json_t *value;

	json_object_foreach(s->votes, text, value)
	{
		json_int_t more = best ? json_integer_value(value) - votes_of(s, best) : 1;

		if (more > 0 || (!more && strstr(best, ": crashed: ")))
			best = text;
	}
	return best;
}

void bisect_signature_vote(struct bisect_signature *s, const json_t *run, struct bisect_tally *t)
{
	json_t *bad = json_object_get(run, "bad"), *value, *mine = json_object();
	unsigned int all = t->hits + t->other;
	const char *id, *text;

	json_object_foreach(bad, id, value)
	{
		json_object_set(s->places, id, value);
		json_object_set_new(mine, json_string_value(value), json_true());
	}
	json_object_foreach(mine, text, value)
	{
		json_object_set_new(s->votes, text, json_integer(votes_of(s, text) + 1));
	}
	json_decref(mine);
	text = leader(s);
	t->hits = text ? votes_of(s, text) : 0;
	t->other = all - t->hits;
}

void bisect_signature_settle(struct bisect_signature *s)
{
	free(s->text);
	s->text = mem_copy(leader(s));
}
