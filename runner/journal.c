// SPDX-License-Identifier: GPL-2.0-or-later
#include "journal.h"

#include "file.h"
#include "js.h"
#include "mem.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

#define STREAM_BYTES 65536
#define CELL_LINE    "{\"event\":\"cell\",\"id\":\""
#define VERDICT_LINE "{\"event\":\"verdict\",\"id\":\""

static void sync_directory(const char *path)
{
	char *dir = mem_copy(path);
	int fd;

	*strrchr(dir, '/') = '\0';
	fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd >= 0) {
		fsync(fd);
		close(fd);
	}
	free(dir);
}

/* For this journal only: what the run starts has none of its own to send there. */
static int open_stream(void)
{
	const char *path = getenv("LOSTWRITE_STREAM");
	int fd = path && *path ? open(path, O_WRONLY | O_CLOEXEC) : -1;

	unsetenv("LOSTWRITE_STREAM");
	return fd;
}

bool journal_create(struct journal *j, const char *path)
{
	*j = (struct journal){ .fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644),
			       .stream = -1 };
	if (j->fd < 0)
		return false;
	flock(j->fd, LOCK_EX | LOCK_NB); /* for journal_read() */
	sync_directory(path);
	j->stream = open_stream();
	j->ahead = j->stream < 0 ? NULL : mem_zero(STREAM_BYTES, 1);
	return true;
}

/* A torn last line, which a crash leaves, goes. */
static off_t last_line_end(int fd)
{
	off_t end = lseek(fd, 0, SEEK_END);
	char c;

	while (end > 0 && pread(fd, &c, 1, end - 1) == 1 && c != '\n')
		end--;
	return end;
}

bool journal_reopen(struct journal *j, const char *path)
{
	*j = (struct journal){ .fd = open(path, O_RDWR | O_CLOEXEC), .stream = -1 };
	if (j->fd < 0)
		return false;
	j->end = last_line_end(j->fd);
	if (flock(j->fd, LOCK_EX | LOCK_NB) || ftruncate(j->fd, j->end) ||
	    lseek(j->fd, j->end, SEEK_SET) != j->end)
		j->lost = errno;
	return !j->lost;
}

static json_t *timestamp(void)
{
	struct timespec ts;
	struct tm tm;
	char text[40];
	size_t len;

	clock_gettime(CLOCK_REALTIME, &ts);
	gmtime_r(&ts.tv_sec, &tm);
	len = strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &tm);
	snprintf(text + len, sizeof(text) - len, ".%03ldZ", ts.tv_nsec / 1000000);
	return json_string(text);
}

/* No half line may stay in front of what a later run of `report` reads. */
static void give_up(struct journal *j)
{
	j->lost = errno;
	if (ftruncate(j->fd, j->end))
		j->end = -1;
}

static void flush_stream(struct journal *j)
{
	if (j->ahead_len)
		file_write_all(j->stream, j->ahead, j->ahead_len);
	j->ahead_len = 0;
}

static void stream_line(struct journal *j, const char *line)
{
	size_t len = strlen(line);

	if (j->stream < 0)
		return;
	if (j->ahead_len + len > STREAM_BYTES)
		flush_stream(j);
	if (len > STREAM_BYTES) {
		file_write_all(j->stream, line, len);
		return;
	}
	memcpy(j->ahead + j->ahead_len, line, len);
	j->ahead_len += len;
}

void journal_put(struct journal *j, json_t *event)
{
	json_object_set_new(event, "time", timestamp());
	journal_copy(j, event);
}

void journal_copy(struct journal *j, json_t *event)
{
	char *text, *line;

	text = json_dumps(event, JSON_COMPACT | JSON_REAL_PRECISION(6));
	line = mem_text("%s\n", text ? text : "{}");
	free(text);
	stream_line(j, line);
	if (!j->lost && file_write_all(j->fd, line, strlen(line)))
		j->end += strlen(line);
	else if (!j->lost)
		give_up(j);
	j->dirty = true;
	free(line);
}

/* JSON has only text; what is none shows as that. */
static json_t *any_text(const char *data, size_t len)
{
	json_t *text = json_stringn(data, len);
	char *copy;

	if (text)
		return text;
	copy = mem_zero(len, 1);
	for (size_t i = 0; i < len; i++)
		copy[i] = (unsigned char)data[i] < 0x80 ? data[i] : '?';
	text = json_stringn(copy, len);
	free(copy);
	return text;
}

void journal_send(struct journal *j, const char *path, const char *data, size_t len)
{
	json_t *event;
	char *text, *line;

	if (j->stream < 0 || !len)
		return;
	event = json_pack("{ss ss so}", "event", "file", "path", path, "text", any_text(data, len));
	text = json_dumps(event, JSON_COMPACT);
	line = mem_text("%s\n", text ? text : "{}");
	stream_line(j, line);
	free(line);
	free(text);
	json_decref(event);
}

void journal_sync(struct journal *j)
{
	flush_stream(j);
	if (j->dirty && fdatasync(j->fd) && !j->lost)
		give_up(j);
	j->dirty = false;
}

void journal_close(struct journal *j)
{
	if (j->fd < 0)
		return;
	flush_stream(j);
	close(j->fd);
	if (j->stream >= 0)
		close(j->stream);
	free(j->ahead);
	*j = (struct journal){ .fd = -1, .stream = -1, .lost = j->lost };
}

static bool read_line(const char *line, size_t len, bool last, bool (*fn)(void *arg, json_t *event),
		      void *arg)
{
	json_error_t error;
	json_t *event = json_loadb(line, len, 0, &error);
	bool ok;

	if (last && !event)
		return true;
	ok = js_string(event, "event") && fn(arg, event);
	json_decref(event);
	return ok;
}

/* The id, and what is behind it, of a line that begins as EVENT; else NULL. */
static const char *id_of(const char *line, const char *event)
{
	size_t len = strlen(event);

	return strncmp(line, event, len) ? NULL : line + len;
}

/* Does LINE have the verdict of the cell that begins in CELL? */
static bool is_its_verdict(const char *line, const char *cell)
{
	const char *x = id_of(line, VERDICT_LINE), *y = id_of(cell, CELL_LINE);

	return x && y && !strncmp(x, y, strcspn(y, "\"") + 1);
}

struct reader {
	FILE *file;
	bool (*fn)(void *arg, json_t *event);
	void *arg;
	/*
	 * A cell that has begun says nothing when its verdict is the next line, as almost
	 * always. After one for which it was not, all are taken.
	 */
	char *line, *cell;
	bool take_cells;
	size_t size, cell_size;
	size_t number; /* of lines */
};

static bool read_held(struct reader *r)
{
	bool ok = !*r->cell || read_line(r->cell, strlen(r->cell), false, r->fn, r->arg);

	r->take_cells |= *r->cell != '\0';
	*r->cell = '\0';
	return ok;
}

static bool hold_back(struct reader *r, size_t len)
{
	bool ok = read_held(r);

	if (r->cell_size <= len) {
		r->cell_size = len + 1;
		r->cell = mem_grow(r->cell, r->cell_size, 1);
	}
	memcpy(r->cell, r->line, len + 1);
	return ok;
}

static bool read_all(struct reader *r)
{
	ssize_t len;
	bool ok = true, whole;

	while (ok && (len = getline(&r->line, &r->size, r->file)) > 0) {
		r->number++;
		whole = r->line[len - 1] == '\n';
		if (whole && !r->take_cells && id_of(r->line, CELL_LINE)) {
			ok = hold_back(r, len);
			continue;
		}
		if (is_its_verdict(r->line, r->cell))
			*r->cell = '\0';
		ok = read_held(r) && read_line(r->line, len, !whole, r->fn, r->arg);
	}
	return ok && read_held(r);
}

bool journal_read(const char *path, bool (*fn)(void *arg, json_t *event), void *arg, char **why)
{
	struct reader r = { .file = fopen(path, "re"), .fn = fn, .arg = arg };
	bool ok;

	if (!r.file) {
		*why = mem_text("%s: %s", path, strerror(errno));
		return false;
	}
	if (flock(fileno(r.file), LOCK_SH | LOCK_NB) && errno == EWOULDBLOCK) {
		*why = mem_text("%s: the run is still on; wait for it", path);
		fclose(r.file);
		return false;
	}
	r.cell = mem_zero(1, r.cell_size = 1);
	ok = read_all(&r);
	if (!ok)
		*why = mem_text("%s:%zu: not an event of a lostwrite journal", path, r.number);
	else if (!r.number)
		*why = mem_text("%s: empty; the run ended before its first event", path);
	free(r.line);
	free(r.cell);
	fclose(r.file);
	return ok && r.number;
}
