/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * pace: how fast the machine is at this moment. Ten seconds are an age on an idle machine, and
 * not much on an emulated one beside others: who waits for an end waits in proportion.
 */
#ifndef LOSTWRITE_PACE_H
#define LOSTWRITE_PACE_H

#define PACE_MAX 30

/*
 * How many times longer than on an idle machine a fixed piece of work takes now, from 1 to
 * PACE_MAX. It is done to be measured: a tenth of a second there, PACE_MAX times that at most.
 */
double pace(void);

#endif
