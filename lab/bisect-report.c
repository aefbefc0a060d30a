// SPDX-License-Identifier: GPL-2.0-or-later
#include "bisect-report.h"

#include "bisect-text.h"
#include "bisect.h"
#include "config.h"
#include "file.h"
#include "js.h"
#include "mem.h"
#include "script.h"
#include "text.h"
#include "verb.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void indent(FILE *out, const char *text)
{
	for (const char *line = text; *line;) {
		int len = strcspn(line, "\n");

		fprintf(out, "%s%.*s\n", len ? "    " : "", len, line);
		line += len + (line[len] == '\n');
	}
}

static void write_rate(FILE *out, const struct bisection *x, const struct bisect_test *t,
		       const char *what)
{
	char *label = t ? bisect_space_label(&x->space, t->id) : NULL;

	if (t)
		fprintf(out, "  %-8s %5u:%-5u %s\n", what, t->tally.hits,
			t->tally.hits + t->tally.clean, label);
	free(label);
}

/* What makes a reader doubt: it is a merge, or changes nothing that runs. */
static void write_doubts(FILE *out, const struct bisection *x)
{
	char *parents, *files, *save;
	bool code = false;

	if (x->space.kind != BISECT_COMMITS)
		return;
	parents = bisect_git_show(&x->space.git, x->drive.culprit, "%P");
	files = bisect_git_files(&x->space.git, x->drive.culprit);
	if (strchr(parents, ' '))
		fprintf(out, "Note: it is a merge; what it merged passes alone.\n");
	for (char *file = strtok_r(files, "\n", &save); file; file = strtok_r(NULL, "\n", &save))
		code |= strncmp(file, "Documentation/", 14) != 0 &&
			(strncmp(file, "arch/", 5) != 0 || !strncmp(file, "arch/x86/", 9));
	if (!code)
		fprintf(out,
			"Note: it changes nothing that this kernel is made of; be suspicious.\n");
	free(parents);
	free(files);
}

static void write_culprit(FILE *out, const struct bisection *x)
{
	char *text;

	if (x->space.kind != BISECT_COMMITS) {
		fprintf(out, "    %s\n\n", x->drive.culprit);
		return;
	}
	text = bisect_git_show(&x->space.git, x->drive.culprit,
			       "commit %H%nAuthor: %an <%ae>%n"
			       "Date:   %ad%n%n%s");
	indent(out, text);
	putc('\n', out);
	free(text);
}

static void write_tests(FILE *out, const struct bisection *x)
{
	fprintf(out, "All that was tested:\n\n");
	for (size_t i = 0; i < x->drive.n; i++) {
		const struct bisect_test *t = &x->drive.tests[i];
		char *label = bisect_space_label(&x->space, t->id);

		fprintf(out, "  %5u:%-5u %-10s  %-8s  %s%s%s%s\n", t->tally.hits,
			t->tally.hits + t->tally.clean, bisect_text_verdict(t),
			bisect_text_phase(t), label, t->cached ? " (known from before)" : "",
			t->judged == BISECT_SKIP && t->why ? ": " : "",
			t->judged == BISECT_SKIP && t->why ? t->why : "");
		free(label);
	}
}

static void write_numbers(FILE *out, const struct bisection *x)
{
	const struct bisect_plan *p = &x->drive.plan;
	unsigned int skipped = 0;

	for (size_t i = 0; i < x->drive.n; i++)
		skipped += x->drive.tests[i].judged == BISECT_SKIP;
	fprintf(out,
		"At the bad end it fails in %u of %u runs, so at least %.0f %% of the time (90 %% sure); "
		"%u clean\nruns made good. The chance that a good verdict on the way is wrong is "
		"%.2g %%%s.\n",
		p->seen.hits, p->seen.hits + p->seen.clean, 100 * p->low, p->n, 100 * x->drive.miss,
		p->noise > 0 ? ", with the noise that was said" : "");
	if (skipped)
		fprintf(out, "%u could not be tested.\n", skipped);
}

/* The case that showed it at the bad end: as one C file, or NULL. */
static char *program(const struct bisection *x)
{
	char *path = mem_text("%s/repro.c", x->dir), *said, *text = NULL;
	const char *id;
	json_t *value;

	json_object_foreach(x->signature.places, id, value)
	{
		if (strcmp(json_string_value(value), x->signature.text) != 0)
			continue;
		if (!script_text((const char *[]){ "/proc/self/exe", "inline", id, "--output", path,
						   NULL },
				 &said))
			text = file_text(path);
		free(said);
		break;
	}
	free(path);
	return text;
}

static void write_program(FILE *out, const struct bisection *x)
{
	char *text = program(x);

	if (text)
		fprintf(out,
			"The program below shows it. It needs nothing of lostwrite.\n\n"
			"-- >8 -- repro.c\n%s",
			text);
	else
		fprintf(out,
			"The case has no form as one C file; lostwrite runs it: %s run --match "
			"'%s'\n",
			verb_program(), x->o->match);
	free(text);
}

static void write_git_log(FILE *out, const struct bisection *x)
{
	char *log;

	if (x->space.kind != BISECT_COMMITS)
		return;
	log = bisect_git_log(&x->space.git);
	fprintf(out, "\ngit bisect log:\n\n");
	indent(out, log);
	free(log);
}

static void write_found(FILE *out, const struct bisection *x, enum bisect_outcome outcome)
{
	const struct bisect *b = &x->drive;
	const char *word = b->fix ? "fixed by" : "broken by";

	fprintf(out, "%s is %s this %s:\n\n", x->o->match, word, bisect_space_unit(&x->space));
	write_culprit(out, x);
	fprintf(out, "           fail:runs, afresh\n");
	write_rate(out, x, bisect_find(b, BISECT_PARENT, NULL), "parent");
	write_rate(out, x, bisect_find(b, BISECT_CULPRIT, NULL), "culprit");
	putc('\n', out);
	if (outcome == BISECT_UNCONFIRMED)
		fprintf(out,
			"This is NOT confirmed: the two do not differ as they should. A verdict "
			"on the way was wrong,\nor the failure comes and goes; bisect again with "
			"a higher --confidence.\n\n");
	write_doubts(out, x);
}

static void write_set(FILE *out, const struct bisection *x)
{
	fprintf(out, "%s is %s by one of several %ss, which could not be tested; see below.\n\n",
		x->o->match, x->drive.fix ? "fixed" : "broken", bisect_space_unit(&x->space));
}

static void write_all(FILE *out, const struct bisection *x, enum bisect_outcome outcome)
{
	char *label = x->drive.culprit ? bisect_space_label(&x->space, x->drive.culprit)
				       : mem_copy("one of several");

	fprintf(out, "Subject: [%s] %s, %s %s\n\n", x->drive.fix ? "fixed" : "regression",
		x->signature.text, x->drive.fix ? "fixed by" : "since", label);
	if (outcome == BISECT_SET)
		write_set(out, x);
	else
		write_found(out, x, outcome);
	write_numbers(out, x);
	fprintf(out,
		"lostwrite %s looks for writes that the kernel loses; each kernel ran in QEMU.\n\n",
		PACKAGE_VERSION);
	write_tests(out, x);
	write_git_log(out, x);
	putc('\n', out);
	write_program(out, x);
	free(label);
}

static void say_set(const struct bisection *x)
{
	size_t first, last;
	char *log, *save;

	printf("not one %s: those that could not be tested hide it; it is one of\n",
	       bisect_space_unit(&x->space));
	if (x->space.kind != BISECT_COMMITS) {
		bisect_list_left(&x->space.list, &first, &last);
		for (size_t i = first; i <= last; i++)
			printf("  %s\n", x->space.list.items[i].id);
		return;
	}
	log = bisect_git_log(&x->space.git);
	for (char *line = strtok_r(log, "\n", &save); line; line = strtok_r(NULL, "\n", &save))
		if (!strncmp(line, "# possible first ", 17))
			printf("  %s\n", strchr(line, '[') ? strchr(line, '[') : line);
	free(log);
}

static void say(const struct bisection *x, enum bisect_outcome outcome)
{
	char *label;

	putchar('\n');
	if (outcome == BISECT_SET) {
		say_set(x);
		return;
	}
	label = bisect_space_label(&x->space, x->drive.culprit);
	printf("%s %s: %s\n", x->drive.fix ? "fixed by" : "broken by", bisect_space_unit(&x->space),
	       label);
	if (outcome == BISECT_UNCONFIRMED)
		printf("not confirmed: run afresh, it and the one before it do not differ as they "
		       "should\n");
	free(label);
}

void bisect_report_write(struct bisection *x, enum bisect_outcome outcome)
{
	char *path = mem_text("%s/report.txt", x->dir);
	struct file_new f;
	bool ok;

	say(x, outcome);
	fflush(stdout);
	ok = file_begin(&f, path);
	if (ok) {
		write_all(f.out, x, outcome);
		ok = file_commit(&f);
	}
	if (ok)
		printf("report, to be mailed: %s\n", path);
	else
		text_refuse(mem_text("cannot write %s: %s", path, strerror(errno)));
	free(path);
}

static char *why_no_end(const struct bisection *x, enum bisect_outcome outcome)
{
	const struct bisect_test *t = &x->drive.tests[x->drive.n - 1];
	char *label = bisect_space_label(&x->space, t->id), *text;
	unsigned int runs = t->tally.hits + t->tally.clean;

	if (outcome == BISECT_CANNOT_TEST)
		text = mem_text("the %s, %s, cannot be tested: %s", bisect_text_phase(t), label,
				t->why ? t->why : "too few of its runs say anything");
	else if (outcome == BISECT_GOOD_IS_BAD)
		text = mem_text("the good end, %s, fails as well (%u of %u runs); name %s one",
				label, t->tally.hits, runs, x->drive.fix ? "a newer" : "an older");
	else if (t->tally.hits)
		text = mem_text(
			"the bad end, %s, fails in %u of %u runs, which may be the noise of %g",
			label, t->tally.hits, runs, x->drive.plan.noise);
	else
		text = mem_text("the bad end, %s, passes (%u of %u runs); more runs (--calibrate), "
				"longer ones (-- --seconds N) or more CPUs (--cpus) may show it",
				label, t->tally.clean, runs);
	free(label);
	return text;
}

void bisect_report_refuse(struct bisection *x, enum bisect_outcome outcome)
{
	char *why = x->drive.why;

	x->drive.why = NULL;
	if (outcome == BISECT_INTERRUPTED)
		why = mem_text("interrupted; '%s bisect --resume %s' goes on", verb_program(),
			       x->dir);
	else if (outcome == BISECT_BAD_IS_GOOD || outcome == BISECT_GOOD_IS_BAD ||
		 outcome == BISECT_CANNOT_TEST)
		why = why_no_end(x, outcome);
	text_refuse(why ? why : mem_copy("nothing can be tested here"));
}
