/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * track: who wrote to these pages since they were armed? The three ways in which
 * a kernel answers, behind one face:
 *
 *	uffd-wp		a write is stopped until a thread of ours has read its
 *			notification and lifted the protection of that page
 *	uffd-wp-events	the same, with EVENT_FORK and EVENT_REMAP: tracking goes
 *			with the memory into a child and through mremap
 *	uffd-wp-async	WP_ASYNC: the kernel lifts the protection itself;
 *			PAGEMAP_SCAN reports what is no longer protected and
 *			protects it again in one step
 *	soft-dirty	/proc/self/clear_refs and bit 55 of pagemap; all of the
 *			process at once
 *
 * (Documentation/admin-guide/mm/: userfaultfd.rst, pagemap.rst, soft-dirty.rst.)
 */
#ifndef LOSTWRITE_TRACK_H
#define LOSTWRITE_TRACK_H

#include "map.h"
#include "uffd.h"

enum track_kind { TRACK_UFFD, TRACK_UFFD_EVENTS, TRACK_ASYNC, TRACK_SOFT_DIRTY, TRACK_KINDS };

struct track {
	enum track_kind kind;
	char *at;
	size_t len, page, pages;	      /* pages of as many bytes as one report is about */
	unsigned int *reports;		      /* of the last track_collect(), a number a page */
	unsigned int *of_child[UFFD_WATCHED]; /* uffd-wp-events: the same of each child */
	bool unpopulated;		      /* are pages that are not there armed, too? */
	unsigned long moved; /* soft-dirty: what was moved when it was armed last */
	bool moves;	     /* and whether anything was until the last collecting */
	int fd;		     /* the userfaultfd, -1 for soft-dirty */
	int pagemap;
	struct uffd_watch watch;
};

const char *track_name(enum track_kind kind);

/* The NEED_* bits of tracking memory of a kind. */
uint64_t track_needs(enum track_kind kind, enum map_kind map);

/* Can that memory be tracked at all? Events are for anonymous memory, shmem and hugetlb. */
bool track_fits(enum track_kind kind, enum map_kind map);

/* Is its owner asked before a write goes on, and has to answer? */
bool track_notifies(enum track_kind kind);

/* Ready to track all of MAP: registered, nothing armed yet. */
void track_open(struct track *track, enum track_kind kind, const struct map *map);

/*
 * From now on every write is to be reported. The pages that are seen armed: by
 * their write-protect bit, or without a soft-dirty bit.
 */
size_t track_arm(struct track *track);
size_t track_armed(const struct track *track);

/*
 * Reports, and arms again: one step for uffd-wp-async; for uffd-wp reports are
 * taken first, so that a write in between is not lost as long as pages are
 * copied after this; for soft-dirty nobody may write meanwhile.
 */
void track_collect(struct track *track);

/*
 * Has this machine moved, split or collapsed pages from arming to the last
 * track_collect()? On x86 pte_mkdirty() makes a page soft-dirty as well, so what
 * carries a dirty bit over (NUMA balancing, compaction, khugepaged) may report
 * pages that nobody wrote. Never of another tracker.
 */
bool track_was_moved(const struct track *track);

/* Part of the range, for userfaultfd. */
void track_register(struct track *track, size_t from, size_t len);
void track_unregister(struct track *track, size_t from, size_t len);

/*
 * Ends it: what was armed is not any more. Closing alone does the same, unless a
 * child that was forked has the userfaultfd open, too.
 */
void track_stop(struct track *track);
void track_close(struct track *track);

#endif
