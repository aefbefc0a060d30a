/* SPDX-License-Identifier: GPL-2.0-or-later */
/* describe: is what a program says about itself what docs/program-output.md demands? */
#ifndef LOSTWRITE_DESCRIBE_H
#define LOSTWRITE_DESCRIBE_H

#include <jansson.h>
#include <stdbool.h>

/* Parses the answer OUT of program NAME. NULL, with a new string in *WHY, when it is wrong. */
json_t *describe_parse(const char *name, const char *out, char **why);

/* [a-z0-9-]+(\.[a-z0-9-]+)* */
bool describe_is_id(const char *id);

#endif
