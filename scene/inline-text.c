// SPDX-License-Identifier: GPL-2.0-or-later
#include "inline.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

/* All of it is given back together, at the end. */
static struct block {
	struct block *next;
	max_align_t memory[];
} * blocks;

static void give_back(void)
{
	for (struct block *next; blocks; blocks = next) {
		next = blocks->next;
		free(blocks);
	}
}

void *text_memory(size_t size)
{
	struct block *block = calloc(1, sizeof(*block) + size);

	if (!block) {
		perror("inline");
		exit(2);
	}
	if (!blocks)
		atexit(give_back);
	block->next = blocks;
	blocks = block;
	return block->memory;
}

char *text_make(const char *fmt, ...)
{
	va_list ap;
	char *text;
	int len;

	va_start(ap, fmt);
	len = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	text = text_memory(len + 1);
	va_start(ap, fmt);
	vsnprintf(text, len + 1, fmt, ap);
	va_end(ap);
	return text;
}

char *text_part(const char *from, const char *to)
{
	return text_make("%.*s", (int)(to - from), from);
}

char *text_cut(const char *text, const char *from, const char *to)
{
	return text_make("%.*s%s", (int)(from - text), text, to);
}

static bool in_word(char c)
{
	return isalnum((unsigned char)c) || c == '_';
}

static size_t string_len(const char *at)
{
	size_t len = 1;

	while (at[len] && at[len] != *at)
		len += at[len] == '\\' && at[len + 1] ? 2 : 1;
	return len + (at[len] == *at);
}

static size_t comment_len(const char *at)
{
	const char *end = at[1] == '*' ? strstr(at + 2, "*/") : NULL;

	return end ? (size_t)(end - at) + 2 : strcspn(at, "\n");
}

struct token token_at(const char *at)
{
	struct token token = { TOKEN_SIGN, at + strspn(at, " \t\n\\"), 1 };

	at = token.at;
	if (!*at) {
		token = (struct token){ TOKEN_END, at, 0 };
	} else if (in_word(*at)) {
		token.kind = TOKEN_WORD;
		while (in_word(at[token.len]))
			token.len++;
	} else if (*at == '"' || *at == '\'') {
		token.kind = TOKEN_STRING;
		token.len = string_len(at);
	} else if (*at == '/' && (at[1] == '*' || at[1] == '/')) {
		token.kind = TOKEN_COMMENT;
		token.len = comment_len(at);
	} else if (at[1] && strstr("-> == != && || >= <= << >> += -= *= /= |= &=",
				   (char[]){ at[0], at[1], '\0' })) {
		token.len = 2;
	}
	return token;
}

struct token token_next(struct token token)
{
	return token_at(token.at + token.len);
}

bool token_is(struct token token, const char *text)
{
	return token.len == strlen(text) && !memcmp(token.at, text, token.len);
}

const char *text_close(const char *at)
{
	struct token token = token_at(at);
	int depth = 0;

	for (; token.kind != TOKEN_END; token = token_next(token)) {
		if (token.kind != TOKEN_SIGN)
			continue;
		depth += strchr("([{", *token.at) ? 1 : strchr(")]}", *token.at) ? -1 : 0;
		if (!depth)
			return token.at + 1;
	}
	return token.at;
}
