// SPDX-License-Identifier: GPL-2.0-or-later
#include "compare.h"
#include "html.h"
#include "js.h"

#define ROWS_SHOWN 2000 /* of a kind; --json has all */

static void put_side(FILE *out, char name, const struct compare_side *s)
{
	fprintf(out, "<li class=\"none\"><b>%c</b> Linux ", name);
	html_text(out, js_string(s->record.run, "kernel"));
	fputs("<br><small>", out);
	html_text(out, js_string(s->record.run, "time"));
	fprintf(out, ", %zu cases<br>", s->record.n);
	html_text(out, s->dir);
	fputs("</small></li>\n", out);
}

static void put_verdict(FILE *out, const struct outcome *o)
{
	if (!o)
		fputs("<td class=\"none\">-</td>", out);
	else
		fprintf(out, "<td class=\"%s\">%s</td>",
			outcome_is_known(o) ? "known" : verdict_name(o->verdict),
			verdict_word(o->verdict));
}

static void put_row(FILE *out, const struct compare_row *r)
{
	fputs("<tr class=\"f\">", out);
	put_verdict(out, r->before);
	put_verdict(out, r->after);
	fputs("<th scope=\"row\">", out);
	html_id(out, r->id);
	fputs("</th><td class=\"why\">", out);
	html_text(out, r->why);
	fputs("</td></tr>\n", out);
}

/* Rows from FIRST on, of one kind. */
static void put_kind(FILE *out, const struct compare *c, size_t first)
{
	enum change kind = c->rows[first].change;
	size_t n = c->counts[kind];

	fprintf(out,
		"<details%s><summary><b>%zu</b> %s</summary><div class=\"wide\"><table><thead>"
		"<tr><th>A</th><th>B</th><th>case</th><th></th></tr></thead><tbody>\n",
		compare_worsens(kind) ? " open" : "", n, compare_word(kind));
	for (size_t i = first; i < first + n && i < first + ROWS_SHOWN; i++)
		put_row(out, &c->rows[i]);
	fputs("</tbody></table></div>", out);
	if (n > ROWS_SHOWN)
		fprintf(out, "<p>and %zu more; --json has them</p>", n - ROWS_SHOWN);
	fputs("</details>\n", out);
}

void compare_html(FILE *out, const struct compare *c, const struct compare_side sides[2])
{
	bool worse = compare_is_worse(c);

	html_begin(out, "lostwrite: two runs");
	fprintf(out, "<h1 class=\"%s\">%s</h1>\n<ul class=\"sum\">", worse ? "corrupt" : "pass",
		compare_sentence(c));
	for (int i = 0; i < 2; i++)
		put_side(out, 'A' + i, &sides[i]);
	fputs("</ul>\n", out);
	html_filter(out);
	for (size_t i = 0; i < c->n; i += c->counts[c->rows[i].change])
		put_kind(out, c, i);
	html_end(out);
}
