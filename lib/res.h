/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * res: the machine is borrowed. Every change to it is written to an undo log
 * and synced *before* it is made, and undone in reverse order: at the end, on
 * signals, by the supervisor when the program is killed, and by `run.sh undo`
 * or the next run when everything was killed.
 *
 * The log is a text file in res_state_dir()/undo, one line an undo step:
 *
 *	lostwrite-undo 1 <pid> <start time> <boot id> <program>
 *	unlink<TAB>/var/tmp/lostwrite-123.swap
 *	swapoff<TAB>/var/tmp/lostwrite-123.swap
 *	write<TAB>/proc/sys/vm/swappiness<TAB>60
 *
 * A torn last line announces a change that was not made yet. Steps may be
 * repeated without harm. After a reboot only what lies on disk (unlink, rmdir)
 * is undone; the rest went with the old kernel.
 *
 * Functions that return bool give false with the reason, and the remedy if
 * there is one, in res_why(); then nothing was changed.
 */
#ifndef LOSTWRITE_RES_H
#define LOSTWRITE_RES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/types.h>

/* /var/lib/lostwrite for root, else a directory of the user's own; $LOSTWRITE_STATE overrides. */
const char *res_state_dir(void);

/* Makes PATH if need be: a directory of ours and no link, else false with errno. */
bool res_directory(const char *path);

/* A directory on a real disk: $LOSTWRITE_SCRATCH or /var/tmp. */
const char *res_scratch_dir(void);

/* An empty file there that goes with its descriptor; FLAGS as of open(2). -1 with errno. */
int res_scratch_file(int flags);

const char *res_why(void);

/* Sets it, for what a program finds out by itself. Always false. */
__attribute__((format(printf, 1, 2))) bool res_refuse(const char *fmt, ...);

/*
 * Makes this process the owner of a log, to be undone by it. Children may add
 * to the log; only the owner undoes it. WHAT names the program.
 */
void res_own(const char *what);

/*
 * Takes the machine-wide lock under which knobs and swap are changed, waiting
 * at most SECONDS for another lostwrite; the changing functions below take it
 * themselves. It goes with the owner and its children.
 */
bool res_lock(unsigned int seconds);

/*
 * A swap file of BYTES on a disk file system, active, with the highest
 * priority. Needs CAP_SYS_ADMIN.
 */
bool res_swap_file(size_t bytes);

/* All swap of ours off and on again: what is swapped comes back. Or one of the two. */
bool res_swap_cycle(void);
bool res_swap_switch(bool on);

/* Bytes in use and free in swap of ours. */
size_t res_swap_used(void);
size_t res_swap_left(void);

/* Can res_swap_file() work here? Looks and changes nothing. */
bool res_swap_possible(size_t bytes);

/* Sets a knob (sysctl, THP, KSM, hugepage pool): the old content is restored. */
bool res_write(const char *path, const char *value);

/* Directories, cgroups among them; processes in a cgroup are killed at undo. */
bool res_mkdir(const char *path);

/* A file that somebody is about to create. */
bool res_file(const char *path);

/*
 * Undoing only what was done since a mark: for resources that are there for some
 * cells. By the owner alone.
 */
off_t res_mark(void);
int res_undo_to(off_t mark, FILE *err);

/* Undoes this owner's log. The number of steps that failed; each is said on ERR. */
int res_undo(FILE *err);

/*
 * Undoes the logs of owners that are dead. Says on OUT (unless NULL) what it
 * did, one line a step. The number of steps that failed.
 */
int res_undo_stale(FILE *out, FILE *err);

#endif
