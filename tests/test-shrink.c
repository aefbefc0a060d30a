// SPDX-License-Identifier: GPL-2.0-or-later
/* shrink against failures that are made up: what is left is the least that fails. */
#include "shrink.h"
#include "tap.h"

#include <string.h>

static struct draft least;

/* Does DRAFT have all of these lines, up to a NULL? */
static bool has_all(const struct draft *draft, void *lines)
{
	unsigned int found = 0, wanted = 0;

	for (const char *const *line = lines; line[wanted]; wanted++)
		for (unsigned int i = 0; i < draft->lines; i++)
			if (!strcmp(draft->line[i], line[wanted])) {
				found++;
				break;
			}
	return found == wanted;
}

/* From FROM, while all of LINES are there: TO. */
static void test(const char *what, const char *from, const char *to,
		 bool (*fails)(const struct draft *draft, void *data), const void *data)
{
	char text[SHRINK_LINES * SHRINK_LINE];

	draft_read(&least, from);
	shrink(&least, fails, (void *)data);
	draft_text(&least, text, sizeof(text));
	if (!ok(!strcmp(text, to), "%s", what))
		printf("# %s# instead of\n# %s", text, to);
}

/* Sense is made by both or none of them. */
static bool paired(const struct draft *draft, void *pair)
{
	static const char *const map[] = { "map anon4k 1", NULL };
	const char *const *line = pair;
	bool one = has_all(draft, (void *)(const char *const[]){ line[0], NULL }),
	     two = has_all(draft, (void *)(const char *const[]){ line[1], NULL });

	return has_all(draft, (void *)map) && one == two;
}

/* The first page counts, and nothing may be behind the end. */
static bool first_page(const struct draft *draft, void *data)
{
	unsigned int page, pages = draft_pages(draft);
	bool hit = false;

	for (unsigned int i = 1; i < draft->lines; i++) {
		if (sscanf(draft->line[i], "write 2 page %u", &page) == 1 && page >= pages)
			return false;
		hit |= !strcmp(draft->line[i], data);
	}
	return hit;
}

int main(void)
{
	static const char *const second[] = { "map anon4k 1", "write 2", NULL };
	static const char *const apart[] = { "map anon4k 1", "fork a", "a: write 3", NULL };
	static const char *const pair[] = { "hold pipe", "take", NULL };
	static const char *const lone[] = { "pageout", "swapoff", NULL };

	ok(!draft_read(&least, "map anon4k 1\n" /* a line of 80 */
			       "write 2 page 00000000000000000000000000000000000000000000000000"
			       "0000000000000000000\n"),
	   "a line that is too long is refused");
	test("lines that do not matter go, the first after the map, too",
	     "map anon4k 1 # c\nread\n\n  write 2\ntouch\ncheck\n", "map anon4k 1\nwrite 2\n",
	     has_all, second);
	test("processes go with all their lines",
	     "map anon4k 1\nfork a\nfork b\nb: write 4\na: write 3\nb: exit\na: fork c\nc: write 5\n",
	     "map anon4k 1\nfork a\na: write 3\n", has_all, apart);
	test("what makes sense only together goes together", "map anon4k 1\nhold pipe\ntake\n",
	     "map anon4k 1\n", paired, pair);
	test("even neighbours that no rule knows", "map anon4k 1\npageout\nswapoff\n",
	     "map anon4k 1\n", paired, lone);
	test("pages go, and what was behind them moves to the first",
	     "map anon4k 8\nwrite 2 page 7\n", "map anon4k 1\nwrite 2 page 0\n", first_page,
	     "write 2 page 0");
	test("also what was the next behind them", "map anon4k 8\nwrite 2 page 1\n",
	     "map anon4k 1\nwrite 2 page 0\n", first_page, "write 2 page 0");
	return done();
}
