// SPDX-License-Identifier: GPL-2.0-or-later
#include "config.h"
#include "case-impl.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>

/* A case without cells has one, which is called like the case. */
const struct case_cell *case_cells(const struct case_info *info)
{
	static struct case_cell single[2];

	if (info->cells)
		return info->cells;
	single[0] = (struct case_cell){ .name = info->name, .summary = info->summary };
	return single;
}

char *case_id(const struct case_info *info, const struct case_cell *cell, char *text, size_t size)
{
	if (info->cells)
		snprintf(text, size, "%s.%s", info->name, cell->name);
	else
		snprintf(text, size, "%s", info->name);
	return text;
}

const char *case_open(const struct case_info *info, const struct case_cell *cell)
{
	return cell->open ? cell->open : info->open;
}

uint64_t case_needs(const struct case_info *info, const struct case_cell *cell)
{
	return info->needs | cell->needs;
}

size_t case_memory(const struct case_info *info)
{
	return info->memory ? info->memory : 64u << 20;
}

unsigned int case_seconds(const struct case_info *info)
{
	return info->seconds ? info->seconds : 10;
}

/* --- --describe --- */

static json_t *text_or_null(const char *text)
{
	return text ? json_string(text) : json_null();
}

static json_t *words(const char *text)
{
	json_t *list = json_array();
	size_t n;

	for (; text && *text; text += n) {
		text += strspn(text, " ");
		n = strcspn(text, " ");
		if (n)
			json_array_append_new(list, json_stringn(text, n));
	}
	return list;
}

static json_t *live_need(const struct need *need)
{
	return json_pack("{s:s, s:b, s:s, s:s}", "name", need->name, "ok", need->ok, "reason",
			 need->reason, "remedy", need->remedy);
}

static json_t *live_needs(uint64_t needs, size_t memory)
{
	json_t *list = json_array();
	struct need need;

	for (unsigned int i = 0; i < NEED_COUNT; i++) {
		if (!(needs >> i & 1))
			continue;
		need_probe(1ull << i, &need);
		json_array_append_new(list, live_need(&need));
	}
	need_memory(memory, &need);
	json_array_append_new(list, live_need(&need));
	return list;
}

static json_t *need_names(uint64_t needs)
{
	json_t *list = json_array();

	for (unsigned int i = 0; i < NEED_COUNT; i++)
		if (needs >> i & 1)
			json_array_append_new(list, json_string(need_name(1ull << i)));
	return list;
}

static json_t *cells_json(const struct case_info *info)
{
	json_t *list = json_array();
	char id[256];

	for (const struct case_cell *cell = case_cells(info); cell->name; cell++)
		json_array_append_new(
			list,
			json_pack("{s:s, s:s, s:o, s:o, s:o}", "id",
				  case_id(info, cell, id, sizeof(id)), "summary", cell->summary,
				  "open", text_or_null(case_open(info, cell)), "hazard",
				  text_or_null(cell->hazard ? cell->hazard : info->hazard), "needs",
				  need_names(case_needs(info, cell))));
	return list;
}

static json_t *cannot_json(const struct case_info *info)
{
	json_t *list = json_array();

	for (const struct case_cannot *rule = info->cannot; rule && rule->pattern; rule++)
		json_array_append_new(list, json_pack("{s:s, s:I, s:s}", "pattern", rule->pattern,
						      "cells", (json_int_t)rule->cells, "reason",
						      rule->reason));
	return list;
}

static json_t *oracles_json(unsigned int oracles)
{
	static const char *const names[] = { "coherence", "isolation", "tracking" };
	json_t *list = json_array();

	for (unsigned int i = 0; i < 3; i++)
		if (oracles >> i & 1)
			json_array_append_new(list, json_string(names[i]));
	return list;
}

static json_t *inject_json(const struct case_info *info)
{
	json_t *list = json_array();

	for (const char *const *kind = case_inject_kinds(info); *kind; kind++)
		json_array_append_new(list, json_string(*kind));
	return list;
}

static json_t *counters_json(const struct case_info *info)
{
	json_t *list = json_array();

	for (int i = 0; i < CASE_COUNTERS && info->counters[i].name; i++)
		json_array_append_new(list, json_pack("{s:s, s:b}", "name", info->counters[i].name,
						      "exposure", info->counters[i].exposure));
	return list;
}

static void print_json(json_t *object)
{
	json_dumpf(object, stdout, JSON_COMPACT);
	putchar('\n');
	fflush(stdout);
	json_decref(object);
}

void case_describe(const struct case_info *info)
{
	uint64_t needs = info->needs;
	json_t *out = json_object();

	for (const struct case_cell *cell = case_cells(info); cell->name; cell++)
		needs |= cell->needs;
	json_object_set_new(out, "name", json_string(info->name));
	json_object_set_new(out, "kind", json_string(info->kind ? info->kind : "reproducer"));
	json_object_set_new(out, "version", json_string(PACKAGE_VERSION));
	json_object_set_new(out, "summary", json_string(info->summary));
	json_object_set_new(out, "tags", words(info->tags));
	json_object_set_new(out, "refs", words(info->refs));
	json_object_set_new(out, "cve", words(info->cve));
	json_object_set_new(out, "broken_since", text_or_null(info->broken_since));
	json_object_set_new(out, "fixed_in", text_or_null(info->fixed_in));
	json_object_set_new(out, "threads", words(info->threads));
	json_object_set_new(out, "lever", text_or_null(info->lever));
	json_object_set_new(out, "seen", text_or_null(info->seen));
	json_object_set_new(out, "open", text_or_null(info->open));
	json_object_set_new(out, "hazard", text_or_null(info->hazard));
	json_object_set_new(out, "hazard_before", text_or_null(info->hazard_before));
	json_object_set_new(out, "seconds", json_integer(case_seconds(info)));
	json_object_set_new(out, "oracles", oracles_json(info->oracles));
	json_object_set_new(out, "inject", inject_json(info));
	json_object_set_new(out, "counters", counters_json(info));
	json_object_set_new(out, "needs", live_needs(needs, case_memory(info)));
	json_object_set_new(out, "cells", cells_json(info));
	json_object_set_new(out, "cannot", cannot_json(info));
	print_json(out);
}

/* --- results --- */

void case_report_plan(const struct case_info *info, unsigned int cells)
{
	if (case_options.json)
		return;
	printf("KTAP version 1\n1..%u\n# program %s " PACKAGE_VERSION "\n# seed %llu\n", cells,
	       info->name, (unsigned long long)case_options.seed);
	fflush(stdout);
}

void case_report_start(const char *id)
{
	if (case_options.json)
		return;
	printf("# cell %s\n", id);
	fflush(stdout);
}

void case_report_patience(double seconds, double pace)
{
	if (case_options.json)
		return;
	printf("# patience %.0f s more: the machine is %.1f times slower than usual\n", seconds,
	       pace);
	fflush(stdout);
}

static void replay(const struct case_info *info, const struct case_cell *cell,
		   const struct case_result *result, char *text, size_t size)
{
	int n = snprintf(text, size, "%s", case_options.program);

	if (info->cells)
		n += snprintf(text + n, size - n, " --cell %s", cell->name);
	n += snprintf(text + n, size - n, " --seed %llu --rounds %u",
		      (unsigned long long)case_options.seed, result->round ? result->round : 1u);
	n += snprintf(text + n, size - n, "%s", case_options.own);
	if (case_options.inject)
		snprintf(text + n, size - n, " --inject %s", case_options.inject);
}

/* 6.1.0-50-amd64 is before 6.5: the numbers decide, nothing else. */
static bool kernel_before(const char *version)
{
	struct utsname uts;
	int have[2], want[2];

	return !uname(&uts) && sscanf(uts.release, "%d.%d", &have[0], &have[1]) == 2 &&
	       sscanf(version, "%d.%d", &want[0], &want[1]) == 2 &&
	       (have[0] < want[0] || (have[0] == want[0] && have[1] < want[1]));
}

/* Known losses keep their verdict; how a run counts them is the runner's business. */
static void known(const struct case_info *info, const struct case_cell *cell, char *text,
		  size_t size)
{
	const char *hazard = cell->hazard ? cell->hazard : info->hazard,
		   *before = cell->hazard ? cell->hazard_before : info->hazard_before;

	if (case_open(info, cell))
		snprintf(text, size, " # TODO open upstream: %s", case_open(info, cell));
	else if (hazard && (!before || kernel_before(before)))
		snprintf(text, size, " # TODO hazard: %s", hazard);
	else
		text[0] = '\0';
}

static void print_scene(const struct case_cell *cell)
{
	const char *line = cell->scene;

	printf("# scene %s --cell %s --scene\n", case_options.program, cell->name);
	for (size_t len; *line; line += len + (line[len] == '\n')) {
		len = strcspn(line, "\n");
		printf("# op %.*s\n", (int)len, line);
	}
}

static void print_ktap(const struct case_info *info, const struct case_cell *cell,
		       unsigned int number, const struct case_result *result)
{
	char id[256], text[600] = "";
	bool ok = result->verdict != CORRUPT && result->verdict != BROKEN;

	if (result->verdict == CORRUPT) {
		printf("# corrupt %s\n", result->diagnosis);
		replay(info, cell, result, text, sizeof(text));
		printf("# replay %s\n", text);
		if (cell->scene)
			print_scene(cell);
		known(info, cell, text, sizeof(text));
	} else if (result->verdict == INCONCLUSIVE) {
		snprintf(text, sizeof(text), " # SKIP inconclusive: %s", result->reason);
	} else if (result->verdict == SKIP) {
		snprintf(text, sizeof(text), " # SKIP %s", result->reason);
	} else if (result->verdict == BROKEN) {
		snprintf(text, sizeof(text), " # ERROR %s", result->reason);
	}
	printf("%s %u %s%s\n", ok ? "ok" : "not ok", number, case_id(info, cell, id, sizeof(id)),
	       text);
	fflush(stdout);
}

static const char *verdict_name(int verdict)
{
	switch (verdict) {
	case PASS:
		return "pass";
	case CORRUPT:
		return "corrupt";
	case INCONCLUSIVE:
		return "inconclusive";
	case SKIP:
		return "skip";
	}
	return "broken";
}

static void print_result_json(const struct case_info *info, const struct case_cell *cell,
			      const struct case_result *result)
{
	json_t *counters = json_object();
	char id[256], text[600];

	for (int i = 0; i < CASE_COUNTERS && info->counters[i].name; i++)
		json_object_set_new(counters, info->counters[i].name,
				    json_integer(atomic_load(&result->counters[i])));
	replay(info, cell, result, text, sizeof(text));
	print_json(json_pack("{s:s, s:s, s:f, s:I, s:i, s:o, s:s, s:s, s:s, s:s}", "id",
			     case_id(info, cell, id, sizeof(id)), "verdict",
			     verdict_name(result->verdict), "seconds", result->seconds, "seed",
			     (json_int_t)case_options.seed, "rounds", (int)result->round,
			     "counters", counters, "reason", result->reason, "diagnosis",
			     result->diagnosis, "class", result->class, "replay", text));
}

void case_report(const struct case_info *info, const struct case_cell *cell, unsigned int number,
		 const struct case_result *result)
{
	if (case_options.json) {
		print_result_json(info, cell, result);
		return;
	}
	for (int i = 0; i < CASE_COUNTERS && info->counters[i].name; i++)
		printf("# counter %s %llu\n", info->counters[i].name,
		       (unsigned long long)atomic_load(&result->counters[i]));
	printf("# seconds %.3f\n", result->seconds);
	print_ktap(info, cell, number, result);
}

void case_report_late(const struct case_info *info, const struct case_cell *cell,
		      unsigned int number, const struct case_result *result)
{
	char id[256];

	if (case_options.json)
		print_result_json(info, cell, result);
	else
		printf("ok %u %s # SKIP %s\n", number, case_id(info, cell, id, sizeof(id)),
		       result->reason);
}
