// SPDX-License-Identifier: GPL-2.0-or-later
#include "boot.h"

#include "console.h"
#include "job.h"
#include "js.h"
#include "mem.h"
#include "pace.h"
#include "script.h"
#include "sig.h"
#include "text.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define TICK_MS	      200
#define KVM_SECONDS   20  /* to the first process with KVM */
#define UP_SECONDS    180 /* and with TCG on a busy machine */
#define IDLE_SECONDS  90  /* between programs */
#define GRACE_SECONDS 30  /* behind a program's own bound and the runner's patience */
#define END_SECONDS   15  /* from a guest's last word to QEMU's end */

#define PACE_HOST 5 /* times as long at most, while others have the host */

enum { JOURNAL, CONSOLE, COMPLAINTS, STOP, DEAD, FDS };

struct watch {
	const struct boot *b;
	struct guest guest;
	struct console console;
	struct pollfd fds[FDS];
	char *complaint; /* QEMU's last */
	double started, last_word;
	double pace;  /* ours, when patience was over; 0: it was not */
	double asked; /* when it was heard before that */
	unsigned int verdicts;
	enum { ALIVE, HUNG, LATE, STOPPED, GONE } state;
};

/* Reads what is there. False at the end of the stream. */
static bool take(struct watch *w, int which)
{
	char data[65536];
	ssize_t got = read(w->fds[which].fd, data, sizeof(data) - 1);

	if (got <= 0)
		return got < 0 && errno == EAGAIN;
	if (which == JOURNAL) {
		stream_feed(w->b->stream, data, got);
	} else if (which == CONSOLE) {
		console_feed(&w->console, data, got);
	} else {
		data[got] = '\0';
		data[strcspn(data, "\n")] = '\0';
		js_clean(data);
		if (!w->complaint)
			w->complaint = mem_text("%.300s", data);
	}
	return true;
}

static void take_all(struct watch *w)
{
	for (int i = JOURNAL; i <= COMPLAINTS; i++)
		if (w->fds[i].fd >= 0 && w->fds[i].revents && !take(w, i))
			w->fds[i].fd = -1;
}

/* The console's log begins when there is a directory for it; faults belong to one case. */
static void keep_up(struct watch *w)
{
	struct stream *s = w->b->stream;
	char *path;

	if (s->dir && w->console.log.fd < 0) {
		path = mem_text("%s/console.log", s->dir);
		console_log(&w->console, path);
		free(path);
	}
	if (s->verdicts != w->verdicts)
		console_mark(&w->console);
	w->verdicts = s->verdicts;
}

/* How long a guest may say nothing. A program's time is its runner's to stretch. */
static double patience(const struct watch *w)
{
	const struct stream *s = w->b->stream;
	double slow = w->pace > 1 ? w->pace : 1;

	if (!s->up)
		return slow * (w->b->kvm ? KVM_SECONDS : UP_SECONDS);
	return s->running ? s->bound + slow * GRACE_SECONDS : slow * IDLE_SECONDS;
}

/* Is it over? Not on a host that is slow just now: that is measured once for each silence. */
static bool is_silent(struct watch *w)
{
	double heard = w->b->stream->heard;

	if (w->asked < heard)
		w->pace = 0;
	if (job_now() <= heard + patience(w))
		return false;
	if (w->pace > 0)
		return true;
	w->asked = job_now();
	w->pace = pace();
	if (w->pace > PACE_HOST)
		w->pace = PACE_HOST;
	return job_now() > heard + patience(w);
}

static bool said_last_word(const struct watch *w)
{
	return w->b->stream->code >= 0 || w->console.panic;
}

static void look_at_time(struct watch *w)
{
	double now = job_now();

	stop_look(w->b->stop);
	if (w->b->stop->asked)
		w->state = STOPPED;
	else if (said_last_word(w) && !w->last_word)
		w->last_word = now;
	else if (w->last_word && now > w->last_word + END_SECONDS)
		w->state = GONE;
	else if (!w->last_word && is_silent(w))
		w->state = HUNG;
	else if (w->b->deadline && now > w->b->deadline)
		w->state = LATE;
}

static bool qemu_ended(const struct watch *w)
{
	siginfo_t info = { .si_pid = 0 };

	waitid(P_PID, w->guest.pid, &info, WEXITED | WNOHANG | WNOWAIT);
	return info.si_pid == w->guest.pid;
}

static void tick(struct watch *w)
{
	struct stream *s = w->b->stream;
	const struct record_case *c = s->dir ? record_cut_off(&s->record) : NULL;
	char *text;

	if (!s->term.tty)
		return;
	if (c)
		text = text_progress(&s->record, c->id, job_now() - s->heard);
	else
		text = mem_text("%s  %.0f s", s->up ? "the guest is up" : "booting",
				job_now() - w->started);
	term_progress(&s->term, text);
	free(text);
}

static void loop(struct watch *w)
{
	while (w->state == ALIVE) {
		poll(w->fds, FDS, TICK_MS);
		take_all(w);
		keep_up(w);
		look_at_time(w);
		if (w->state == ALIVE && qemu_ended(w))
			w->state = GONE;
		tick(w);
	}
	for (int i = 0; i < FDS; i++)
		w->fds[i].revents = POLLIN;
	for (int i = 0; i < 1000 && w->fds[JOURNAL].fd >= 0 && w->state == GONE; i++) {
		poll(w->fds, COMPLAINTS + 1, 0);
		if (!(w->fds[JOURNAL].revents | w->fds[CONSOLE].revents |
		      w->fds[COMPLAINTS].revents))
			break;
		take_all(w);
	}
	keep_up(w);
	term_clear(&w->b->stream->term);
}

static char *with_detail(const char *what, const char *detail)
{
	return mem_text("%s%s%s", what, detail ? ": " : "", detail ? detail : "");
}

/* What QEMU did, or was about to do, when it ended by itself. */
static char *why_gone(const struct watch *w, int status)
{
	char *what, *text;

	if (w->console.panic && w->console.fault)
		return mem_text("the guest panicked: %s; %s", w->console.fault, w->console.panic);
	if (w->console.panic)
		return with_detail("the guest panicked", w->console.panic);
	if (!w->b->stream->up && w->console.init)
		return with_detail("the guest gave up", w->console.init);
	if (WIFSIGNALED(status))
		what = mem_text("QEMU itself was killed by %s", sig_name(WTERMSIG(status)));
	else if (WEXITSTATUS(status))
		what = mem_text("QEMU itself ended with exit code %d", WEXITSTATUS(status));
	else if (w->console.fault)
		return with_detail("the guest reset itself after a kernel fault", w->console.fault);
	else
		return with_detail("the guest reset itself without a word; last on its console",
				   console_last(&w->console));
	text = with_detail(what, w->complaint);
	free(what);
	return text;
}

static char *why_hung(const struct watch *w)
{
	char *what, *text;

	if (w->console.lockup)
		return with_detail("the guest locked up", w->console.lockup);
	if (w->console.fault)
		return with_detail("the guest hangs after a kernel fault", w->console.fault);
	what = mem_text("the guest hangs: nothing from it for %.0f s; last on its console",
			patience(w));
	text = with_detail(what, console_last(&w->console));
	free(what);
	return text;
}

static enum fate judge(const struct watch *w, int status, char **why)
{
	const struct stream *s = w->b->stream;

	if (w->state == STOPPED)
		return FATE_STOPPED;
	if (s->code >= 0 && (!s->dir || s->ended))
		return FATE_END;
	if (w->state == LATE) {
		*why = mem_text("--timeout came while it ran");
		return FATE_TIMEOUT;
	}
	if (s->code >= 0) {
		*why = mem_text("the runner in the guest ended early, with exit code %d%s%s",
				s->code, s->said && *s->said ? ": " : "", s->said ? s->said : "");
		return FATE_DEAD;
	}
	*why = w->state == HUNG ? why_hung(w) : why_gone(w, status);
	if (w->b->kvm && !s->up)
		return FATE_NO_KVM;
	if (WIFEXITED(status) && WEXITSTATUS(status) && !w->console.n && !s->up)
		return FATE_NO_QEMU;
	return FATE_DEAD;
}

/*
 * TCG may run a breakpoint that the kernel has put into its own code and taken out again
 * (text_poke_bp(), when a static key changes) once more: then nobody knows of it.
 */
static bool is_emulators(const struct watch *w)
{
	return !w->b->kvm && w->console.fault && !strncmp(w->console.fault, "Oops: int3", 10);
}

/* The console's last lines, beside what the case that died has left. */
static void blame(struct watch *w, const char *why)
{
	const struct record_case *c;
	char *dir, *path, *text = NULL;

	if (is_emulators(w))
		text = mem_text("QEMU's TCG, not the kernel (docs/lab.md): %s", why);
	c = stream_died(w->b->stream, text ? VERDICT_BROKEN : VERDICT_CRASHED, text ? text : why);
	free(text);

	if (!c)
		return;
	dir = mem_text("%s/%s", w->b->stream->dir, c->program);
	path = mem_text("%s/console.log", dir);
	mkdir(dir, 0755);
	console_save_tail(&w->console, path);
	free(path);
	free(dir);
}

/* The logs that the guest has written, into the run directory. */
static void fetch(const struct watch *w)
{
	const struct stream *s = w->b->stream;
	char *from;

	if (!s->dir || lseek(w->guest.files, 0, SEEK_END) <= 0)
		return;
	from = mem_text("/proc/%d/fd/%d", getpid(), w->guest.files);
	script_run((const char *[]){ "tar", "-x", "-f", from, "-C", s->dir, "--strip-components=2",
				     "--no-same-owner", "--no-same-permissions",
				     "--backup=numbered", "--warning=none", NULL });
	free(from);
}

enum fate boot_run(const struct boot *b, char **why)
{
	struct watch w = { .b = b, .started = job_now() };
	enum fate fate;
	int status;

	*why = NULL;
	console_init(&w.console);
	stream_boot(b->stream);
	if (!guest_start(&w.guest, b->kernel, b->shape, b->disks, b->initrd, b->kvm, b->cache)) {
		*why = mem_text("cannot start QEMU: %s", strerror(errno));
		return FATE_NO_QEMU;
	}
	w.fds[JOURNAL] = (struct pollfd){ .fd = w.guest.journal, .events = POLLIN };
	w.fds[CONSOLE] = (struct pollfd){ .fd = w.guest.console, .events = POLLIN };
	w.fds[COMPLAINTS] = (struct pollfd){ .fd = w.guest.complaints, .events = POLLIN };
	w.fds[STOP] = (struct pollfd){ .fd = b->stop->fd, .events = POLLIN };
	w.fds[DEAD] = (struct pollfd){ .fd = w.guest.pidfd, .events = POLLIN };
	loop(&w);
	status = guest_end(&w.guest);
	fate = judge(&w, status, why);
	if (b->stream->began && (fate == FATE_DEAD || fate == FATE_TIMEOUT))
		blame(&w, *why);
	if (fate == FATE_END)
		fetch(&w);
	close(w.guest.files);
	console_free(&w.console);
	free(w.complaint);
	return fate;
}
