/* SPDX-License-Identifier: GPL-2.0-or-later */
/* orphans: what a program left behind ends up as a child of the runner, its subreaper. */
#ifndef LOSTWRITE_ORPHANS_H
#define LOSTWRITE_ORPHANS_H

/* From now on orphaned descendants become children of this process. */
void orphans_adopt(void);

/*
 * Kills and reaps all children of this process. Their number; those that
 * cannot be killed within two seconds stay.
 */
unsigned int orphans_end(void);

#endif
