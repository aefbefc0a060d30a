/* SPDX-License-Identifier: GPL-2.0-or-later */
/* load: a scene from a file, for the programs that are given one. */
#ifndef LOSTWRITE_SCENE_LOAD_H
#define LOSTWRITE_SCENE_LOAD_H

#include "scene.h"

/* What PATH holds (- is standard input): a text that stays, or the end of the program. */
const char *load_text(const char *path);

/*
 * Reads and parses what PATH holds (- is standard input): its text, which stays. What
 * cannot be read or is no scene ends the program with one line and the usage exit code.
 */
const char *scene_load(const char *path, struct scene *scene);

#endif
