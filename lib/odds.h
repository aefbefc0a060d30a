/* SPDX-License-Identifier: GPL-2.0-or-later */
/* odds: what HITS in RUNS say about how often it happens. */
#ifndef LOSTWRITE_ODDS_H
#define LOSTWRITE_ODDS_H

/*
 * Wilson's interval for 95 %, each from 0 to 1. RUNS is at least 1. (E. B. Wilson,
 * Journal of the American Statistical Association 22, 1927.)
 */
void odds_interval(double hits, double runs, double *low, double *high);

/*
 * The rate that it has at least, as far as one can be SURE (0.9): the one-sided bound of
 * Jeffreys, whose prior is Beta(1/2, 1/2). 0 without a hit. (L. D. Brown, T. T. Cai, A.
 * DasGupta, Statistical Science 16, 2001.)
 */
double odds_lower(double hits, double runs, double sure);

#endif
