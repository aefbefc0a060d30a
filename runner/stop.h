/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * stop: SIGINT, SIGTERM and SIGHUP as a file descriptor. The first asks the run
 * to end in order, the second to end at once; both end with everything undone.
 */
#ifndef LOSTWRITE_STOP_H
#define LOSTWRITE_STOP_H

struct stop {
	int fd;		    /* for poll(2) */
	unsigned int asked; /* how many came */
};

void stop_open(struct stop *s);

/* Counts what has arrived. */
void stop_look(struct stop *s);

/* In a forked child: signals as every program expects them. */
void stop_child(void);

#endif
