/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * html: pages that need nothing but themselves: one file, no network, light and dark,
 * wide and narrow. All text from outside goes through html_text() or html_id().
 */
#ifndef LOSTWRITE_HTML_H
#define LOSTWRITE_HTML_H

#include <stdio.h>

/* The head of a page, its style, and <body>. */
void html_begin(FILE *out, const char *title);
void html_end(FILE *out);

/* A field for words: elements of the class f without them are hidden. */
void html_filter(FILE *out);

/* TEXT, or nothing for NULL, harmless as content and in attributes. */
void html_text(FILE *out, const char *text);

/* The same for the id of a case, which may be broken behind its dots. */
void html_id(FILE *out, const char *id);

/* <TAG>TEXT</TAG> */
void html_tag(FILE *out, const char *tag, const char *text);

/* The start of a file's text for a page, a new string; NULL when it cannot be read. */
char *html_file(const char *path);

#endif
