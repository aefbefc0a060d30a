// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What is the same for all of one scene is put in where it is asked for, and
 * what follows from that is worked out: "if (kinds[map->kind].before)" is
 * "if (NULL)" for anonymous memory, and goes.
 */
#include "inline.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

static struct fact {
	const char *text, *value;
	bool function;
} facts[160];
static unsigned int fact_count;

void known_add(const char *text, const char *value, bool function)
{
	if (fact_count == sizeof(facts) / sizeof(*facts))
		abort();
	facts[fact_count++] = (struct fact){ text, value, function };
}

bool known_function(const char *name, size_t len)
{
	for (unsigned int i = 0; i < fact_count; i++)
		if (facts[i].function && strlen(facts[i].value) == len &&
		    !memcmp(facts[i].value, name, len))
			return true;
	return false;
}

static const char *end_of(struct token token)
{
	return token.at + token.len;
}

/* Where the words of PATTERN end in the text at AT, whatever blanks there are. NULL: others. */
static const char *matched(const char *at, const char *pattern)
{
	struct token token = token_at(at), wanted = token_at(pattern);
	const char *end = at;

	for (; wanted.kind != TOKEN_END; token = token_next(token), wanted = token_next(wanted)) {
		if (token.len != wanted.len || memcmp(token.at, wanted.at, token.len))
			return NULL;
		end = end_of(token);
	}
	return token_is(token, "->") || token_is(token, ".") ? NULL : end;
}

static const char *put_in(const char *text)
{
	struct token token = token_at(text), before = { 0 };
	const char *out = "", *from = text, *end;

	for (; token.kind != TOKEN_END; before = token, token = token_next(token)) {
		if (token_is(before, ".") || token_is(before, "->"))
			continue;
		for (unsigned int i = 0; i < fact_count; i++) {
			end = matched(token.at, facts[i].text);
			if (!end)
				continue;
			out = text_make("%s%.*s%s", out, (int)(token.at - from), from,
					facts[i].value);
			from = *facts[i].value ? end : end + strspn(end, " \t");
			token.len = end - token.at;
			break;
		}
	}
	return from == text ? text : text_make("%s%s", out, from);
}

/* --- what follows --- */

/* 1, 0, or -1: not known. */
static int truth(struct token t)
{
	if (t.kind != TOKEN_WORD)
		return -1;
	if (token_is(t, "true") || token_is(t, "false"))
		return token_is(t, "true");
	if (token_is(t, "NULL"))
		return 0;
	if (isdigit((unsigned char)*t.at))
		return !token_is(t, "0");
	return known_function(t.at, t.len) ? 1 : -1;
}

static bool any(struct token t, const char *const *words)
{
	for (; *words; words++)
		if (token_is(t, *words))
			return true;
	return false;
}

/* Behind B a condition may begin; in front of N it may end. */
static bool opens(struct token b)
{
	static const char *const words[] = { "(", ",", "=", "return", "&&", "||",
					     "?", ":", "{", ";",      NULL };

	return any(b, words);
}

static bool closes(struct token n)
{
	static const char *const words[] = { ")", ",", ";", "&&", "||", "?", ":", "}", NULL };

	return any(n, words);
}

/* The first of WORDS behind AT that is in no bracket; brackets that close end it as well. */
static struct token skip_to(const char *at, const char *const *words)
{
	struct token token = token_at(at);

	for (; token.kind != TOKEN_END && !any(token, words) && !token_is(token, ")") &&
	       !token_is(token, "}") && !token_is(token, "]") && !token_is(token, ";");
	     token = token_next(token))
		if (token.kind == TOKEN_SIGN && strchr("([{", *token.at))
			token.len = text_close(token.at) - token.at;
	return token;
}

static const char *replaced(const char *text, const char *from, const char *to, const char *by)
{
	return text_make("%.*s%s%s", (int)(from - text), text, by, to);
}

/* T is known, in front of "&&" or "||". */
static const char *fold_first(const char *text, struct token t, struct token n)
{
	static const char *const after_and[] = { "||", "?", ",", ":", NULL }, *const after_or[] = {
		"?", ",", ":", NULL
	};
	bool and = token_is(n, "&&");

	if (truth(t) == and) /* it says nothing */
		return text_cut(text, t.at, token_next(n).at);
	return replaced(text, end_of(t), skip_to(n.at, and? after_and : after_or).at, "");
}

/* "T ? yes : no" */
static const char *fold_choice(const char *text, struct token t, struct token question)
{
	static const char *const middle[] = { "?", ":", NULL }, *const behind[] = { ",", ":",
										    NULL };
	struct token colon = skip_to(end_of(question), middle), end;
	const char *yes = token_next(question).at, *no;
	int depth = 0;

	while (token_is(colon, "?") || depth) {
		depth += token_is(colon, "?") ? 1 : -1;
		colon = skip_to(end_of(colon), middle);
	}
	no = token_next(colon).at;
	end = skip_to(no, behind);
	if (truth(t))
		return text_make("%.*s%.*s%s", (int)(t.at - text), text, (int)(colon.at - yes), yes,
				 end.at);
	return text_cut(text, t.at, no);
}

/* One level less of indentation, without the braces. */
static const char *unwrapped(const char *from, const char *to)
{
	struct token first = token_at(from);
	const char *out = "", *line, *next;

	if (!token_is(first, "{"))
		return text_part(from, to);
	to--;
	while (to > from && isspace((unsigned char)to[-1]))
		to--;
	for (line = token_next(first).at; line < to; line = next) {
		next = memchr(line, '\n', to - line);
		next = next ? next + 1 : to;
		out = text_make("%s%.*s", out, (int)(next - line), line);
		next += *next == '\t';
	}
	return out;
}

/* A comment there is about the condition. */
static struct token behind_comment(struct token token)
{
	do
		token = token_next(token);
	while (token.kind == TOKEN_COMMENT);
	return token;
}

/* "if (T) this; else that;", with what stands in front of it. */
static const char *fold_if(const char *text, struct token before, struct token key, struct token t)
{
	const char *from = behind_comment(token_next(t)).at, *to = prune_statement_end(from), *cut;
	struct token after = token_at(to);
	const char *otherwise = token_is(after, "else") ? token_next(after).at : NULL,
		   *end = otherwise ? prune_statement_end(otherwise) : to;

	if (truth(t))
		return text_make("%.*s%s%s", (int)(key.at - text), text, unwrapped(from, to), end);
	if (otherwise)
		return text_make("%.*s%s%s", (int)(key.at - text), text, unwrapped(otherwise, end),
				 end);
	cut = token_is(before, "else") || before.kind == TOKEN_COMMENT ? before.at : key.at;
	while (cut > text && (cut[-1] == ' ' || cut[-1] == '\t'))
		cut--;
	return text_cut(text, cut, end + (*end == '\n'));
}

/* "if (this && false)" is never done, when asking THIS does nothing. */
static struct token never(struct token open)
{
	struct token token = token_next(open), before = open;

	for (; !token_is(token, ")"); before = token, token = token_next(token)) {
		if (token.kind == TOKEN_END || token_is(token, "(") || token_is(token, "||"))
			break;
		if (token_is(before, "&&") && !truth(token) && closes(token_next(token)))
			return token;
	}
	return (struct token){ 0 };
}

static bool both_begin(struct token a, struct token b, const char *with)
{
	size_t len = strlen(with);

	return a.len > len && b.len > len && !memcmp(a.at, with, len) && !memcmp(b.at, with, len);
}

/* Two names of constants; of kinds, others are not the same. */
static bool comparable(struct token a, struct token b)
{
	if (a.kind != TOKEN_WORD || b.kind != TOKEN_WORD || !isupper((unsigned char)*a.at))
		return false;
	return (a.len == b.len && !memcmp(a.at, b.at, a.len)) || both_begin(a, b, "MAP_KIND_") ||
	       both_begin(a, b, "TRACK_");
}

static const char *fold_equal(const char *text, struct token a, struct token sign, struct token b)
{
	bool same = a.len == b.len && !memcmp(a.at, b.at, a.len);

	return replaced(text, a.at, end_of(b), same == token_is(sign, "==") ? "true" : "false");
}

/* T is known, between BEFORE and N, as an operand. */
static const char *fold_operand(const char *text, struct token before, struct token t,
				struct token n)
{
	if (token_is(before, "!") && closes(n))
		return replaced(text, before.at, end_of(t), truth(t) ? "false" : "true");
	if (opens(before) && token_is(n, "&&"))
		return fold_first(text, t, n);
	if (opens(before) && !token_is(before, "&&") && token_is(n, "||"))
		return fold_first(text, t, n);
	if (token_is(before, "&&") && truth(t) && closes(n))
		return text_cut(text, before.at, end_of(t));
	if (token_is(before, "||") && !truth(t) && closes(n))
		return text_cut(text, before.at, end_of(t));
	if (opens(before) && !token_is(before, "&&") && !token_is(before, "||") && token_is(n, "?"))
		return fold_choice(text, t, n);
	return text;
}

static const char *fold_once(const char *text)
{
	struct token last = { 0 }, before = { 0 }, token = token_at(text), next, dead;
	const char *folded = text;

	for (; token.kind != TOKEN_END && folded == text;
	     last = before, before = token, token = next) {
		next = token_next(token);
		if (token_is(token, "if") && token_is(next, "(")) {
			dead = never(next);
			if (dead.at)
				folded = replaced(text, token_next(next).at,
						  text_close(next.at) - 1, "false");
		}
		if (comparable(before, next) && (token_is(token, "==") || token_is(token, "!=")))
			folded = fold_equal(text, before, token, next);
		else if (truth(token) >= 0 && token_is(before, "(") && token_is(last, "if") &&
			 token_is(next, ")"))
			folded = text; /* below: what stands in front is needed */
		else if (truth(token) >= 0)
			folded = fold_operand(text, before, token, next);
		if (folded == text && token_is(before, "+") && token_is(token, "0") &&
		    (token_is(next, ",") || token_is(next, ")") || token_is(next, ";")))
			folded = text_cut(text, before.at - (before.at[-1] == ' '), end_of(token));
	}
	return folded;
}

static const char *fold_ifs(const char *text)
{
	struct token before = { 0 }, token = token_at(text), open, inside;

	for (; token.kind != TOKEN_END; before = token, token = token_next(token)) {
		open = token_next(token);
		inside = token_next(open);
		if (token_is(token, "if") && token_is(open, "(") && truth(inside) >= 0 &&
		    token_is(token_next(inside), ")"))
			return fold_if(text, before, token, inside);
	}
	return text;
}

const char *known_apply(const char *text)
{
	const char *before;

	if (!fact_count)
		return text;
	text = put_in(text);
	do {
		before = text;
		text = fold_ifs(fold_once(text));
	} while (text != before);
	return text;
}
