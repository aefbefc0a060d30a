// SPDX-License-Identifier: GPL-2.0-or-later
#include "shrink.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TRIED_MAX 8192
#define PAIRS_MAX 16 /* lines up to which any two are tried together */

struct shrinker {
	struct draft *best;
	bool (*fails)(const struct draft *draft, void *data);
	void *data;
	uint64_t tried[TRIED_MAX]; /* hashes */
	unsigned int count;
};

bool draft_read(struct draft *draft, const char *text)
{
	size_t len, skip;

	draft->lines = 0;
	for (; *text; text += strcspn(text, "\n"), text += *text == '\n') {
		skip = strspn(text, " \t");
		len = strcspn(text + skip, "#\n");
		while (len && strchr(" \t", text[skip + len - 1]))
			len--;
		if (!len)
			continue;
		if (draft->lines == SHRINK_LINES || len >= SHRINK_LINE)
			return false;
		snprintf(draft->line[draft->lines++], SHRINK_LINE, "%.*s", (int)len, text + skip);
	}
	return true;
}

void draft_text(const struct draft *draft, char *text, size_t size)
{
	size_t n = 0;

	*text = '\0';
	for (unsigned int i = 0; i < draft->lines && n < size; i++)
		n += snprintf(text + n, size - n, "%s\n", draft->line[i]);
}

unsigned int draft_pages(const struct draft *draft)
{
	unsigned int pages = 0;

	if (draft->lines)
		sscanf(draft->line[0], "map %*s %u", &pages);
	return pages;
}

static void drop(struct draft *draft, unsigned int from, unsigned int count)
{
	memmove(draft->line[from], draft->line[from + count],
		(draft->lines - from - count) * sizeof(draft->line[0]));
	draft->lines -= count;
}

/* FNV-1a. */
static uint64_t hash(const struct draft *draft)
{
	uint64_t h = 0xcbf29ce484222325;

	for (unsigned int i = 0; i < draft->lines; i++)
		for (const char *c = draft->line[i]; c == draft->line[i] || c[-1]; c++)
			h = (h ^ (unsigned char)*c) * 0x100000001b3;
	return h;
}

/* Takes DRAFT if it fails and was not tried before. */
static bool take(struct shrinker *s, const struct draft *draft)
{
	uint64_t h = hash(draft);

	for (unsigned int i = 0; i < s->count; i++)
		if (s->tried[i] == h)
			return false;
	if (s->count < TRIED_MAX)
		s->tried[s->count++] = h;
	if (!s->fails(draft, s->data))
		return false;
	*s->best = *draft;
	return true;
}

/* Half of the lines, a quarter, ... one; from the end, where what is left over is likelier. */
static bool fewer_lines(struct shrinker *s)
{
	bool any = false;
	struct draft draft;

	for (unsigned int size = s->best->lines / 2; size; size /= 2)
		for (unsigned int end = s->best->lines; end > size; end--) {
			if (end > s->best->lines)
				continue;
			draft = *s->best;
			drop(&draft, end - size, size);
			any |= take(s, &draft);
		}
	return any;
}

/* hold and release, pageout and swapoff: what makes sense only together goes together. */
static bool fewer_pairs(struct shrinker *s)
{
	struct draft draft;
	bool any = false;

	for (unsigned int i = 1; i < s->best->lines; i++)
		for (unsigned int j = i + 1; j < s->best->lines && s->best->lines <= PAIRS_MAX;
		     j++) {
			draft = *s->best;
			drop(&draft, j, 1);
			drop(&draft, i, 1);
			any |= take(s, &draft);
		}
	return any;
}

/* From the first of its lines that has HOLD in it to its release, with all that needs it. */
static bool is_of_hold(const char *line)
{
	static const char *const words[] = { "hold ", "device", "take", "release" };
	const char *colon = strchr(line, ':'),
		   *op = colon ? colon + 1 + strspn(colon + 1, " ") : line;

	for (int i = 0; i < 4; i++)
		if (!strncmp(op, words[i], strlen(words[i])))
			return true;
	return false;
}

static bool no_hold(struct shrinker *s)
{
	struct draft draft = *s->best;

	for (unsigned int i = draft.lines; i--;)
		if (is_of_hold(draft.line[i]))
			drop(&draft, i, 1);
	return draft.lines < s->best->lines && take(s, &draft);
}

/* A process with all its lines. */
static bool without(struct shrinker *s, const char *name)
{
	struct draft draft = *s->best;
	size_t len = strlen(name);

	for (unsigned int i = draft.lines; i--;) {
		const char *line = draft.line[i], *fork = strstr(line, "fork ");

		if ((!strncmp(line, name, len) && line[len] == ':') ||
		    (fork && !strcmp(fork + 5, name)))
			drop(&draft, i, 1);
	}
	return take(s, &draft);
}

static bool fewer_processes(struct shrinker *s)
{
	char name[SHRINK_LINE];
	bool any = false;

	for (unsigned int i = 0; i < s->best->lines; i++)
		if (sscanf(s->best->line[i], "fork %79s", name) == 1 ||
		    sscanf(s->best->line[i], "%*[^:]: fork %79s", name) == 1)
			any |= without(s, name);
	return any;
}

/* --- WHERE: "page N", "pages A-B", "sectors FIRST COUNT", always the last of a line --- */

struct range {
	char *at; /* in the line; NULL: all of the map */
	bool sectors;
	unsigned int first, count;
};

static struct range range_of(char *line)
{
	struct range range = { 0 };
	unsigned int last;

	if ((range.at = strstr(line, " pages ")) &&
	    sscanf(range.at, " pages %u-%u", &range.first, &last) == 2)
		range.count = last - range.first + 1;
	else if ((range.at = strstr(line, " page ")))
		range.count = sscanf(range.at, " page %u", &range.first) == 1;
	else if ((range.at = strstr(line, " sectors ")))
		range.sectors = sscanf(range.at, " sectors %u %u", &range.first, &range.count) == 2;
	return range;
}

static void set_range(char *line, const struct range *range)
{
	size_t left = SHRINK_LINE - (range->at - line);

	if (!range->count)
		*range->at = '\0';
	else if (range->sectors)
		snprintf(range->at, left, " sectors %u %u", range->first, range->count);
	else if (range->count == 1)
		snprintf(range->at, left, " page %u", range->first);
	else
		snprintf(range->at, left, " pages %u-%u", range->first,
			 range->first + range->count - 1);
}

/* Into PAGES pages: cut off what is behind them, or moved to their beginning. */
static void clip(char *line, unsigned int pages)
{
	struct range range = range_of(line);
	unsigned int all = range.sectors ? pages * 8 : pages;

	if (!range.at || !range.count)
		return;
	if (range.first >= all)
		range.first = range.sectors ? range.first % 8 : 0;
	if (range.count > all - range.first)
		range.count = all - range.first;
	set_range(line, &range);
}

static bool fewer_pages(struct shrinker *s)
{
	struct draft draft;
	char kind[32];

	for (unsigned int pages = 1; pages < draft_pages(s->best); pages *= 2) {
		draft = *s->best;
		if (sscanf(draft.line[0], "map %31s", kind) != 1)
			return false;
		snprintf(draft.line[0], SHRINK_LINE, "map %s %u", kind, pages);
		for (unsigned int i = 1; i < draft.lines; i++)
			clip(draft.line[i], pages);
		if (take(s, &draft))
			return true;
	}
	return false;
}

static bool with_range(struct shrinker *s, unsigned int line, unsigned int first,
		       unsigned int count)
{
	struct draft draft = *s->best;
	struct range range = range_of(draft.line[line]);

	range.first = first;
	range.count = count;
	set_range(draft.line[line], &range);
	return take(s, &draft);
}

/* All of the map is the simplest; else as little as possible. */
static bool simpler_where(struct shrinker *s)
{
	struct range range;
	bool any = false;

	for (unsigned int i = 1; i < s->best->lines; i++) {
		range = range_of(s->best->line[i]);
		if (!range.at || !range.count)
			continue;
		any |= with_range(s, i, 0, 0);
		for (unsigned int count = 1; count < range.count; count *= 2)
			if (range_of(s->best->line[i]).count > count &&
			    with_range(s, i, range.first, count)) {
				any = true;
				break;
			}
	}
	return any;
}

void shrink(struct draft *draft, bool (*fails)(const struct draft *draft, void *data), void *data)
{
	static bool (*const passes[])(struct shrinker * s) = {
		fewer_processes, no_hold, fewer_lines, fewer_pairs, fewer_pages, simpler_where,
	};
	struct shrinker *s = calloc(1, sizeof(*s));
	bool any = s;

	if (s)
		*s = (struct shrinker){ .best = draft, .fails = fails, .data = data };
	while (any) {
		any = false;
		for (size_t i = 0; i < sizeof(passes) / sizeof(*passes); i++)
			any |= passes[i](s);
	}
	free(s);
}
