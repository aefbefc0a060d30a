// SPDX-License-Identifier: GPL-2.0-or-later
/* What the runner makes of a journal, an expression and a line of KTAP, without running anything. */
#include "expr.h"
#include "ktap.h"
#include "record.h"
#include "tap.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char dir[] = "/tmp/lostwrite-test-XXXXXX";

/* Cases of one program; one name begins as another. */
#define BEGINNING                                                              \
	"{\"event\":\"run\",\"journal\":1,\"selection\":[{\"program\":\"p\","  \
	"\"cells\":[{\"id\":\"p.z\"},{\"id\":\"p.a\"},{\"id\":\"p.ab\"}]}]}\n" \
	"{\"event\":\"start\",\"program\":\"p\",\"pass\":1,\"cells\":[\"p.z\",\"p.a\",\"p.ab\"]}\n"
#define CELL(id) "{\"event\":\"cell\",\"id\":\"" id "\"}\n"
#define VERDICT(id, pass, verdict, more)                                            \
	"{\"event\":\"verdict\",\"id\":\"" id "\",\"program\":\"p\",\"pass\":" pass \
	",\"verdict\":\"" verdict "\"" more "}\n"

#define KNOWN ",\"known\":{\"reason\":\"bug 1\"}"

static bool read_journal(struct record *r, const char *text)
{
	char path[64], *why = NULL;
	FILE *file;
	bool ok;

	snprintf(path, sizeof(path), "%s/journal.jsonl", dir);
	file = fopen(path, "we");
	ok = file && fputs(text, file) >= 0;
	ok = file && !fclose(file) && ok && record_read(r, dir, &why);
	if (why)
		printf("# %s\n", why);
	free(why);
	return ok;
}

/* Of a run that was cut off after TEXT: the case that is to be blamed. */
static bool blames(const char *text, const char *id)
{
	struct record r;
	const struct record_case *c = read_journal(&r, text) ? record_cut_off(&r) : NULL;
	bool same = c && !strcmp(c->id, id);

	record_free(&r);
	return same;
}

static void test_cut_off(void)
{
	ok(blames(BEGINNING, "p.z"), "before its first cell: the first is blamed");
	ok(blames(BEGINNING CELL("p.a") VERDICT("p.a", "1", "pass", "") CELL("p.ab"), "p.ab"),
	   "after a cell, the journal's last line: that one");
	ok(blames(BEGINNING CELL("p.ab"), "p.ab"), "even if another has no verdict either");
	ok(blames(BEGINNING CELL("p.a") VERDICT("p.ab", "1", "pass", ""), "p.a"),
	   "a verdict of one whose name only begins so ends nothing");
}

static void test_shown(void)
{
	struct record r;
	const struct outcome *o = NULL;

	if (read_journal(&r, BEGINNING VERDICT("p.a", "1", "corrupt", KNOWN)
				     VERDICT("p.a", "2", "corrupt", "")
					     VERDICT("p.a", "3", "corrupt", KNOWN)))
		o = record_shown(record_find(&r, "p.a"));
	ok(o && !outcome_is_known(o), "of passes that are as bad the one that is new is shown");
	record_free(&r);
}

static void test_spent(void)
{
	struct record r;
	bool good = read_journal(
		&r, BEGINNING CELL("p.a") VERDICT("p.a", "1", "pass", ",\"seconds\":2.5")
			    CELL("p.ab") "{\"event\":\"resume\",\"case\":\"p.ab\"}\n" VERDICT(
				    "p.ab", "1", "crashed", ",\"seconds\":1.0"));

	ok(good && r.spent == 2.5 && r.part == 1.0, "what ran before a resume was spent");
	record_free(&r);
}

static void test_passes(void)
{
	struct record r;
	bool good = read_journal(&r, BEGINNING VERDICT("p.a", "1", "pass", ",\"seconds\":2.5")
					     VERDICT("p.a", "2", "pass", ",\"seconds\":4.0"));
	const struct record_case *c = good ? record_find(&r, "p.a") : NULL;

	record_finish(&r);
	ok(c && c->seconds == 6.5 && c->counts[VERDICT_PASS] == 2,
	   "a case took what all its passes took");
	record_free(&r);
}

static bool is_one_of(const char *glob, void *words)
{
	return strstr(words, glob);
}

static bool matches(const char *text, const char *words)
{
	char *why;
	struct expr *e = expr_parse(text, &why);
	bool is = e && expr_match(e, is_one_of, (void *)words);

	free(why);
	expr_free(e);
	return is;
}

static void test_expressions(void)
{
	ok(matches("a or b and c", "a") && !matches("a or b and c", "b") &&
		   matches("b and c or a", "a") && matches("b and c or a", "b c"),
	   "'and' binds before 'or'");
	ok(!matches("(a or b) and c", "a") && matches("(a or b) and c", "a c"), "but for brackets");
	ok(!matches("not a and b", "a b") && !matches("not a and b", "c") &&
		   matches("not a and b", "b"),
	   "'not' is about the next word only");
	ok(matches("!a&&b", "b") && matches("a,b", "b") && !matches("a & b", "b"),
	   "signs are words");
}

static enum verdict verdict_of(const char *line, bool *understood)
{
	char text[128];
	struct ktap k;
	enum verdict v;

	ktap_init(&k);
	snprintf(text, sizeof(text), "1..1");
	ktap_line(&k, text);
	snprintf(text, sizeof(text), "%s", line);
	*understood = ktap_line(&k, text) == KTAP_RESULT && !k.problem;
	v = k.verdict;
	ktap_free(&k);
	return v;
}

static void test_directives(void)
{
	bool one, two, three, four;

	ok(verdict_of("ok 1 a # SKIP no swap", &one) == VERDICT_SKIP && one &&
		   verdict_of("not ok 1 a # ERROR mmap", &two) == VERDICT_BROKEN && two,
	   "directives are understood");
	verdict_of("not ok 1 a # SKIP no swap", &one);
	verdict_of("ok 1 a # ERROR mmap", &two);
	verdict_of("ok 1 a # TODO hazard: x", &three);
	verdict_of("ok 2 a", &four);
	ok(!one && !two && !three, "only behind the word they belong to");
	ok(!four, "a result out of order is a problem");
}

int main(void)
{
	char path[64];

	if (!mkdtemp(dir))
		return 99;
	test_cut_off();
	test_shown();
	test_spent();
	test_passes();
	test_expressions();
	test_directives();
	snprintf(path, sizeof(path), "%s/journal.jsonl", dir);
	unlink(path);
	rmdir(dir);
	return done();
}
