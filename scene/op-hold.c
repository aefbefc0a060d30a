// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Holding pages, and moving bytes through what holds them. `device` is the
 * device writing to memory; `take` is it (or a pipe's reader) reading from it.
 * An O_DIRECT request moves its bytes at `release`, in either direction.
 */
#include "fail.h"
#include "op.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <unistd.h>

static const char *const names[HOLD_KINDS] = {
	[HOLD_URING] = "uring",
	[HOLD_ODIRECT] = "odirect-read",
	[HOLD_ODIRECT_WRITE] = "odirect-write",
	[HOLD_VMSPLICE] = "vmsplice",
};

const char *scene_hold_name(unsigned int how)
{
	return names[how];
}

uint64_t scene_hold_needs(unsigned int how)
{
	static const uint64_t needs[HOLD_KINDS] = {
		[HOLD_URING] = NEED_IO_URING,
		[HOLD_ODIRECT] = NEED_FUSE,
		[HOLD_ODIRECT_WRITE] = NEED_FUSE,
	};

	return needs[how];
}

static void hold_vmsplice(struct actor *a)
{
	struct iovec vec = { a->map.at + a->from, a->len };

	pin_pipe(a->pipe, a->len);
	if (vmsplice(a->pipe[1], &vec, 1, 0) != (ssize_t)a->len)
		fail("vmsplice of %zu bytes", a->len);
}

static size_t run_hold(struct actor *a, struct map *map, const struct scene_step *s)
{
	char *at;

	a->how = s->how;
	a->from = scene_from(s);
	a->len = scene_len(s, map);
	at = map->at + a->from;
	map_remember(map);
	switch (a->how) {
	case HOLD_URING:
		a->ring = pin_ring_open();
		a->refused = pin_try_register(a->ring, at, a->len);
		break;
	case HOLD_ODIRECT:
		hold_read(a->hold, at, a->len);
		break;
	case HOLD_ODIRECT_WRITE:
		hold_write(a->hold, at, a->len);
		break;
	case HOLD_VMSPLICE:
		hold_vmsplice(a);
		break;
	}
	return 0;
}

static void model_of_hold(struct model *m, const struct scene_step *s, const struct actor *a)
{
	unsigned int sectors = s->sectors ? s->sectors : m->pages * MODEL_SECTORS;
	/* What only reads memory for a while need not follow its process's later stores. */
	bool coherent = s->how != HOLD_VMSPLICE && s->how != HOLD_ODIRECT_WRITE;

	model_hold(m, s->process, s->first, sectors, coherent, s->how == HOLD_ODIRECT);
}

/* What the device has for the held bytes. */
static size_t run_device(struct actor *a, struct map *map, const struct scene_step *s)
{
	char *bytes;

	if (a->how == HOLD_ODIRECT) {
		stamp_fill(&map->stamp, hold_device(a->hold), a->from, a->len, s->generation,
			   STAMP_DEVICE);
		return 0;
	}
	if (a->how != HOLD_URING)
		return 0;
	bytes = malloc(a->len);
	stamp_fill(&map->stamp, bytes, a->from, a->len, s->generation, STAMP_DEVICE);
	if (!bytes || pwrite(a->device, bytes, a->len, 0) != (ssize_t)a->len)
		fail("the device file");
	free(bytes);
	if (pin_read_fixed(a->ring, a->device, map->at + a->from, a->len, 0) != (ssize_t)a->len)
		fail("READ_FIXED was short");
	return 0;
}

static void model_of_device(struct model *m, const struct scene_step *s, const struct actor *a)
{
	model_device(m, s->process, (struct model_value){ s->generation, STAMP_DEVICE });
}

static void read_pipe(struct actor *a, char *bytes)
{
	for (size_t got = 0, n; got < a->len; got += n) {
		n = read(a->pipe[0], bytes + got, a->len - got);
		if ((ssize_t)n <= 0)
			fail("reading the pipe");
	}
	close(a->pipe[0]);
	close(a->pipe[1]);
}

static size_t run_take(struct actor *a, struct map *map, const struct scene_step *s)
{
	char *bytes =
		aligned_alloc(STAMP_PAGE, (a->len + STAMP_PAGE - 1) / STAMP_PAGE * STAMP_PAGE);

	if (!bytes)
		fail("memory");
	if (a->how == HOLD_VMSPLICE) {
		read_pipe(a, bytes);
		scene_check_pin(a, bytes, "the pipe");
	} else if (a->how == HOLD_URING) {
		if (pin_write_fixed(a->ring, a->device, map->at + a->from, a->len, 0) !=
			    (ssize_t)a->len ||
		    pread(a->device, bytes, a->len, 0) != (ssize_t)a->len)
			fail("WRITE_FIXED was short");
		scene_check_pin(a, bytes, "the device");
	}
	free(bytes);
	return 0;
}

static size_t run_release(struct actor *a, struct map *map, const struct scene_step *s)
{
	switch (a->how) {
	case HOLD_URING:
		pin_unregister(a->ring); /* at once; closing alone leaves it to a worker */
		pin_ring_close(a->ring);
		break;
	case HOLD_ODIRECT:
	case HOLD_ODIRECT_WRITE:
		if (hold_release(a->hold) != (ssize_t)a->len)
			fail("the held request was short");
		if (a->how == HOLD_ODIRECT_WRITE)
			scene_check_pin(a, hold_device(a->hold), "the device");
		break;
	}
	return 0;
}

static void model_of_release(struct model *m, const struct scene_step *s, const struct actor *a)
{
	model_release(m, s->process);
}

const struct scene_op scene_ops_hold[] = {
	{ .name = "hold",
	  .summary = "uring|odirect-read|odirect-write|vmsplice [WHERE]: the kernel has the pages",
	  .argument = { ARG_HOLD, ARG_WHERE },
	  .run = run_hold,
	  .model = model_of_hold },
	{ .name = "device",
	  .summary = "GENERATION: the device writes what is held (odirect-read: at release)",
	  .argument = { ARG_GENERATION },
	  .run = run_device,
	  .model = model_of_device },
	{ .name = "take",
	  .summary = "the device, or the reader of the pipe, reads what is held",
	  .run = run_take,
	  .judges = true },
	{ .name = "release",
	  .summary = "the pages are let go",
	  .run = run_release,
	  .model = model_of_release,
	  .judges = true },
	{ 0 },
};
