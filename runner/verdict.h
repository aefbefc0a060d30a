/* SPDX-License-Identifier: GPL-2.0-or-later */
/* verdict: the words of docs/program-output.md and the two that only a runner can say. */
#ifndef LOSTWRITE_VERDICT_H
#define LOSTWRITE_VERDICT_H

enum verdict {
	VERDICT_PASS,
	VERDICT_CORRUPT,
	VERDICT_INCONCLUSIVE,
	VERDICT_SKIP,
	VERDICT_BROKEN,
	VERDICT_CRASHED, /* the program or the kernel died */
	VERDICT_NOTRUN,	 /* selected, but its turn never came */
	VERDICT_COUNT
};

/* The word in the journal and in summary.json. */
const char *verdict_name(enum verdict v);

/* The word for people. */
const char *verdict_word(enum verdict v);

/* The verdict called NAME in the journal, or VERDICT_COUNT. */
enum verdict verdict_parse(const char *name);

/* Of two verdicts on one case the one with the higher rank is shown. */
int verdict_rank(enum verdict v);

/* The exit code of a program whose cells gave COUNTS: that of its worst one. */
int verdict_exit(const unsigned int counts[VERDICT_COUNT]);

#endif
