/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * op: one operation of the scene language is one row: what it is called, what
 * it needs, the system calls, what the model makes of it, and what proves that
 * it took effect.
 */
#ifndef LOSTWRITE_SCENE_OP_H
#define LOSTWRITE_SCENE_OP_H

#include "hold.h"
#include "model-track.h"
#include "pin.h"
#include "scene.h"

/* What a process of a scene has; fork copies it like everything else. */
struct actor {
	struct case_ctx *c;
	const struct scene *scene;
	struct model *model; /* shared by all processes of the scene */
	const pid_t *pid;    /* of each of them */
	struct map map;
	struct map control; /* as the map, disturbed alike, never held */
	unsigned int self;
	struct remote *remote; /* what prepare() of some ops makes */
	struct far *far;
	struct track *track;	       /* of the first process, while it tracks */
	struct model_tracker *tracker; /* what it must report; shared like the model */
	/* the pin, if one is held */
	const struct scene_pin *pin;
	size_t from, len; /* bytes of the map */
	struct hold *hold;
	struct pin_ring *ring;
	struct pin_aio *aio;
	struct pin_send *send;
	struct slow *slow;
	int device, pipe[2], gup;
	int refused; /* errno: this kernel does not do that to that memory */
};

/* What an op's arguments are, in order; WHERE comes last and may be left out. */
enum scene_argument {
	ARG_END,
	ARG_KIND,
	ARG_PAGES,
	ARG_GENERATION,
	ARG_HOLD,
	ARG_CHILD,
	ARG_PROCESS,
	ARG_STORE,
	ARG_LOAD,
	ARG_TRACK,
	ARG_WHERE
};

struct scene_op {
	const char *name, *summary;
	const char *promise; /* of content, and who says so; NULL: it stays what it was */
	enum scene_argument argument[4];
	uint64_t needs;
	/*
	 * The system calls, in the process that acts. For an op that DISTURBS, the
	 * pages of MAP that it is seen to have reached; others return 0. NULL: none.
	 */
	size_t (*run)(struct actor *a, struct map *map, const struct scene_step *s);
	void (*model)(struct model *m, const struct scene_step *s,
		      const struct actor *a); /* NULL: content stays */
	/* In the first process, once, before there is memory. NULL: nothing. */
	void (*prepare)(struct actor *a);
	unsigned int kinds; /* of memory, SCENE_KIND() each, for which it makes sense; 0: all */
	bool disturbs;	    /* done to the control as well, and must be seen to work on either */
	bool judges;	    /* run() may have found the memory corrupt */
	bool faults; /* the kernel itself may fault for writing: it asks a userfaultfd's owner */
	bool drops;  /* content goes: the control need not be what it was */
	bool whole_pages; /* WHERE is not by the sector */
};

#define SCENE_KIND(k) (1u << MAP_KIND_##k)
#define SCENE_ANON    (SCENE_KIND(ANON) | SCENE_KIND(MTHP) | SCENE_KIND(THP) | SCENE_KIND(PTE_THP))
#define SCENE_SHMEM   (SCENE_KIND(SHARED_ANON) | SCENE_KIND(MEMFD))
#define SCENE_PRIVATE (SCENE_KIND(MEMFD_PRIVATE) | SCENE_KIND(FILE_PRIVATE)) /* of a file */
#define SCENE_BY_FD   (SCENE_KIND(MEMFD) | SCENE_KIND(FILE) | SCENE_PRIVATE)

/* Rows of each family; the table is their concatenation (ops.c). */
extern const struct scene_op scene_ops_memory[], scene_ops_hold[], scene_ops_reclaim[],
	scene_ops_protect[], scene_ops_process[], scene_ops_peek[];
extern const struct scene_op scene_ops_advise[], scene_ops_damon[], scene_ops_far[],
	scene_ops_file[], scene_ops_huge[], scene_ops_ksm[], scene_ops_memcg[], scene_ops_migrate[],
	scene_ops_numa[], scene_ops_offline[], scene_ops_remap[], scene_ops_remote[],
	scene_ops_write[];
extern const struct scene_op scene_ops_track[], scene_ops_uffd[];

const struct scene_op *scene_op_find(const char *name, size_t len);
const struct scene_op *scene_op_next(const struct scene_op *op); /* NULL first and last */

/* The names that ARGUMENT may be, for scene_step.how; NULL at the end. */
const char *scene_way_name(enum scene_argument argument, unsigned int how);
uint64_t scene_step_needs(const struct scene_step *s, enum map_kind kind);
bool scene_shared(enum map_kind kind);
int scene_uffd_kind(enum map_kind kind); /* an enum uffd_kind */

/* Is the control disturbed next? What works on both at once waits for it. */
bool scene_control_next(const struct actor *a, const struct map *map);

/* Somewhere that MAP fits, aligned like a huge page, in an *AREA of PROT and twice its size. */
char *scene_room(const struct map *map, int prot, char **area);

/* The bytes of a step in MAP. */
size_t scene_from(const struct scene_step *s);
size_t scene_len(const struct scene_step *s, const struct map *map);

/* Calls model function by page: EACH(m, process, page) for the pages of a step. */
void scene_each_page(struct model *m, const struct scene_step *s,
		     void (*each)(struct model *m, unsigned int process, unsigned int page));

/* The same for functions of the file's pages: EACH(m, page, mask). */
void scene_each_mask(struct model *m, const struct scene_step *s,
		     void (*each)(struct model *m, unsigned int page, unsigned int mask));

/* The sectors of a step in PAGE, as a mask. */
unsigned int scene_mask(const struct model *m, const struct scene_step *s, unsigned int page);

/* Memory that is online for memory-offline goes back; the thread on the other CPU ends. */
void scene_offline_end(void);
void scene_far_end(struct actor *a);

/* What is held goes, unjudged; in a scene that was left in the middle nobody waits for it. */
void scene_release(struct actor *a);
void scene_let_go(struct actor *a);

/* Must the control still be what it was at the end? Not where memory is given away. */
bool scene_keeps_control(const struct scene *scene);

/* The oracle: every sector of the map holds what the model allows. Tells and gives false. */
bool scene_check(struct actor *a);

/* The same for bytes that came out of the pin: FIRST byte of the map, LEN. */
bool scene_check_pin(struct actor *a, const char *bytes, const char *who);

/* The same for LEN bytes that are at FROM of the map, read by the process that acts. */
bool scene_check_bytes(struct actor *a, const char *bytes, size_t from, size_t len,
		       const char *who);

/* The same for a copy of all of the map as PROCESS has it. */
bool scene_check_copy(struct actor *a, unsigned int process, const char *bytes, const char *who);

/* What a step means to the tracker, after the model has followed it. */
void scene_track_follow(struct actor *a, const struct scene_step *s);

#endif
