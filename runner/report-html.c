// SPDX-License-Identifier: GPL-2.0-or-later
#include "report-html.h"

#include "closing.h"
#include "file.h"
#include "groups.h"
#include "heat.h"
#include "html.h"
#include "js.h"
#include "mem.h"
#include "record.h"

#include <glob.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define BAD_SHOWN   50	  /* of the corrupt cases, whole; the others by name */
#define PAGES_SHOWN 20	  /* of their pages */
#define IDS_SHOWN   200	  /* of a group */
#define TEXT_SHOWN  60000 /* bytes of a file */

/* The rows that a person looks for; the page is whole without it. */
static const char script[] =
	"<script>\n"
	"document.getElementById('filter').addEventListener('input',function(){\n"
	"var want=this.value.toLowerCase().split(/\\s+/).filter(Boolean);\n"
	"document.querySelectorAll('.f').forEach(function(e){\n"
	"var d=e.closest('details'),t=e.textContent.toLowerCase();\n"
	"if(d&&e.tagName==='TR')t+=' '+d.querySelector('summary').textContent.toLowerCase();\n"
	"e.hidden=!want.every(function(w){return t.indexOf(w)>=0});});\n"
	"document.querySelectorAll('details:has(tr.f)').forEach(function(d){\n"
	"d.hidden=want.length>0&&!d.querySelector('.f:not([hidden])');\n"
	"if(want.length&&!d.hidden)d.open=true;});});\n"
	"</script>\n";

static const enum verdict order[] = { VERDICT_CORRUPT, VERDICT_CRASHED, VERDICT_BROKEN,
				      VERDICT_PASS,    VERDICT_SKIP,	VERDICT_INCONCLUSIVE,
				      VERDICT_NOTRUN };

static void put_verdict(FILE *out, const struct record *r)
{
	int code = record_exit(r);
	char *sentence = closing_sentence(r);
	struct record_totals t;

	fprintf(out, "<h1 class=\"%s\">", code == 1 ? "corrupt" : code ? "skip" : "pass");
	html_text(out, sentence);
	fputs("</h1>\n<p><small>", out);
	html_text(out, js_string(r->run, "host"));
	fputs(", ", out);
	html_text(out, js_string(r->run, "time"));
	fputs(", ", out);
	html_text(out, js_string(r->run, "profile"));
	fprintf(out, ", seed %.0f, lostwrite ", js_number(r->run, "seed"));
	html_text(out, js_string(r->run, "version"));
	fprintf(out, ", %u pass%s%s</small></p>\n<ul class=\"sum\">", r->passes,
		r->passes == 1 ? "" : "es", r->end ? "" : "; the run did not come to its end");
	record_totals(r, &t);
	for (size_t i = 0; i < sizeof(order) / sizeof(*order); i++) {
		enum verdict v = order[i];

		if (t.verdicts[v])
			fprintf(out, "<li class=\"%s\"><b>%u</b> %s</li>", verdict_name(v),
				t.verdicts[v], verdict_name(v));
	}
	if (t.known)
		fprintf(out, "<li class=\"known\"><b>%u</b> of the bad ones are known</li>",
			t.known);
	fputs("</ul>\n<p><input type=\"search\" id=\"filter\" placeholder=\"filter: words of a case "
	      "or reason\" aria-label=\"filter\"></p>\n",
	      out);
	free(sentence);
}

static char *text_of(const char *path)
{
	char *text = file_text(path);

	if (text && strlen(text) > TEXT_SHOWN)
		text[TEXT_SHOWN] = '\0';
	if (text) /* keeps its lines */
		for (char *c = text; *c; c++)
			if ((unsigned char)*c < ' ' && *c != '\n' && *c != '\t')
				*c = ' ';
	return text;
}

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
		text = text_of(found.gl_pathv[0]);
	if (text)
		put_dump(out, text);
	globfree(&found);
	free(text);
	free(pattern);
}

static void put_log(FILE *out, const struct record *r, const char *id)
{
	const json_t *fault, *lines;

	for (size_t i = 0; i < json_array_size(r->faults); i++) {
		fault = json_array_get(r->faults, i);
		lines = json_object_get(fault, "lines");
		if (!js_string(fault, "id") || strcmp(js_string(fault, "id"), id) != 0)
			continue;
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
	const json_t *shown = record_shown(c);
	const char *replay = js_string(shown, "replay"), *scene = js_string(shown, "scene");

	fputs("<article class=\"f\"><p><b>", out);
	html_text(out, verdict_name(record_verdict(shown)));
	fputs("</b> <code>", out);
	html_id(out, c->id);
	fputs("</code></p><p><code>", out);
	html_text(out, record_said(shown));
	fputs("</code></p>", out);
	if (replay) {
		fputs("<p>replay: <code>", out);
		html_text(out, replay);
		fputs("</code></p>", out);
	}
	if (scene) {
		fputs("<details><summary>its scene</summary>", out);
		html_tag(out, "pre", scene);
		fputs("</details>", out);
	}
	put_log(out, r, c->id);
	if (dir)
		put_page(out, c, dir);
	fputs("</article>\n", out);
}

static bool is_new(const struct record_case *c)
{
	const json_t *shown = record_shown(c);

	return record_is_bad(shown) && !record_is_known(shown);
}

static void put_all_bad(FILE *out, const struct record *r, const char *dir)
{
	size_t n = 0;

	for (size_t i = 0; i < r->n; i++) {
		if (!is_new(&r->cases[i]))
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

/* Takes GROUPS over. */
static void put_groups(FILE *out, const char *title, json_t *groups)
{
	if (json_object_size(groups)) {
		html_tag(out, "h2", title);
		fputs("\n<ul>\n", out);
	}
	for (void *it = json_object_iter(groups); it; it = json_object_iter_next(groups, it)) {
		const json_t *ids = json_object_iter_value(it);
		size_t n = json_array_size(ids);

		fputs("<li class=\"f\"><details><summary>", out);
		html_text(out, json_object_iter_key(it));
		fprintf(out, " <small>(%zu)</small></summary><code>", n);
		for (size_t i = 0; i < n && i < IDS_SHOWN; i++) {
			fputs(i ? ", " : "", out);
			html_id(out, json_string_value(json_array_get(ids, i)));
		}
		fputs("</code>", out);
		if (n > IDS_SHOWN)
			fprintf(out, " and %zu more, in summary.json", n - IDS_SHOWN);
		fputs("</details></li>\n", out);
	}
	fputs(json_object_size(groups) ? "</ul>\n" : "", out);
	json_decref(groups);
}

static size_t cells_of(const struct record *r, size_t first)
{
	size_t n = 1;

	while (first + n < r->n && !strcmp(r->cases[first + n].program, r->cases[first].program))
		n++;
	return n;
}

static void put_matrices(FILE *out, const struct record *r)
{
	bool any = false;

	for (size_t i = 0, n; i < r->n; i += n) {
		n = cells_of(r, i);
		if (n < HEAT_CELLS)
			continue;
		if (!any) {
			fputs("<h2>Matrices</h2>\n", out);
			heat_key(out);
		}
		any = true;
		heat_maps(out, r, i, n);
	}
}

/* What a program did: seconds, and the pages and requests it counts as exposure. */
struct work {
	double seconds, counted;
	unsigned int passes, others;
};

static struct work work_of(const struct record *r, size_t first, size_t n)
{
	struct work w = { 0 };

	for (size_t i = first; i < first + n; i++) {
		const json_t *shown = record_shown(&r->cases[i]);
		json_t *totals = r->cases[i].totals;

		w.seconds += js_number(shown, "seconds");
		for (void *it = json_object_iter(totals); it;
		     it = json_object_iter_next(totals, it))
			w.counted += json_integer_value(json_object_iter_value(it));
		if (record_verdict(shown) == VERDICT_PASS)
			w.passes++;
		else
			w.others++;
	}
	return w;
}

static void put_work(FILE *out, const struct record *r)
{
	double most = 0, counted = 0;
	struct work w;

	for (size_t i = 0, n; i < r->n; i += n) {
		n = cells_of(r, i);
		w = work_of(r, i, n);
		most = w.seconds > most ? w.seconds : most;
		counted = w.counted > counted ? w.counted : counted;
	}
	fputs("<h2>Time and exposure</h2>\n<div class=\"wide\"><table><thead><tr><th>program</th>"
	      "<th>pass</th><th>other</th><th>seconds</th><th></th><th>counted</th><th></th></tr>"
	      "</thead><tbody>\n",
	      out);
	for (size_t i = 0, n; i < r->n; i += n) {
		n = cells_of(r, i);
		w = work_of(r, i, n);
		fputs("<tr class=\"f\"><th scope=\"row\">", out);
		html_text(out, r->cases[i].program);
		fprintf(out,
			"</th><td class=\"num\">%u</td><td class=\"num\">%u</td><td class=\"num\">%.2f"
			"</td><td><meter max=\"%g\" value=\"%g\"></meter></td><td class=\"num\">%.0f"
			"</td><td><meter max=\"%g\" value=\"%g\"></meter></td></tr>\n",
			w.passes, w.others, w.seconds, most > 0 ? most : 1, w.seconds, w.counted,
			counted > 0 ? counted : 1, w.counted);
	}
	fputs("</tbody></table></div>\n", out);
}

static void put_environment(FILE *out, const char *dir)
{
	char *path = mem_text("%s/env.json", dir), *text = text_of(path);

	if (text) {
		fputs("<h2>Environment</h2>\n<details><summary>env.json</summary>", out);
		html_tag(out, "pre", text);
		fputs("</details>\n", out);
	}
	free(text);
	free(path);
}

char *report_html(const struct record *r, const char *dir)
{
	char *text = NULL, *title = mem_text("lostwrite: Linux %s", js_string(r->run, "kernel"));
	json_t *known = groups_known(r), *fixed = groups_fixed(r, known);
	size_t size;
	FILE *out = open_memstream(&text, &size);

	html_begin(out, title);
	put_verdict(out, r);
	put_all_bad(out, r, dir);
	put_groups(out, "Known", known);
	put_groups(out, "Known, and passes here: is it fixed?", fixed);
	put_groups(out, "Broken", groups_reasons(r, VERDICT_BROKEN));
	put_matrices(out, r);
	put_groups(out, "Not reached", groups_reasons(r, VERDICT_INCONCLUSIVE));
	put_groups(out, "Skipped", groups_skipped(r));
	put_groups(out, "Not run", groups_reasons(r, VERDICT_NOTRUN));
	put_work(out, r);
	put_environment(out, dir);
	fputs(script, out);
	html_end(out);
	fclose(out);
	free(title);
	return text;
}
