// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Threads write and read back words of their own ("lanes") in every page while
 * one thing disturbs: a thread must always read what it wrote last. Races are
 * bounded loops: what they do is drawn from the seed, when it happens is not.
 */
#include "deadline.h"
#include "fail.h"
#include "memcg.h"
#include "pagemap.h"
#include "plan.h"
#include "res.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define LANES	3
#define WORDS	(STAMP_PAGE / 8)
#define SECONDS 0.15
#define LOOPS	200

struct lane {
	struct body *b;
	pthread_t thread;
	struct rng rng;
	unsigned int number, pages;
	char *at; /* the mapping that it uses */
	uint32_t last[BODY_PAGES];
};

static struct {
	struct lane lane[LANES];
	atomic_bool stop;
	pthread_mutex_t lock;
	bool bad;
} race = { .lock = PTHREAD_MUTEX_INITIALIZER };

/* A word says whose it is: page, lane, and how often it was written. */
static uint64_t word_of(unsigned int page, unsigned int lane, uint32_t count)
{
	return 0xa5ull << 56 | (uint64_t)lane << 48 | (uint64_t)page << 32 | count;
}

static const char *class_of(uint64_t found, uint64_t expected)
{
	if (!found)
		return "zeros";
	return found >> 32 == expected >> 32 ? "stale" : "foreign";
}

static void tell(struct lane *l, unsigned int page, unsigned int half, uint64_t found,
		 uint64_t expected)
{
	pthread_mutex_lock(&race.lock);
	if (!race.bad)
		case_corrupt(l->b->c, class_of(found, expected),
			     "page %u of %u, +0x%x: lane %u reads %#llx, it wrote %#llx last (%s: "
			     "lost cpu write), while %s; in round %u; seed %llu",
			     page, l->pages, half * 2048 + l->number * 8, l->number,
			     (unsigned long long)found, (unsigned long long)expected,
			     class_of(found, expected), l->b->doing, l->b->c->round,
			     (unsigned long long)l->b->c->seed);
	race.bad = true;
	pthread_mutex_unlock(&race.lock);
}

static volatile uint64_t *place(struct lane *l, unsigned int page, unsigned int half)
{
	return (volatile uint64_t *)(l->at + (size_t)page * STAMP_PAGE + half * 2048) + l->number;
}

static bool read_lane(struct lane *l, unsigned int page)
{
	uint64_t expected = word_of(page, l->number, l->last[page]), found;

	for (unsigned int half = 0; half < 2; half++) {
		found = *place(l, page, half);
		if (found == expected)
			continue;
		tell(l, page, half, found, expected);
		return false;
	}
	return true;
}

static void write_lane(struct lane *l, unsigned int page)
{
	l->last[page]++;
	for (unsigned int half = 0; half < 2; half++)
		*place(l, page, half) = word_of(page, l->number, l->last[page]);
}

/* All lanes visit pages in about the same order: that is how two meet in one fault. */
static void *run_lane(void *argument)
{
	struct lane *l = argument;
	unsigned int page = 0;

	while (!atomic_load(&race.stop)) {
		page = rng_below(&l->rng, 8) ? page + 1 : rng_below(&l->rng, l->pages);
		page %= l->pages;
		if (rng_below(&l->rng, 4) && !read_lane(l, page))
			break;
		if (rng_below(&l->rng, 4))
			write_lane(l, page);
	}
	return NULL;
}

/* --- what disturbs --- */

static void pageout(struct body *b, struct rng *rng)
{
	size_t pages = b->map.pages, first = rng_below(rng, pages),
	       count = 1 + rng_below(rng, pages - first), size = pagemap_page_size();

	/* Reclaim leaves dirty file pages to writeback. */
	if (b->kind == MAP_KIND_FILE)
		msync(b->map.at + first * size, count * size, MS_SYNC);
	madvise(b->map.at + first * size, count * size, MADV_PAGEOUT);
}

static void reclaim(struct body *b, struct rng *rng)
{
	if (*memcg_dir())
		memcg_reclaim();
	else
		pageout(b, rng);
}

static void swapoff_on(struct body *b, struct rng *rng)
{
	pageout(b, rng);
	if (!res_swap_cycle())
		fail("%s", res_why());
}

/* What a child sees must not change while it looks: it is nobody else's. */
static void look_twice(struct body *b)
{
	static uint64_t seen[BODY_PAGES * LANES];
	unsigned int pages = race.lane[0].pages;

	for (unsigned int i = 0; i < pages * LANES; i++)
		seen[i] = *place(&race.lane[i % LANES], i / LANES, 1);
	usleep(500);
	for (unsigned int i = 0; i < pages * LANES; i++)
		if (*place(&race.lane[i % LANES], i / LANES, 1) != seen[i] && !b->shared)
			tell(&race.lane[i % LANES], i / LANES, 1,
			     *place(&race.lane[i % LANES], i / LANES, 1), seen[i]);
	_exit(race.bad ? 1 : 0);
}

static void fork_exit(struct body *b, struct rng *rng)
{
	pid_t pid;

	pageout(b, rng);
	pid = fork();
	if (!pid) {
		child_bind();
		look_twice(b);
	}
	if (pid < 0)
		fail("fork");
	pageout(b, rng);
	if (child_wait(pid) == 1)
		race.bad = true;
}

static void readahead(struct body *b, struct rng *rng)
{
	pageout(b, rng);
	madvise(b->map.at, b->map.len, MADV_WILLNEED);
}

/* Pages beside the lanes are dropped and come again: their slots go from hand to hand. */
static void drop(struct body *b, struct rng *rng)
{
	unsigned int first = race.lane[0].pages, count = b->map.len / STAMP_PAGE - first;
	char *at = b->map.at + (size_t)first * STAMP_PAGE;

	madvise(b->map.at, b->map.len, MADV_PAGEOUT);
	if (madvise(at, (size_t)count * STAMP_PAGE, b->shared ? MADV_REMOVE : MADV_DONTNEED))
		fail("dropping %u pages", count);
	body_zero(b, first, count);
	body_write(b, BODY_CPU, first, count / 2);
	body_check_copy(b, at, first, count, "dropped pages, read while others fault");
}

/* The same from the end of the file, and the file grows again. */
static void truncate_end(struct body *b, struct rng *rng)
{
	unsigned int first = race.lane[0].pages, count = b->map.len / STAMP_PAGE - first;

	pageout(b, rng);
	if (ftruncate(b->map.fd, (off_t)first * STAMP_PAGE) || ftruncate(b->map.fd, b->map.len))
		fail("ftruncate");
	body_zero(b, first, count);
	body_write(b, BODY_CPU, first + count / 2, count / 4);
	body_check_copy(b, b->map.at + (size_t)first * STAMP_PAGE, first, count,
			"pages beyond a former end of file");
}

static void mixed(struct body *b, struct rng *rng);

/* Several mappings of one page are passed over by MADV_PAGEOUT, not by a memcg. */
const struct race races[] = {
	{ "mixed", "all of these", 0, 0, mixed },
	{ "pageout", "pages are rewritten while they are written out", 0, 0, pageout },
	{ "reclaim", "the same, by reclaim of a memcg", 0, 0, reclaim },
	{ "readahead", "pages are read ahead while they are faulted on", 0, 0, readahead },
	{ "fork", "children come, look and go", 0, 0, fork_exit },
	{ "drop", "pages beside are dropped and written again", 0,
	  ~(PLAN_KIND(MAP_KIND_FILE_PRIVATE) | PLAN_KIND(MAP_KIND_KSM)), drop },
	{ "truncate", "the file is cut short and grows", 0,
	  PLAN_KIND(MAP_KIND_FILE) | PLAN_KIND(MAP_KIND_MEMFD) | PLAN_KIND(BODY_SHMEM_THP),
	  truncate_end },
	{ "swapoff", "swapoff under load", NEED_ROOT, ~PLAN_KIND(MAP_KIND_FILE), swapoff_on },
	{ 0 },
};

static void mixed(struct body *b, struct rng *rng)
{
	unsigned int n = sizeof(races) / sizeof(*races) - 1, i = rng_below(rng, 24);
	const struct race *r = i < n ? &races[i] : &races[1];

	if (r == races || (r->kinds && !(r->kinds >> b->kind & 1)))
		r = &races[1];
	if (!(r->needs & NEED_ROOT) || !geteuid())
		r->disturb(b, rng);
}

/* --- the loop --- */

static void start(struct body *b)
{
	unsigned int pages = b->map.len / STAMP_PAGE * 3 / 4;

	case_on_all_cpus();
	for (unsigned int i = 0; i < LANES; i++) {
		struct lane *l = &race.lane[i];

		*l = (struct lane){ .b = b,
				    .number = i,
				    .pages = pages,
				    .at = i && b->second ? b->second : b->map.at,
				    .rng = rng_make(b->c->seed, 100 + i) };
		for (unsigned int page = 0; page < pages; page++)
			write_lane(l, page);
	}
	for (unsigned int i = 0; i < LANES; i++)
		if (pthread_create(&race.lane[i].thread, NULL, run_lane, &race.lane[i]))
			fail("a thread");
}

static void disturb(struct body *b, const struct race *r, void (*shake)(void))
{
	double end = deadline_now() + SECONDS;
	struct rng rng = rng_make(b->c->seed, 99);

	for (unsigned int i = 0; i < LOOPS && deadline_now() < end && !race.bad; i++) {
		r->disturb(b, &rng);
		if (shake && i % 16 == 15)
			shake();
		if (res_swap_used() || b->kind == MAP_KIND_FILE)
			case_count(b->c, 0, pagemap_count(b->map.at, b->map.len, PAGEMAP_ABSENT));
	}
}

static void stop(struct body *b)
{
	atomic_store(&race.stop, true);
	for (unsigned int i = 0; i < LANES; i++)
		pthread_join(race.lane[i].thread, NULL);
	plan_out(b, false, true);
	for (unsigned int i = 0; i < LANES; i++)
		for (unsigned int page = 0; page < race.lane[i].pages; page++)
			if (!read_lane(&race.lane[i], page))
				return;
}

enum verdict race_play(struct case_ctx *c, unsigned int kind, const struct race *r,
		       void (*shake)(void))
{
	struct body b;

	if (*memcg_dir())
		memcg_enter();
	if (!body_make(&b, c, kind, plan_pages(kind)))
		return INCONCLUSIVE;
	b.doing = r->summary;
	start(&b);
	if (case_disturbs(c))
		disturb(&b, r, shake);
	stop(&b);
	if (!race.bad && !case_was_corrupt()) { /* and all of it is still ordinary memory */
		b.step++;
		body_write(&b, BODY_CPU, 0, b.map.len / STAMP_PAGE);
		plan_out(&b, true, true);
		body_check(&b);
	}
	child_end_all();
	body_free(&b);
	return race.bad || case_was_corrupt() ? CORRUPT : PASS;
}
