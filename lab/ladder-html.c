// SPDX-License-Identifier: GPL-2.0-or-later
#include "js.h"
#include "ladder-row.h"
#include "mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SKIPS_MAX 20

static const char head[] =
	"<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
	"<meta name=\"viewport\" content=\"width=device-width\">\n"
	"<title>lostwrite: kernels and cases</title>\n<style>\n"
	":root{color-scheme:light dark;--bg:#fff;--fg:#1b1f24;--line:#d5dae0;--head:#f4f6f8;"
	"--pass:#d9f2e0;--bad:#f8c4c4;--known:#fbe8b8;--none:#eceff2;--odd:#b02a1c}\n"
	"@media(prefers-color-scheme:dark){:root{--bg:#15181c;--fg:#dfe4ea;--line:#3a424c;"
	"--head:#20252b;--pass:#1d4a2c;--bad:#6e2323;--known:#5c4a16;--none:#2a3037;--odd:#ff7b6b}}\n"
	"body{font:15px/1.45 system-ui,sans-serif;background:var(--bg);color:var(--fg);"
	"margin:1.5em auto;padding:0 1em;max-width:75em}\n"
	"h1{font-size:1.4em;margin:.5em 0}h2{font-size:1.1em;margin:2em 0 .5em}\n"
	".wide{overflow-x:auto}table{border-collapse:separate;border-spacing:0;"
	"border:1px solid var(--line);border-width:1px 0 0 1px}\n"
	"th,td{border:1px solid var(--line);border-width:0 1px 1px 0;padding:.25em .7em;"
	"text-align:left;white-space:nowrap}\n"
	"thead th{background:var(--head)}\n"
	"tr>th:first-child{position:sticky;left:0;background:var(--head)}\n"
	"tbody th{font:13px ui-monospace,monospace}\n"
	"small{opacity:.75;font-weight:normal}\n"
	"ul{padding-left:0;list-style:none}li{margin:.5em 0}li ul{padding-left:1em}\n"
	".sum{display:flex;flex-wrap:wrap;gap:.5em}\n"
	".sum li{margin:0;padding:.4em .8em;border-radius:4px;flex:1 1 12em;font-weight:normal}\n"
	"span[class],td[class]{white-space:nowrap}.key span{padding:.1em .5em;border-radius:3px;"
	"line-height:2}\n"
	".pass{background:var(--pass)}.corrupt,.crashed,.broken{background:var(--bad);"
	"font-weight:600}\n"
	".known{background:var(--known)}.skip,.inconclusive,.notrun,.none{background:var(--none)}\n"
	".odd{outline:3px solid var(--odd);outline-offset:-3px}span.odd{outline-width:2px;"
	"outline-offset:0;padding:0 .4em;margin:0 3px;border-radius:2px}summary{cursor:pointer}\n"
	"code{font:13px ui-monospace,monospace;overflow-wrap:anywhere}\n"
	"@media(max-width:36em){tbody th{white-space:normal;overflow-wrap:anywhere;min-width:8.5em;"
	"max-width:11em;font-size:12px}th,td{padding:.25em .4em;font-size:13px}}\n"
	"</style></head><body>\n<h1>lostwrite: kernels and cases</h1>\n";

/* An id may be broken behind its dots. */
static void put_id(FILE *out, const char *id)
{
	for (; *id; id++) {
		putc(*id, out);
		if (*id == '.')
			fputs("<wbr>", out);
	}
}

static void put(FILE *out, const char *text)
{
	for (; text && *text; text++)
		switch (*text) {
		case '&':
			fputs("&amp;", out);
			break;
		case '<':
			fputs("&lt;", out);
			break;
		case '>':
			fputs("&gt;", out);
			break;
		case '"':
			fputs("&quot;", out);
			break;
		default:
			putc(*text, out);
		}
}

static const char *class_of(const json_t *verdict)
{
	if (!verdict)
		return "none";
	return record_is_known(verdict) ? "known" : verdict_name(record_verdict(verdict));
}

static void cell(FILE *out, const struct ladder *l, const struct ladder_kernel *k,
		 const struct ladder_row *row)
{
	struct ladder_cell c = ladder_cell(l, k, row);
	char *counts = ladder_cell_counts(&c), *text = ladder_cell_text(k, row, &c);

	fprintf(out, "<td class=\"%s%s\" title=\"", class_of(c.worst), c.wrong ? " odd" : "");
	put(out, row->n > 1 ? counts : record_said(c.worst));
	fputs("\">", out);
	put(out, text);
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
	bool bad = l->expect ? c.wrong || !k->record.n : k->exit && k->exit != 77;

	fprintf(out, "<li class=\"%s\"><b>", bad ? "corrupt" : k->exit == 77 ? "skip" : "pass");
	put(out, k->label);
	fputs("</b> <small>", out);
	put(out, k->record.n ? ladder_release(k) : "");
	fprintf(out, ", %.0f s</small><br>", k->seconds);
	put(out, k->record.n ? counts : k->said ? k->said : "no results");
	if (l->expect && k->record.n && !c.wrong)
		fputs("<br>all as expected", out);
	if (c.wrong)
		fprintf(out, "<br><span class=\"odd\">%u not as expected</span>", c.wrong);
	fputs("</li>\n", out);
	free(counts);
}

static void table(FILE *out, const struct ladder *l)
{
	struct ladder_row row = { NULL };

	fputs("<div class=\"wide\"><table><thead><tr><th scope=\"col\">case</th>", out);
	for (size_t i = 0; i < l->n; i++) {
		fputs("<th scope=\"col\">", out);
		put(out, l->kernels[i].label);
		fputs("</th>", out);
	}
	fputs("</tr></thead><tbody>\n", out);
	while (ladder_row_next(l, &row)) {
		fputs("<tr><th scope=\"row\">", out);
		put_id(out, row.name);
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
	const json_t *verdict = ladder_verdict(k, id);
	const char *why = record_said(verdict);
	char *wrong = ladder_wrong(l, k, id);

	fprintf(out, "<li><span class=\"%s%s\">&nbsp;%s&nbsp;</span> <code>", class_of(verdict),
		wrong ? " odd" : "", ladder_word(verdict));
	put_id(out, id);
	fputs("</code>", out);
	if (record_is_known(verdict)) {
		fputs("<br>", out);
		put(out, js_string(json_object_get(verdict, "known"), "reason"));
	}
	fputs(wrong ? "<br>not as expected: " : "", out);
	put(out, wrong);
	fputs(why ? "<br><code>" : "", out);
	put(out, why);
	fputs(why ? "</code></li>\n" : "</li>\n", out);
	free(wrong);
}

/* Is there something to say about the case? */
static bool is_worth(const struct ladder *l, const struct ladder_kernel *k, const char *id)
{
	const json_t *verdict = ladder_verdict(k, id);
	char *wrong = ladder_wrong(l, k, id);
	bool yes = wrong || (verdict && record_verdict(verdict) != VERDICT_PASS);

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
	put_id(out, row->name);
	fputs("</code>: ", out);
	put(out, counts);
	fputs("</summary><ul>\n", out);
	for (size_t i = row->first; i < row->first + row->n; i++) {
		const json_t *verdict = ladder_verdict(k, r->cases[i].id);
		bool says = is_worth(l, k, r->cases[i].id);

		if (says && verdict_rank(record_verdict(verdict)) < verdict_rank(VERDICT_PASS))
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
	put(out, ladder_release(k));
	fputs("</h2>\n", out);
	if (!k->record.n) {
		fputs("<p>No results: ", out);
		put(out, k->said ? k->said : "it said nothing");
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

	fputs(head, out);
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
	fputs("</body></html>\n", out);
	fclose(out);
	return text;
}
