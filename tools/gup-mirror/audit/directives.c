// SPDX-License-Identifier: GPL-2.0
/*
 * gup-mirror audit: which lines are compiled under which condition, and which are
 * in a macro.
 */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "audit/directives.h"

/* Nested deeper, conditions are ignored. */
#define MAX_DEPTH 32

/* The branches of an #if that were there before this line. */
struct level {
	char **texts;
	bool *nots;
	size_t nr;
	unsigned int first;
	bool other;	/* in #else, so that the last text is not of this branch */
};

struct reader {
	struct directives *directives;
	struct level levels[MAX_DEPTH];
	unsigned int depth, line;
};

static bool in_name(char c)
{
	return isalnum((unsigned char)c) || c == '_';
}

/* Without spaces, comments, and what only asks whether a name is defined. */
static char *squeeze(const char *at)
{
	static const char *const asking[] = {
		"defined(", "IS_ENABLED(", "IS_BUILTIN(", "IS_REACHABLE(",
	};
	char *text = xcalloc(strlen(at) + 1, 1), *to = text, *end;
	size_t i, len;

	for (; *at && strncmp(at, "/*", 2) && strncmp(at, "//", 2); at++) {
		if (!isspace((unsigned char)*at) && *at != '\\')
			*to++ = *at;
		else if (to - text == 7 && !strncmp(text, "defined", 7))
			*to++ = '(';
	}
	*to = '\0';
	for (i = 0; i < sizeof(asking) / sizeof(*asking); i++) {
		len = strlen(asking[i]);
		if (strncmp(text, asking[i], len))
			continue;
		for (end = text + len; in_name(*end); end++)
			;
		if (!*end || !strcmp(end, ")")) {
			*end = '\0';
			memmove(text, text + len, strlen(text + len) + 1);
		}
	}
	return text;
}

/* "a < b" is "not a >= b". Frees @text. */
static char *normalize(char *text, bool *not)
{
	char *at = text, *better;

	while (*at == '!' && !strpbrk(at, "&|")) {
		*not = !*not;
		at++;
	}
	better = squeeze(at);
	free(text);
	if (strpbrk(better, "&|"))
		return better;
	at = strpbrk(better, "<>");
	if (at && at[1] != at[0] && (*at == '<') == (at[1] == '=')) {
		/* "<=" is "not >". */
		if (*at == '<') {
			*at = '>';
			memmove(at + 1, at + 2, strlen(at + 2) + 1);
			*not = !*not;
		}
	} else if (at && *at == '<' && at[1] != '<') {
		text = xasprintf("%.*s>=%s", (int)(at - better), better, at + 1);
		free(better);
		better = text;
		*not = !*not;
	}
	return better;
}

static void add_condition(struct reader *reader, const struct level *level,
			  size_t number, bool not)
{
	struct directives *directives = reader->directives;
	struct condition *condition;

	directives->conditions = grow(directives->conditions, directives->nr,
				      sizeof(*condition));
	condition = &directives->conditions[directives->nr++];
	*condition = (struct condition){
		.first = level->first, .last = reader->line,
		.text = xstrdup(level->texts[number]),
		.not = level->nots[number] != not,
	};
}

/* In a branch, its own condition holds, and none of those before it. */
static void end_branch(struct reader *reader, struct level *level)
{
	size_t i;

	for (i = 0; i < level->nr; i++)
		add_condition(reader, level, i,
			      level->other || i + 1 < level->nr);
}

static void add_branch(struct reader *reader, struct level *level,
		       const char *text, bool not)
{
	level->texts = grow(level->texts, level->nr, sizeof(*level->texts));
	level->nots = grow(level->nots, level->nr, sizeof(*level->nots));
	level->texts[level->nr] = normalize(squeeze(text), &not);
	level->nots[level->nr++] = not;
	level->first = reader->line;
}

static void free_level(struct level *level)
{
	size_t i;

	for (i = 0; i < level->nr; i++)
		free(level->texts[i]);
	free(level->texts);
	free(level->nots);
	*level = (struct level){ };
}

static const char *word(const char *at, const char *name)
{
	size_t len = strlen(name);

	return !strncmp(at, name, len) && !in_name(at[len]) ? at + len : NULL;
}

static void read_condition(struct reader *reader, const char *at)
{
	const char *rest;
	bool not = false;
	struct level *level;

	rest = word(at, "if") ?: word(at, "ifdef");
	if (!rest) {
		rest = word(at, "ifndef");
		not = rest;
	}
	if (rest) {
		if (reader->depth < MAX_DEPTH)
			add_branch(reader, &reader->levels[reader->depth],
				   rest, not);
		reader->depth++;
		return;
	}
	if (!reader->depth)
		return;
	level = reader->depth <= MAX_DEPTH ?
		&reader->levels[reader->depth - 1] : NULL;
	if (word(at, "endif")) {
		reader->depth--;
		if (level) {
			end_branch(reader, level);
			free_level(level);
		}
	} else if (level && word(at, "elif")) {
		end_branch(reader, level);
		add_branch(reader, level, word(at, "elif"), false);
	} else if (level && word(at, "else")) {
		end_branch(reader, level);
		level->other = true;
		level->first = reader->line;
	}
}

static void read_macro(struct reader *reader, const char *at,
		       unsigned int last)
{
	struct directives *directives = reader->directives;
	const char *start = at + strspn(at, " \t"), *end = start;

	while (in_name(*end))
		end++;
	/* Without parameters, it is no function. */
	if (end == start || *end != '(')
		return;
	directives->macros = grow(directives->macros, directives->nr_macros,
				  sizeof(*directives->macros));
	directives->macros[directives->nr_macros++] = (struct macro_lines){
		.first = reader->line, .last = last,
		.name = strndup(start, end - start),
	};
}

/* The end of a line, and of those that it goes on in. */
static const char *logical_end(const char *at, unsigned int *lines)
{
	const char *end = at + strcspn(at, "\n");

	*lines = 1;
	while (*end && end > at && end[-1] == '\\') {
		end += 1 + strcspn(end + 1, "\n");
		++*lines;
	}
	return end;
}

/**
 * directives_read() - find conditions and macros
 * @text: a file
 * @directives: where to add them, for directives_free()
 */
void directives_read(const char *text, struct directives *directives)
{
	struct reader reader = { .directives = directives, .line = 1 };
	const char *at = text, *end;
	unsigned int lines;

	for (; *at; at = *end ? end + 1 : end, reader.line += lines) {
		end = logical_end(at, &lines);
		at += strspn(at, " \t");
		if (*at == '#') {
			char *line;

			at += 1 + strspn(at + 1, " \t");
			line = strndup(at, end > at ? end - at : 0);
			if (word(line, "define"))
				read_macro(&reader, word(line, "define"),
					   reader.line + lines - 1);
			else
				read_condition(&reader, line);
			free(line);
		}
	}
	while (reader.depth) {
		if (reader.depth-- <= MAX_DEPTH)
			free_level(&reader.levels[reader.depth]);
	}
}

void directives_free(struct directives *directives)
{
	size_t i;

	for (i = 0; i < directives->nr; i++)
		free(directives->conditions[i].text);
	for (i = 0; i < directives->nr_macros; i++)
		free(directives->macros[i].name);
	free(directives->conditions);
	free(directives->macros);
	*directives = (struct directives){ };
}

const char *directives_macro(const struct directives *directives,
			     unsigned int line)
{
	size_t i;

	for (i = 0; directives && i < directives->nr_macros; i++) {
		const struct macro_lines *macro = &directives->macros[i];

		if (macro->first <= line && line <= macro->last)
			return macro->name;
	}
	return NULL;
}

/* The number behind a ">=", as KERNEL_VERSION() makes it. */
static bool version_of(const char *text, unsigned long *version)
{
	static const char start[] = "LINUX_VERSION_CODE>=KERNEL_VERSION(";
	unsigned int major, minor, patch;

	if (strncmp(text, start, strlen(start)) ||
	    sscanf(text + strlen(start), "%u,%u,%u)", &major, &minor,
		   &patch) != 3)
		return false;
	*version = major * 65536UL + minor * 256UL + patch;
	return true;
}

static bool contradict(const struct condition *a, const struct condition *b)
{
	unsigned long from, to;

	if (a->not == b->not)
		return false;
	if (!strcmp(a->text, b->text))
		return true;
	if (a->not)
		return contradict(b, a);
	return version_of(a->text, &from) && version_of(b->text, &to) &&
	       from >= to;
}

static bool holds(const struct condition *condition, unsigned int line)
{
	return condition->first < line && line < condition->last;
}

bool directives_agree(const struct directives *a, unsigned int line_a,
		      const struct directives *b, unsigned int line_b)
{
	size_t i, j;

	for (i = 0; a && i < a->nr; i++) {
		if (!holds(&a->conditions[i], line_a))
			continue;
		for (j = 0; b && j < b->nr; j++) {
			if (holds(&b->conditions[j], line_b) &&
			    contradict(&a->conditions[i], &b->conditions[j]))
				return false;
		}
	}
	return true;
}
