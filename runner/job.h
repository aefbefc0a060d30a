/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * job: one program from its start until nothing of it is left. It runs in a
 * process group of its own, in a cgroup if there is one, with nothing on
 * stdin. At its time limit, or when the run is to stop, it gets SIGTERM, which
 * lets its supervisor undo; two seconds later all of it gets SIGKILL.
 */
#ifndef LOSTWRITE_JOB_H
#define LOSTWRITE_JOB_H

#include <stdbool.h>
#include <stddef.h>

struct cgroup;
struct stop;

struct job {
	/* in */
	char *const *argv;
	const char *out_dir; /* LOSTWRITE_OUT */
	const struct cgroup *cgroup;
	double limit; /* seconds; may be raised while it runs */
	struct stop *stop;
	int kmsg; /* a readable end wakes us, or -1 */
	void *arg;
	void (*out)(void *arg, const char *data, size_t len);
	void (*err)(void *arg, const char *data, size_t len);
	void (*log)(void *arg);	 /* the kernel log has something */
	void (*late)(void *arg); /* the limit is reached, unless this raises it */
	void (*tick)(void *arg); /* at least five times a second */
	/* out */
	bool started;
	int status; /* as waitpid() gives it */
	double seconds;
	bool timed_out, stopped; /* ended by us */
	bool stuck;		 /* not even SIGKILL ended it */
	unsigned int leftovers;	 /* processes that it had left behind */
};

void job_run(struct job *j);

/* Seconds of the monotonic clock. */
double job_now(void);

#endif
