// SPDX-License-Identifier: GPL-2.0-or-later
#include "expr.h"

#include "mem.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#define EXPR_MAX 1000 /* bounds the recursion */

enum kind { TERM, NOT, AND, OR, OPEN, CLOSE, END };

struct expr {
	enum kind kind;
	char *term;
	struct expr *left, *right;
};

struct parser {
	const char *text, *at;
	enum kind kind; /* the token at AT */
	size_t len;	/* its length */
	char *why;
};

static enum kind word_kind(const char *word, size_t len)
{
	if (len == 3 && !strncmp(word, "and", 3))
		return AND;
	if (len == 2 && !strncmp(word, "or", 2))
		return OR;
	return len == 3 && !strncmp(word, "not", 3) ? NOT : TERM;
}

/* A '!' inside a word belongs to a glob such as [!a]. */
static void look(struct parser *p)
{
	static const char signs[] = "()!&|,";
	static const enum kind kinds[] = { OPEN, CLOSE, NOT, AND, OR, OR };
	const char *sign;

	while (isspace((unsigned char)*p->at))
		p->at++;
	sign = *p->at ? strchr(signs, *p->at) : NULL;
	if (!*p->at) {
		p->kind = END;
		p->len = 0;
	} else if (sign) {
		p->kind = kinds[sign - signs];
		p->len = strchr("&|", *sign) && p->at[1] == *sign ? 2 : 1;
	} else {
		p->len = strcspn(p->at, "()&|, \t\n");
		p->kind = word_kind(p->at, p->len);
	}
}

static void skip(struct parser *p)
{
	p->at += p->len;
	look(p);
}

static struct expr *fail(struct parser *p, const char *expected)
{
	if (p->why)
		return NULL;
	if (p->kind == END)
		p->why = mem_text("column %zu: expected %s, found the end", p->at - p->text + 1,
				  expected);
	else
		p->why = mem_text("column %zu: expected %s, found '%.*s'", p->at - p->text + 1,
				  expected, p->len > 40 ? 40 : (int)p->len, p->at);
	return NULL;
}

static struct expr *node(enum kind kind, struct expr *left, struct expr *right)
{
	struct expr *e = mem_zero(1, sizeof(*e));

	e->kind = kind;
	e->left = left;
	e->right = right;
	return e;
}

static struct expr *parse_or(struct parser *p);

static struct expr *parse_operand(struct parser *p)
{
	struct expr *e;

	switch (p->kind) {
	case NOT:
		skip(p);
		e = parse_operand(p);
		return e ? node(NOT, e, NULL) : NULL;
	case OPEN:
		skip(p);
		e = parse_or(p);
		if (e && p->kind != CLOSE) {
			expr_free(e);
			return fail(p, "'and', 'or' or ')'");
		}
		if (e)
			skip(p);
		return e;
	case TERM:
		e = node(TERM, NULL, NULL);
		e->term = mem_text("%.*s", (int)p->len, p->at);
		skip(p);
		return e;
	default:
		return fail(p, "a name, 'not' or '('");
	}
}

/* RIGHT is NULL after a mistake. */
static struct expr *join(enum kind kind, struct expr *left, struct expr *right)
{
	if (right)
		return node(kind, left, right);
	expr_free(left);
	return NULL;
}

static struct expr *parse_and(struct parser *p)
{
	struct expr *e = parse_operand(p);

	while (e && p->kind == AND) {
		skip(p);
		e = join(AND, e, parse_operand(p));
	}
	return e;
}

static struct expr *parse_or(struct parser *p)
{
	struct expr *e = parse_and(p);

	while (e && p->kind == OR) {
		skip(p);
		e = join(OR, e, parse_and(p));
	}
	return e;
}

struct expr *expr_parse(const char *text, char **why)
{
	struct parser p = { .text = text, .at = text };
	struct expr *e;

	if (strlen(text) > EXPR_MAX) {
		*why = mem_text("longer than %d characters", EXPR_MAX);
		return NULL;
	}
	look(&p);
	e = parse_or(&p);
	if (e && p.kind != END) {
		expr_free(e);
		e = fail(&p, "'and', 'or' or the end");
	}
	*why = p.why;
	return e;
}

void expr_free(struct expr *e)
{
	if (!e)
		return;
	expr_free(e->left);
	expr_free(e->right);
	free(e->term);
	free(e);
}

bool expr_match(const struct expr *e, bool (*term)(const char *glob, void *subject), void *subject)
{
	switch (e->kind) {
	case NOT:
		return !expr_match(e->left, term, subject);
	case AND:
		return expr_match(e->left, term, subject) && expr_match(e->right, term, subject);
	case OR:
		return expr_match(e->left, term, subject) || expr_match(e->right, term, subject);
	default:
		return term(e->term, subject);
	}
}

const char *expr_find(const struct expr *e, bool (*term)(const char *glob, void *subject),
		      void *subject)
{
	const char *found;

	if (!e)
		return NULL;
	if (e->kind == TERM)
		return term(e->term, subject) ? e->term : NULL;
	found = expr_find(e->left, term, subject);
	return found ? found : expr_find(e->right, term, subject);
}
