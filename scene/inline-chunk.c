// SPDX-License-Identifier: GPL-2.0-or-later
#include "inline.h"

#include <stdlib.h>
#include <string.h>

struct file inline_files[FILES_MAX];
unsigned int inline_file_count;

static bool starts(const char *at, const char *with)
{
	return !strncmp(at, with, strlen(with));
}

static const char *line_end(const char *at)
{
	at += strcspn(at, "\n");
	return at + (*at == '\n');
}

static void include(struct file *file, const char *line)
{
	unsigned int n = 0;

	while (file->include[n])
		n++;
	if (n + 1 < sizeof(file->include) / sizeof(*file->include))
		file->include[n] = text_part(line, line + strcspn(line, "\n"));
}

enum branch { PLAIN, TAKEN, LEFT_OUT };

/*
 * Without what only the suite's build needs: its own includes, the guards of
 * headers, and what stands in for an optional library that was not there.
 */
static char *build_only(struct file *file, const char *text)
{
	enum branch branch[16] = { PLAIN };
	char *out = text_memory(strlen(text) + 1);
	unsigned int depth = 0;
	size_t len = 0;

	for (const char *at = text, *next; *at; at = next) {
		next = line_end(at);
		if (starts(at, "#if") && depth < 15)
			branch[++depth] = starts(at, "#ifdef HAVE_") ||
							  starts(at, "#ifndef LOSTWRITE_") ||
							  starts(at, "#ifdef IORING_")
						  ? TAKEN
						  : PLAIN;
		else if (starts(at, "#else") && branch[depth] == TAKEN)
			branch[depth] = LEFT_OUT;
		else if (starts(at, "#include <") && branch[depth] != LEFT_OUT)
			include(file, at);
		else if (!starts(at, "#include") && !starts(at, "#define LOSTWRITE_") &&
			 !starts(at, "#pragma") && branch[depth] != LEFT_OUT &&
			 !(starts(at, "#endif") && branch[depth] == TAKEN)) {
			memcpy(out + len, at, next - at);
			len += next - at;
		}
		if (starts(at, "#if") && branch[depth] == PLAIN) {
			memcpy(out + len, at, next - at);
			len += next - at;
		}
		if (starts(at, "#endif") && depth)
			branch[depth--] = PLAIN;
	}
	return out;
}

static void add_name(struct chunk *chunk, const char *name)
{
	unsigned int n = 0;

	while (chunk->name[n])
		n++;
	if (n + 1 < CHUNK_NAMES)
		chunk->name[n] = name;
}

static char *word_of(struct token token)
{
	return text_part(token.at, token.at + token.len);
}

/* The constants of an enum: words behind '{' or ','. */
static void enum_names(struct chunk *chunk, const char *at)
{
	struct token token = token_at(strchr(at, '{')), before = token;
	int depth = 0;

	for (; token.kind != TOKEN_END; token = token_next(token)) {
		if (token.kind == TOKEN_COMMENT)
			continue;
		depth += token_is(token, "(") - token_is(token, ")");
		if (!depth && token.kind == TOKEN_WORD &&
		    (token_is(before, "{") || token_is(before, ",")))
			add_name(chunk, word_of(token));
		before = token;
		if (token_is(token, "}"))
			break;
	}
}

/* "struct map" of a definition; nothing for one without a tag. */
static void tag_name(struct chunk *chunk, struct token first)
{
	struct token tag = token_next(first);

	if (tag.kind == TOKEN_WORD)
		add_name(chunk, text_make("%s %s", word_of(first), word_of(tag)));
}

/*
 * What a declaration with no type of its own declares: the word in front of '(',
 * '[', '=', ',' or ';', or that in "(*name". Attributes are passed over.
 */
static void declared(struct chunk *chunk, const char *at)
{
	struct token token = token_at(at), before = { 0 };
	const char *end;

	for (; token.kind != TOKEN_END; before = token, token = token_next(token)) {
		if (token_is(token, "__attribute__")) {
			end = text_close(token_next(token).at);
			token = (struct token){ TOKEN_COMMENT, token.at, end - token.at };
		} else if (token_is(token, "{")) {
			end = text_close(token.at);
			token = (struct token){ TOKEN_COMMENT, token.at, end - token.at };
		} else if (token_is(token, "(") && token_is(token_next(token), "*")) {
			token = token_next(token);
			while (token_is(token, "*") || token_is(token, "const"))
				token = token_next(token);
			add_name(chunk, word_of(token));
			chunk->kind = CHUNK_VARIABLE;
			return;
		} else if (token.kind == TOKEN_SIGN && strchr("([=,;", *token.at) &&
			   before.kind == TOKEN_WORD) {
			add_name(chunk, word_of(before));
			if (!token_is(token, ","))
				return;
		}
	}
}

static const char *without_attribute(const char *at)
{
	struct token token = token_at(at);

	return token_is(token, "__attribute__") ? text_close(token_next(token).at) : at;
}

static void name_declaration(struct chunk *chunk, const char *at, const char *end)
{
	struct token first = token_at(without_attribute(at));
	const char *body = memchr(at, '{', end - at), *assign = memchr(at, '=', end - at),
		   *open = memchr(at, '(', end - at);
	bool type =
		token_is(first, "struct") || token_is(first, "enum") || token_is(first, "union");

	if (assign && body && assign < body)
		body = NULL; /* an initialiser */
	if (token_is(first, "static") || token_is(first, "typedef"))
		type = false;
	chunk->local = token_is(first, "static") || !(chunk->file->header || chunk->file->standin);
	if (type && body && (!open || body < open)) {
		chunk->kind = token_is(first, "enum") ? CHUNK_ENUM : CHUNK_TYPE;
		if (chunk->kind == CHUNK_ENUM)
			enum_names(chunk, at);
		tag_name(chunk, first);
		return;
	}
	if (type && !body && end[-1] == ';' && token_is(token_next(token_next(first)), ";")) {
		chunk->kind = CHUNK_PROTO; /* struct hold; */
		return;
	}
	chunk->kind = !open || (assign && assign < open) || (body && body < open) ? CHUNK_VARIABLE
		      : body							  ? CHUNK_FUNCTION
										  : CHUNK_PROTO;
	declared(chunk, at);
	if (token_is(first, "extern"))
		chunk->kind = CHUNK_PROTO;
	if (!token_is(first, "static"))
		chunk->local = false;
	/* "static const struct kind {...} kinds[]": the tag is declared here as well. */
	first = token_at(without_attribute(at));
	while (first.at < end && (token_is(first, "static") || token_is(first, "const")))
		first = token_next(first);
	if (token_is(first, "struct") && token_is(token_next(token_next(first)), "{"))
		tag_name(chunk, first);
}

static struct chunk *new_chunk(struct file *file, struct chunk ***tail)
{
	struct chunk *chunk = text_memory(sizeof(*chunk));

	chunk->file = file;
	**tail = chunk;
	*tail = &chunk->next;
	return chunk;
}

/* A directive: one line with its continuations, or all from #if to #endif. */
static const char *directive_end(const char *at)
{
	int depth = starts(at, "#if") ? 1 : 0;
	const char *end = at, *line;

	do {
		line = end;
		end = line_end(end);
		while (end > line + 1 && end[-2] == '\\')
			end = line_end(end);
		depth += end > at && line != at && starts(line, "#if");
		depth -= starts(line, "#endif");
	} while (depth > 0 && *end);
	return end;
}

static void name_directive(struct chunk *chunk, const char *at, const char *end)
{
	chunk->kind = CHUNK_MACRO;
	chunk->local = !(chunk->file->header || chunk->file->standin);
	for (; at < end; at = line_end(at))
		if (starts(at, "#define ") || starts(at, "#define\t"))
			add_name(chunk, word_of(token_at(at + 7)));
}

/* To the ';' or the '}' of a function at file level. */
static const char *declaration_end(const char *at)
{
	struct token token = token_at(at);
	const char *end;

	for (; token.kind != TOKEN_END; token = token_next(token)) {
		if (token_is(token, ";"))
			return line_end(token.at);
		if (token.kind != TOKEN_SIGN || !strchr("([{", *token.at))
			continue;
		end = text_close(token.at);
		if (*token.at == '{' && (*end == '\n' || !*end))
			return line_end(end);
		token.len = end - token.at;
	}
	return token.at;
}

static void cut(struct file *file, const char *text)
{
	struct chunk **tail = &file->chunk, *chunk;
	const char *comment = NULL, *end;

	for (const char *at = text; *at; at = end) {
		end = line_end(at);
		if (*at == '\n') {
			comment = NULL;
		} else if (starts(at, "//") || starts(at, "/*")) {
			end = line_end(at + token_at(at).len);
			comment = at;
		} else {
			end = *at == '#' ? directive_end(at) : declaration_end(at);
			chunk = new_chunk(file, &tail);
			chunk->text = text_part(comment ? comment : at, end);
			if (*at == '#')
				name_directive(chunk, at, end);
			else
				name_declaration(chunk, at, end - 1);
			comment = NULL;
		}
	}
}

struct file *chunk_add(const char *path, const char *text)
{
	struct file *file = &inline_files[inline_file_count++];
	size_t len = strlen(path);

	if (inline_file_count == FILES_MAX)
		abort();
	file->path = path;
	file->standin = starts(path, "scene/standalone/");
	file->scene = !strcmp(path, "scene/standalone/map.c");
	file->header = len > 2 && !strcmp(path + len - 2, ".h");
	cut(file, build_only(file, text));
	return file;
}

void chunk_load(void)
{
	for (const struct inline_source *s = inline_sources; s->path; s++)
		if (!starts(s->path, "reproducers/"))
			chunk_add(s->path, s->text);
}

bool chunk_names(const struct chunk *chunk, const char *name, size_t len)
{
	for (unsigned int i = 0; chunk->name[i]; i++)
		if (strlen(chunk->name[i]) == len && !memcmp(chunk->name[i], name, len))
			return true;
	return false;
}

static struct chunk *find_in(const struct file *file, const char *name, size_t len, bool local)
{
	struct chunk *found = NULL;

	for (struct chunk *chunk = file->chunk; chunk; chunk = chunk->next) {
		if ((chunk->local && !local) || !chunk_names(chunk, name, len))
			continue;
		if (chunk->kind != CHUNK_PROTO)
			return chunk;
		found = chunk;
	}
	return found;
}

static struct chunk *defined(struct chunk *chunk)
{
	return chunk && chunk->kind != CHUNK_PROTO ? chunk : NULL;
}

/*
 * main() calls functions that nobody else may: what the rows of operations name,
 * and the probes of needs.
 */
static struct chunk *found_inside(const struct file *file, const char *name, size_t len)
{
	struct chunk *found;

	for (unsigned int i = 0; i < inline_file_count; i++) {
		const char *path = inline_files[i].path;

		if (inline_files[i].header ||
		    (starts(name, "probe_") ? !starts(path, "lib/need")
		     : file->scene || known_function(name, len)
			     ? !starts(path, "scene/") && !starts(path, "lib/map")
			     : true))
			continue;
		found = defined(find_in(&inline_files[i], name, len, true));
		if (found && (found->kind == CHUNK_FUNCTION || inline_files[i].standin ||
			      starts(path, "lib/map")))
			return found;
	}
	return NULL;
}

struct chunk *chunk_find(const struct file *file, const char *name, size_t len)
{
	struct chunk *found = defined(find_in(file, name, len, true)), *declaration = NULL;

	if (found && found->local)
		return found;
	for (unsigned int standin = 1; standin < 2; standin--)
		for (unsigned int i = 0; i < inline_file_count; i++) {
			if (inline_files[i].standin != standin || inline_files[i].main)
				continue;
			found = find_in(&inline_files[i], name, len, false);
			if (defined(found))
				return found;
			declaration = found ? found : declaration;
		}
	/* What the suite leaves to main(): a table that it only declares. */
	for (unsigned int i = 0; declaration && i < inline_file_count; i++) {
		found = inline_files[i].main ? find_in(&inline_files[i], name, len, false) : NULL;
		if (defined(found))
			return found;
	}
	return (file->main || file->scene || known_function(name, len)) && !declaration
		       ? found_inside(file, name, len)
		       : declaration;
}

const char *chunk_constant(const char *tag, unsigned int value)
{
	for (unsigned int i = 0; i < inline_file_count; i++)
		for (struct chunk *c = inline_files[i].chunk; c; c = c->next)
			if (c->kind == CHUNK_ENUM && chunk_names(c, tag, strlen(tag)))
				return c->name[value];
	return NULL;
}
