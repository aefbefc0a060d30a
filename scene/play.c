// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Plays a scene: the first process walks through the lines, does its own and
 * hands the others to the process they name, one at a time; the model follows.
 * Any process may fork; all children are the first one's to wait for.
 */
#include "child.h"
#include "fail.h"
#include "op-hold.h"
#include "pagemap.h"
#include "story.h"
#include "tell.h"
#include "track.h"

#include <linux/sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#define PATIENCE 600 /* seconds for one line of a child; the case's own watchdog is earlier */

/* What the processes of a scene share. */
struct stage {
	struct model model;
	struct model_tracker tracker;
	struct gate turn[MODEL_PROCESSES]; /* the number of the line to do, from 1 */
	struct gate done;		   /* the number of the line that was done */
	size_t reached;			   /* pages that its disturbance reached */
	pid_t pid[MODEL_PROCESSES];	   /* 0: not there */
	bool corrupt;
	int refused; /* errno of a hold */
};

struct player {
	struct actor actor;
	struct stage *stage;
};

/* One line in the process that acts. */
static void act(struct player *p, const struct scene_step *s)
{
	struct actor *a = &p->actor;

	p->stage->reached = 0;
	if (s->op->disturbs && !case_disturbs(a->c))
		return;
	tell_before(a, s);
	if (s->op->run)
		p->stage->reached = s->op->run(a, &a->map, s);
	/* The kernel may rightly refuse to disturb what is pinned; the control shows that it can. */
	if (s->op->run && s->op->disturbs)
		p->stage->reached += s->op->run(a, &a->control, s);
	if (s->op->judges && case_was_corrupt())
		p->stage->corrupt = true;
	p->stage->refused = a->refused;
	tell_after(a);
}

static void fork_child(struct player *p, const struct scene_step *s);

/* The lines of one process that is not the first. */
__attribute__((noreturn)) static void child(struct player *p, unsigned int self)
{
	struct gate *turn = &p->stage->turn[self];
	const struct scene_step *s;
	int number = 0;

	child_bind();
	p->actor.self = self;
	for (;;) {
		number = gate_wait_change(turn, number, 3600);
		s = &p->actor.scene->step[number - 1];
		if (!strcmp(s->op->name, "exit")) {
			story_heading("line %u: %s", s->line, s->text);
			story("_exit(0)");
			_exit(0);
		}
		if (!strcmp(s->op->name, "fork"))
			fork_child(p, s);
		else
			act(p, s);
		gate_set(&p->stage->done, number);
	}
}

/* Shared memory is shared before; a private page is once it has lost its exclusive owner. */
static size_t shared_pages(const struct map *map)
{
	if (scene_shared(map->kind))
		return map->pages;
	return map_shared(map);
}

/* A grandchild is a child of the first process too, so that it outlives its parent. */
static pid_t fork_sibling(void)
{
	struct clone_args args = { .flags = CLONE_PARENT };

	return syscall(SYS_clone3, &args, sizeof(args));
}

static void fork_child(struct player *p, const struct scene_step *s)
{
	struct actor *a = &p->actor;
	pid_t pid;

	p->stage->reached = 0;
	if (!case_disturbs(a->c))
		return;
	tell_before(a, s);
	pid = a->self ? fork_sibling() : fork();
	if (!pid)
		child(p, s->child);
	if (pid < 0)
		fail("fork");
	p->stage->pid[s->child] = pid;
	story("fork() = %s", a->scene->name[s->child]);
	tell_after(a);
	p->stage->reached = shared_pages(&a->map) + shared_pages(&a->control);
}

static void hand_over(struct player *p, const struct scene_step *s, unsigned int number)
{
	gate_set(&p->stage->turn[s->process], number);
	if (!strcmp(s->op->name, "exit"))
		child_wait(p->stage->pid[s->process]);
	else if (!gate_wait(&p->stage->done, number, PATIENCE))
		fail("line %u: process '%s' did not finish", s->line,
		     p->actor.scene->name[s->process]);
}

static void follow(struct player *p, const struct scene_step *s)
{
	if (s->op->disturbs && !case_disturbs(p->actor.c))
		return;
	if (s->op->disturbs) {
		case_count(p->actor.c, SCENE_DISTURBED, 1);
		case_count(p->actor.c, SCENE_EXPOSED, p->stage->reached > 0);
	}
	if (s->op->model)
		s->op->model(&p->stage->model, s, &p->actor);
	scene_track_follow(&p->actor, s);
	if (p->stage->model.lost)
		fail("line %u: more than the model can keep", s->line);
}

static enum verdict play_step(struct player *p, unsigned int number)
{
	const struct scene_step *s = &p->actor.scene->step[number - 1];

	if (!p->stage->pid[s->process]) /* --inject calm: it was never made */
		return PASS;
	if (s->process)
		hand_over(p, s, number);
	else if (!strcmp(s->op->name, "fork"))
		fork_child(p, s);
	else
		act(p, s);
	if (s->op->disturbs)
		story("%zu pages reached, the control's among them", p->stage->reached);
	if (p->stage->corrupt)
		return CORRUPT;
	if (p->stage->refused)
		return case_skip(p->actor.c, "line %u: this kernel refuses %s for %s memory: %s",
				 s->line, s->op->name, map_kind_name(p->actor.map.kind),
				 strerror(p->stage->refused));
	follow(p, s);
	if (s->op->disturbs && !p->stage->reached)
		return case_inconclusive(p->actor.c, "line %u: %s reached no page", s->line,
					 s->op->name);
	return PASS;
}

/* What ops need to have before there is memory, each once. */
static void prepare(struct player *p, const struct scene *scene)
{
	bool again;

	for (unsigned int i = 0; i < scene->steps; i++) {
		again = !scene->step[i].op->prepare;
		for (unsigned int j = 0; j < i; j++)
			again |= scene->step[j].op->prepare == scene->step[i].op->prepare;
		if (!again)
			scene->step[i].op->prepare(&p->actor);
	}
}

static bool set_up(struct player *p, struct case_ctx *c, const struct scene *scene)
{
	enum map_kind kind = scene->step[0].kind;

	p->stage = child_shared(sizeof(*p->stage));
	p->stage->pid[0] = getpid();
	p->actor = (struct actor){
		.c = c, .scene = scene, .model = &p->stage->model, .pid = p->stage->pid
	};
	p->actor.tracker = &p->stage->tracker;
	if (scene->needs & NEED_FUSE)
		p->actor.hold = hold_open();
	prepare(p, scene);
	p->actor.device = memfd_create("lostwrite-device", MFD_CLOEXEC);
	if (p->actor.device < 0)
		fail("the device file");
	return case_map(c, &p->actor.map, kind, scene->pages, 0) &&
	       case_map(c, &p->actor.control, kind, scene->pages, 1);
}

bool scene_keeps_control(const struct scene *scene)
{
	for (unsigned int i = 0; i < scene->steps; i++)
		if (scene->step[i].op->drops &&
		    (!scene->step[i].process || scene_shared(scene->step[0].kind)))
			return false;
	return scene->step[0].kind != MAP_KIND_ZERO;
}

/* The control was disturbed like the map and held by nobody: it must be as it was. */
static enum verdict check_control(struct player *p)
{
	if (!scene_keeps_control(p->actor.scene) ||
	    case_check_all(p->actor.c, &p->actor.control, 1, STAMP_CPU))
		return PASS;
	return CORRUPT;
}

/* Nothing is left of a trial: there may be thousands. */
static void tear_down(struct player *p)
{
	struct actor *a = &p->actor;

	scene_let_go(a);
	scene_far_end(a);
	scene_offline_end();
	child_end_all(); /* the FUSE server among them */
	if (a->track)
		track_close(a->track);
	free(a->track);
	map_free(&a->map);
	map_free(&a->control);
	close(a->device);
	munmap(p->stage, sizeof(*p->stage));
}

enum verdict scene_play(struct case_ctx *c, const struct scene *scene)
{
	struct player p = { 0 };
	enum verdict verdict = PASS;
	bool taken;

	if (!set_up(&p, c, scene))
		return INCONCLUSIVE;
	tell_begin(&p.actor);
	for (unsigned int number = 1; verdict == PASS && number <= scene->steps; number++)
		verdict = play_step(&p, number);
	if (verdict == PASS)
		verdict = check_control(&p);
	if (verdict == PASS && scene_held_by(scene, 0, &taken))
		scene_release(&p.actor);
	tear_down(&p);
	return verdict;
}
