// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Which constants are given decides what is reached, and what is reached, which
 * are given: both only grow, so it is done again until nothing new comes.
 */
#include "inline.h"

#include <string.h>

static struct live live;
static char *lacking;

static void reach_chunk(struct chunk *chunk);

/* "struct map" is another name than "map". */
static struct chunk *meant(const struct chunk *chunk, struct token before, struct token word)
{
	const char *name;

	if (!token_is(before, "struct") && !token_is(before, "union") && !token_is(before, "enum"))
		return chunk_find(chunk->file, word.at, word.len);
	name = text_make("%.*s %.*s", (int)before.len, before.at, (int)word.len, word.at);
	return chunk_find(chunk->file, name, strlen(name));
}

/* A local variable of CHUNK: "bool name;", "struct x *name = ...". */
static bool is_local(const struct chunk *chunk, struct token word)
{
	static const char *const keywords[] = { "return", "else", "case", "goto" };
	struct token token = token_at(chunk->now), before = { 0 };
	bool keyword;

	for (; token.kind != TOKEN_END; before = token, token = token_next(token)) {
		if (token.len != word.len || memcmp(token.at, word.at, word.len) ||
		    (before.kind != TOKEN_WORD && !token_is(before, "*")) ||
		    !strchr(";,=)[", *token_next(token).at))
			continue;
		keyword = false;
		for (size_t i = 0; i < sizeof(keywords) / sizeof(*keywords); i++)
			keyword |= token_is(before, keywords[i]);
		if (!keyword && before.kind == TOKEN_WORD)
			return true;
	}
	return false;
}

static void reach_word(struct chunk *chunk, struct token before, struct token word)
{
	struct chunk *found = meant(chunk, before, word);

	if (!found || found == chunk)
		return;
	if (chunk->kind == CHUNK_FUNCTION && !token_is(token_next(word), "(") &&
	    (found->kind == CHUNK_FUNCTION || found->kind == CHUNK_VARIABLE) &&
	    is_local(chunk, word))
		return;
	if (found->kind == CHUNK_PROTO && found->name[0] && !lacking)
		lacking = text_make("%.*s() of %s", (int)word.len, word.at, found->file->path);
	if (found->kind == CHUNK_ENUM && !prune_compares(before, word, token_next(word)) &&
	    !token_is(before, "enum"))
		live_add(&live, word.at, word.len);
	reach_chunk(found);
}

static void reach_chunk(struct chunk *chunk)
{
	struct token token, before = { 0 };

	if (chunk->seen)
		return;
	chunk->seen = chunk->live = true;
	chunk->now = prune(chunk, &live);
	for (token = token_at(chunk->now); token.kind != TOKEN_END; token = token_next(token)) {
		if (token.kind == TOKEN_COMMENT)
			continue;
		if (token.kind == TOKEN_WORD && (token_is(before, ".") || token_is(before, "->")))
			live_add(&live, token.at, token.len);
		else if (token.kind == TOKEN_WORD && chunk->kind != CHUNK_ENUM)
			reach_word(chunk, before, token);
		before = token;
	}
}

bool reach(struct file *root, char *why, size_t size)
{
	unsigned int known;

	do {
		known = live.count;
		lacking = NULL;
		for (unsigned int i = 0; i < inline_file_count; i++)
			for (struct chunk *c = inline_files[i].chunk; c; c = c->next)
				c->seen = c->live = false;
		for (struct chunk *c = root->chunk; c; c = c->next)
			reach_chunk(c);
	} while (live.count > known);
	if (lacking)
		snprintf(why, size, "%s has no standalone form yet (scene/standalone/)", lacking);
	return !lacking;
}
