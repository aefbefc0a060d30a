// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * uring-buffer-let-go: a registered buffer is pinned until the last one is done with it
 *
 * Story    A registered buffer can be replaced or unregistered while a request
 *          reads into it, two rings can share it, and two can pin the same
 *          pages. Each of them is to hold it by a reference of its own. If the
 *          first that lets go unpins the pages, fork() shares them, the next
 *          store of the program copies them, and the device fills the originals,
 *          which are the child's alone by then.
 * Seen as  Old data after a successful READ_FIXED.
 * Fixed    No release is known to have it. References of buffers were written
 *          anew in 5.13 (634d00df5e1c: they can be updated), 6.12 (7cc2a6eadcd7:
 *          they can be cloned) and 6.13: what gets them wrong has regressed.
 * Steps    1 READ_FIXED, in flight  2 somebody lets go  3 fork  4 write fault
 *          5 the read ends  6 the buffer holds the device's data.
 * Notes    The child keeps the pages until the end, so that even a broken kernel
 *          hurts nobody but us. Seen to fail under --inject only.
 */
#include "case.h"
#include "child.h"
#include "fail.h"
#include "hold.h"
#include "pin.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <unistd.h>

#define PAGES 16

enum { HELD, LET_GO, CONTROL_SHARED, PINNED_SHARED, MOVED, CHECKED };
enum { REPLACED, UNREGISTERED, CLONE, ORIGINAL, REGISTERED_TWICE };

static const struct case_cell cells[] = {
	{ "replaced", "its place in the table is given to another buffer", .arg = REPLACED },
	{ "unregistered", "the table is taken away", .arg = UNREGISTERED },
	{ "clone", "another ring that cloned it unregisters it", .arg = CLONE },
	{ "original", "a clone reads, the ring it was cloned from unregisters it",
	  .arg = ORIGINAL },
	{ "registered-twice", "another ring pinned it too, and unregisters it",
	  .arg = REGISTERED_TWICE },
	{ 0 },
};

static const struct case_info info = {
	.name = "uring-buffer-let-go",
	.summary = "a registered buffer is replaced, unregistered or shared while it is read into",
	.tags = "pin io_uring fuse anon fork",
	.needs = NEED_IO_URING | NEED_FUSE,
	.oracles = CASE_COHERENCE,
	.refs = "linux-git:634d00df5e1c linux-git:7cc2a6eadcd7",
	.lever = "FUSE hold",
	.counters = { { "held", true },
		      { "let_go", true },
		      { "control_shared", true },
		      { "pinned_shared" },
		      { "moved" },
		      { "checked", true } },
	.cells = cells,
};

static struct pin_ring *reader, *other;
static struct hold *hold;

static ssize_t read_fixed(void *ring, int fd, void *buffer, size_t len, bool is_write)
{
	return pin_read_fixed(ring, fd, buffer, len, 0);
}

/* The buffer is READER's, and the other ring's where there are to be two. 0 or why it is not. */
static int register_both(struct case_ctx *c, struct map *buffer)
{
	switch (c->cell->arg) {
	case CLONE:
		pin_register(reader, buffer->at, buffer->len);
		return pin_try_clone(other, reader);
	case ORIGINAL:
		pin_register(other, buffer->at, buffer->len);
		return pin_try_clone(reader, other);
	case REGISTERED_TWICE:
		pin_register(other, buffer->at, buffer->len);
	}
	pin_register(reader, buffer->at, buffer->len);
	return 0;
}

/* Kernels before 6.13 wait here until nobody reads: that is why it is a thread. */
static void *unregister(void *done)
{
	pin_unregister(reader);
	*(atomic_bool *)done = true;
	return NULL;
}

static bool unregister_meanwhile(pthread_t *thread)
{
	static atomic_bool done;

	done = false;
	errno = pthread_create(thread, NULL, unregister, &done);
	if (errno)
		fail("a thread");
	for (int ms = 0; ms < 100 && !done; ms++)
		usleep(1000);
	return done;
}

/* The reader's own buffer goes from the table, or the one it shares goes elsewhere. */
static bool let_go(struct case_ctx *c, struct map *spare, pthread_t *thread)
{
	switch (c->cell->arg) {
	case REPLACED:
		return !pin_try_replace(reader, spare->at, spare->len);
	case UNREGISTERED:
		return unregister_meanwhile(thread);
	default:
		pin_unregister(other);
		return true;
	}
}

static void disturb_and_read(struct case_ctx *c, struct map *buffer, struct map *control)
{
	pid_t child = case_disturbs(c) ? child_fork_idle() : 0;

	case_count(c, PINNED_SHARED, map_shared(buffer));
	case_count(c, CONTROL_SHARED, map_shared(control));
	map_touch(buffer); /* broken kernels give the parent a copy here */
	case_count(c, MOVED, map_moved(buffer));
	if (hold_release(hold) != (ssize_t)buffer->len)
		fail("READ_FIXED was short");
	if (child)
		child_end(child);
}

static enum verdict hold_and_let_go(struct case_ctx *c, struct map *buffer, struct map *control,
				    struct map *spare)
{
	pthread_t thread = 0;
	bool gone;

	hold_start(hold, read_fixed, reader, buffer->at, buffer->len, false);
	case_count(c, HELD, buffer->pages);
	gone = case_disturbs(c) && let_go(c, spare, &thread);
	case_count(c, LET_GO, gone);
	disturb_and_read(c, buffer, control);
	if (thread)
		pthread_join(thread, NULL);
	case_count(c, CHECKED, buffer->pages);
	if (!case_check_all(c, buffer, 2, STAMP_DEVICE) || !case_check_all(c, spare, 1, STAMP_CPU))
		return CORRUPT;
	if (case_disturbs(c) && !gone)
		return case_skip(c, "this kernel lets no buffer go while it is read into");
	return PASS;
}

static enum verdict trial(struct case_ctx *c, struct map *buffer, struct map *control)
{
	enum verdict verdict;
	struct map spare;
	int error;

	if (!case_map(c, &spare, MAP_KIND_ANON, PAGES, 2))
		return INCONCLUSIVE;
	reader = pin_ring_open();
	other = pin_ring_open();
	hold = hold_open();
	stamp_fill(&buffer->stamp, hold_device(hold), 0, buffer->len, 2, STAMP_DEVICE);
	map_remember(buffer);
	error = register_both(c, buffer);
	verdict =
		error ? case_skip(c, "IORING_REGISTER_CLONE_BUFFERS: %s; use a kernel from 6.12 on",
				  strerror(error))
		      : hold_and_let_go(c, buffer, control, &spare);
	hold_close(hold);
	pin_ring_close(other);
	pin_ring_close(reader);
	map_free(&spare);
	return verdict;
}

static enum verdict run(struct case_ctx *c)
{
	return case_trials(c, MAP_KIND_ANON, PAGES, trial);
}

int main(int argc, char **argv)
{
	return case_main(argc, argv, &info, run);
}
