/* SPDX-License-Identifier: GPL-2.0-or-later */
/* js: the few things that jansson leaves to its caller. */
#ifndef LOSTWRITE_JS_H
#define LOSTWRITE_JS_H

#include <jansson.h>
#include <stdio.h>

/*
 * Makes TEXT, which came from a program or the kernel, harmless for a terminal
 * and for JSON: control characters become blanks, bytes that are not UTF-8
 * question marks.
 */
void js_clean(char *text);

/* The same for all strings in VALUE, which are UTF-8; a "scene" keeps its lines. */
void js_clean_all(json_t *value);

/* A new JSON string of the cleaned TEXT; JSON null for NULL. */
json_t *js_text(const char *text);

/* TEXT, kept once, as a key of the object WORDS, for as long as that is there; NULL for NULL. */
const char *js_keep(json_t *words, const char *text);

/* The string under KEY, or NULL when there is none. */
const char *js_string(const json_t *object, const char *key);

/* TEXT, which must be UTF-8, as a JSON string. */
void js_write(FILE *out, const char *text);

/* Behind other members of an object: , "KEY": "TEXT". */
void js_write_member(FILE *out, const char *key, const char *text);

/* The number under KEY, or 0 when there is none. */
double js_number(const json_t *object, const char *key);

#endif
