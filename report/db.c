// SPDX-License-Identifier: GPL-2.0-or-later
#include "db.h"

#include "js.h"
#include "mem.h"

#include <errno.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define APPLICATION 0x6c6f7374 /* "lost" */
#define PATIENCE_MS 60000      /* another night's run is writing */

/*
 * rates is what results add up to; a thousand nights of 20,000 cases would be too many to
 * add up for each question.
 */
static const char schema[] =
	"PRAGMA application_id = 1819243380; PRAGMA user_version = 1;"
	"CREATE TABLE kernels(id INTEGER PRIMARY KEY, release TEXT NOT NULL, accel TEXT NOT NULL,"
	" UNIQUE(release, accel));"
	"CREATE TABLE runs(id INTEGER PRIMARY KEY, kernel INTEGER NOT NULL, host TEXT NOT NULL,"
	" started TEXT NOT NULL, seed INTEGER NOT NULL, passes INTEGER NOT NULL,"
	" ended TEXT NOT NULL, profile TEXT NOT NULL, version TEXT NOT NULL,"
	" UNIQUE(kernel, host, started, seed));"
	"CREATE TABLE cases(id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);"
	"CREATE TABLE results(case_id INTEGER, kernel INTEGER, run INTEGER, verdict TEXT NOT NULL,"
	" known TEXT NOT NULL, runs INTEGER NOT NULL, bad INTEGER NOT NULL,"
	" PRIMARY KEY(case_id, kernel, run)) WITHOUT ROWID;"
	"CREATE TABLE rates(case_id INTEGER, kernel INTEGER, runs INTEGER NOT NULL,"
	" bad INTEGER NOT NULL, first_bad TEXT, known TEXT NOT NULL,"
	" PRIMARY KEY(case_id, kernel)) WITHOUT ROWID;"
	"CREATE INDEX bad_rates ON rates(case_id) WHERE bad > 0;";

struct db {
	sqlite3 *file;
	char *path;
};

static char *trouble(const struct db *db)
{
	int code = sqlite3_errcode(db->file);

	if (code == SQLITE_CORRUPT || code == SQLITE_NOTADB)
		return mem_text("%s: damaged, or no history at all; move it away and make it "
				"again with 'history import RESULTS'",
				db->path);
	return mem_text("%s: %s", db->path, sqlite3_errmsg(db->file));
}

static bool run_sql(struct db *db, const char *sql)
{
	return sqlite3_exec(db->file, sql, NULL, NULL, NULL) == SQLITE_OK;
}

/* To be finalized; NULL when SQL does not fit what is in the file. */
static sqlite3_stmt *prepare(struct db *db, const char *sql)
{
	sqlite3_stmt *s = NULL;

	return sqlite3_prepare_v2(db->file, sql, -1, &s, NULL) == SQLITE_OK ? s : NULL;
}

/* The number in the first row of S, which is finalized; -1 when there is none. */
static long long number_of(sqlite3_stmt *s)
{
	long long n = s && sqlite3_step(s) == SQLITE_ROW ? sqlite3_column_int64(s, 0) : -1;

	sqlite3_finalize(s);
	return n;
}

static long long ask(struct db *db, const char *sql)
{
	return number_of(prepare(db, sql));
}

/* Two may come at once to make it. */
static bool make_tables(struct db *db)
{
	if (!run_sql(db, "BEGIN IMMEDIATE"))
		return false;
	if (!ask(db, "SELECT count(*) FROM sqlite_schema") && !run_sql(db, schema)) {
		run_sql(db, "ROLLBACK");
		return false;
	}
	return run_sql(db, "COMMIT");
}

static char *why_not(struct db *db, bool make)
{
	long long tables = ask(db, "SELECT count(*) FROM sqlite_schema"), version;

	if (tables < 0 || (!tables && make && !make_tables(db)))
		return trouble(db);
	if (ask(db, "PRAGMA application_id") != APPLICATION)
		return mem_text("%s: not a history of lostwrite", db->path);
	version = ask(db, "PRAGMA user_version");
	if (version != 1)
		return mem_text("%s: a history of version %lld, this program knows 1; make it "
				"again with 'history import RESULTS'",
				db->path, version);
	return NULL;
}

struct db *db_open(const char *path, bool make, char **why)
{
	struct db *db = mem_zero(1, sizeof(*db));
	int flags = SQLITE_OPEN_READWRITE | (make ? SQLITE_OPEN_CREATE : 0);

	db->path = mem_copy(path);
	*why = NULL;
	if (!make && access(path, F_OK)) {
		*why = mem_text("%s: %s; 'history import RESULTS' makes it", path, strerror(errno));
	} else if (sqlite3_open_v2(path, &db->file, flags, NULL) != SQLITE_OK) {
		*why = trouble(db);
	} else {
		sqlite3_busy_timeout(db->file, PATIENCE_MS);
		*why = why_not(db, make);
	}
	if (!*why)
		return db;
	db_close(db);
	return NULL;
}

void db_close(struct db *db)
{
	sqlite3_close(db->file);
	free(db->path);
	free(db);
}

static void bind_text(sqlite3_stmt *s, int at, const char *text)
{
	sqlite3_bind_text(s, at, text ? text : "", -1, SQLITE_STATIC);
}

/* Runs S, a prepared statement, once. */
static bool step(sqlite3_stmt *s)
{
	bool ok = sqlite3_step(s) == SQLITE_DONE;

	sqlite3_reset(s);
	return ok;
}

/* Its number, -1 when it cannot be added. */
static long long add_kernel(struct db *db, const char *release, const char *accel)
{
	sqlite3_stmt *s = prepare(db, "INSERT INTO kernels(release, accel) VALUES(?1, ?2) ON "
				      "CONFLICT DO UPDATE SET accel = accel RETURNING id");

	if (s) {
		bind_text(s, 1, release);
		bind_text(s, 2, accel);
	}
	return number_of(s);
}

/* The number of the run R, 0 when it is not there; *SAME when nothing came after it. */
static long long find_run(struct db *db, const struct record *r, long long kernel, bool *same)
{
	sqlite3_stmt *s =
		prepare(db, "SELECT id, passes = ?4 AND ended = ?5 FROM runs WHERE host = ?1 AND "
			    "started = ?2 AND seed = ?3 AND kernel = ?6");
	long long number = 0;

	if (!s)
		return 0;
	bind_text(s, 1, js_string(r->run, "host"));
	bind_text(s, 2, js_string(r->run, "time"));
	sqlite3_bind_int64(s, 3, js_number(r->run, "seed"));
	sqlite3_bind_int64(s, 4, r->passes);
	bind_text(s, 5, js_string(r->end, "time"));
	sqlite3_bind_int64(s, 6, kernel);
	if (sqlite3_step(s) == SQLITE_ROW) {
		number = sqlite3_column_int64(s, 0);
		*same = sqlite3_column_int64(s, 1);
	}
	sqlite3_finalize(s);
	return number;
}

static bool take_back(struct db *db, long long run)
{
	char *sql = mem_text("UPDATE rates SET runs = rates.runs - r.runs, bad = rates.bad - r.bad "
			     "FROM results r WHERE r.run = %lld AND r.case_id = rates.case_id AND "
			     "r.kernel = rates.kernel; DELETE FROM results WHERE run = %lld; "
			     "DELETE FROM runs WHERE id = %lld",
			     run, run, run);
	bool ok = run_sql(db, sql);

	free(sql);
	return ok;
}

static long long add_run(struct db *db, const struct record *r, long long kernel)
{
	static const char *const texts[] = { "host", "time", "profile", "version", NULL };
	sqlite3_stmt *s = prepare(db, "INSERT INTO runs(host, started, profile, version, kernel, "
				      "seed, passes, ended) VALUES(?, ?, ?, ?, ?, ?, ?, ?) "
				      "RETURNING id");

	if (!s)
		return -1;
	for (int i = 0; texts[i]; i++)
		bind_text(s, i + 1, js_string(r->run, texts[i]));
	sqlite3_bind_int64(s, 5, kernel);
	sqlite3_bind_int64(s, 6, js_number(r->run, "seed"));
	sqlite3_bind_int64(s, 7, r->passes);
	bind_text(s, 8, js_string(r->end, "time"));
	return number_of(s);
}

static bool add_case(sqlite3_stmt *const *s, const struct record *r, const struct record_case *c,
		     long long kernel, long long run)
{
	const struct outcome *o = record_shown(c);
	long long bad = c->counts[VERDICT_CORRUPT] + c->counts[VERDICT_CRASHED];
	long long all = bad + c->counts[VERDICT_PASS], number;
	const char *known = outcome_is_known(o) ? known_name(o->known) : "";

	bind_text(s[0], 1, c->id);
	if (sqlite3_step(s[0]) != SQLITE_ROW)
		return false;
	number = sqlite3_column_int64(s[0], 0);
	sqlite3_reset(s[0]);
	for (int i = 1; i < 3; i++) {
		sqlite3_bind_int64(s[i], 1, number);
		sqlite3_bind_int64(s[i], 2, kernel);
		sqlite3_bind_int64(s[i], 3, all);
		sqlite3_bind_int64(s[i], 4, bad);
		bind_text(s[i], 5, known);
	}
	sqlite3_bind_int64(s[1], 6, run);
	bind_text(s[1], 7, verdict_name(o->verdict));
	if (bad)
		bind_text(s[2], 6, js_string(r->run, "time"));
	else
		sqlite3_bind_null(s[2], 6);
	return step(s[1]) && step(s[2]);
}

static bool add_cases(struct db *db, const struct record *r, long long kernel, long long run)
{
	static const char *const sql[] = {
		"INSERT INTO cases(name) VALUES(?1) ON CONFLICT DO UPDATE SET name = name "
		"RETURNING id",
		"INSERT INTO results(case_id, kernel, runs, bad, known, run, verdict) "
		"VALUES(?, ?, ?, ?, ?, ?, ?)",
		"INSERT INTO rates(case_id, kernel, runs, bad, known, first_bad) "
		"VALUES(?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET runs = runs + excluded.runs, "
		"bad = bad + excluded.bad, known = iif(excluded.bad, excluded.known, known), "
		"first_bad = min(coalesce(first_bad, excluded.first_bad), "
		"coalesce(excluded.first_bad, first_bad))",
	};
	sqlite3_stmt *s[3] = { NULL };
	bool ok = true;

	for (int i = 0; ok && i < 3; i++)
		ok = (s[i] = prepare(db, sql[i]));
	for (size_t i = 0; ok && i < r->n; i++)
		ok = add_case(s, r, &r->cases[i], kernel, run);
	for (int i = 0; i < 3; i++)
		sqlite3_finalize(s[i]);
	return ok;
}

/* Inside a transaction. 1, 0 when it is there, -1. */
static int add(struct db *db, const struct record *r)
{
	const char *accel = js_string(json_object_get(r->run, "vm"), "accel");
	bool same = false;
	long long kernel = add_kernel(db, js_string(r->run, "kernel"), accel), run;

	if (kernel < 0)
		return -1;
	run = find_run(db, r, kernel, &same);
	if (run && same)
		return 0;
	if (run && !take_back(db, run))
		return -1;
	run = add_run(db, r, kernel);
	return run >= 0 && add_cases(db, r, kernel, run) ? 1 : -1;
}

int db_add(struct db *db, const struct record *r, char **why)
{
	int added = run_sql(db, "BEGIN IMMEDIATE") ? add(db, r) : -1;

	if (added >= 0 && !run_sql(db, "COMMIT"))
		added = -1;
	if (added < 0) {
		*why = trouble(db);
		run_sql(db, "ROLLBACK");
	}
	return added;
}

struct db_size db_size(struct db *db)
{
	static char first[40], last[40];
	struct db_size size = { .kernels = ask(db, "SELECT count(*) FROM kernels"),
				.first = first,
				.last = last };
	sqlite3_stmt *s = prepare(db, "SELECT count(*), coalesce(min(started), ''), "
				      "coalesce(max(started), '') FROM runs");

	*first = *last = '\0';
	if (s && sqlite3_step(s) == SQLITE_ROW) {
		size.runs = sqlite3_column_int64(s, 0);
		snprintf(first, sizeof(first), "%s", (const char *)sqlite3_column_text(s, 1));
		snprintf(last, sizeof(last), "%s", (const char *)sqlite3_column_text(s, 2));
	}
	sqlite3_finalize(s);
	return size;
}

bool db_rates(struct db *db, const char *id, const char *kernel, bool only_bad,
	      void (*fn)(void *arg, const struct db_rate *rate), void *arg, char **why)
{
	char *sql =
		mem_text("SELECT c.name, k.release, k.accel, r.case_id, r.kernel, r.runs, r.bad, "
			 "r.first_bad, r.known FROM rates r JOIN cases c ON c.id = r.case_id "
			 "JOIN kernels k ON k.id = r.kernel WHERE c.name GLOB ?1 AND "
			 "k.release GLOB ?2 %s ORDER BY c.name, k.release, k.accel",
			 only_bad ? "AND r.bad > 0" : "");
	sqlite3_stmt *s = prepare(db, sql);
	int code = SQLITE_ERROR;

	free(sql);
	if (s) {
		bind_text(s, 1, id ? id : "*");
		bind_text(s, 2, kernel ? kernel : "*");
		while ((code = sqlite3_step(s)) == SQLITE_ROW)
			fn(arg,
			   &(struct db_rate){ .id = (const char *)sqlite3_column_text(s, 0),
					      .kernel = (const char *)sqlite3_column_text(s, 1),
					      .accel = (const char *)sqlite3_column_text(s, 2),
					      .case_number = sqlite3_column_int64(s, 3),
					      .kernel_number = sqlite3_column_int64(s, 4),
					      .runs = sqlite3_column_int64(s, 5),
					      .bad = sqlite3_column_int64(s, 6),
					      .first_bad = (const char *)sqlite3_column_text(s, 7),
					      .known = (const char *)sqlite3_column_text(s, 8) });
	}
	if (code != SQLITE_DONE)
		*why = trouble(db);
	sqlite3_finalize(s);
	return code == SQLITE_DONE;
}

size_t db_nights(struct db *db, const struct db_rate *rate, struct db_night *nights, size_t max)
{
	sqlite3_stmt *s =
		prepare(db, "SELECT u.started, r.verdict, r.runs, r.bad FROM results r JOIN runs u "
			    "ON u.id = r.run WHERE r.case_id = ?1 AND r.kernel = ?2 "
			    "ORDER BY u.started DESC LIMIT ?3");
	size_t n = 0;

	if (!s)
		return 0;
	sqlite3_bind_int64(s, 1, rate->case_number);
	sqlite3_bind_int64(s, 2, rate->kernel_number);
	sqlite3_bind_int64(s, 3, max);
	for (; n < max && sqlite3_step(s) == SQLITE_ROW; n++) {
		nights[n] = (struct db_night){
			.worst = verdict_parse((const char *)sqlite3_column_text(s, 1)),
			.runs = sqlite3_column_int64(s, 2),
			.bad = sqlite3_column_int64(s, 3),
		};
		snprintf(nights[n].started, sizeof(nights[n].started), "%s",
			 (const char *)sqlite3_column_text(s, 0));
	}
	sqlite3_finalize(s);
	return n;
}
