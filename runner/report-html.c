// SPDX-License-Identifier: GPL-2.0-or-later
#include "bad.h"
#include "closing.h"
#include "groups.h"
#include "heat.h"
#include "html.h"
#include "js.h"
#include "mem.h"
#include "record.h"
#include "reports.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define IDS_SHOWN 200 /* of a group */

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
	fputs("</ul>\n", out);
	html_filter(out);
	free(sentence);
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

static void put_matrices(FILE *out, const struct record *r)
{
	bool any = false;

	for (size_t i = 0, n; i < r->n; i += n) {
		n = record_same_program(r, i);
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
	const char *program;
	double seconds, counted;
	unsigned int passes, others;
};

static struct work work_of(const struct record *r, size_t first, size_t n)
{
	struct work w = { .program = r->cases[first].program };

	for (size_t i = first; i < first + n; i++) {
		const struct outcome *o = record_shown(&r->cases[i]);
		const struct record_case *c = &r->cases[i];

		w.seconds += c->seconds;
		for (size_t j = 0; j < c->n_totals; j++)
			w.counted += c->totals[j].n;
		w.passes += o->verdict == VERDICT_PASS;
		w.others += o->verdict != VERDICT_PASS;
	}
	return w;
}

static void put_work_row(FILE *out, const struct work *w, double most, double counted)
{
	fputs("<tr class=\"f\"><th scope=\"row\">", out);
	html_text(out, w->program);
	fprintf(out,
		"</th><td class=\"num\">%u</td><td class=\"num\">%u</td><td class=\"num\">%.2f"
		"</td><td><meter max=\"%g\" value=\"%g\"></meter></td><td class=\"num\">%.0f"
		"</td><td><meter max=\"%g\" value=\"%g\"></meter></td></tr>\n",
		w->passes, w->others, w->seconds, most, w->seconds, w->counted, counted,
		w->counted);
}

static void put_work(FILE *out, const struct record *r)
{
	double most = 1, counted = 1;
	struct work *all = mem_zero(r->n + 1, sizeof(*all));
	size_t n = 0;

	for (size_t i = 0; i < r->n; i += record_same_program(r, i)) {
		all[n] = work_of(r, i, record_same_program(r, i));
		most = all[n].seconds > most ? all[n].seconds : most;
		counted = all[n].counted > counted ? all[n].counted : counted;
		n++;
	}
	fputs("<h2>Time and exposure</h2>\n<div class=\"wide\"><table><thead><tr><th>program</th>"
	      "<th>pass</th><th>other</th><th>seconds</th><th></th><th>counted</th><th></th></tr>"
	      "</thead><tbody>\n",
	      out);
	for (size_t i = 0; i < n; i++)
		put_work_row(out, &all[i], most, counted);
	fputs("</tbody></table></div>\n", out);
	free(all);
}

static void put_environment(FILE *out, const char *dir)
{
	char *path = mem_text("%s/env.json", dir), *text = html_file(path);

	if (text) {
		fputs("<h2>Environment</h2>\n<details><summary>env.json</summary>", out);
		html_tag(out, "pre", text);
		fputs("</details>\n", out);
	}
	free(text);
	free(path);
}

void report_html(FILE *out, const struct record *r, const char *dir)
{
	char *title = mem_text("lostwrite: Linux %s", js_string(r->run, "kernel"));
	json_t *known = groups_known(r), *fixed = groups_fixed(r, known);

	html_begin(out, title);
	put_verdict(out, r);
	bad_section(out, r, dir);
	put_groups(out, "Known", known);
	put_groups(out, "Known, and passes here: is it fixed?", fixed);
	put_groups(out, "Broken", groups_reasons(r, VERDICT_BROKEN));
	put_matrices(out, r);
	put_groups(out, "Not reached", groups_reasons(r, VERDICT_INCONCLUSIVE));
	put_groups(out, "Skipped", groups_skipped(r));
	put_groups(out, "Not run", groups_reasons(r, VERDICT_NOTRUN));
	put_work(out, r);
	put_environment(out, dir);
	html_end(out);
	free(title);
}
