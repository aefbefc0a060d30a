/* SPDX-License-Identifier: GPL-2.0-or-later */
/* probe: asks many programs one question, several at a time. */
#ifndef LOSTWRITE_PROBE_H
#define LOSTWRITE_PROBE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct probe {
	const char *path;   /* in: the program */
	const char *option; /* in: its only argument */
	void *arg;	    /* in: for the caller */
	char *out;	    /* its stdout, never NULL afterwards */
	size_t len;
	int status; /* as waitpid() gives it */
	bool late;  /* killed at its time limit */
	pid_t pid;  /* -1 afterwards: it could not be started */
	int fd, pidfd;
	double end; /* its time limit */
};

/* Runs all N, each for at most SECONDS; DONE is called with each that is, while others run. */
void probe_all(struct probe *probes, size_t n, unsigned int seconds, void (*done)(struct probe *));

#endif
