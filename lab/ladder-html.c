// SPDX-License-Identifier: GPL-2.0-or-later
#include "html.h"
#include "js.h"
#include "ladder-row.h"
#include "mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SKIPS_MAX 20

static const char *class_of(const struct outcome *o)
{
	if (!o)
		return "none";
	return outcome_is_known(o) ? "known" : verdict_name(o->verdict);
}

static void cell(FILE *out, const struct ladder *l, const struct ladder_kernel *k,
		 const struct ladder_row *row)
{
	struct ladder_cell c = ladder_cell(l, k, row);
	char *counts = ladder_cell_counts(&c), *text = ladder_cell_text(k, row, &c);

	fprintf(out, "<td class=\"%s%s\" title=\"", class_of(c.worst), c.wrong ? " odd" : "");
	html_text(out, row->n > 1 ? counts : outcome_said(c.worst));
	fputs("\">", out);
	html_text(out, text);
	fputs("</td>", out);
	free(counts);
	free(text);
}

/* The page's first lines: the answer, before any table. */
static void totals(FILE *out, const struct ladder *l, const struct ladder_kernel *k)
{
	struct ladder_row all = { .n = k->record.n };
	struct ladder_cell c = ladder_cell(l, k, &all);
	char *counts = ladder_cell_counts(&c);
	char *again = ladder_reboots(k);
	bool bad = l->expect ? c.wrong || !k->record.n : k->exit && k->exit != 77;

	fprintf(out, "<li class=\"%s\"><b>", bad ? "corrupt" : k->exit == 77 ? "skip" : "pass");
	html_text(out, k->label);
	fputs("</b> <small>", out);
	html_text(out, k->record.n ? ladder_release(k) : "");
	fprintf(out, ", %.0f s</small><br>", k->seconds);
	html_text(out, k->record.n ? counts : k->said ? k->said : "no results");
	if (l->expect && k->record.n && !c.wrong)
		fputs("<br>all as expected", out);
	if (c.wrong)
		fprintf(out, "<br><span class=\"odd\">%u not as expected</span>", c.wrong);
	fputs(again ? "<br><small>" : "", out);
	html_text(out, again);
	fputs(again ? "</small></li>\n" : "</li>\n", out);
	free(counts);
	free(again);
}

static void table(FILE *out, const struct ladder *l)
{
	struct ladder_row row = { NULL };

	fputs("<div class=\"wide\"><table><thead><tr><th scope=\"col\">case</th>", out);
	for (size_t i = 0; i < l->n; i++) {
		fputs("<th scope=\"col\">", out);
		html_text(out, l->kernels[i].label);
		fputs("</th>", out);
	}
	fputs("</tr></thead><tbody>\n", out);
	while (ladder_row_next(l, &row)) {
		fputs("<tr><th scope=\"row\">", out);
		html_id(out, row.name);
		if (row.n > 1)
			fprintf(out, " <small>%zu cells</small>", row.n);
		fputs("</th>", out);
		for (size_t i = 0; i < l->n; i++)
			cell(out, l, &l->kernels[i], &row);
		fputs("</tr>\n", out);
	}
	fputs("</tbody></table></div>\n", out);
}

static void detail(FILE *out, const struct ladder *l, const struct ladder_kernel *k, const char *id)
{
	const struct outcome *o = ladder_verdict(k, id);
	const char *why = outcome_said(o);
	char *wrong = ladder_wrong(l, k, id);

	fprintf(out, "<li><span class=\"%s%s\">&nbsp;%s&nbsp;</span> <code>", class_of(o),
		wrong ? " odd" : "", ladder_word(o));
	html_id(out, id);
	fputs("</code>", out);
	if (outcome_is_known(o)) {
		fputs("<br>", out);
		html_text(out, o->known_reason);
	}
	fputs(wrong ? "<br>not as expected: " : "", out);
	html_text(out, wrong);
	fputs(why ? "<br><code>" : "", out);
	html_text(out, why);
	fputs(why ? "</code></li>\n" : "</li>\n", out);
	free(wrong);
}

/* Is there something to say about the case? */
static bool is_worth(const struct ladder *l, const struct ladder_kernel *k, const char *id)
{
	const struct outcome *o = ladder_verdict(k, id);
	char *wrong = ladder_wrong(l, k, id);
	bool yes = wrong || (o && o->verdict != VERDICT_PASS);

	free(wrong);
	return yes;
}

/* A matrix is folded up, and of what it skips only the first cells are told. */
static void matrix(FILE *out, const struct ladder *l, const struct ladder_kernel *k,
		   const struct ladder_row *row)
{
	const struct record *r = &ladder_rows(l)->record;
	struct ladder_cell c = ladder_cell(l, k, row);
	char *counts = ladder_cell_counts(&c);
	unsigned int skipped = 0;

	fputs("<li><details><summary><code>", out);
	html_id(out, row->name);
	fputs("</code>: ", out);
	html_text(out, counts);
	fputs("</summary><ul>\n", out);
	for (size_t i = row->first; i < row->first + row->n; i++) {
		const struct outcome *o = ladder_verdict(k, r->cases[i].id);
		bool says = is_worth(l, k, r->cases[i].id);

		if (says && verdict_rank(o->verdict) < verdict_rank(VERDICT_PASS))
			says = skipped++ < SKIPS_MAX;
		if (says)
			detail(out, l, k, r->cases[i].id);
	}
	if (skipped > SKIPS_MAX)
		fprintf(out, "<li>and %u more that say nothing, in ladder.json</li>\n",
			skipped - SKIPS_MAX);
	fputs("</ul></details></li>\n", out);
	free(counts);
}

static void details(FILE *out, const struct ladder *l, const struct ladder_kernel *k)
{
	struct ladder_row row = { NULL };

	fputs("<h2>Linux ", out);
	html_text(out, ladder_release(k));
	fputs("</h2>\n", out);
	if (!k->record.n) {
		fputs("<p>No results: ", out);
		html_text(out, k->said ? k->said : "it said nothing");
		fputs("</p>\n", out);
		return;
	}
	fputs("<ul>\n", out);
	while (ladder_row_next(l, &row))
		if (row.n > 1)
			matrix(out, l, k, &row);
		else if (is_worth(l, k, row.name))
			detail(out, l, k, row.name);
	fputs("</ul>\n", out);
}

char *ladder_html(const struct ladder *l, int code)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	html_begin(out, "lostwrite: kernels and cases");
	fputs("<h1>lostwrite: kernels and cases</h1>\n", out);
	fputs("<ul class=\"sum\">\n", out);
	for (size_t i = 0; i < l->n; i++)
		totals(out, l, &l->kernels[i]);
	fprintf(out,
		"</ul>\n<p class=\"key\">Exit code %d. <span class=\"pass\">pass</span> "
		"<span class=\"corrupt\">lost writes, crashes</span> "
		"<span class=\"known\">known: open upstream, hazards</span> "
		"<span class=\"skip\">nothing said</span>%s</p>\n",
		code, l->expect ? " <span class=\"odd\">not as expected</span>" : "");
	table(out, l);
	for (size_t i = 0; i < l->n; i++)
		details(out, l, &l->kernels[i]);
	html_end(out);
	fclose(out);
	return text;
}
