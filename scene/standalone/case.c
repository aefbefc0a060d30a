// SPDX-License-Identifier: GPL-2.0-or-later
/* A reproducer that runs itself: its cells, one after the other, and what they say. */
#include "case.h"
#include "child.h"
#include "pagemap.h"

#include <err.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* What all processes of a cell count and say. */
struct shared {
	unsigned long long counter[CASE_COUNTERS];
	int corrupt;
};

static struct shared *shared;

/* So many rounds, for two seconds at most; each cell is a process. */
bool case_round(struct case_ctx *c)
{
	static time_t end;

	if (!end)
		end = time(NULL) + 2;
	return c->round++ < (c->info->rounds ? c->info->rounds : 4) && time(NULL) < end;
}

bool case_disturbs(const struct case_ctx *c)
{
	return true;
}

bool case_injects(const struct case_ctx *c, const char *kind)
{
	return false;
}

void case_count(struct case_ctx *c, unsigned int counter, uint64_t n)
{
	__atomic_fetch_add(&shared->counter[counter], n, __ATOMIC_SEQ_CST);
}

__attribute__((format(printf, 2, 0))) static void say_line(const char *what, const char *fmt,
							   va_list ap)
{
	printf("%s: ", what);
	vprintf(fmt, ap);
	putchar('\n');
	fflush(stdout);
}

enum verdict case_inconclusive(struct case_ctx *c, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say_line("inconclusive", fmt, ap);
	va_end(ap);
	return INCONCLUSIVE;
}

enum verdict case_skip(struct case_ctx *c, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say_line("skip", fmt, ap);
	va_end(ap);
	return SKIP;
}

enum verdict case_corrupt(struct case_ctx *c, const char *class, const char *fmt, ...)
{
	va_list ap;

	shared->corrupt = 1;
	va_start(ap, fmt);
	say_line(class, fmt, ap);
	va_end(ap);
	return CORRUPT;
}

bool case_was_corrupt(void)
{
	return shared->corrupt;
}

/* LEN bytes of MEMORY, which are the buffer's from OFFSET on. */
static bool check_words(struct case_ctx *c, const struct map *map, const void *memory,
			size_t offset, size_t len, unsigned int generation,
			enum stamp_writer writer, const char *who)
{
	const uint64_t *words = memory;
	uint64_t wanted;

	for (size_t i = 0; i < len / 8; i++) {
		wanted = stamp_at(&map->stamp, offset + i * 8, generation, writer);
		if (words[i] == wanted)
			continue;
		say_word(words[i]);
		printf(" in place of ");
		say_word(wanted);
		puts("");
		case_corrupt(c, "CORRUPT", "%s page %zu, +%#zx", who, (offset + i * 8) / STAMP_PAGE,
			     (offset + i * 8) % STAMP_PAGE);
		return false;
	}
	return true;
}

bool stamp_verify(const struct stamp *stamp, const void *memory, size_t offset, size_t len,
		  unsigned int generation, enum stamp_writer writer, struct stamp_bad *bad)
{
	const uint64_t *words = memory;

	for (size_t i = 0; i < len; i += 8)
		if (words[i / 8] != stamp_at(stamp, offset + i, generation, writer)) {
			bad->class = STAMP_STALE;
			bad->page = (offset + i) / STAMP_PAGE;
			bad->found_bits = words[i / 8];
			return false;
		}
	return true;
}

void case_diagnose(struct case_ctx *c, const struct map *map, const struct stamp_bad *bad,
		   size_t pages, const char *who, const char *where)
{
	say_word(bad->found_bits);
	puts("");
	case_corrupt(c, "CORRUPT", "%s page %u", who, bad->page);
}

bool case_check(struct case_ctx *c, struct map *map, size_t offset, size_t len,
		unsigned int generation, enum stamp_writer writer)
{
	return check_words(c, map, map->at + offset, offset, len, generation, writer, "memory,");
}

bool case_check_all(struct case_ctx *c, struct map *map, unsigned int generation,
		    enum stamp_writer writer)
{
	return case_check(c, map, 0, map->len, generation, writer);
}

bool case_check_copy(struct case_ctx *c, struct map *map, void *copy, size_t len,
		     unsigned int generation, enum stamp_writer writer, const char *who)
{
	return check_words(c, map, copy, 0, len, generation, writer, who);
}

bool case_unreported(struct case_ctx *c, const struct map *map, size_t page, size_t missed)
{
	case_corrupt(c, "CORRUPT", "page %zu was written and not reported; %zu pages missed", page,
		     missed);
	return false;
}

bool case_map(struct case_ctx *c, struct map *map, enum map_kind kind, size_t pages,
	      unsigned int buffer)
{
	char why[200];

	if (map_make(map, kind, pages, 0, buffer, why, sizeof(why)))
		return true;
	case_inconclusive(c, "no such memory: %s", why);
	return false;
}

/* A pass must be earned. */
static bool exposed(const struct case_info *info)
{
	bool all = true;

	for (int i = 0; i < CASE_COUNTERS && info->counters[i].name; i++) {
		printf("  %s %llu\n", info->counters[i].name, shared->counter[i]);
		all &= !info->counters[i].exposure || shared->counter[i];
	}
	return all;
}

static int run_cell(const struct case_info *info, const struct case_cell *cell,
		    enum verdict (*run)(struct case_ctx *c))
{
	static const char *const words[] = { "pass", "corrupt", "inconclusive" };
	struct case_ctx c = { .info = info, .cell = cell };
	int verdict;
	pid_t pid;

	memset(shared, 0, sizeof(*shared));
	printf("%s%s%s: %s\n", info->name, info->cells ? "." : "", info->cells ? cell->name : "",
	       info->cells ? cell->summary : info->summary);
	fflush(stdout);
	pid = fork();
	if (!pid) {
		stay_here();
		_exit(run(&c));
	}
	verdict = child_wait(pid);
	if (verdict == PASS && !exposed(info))
		verdict = INCONCLUSIVE;
	puts(verdict >= PASS && verdict <= INCONCLUSIVE ? words[verdict] : "skip or broken");
	return verdict;
}

/* The worst: corrupt, then what could not be tried, then what was not exposed. */
static int worse(int a, int b)
{
	return a == CORRUPT || b == CORRUPT ? CORRUPT : a > b ? a : b;
}

/* NAME [CELL]: all cells, or one. */
int case_main(int argc, char **argv, const struct case_info *info,
	      enum verdict (*run)(struct case_ctx *c))
{
	static const struct case_cell single[2] = { { .name = "" } };
	int verdict = -1, one;

	shared = child_shared(sizeof(*shared));
	if (info->needs & NEED_SWAP && !res_swap_file(64 << 20))
		err(SKIP, "a swap file in /var/tmp");
	for (const struct case_cell *cell = info->cells ? info->cells : single; cell->name;
	     cell++) {
		if (argc > 1 && strcmp(argv[1], cell->name))
			continue;
		if (cell->needs & NEED_SWAP && !*swap_file && !res_swap_file(64 << 20))
			err(SKIP, "a swap file in /var/tmp");
		one = run_cell(info, cell, run);
		verdict = verdict < 0 ? one : worse(verdict, one);
	}
	if (verdict < 0)
		errx(64, "no cell %s", argv[1]);
	return verdict;
}
