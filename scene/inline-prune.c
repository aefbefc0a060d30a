// SPDX-License-Identifier: GPL-2.0-or-later
#include "inline.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#define MEMBERS_WORTH_IT 6 /* smaller structs are left whole, and may be initialised in order */

bool live_has(const struct live *live, const char *word, size_t len)
{
	for (unsigned int i = 0; i < live->count; i++)
		if (!strncmp(live->word[i], word, len) && !live->word[i][len])
			return true;
	return false;
}

void live_add(struct live *live, const char *word, size_t len)
{
	if (live_has(live, word, len))
		return;
	if (live->count == sizeof(live->word) / sizeof(*live->word))
		abort();
	live->word[live->count++] = text_part(word, word + len);
}

bool prune_compares(struct token before, struct token word, struct token after)
{
	struct token behind = token_next(after);

	return token_is(before, "case") || token_is(before, "==") || token_is(before, "!=") ||
	       (token_is(before, "[") && token_is(after, "]") && token_is(behind, "="));
}

/* A constant of one of our enums that nobody gives. */
static bool is_dead(const struct chunk *chunk, const struct live *live, struct token word)
{
	struct chunk *found;

	if (word.kind != TOKEN_WORD || live_has(live, word.at, word.len))
		return false;
	found = chunk_find(chunk->file, word.at, word.len);
	return found && found->kind == CHUNK_ENUM;
}

static const char *line_start(const char *text, const char *at)
{
	while (at > text && at[-1] != '\n')
		at--;
	return at;
}

/* The next label of the same switch, or the line of its '}'. */
static const char *case_end(const char *text, const char *at)
{
	struct token token = token_at(at);
	const char *end;

	for (; token.kind != TOKEN_END; token = token_next(token)) {
		if (token_is(token, "case") || token_is(token, "default") || token_is(token, "}"))
			break;
		if (token.kind == TOKEN_SIGN && strchr("([{", *token.at)) {
			end = text_close(token.at);
			token.len = end - token.at;
		}
	}
	return line_start(text, token.at);
}

/* Labels of one stack: "case A:\ncase B:\n\tbody". */
static const char *prune_stack(const struct chunk *chunk, const struct live *live, const char *text,
			       struct token label)
{
	const char *first = line_start(text, label.at), *body;
	bool any = false, dead[16] = { false };
	const char *line[17] = { first };
	unsigned int n = 0;

	for (; token_is(label, "case") && n < 16; label = token_next(token_next(label))) {
		line[n] = line_start(text, label.at);
		label = token_next(label);
		dead[n] = is_dead(chunk, live, label);
		any |= !dead[n++];
	}
	line[n] = line_start(text, label.at);
	body = label.at;
	if (!any)
		return text_cut(text, first, case_end(text, body));
	while (n--)
		if (dead[n])
			text = text_cut(text, line[n], line[n + 1]);
	return text;
}

/* Once: the first label or row that goes. The same text when there is none. */
static const char *prune_once(const struct chunk *chunk, const struct live *live, const char *text)
{
	struct token token = token_at(text), before = { 0 }, word;
	const char *end, *pruned;

	for (; token.kind != TOKEN_END; before = token, token = token_next(token)) {
		word = token_next(token);
		if (token_is(token, "case") && !token_is(before, ":") &&
		    (pruned = prune_stack(chunk, live, text, token)) != text)
			return pruned;
		if (token_is(token, "case") && is_dead(chunk, live, word))
			return prune_stack(chunk, live, text, token);
		if (!token_is(token, "[") || before.kind == TOKEN_WORD ||
		    !token_is(token_next(word), "]") ||
		    !token_is(token_next(token_next(word)), "=") || !is_dead(chunk, live, word))
			continue;
		for (word = token_next(word); !token_is(word, ",") && !token_is(word, "}");
		     word = token_next(word))
			if (word.kind == TOKEN_SIGN && strchr("([{", *word.at))
				word.len = text_close(word.at) - word.at;
		end = word.at + token_is(word, ",");
		end += strspn(end, " \t");
		return text_cut(text, token.at, end);
	}
	return text;
}

/* Where the condition that begins at OPEN is "X == CONSTANT" and nothing else: the constant. */
static struct token compared(const char *open)
{
	const char *close = text_close(open);
	struct token token = token_at(open + 1), before = { 0 }, last = { 0 };

	for (; token.at + 1 < close; before = last, last = token, token = token_next(token))
		if (strchr("&|!", *token.at) && !token_is(token, "!="))
			return (struct token){ 0 };
	return token_is(before, "==") ? last : (struct token){ 0 };
}

/* The end of the statement at AT: a block, or up to its ';'. */
const char *prune_statement_end(const char *at)
{
	struct token token = token_at(at);

	if (token_is(token, "{"))
		return text_close(token.at);
	if (token_is(token, "if") || token_is(token, "for") || token_is(token, "while")) {
		at = prune_statement_end(text_close(token_next(token).at));
		if (token_is(token, "if") && token_is(token_at(at), "else"))
			at = prune_statement_end(token_next(token_at(at)).at);
		return at;
	}
	for (; !token_is(token, ";") && token.kind != TOKEN_END; token = token_next(token))
		if (token.kind == TOKEN_SIGN && strchr("([{", *token.at))
			token.len = text_close(token.at) - token.at;
	return token.at + 1;
}

/* "if (how == CONSTANT) ..." for a constant that nobody gives; what stands behind else stays. */
static const char *prune_if(const struct chunk *chunk, const struct live *live, const char *text)
{
	struct token token = token_at(text), open, after;
	const char *end;

	for (; token.kind != TOKEN_END; token = token_next(token)) {
		open = token_next(token);
		if (!token_is(token, "if") || !token_is(open, "(") ||
		    !is_dead(chunk, live, compared(open.at)))
			continue;
		end = prune_statement_end(text_close(open.at));
		after = token_at(end);
		if (token_is(after, "else"))
			end = token_next(after).at;
		else
			end += strspn(end, " \t");
		return text_cut(text, token.at, end);
	}
	return text;
}

/* What pruning left of lines: nothing but the space in front of them. */
static const char *without_rests(const char *text)
{
	char *out = text_memory(strlen(text) + 1);
	size_t len = 0, n;

	for (; *text; text += n) {
		n = strcspn(text, "\n");
		n += text[n] == '\n';
		if (n > 1 && strspn(text, " \t") == n - 1 && text[n - 1] == '\n')
			continue;
		memcpy(out + len, text, n);
		len += n;
	}
	return out;
}

/* What only tells the story, or counts, goes: the call inside say() stays. */
bool prune_scene;

static const char *unsaid(const char *text)
{
	struct token token = token_at(text), open;
	const char *end;

	for (; token.kind != TOKEN_END; token = token_next(token)) {
		open = token_next(token);
		if (token.kind != TOKEN_WORD || !token_is(open, "("))
			continue;
		end = text_close(open.at);
		if (token_is(token, "say"))
			return text_make("%.*s%.*s%s", (int)(token.at - text), text,
					 (int)(end - 1 - (open.at + 1)), open.at + 1, end);
		if (token_is(token, "story") || token_is(token, "story_name") ||
		    token_is(token, "case_say") || (prune_scene && token_is(token, "case_count")))
			if (*end == ';')
				return text_cut(text, line_start(text, token.at),
						end + strcspn(end, "\n") + 1);
	}
	return text;
}

/* The words that a member's declaration declares. */
static bool member_lives(const struct live *live, const char *at, const char *end)
{
	struct token token = token_at(at), after;
	bool lives = false;

	for (; token.at < end; token = after) {
		after = token_next(token);
		if (token.kind == TOKEN_WORD && after.at <= end && strchr(";,[:)", *after.at) &&
		    live_has(live, token.at, token.len))
			lives = true;
	}
	return lives;
}

/* The end of the line of a member, with the comment behind it. */
static const char *member_end(const char *semicolon)
{
	struct token next = token_at(semicolon + 1);
	const char *line = semicolon + strcspn(semicolon, "\n");

	if (next.kind == TOKEN_COMMENT && next.at < line)
		line = next.at + next.len + strcspn(next.at + next.len, "\n");
	return line + (*line == '\n');
}

static const char *prune_struct(const struct live *live, const char *text)
{
	const char *open = strchr(text, '{'), *close = text_close(open) - 1, *out, *next;
	struct token token = token_at(open + 1);
	const char *from = open + 1 + strcspn(open, "\n");
	unsigned int members = 0;

	for (const char *at = open; (at = strchr(at, ';')) && at < close; at++)
		members++;
	if (members <= MEMBERS_WORTH_IT)
		return text;
	out = text_part(text, from);
	for (; token.at < close && token.kind != TOKEN_END; token = token_next(token)) {
		if (token.kind == TOKEN_SIGN && strchr("([{", *token.at)) {
			/* A function pointer's name counts, its arguments do not matter. */
			if (!token_is(token_next(token), "*"))
				token.len = text_close(token.at) - token.at;
		}
		if (!token_is(token, ";"))
			continue;
		next = member_end(token.at);
		if (member_lives(live, from, token.at))
			out = text_make("%s%.*s", out, (int)(next - from), from);
		from = next;
		token = (struct token){ TOKEN_COMMENT, next, 0 };
	}
	return text_make("%s%s", out, close);
}

const char *prune_enum(const char *text, bool (*used)(const char *word, size_t len))
{
	const char *open = strchr(text, '{'), *close = text_close(open) - 1, *out = "";
	struct token token = token_at(open + 1), name = { 0 };
	const char *value;

	for (const char *from = open + 1; from < close;) {
		name = (struct token){ 0 };
		for (token = token_at(from); token.at < close && !token_is(token, ",");
		     token = token_next(token)) {
			if (!name.at && token.kind == TOKEN_WORD)
				name = token;
			if (token_is(token, "("))
				token.len = text_close(token.at) - token.at;
		}
		value = token.at;
		while (value > from && isspace((unsigned char)value[-1]))
			value--;
		/* The first is what zeroed memory is. */
		if (name.at && (from == open + 1 || used(name.at, name.len)))
			out = text_make("%s%s%.*s", out, *out ? ", " : "", (int)(value - name.at),
					name.at);
		from = token.at + 1;
	}
	if (!*out) /* of a type only */
		return text;
	return text_make("%.*s { %s }%s", (int)(open - 1 - text), text, out, close + 1);
}

const char *prune(const struct chunk *chunk, const struct live *live)
{
	const char *text = chunk->text, *before;

	if (chunk->kind == CHUNK_TYPE)
		return prune_struct(live, text);
	if (chunk->kind != CHUNK_FUNCTION && chunk->kind != CHUNK_VARIABLE)
		return text;
	do {
		before = text;
		text = unsaid(text);
	} while (text != before);
	text = known_apply(text);
	do {
		before = text;
		text = prune_if(chunk, live, prune_once(chunk, live, text));
	} while (text != before);
	return without_rests(text);
}
