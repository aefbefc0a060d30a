// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * junit DIR: writes DIR/junit.xml from DIR/journal.jsonl. A program of its own, as libxml2
 * may bring 30 MB along that no guest needs.
 *
 * A known bug is a skip here, as the consumers (GitLab, Jenkins) have no word for it; with
 * --strict it is a failure. Reasons stand in the element too: GitLab shows only that.
 */
#include "closing.h"
#include "file.h"
#include "js.h"
#include "mem.h"
#include "record.h"
#include "text.h"

#include <errno.h>
#include <libxml/xmlwriter.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void attribute(xmlTextWriter *x, const char *name, const char *text)
{
	xmlTextWriterWriteAttribute(x, BAD_CAST name, BAD_CAST text);
}

static void seconds(xmlTextWriter *x, double s)
{
	xmlTextWriterWriteFormatAttribute(x, BAD_CAST "time", "%.3f", s < 0 ? 0 : s);
}

/* <NAME message="TEXT">TEXT</NAME> */
static void element(xmlTextWriter *x, const char *name, const char *text)
{
	xmlTextWriterStartElement(x, BAD_CAST name);
	attribute(x, "message", text);
	xmlTextWriterWriteString(x, BAD_CAST text);
	xmlTextWriterEndElement(x);
}

enum kind { PASSED, FAILURE, ERROR, SKIPPED, KINDS };

static enum kind kind_of(const struct outcome *o, bool strict)
{
	switch (o->verdict) {
	case VERDICT_PASS:
		return PASSED;
	case VERDICT_CORRUPT:
	case VERDICT_CRASHED:
		return outcome_is_known(o) && !strict ? SKIPPED : FAILURE;
	case VERDICT_BROKEN:
		return ERROR;
	default:
		return SKIPPED;
	}
}

/* "inconclusive: never reached", a new string. */
static char *message(const struct outcome *o)
{
	const char *said = outcome_said(o);

	if (outcome_is_known(o))
		return mem_text("%s: %s", known_word(o->known), o->known_reason);
	return mem_text("%s%s%s", verdict_word(o->verdict), said ? ": " : "", said ? said : "");
}

static void line(xmlTextWriter *x, const char *what, const char *text)
{
	if (text)
		xmlTextWriterWriteFormatString(x, "%s%s\n", what, text);
}

static void kernel_log(xmlTextWriter *x, const struct record *r, const char *id)
{
	for (size_t i = 0; i < json_array_size(r->faults); i++) {
		const json_t *fault = json_array_get(r->faults, i);
		const json_t *lines = json_object_get(fault, "lines");
		const char *of = js_string(fault, "id");

		for (size_t j = 0; of && !strcmp(of, id) && j < json_array_size(lines); j++)
			line(x, "", json_string_value(json_array_get(lines, j)));
	}
}

/* What a person needs who sees nothing but this file. */
static void system_out(xmlTextWriter *x, const struct record *r, const struct record_case *c)
{
	const struct outcome *o = record_shown(c);

	if (!outcome_is_bad(o))
		return;
	xmlTextWriterStartElement(x, BAD_CAST "system-out");
	line(x, "", o->diagnosis);
	line(x, "replay: ", o->replay);
	line(x, "", o->scene);
	kernel_log(x, r, c->id);
	xmlTextWriterEndElement(x);
}

static void test_case(xmlTextWriter *x, const struct record *r, const struct record_case *c)
{
	static const char *const names[KINDS] = { NULL, "failure", "error", "skipped" };
	const struct outcome *o = record_shown(c);
	enum kind kind = kind_of(o, record_strict(r));
	char *text = message(o);

	xmlTextWriterStartElement(x, BAD_CAST "testcase");
	attribute(x, "classname", c->program);
	attribute(x, "name", c->id);
	seconds(x, o->seconds);
	if (names[kind])
		element(x, names[kind], text);
	system_out(x, r, c);
	xmlTextWriterEndElement(x);
	free(text);
}

static void totals(xmlTextWriter *x, const struct record *r, size_t first, size_t n)
{
	static const char *const names[KINDS] = { "tests", "failures", "errors", "skipped" };
	size_t counts[KINDS] = { n };
	double spent = 0;
	enum kind kind;

	for (size_t i = first; i < first + n; i++) {
		const struct outcome *o = record_shown(&r->cases[i]);

		kind = kind_of(o, record_strict(r));
		if (kind != PASSED)
			counts[kind]++;
		spent += o->seconds < 0 ? 0 : o->seconds;
	}
	for (int k = 0; k < KINDS; k++)
		xmlTextWriterWriteFormatAttribute(x, BAD_CAST names[k], "%zu", counts[k]);
	seconds(x, spent);
}

/* 2026-11-22T09:00:00, as the schema wants it. */
static void when(xmlTextWriter *x, const struct record *r)
{
	const char *time = js_string(r->run, "time");

	if (time)
		xmlTextWriterWriteFormatAttribute(x, BAD_CAST "timestamp", "%.19s", time);
}

static void suite(xmlTextWriter *x, const struct record *r, size_t first, size_t n)
{
	xmlTextWriterStartElement(x, BAD_CAST "testsuite");
	attribute(x, "name", r->cases[first].program);
	totals(x, r, first, n);
	when(x, r);
	attribute(x, "hostname", js_string(r->run, "host"));
	for (size_t i = first; i < first + n; i++)
		test_case(x, r, &r->cases[i]);
	xmlTextWriterEndElement(x);
}

static void write_all(xmlTextWriter *x, const struct record *r)
{
	char *sentence = closing_sentence(r);

	xmlTextWriterSetIndent(x, 1);
	xmlTextWriterStartDocument(x, NULL, "UTF-8", NULL);
	xmlTextWriterStartElement(x, BAD_CAST "testsuites");
	attribute(x, "name", sentence);
	totals(x, r, 0, r->n);
	for (size_t i = 0, n; i < r->n; i += n) {
		n = record_same_program(r, i);
		suite(x, r, i, n);
	}
	xmlTextWriterEndDocument(x);
	free(sentence);
}

static bool write_file(const struct record *r, const char *dir)
{
	char *path = mem_text("%s/junit.xml", dir);
	struct file_new f;
	xmlTextWriter *x;
	bool ok = file_begin(&f, path);

	if (ok) {
		x = xmlNewTextWriter(xmlOutputBufferCreateFile(f.out, NULL));
		write_all(x, r);
		xmlFreeTextWriter(x);
		ok = file_commit(&f);
	}
	if (!ok)
		fprintf(stderr, "%s: cannot write %s: %s\n", program_invocation_short_name, path,
			strerror(errno));
	free(path);
	return ok;
}

int main(int argc, char **argv)
{
	struct record record;
	char *why;
	bool ok;

	if (argc != 2)
		return text_refuse(mem_copy("usage: junit DIR"));
	if (!record_read(&record, argv[1], &why))
		return text_refuse(why);
	record_finish(&record);
	ok = write_file(&record, argv[1]);
	record_free(&record);
	return ok ? 0 : 2;
}
