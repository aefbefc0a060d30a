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

const char *js_string(const json_t *object, const char *key)
{
	return json_string_value(json_object_get(object, key));
}

double js_number(const json_t *object, const char *key)
{
	return json_number_value(json_object_get(object, key));
}
