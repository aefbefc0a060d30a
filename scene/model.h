/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * model: what must be true of memory after each step of a scene. Pure C, no
 * system calls: it can be believed by reading it.
 *
 * The unit is the 512-byte sector. A *page object* is the content of one page:
 * eight sectors, each with the set of values that a read may give. Every process
 * has a view: page -> object. What is promised, and by whom:
 *
 *	private memory	fork(2): parent and child share content until one of
 *			them writes; the writer then has an object of its own.
 *	shared memory	mmap(2), MAP_SHARED: one object, whoever writes.
 *	coherent pin	Documentation/core-api/pin_user_pages.rst: the holder's view
 *			and the device are one object until release; fork gives
 *			the child a copy (mm/memory.c, copy_present_page()).
 *	reference	vmsplice(2), MSG_ZEROCOPY
 *			(Documentation/networking/msg_zerocopy.rst: the receiver
 *			may see later stores) and an O_DIRECT write (mm/internal.h,
 *			gup_must_unshare(): a short pin for reading does not
 *			observe later changes): what comes out is the page as it
 *			was, or as its own process wrote it since; never
 *			another's write.
 *	long-term pin	for reading too is coherent since 5.19 (a7f226604170): the
 *			page is unshared first. gup_test's is from 6.2.
 *	stored for us	by the kernel (read(2), process_vm_writev(2), recv(2)...): as
 *			if the process had stored it.
 *	MADV_DONTNEED	madvise(2): private anonymous memory reads zeros, a private
 *			mapping of a file what the file holds.
 *	MADV_FREE	madvise(2): until it is written, old content or zeros; for
 *			the caller only, where others have the page as well.
 *	private, file	mmap(2), MAP_PRIVATE: the file's page until the first store,
 *			then a copy.
 *	punched hole	fallocate(2), MADV_REMOVE: the file's pages go; private copies
 *			stay (mm/truncate.c, truncate_pagecache_range(): "hole-punching
 *			should not remove private COWed pages from the hole").
 *	truncation	ftruncate(2) and mmap(2): the pages go, private copies with
 *			them (truncate_pagecache(), unmap_mapping_range() with
 *			even_cows), and the file reads zeros when it has grown again.
 *			Half a page is zeroed in place, in the file only.
 *	pins of those	keep the page that is gone: what the device writes there
 *			is nobody's, and never in the page that took its place.
 *			But where the hole begins or ends in a large folio that
 *			is pinned, that cannot be split: its part is zeroed and
 *			stays (mm/truncate.c, truncate_inode_partial_folio()), and
 *			what the device writes may be seen.
 */
#ifndef LOSTWRITE_MODEL_H
#define LOSTWRITE_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MODEL_PROCESSES 6
#define MODEL_PAGES	512 /* a PMD's worth */
#define MODEL_SECTORS	8   /* of a page */
#define MODEL_OBJECTS	(3 * MODEL_PAGES)
#define MODEL_PINS	MODEL_PROCESSES /* one each */
#define MODEL_VALUES	4

#define MODEL_WHOLE_PAGE 0xffu /* a mask of sectors: bit 0 is the first */

/* Generation 0 is zeros; the writer is a stamp_writer. */
struct model_value {
	uint16_t generation;
	uint8_t writer;
};

/* The values that a read may give. */
struct model_set {
	uint8_t count;
	struct model_value value[MODEL_VALUES];
};

struct model_object {
	struct model_set sector[MODEL_SECTORS];
	uint8_t views; /* processes that see it */
	uint8_t pins;  /* that reach it; free when both are 0 */
	bool doubtful; /* cut while pinned: the file's page may be another */
};

struct model_pin {
	bool held, coherent;
	bool at_release;	     /* the device's bytes arrive then, and not before */
	struct model_value arriving; /* generation 0: nothing */
	unsigned int holder;
	uint8_t mask[MODEL_PAGES];   /* the sectors held */
	int16_t object[MODEL_PAGES]; /* where there is a mask */
};

struct model {
	unsigned int pages;
	bool shared, lost;	   /* lost: more than the model can keep, never silently */
	bool backed;		   /* private memory of a file */
	int16_t file[MODEL_PAGES]; /* what it holds: seen until a process writes */
	bool alive[MODEL_PROCESSES];
	int16_t view[MODEL_PROCESSES][MODEL_PAGES]; /* -1: nothing mapped */
	struct model_pin pin[MODEL_PINS];
	int objects; /* that ever were; what is beyond, and what follows, may be anything */
	struct model_object object[MODEL_OBJECTS];
	/* What a pin that is a reference may show, where it has a mask. */
	struct model_set seen[MODEL_PINS][MODEL_PAGES][MODEL_SECTORS];
};

/* Process 0 maps PAGES pages of VALUE. */
void model_map(struct model *m, unsigned int pages, bool shared, struct model_value value);

/* It is a private mapping of a file that holds VALUE, each page of it copied by a store. */
void model_back(struct model *m, struct model_value value);

/* PROCESS stores VALUE in the sectors MASK of PAGE. */
void model_write(struct model *m, unsigned int process, unsigned int page, unsigned int mask,
		 struct model_value value);

/* A store that changes nothing. */
void model_touch(struct model *m, unsigned int process, unsigned int page);

/* CHILD becomes a copy of PARENT. */
void model_fork(struct model *m, unsigned int parent, unsigned int child);
void model_exit(struct model *m, unsigned int process);

/* The mapping goes (MADV_DONTNEED, munmap): private content with it. */
void model_drop(struct model *m, unsigned int process, unsigned int page);

/* The sectors MASK of the file's page go, or all of it: to a hole, to an end before it. */
void model_punch(struct model *m, unsigned int page, unsigned int mask);
void model_truncate(struct model *m, unsigned int page, unsigned int mask);

/* The same in shared memory that may be in large folios, by a hole that ends in one. */
void model_cut(struct model *m, unsigned int page, unsigned int mask);

/* MADV_FREE. */
void model_free(struct model *m, unsigned int process, unsigned int page);

/*
 * HOLDER pins SECTORS from FIRST, by its pin of the same number. AT_RELEASE: what
 * the device writes arrives with the release (an O_DIRECT read).
 */
void model_hold(struct model *m, unsigned int holder, unsigned int first, unsigned int sectors,
		bool coherent, bool at_release);

/* The device writes all that is held. */
void model_device(struct model *m, unsigned int holder, struct model_value value);
void model_release(struct model *m, unsigned int holder);

/* Does a coherent pin of PROCESS hold what it sees there? */
bool model_pinned(const struct model *m, unsigned int process, unsigned int page);

/* May PROCESS read VALUE there? */
bool model_allows(const struct model *m, unsigned int process, unsigned int page,
		  unsigned int sector, struct model_value value);

/* What PROCESS may read there, for the diagnosis. */
const struct model_set *model_set(const struct model *m, unsigned int process, unsigned int page,
				  unsigned int sector);

/* What may come out of HOLDER's pin there. */
const struct model_set *model_pin_set(const struct model *m, unsigned int holder, unsigned int page,
				      unsigned int sector);

#endif
