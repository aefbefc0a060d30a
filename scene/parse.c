// SPDX-License-Identifier: GPL-2.0-or-later
#include "op-hold.h"
#include "op.h"
#include "opt.h"
#include "track.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* One line being read: words are cut out of it from left to right. */
struct reader {
	struct scene *scene;
	const char *start, *at; /* of the line */
	unsigned int line;
	char *why;
	size_t size;
	bool failed;
};

struct word {
	const char *at;
	size_t len;
};

__attribute__((format(printf, 3, 4))) static bool complain(struct reader *r, struct word word,
							   const char *fmt, ...)
{
	va_list ap;
	int n;

	if (r->failed)
		return false;
	r->failed = true;
	n = snprintf(r->why, r->size, "line %u, column %zu: ", r->line,
		     (size_t)(word.at - r->start) + 1);
	va_start(ap, fmt);
	vsnprintf(r->why + n, r->size - n, fmt, ap);
	va_end(ap);
	return false;
}

static struct word next_word(struct reader *r)
{
	struct word word;

	r->at += strspn(r->at, " \t");
	word = (struct word){ r->at, strcspn(r->at, " \t\n#") };
	r->at += word.len;
	return word;
}

static bool is(struct word word, const char *text)
{
	return strlen(text) == word.len && !memcmp(word.at, text, word.len);
}

static bool number(struct reader *r, struct word word, const char *what, unsigned int min,
		   unsigned int max, unsigned int *value)
{
	char digits[12] = "", *end;
	unsigned long n = 0;

	if (word.len && word.len < sizeof(digits) && isdigit((unsigned char)*word.at)) {
		memcpy(digits, word.at, word.len);
		n = strtoul(digits, &end, 10);
		if (!*end && n >= min && n <= max) {
			*value = n;
			return true;
		}
	}
	return complain(r, word, "'%.*s' is no %s from %u to %u", (int)word.len, word.at, what, min,
			max);
}

static bool find_process(struct reader *r, struct word word, unsigned int *process)
{
	for (*process = 1; *process < MODEL_PROCESSES; ++*process)
		if (is(word, r->scene->name[*process]))
			return true;
	return false;
}

static bool kind(struct reader *r, struct scene_step *s)
{
	struct word word = next_word(r);

	for (s->kind = 0; s->kind < MAP_KINDS; s->kind++)
		if (is(word, map_kind_name(s->kind)))
			return true;
	return complain(r, word, "'%.*s' is no kind of memory; see scene --ops", (int)word.len,
			word.at);
}

static bool how(struct reader *r, struct scene_step *s, enum scene_argument argument)
{
	struct word word = next_word(r);
	const char *name;

	for (s->how = 0; (name = scene_way_name(argument, s->how)); s->how++)
		if (is(word, name))
			return true;
	return complain(r, word, "'%.*s' %s; see scene --ops", (int)word.len, word.at,
			argument == ARG_HOLD	? "holds nothing"
			: argument == ARG_STORE ? "is no way to store"
						: "is no way to load");
}

static bool tracker(struct reader *r, struct scene_step *s)
{
	enum map_kind kind = r->scene->step[0].kind;
	struct word word = next_word(r);

	for (s->how = 0; s->how < TRACK_KINDS; s->how++)
		if (is(word, track_name(s->how)))
			return track_fits(s->how, kind) ||
			       complain(r, word, "%s does not track %s memory", track_name(s->how),
					map_kind_name(kind));
	return complain(r, word, "'%.*s' is no tracker; see scene --ops", (int)word.len, word.at);
}

static bool child(struct reader *r, struct scene_step *s)
{
	struct word word = next_word(r);
	unsigned int free = 1;

	if (!word.len || word.len >= SCENE_NAME || !isalpha((unsigned char)*word.at))
		return complain(r, word, "a name for the child is expected");
	if (find_process(r, word, &s->child))
		return complain(r, word, "'%.*s' is taken", (int)word.len, word.at);
	while (free < MODEL_PROCESSES && *r->scene->name[free])
		free++;
	if (free == MODEL_PROCESSES)
		return complain(r, word, "at most %d processes", MODEL_PROCESSES);
	memcpy(r->scene->name[free], word.at, word.len);
	s->child = free;
	return true;
}

static bool has_left(const struct scene *scene, unsigned int process)
{
	for (unsigned int i = 0; i < scene->steps; i++)
		if (scene->step[i].process == process && !strcmp(scene->step[i].op->name, "exit"))
			return true;
	return false;
}

static bool other(struct reader *r, struct scene_step *s)
{
	struct word word = next_word(r);

	if (!find_process(r, word, &s->child))
		return complain(r, word, "there is no process '%.*s'", (int)word.len, word.at);
	if (has_left(r->scene, s->child))
		return complain(r, word, "process '%.*s' has left", (int)word.len, word.at);
	return true;
}

#define SECTORS_A_PAGE (STAMP_PAGE / STAMP_SECTOR)

static bool page_range(struct reader *r, struct scene_step *s, struct word word)
{
	struct word from = { word.at, strcspn(word.at, "- \t\n#") }, to = from;
	unsigned int first, last;

	if (from.len < word.len)
		to = (struct word){ from.at + from.len + 1, word.len - from.len - 1 };
	if (!number(r, from, "page", 0, r->scene->pages - 1, &first) ||
	    !number(r, to, "page", first, r->scene->pages - 1, &last))
		return false;
	s->first = first * SECTORS_A_PAGE;
	s->sectors = (last - first + 1) * SECTORS_A_PAGE;
	return true;
}

static bool where(struct reader *r, struct scene_step *s)
{
	struct word word = next_word(r);
	unsigned int all = r->scene->pages * SECTORS_A_PAGE;

	if (!word.len)
		return true;
	if (is(word, "page") || is(word, "pages"))
		return page_range(r, s, next_word(r));
	if (is(word, "sectors"))
		return (!s->op->whole_pages ||
			complain(r, word, "'%s' works on whole pages", s->op->name)) &&
		       number(r, next_word(r), "sector", 0, all - 1, &s->first) &&
		       number(r, next_word(r), "count", 1, all - s->first, &s->sectors);
	return complain(r, word, "'%.*s': pages A-B or sectors FIRST COUNT is expected",
			(int)word.len, word.at);
}

static bool argument(struct reader *r, struct scene_step *s, enum scene_argument argument)
{
	switch (argument) {
	case ARG_KIND:
		return kind(r, s);
	case ARG_PAGES:
		return number(r, next_word(r), "number of pages", 1, MODEL_PAGES, &r->scene->pages);
	case ARG_GENERATION:
		return number(r, next_word(r), "generation", 1, 65535, &s->generation);
	case ARG_HOLD:
	case ARG_STORE:
	case ARG_LOAD:
		return how(r, s, argument);
	case ARG_TRACK:
		return tracker(r, s);
	case ARG_CHILD:
		return child(r, s);
	case ARG_PROCESS:
		return other(r, s);
	case ARG_WHERE:
		return where(r, s);
	case ARG_END:
		break;
	}
	return true;
}

static bool sensible_pin(struct reader *r, const struct scene_step *s, struct word word)
{
	bool taken = false, take = !strcmp(s->op->name, "take"),
	     device = !strcmp(s->op->name, "device");
	const struct scene_pin *pin = scene_held_by(r->scene, s->process, &taken);

	if (!strcmp(s->op->name, "hold") && pin)
		return complain(r, word, "something is held already; release it first");
	if (!strcmp(s->op->name, "exit") && pin)
		return complain(r, word, "it holds something; release it first");
	if ((take || device || !strcmp(s->op->name, "release")) && !pin)
		return complain(r, word, "nothing is held");
	if (device && !pin->device)
		return complain(r, word, "what is held by %s is never written", pin->name);
	if (take && !pin->take)
		return complain(r, word, "%s %s", pin->name,
				pin->device ? "takes nothing" : "takes its bytes at release");
	if (take && taken && pin->once)
		return complain(r, word, "%s is taken once", pin->name);
	return true;
}

/* What makes no sense is said here and not by a crash later. */
static bool sensible(struct reader *r, const struct scene_step *s, struct word word)
{
	const struct scene *scene = r->scene;

	if (!scene->steps != !strcmp(s->op->name, "map"))
		return complain(r, word,
				scene->steps ? "there is one map in a scene"
					     : "a scene begins with map");
	if (has_left(scene, s->process))
		return complain(r, word, "process '%s' has left", scene->name[s->process]);
	if (!strcmp(s->op->name, "exit") && !s->process)
		return complain(r, word, "the first process stays to the end");
	if (scene->steps && s->op->kinds && !(s->op->kinds >> scene->step[0].kind & 1))
		return complain(r, word, "'%s' is nothing for %s memory", s->op->name,
				map_kind_name(scene->step[0].kind));
	return sensible_pin(r, s, word);
}

/* The same for where: not every way to hold holds everything. */
static bool sensible_where(struct reader *r, const struct scene_step *s, struct word word)
{
	size_t bytes =
		(s->sectors ? s->sectors : r->scene->pages * SECTORS_A_PAGE) * (size_t)STAMP_SECTOR;
	const struct scene_pin *pin;

	if (strcmp(s->op->name, "hold"))
		return true;
	pin = scene_pin(s->how);
	if (pin->whole_pages && (s->first % SECTORS_A_PAGE || bytes % STAMP_PAGE))
		return complain(r, word, "%s holds whole pages", pin->name);
	if (pin->most && bytes > pin->most)
		return complain(r, word, "%s holds at most %zu pages", pin->name,
				pin->most / STAMP_PAGE);
	return true;
}

/* The first process tracks, one tracker at a time. */
static bool trackable(struct reader *r, const struct scene_step *s, struct word word)
{
	static const char *const users[] = { "collect", "register", "unregister", "untrack",
					     "close" };
	bool track = !strcmp(s->op->name, "track"), uses = false, tracked = false, forked = false;

	for (int i = 0; i < 5; i++)
		uses |= !strcmp(s->op->name, users[i]);
	if (!track && !uses)
		return true;
	for (unsigned int i = 0; i < r->scene->steps; i++) {
		tracked |= !strcmp(r->scene->step[i].op->name, "track");
		tracked &= strcmp(r->scene->step[i].op->name, "untrack") != 0 &&
			   strcmp(r->scene->step[i].op->name, "close") != 0;
		forked |= !strcmp(r->scene->step[i].op->name, "fork");
	}
	if (s->process)
		return complain(r, word, "only the first process tracks");
	if (track && tracked)
		return complain(r, word, "there is a tracker already; untrack it first");
	if (uses && !tracked)
		return complain(r, word, "nothing is tracked");
	if (forked && !strcmp(s->op->name, "close"))
		return complain(r, word, "a child has the userfaultfd, too; untrack unregisters");
	return true;
}

static bool operation(struct reader *r, struct scene_step *s, struct word word)
{
	const char *names[128], *nearest;
	char typed[64];
	size_t n = 0;

	s->op = scene_op_find(word.at, word.len);
	if (s->op)
		return true;
	for (const struct scene_op *op = NULL; (op = scene_op_next(op));)
		names[n++] = op->name;
	names[n] = NULL;
	snprintf(typed, sizeof(typed), "%.*s", (int)word.len, word.at);
	nearest = opt_nearest(typed, names);
	return complain(r, word, "'%s' is no operation%s%s%s", typed,
			nearest ? "; did you mean '" : "; see scene --ops", nearest ? nearest : "",
			nearest ? "'?" : "");
}

/* Without the space around it and the comment behind it. */
static void keep_text(struct scene_step *s, const char *from, const char *to)
{
	from += strspn(from, " \t");
	while (to > from && isspace((unsigned char)to[-1]))
		to--;
	snprintf(s->text, sizeof(s->text), "%.*s", (int)(to - from), from);
}

static bool read_line(struct reader *r)
{
	struct word word = next_word(r), rest;
	struct scene_step *s = &r->scene->step[r->scene->steps];

	if (!word.len)
		return true;
	if (r->scene->steps == SCENE_STEPS)
		return complain(r, word, "a scene has at most %d steps", SCENE_STEPS);
	*s = (struct scene_step){ .line = r->line };
	if (word.at[word.len - 1] == ':') {
		word.len--;
		if (!find_process(r, word, &s->process))
			return complain(r, word, "there is no process '%.*s'", (int)word.len,
					word.at);
		word = next_word(r);
	}
	if (!operation(r, s, word) || !sensible(r, s, word) || !trackable(r, s, word))
		return false;
	for (int i = 0; i < 4 && s->op->argument[i]; i++)
		if (!argument(r, s, s->op->argument[i]))
			return false;
	if (!sensible_where(r, s, word))
		return false;
	rest = next_word(r);
	if (rest.len)
		return complain(r, rest, "'%.*s' is one word too many", (int)rest.len, rest.at);
	keep_text(s, r->start, rest.at);
	r->scene->needs |= scene_step_needs(s, r->scene->step[0].kind);
	if (s->op->faults && r->scene->notified)
		r->scene->needs |= NEED_UFFD_KERNEL;
	if (s->op->argument[0] == ARG_TRACK)
		r->scene->notified |= track_notifies(s->how);
	r->scene->steps++;
	return true;
}

bool scene_parse(const char *text, struct scene *scene, char *why, size_t size)
{
	struct reader r = { .scene = scene, .why = why, .size = size };

	memset(scene, 0, sizeof(*scene));
	while (*text && !r.failed) {
		r.start = r.at = text;
		r.line++;
		read_line(&r);
		text += strcspn(text, "\n");
		text += *text == '\n';
	}
	r.start = r.at = text;
	r.line++;
	if (!r.failed && !scene->steps)
		complain(&r, (struct word){ text, 0 }, "an empty scene; it begins with map");
	return !r.failed;
}
