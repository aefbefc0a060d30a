// SPDX-License-Identifier: GPL-2.0-or-later
#include "js.h"

#include "mem.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/*
 * How many bytes at C, in UTF-8, are no text: a control character of ASCII or (0x80 to 0x9f)
 * of ISO 6429, which terminals obey, too, or one of the two that XML cannot have.
 */
static int control(const unsigned char *c)
{
	if (*c < ' ' || *c == 0x7f)
		return 1;
	if (*c == 0xc2 && c[1] >= 0x80 && c[1] < 0xa0)
		return 2;
	return *c == 0xef && c[1] == 0xbf && c[2] >= 0xbe ? 3 : 0;
}

/* Where there may be LINES, their ends are none. */
static bool has_controls(const char *text, bool lines)
{
	for (const char *c = text; *c; c++)
		if (control((const unsigned char *)c) && !(lines && *c == '\n'))
			return true;
	return false;
}

static void blank_controls(char *text, bool lines)
{
	for (char *c = text; *c; c++)
		if (!(lines && *c == '\n'))
			memset(c, ' ', control((unsigned char *)c));
}

void js_clean(char *text)
{
	json_t *valid;

	blank_controls(text, false);
	valid = json_string(text);
	for (char *c = text; *c && !valid; c++)
		if ((unsigned char)*c >= 0x80)
			*c = '?';
	json_decref(valid);
}

static void clean_string(json_t *value, bool lines)
{
	char *copy;

	if (!has_controls(json_string_value(value), lines))
		return;
	copy = mem_copy(json_string_value(value));
	blank_controls(copy, lines);
	json_string_set(value, copy);
	free(copy);
}

void js_clean_all(json_t *value)
{
	const char *key;
	json_t *inner;
	size_t i;

	if (json_is_string(value))
		clean_string(value, false);
	json_array_foreach(value, i, inner)
	{
		js_clean_all(inner);
	}
	json_object_foreach(value, key, inner)
	{
		if (json_is_string(inner) && !strcmp(key, "scene"))
			clean_string(inner, true);
		else
			js_clean_all(inner);
	}
}

json_t *js_text(const char *text)
{
	char *copy = mem_copy(text);
	json_t *value;

	if (!copy)
		return json_null();
	js_clean(copy);
	value = json_string(copy);
	free(copy);
	return value;
}

const char *js_keep(json_t *words, const char *text)
{
	void *at = text ? json_object_iter_at(words, text) : NULL;

	if (text && !at) {
		json_object_set_new(words, text, json_true());
		at = json_object_iter_at(words, text);
	}
	return at ? json_object_iter_key(at) : NULL;
}

const char *js_string(const json_t *object, const char *key)
{
	return json_string_value(json_object_get(object, key));
}

double js_number(const json_t *object, const char *key)
{
	return json_number_value(json_object_get(object, key));
}

/* How many bytes of TEXT stand for themselves in JSON. */
static size_t plain(const char *text)
{
	size_t n = 0;

	while ((unsigned char)text[n] >= ' ' && text[n] != '"' && text[n] != '\\')
		n++;
	return n;
}

void js_write(FILE *out, const char *text)
{
	size_t n;

	putc('"', out);
	for (;; text++) {
		n = plain(text);
		fwrite(text, 1, n, out);
		text += n;
		if (!*text)
			break;
		fprintf(out, "\\u%04x", *text);
	}
	putc('"', out);
}

void js_write_member(FILE *out, const char *key, const char *text)
{
	fputs(", \"", out);
	fputs(key, out);
	fputs("\": ", out);
	js_write(out, text);
}
