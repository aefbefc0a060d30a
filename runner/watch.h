/* SPDX-License-Identifier: GPL-2.0-or-later */
/* watch: blames what the kernel log and the taint flags say on the case that runs. */
#ifndef LOSTWRITE_WATCH_H
#define LOSTWRITE_WATCH_H

struct turn;

/* Reads the kernel log. */
void watch_log(struct turn *t);

/* Reads the kernel log and the taint flags: before every verdict and at the end. */
void watch_all(struct turn *t);

#endif
