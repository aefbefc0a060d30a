// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * junit DIR: writes DIR/junit.xml of what runner/report-junit.c says on standard input. A
 * program of its own, as libxml2 may bring 30 MB along that no guest needs.
 *
 * Reasons stand in the element as well as in its message: GitLab shows only that.
 */
#include "file.h"
#include "mem.h"
#include "text.h"

#include <errno.h>
#include <libxml/xmlwriter.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum run_field { NAME, TIME, HOST, RUN_FIELDS };
enum case_field { PROGRAM, ID, ELEMENT, SECONDS, MESSAGE, OUTPUT, CASE_FIELDS };

struct input {
	char *run[RUN_FIELDS];
	struct test {
		char *field[CASE_FIELDS];
	} * tests;
	size_t n;
};

static char *read_all(void)
{
	size_t size = 1 << 16, len = 0;
	char *text = mem_zero(size, 1);
	ssize_t got;

	while ((got = read(STDIN_FILENO, text + len, size - len - 1)) > 0) {
		len += got;
		if (size - len < 2)
			text = mem_grow(text, size *= 2, 1);
	}
	text[len] = '\0';
	return text;
}

static bool cut(char *record, char **fields, int n)
{
	for (int i = 0; i < n; i++) {
		fields[i] = record ? strsep(&record, "\037") : NULL;
		if (!fields[i] || !record)
			return false;
	}
	return true;
}

static bool parse(char *text, struct input *in)
{
	bool ok = cut(strsep(&text, "\036"), in->run, RUN_FIELDS);
	char *record;

	while (ok && text && (record = strsep(&text, "\036")) && *record) {
		in->tests = mem_grow(in->tests, in->n + 1, sizeof(*in->tests));
		ok = cut(record, in->tests[in->n++].field, CASE_FIELDS);
	}
	return ok;
}

static void attribute(xmlTextWriter *x, const char *name, const char *text)
{
	xmlTextWriterWriteAttribute(x, BAD_CAST name, BAD_CAST text);
}

static void put_test(xmlTextWriter *x, char *const *field)
{
	xmlTextWriterStartElement(x, BAD_CAST "testcase");
	attribute(x, "classname", field[PROGRAM]);
	attribute(x, "name", field[ID]);
	attribute(x, "time", field[SECONDS]);
	if (*field[ELEMENT]) {
		xmlTextWriterStartElement(x, BAD_CAST field[ELEMENT]);
		attribute(x, "message", field[MESSAGE]);
		xmlTextWriterWriteString(x, BAD_CAST field[MESSAGE]);
		xmlTextWriterEndElement(x);
	}
	if (*field[OUTPUT])
		xmlTextWriterWriteElement(x, BAD_CAST "system-out", BAD_CAST field[OUTPUT]);
	xmlTextWriterEndElement(x);
}

static void totals(xmlTextWriter *x, const struct test *tests, size_t n)
{
	static const char *const elements[] = { "failure", "error", "skipped" };
	static const char *const names[] = { "failures", "errors", "skipped" };
	size_t counts[3] = { 0 };
	double seconds = 0;

	for (size_t i = 0; i < n; i++) {
		for (int e = 0; e < 3; e++)
			counts[e] += !strcmp(tests[i].field[ELEMENT], elements[e]);
		seconds += strtod(tests[i].field[SECONDS], NULL);
	}
	xmlTextWriterWriteFormatAttribute(x, BAD_CAST "tests", "%zu", n);
	for (int e = 0; e < 3; e++)
		xmlTextWriterWriteFormatAttribute(x, BAD_CAST names[e], "%zu", counts[e]);
	xmlTextWriterWriteFormatAttribute(x, BAD_CAST "time", "%.3f", seconds);
}

static size_t same_program(const struct input *in, size_t first)
{
	size_t n = 1;

	while (first + n < in->n &&
	       !strcmp(in->tests[first + n].field[PROGRAM], in->tests[first].field[PROGRAM]))
		n++;
	return n;
}

static void suite(xmlTextWriter *x, const struct input *in, size_t first, size_t n)
{
	xmlTextWriterStartElement(x, BAD_CAST "testsuite");
	attribute(x, "name", in->tests[first].field[PROGRAM]);
	totals(x, in->tests + first, n);
	/* 2026-11-22T09:00:00, as the schema wants it. */
	if (*in->run[TIME])
		xmlTextWriterWriteFormatAttribute(x, BAD_CAST "timestamp", "%.19s", in->run[TIME]);
	attribute(x, "hostname", in->run[HOST]);
	for (size_t i = first; i < first + n; i++)
		put_test(x, in->tests[i].field);
	xmlTextWriterEndElement(x);
}

static void write_all(xmlTextWriter *x, const struct input *in)
{
	xmlTextWriterSetIndent(x, 1);
	xmlTextWriterStartDocument(x, NULL, "UTF-8", NULL);
	xmlTextWriterStartElement(x, BAD_CAST "testsuites");
	attribute(x, "name", in->run[NAME]);
	totals(x, in->tests, in->n);
	for (size_t i = 0; i < in->n; i += same_program(in, i))
		suite(x, in, i, same_program(in, i));
	xmlTextWriterEndDocument(x);
}

static bool write_file(const char *path, const struct input *in)
{
	struct file_new f;
	xmlTextWriter *x;

	if (!file_begin(&f, path))
		return false;
	x = xmlNewTextWriter(xmlOutputBufferCreateFile(f.out, NULL));
	write_all(x, in);
	xmlFreeTextWriter(x);
	return file_commit(&f);
}

int main(int argc, char **argv)
{
	struct input in = { .n = 0 };
	char *path, *text;
	int code = 0;

	if (argc != 2)
		return text_refuse(mem_copy("usage: junit DIR"));
	path = mem_text("%s/junit.xml", argv[1]);
	text = read_all();
	if (!parse(text, &in))
		code = text_refuse(mem_copy("junit: not what it expects on standard input"));
	else if (!write_file(path, &in))
		code = text_refuse(mem_text("cannot write %s: %s", path, strerror(errno)));
	free(in.tests);
	free(text);
	free(path);
	return code;
}
