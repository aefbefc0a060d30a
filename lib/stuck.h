/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * stuck: does a test hang because one instruction takes page faults without end? The
 * kernel then neither maps the page nor gives up: its fault, never the test's.
 */
#ifndef LOSTWRITE_STUCK_H
#define LOSTWRITE_STUCK_H

/*
 * Steps each thread that does not sleep, of each process below this one, by an
 * instruction; a second is given to one that does not come to its end. The page faults that thread has taken,
 * or 0 when there is none like it (or ptrace(2) is not allowed).
 */
unsigned long stuck_faults(void);

#endif
