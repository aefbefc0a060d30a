// SPDX-License-Identifier: GPL-2.0-or-later
#include "bisect-order.h"

#include "kernel.h"
#include "mem.h"
#include "opt.h"
#include "places.h"
#include "script.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

/* deb.sh answers in one line: a blank between two kernels. */
static bool add_range(struct bisect_list *l, const char *from, const char *to, char **why)
{
	char *script = places_file("lab/deb.sh"), *cache = script_cache(), *save,
	     *line = script_line((const char *[]){ script, from, cache, to, NULL });
	size_t before = l->n;

	for (char *word = line ? strtok_r(line, " ", &save) : NULL; word;
	     word = strtok_r(NULL, " ", &save))
		bisect_list_add(l, "--deb", word, NULL);
	if (line && l->n < before + 2)
		*why = mem_text("--deb: apt has %s from %s to %s; name two that are apart",
				l->n > before ? "one kernel" : "none", from, to);
	free(script);
	free(cache);
	free(line);
	return line && !*why;
}

bool bisect_order_debs(struct bisect_list *l, const char *words, char **why)
{
	char *copy = mem_copy(words), *dots = strstr(copy, ".."), *save;
	bool ok = true;

	*why = NULL;
	if (dots) {
		*dots = '\0';
		if (!*copy || !dots[2])
			opt_usage("bisect: --deb '%.80s': 'A..B' needs both ends", words);
		ok = add_range(l, copy, dots + 2, why);
	} else {
		for (char *word = strtok_r(copy, ",", &save); word;
		     word = strtok_r(NULL, ",", &save))
			bisect_list_add(l, "--deb", word, NULL);
	}
	free(copy);
	return ok;
}

/* Of an image its own; of Debian's as far as it says one, without '+deb12.1'; else NULL. */
static char *version_of(const struct bisect_item *item)
{
	struct kernel_wish wish = { .image = item->value, .modules = item->modules };
	struct kernel kernel;
	char *version = NULL;

	if (!strcmp(item->option, "--deb"))
		return isdigit((unsigned char)*item->value)
			       ? mem_text("%.*s", (int)strcspn(item->value, "+~"), item->value)
			       : NULL;
	if (strcmp(item->option, "--kernel"))
		return NULL;
	if (!kernel_find(&wish, &kernel))
		exit(OPT_EXIT_USAGE); /* it has said why */
	version = *kernel.release ? mem_copy(kernel.release) : NULL;
	kernel_free(&kernel);
	return version;
}

void bisect_order_check(const struct bisect_list *l)
{
	char *before = NULL, *version;

	for (size_t i = 0; i < l->n; i++) {
		version = version_of(&l->items[i]);
		if (version && before && strverscmp(before, version) > 0)
			opt_usage("bisect: %s stands behind %s; the list must go from the oldest "
				  "to the newest",
				  version, before);
		if (version) {
			free(before);
			before = version;
		}
	}
	free(before);
}
