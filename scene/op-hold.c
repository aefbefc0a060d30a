// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Holding pages, and moving bytes through what holds them. `device` is the
 * device writing to memory; `take` is it (or a pipe's or socket's reader)
 * reading from it. A held request moves its bytes at `release`, in either
 * direction.
 */
#include "op-hold.h"
#include "fail.h"

#include <stdlib.h>
#include <string.h>

static const struct scene_pin *const families[] = { scene_pins_pin, scene_pins_io };

const struct scene_pin *scene_pin(unsigned int how)
{
	for (size_t i = 0; i < sizeof(families) / sizeof(*families); i++)
		for (const struct scene_pin *pin = families[i]; pin->name; pin++)
			if (!how--)
				return pin;
	return NULL;
}

const struct scene_pin *scene_held_by(const struct scene *scene, unsigned int process, bool *taken)
{
	const struct scene_pin *pin = NULL;

	for (const struct scene_step *s = scene->step; s < scene->step + scene->steps; s++) {
		if (s->process != process)
			continue;
		if (!strcmp(s->op->name, "hold"))
			pin = scene_pin(s->how);
		if (!strcmp(s->op->name, "hold") || !strcmp(s->op->name, "take"))
			*taken = *s->op->name == 't';
		if (!strcmp(s->op->name, "release"))
			pin = NULL;
	}
	return pin;
}

static size_t run_hold(struct actor *a, struct map *map, const struct scene_step *s)
{
	a->pin = scene_pin(s->how);
	a->from = scene_from(s);
	a->len = scene_len(s, map);
	map_remember(map);
	a->pin->hold(a, map->at + a->from);
	return 0;
}

static void model_of_hold(struct model *m, const struct scene_step *s, const struct actor *a)
{
	const struct scene_pin *pin = scene_pin(s->how);
	unsigned int sectors = s->sectors ? s->sectors : m->pages * MODEL_SECTORS;

	model_hold(m, s->process, s->first, sectors, !pin->reference, pin->at_release);
}

/* Room for what is held, aligned for O_DIRECT. */
static char *room(const struct actor *a)
{
	char *bytes =
		aligned_alloc(STAMP_PAGE, (a->len + STAMP_PAGE - 1) / STAMP_PAGE * STAMP_PAGE);

	if (!bytes)
		fail("memory");
	return bytes;
}

static size_t run_device(struct actor *a, struct map *map, const struct scene_step *s)
{
	char *bytes = room(a);

	stamp_fill(&map->stamp, bytes, a->from, a->len, s->generation, STAMP_DEVICE);
	a->pin->device(a, bytes);
	free(bytes);
	return 0;
}

static void model_of_device(struct model *m, const struct scene_step *s, const struct actor *a)
{
	model_device(m, s->process, (struct model_value){ s->generation, STAMP_DEVICE });
}

static size_t run_take(struct actor *a, struct map *map, const struct scene_step *s)
{
	char *bytes = room(a);

	a->pin->take(a, bytes);
	scene_check_pin(a, bytes, a->pin->reference ? "the reader" : "the device");
	free(bytes);
	return 0;
}

void scene_release(struct actor *a)
{
	char *bytes = room(a);

	a->pin->release(a, bytes);
	free(bytes);
}

static size_t run_release(struct actor *a, struct map *map, const struct scene_step *s)
{
	char *bytes = room(a);

	a->pin->release(a, bytes);
	if (a->pin->at_release && !a->pin->device)
		scene_check_pin(a, bytes, "the device");
	free(bytes);
	return 0;
}

static void model_of_release(struct model *m, const struct scene_step *s, const struct actor *a)
{
	model_release(m, s->process);
}

const struct scene_op scene_ops_hold[] = {
	{ .name = "hold",
	  .summary = "HOLD [WHERE]: the kernel has the pages",
	  .promise = "a pin and its holder are one memory until release (pin_user_pages.rst); a "
		     "pipe shows what was there, or its owner's later stores (vmsplice(2))",
	  .argument = { ARG_HOLD, ARG_WHERE },
	  .run = run_hold,
	  .model = model_of_hold,
	  .faults = true },
	{ .name = "device",
	  .summary = "GENERATION: the device writes what is held (a held request: at release)",
	  .promise = "the holder reads it, until it is written again",
	  .argument = { ARG_GENERATION },
	  .run = run_device,
	  .model = model_of_device },
	{ .name = "take",
	  .summary = "the device, or the reader of pipe or socket, reads what is held",
	  .promise = "fails where it reads what the model does not allow",
	  .run = run_take,
	  .judges = true },
	{ .name = "release",
	  .summary = "the pages are let go",
	  .promise = "an O_DIRECT read's bytes are there now; a write's are judged",
	  .run = run_release,
	  .model = model_of_release,
	  .judges = true },
	{ 0 },
};
