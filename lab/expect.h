/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * expect: what each case is expected to say on each kernel. A file of lines
 * KERNEL<TAB>CASE<TAB>VERDICTS<TAB>REASON: the first two are globs, VERDICTS is
 * a list with commas of verdicts and of open, hazard and known, which are losses that
 * the case says are known: "corrupt" alone is a new one. The first line that fits a
 * kernel and a case decides.
 */
#ifndef LOSTWRITE_EXPECT_H
#define LOSTWRITE_EXPECT_H

struct expect;
struct outcome;

/* A mistake in the file is a usage error. */
struct expect *expect_load(const char *path);

void expect_free(struct expect *e);

/*
 * What is wrong when the case ID has the VERDICT event on the kernel RELEASE, as a new string:
 * "expected pass (REASON)", "no line expects it". NULL: nothing.
 */
char *expect_wrong(const struct expect *e, const char *release, const char *id,
		   const struct outcome *o);

#endif
