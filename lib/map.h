/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * map: the kinds of memory that a case is about, each *verified* to be what it
 * claims: a THP really is PMD-mapped, a KSM page really is merged.
 *
 * Fresh memory holds generation 1 by cpu (the zero page holds zeros).
 */
#ifndef LOSTWRITE_MAP_H
#define LOSTWRITE_MAP_H

#include "stamp.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum map_kind {
	MAP_KIND_ANON,		/* 4 KiB pages, no THP */
	MAP_KIND_MTHP,		/* folios of 64 KiB */
	MAP_KIND_THP,		/* PMD-mapped */
	MAP_KIND_PTE_THP,	/* a THP whose PMD mapping was split: the folio is whole */
	MAP_KIND_HUGETLB,	/* private, default size */
	MAP_KIND_SHARED_ANON,	/* MAP_SHARED | MAP_ANONYMOUS: shmem */
	MAP_KIND_MEMFD,		/* MAP_SHARED of a memfd */
	MAP_KIND_MEMFD_PRIVATE, /* MAP_PRIVATE of a memfd, its pages copied by a write */
	MAP_KIND_FILE,		/* MAP_SHARED of a file in the scratch directory */
	MAP_KIND_FILE_PRIVATE,	/* MAP_PRIVATE of it, its pages copied by a write */
	MAP_KIND_KSM,		/* each page merged with one of a twin mapping */
	MAP_KIND_ZERO,		/* the zero page, by read faults */
	MAP_KINDS
};

struct map {
	enum map_kind kind;
	char *at;
	size_t len, pages; /* pages of pagemap_page_size() */
	struct stamp stamp;
	int fd;		   /* -1 where there is no file */
	uint64_t *frames;  /* of map_remember(), 0 where hidden or absent */
	char *area, *twin; /* the whole mapping; KSM's other half */
	size_t area_len;
};

const char *map_kind_name(enum map_kind kind);

/* The NEED_* bits of a kind. */
uint64_t map_needs(enum map_kind kind);

/*
 * Makes PAGES pages of KIND (rounded up to whole large pages), stamped as
 * BUFFER under SEED. False when this kernel does not give that memory now, with
 * the reason in WHY: then the case is inconclusive. A failed system call ends
 * the case as broken.
 */
bool map_make(struct map *map, enum map_kind kind, size_t pages, uint64_t seed, unsigned int buffer,
	      char *why, size_t size);

/* The bytes of PAGES pages of KIND: whole large pages. */
size_t map_bytes(enum map_kind kind, size_t pages);

/* The first half of it: nobody has looked yet whether it is what it claims. */
void map_place(struct map *map, enum map_kind kind, size_t pages, uint64_t seed,
	       unsigned int buffer);

/* Is it still what it claims? map_make() has asked already. */
bool map_verify(const struct map *map, char *why, size_t size);

void map_free(struct map *map);

/* Stamps all of it, by ordinary stores. */
void map_stamp(struct map *map, unsigned int generation, enum stamp_writer writer);

/* Remembers the frames of now: "the time of the pin". */
void map_remember(struct map *map);

/* Pages present in another frame than remembered (0 where frames are hidden). */
size_t map_moved(const struct map *map);

/* Pages of a private map that have no exclusive owner: a fork shares them. */
size_t map_shared(const struct map *map);

/*
 * Waits at most MS milliseconds until reclaim is through with the map: no page
 * present, and none of the remembered frames under writeback. The pages that
 * are not present then.
 */
size_t map_wait_out(const struct map *map, unsigned int ms);

/* The pages that share their frame with the twin's: merged by KSM. */
size_t map_merged(const struct map *map);

/* One ordinary load of every page: a read fault each where it is not mapped. */
void map_read(const struct map *map);

/* One ordinary store to every page that does not change it: a write fault each. */
void map_touch(const struct map *map);

#endif
