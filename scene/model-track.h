/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * model-track: what a tracker must and may report. Pure C, no system calls.
 *
 *	complete	a write to an armed page is reported
 *	no ghost	nothing else is, and no page is reported twice
 *	cleared		what was reported once is not reported after arming again
 *
 * What a kernel may report beyond that, or need not, and who says so:
 *
 *	huge pages	PAGEMAP_SCAN and soft-dirty may tell a whole huge page where
 *			one small one was written (pagemap.rst: "extra dirty pages
 *			reported for THP or Hugetlb pages"; a PMD has one soft-dirty
 *			bit). userfaultfd tells the page that was written.
 *	brought along	a write fault where nothing is may bring a large folio, all of
 *			it mapped dirty (mm/memory.c, do_anonymous_page()), which is
 *			soft-dirty as well. So does one in a file (finish_fault(),
 *			19773df031bc, 6.18; ext4 has large folios since 6.16).
 *	not there	UFFDIO_WRITEPROTECT passes over anonymous pages that are not
 *			there, unless UFFD_FEATURE_WP_UNPOPULATED (userfaultfd.rst).
 *	given away	MADV_DONTNEED of anonymous memory and MADV_REMOVE drop the
 *			protection; uffd-wp-async takes that as a write
 *			(userfaultfd.rst). A marker may outlive the page of a hole
 *			(mm/memory.c, zap_pte_range(): kept unless
 *			ZAP_FLAG_DROP_MARKER).
 *	unmapped	soft-dirty bits go with the PTE (soft-dirty.rst), so with any
 *			unmapping of file or shared memory; a swapped anonymous page
 *			keeps its bit in the swap entry.
 *	moved		mremap marks all of it soft-dirty (mm/mremap.c,
 *			move_soft_dirty_pte()); userfaultfd without EVENT_REMAP loses
 *			it: it is registered no more (mremap_userfaultfd_prep()).
 *	rewritten	on x86 pte_mkdirty() makes a page soft-dirty, too, so where the
 *			dirty bit is carried over (migration since 6.1, splits) more
 *			is reported than was written. The kernel does so on its own,
 *			too (NUMA balancing, compaction, khugepaged): whoever judges
 *			asks track_was_moved().
 *	forked		userfaultfd without EVENT_FORK does not follow to the child;
 *			soft-dirty bits do.
 *	the kernel	mlock and pins for writing make write faults (mm/gup.c,
 *			FOLL_WRITE): reported. What a device writes through a pin that
 *			was taken before arming is not.
 */
#ifndef LOSTWRITE_MODEL_TRACK_H
#define LOSTWRITE_MODEL_TRACK_H

#include "model.h"

#include <stdbool.h>

/* How it answers; uffd-wp with and without events differ in `events` only. */
enum model_tracking { TRACKING_OFF, TRACKING_NOTIFIES, TRACKING_SCANS, TRACKING_DIRTY_BITS };

enum model_watch {
	WATCH_OFF,  /* not registered: a write is neither stopped nor reported */
	WATCH_IDLE, /* registered and not armed, or reported already */
	WATCH_ARMED,
	WATCH_LOOSE /* the kernel promises neither */
};

struct model_tracked {
	uint8_t watch; /* enum model_watch */
	bool must, may;
};

struct model_tracker {
	enum model_tracking how;
	bool events;	  /* follows to a child and through mremap */
	bool unpopulated; /* arms anonymous pages that are not there, too */
	bool shared;	  /* memory: pages that are not there have markers */
	unsigned int pages;
	unsigned int span;   /* pages that one report is about */
	unsigned int coarse; /* pages that may be reported for one of them; 1: none */
	unsigned int folio;  /* pages that a fault may bring where none is; 0 or 1: one */
	bool alive[MODEL_PROCESSES];
	bool absent[MODEL_PROCESSES][MODEL_PAGES]; /* private anonymous, nothing there */
	struct model_tracked page[MODEL_PROCESSES][MODEL_PAGES];
};

/* Process 0 is registered; nothing is armed. */
void model_track_start(struct model_tracker *t, enum model_tracking how);

/* All that is registered is armed, in every process that is followed; a new round. */
void model_track_arm(struct model_tracker *t);

/* A store by PROCESS, or by the kernel for it. */
void model_track_write(struct model_tracker *t, unsigned int process, unsigned int page);

/* The kernel may have made a write fault there. */
void model_track_fault(struct model_tracker *t, unsigned int process, unsigned int page);

/* A load: something is there now. */
void model_track_read(struct model_tracker *t, unsigned int process, unsigned int page);

/* The content is gone: MADV_DONTNEED of private memory, a hole, MADV_FREE. */
void model_track_drop(struct model_tracker *t, unsigned int process, unsigned int page);

/* The page table forgot the page; its content stays. */
void model_track_unmap(struct model_tracker *t, unsigned int process, unsigned int page);

void model_track_move(struct model_tracker *t, unsigned int process, unsigned int page);
void model_track_register(struct model_tracker *t, unsigned int process, unsigned int page);
void model_track_unregister(struct model_tracker *t, unsigned int process, unsigned int page);
void model_track_fork(struct model_tracker *t, unsigned int parent, unsigned int child);
void model_track_exit(struct model_tracker *t, unsigned int process);

enum model_report { REPORT_RIGHT, REPORT_EXTRA, REPORT_MISSED, REPORT_GHOST, REPORT_TWICE };

/* What COUNT reports about PAGE (the first of a span) are. */
enum model_report model_track_judge(const struct model_tracker *t, unsigned int process,
				    unsigned int page, unsigned int count);

/* Should the write-protect bit be there: 1, 0, or -1 for either. */
int model_track_bit(const struct model_tracker *t, unsigned int process, unsigned int page);

#endif
