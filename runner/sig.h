/* SPDX-License-Identifier: GPL-2.0-or-later */
/* sig: signal names; sigabbrev_np(3) is younger than the oldest system we run on. */
#ifndef LOSTWRITE_SIG_H
#define LOSTWRITE_SIG_H

/* "SIGSEGV"; good until the next call. */
const char *sig_name(int number);

#endif
