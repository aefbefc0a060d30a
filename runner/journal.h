/* SPDX-License-Identifier: GPL-2.0-or-later */
/* journal: journal.jsonl, the truth about a run (docs/journal.md). */
#ifndef LOSTWRITE_JOURNAL_H
#define LOSTWRITE_JOURNAL_H

#include <jansson.h>
#include <stdbool.h>
#include <sys/types.h>

struct journal {
	int fd;
	int stream;  /* every line goes there too: $LOSTWRITE_STREAM, or -1 */
	char *ahead; /* what has not gone there yet: each write is dear, with a host behind it */
	size_t ahead_len;
	off_t end;  /* behind the last whole line */
	bool dirty; /* written, not synced */
	int lost;   /* errno of the first event that could not be written, else 0 */
};

/*
 * Makes the file PATH and syncs its directory entry. False with errno. Where the
 * environment names a device or pipe in LOSTWRITE_STREAM, somebody reads along.
 */
bool journal_create(struct journal *j, const char *path);

/* Opens PATH to go on behind its last whole line. False with errno. */
bool journal_reopen(struct journal *j, const char *path);

/* Adds EVENT as it is, of another journal. */
void journal_copy(struct journal *j, json_t *event);

/* Adds EVENT, with the time. After a failure the rest is dropped and j->lost says why. */
void journal_put(struct journal *j, json_t *event);

/*
 * Sends LEN bytes of DATA, the next of the file PATH below the run's directory, to
 * who reads along: what a guest's runner logs must not die with the guest.
 */
void journal_send(struct journal *j, const char *path, const char *data, size_t len);

/* All that was put is on the disk when this returns. */
void journal_sync(struct journal *j);

void journal_close(struct journal *j);

/*
 * Calls FN with each event of the file PATH. A torn last line is what a crash
 * leaves and is passed over. False, with one line in *WHY, when the file cannot
 * be read, its run is still on, another line is no event, or FN gives false.
 */
bool journal_read(const char *path, bool (*fn)(void *arg, json_t *event), void *arg, char **why);

#endif
