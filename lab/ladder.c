// SPDX-License-Identifier: GPL-2.0-or-later
#include "ladder.h"

#include "file.h"
#include "job.h"
#include "js.h"
#include "ladder-child.h"
#include "mem.h"
#include "rundir.h"
#include "text.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#define EXIT_CORRUPT	 1
#define EXIT_INTERRUPTED 130
#define TICK_MS		 200

const char *ladder_release(const struct ladder_kernel *k)
{
	const char *release = js_string(k->record.run, "kernel");

	return release ? release : k->label;
}

char *ladder_reboots(const struct ladder_kernel *k)
{
	const json_t *list = record_reboots(&k->record);
	size_t size, n = json_array_size(list);
	char *text = NULL;
	FILE *out;

	if (!n)
		return NULL;
	out = open_memstream(&text, &size);
	fputs("booted again", out);
	if (n > 1)
		fprintf(out, " %zu times", n);
	for (size_t i = 0; i < n; i++)
		fprintf(out, "%s%s", i ? "; " : ": ", json_string_value(json_array_get(list, i)));
	fclose(out);
	return text;
}

const struct ladder_kernel *ladder_rows(const struct ladder *l)
{
	for (size_t i = 0; i < l->n; i++)
		if (l->kernels[i].record.n)
			return &l->kernels[i];
	return NULL;
}

const struct outcome *ladder_verdict(const struct ladder_kernel *k, const char *id)
{
	const struct record_case *c = record_find(&k->record, id);

	return c ? record_shown(c) : NULL;
}

char *ladder_wrong(const struct ladder *l, const struct ladder_kernel *k, const char *id)
{
	const struct outcome *o = ladder_verdict(k, id);

	if (!l->expect || !o)
		return NULL;
	return expect_wrong(l->expect, ladder_release(k), id, o);
}

static bool is_taken(const struct ladder *l, const char *label)
{
	for (size_t i = 0; i < l->n; i++)
		if (!strcmp(l->kernels[i].label, label))
			return true;
	return false;
}

/* What stands above its column: for a path its last part. */
static char *make_label(const struct ladder *l, const char *value)
{
	const char *slash = strrchr(value, '/');
	char *base = mem_text("%.24s", slash && slash[1] ? slash + 1 : value), *label;

	for (char *c = base; *c; c++)
		if (!strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.+_-",
			    *c))
			*c = '-';
	label = mem_copy(base);
	for (int n = 2; is_taken(l, label); n++) {
		free(label);
		label = mem_text("%s-%d", base, n);
	}
	free(base);
	return label;
}

void ladder_add(struct ladder *l, const char *option, const char *value, const char *modules)
{
	char *label = make_label(l, value);
	struct ladder_kernel *k;

	l->kernels = mem_grow(l->kernels, l->n + 1, sizeof(*l->kernels));
	k = &l->kernels[l->n++];
	*k = (struct ladder_kernel){ .option = option,
				     .value = mem_copy(value),
				     .modules = mem_copy(modules),
				     .label = label,
				     .pid = -1,
				     .events = -1,
				     .complaints = -1 };
	record_init(&k->record);
}

static unsigned int count(const struct ladder *l, int state)
{
	unsigned int n = 0;

	for (size_t i = 0; i < l->n; i++)
		n += (int)l->kernels[i].state == state;
	return n;
}

static void start_some(struct ladder *l)
{
	for (size_t i = 0; i < l->n && count(l, LADDER_RUNS) < l->jobs && !l->stop.asked; i++)
		if (l->kernels[i].state == LADDER_WAITS)
			ladder_child_start(l, &l->kernels[i]);
}

static void progress(struct ladder *l)
{
	for (size_t i = 0; i < l->n && l->term.tty; i++) {
		const struct ladder_kernel *k = &l->kernels[i];
		const struct record_case *c = record_cut_off(&k->record);
		char *text, *line;

		if (k->state != LADDER_RUNS)
			continue;
		text = c ? text_progress(&k->record, c->id, job_now() - k->started)
			 : mem_text("boots, %.0f s", job_now() - k->started);
		line = mem_text("%s: %s", ladder_release(k), text);
		term_progress(&l->term, line);
		free(line);
		free(text);
		return;
	}
}

static void stop_all(const struct ladder *l)
{
	for (size_t i = 0; i < l->n; i++)
		if (l->kernels[i].state == LADDER_RUNS)
			kill(l->kernels[i].pid, SIGTERM);
}

static void show_ended(struct ladder *l, struct ladder_kernel *k)
{
	ladder_live_clear(l);
	if (l->shown.n) /* the table has begun, and is not cut in two */
		return;
	k->told = true;
	ladder_print_kernel(l, k);
	fflush(stdout);
}

static void wait_for_news(struct ladder *l)
{
	struct pollfd *fds = mem_zero(2 * l->n + 1, sizeof(*fds));

	fds[2 * l->n] = (struct pollfd){ .fd = l->stop.fd, .events = POLLIN };
	for (size_t i = 0; i < l->n; i++) {
		fds[2 * i] = (struct pollfd){ .fd = l->kernels[i].events, .events = POLLIN };
		fds[2 * i + 1] =
			(struct pollfd){ .fd = l->kernels[i].complaints, .events = POLLIN };
	}
	poll(fds, 2 * l->n + 1, TICK_MS);
	free(fds);
}

static void run_all(struct ladder *l)
{
	bool told = false;

	for (start_some(l); count(l, LADDER_RUNS); start_some(l)) {
		wait_for_news(l);
		stop_look(&l->stop);
		if (l->stop.asked && !told)
			stop_all(l);
		told = l->stop.asked;
		for (size_t i = 0; i < l->n; i++)
			if (ladder_child_look(&l->kernels[i]))
				show_ended(l, &l->kernels[i]);
		if (l->term.tty)
			ladder_live_draw(l);
		else
			ladder_print_rows(l);
		progress(l);
	}
	ladder_live_clear(l);
}

static unsigned int differences(const struct ladder *l)
{
	unsigned int n = 0;

	for (size_t i = 0; l->expect && i < l->n; i++) {
		const struct ladder_kernel *k = &l->kernels[i];

		n += !k->record.n;
		for (size_t j = 0; j < k->record.n; j++) {
			char *wrong = ladder_wrong(l, k, k->record.cases[j].id);

			n += wrong != NULL;
			free(wrong);
		}
	}
	return n;
}

static int worst(const struct ladder *l)
{
	static const int order[] = { EXIT_INTERRUPTED, 1, 2, 64, 3, 77, 0 };

	for (size_t i = 0; i < sizeof(order) / sizeof(*order); i++)
		for (size_t j = 0; j < l->n; j++)
			if (l->kernels[j].exit == order[i])
				return order[i];
	return EXIT_BROKEN;
}

static int exit_code(const struct ladder *l)
{
	if (l->stop.asked)
		return EXIT_INTERRUPTED;
	if (l->expect)
		return differences(l) ? EXIT_CORRUPT : 0;
	return worst(l);
}

static int write_file(const struct ladder *l, const char *name, char *text)
{
	char *path = mem_text("%s/%s", l->dir, name);
	bool ok = file_replace(path, text, strlen(text));

	if (!ok)
		fprintf(stderr, "%s: cannot write %s: %s\n", program_invocation_short_name, path,
			strerror(errno));
	free(path);
	free(text);
	return ok ? 0 : EXIT_BROKEN;
}

static int finish(struct ladder *l)
{
	int code, lost;

	for (size_t i = 0; i < l->n; i++)
		record_finish(&l->kernels[i].record);
	code = exit_code(l);
	ladder_print_rows(l);
	putchar('\n');
	for (size_t i = 0; i < l->n; i++)
		if (!l->kernels[i].told)
			ladder_print_kernel(l, &l->kernels[i]);
	ladder_print_end(l, differences(l));
	lost = write_file(l, "ladder.json", ladder_json(l, code)) |
	       write_file(l, "ladder.html", ladder_html(l, code));
	return code ? code : lost;
}

int ladder_run(struct ladder *l)
{
	struct utsname uts;
	char *why;
	int code;

	uname(&uts);
	l->dir = rundir_create_for(l->results, "ladder", uts.nodename, &why);
	if (!l->dir) {
		return text_refuse(why);
	}
	term_init(&l->term);
	stop_open(&l->stop);
	ladder_print_head(l);
	run_all(l);
	code = finish(l);
	free(l->dir);
	return code;
}
