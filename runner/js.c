// SPDX-License-Identifier: GPL-2.0-or-later
#include "js.h"

#include "mem.h"

#include <stdlib.h>

void js_clean(char *text)
{
	json_t *valid;

	for (char *c = text; *c; c++)
		if ((unsigned char)*c < ' ' || *c == 0x7f)
			*c = ' ';
	valid = json_string(text);
	for (char *c = text; *c && !valid; c++)
		if ((unsigned char)*c >= 0x80)
			*c = '?';
	json_decref(valid);
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
