/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * bisect-signature: is that the failure that is sought? A case that loses bytes is known by
 * its program and what they became (stale, zeros), a crash by what the kernel said, without
 * its numbers. The signature is what the bad end shows most often; everything else that is
 * bad is another failure.
 */
#ifndef LOSTWRITE_BISECT_SIGNATURE_H
#define LOSTWRITE_BISECT_SIGNATURE_H

#include "bisect-drive.h"

#include <jansson.h>

struct bisect_signature {
	char *text;	/* NULL: the bad end is still measured */
	json_t *votes;	/* signature to the number of runs that showed it */
	json_t *places; /* case to its signature at the bad end */
};

void bisect_signature_init(struct bisect_signature *s);
void bisect_signature_free(struct bisect_signature *s);

/* Of a verdict event: a new string, NULL when it is not bad. */
char *bisect_signature_of(const json_t *verdict);

/*
 * What a RUN says: {"kernel": RELEASE, "bad": {ID: SIGNATURE}, "pass": [ID], "why": TEXT}, each
 * of which may be absent. Before the signature is settled every bad one is a hit.
 */
enum bisect_result bisect_signature_result(const struct bisect_signature *s, const json_t *run);

/* RUN was at the bad end: makes the hits of T those of the signature that leads. */
void bisect_signature_vote(struct bisect_signature *s, const json_t *run, struct bisect_tally *t);

/* The one that leads is the signature. */
void bisect_signature_settle(struct bisect_signature *s);

#endif
