// SPDX-License-Identifier: GPL-2.0-or-later
/* Of test-fuzz.c, apart: scenes and the runner have verdicts of their own. */
#include "fuzz-scene.h"
#include "scene.h"

#include <string.h>

bool fuzz_scene_text(const char *text)
{
	static struct scene scene;
	char why[256] = "";

	return scene_parse(text, &scene, why, sizeof(why)) ? scene.steps <= SCENE_STEPS
							   : *why && !strchr(why, '\n');
}
