/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * body: some memory, every mapping of it, and what each page of it must hold in
 * each. Pages are written again and again, with a new generation each time and
 * by every path there is; after each step every mapping is read in full.
 */
#ifndef LOSTWRITE_CONTENT_BODY_H
#define LOSTWRITE_CONTENT_BODY_H

#include "case.h"
#include "child.h"

#include <stdatomic.h>

#define BODY_PAGES 1024

/* On top of the kinds of map.h. */
enum {
	BODY_SHMEM_THP = MAP_KINDS, /* a memfd in huge pages */
	BODY_THP_ZERO,		    /* the huge zero page, until it is written */
	BODY_KINDS
};

/* How bytes get into memory. */
enum body_writer {
	BODY_CPU,	  /* stores through the mapping */
	BODY_SECOND,	  /* stores through another mapping of shared memory */
	BODY_CALL,	  /* write(2) to the memfd or file */
	BODY_ODIRECT,	  /* O_DIRECT read from a file */
	BODY_FIXED,	  /* READ_FIXED into a registered buffer */
	BODY_FIXED_CLEAN, /* the same, into pages that may be clean: an open bug */
	BODY_PROCESS_VM,  /* process_vm_writev(2) */
	BODY_DIRECT,	  /* O_DIRECT write to the file: the page cache has to follow */
	BODY_WRITERS,
	BODY_MIXED = BODY_WRITERS /* one of them, by the seed */
};

/* What a process must read, page by page. */
struct body_expected {
	uint16_t generation[BODY_PAGES];
	uint8_t writer[BODY_PAGES]; /* a stamp_writer */
};

/* A child that has the memory, too, and does what it is told. */
struct body_child {
	struct gate turn, done;
	pid_t pid;
	bool bad;
};

struct body {
	struct case_ctx *c;
	unsigned int kind; /* map_kind, or one of ours */
	struct map map;
	bool shared;			/* several mappings see one content */
	char *second;			/* another mapping of it; NULL for private memory */
	const char *name;		/* of this process, for the diagnosis; "" for the first */
	struct body_expected *expected; /* of shared memory: shared, too */
	atomic_uint *newest;		/* generation, over all processes */
	struct body_child *child;
	int direct, device; /* files: O_DIRECT on disk, and the memfd of READ_FIXED */
	struct map filler;  /* memory of no interest that fills freed slots */
	unsigned int step;  /* for the diagnosis */
	const char *doing;
};

const char *body_kind_name(unsigned int kind);
const char *body_writer_name(unsigned int writer);
uint64_t body_kind_needs(unsigned int kind);
uint64_t body_writer_needs(unsigned int writer);
bool body_shared(unsigned int kind);

/* Can WRITER write to memory of KIND? */
bool body_writer_fits(unsigned int writer, unsigned int kind);

/* False: told as inconclusive. */
bool body_make(struct body *b, struct case_ctx *c, unsigned int kind, size_t pages);
void body_free(struct body *b);

/* Gives pages [FIRST, FIRST + COUNT) a new generation. */
void body_write(struct body *b, unsigned int writer, unsigned int first, unsigned int count);

/* Some runs of pages, or all of them, by the seed. */
void body_write_some(struct body *b, unsigned int writer);

/* They are dropped: zeros. */
void body_zero(struct body *b, unsigned int first, unsigned int count);

/* The oracle: every mapping of every process. Tells and gives false. */
bool body_check(struct body *b);

/* The same for bytes of PAGE that came out of it some other way ("process_vm_readv"). */
bool body_check_copy(struct body *b, const void *bytes, unsigned int first, unsigned int count,
		     const char *who);

/* One load from each page, in an order of the seed. */
void body_read(struct body *b, unsigned int first, unsigned int count);

/* The mapping moves away and back; PEEK: one page is read while it is away. */
void body_remap(struct body *b, bool peek);

/* --- child.c --- */

/* Forks one (the system call is there). */
void body_fork(struct body *b);
enum body_order { BODY_CHECK = 1, BODY_WRITE, BODY_READ, BODY_PAGEOUT, BODY_ZAP, BODY_EXIT };
/* It does so, and is waited for. False when it found something corrupt. */
bool body_order(struct body *b, enum body_order order);

#endif
