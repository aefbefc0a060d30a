// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * main() of an inlined scene, and a function for each of its children. What the
 * checks may read is known beforehand: the model needs no memory to say it.
 */
#include "inline.h"
#include "op-hold.h"

#include <stdlib.h>
#include <string.h>

struct writer {
	const struct scene *scene;
	struct model *model;
	struct model_tracker tracker;
	struct actor actor; /* for the model: how large the map is */
	const char *lacking;
	struct inline_ways used[ARG_WHERE + 1];
};

/* What a step says, and how it is written. An enum's value goes by its name. */
static const struct field {
	const char *name, *tag;
	size_t offset;
} fields[] = {
	{ "process", NULL, offsetof(struct scene_step, process) },
	{ "child", NULL, offsetof(struct scene_step, child) },
	{ "generation", NULL, offsetof(struct scene_step, generation) },
	{ "how", "enum track_kind", offsetof(struct scene_step, how) },
	{ "first", NULL, offsetof(struct scene_step, first) },
	{ "sectors", NULL, offsetof(struct scene_step, sectors) },
};

#define FIELDS (sizeof(fields) / sizeof(*fields))

static unsigned int *field_of(struct scene_step *s, const struct field *field)
{
	return (unsigned int *)((char *)s + field->offset);
}

/* An argument that the table above does not know would be left out silently. */
static bool all_said(const struct scene_step *s)
{
	struct scene_step rest = *s, nothing = { 0 };

	for (size_t i = 0; i < FIELDS; i++)
		*field_of(&rest, &fields[i]) = 0;
	nothing.op = rest.op;
	nothing.line = rest.line;
	nothing.kind = rest.kind;
	memcpy(nothing.text, rest.text, sizeof(rest.text));
	return !memcmp(&rest, &nothing, sizeof(rest));
}

static const char *value_text(struct writer *w, const struct scene_step *s,
			      const struct field *field, unsigned int n)
{
	enum scene_argument what = s->op->argument[0];

	if (field->tag && what == ARG_TRACK)
		return chunk_constant(field->tag, n);
	if (field->tag)
		n = inline_way(&w->used[what], n);
	return n ? text_make("%u", n) : NULL;
}

static const char *step_text(struct writer *w, const struct scene_step *s)
{
	struct scene_step copy = *s;
	const char *text = "", *value;

	for (size_t i = 0; i < FIELDS; i++) {
		value = value_text(w, s, &fields[i], *field_of(&copy, &fields[i]));
		if (value)
			text = text_make("%s%s.%s = %s", text, *text ? ", " : "", fields[i].name,
					 value);
	}
	return text_make("STEP(%s)", *text ? text : "0");
}

/* The function that the row of an operation names, in its source. */
static const char *named_in_row(const struct scene_op *op, const char *member)
{
	const char *row = text_make(".name = \"%s\"", op->name), *at, *end, *found;
	const char *what = text_make(".%s = ", member);

	for (const struct inline_source *s = inline_sources; s->path; s++) {
		if (!strstr(s->text, "const struct scene_op scene_ops_"))
			continue;
		at = strstr(s->text, row);
		if (!at)
			continue;
		end = strstr(at, "\n	{ ");
		found = strstr(at, what);
		if (!found || (end && found > end))
			return NULL;
		found += strlen(what);
		return text_part(found, found + token_at(found).len);
	}
	return NULL;
}

static bool same_set(const struct model_set *a, const struct model_set *b)
{
	if (!a || !b || a->count != b->count)
		return false;
	for (int i = 0; i < a->count; i++)
		if (a->value[i].generation != b->value[i].generation ||
		    (a->value[i].generation && a->value[i].writer != b->value[i].writer))
			return false;
	return true;
}

static const char *set_text(const struct model_set *set)
{
	const char *text = "";

	for (int i = 0; i < set->count; i++)
		text = text_make("%s%s{ %u, %s }", text, *text ? ", " : "",
				 set->value[i].generation,
				 chunk_constant("enum stamp_writer", set->value[i].writer));
	return text_make("%u, { %s }", set->count, text);
}

typedef const struct model_set *(*set_of)(const struct model *m, unsigned int process,
					  unsigned int page, unsigned int sector);

/* Runs of sectors that hold the same. */
static const char *expect_text(const struct writer *w, unsigned int process, set_of set,
			       unsigned int first, unsigned int count)
{
	const struct model_set *run = NULL, *here;
	const char *text = "";
	unsigned int from = first;

	for (unsigned int s = first; s <= first + count; s++) {
		here = s < first + count
			       ? set(w->model, process, s / MODEL_SECTORS, s % MODEL_SECTORS)
			       : NULL;
		if (run && !same_set(run, here))
			text = text_make("%s%s{ %u, %u, %s }", text, *text ? ",\n\t       " : "",
					 from, s - from, set_text(run));
		if (!same_set(run, here))
			from = s;
		run = here;
	}
	return text_make("	EXPECT(%s);\n", text);
}

static bool is_op(const struct scene_step *s, const char *name)
{
	return !strcmp(s->op->name, name);
}

/* The last hold of PROCESS before STEP. */
static const struct scene_step *hold_of(const struct scene *scene, const struct scene_step *step)
{
	const struct scene_step *hold = NULL;

	for (const struct scene_step *s = scene->step; s < step; s++)
		if (s->process == step->process && s->op->argument[0] == ARG_HOLD)
			hold = s;
	return hold;
}

/* Bytes that the device has by the release are looked at then. */
static bool judged_at_release(const struct scene_step *hold)
{
	const struct scene_pin *pin = hold ? scene_pin(hold->how) : NULL;

	return pin && pin->at_release && !pin->device;
}

/* What an operation that judges compares with. */
static const char *expect(const struct writer *w, const struct scene_step *s)
{
	unsigned int all = w->model->pages * MODEL_SECTORS;
	const struct scene_step *hold = hold_of(w->scene, s);

	if (!s->op->judges || (is_op(s, "release") && !judged_at_release(hold)))
		return "";
	if (s->op->model || !strcmp(s->op->name, "take")) /* release, take: the pin's bytes */
		return hold ? expect_text(w, s->process, model_pin_set, hold->first,
					  hold->sectors ? hold->sectors : all)
			    : "";
	return expect_text(w, s->child ? s->child : s->process, model_set, 0, all);
}

static const char *fork_text(const struct writer *w, const struct scene_step *s)
{
	const char *name = w->scene->name[s->child];

	/* Not pid[] at once: the child would write to it too. */
	return text_make(
		"	born = %s;\n	if (!born)\n		process_%s(a);\n	pid[%u] = born;\n"
		"	must_reach(a, \"%s\", shared_pages(&a->map) +\n"
		"		   shared_pages(&a->control));\n",
		s->process ? "syscall(SYS_clone, CLONE_PARENT | SIGCHLD, 0, 0, 0, 0)" : "fork()",
		name, s->child, s->text);
}

/* Of the first process. */
static const struct scene_step *last_check(const struct scene *scene)
{
	const struct scene_step *last = NULL;

	for (unsigned int i = 0; i < scene->steps; i++)
		if (is_op(&scene->step[i], "check") && !scene->step[i].process)
			last = &scene->step[i];
	return last;
}

/* A line in the process that does it. */
static const char *line_text(struct writer *w, const struct scene_step *s)
{
	const char *run = named_in_row(s->op, "run"), *step, *damage = "", *track;

	if (is_op(s, "fork"))
		return fork_text(w, s);
	if (is_op(s, "exit"))
		return "	_exit(0);\n";
	if (is_op(s, "track"))
		inline_track_start(&w->actor, s);
	track = inline_track(&w->actor, s);
	if (track)
		return track;
	if (!all_said(s) || !run) {
		w->lacking = s->op->name;
		return "";
	}
	step = step_text(w, s);
	if (is_op(s, "check") && !s->process && last_check(w->scene) == s)
		damage =
			"	if (argc > 1) /* can it fail at all? */\n"
			"		stamp_fill(&a->map.stamp, a->map.at, 0, STAMP_SECTOR, 99, STAMP_CPU);\n";
	if (!s->op->disturbs)
		return text_make("%s%s	did(a, \"%s\", %s(a, &a->map, %s));\n", damage,
				 expect(w, s), s->text, run, step);
	return text_make("	must_reach(a, \"%s\", %s(a, &a->map, %s) +\n"
			 "		   %s(a, &a->control, %s));\n",
			 s->text, run, step, run, step);
}

static void follow(struct writer *w, const struct scene_step *s)
{
	if (s->op->model)
		s->op->model(w->model, s, &w->actor);
	scene_track_follow(&w->actor, s);
}

/* The lines of each process, in the order of the scene. */
static void write_lines(struct writer *w, const char *text[MODEL_PROCESSES])
{
	for (unsigned int i = 1; i < w->scene->steps; i++) {
		const struct scene_step *s = &w->scene->step[i];
		const char *line = line_text(w, s);

		follow(w, s);
		if (!s->process) {
			text[0] = text_make("%s%s", text[0], line);
			continue;
		}
		text[0] =
			is_op(s, "exit")
				? text_make("%s	gate_set(turn, %u);\n	waitpid(pid[%u], NULL, 0); "
					    "/* %s */\n",
					    text[0], s->line, s->process, s->text)
				: text_make("%s	hand_over(%u, %u); /* %s */\n", text[0], s->process,
					    s->line, s->text);
		text[s->process] =
			text_make("%s	await(%u);\n%s%s", text[s->process], s->line, line,
				  is_op(s, "exit") ? "" : "	gate_set(turn, 0);\n");
	}
}

char *inline_requires(unsigned long long needs)
{
	/* Set up by main(), or their call ends the test, or no such memory is there. */
	needs &= ~(NEED_ROOT | NEED_SWAP | NEED_FUSE | NEED_IO_URING | NEED_AIO | NEED_PAGEOUT |
		   NEED_THP | NEED_MTHP | NEED_HUGETLB | NEED_KSM | NEED_PFN | NEED_UFFD_WP |
		   NEED_UFFD_SHMEM | NEED_UFFD_HUGE | NEED_UFFD_ASYNC | NEED_SCAN);

	char *text = text_make("%s", "");

	for (unsigned int bit = 0; bit < NEED_COUNT; bit++) {
		const char *row = text_make("{ \"%s\", ", need_name(1ull << bit)), *found = NULL;

		for (const struct inline_source *s = inline_sources; s->path && !found; s++)
			if (!strncmp(s->path, "lib/need", 8))
				found = strstr(s->text, row);
		if (!(needs >> bit & 1) || !found)
			continue;
		found += strlen(row);
		text = text_make("%s	require(%.*s);\n", text, (int)token_at(found).len, found);
	}
	return text;
}

/* What the scene needs before there is memory. */
static const char *prepared(const struct scene *scene)
{
	const char *text = "", *made = "", *function;

	if (scene->needs & NEED_SWAP)
		text = text_make("%s	if (!res_swap_file(64 << 20))\n"
				 "		err(SKIP, \"a swap file in /var/tmp\");\n",
				 text);
	if (scene->needs & NEED_FUSE)
		text = text_make("%s	a->hold = hold_open();\n", text);
	for (unsigned int i = 0; i < scene->steps; i++) {
		function = named_in_row(scene->step[i].op, "prepare");
		if (function && !strstr(made, function))
			text = text_make("%s	%s(a);\n", text, function);
		made = function ? text_make("%s %s", made, function) : made;
		if (scene->step[i].op->argument[0] == ARG_HOLD && !strstr(made, "device"))
			text = text_make("%s	a->device = memfd_create(\"device\", 0);\n", text);
		if (scene->step[i].op->argument[0] == ARG_HOLD)
			made = "device";
	}
	return text;
}

static const char *child_text(const struct scene *scene, unsigned int process, const char *lines)
{
	return text_make(
		"__attribute__((noreturn)) static void process_%s(struct actor *a)\n{\n"
		"	child_bind();\n	a->self = %u;\n%s	for (;;)\n		pause();\n}\n\n",
		scene->name[process], process, lines);
}

static bool forks(const struct scene *scene)
{
	return *scene->name[1];
}

/* An operation about another process may say its name. */
static const char *names(const struct scene *scene)
{
	const char *text = "\"\"";
	bool said = false;

	for (unsigned int i = 0; i < scene->steps; i++)
		said |= scene->step[i].op->argument[0] == ARG_PROCESS;
	for (unsigned int p = 1; p < MODEL_PROCESSES && *scene->name[p]; p++)
		text = text_make("%s, \"%s\"", text, scene->name[p]);
	return said ? text_make("	a->scene = &(const struct scene){ .name = { %s } };\n",
				text)
		    : "";
}

/* A struct actor that knows the processes gets them. */
static const char *pids(const struct scene *scene)
{
	if (!forks(scene))
		return "";
	return text_make("	share_turns();\n	a->pid = pid;\n%s", names(scene));
}

char *inline_scene(const struct scene *scene, char *why, size_t size)
{
	struct writer w = { .scene = scene, .model = text_memory(sizeof(struct model)) };
	const char *text[MODEL_PROCESSES] = { "", "", "", "", "", "" }, *children = "";
	const struct scene_step *map = &scene->step[0];

	w.actor = (struct actor){ .scene = scene, .model = w.model, .tracker = &w.tracker };
	w.actor.map.kind = map->kind;
	w.actor.map.len = map_bytes(map->kind, scene->pages);
	inline_facts(scene, w.used);
	follow(&w, map);
	write_lines(&w, text);
	if (w.lacking) {
		snprintf(why, size, "%s has no standalone form yet", w.lacking);
		return NULL;
	}
	for (unsigned int p = MODEL_PROCESSES - 1; p; p--)
		if (*scene->name[p])
			children = text_make("%s%s", children, child_text(scene, p, text[p]));
	return text_make(
		"#include <err.h>\n#include <string.h>\n#include <sched.h>\n#include <signal.h>\n"
		"#include <sys/mman.h>\n#include <sys/syscall.h>\n#include <sys/wait.h>\n"
		"#include <unistd.h>\n%sint main(int argc, char **argv)\n{\n"
		"	struct actor actor = { .self = 0 }, *a = &actor;\n\n"
		"	setvbuf(stdout, NULL, _IONBF, 0);\n%s	stay_here();\n%s%s"
		"	map_place(&a->map, %s, %u, 0, 0); /* %s */\n"
		"	map_place(&a->control, %s, %u, 0, 1);\n%s%s%s	puts(\"pass\");\n"
		"	return PASS;\n}\n",
		children, inline_requires(scene->needs), pids(scene), prepared(scene),
		chunk_constant("enum map_kind", map->kind), scene->pages, map->text,
		chunk_constant("enum map_kind", map->kind), scene->pages,
		map_needs(map->kind) ? "	verify(&a->map);\n" : "", text[0],
		scene_keeps_control(scene) ? "	check_control(a);\n" : "");
}
