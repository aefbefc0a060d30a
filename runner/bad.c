// SPDX-License-Identifier: GPL-2.0-or-later
#include "bad.h"

#include "html.h"
#include "js.h"
#include "mem.h"
#include "record.h"

#include <glob.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define BAD_SHOWN   50 /* of the corrupt cases, whole; the others by name */
#define PAGES_SHOWN 20 /* of their pages */

/* What was expected and what was found, with the words that differ marked. */
static void put_dump(FILE *out, char *text)
{
	char *save, *line = strtok_r(text, "\n", &save);

	fputs("<details><summary>the page, expected and found</summary><pre>", out);
	for (; line; line = strtok_r(NULL, "\n", &save)) {
		bool differs = strstr(line, "  ! ");

		fputs(differs ? "<mark>" : "", out);
		html_text(out, line);
		fputs(differs ? "</mark>\n" : "\n", out);
	}
	fputs("</pre></details>", out);
}

/* The first of the pages that its program kept. */
static void put_page(FILE *out, const struct record_case *c, const char *dir)
{
	char *pattern = mem_text("%s/%s/%s-page-*.txt", dir, c->program, c->id), *text = NULL;
	glob_t found = { 0 };

	if (!glob(pattern, 0, NULL, &found))
		text = html_file(found.gl_pathv[0]);
	if (text)
		put_dump(out, text);
	globfree(&found);
	free(text);
	free(pattern);
}

static void put_log(FILE *out, const struct record *r, const char *id)
{
	const json_t *fault, *lines;
	size_t at = 0;

	while ((fault = record_next_fault(r, id, &at))) {
		lines = json_object_get(fault, "lines");
		fputs("<p>", out);
		html_text(out, js_string(fault, "fault"));
		fputs("</p>", out);
		if (!json_array_size(lines))
			continue;
		fputs("<details><summary>the kernel log</summary><pre>", out);
		for (size_t j = 0; j < json_array_size(lines); j++) {
			html_text(out, json_string_value(json_array_get(lines, j)));
			putc('\n', out);
		}
		fputs("</pre></details>", out);
	}
}

static void put_bad(FILE *out, const struct record *r, const struct record_case *c, const char *dir)
{
	const struct outcome *o = record_shown(c);

	fputs("<article class=\"f\"><p><b>", out);
	html_text(out, verdict_name(o->verdict));
	fputs("</b> <code>", out);
	html_id(out, c->id);
	fputs("</code></p><p><code>", out);
	html_text(out, outcome_said(o));
	fputs("</code></p>", out);
	if (o->replay) {
		fputs("<p>replay: <code>", out);
		html_text(out, o->replay);
		fputs("</code></p>", out);
	}
	if (o->scene) {
		fputs("<details><summary>its scene</summary>", out);
		html_tag(out, "pre", o->scene);
		fputs("</details>", out);
	}
	put_log(out, r, c->id);
	if (dir)
		put_page(out, c, dir);
	fputs("</article>\n", out);
}

void bad_section(FILE *out, const struct record *r, const char *dir)
{
	size_t n = 0;

	for (size_t i = 0; i < r->n; i++) {
		if (!outcome_is_new(record_shown(&r->cases[i])))
			continue;
		if (!n++)
			fputs("<h2>Lost writes and crashes</h2>\n", out);
		if (n <= BAD_SHOWN) {
			put_bad(out, r, &r->cases[i], n <= PAGES_SHOWN ? dir : NULL);
			continue;
		}
		fputs(n == BAD_SHOWN + 1 ? "<details><summary>and more, by name</summary><ul>\n"
					 : "",
		      out);
		fputs("<li class=\"f\"><code>", out);
		html_id(out, r->cases[i].id);
		fputs("</code></li>\n", out);
	}
	fputs(n > BAD_SHOWN ? "</ul></details>\n" : "", out);
}
