// SPDX-License-Identifier: GPL-2.0-or-later
#include "case-impl.h"
#include "diag.h"
#include "fail.h"
#include "pagemap.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

bool case_disturbs(const struct case_ctx *c)
{
	return !case_injects(c, "calm");
}

bool case_injects(const struct case_ctx *c, const char *kind)
{
	return case_options.inject && !strcmp(case_options.inject, kind);
}

void case_count(struct case_ctx *c, unsigned int counter, uint64_t n)
{
	atomic_fetch_add(&case_result->counters[counter], n);
}

bool case_map(struct case_ctx *c, struct map *map, enum map_kind kind, size_t pages,
	      unsigned int buffer)
{
	char why[200];

	if (map_make(map, kind, pages, c->seed, buffer, why, sizeof(why)))
		return true;
	case_inconclusive(c, "no %s memory: %s", map_kind_name(kind), why);
	return false;
}

int case_device(struct case_ctx *c, const struct map *map, unsigned int generation)
{
	int fd = memfd_create("lostwrite-device", MFD_CLOEXEC);

	if (fd < 0 || !stamp_file(&map->stamp, fd, map->len, generation, STAMP_DEVICE))
		fail("a device file of %zu bytes", map->len);
	return fd;
}

__attribute__((format(printf, 2, 0))) static void tell(char *to, const char *fmt, va_list ap,
						       size_t size)
{
	vsnprintf(to, size, fmt, ap);
	for (; (to = strpbrk(to, "\n\r")); to++)
		*to = ' ';
}

enum verdict case_corrupt(struct case_ctx *c, const char *class, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	tell(case_result->diagnosis, fmt, ap, sizeof(case_result->diagnosis));
	va_end(ap);
	snprintf(case_result->class, sizeof(case_result->class), "%s", class);
	return CORRUPT;
}

bool case_was_corrupt(void)
{
	return *case_result->diagnosis;
}

enum verdict case_inconclusive(struct case_ctx *c, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	tell(case_result->reason, fmt, ap, sizeof(case_result->reason));
	va_end(ap);
	return INCONCLUSIVE;
}

enum verdict case_skip(struct case_ctx *c, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	tell(case_result->reason, fmt, ap, sizeof(case_result->reason));
	va_end(ap);
	return SKIP;
}

bool case_verbose(void)
{
	return case_options.verbose && !case_options.json;
}

__attribute__((format(printf, 1, 0))) static void note(const char *fmt, va_list ap)
{
	fputs("# ", stdout);
	vprintf(fmt, ap);
	putchar('\n');
	fflush(stdout);
}

void case_note(struct case_ctx *c, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	if (!case_options.json)
		note(fmt, ap);
	va_end(ap);
}

void case_say(struct case_ctx *c, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	if (case_verbose())
		note(fmt, ap);
	va_end(ap);
}

/* Damages one page of LEN bytes at MEMORY, which are MAP's from OFFSET on. */
void case_damage(struct case_ctx *c, const struct map *map, void *memory, size_t offset, size_t len,
		 unsigned int generation, enum stamp_writer writer)
{
	size_t pages = len / STAMP_PAGE, page = pages ? rng_below(&c->rng, pages) : 0,
	       size = pages ? STAMP_PAGE : len;
	char *at = (char *)memory + page * STAMP_PAGE;
	uint64_t *words = (uint64_t *)at;

	offset += page * STAMP_PAGE;
	if (case_injects(c, "stale"))
		stamp_fill(&map->stamp, at, offset, size, generation - 1, STAMP_CPU);
	else if (case_injects(c, "leak"))
		stamp_fill(&map->stamp, at, offset, size, generation + 1, STAMP_CPU);
	else if (case_injects(c, "zeros"))
		memset(at, 0, size);
	else if (case_injects(c, "torn"))
		stamp_fill(&map->stamp, at + size / 2, offset + size / 2, size / 2, generation - 1,
			   STAMP_CPU);
	else if (case_injects(c, "foreign"))
		stamp_fill(&map->stamp, at, offset + STAMP_PAGE, size, generation, writer);
	else if (case_injects(c, "bit-flip"))
		words[rng_below(&c->rng, size / 8)] ^= 1ull << rng_below(&c->rng, 64);
	else if (case_injects(c, "garbage"))
		for (size_t i = 0; i < size / 8; i++)
			words[i] = rng_next(&c->rng);
}

/* Not older but newer than it should be: somebody else's write. */
static bool from_later(const struct case_ctx *c, const struct stamp_bad *bad)
{
	if (c->info->unordered &&
	    (bad->found.writer == STAMP_DEVICE || bad->expected.writer == STAMP_DEVICE))
		return false;
	return bad->class == STAMP_STALE && bad->found.generation > bad->expected.generation;
}

/* What was lost is named by who wrote it. */
static const char *consequence(const struct case_ctx *c, const struct stamp_bad *bad)
{
	if (from_later(c, bad))
		return "leaked write";
	if (bad->class == STAMP_STALE || bad->class == STAMP_ZEROS || bad->class == STAMP_TORN)
		return bad->expected.writer == STAMP_DEVICE  ? "lost device write"
		       : bad->expected.writer == STAMP_CHILD ? "lost child write"
							     : "lost cpu write";
	return bad->class == STAMP_FOREIGN ? "wrong page" : "corrupted";
}

void case_diagnose(struct case_ctx *c, const struct map *map, const struct stamp_bad *bad,
		   size_t pages, const char *who, const char *where)
{
	char said[256], id[256];

	stamp_explain(bad, pages, said, sizeof(said));
	case_corrupt(c, from_later(c, bad) ? "leak" : stamp_class_name(bad->class),
		     "%s%s: %s); %s; %u of %zu pages bad in round %u; seed %llu", who, said,
		     consequence(c, bad), where, bad->pages, pages, c->round,
		     (unsigned long long)c->seed);
	/* Of a page that many write to there is no one content that it should have. */
	if (!c->info->unordered)
		diag_dump(&map->stamp, bad, pages, case_id(c->info, c->cell, id, sizeof(id)),
			  c->round);
}

bool case_check(struct case_ctx *c, struct map *map, size_t offset, size_t len,
		unsigned int generation, enum stamp_writer writer)
{
	char where[128];
	struct stamp_bad bad;
	size_t page;

	case_damage(c, map, map->at + offset, offset, len, generation, writer);
	if (stamp_verify(&map->stamp, map->at + offset, offset, len, generation, writer, &bad))
		return true;
	page = (size_t)bad.page * STAMP_PAGE / pagemap_page_size();
	snprintf(where, sizeof(where), "pagemap ");
	pagemap_text(map->at + bad.page * (size_t)STAMP_PAGE, map->frames[page], where + 8,
		     sizeof(where) - 8);
	diag_page(map->at + bad.page * (size_t)STAMP_PAGE);
	case_diagnose(c, map, &bad, map->len / STAMP_PAGE, "", where);
	return false;
}

bool case_check_all(struct case_ctx *c, struct map *map, unsigned int generation,
		    enum stamp_writer writer)
{
	return case_check(c, map, 0, map->len, generation, writer);
}

bool case_check_copy(struct case_ctx *c, struct map *map, void *copy, size_t len,
		     unsigned int generation, enum stamp_writer writer, const char *who)
{
	char said[64], where[96];
	struct stamp_bad bad;

	case_damage(c, map, copy, 0, len, generation, writer);
	if (stamp_verify(&map->stamp, copy, 0, len, generation, writer, &bad))
		return true;
	snprintf(said, sizeof(said), "%s read ", who);
	snprintf(where, sizeof(where), "a copy of %zu KiB", len >> 10);
	diag_page((char *)copy + bad.page * (size_t)STAMP_PAGE);
	case_diagnose(c, map, &bad, len / STAMP_PAGE, said, where);
	return false;
}

bool case_unreported(struct case_ctx *c, const struct map *map, size_t page, size_t missed)
{
	char where[96];

	pagemap_text(map->at + page * pagemap_page_size(), map->frames[page], where, sizeof(where));
	case_corrupt(c, "unreported write",
		     "page %zu of %zu: written and not reported (unreported write); pagemap %s; "
		     "%zu pages missed in round %u; seed %llu",
		     page, map->pages, where, missed, c->round, (unsigned long long)c->seed);
	return false;
}

bool case_ghost(struct case_ctx *c, const struct map *map, size_t page, size_t pages,
		const char *what)
{
	char where[96];

	pagemap_text(map->at + page * pagemap_page_size(), map->frames[page], where, sizeof(where));
	case_corrupt(c, "ghost",
		     "page %zu of %zu: %s; pagemap %s; %zu such pages in round %u; seed %llu", page,
		     map->pages, what, where, pages, c->round, (unsigned long long)c->seed);
	return false;
}
