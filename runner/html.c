// SPDX-License-Identifier: GPL-2.0-or-later
#include "html.h"

#include "file.h"

#include <string.h>

#define FILE_SHOWN 60000 /* bytes */

static const char style[] =
	":root{color-scheme:light dark;--bg:#fff;--fg:#1b1f24;--line:#d5dae0;--head:#f4f6f8;"
	"--pass:#d9f2e0;--bad:#f8c4c4;--known:#fbe8b8;--none:#eceff2;--odd:#b02a1c}\n"
	"@media(prefers-color-scheme:dark){:root{--bg:#15181c;--fg:#dfe4ea;--line:#3a424c;"
	"--head:#20252b;--pass:#1d4a2c;--bad:#6e2323;--known:#5c4a16;--none:#2a3037;--odd:#ff7b6b}}\n"
	"body{font:15px/1.45 system-ui,sans-serif;background:var(--bg);color:var(--fg);"
	"margin:1.5em auto;padding:0 1em;max-width:75em}\n"
	"h1{font-size:1.4em;margin:.5em 0}h1[class]{padding:.4em .6em;border-radius:4px}h2{font-size:1.1em;margin:2em 0 .5em}\n"
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
	"span[class],td[class]{white-space:nowrap}.key span,summary span{padding:.1em .5em;border-radius:3px;"
	"line-height:2}\n"
	".pass{background:var(--pass)}.corrupt,.crashed,.broken{background:var(--bad);"
	"font-weight:600}\n"
	".known{background:var(--known)}.skip,.inconclusive,.notrun,.none{background:var(--none)}\n"
	".odd{outline:3px solid var(--odd);outline-offset:-3px}span.odd{outline-width:2px;"
	"outline-offset:0;padding:0 .4em;margin:0 3px;border-radius:2px}summary{cursor:pointer}\n"
	"code,pre{font:13px ui-monospace,monospace;overflow-wrap:anywhere}\n"
	"pre{overflow-x:auto;background:var(--head);padding:.6em;border-radius:4px;"
	"overflow-wrap:normal}\n"
	"article{border:1px solid var(--line);border-left:5px solid var(--odd);border-radius:4px;"
	"padding:.1em 1em .4em;margin:1em 0}article p{margin:.5em 0}\n"
	"input[type=search]{font:inherit;padding:.3em .6em;width:min(30em,100%);box-sizing:border-box}\n"
	"meter{width:8em}.num{text-align:right}[hidden]{display:none!important}\n"
	"td.why{white-space:normal;overflow-wrap:anywhere;min-width:18em}details{margin:.4em 0}\n"
	"@media(max-width:36em){tbody th{white-space:normal;overflow-wrap:anywhere;min-width:8.5em;"
	"max-width:11em;font-size:12px}th,td{padding:.25em .4em;font-size:13px}}\n";

/* Shows the elements of class f that have all the words; a page is whole without it. */
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

void html_begin(FILE *out, const char *title)
{
	fputs("<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
	      "<meta name=\"viewport\" content=\"width=device-width\">\n<title>",
	      out);
	html_text(out, title);
	fprintf(out, "</title>\n<style>\n%s</style></head><body>\n", style);
}

void html_end(FILE *out)
{
	fputs("</body></html>\n", out);
}

void html_filter(FILE *out)
{
	fputs("<p><input type=\"search\" id=\"filter\" placeholder=\"filter: words of a case "
	      "or reason\" aria-label=\"filter\"></p>\n",
	      out);
	fputs(script, out);
}

void html_text(FILE *out, const char *text)
{
	static const char special[] = "&<>\"";
	static const char *const names[] = { "&amp;", "&lt;", "&gt;", "&quot;" };
	size_t n;

	for (; text && *text; text += n) {
		n = strcspn(text, special);
		fwrite(text, 1, n, out);
		if (text[n])
			fputs(names[strchr(special, text[n++]) - special], out);
	}
}

void html_id(FILE *out, const char *id)
{
	for (const char *dot; (dot = strchr(id, '.')); id = dot + 1)
		fprintf(out, "%.*s.<wbr>", (int)(dot - id), id);
	fputs(id, out);
}

void html_tag(FILE *out, const char *tag, const char *text)
{
	fprintf(out, "<%s>", tag);
	html_text(out, text);
	fprintf(out, "</%s>", tag);
}

char *html_file(const char *path)
{
	char *text = file_text(path);

	if (text && strlen(text) > FILE_SHOWN)
		text[FILE_SHOWN] = '\0';
	for (char *c = text; c && *c; c++) /* it keeps its lines */
		if ((unsigned char)*c < ' ' && *c != '\n' && *c != '\t')
			*c = ' ';
	return text;
}
