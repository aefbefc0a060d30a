// SPDX-License-Identifier: GPL-2.0-or-later
#include "inline.h"

#include <stdlib.h>
#include <string.h>

static struct file *order[FILES_MAX];
static unsigned int ordered;

static bool mentions(const char *text, const char *name, size_t len)
{
	struct token token = token_at(text), before = { 0 };

	for (; token.kind != TOKEN_END; before = token, token = token_next(token))
		if (token.kind == TOKEN_WORD && token.len == len && !memcmp(token.at, name, len) &&
		    !token_is(before, ".") && !token_is(before, "->"))
			return true;
	return false;
}

/* Does any live text but the enums' use this constant? */
static bool constant_used(const char *word, size_t len)
{
	for (unsigned int i = 0; i < inline_file_count; i++)
		for (struct chunk *c = inline_files[i].chunk; c; c = c->next)
			if (c->live && c->kind != CHUNK_ENUM && mentions(c->now, word, len))
				return true;
	return false;
}

/* --- in which order: what is used comes before what uses it --- */

/* Calls EACH with what the live CHUNK needs of others. */
static void needs(struct chunk *chunk, void (*each)(struct chunk *needed, const struct chunk *by))
{
	struct token token = token_at(chunk->now), before = { 0 };
	struct chunk *found;
	int depth = 0;
	bool tag;

	for (; token.kind != TOKEN_END; before = token, token = token_next(token)) {
		tag = token_is(before, "struct") || token_is(before, "enum");
		depth += token_is(token, "(") - token_is(token, ")");
		if (token.kind != TOKEN_WORD || token_is(before, ".") || token_is(before, "->"))
			continue;
		found = tag ? chunk_find(chunk->file, before.at, token.at + token.len - before.at)
			    : chunk_find(chunk->file, token.at, token.len);
		/* A pointer in a struct can wait. */
		if (chunk->kind == CHUNK_TYPE && tag && !depth && token_is(token_next(token), "*"))
			continue;
		if (found && found->live && found != chunk)
			each(found, chunk);
	}
}

static void visit(struct file *file);

static void visit_file(struct chunk *needed, const struct chunk *by)
{
	if (needed->file != by->file)
		visit(needed->file);
}

static void visit(struct file *file)
{
	if (file->done || file->open)
		return;
	file->open = true;
	for (struct chunk *c = file->chunk; c; c = c->next)
		if (c->live)
			needs(c, visit_file);
	file->open = false;
	file->done = true;
	order[ordered++] = file;
}

static struct chunk *sorted[1000];
static unsigned int sorted_count;

static void sort_chunk(struct chunk *chunk, const struct chunk *by)
{
	if (chunk->open || sorted_count == 1000)
		return;
	chunk->open = true;
	needs(chunk, sort_chunk);
	sorted[sorted_count++] = chunk;
}

/* All live chunks so that no prototypes are needed. */
static void sort(void)
{
	for (unsigned int i = 0; i < ordered; i++)
		for (struct chunk *c = order[i]->chunk; c; c = c->next)
			if (c->live)
				sort_chunk(c, NULL);
}

/* --- names that two files have --- */

static bool taken(const struct file *file, const char *name)
{
	for (unsigned int i = 0; i < ordered && order[i] != file; i++)
		for (struct chunk *c = order[i]->chunk; c; c = c->next)
			if (c->live && c->local && chunk_names(c, name, strlen(name)))
				return true;
	return false;
}

static const char *stem(const char *path)
{
	const char *slash = strrchr(path, '/'), *from = slash ? slash + 1 : path;
	char *name = text_part(from, from + strcspn(from, "."));

	for (char *at = name; *at; at++)
		if (*at == '-')
			*at = '_';
	return name;
}

static const char *renamed(const char *text, const char *name, const char *to)
{
	const char *out = "", *from = text;
	struct token token = token_at(text), before = { 0 };

	for (; token.kind != TOKEN_END; before = token, token = token_next(token)) {
		if (token.kind != TOKEN_WORD || !token_is(token, name) || token_is(before, ".") ||
		    token_is(before, "->"))
			continue;
		out = text_make("%s%.*s%s", out, (int)(token.at - from), from, to);
		from = token.at + token.len;
	}
	return text_make("%s%s", out, from);
}

static void rename_local(struct file *file, const char *name)
{
	const char *to = text_make("%s_%s", stem(file->path), name);

	for (struct chunk *c = file->chunk; c; c = c->next)
		if (c->live)
			c->now = renamed(c->now, name, to);
}

static void rename_taken(struct file *file)
{
	for (struct chunk *c = file->chunk; c; c = c->next)
		for (unsigned int i = 0; c->live && c->local && c->name[i]; i++)
			if (!strchr(c->name[i], ' ') && !strstr(c->text, "#ifndef") &&
			    taken(file, c->name[i]))
				rename_local(file, c->name[i]);
}

/* --- what is printed --- */

/* Headers that are worth their line only when one of these words is used; others always. */
static const struct {
	const char *header, *words;
} headers[] = {
	{ "<ctype.h>", "isalpha isdigit isspace isalnum" },
	{ "<errno.h>", "errno program_invocation_short_name" },
	{ "<fcntl.h>", "open O_RDWR O_RDONLY O_WRONLY O_CLOEXEC O_DIRECT fcntl vmsplice splice tee "
		       "fallocate F_SETPIPE_SZ openat" },
	{ "<libaio.h>", "io_submit io_getevents io_setup" },
	{ "<limits.h>", "PATH_MAX UINT_MAX INT_MAX" },
	{ "<linux/capability.h>", "CAP_SYS_ADMIN" },
	{ "<linux/futex.h>", "FUTEX_WAIT FUTEX_WAKE" },
	{ "<linux/userfaultfd.h>", "uffdio_writeprotect uffdio_register uffdio_api uffd_msg" },
	{ "<poll.h>", "poll pollfd" },
	{ "<pthread.h>", "pthread_t pthread_create pthread_join" },
	{ "<sched.h>", "sched_setaffinity cpu_set_t unshare setns CLONE_PARENT sched_getcpu" },
	{ "<signal.h>", "kill signal SIGKILL SIGCHLD sigaction SIG_DFL" },
	{ "<stdarg.h>", "va_list va_start" },
	{ "<stdatomic.h>", "atomic_int atomic_uint atomic_load atomic_store atomic_fetch_add" },
	{ "<stdbool.h>", "bool" },
	{ "<stddef.h>", "" },
	{ "<stdint.h>", "uint64_t uint32_t uintptr_t uint8_t uint16_t int16_t" },
	{ "<stdio.h>", "printf snprintf fopen puts fputs FILE dprintf perror fflush" },
	{ "<stdlib.h>", "malloc calloc free aligned_alloc exit atexit atoi getenv system strtoul "
			"abort" },
	{ "<string.h>", "memcpy memcmp memset memmove strcmp strlen strncmp strchr strerror "
			"strcspn strstr strspn strpbrk strrchr strcpy strcat strdup memchr" },
	{ "<sys/ioctl.h>", "ioctl" },
	{ "<sys/mman.h>", "mmap munmap madvise mprotect mremap mlock munlock memfd_create msync" },
	{ "<sys/mount.h>", "mount umount2" },
	{ "<sys/prctl.h>", "prctl" },
	{ "<sys/stat.h>", "stat fstat mkdir" },
	{ "<sys/swap.h>", "swapon swapoff" },
	{ "<sys/syscall.h>", "syscall" },
	{ "<sys/types.h>", "ssize_t pid_t off_t" },
	{ "<sys/uio.h>", "iovec process_vm_readv process_vm_writev" },
	{ "<sys/vfs.h>", "statfs fstatfs" },
	{ "<sys/wait.h>", "waitpid wait WIFEXITED" },
	{ "<time.h>", "clock_gettime timespec nanosleep time time_t" },
	{ "<unistd.h>", "close read write pread pwrite fork usleep _exit sysconf pipe2 access "
			"unlink getpid ftruncate" },
};

static bool worth(const char *include)
{
	const char *name = include + strcspn(include, "<");
	size_t len = strcspn(name, ">") + 1;

	for (size_t i = 0; i < sizeof(headers) / sizeof(*headers); i++) {
		if (strlen(headers[i].header) != len || memcmp(headers[i].header, name, len))
			continue;
		for (struct token t = token_at(headers[i].words); t.kind != TOKEN_END;
		     t = token_next(t))
			if (constant_used(t.at, t.len))
				return true;
		return false;
	}
	return true;
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void print_includes(FILE *out)
{
	const char *all[FILES_MAX * 8] = { 0 };
	size_t n = 0;

	for (unsigned int i = 0; i < ordered; i++)
		for (unsigned int j = 0; order[i]->include[j]; j++)
			if (n < sizeof(all) / sizeof(*all))
				all[n++] = order[i]->include[j];
	qsort(all, n, sizeof(*all), by_text);
	for (size_t i = 0; i < n; i++)
		if ((!i || strcmp(all[i], all[i - 1])) && worth(all[i]))
			fprintf(out, "%s\n", all[i]);
	fputs("\n/* Operations have one signature, and only those cases of a switch that come up here. */\n"
	      "#pragma GCC diagnostic ignored \"-Wunused-parameter\"\n"
	      "#pragma GCC diagnostic ignored \"-Wunused-but-set-variable\"\n"
	      "#pragma GCC diagnostic ignored \"-Wmissing-field-initializers\"\n"
	      "#pragma GCC diagnostic ignored \"-Wswitch\"\n\n",
	      out);
}

/* The comment above, where it begins the chunk. */
static const char *behind_comment(const char *text)
{
	struct token token = token_at(text);

	while (token.kind == TOKEN_COMMENT)
		token = token_next(token);
	return token.at;
}

/* Behind attributes too, and not in its body. */
static bool is_static(const char *at)
{
	struct token token = token_at(at);

	if (token_is(token, "__attribute__"))
		token = token_at(text_close(token_next(token).at));
	return token_is(token, "static") || token_is(token, "typedef");
}

static unsigned int lines(const char *text)
{
	unsigned int n = 0;

	for (; *text; text++)
		n += *text == '\n';
	return n;
}

/* NEXT is what comes behind it, if anything does. */
static void print_chunk(FILE *out, const struct chunk *chunk, const struct chunk *next)
{
	const char *text = chunk->now, *at;

	if (chunk->kind == CHUNK_PROTO)
		return;
	if (chunk->kind == CHUNK_ENUM)
		text = prune_enum(text, constant_used);
	at = behind_comment(text);
	fprintf(out, "%.*s", (int)(at - text), text);
	if ((chunk->kind == CHUNK_FUNCTION || chunk->kind == CHUNK_VARIABLE) &&
	    !chunk_names(chunk, "main", 4) && !is_static(at))
		fputs("static ", out);
	fputs(at, out);
	if ((chunk->kind != CHUNK_MACRO && (chunk->kind != CHUNK_VARIABLE || lines(text) > 1)) ||
	    !next || next->kind != chunk->kind || *next->now == '/')
		fputs("\n", out);
}

static bool includes(const char *header)
{
	for (unsigned int i = 0; i < ordered; i++)
		for (unsigned int j = 0; order[i]->include[j]; j++)
			if (strstr(order[i]->include[j], header))
				return true;
	return false;
}

/* The comment on top, with the libraries of what follows in it. */
static void print_head(FILE *out, const char *head)
{
	static const char place[] = "LIBRARIES";
	const char *at = strstr(head, place);
	bool fuse = includes("<fuse_lowlevel.h>");

	fprintf(out, "%.*s%s%s%s%s%s%s\n#define _GNU_SOURCE\n", (int)(at - head), head,
		includes("<numaif.h>") ? " -lnuma" : "", includes("<pthread.h>") ? " -pthread" : "",
		includes("<liburing.h>") ? " -luring" : "", includes("<libaio.h>") ? " -laio" : "",
		fuse ? " $(pkg-config --cflags --libs fuse3)" : "", at + strlen(place));
	if (fuse)
		fputs("#define FUSE_USE_VERSION 35\n", out);
}

void inline_print(FILE *out, struct file *root, const char *head)
{
	visit(root);
	sort();
	for (unsigned int i = 0; i < ordered; i++)
		rename_taken(order[i]);
	print_head(out, head);
	print_includes(out);
	for (unsigned int i = 0; i < sorted_count; i++)
		print_chunk(out, sorted[i], i + 1 < sorted_count ? sorted[i + 1] : NULL);
}
