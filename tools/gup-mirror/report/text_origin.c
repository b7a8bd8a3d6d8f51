// SPDX-License-Identifier: GPL-2.0
/*
 * gup-mirror: where a report comes from, for people.
 */
#include <stdlib.h>

#include "alloc.h"
#include "model.h"
#include "report/text.h"

static void add_word(char **text, const char *key, const char *value)
{
	char *longer;

	if (!*value)
		return;
	longer = xasprintf("%s%s%s%s", *text, **text ? ", " : "", key, value);
	free(*text);
	*text = longer;
}

/**
 * text_origin() - say where a report comes from
 * @origin: where
 *
 * Return: a line without its end, which the caller frees; "" if nothing is known.
 */
char *text_origin(const struct origin *origin)
{
	char *text = xstrdup("");

	add_word(&text, "", origin->machine);
	add_word(&text, "kernel ", origin->release);
	add_word(&text, "", origin->architecture);
	add_word(&text, "mode ", origin->mode);
	add_word(&text, "", origin->date);
	add_word(&text, "command: ", origin->command);
	return text;
}

/**
 * text_origins() - say where all of a report comes from
 * @r: the report
 *
 * Return: lines, each with its end, which the caller frees; "" if nothing is known.
 */
char *text_origins(const struct report *r)
{
	char *all = xstrdup("");
	size_t i;

	for (i = 0; i < r->nr_origins; i++) {
		char *line = text_origin(&r->origins[i]);
		char *longer = xasprintf("%s%s%s", all, line, *line ? "\n" : "");

		free(line);
		free(all);
		all = longer;
	}
	return all;
}
