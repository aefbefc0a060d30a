/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef LOSTWRITE_TESTS_FUZZ_SCENE_H
#define LOSTWRITE_TESTS_FUZZ_SCENE_H

#include <stdbool.h>

/* Is TEXT read as a scene, or refused with one line? */
bool fuzz_scene_text(const char *text);

#endif
