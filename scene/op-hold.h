/* SPDX-License-Identifier: GPL-2.0-or-later */
/* op-hold: one way to hold pages is one row. */
#ifndef LOSTWRITE_SCENE_OP_HOLD_H
#define LOSTWRITE_SCENE_OP_HOLD_H

#include "op.h"

struct scene_pin {
	const char *name;
	uint64_t needs;
	bool reference;	  /* no promise that it stays coherent: model.h */
	bool at_release;  /* bytes move with the release, and not before */
	bool once;	  /* what was taken is gone */
	bool whole_pages; /* WHERE is not by the sector */
	size_t most;	  /* bytes, 0: any number */
	hold_io io;	  /* of a request that the FUSE server keeps */
	bool writes;	  /* that request, to the file: the device reads memory */
	bool registers;	  /* it is of a registered buffer */

	/* AT: the first of a->len bytes. A refusal goes to a->refused. */
	void (*hold)(struct actor *a, char *at);
	/* The device has BYTES for what is held. NULL: it never writes. */
	void (*device)(struct actor *a, const char *bytes);
	/* What the device reads. NULL: it never does, or with the release. */
	void (*take)(struct actor *a, char *bytes);
	/* Lets go; bytes that the device has read by then go to BYTES if it is at_release. */
	void (*release)(struct actor *a, char *bytes);
};

/* Ended by a NULL name. */
extern const struct scene_pin scene_pins_pin[], scene_pins_io[];

/* By its number; NULL beyond the last. */
const struct scene_pin *scene_pin(unsigned int how);

/* What PROCESS holds after the last line of SCENE, or NULL; has it been TAKEN? */
const struct scene_pin *scene_held_by(const struct scene *scene, unsigned int process, bool *taken);

#endif
