// SPDX-License-Identifier: GPL-2.0-or-later
#include "bisect-state.h"

#include "js.h"
#include "mem.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static char *path_in(const char *dir)
{
	return mem_text("%s/bisect.jsonl", dir);
}

bool bisect_state_create(struct bisect_state *s, const char *dir, json_t *begin, char **why)
{
	char *path = path_in(dir);
	bool ok;

	*s = (struct bisect_state){ .past = json_array(), .begin = begin };
	ok = journal_create(&s->journal, path);
	if (!ok)
		*why = mem_text("cannot write %s: %s", path, strerror(errno));
	else
		ok = bisect_state_put(s, json_incref(begin));
	free(path);
	return ok;
}

static bool take(void *arg, json_t *event)
{
	struct bisect_state *s = arg;
	const char *kind = js_string(event, "event");

	if (!s->begin && strcmp(kind, "begin"))
		return false;
	if (!strcmp(kind, "begin"))
		s->begin = json_incref(event);
	else if (!strcmp(kind, "run") || !strcmp(kind, "cached"))
		json_array_append(s->past, event);
	s->ended = !strcmp(kind, "end");
	return true;
}

bool bisect_state_load(struct bisect_state *s, const char *dir, char **why)
{
	char *path = path_in(dir);
	bool ok;

	*s = (struct bisect_state){ .past = json_array() };
	s->journal.fd = s->journal.stream = -1;
	ok = journal_read(path, take, s, why);
	if (ok && !json_array_size(json_object_get(s->begin, "argv"))) {
		*why = mem_text("%s is not the state of a bisection", path);
		ok = false;
	} else if (ok && !journal_reopen(&s->journal, path)) {
		*why = mem_text("cannot write %s: %s", path, strerror(errno));
		ok = false;
	}
	free(path);
	return ok;
}

const json_t *bisect_state_next(struct bisect_state *s, const char *kind, int phase, const char *id)
{
	const json_t *event = json_array_get(s->past, s->at);

	if (!event || strcmp(js_string(event, "event"), kind) != 0 ||
	    (int)js_number(event, "phase") != phase || strcmp(js_string(event, "id"), id) != 0)
		return NULL;
	s->at++;
	return event;
}

size_t bisect_state_left(const struct bisect_state *s)
{
	return json_array_size(s->past) - s->at;
}

bool bisect_state_put(struct bisect_state *s, json_t *event)
{
	journal_put(&s->journal, event);
	journal_sync(&s->journal);
	json_decref(event);
	return !s->journal.lost;
}

void bisect_state_free(struct bisect_state *s)
{
	if (s->journal.fd >= 0)
		journal_close(&s->journal);
	json_decref(s->begin);
	json_decref(s->past);
}
