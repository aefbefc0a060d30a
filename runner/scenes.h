/* SPDX-License-Identifier: GPL-2.0-or-later */
/* scenes: what a cell of a matrix is as a scene (docs/scenes.md). */
#ifndef LOSTWRITE_SCENES_H
#define LOSTWRITE_SCENES_H

struct suite_program;
struct suite_cell;

/* CASE/CELL as the id CASE.CELL, a new string. */
char *scenes_id(const char *name);

/* The scene of CELL, which its program prints; NULL when it is none. A new string. */
char *scenes_text(const struct suite_program *p, const struct suite_cell *cell);

#endif
