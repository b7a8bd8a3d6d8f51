// SPDX-License-Identifier: GPL-2.0
/*
 * gup-mirror audit: where the text of a file has the name of a GUP function, so
 * that a call which Coccinelle does not see is not forgotten.
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "audit/files.h"
#include "audit/names.h"

static bool in_name(char c)
{
	return isalnum((unsigned char)c) || c == '_';
}

void text_blank(char *text)
{
	char *at = text;

	while (*at) {
		char *end;

		if (!strncmp(at, "/*", 2)) {
			end = strstr(at + 2, "*/");
			end = end ? end + 2 : at + strlen(at);
		} else if (!strncmp(at, "//", 2)) {
			end = at + strcspn(at, "\n");
		} else if (*at == '"' || *at == '\'') {
			end = at + 1;
			while (*end && *end != *at && *end != '\n')
				end += *end == '\\' && end[1] ? 2 : 1;
			if (*end == *at)
				end++;
		} else {
			at++;
			continue;
		}
		for (; at < end; at++) {
			if (*at != '\n')
				*at = ' ';
		}
	}
}

static const struct acquirer *acquirer_at(const char *at, size_t len)
{
	size_t i;

	for (i = 0; i < nr_acquirers; i++) {
		if (strlen(acquirers[i].name) == len &&
		    !strncmp(acquirers[i].name, at, len))
			return &acquirers[i];
	}
	return NULL;
}

/* The line, with those that it continues. */
static const char *line_start(const char *text, const char *at)
{
	while (at > text && (at[-1] != '\n' ||
			     (at > text + 1 && at[-2] == '\\')))
		at--;
	return at;
}

static bool is_word_before(const char *line, const char *at, const char *word)
{
	size_t len = strlen(word);
	const char *start;

	if ((size_t)(at - line) < len)
		return false;
	start = at - len;
	return !strncmp(start, word, len) &&
	       (start == line || !in_name(start[-1]));
}

/* A name that stands for another: "#define a b". */
static bool is_alias(const char *line, const char *before)
{
	const char *at = line + strspn(line, "# \t");

	if (strncmp(at, "define", 6))
		return false;
	at += 6;
	at += strspn(at, " \t");
	while (in_name(*at))
		at++;
	return at == before;
}

/*
 * How many braces are open behind @at, if @depth were before. Branches of #if may
 * open one twice; the end of a function is at the beginning of its line.
 */
static unsigned int count_braces(const char *text, const char *at,
				 unsigned int depth)
{
	if (*at == '{')
		return depth + 1;
	if (*at == '}')
		return depth && at > text && at[-1] != '\n' ? depth - 1 : 0;
	return depth;
}

/*
 * A call stands in a function, so its line begins with white space or it is @inside
 * braces; or it stands in a macro.
 */
static bool is_call(const char *text, const char *at, size_t len, bool inside)
{
	const char *line = line_start(text, at), *before = at;

	while (before > line && isspace((unsigned char)before[-1]))
		before--;
	if (*line == '#' || line[strspn(line, " \t")] == '#') {
		if (is_alias(line, before))
			return true;
		/* "#define pin_user_pages ...", and "#ifdef". */
		if (is_word_before(line, before, "define") ||
		    strncmp(line + strspn(line, "# \t"), "define", 6))
			return false;
	} else if (!isspace((unsigned char)*line) && !inside) {
		return false;
	}
	/* A name or star before it makes it a declaration; "return" does not. */
	if (before > line && (in_name(before[-1]) || before[-1] == '*') &&
	    !is_word_before(line, before, "return") &&
	    !is_word_before(line, before, "else") &&
	    !is_word_before(line, before, "do"))
		return false;
	at += len;
	while (isspace((unsigned char)*at))
		at++;
	return *at == '(';
}

void mentions_find(const char *file, const char *text,
		   struct audit_files *found)
{
	char *code = xstrdup(text);
	unsigned int line = 1, depth = 0;
	const char *at;

	text_blank(code);
	for (at = code; *at; ) {
		const struct acquirer *acquirer;
		struct mention *mention;
		size_t len = 0;

		if (!in_name(*at)) {
			depth = count_braces(code, at, depth);
			line += *at++ == '\n';
			continue;
		}
		while (in_name(at[len]))
			len++;
		acquirer = len > 10 ? acquirer_at(at, len) : NULL;
		if (acquirer && is_call(code, at, len, depth)) {
			found->mentions = grow(found->mentions, found->nr_mentions,
					       sizeof(*mention));
			mention = &found->mentions[found->nr_mentions++];
			mention->file = xstrdup(file);
			mention->line = line;
			mention->name = acquirer->name;
		}
		at += len;
	}
	free(code);
}
