// SPDX-License-Identifier: GPL-2.0-or-later
#include "verdict.h"

#include <stddef.h>
#include <string.h>

static const struct {
	const char *name, *word;
	int rank;
} verdicts[VERDICT_COUNT] = {
	[VERDICT_PASS] = { "pass", "pass", 3 },
	[VERDICT_CORRUPT] = { "corrupt", "corrupt", 5 },
	[VERDICT_INCONCLUSIVE] = { "inconclusive", "inconclusive", 2 },
	[VERDICT_SKIP] = { "skip", "skip", 1 },
	[VERDICT_BROKEN] = { "broken", "broken", 4 },
	[VERDICT_CRASHED] = { "crashed", "crashed", 6 },
	[VERDICT_NOTRUN] = { "notrun", "not run", 0 },
};

const char *verdict_name(enum verdict v)
{
	return verdicts[v].name;
}

const char *verdict_word(enum verdict v)
{
	return verdicts[v].word;
}

enum verdict verdict_parse(const char *name)
{
	int v = 0;

	while (v < VERDICT_COUNT && (!name || strcmp(name, verdicts[v].name)))
		v++;
	return v;
}

int verdict_rank(enum verdict v)
{
	return verdicts[v].rank;
}

int verdict_exit(const unsigned int counts[VERDICT_COUNT])
{
	if (counts[VERDICT_CORRUPT])
		return 1;
	if (counts[VERDICT_BROKEN])
		return 99;
	if (counts[VERDICT_PASS])
		return 0;
	return counts[VERDICT_INCONCLUSIVE] ? 2 : 77;
}
