// SPDX-License-Identifier: GPL-2.0-or-later
#include "diag.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint64_t found[STAMP_PAGE / 8];

void diag_page(const void *page)
{
	memcpy(found, page, sizeof(found));
}

static void line(FILE *out, const struct stamp *stamp, unsigned int at, uint64_t expected)
{
	struct stamp_word says;

	fprintf(out, "+0x%03x  %016llx  %016llx", at, (unsigned long long)expected,
		(unsigned long long)found[at / 8]);
	if (found[at / 8] == expected)
		fputs("  =\n", out);
	else if (stamp_decode(stamp, found[at / 8], &says))
		fprintf(out, "  ! buffer %u page %u +0x%x generation %u by %s\n", says.buffer,
			says.page, says.word * 8, says.generation, stamp_writer_name(says.writer));
	else
		fputs(found[at / 8] ? "  ! no stamp\n" : "  ! zeros\n", out);
}

/* NULL where nobody wants it, or it cannot be had: the verdict does not depend on it. */
static FILE *open_file(const char *id, const char *name)
{
	const char *dir = getenv("LOSTWRITE_OUT");
	char path[PATH_MAX];

	if (!dir || !*dir)
		return NULL;
	snprintf(path, sizeof(path), "%s/%s-%s", dir, id, name);
	return fopen(path, "we");
}

void diag_text(const char *id, const char *name, const char *text)
{
	FILE *out = open_file(id, name);

	if (!out)
		return;
	fputs(text, out);
	fclose(out);
}

void diag_dump(const struct stamp *stamp, const struct stamp_bad *bad, size_t pages, const char *id,
	       unsigned int round)
{
	char name[64], said[256];
	FILE *out;

	snprintf(name, sizeof(name), "page-%u.txt", bad->page);
	out = open_file(id, name);
	if (!out)
		return;
	fprintf(out, "%s, round %u\n%s)\n\noffset  expected          found\n", id, round,
		stamp_explain(bad, pages, said, sizeof(said)));
	for (unsigned int at = 0; at < STAMP_PAGE; at += 8)
		line(out, stamp, at,
		     stamp_at(stamp, (size_t)bad->page * STAMP_PAGE + at, bad->expected.generation,
			      bad->expected.writer));
	fclose(out);
}
