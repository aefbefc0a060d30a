/* SPDX-License-Identifier: GPL-2.0-or-later */
/* map-kinds: what the two halves of map share: making (map.c) and verifying (map-verify.c). */
#ifndef LOSTWRITE_MAP_KINDS_H
#define LOSTWRITE_MAP_KINDS_H

#include "map.h"

#define MAP_MTHP_BYTES (64u << 10)

/* Is MAP really of its kind? Indexed by kind. False with the reason. */
extern bool (*const map_verifiers[MAP_KINDS])(const struct map *map, char *why, size_t size);

#endif
