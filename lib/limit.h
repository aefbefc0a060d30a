/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * limit: ends a system call of this thread that may go on for ever, by a signal
 * that does nothing else. The call gives EINTR, or what it has done so far.
 */
#ifndef LOSTWRITE_LIMIT_H
#define LOSTWRITE_LIMIT_H

#include <time.h>

/* From MS milliseconds on, again and again (SIGALRM): one may come before the call. */
timer_t limit_start(unsigned int ms);

void limit_end(timer_t timer);

#endif
