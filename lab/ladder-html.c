// SPDX-License-Identifier: GPL-2.0-or-later
#include "js.h"
#include "ladder.h"
#include "mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char head[] =
	"<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
	"<meta name=\"viewport\" content=\"width=device-width\">\n"
	"<title>lostwrite: kernels and cases</title>\n<style>\n"
	":root{color-scheme:light dark;--bg:#fff;--fg:#1b1f24;--line:#d5dae0;--head:#f4f6f8;"
	"--pass:#d9f2e0;--bad:#f8c4c4;--known:#fbe8b8;--none:#eceff2}\n"
	"@media(prefers-color-scheme:dark){:root{--bg:#15181c;--fg:#dfe4ea;--line:#3a424c;"
	"--head:#20252b;--pass:#1d4a2c;--bad:#6e2323;--known:#5c4a16;--none:#2a3037}}\n"
	"body{font:15px/1.45 system-ui,sans-serif;background:var(--bg);color:var(--fg);"
	"margin:2em auto;padding:0 1em;max-width:80em}\n"
	"h1{font-size:1.4em;margin-bottom:.2em}h2{font-size:1.1em;margin-top:2em}\n"
	".wide{overflow-x:auto}table{border-collapse:collapse}\n"
	"th,td{border:1px solid var(--line);padding:.25em .7em;text-align:left}\n"
	"thead th{background:var(--head);position:sticky;top:0}\n"
	"tbody th{font:13px ui-monospace,monospace;font-weight:normal;white-space:nowrap}\n"
	"small{opacity:.75;font-weight:normal}\n"
	".pass{background:var(--pass)}.corrupt,.crashed,.broken{background:var(--bad);"
	"font-weight:600}\n"
	".known{background:var(--known)}.skip,.inconclusive,.notrun,.none{background:var(--none)}\n"
	".odd{outline:3px solid #c0392b;outline-offset:-3px}\n"
	"code{font:13px ui-monospace,monospace;overflow-wrap:anywhere}li{margin:.4em 0}\n"
	"</style></head><body>\n<h1>lostwrite: kernels and cases</h1>\n";

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

/* The words around the text of a cell: what was found, or why not. */
static const char *story(const json_t *verdict)
{
	const char *why = js_string(verdict, "diagnosis");

	if (!why)
		why = js_string(verdict, "reason");
	return why ? why : js_string(json_object_get(verdict, "known"), "reason");
}

static const char *class_of(const json_t *verdict)
{
	if (!verdict)
		return "none";
	return record_is_known(verdict) ? "known" : verdict_name(record_verdict(verdict));
}

static void cell(FILE *out, const struct ladder *l, const struct ladder_kernel *k, const char *id)
{
	const json_t *verdict = ladder_verdict(k, id);
	char *wrong = ladder_wrong(l, k, id);

	fprintf(out, "<td class=\"%s%s\" title=\"", class_of(verdict), wrong ? " odd" : "");
	put(out, wrong);
	fputs(wrong && story(verdict) ? "; " : "", out);
	put(out, story(verdict));
	fprintf(out, "\">%s</td>", ladder_word(verdict));
	free(wrong);
}

static void table(FILE *out, const struct ladder *l)
{
	const struct ladder_kernel *rows = ladder_rows(l);

	fputs("<div class=\"wide\"><table><thead><tr><th scope=\"col\">case</th>", out);
	for (size_t i = 0; i < l->n; i++) {
		fputs("<th scope=\"col\">", out);
		put(out, ladder_release(&l->kernels[i]));
		fputs("<br><small>", out);
		put(out, l->kernels[i].record.n ? l->kernels[i].label : "no results");
		fprintf(out, ", %.1f s</small></th>", l->kernels[i].seconds);
	}
	fputs("</tr></thead><tbody>\n", out);
	for (size_t i = 0; rows && i < rows->record.n; i++) {
		fputs("<tr><th scope=\"row\">", out);
		put(out, rows->record.cases[i].id);
		fputs("</th>", out);
		for (size_t j = 0; j < l->n; j++)
			cell(out, l, &l->kernels[j], rows->record.cases[i].id);
		fputs("</tr>\n", out);
	}
	fputs("</tbody></table></div>\n", out);
}

static void detail(FILE *out, const struct ladder *l, const struct ladder_kernel *k, const char *id)
{
	const json_t *verdict = ladder_verdict(k, id);
	char *wrong = ladder_wrong(l, k, id);

	if (wrong || (verdict && record_verdict(verdict) != VERDICT_PASS)) {
		fputs("<li><code>", out);
		put(out, id);
		fprintf(out, "</code> <b>%s</b>", ladder_word(verdict));
		fputs(wrong ? " unexpected: " : "", out);
		put(out, wrong);
		if (record_is_known(verdict)) {
			fputs(": ", out);
			put(out, js_string(json_object_get(verdict, "known"), "reason"));
		}
		fputs(story(verdict) ? "<br><code>" : "", out);
		put(out, story(verdict));
		fputs(story(verdict) ? "</code></li>\n" : "</li>\n", out);
	}
	free(wrong);
}

static void details(FILE *out, const struct ladder *l, const struct ladder_kernel *k)
{
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
	for (size_t i = 0; i < k->record.n; i++)
		detail(out, l, k, k->record.cases[i].id);
	fputs("</ul>\n", out);
}

char *ladder_html(const struct ladder *l, int code)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	fputs(head, out);
	fprintf(out,
		"<p>Exit code %d. <span class=\"pass\">pass</span> <span class=\"corrupt\">lost "
		"writes, crashes</span> <span class=\"known\">open upstream, hazards, known"
		"</span> <span class=\"skip\">nothing said</span>%s</p>\n",
		code, l->expect ? " <span class=\"odd\">&nbsp;not as expected&nbsp;</span>" : "");
	table(out, l);
	for (size_t i = 0; i < l->n; i++)
		details(out, l, &l->kernels[i]);
	fputs("</body></html>\n", out);
	fclose(out);
	return text;
}
