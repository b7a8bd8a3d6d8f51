// SPDX-License-Identifier: GPL-2.0
/*
 * gup-mirror audit: what Coccinelle finds in C code.
 */
#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "audit/facts.h"
#include "lines.h"

static const struct {
	const char *name;
	enum fact_sort sort;
	unsigned int words;
	bool more;	/* any number of words may follow */
} sorts[] = {
	{ "function", FACT_FUNCTION, 2, false },
	{ "macro", FACT_MACRO, 1, true },
	{ "alias", FACT_ALIAS, 2, false },
	{ "parameter", FACT_PARAMETER, 4, false },
	{ "variable", FACT_VARIABLE, 2, false },
	{ "field", FACT_FIELD, 3, false },
	{ "table", FACT_TABLE, 2, false },
	{ "assign", FACT_ASSIGN, 2, false },
	{ "return", FACT_RETURN, 1, false },
	{ "call", FACT_CALL, 1, true },
	{ "indirect", FACT_INDIRECT, 1, true },
	{ "loop", FACT_LOOP, 1, true },
	{ "part", FACT_PART, 3, true },
	{ "leak", FACT_LEAK, 3, false },
	{ "twice", FACT_TWICE, 4, false },
	{ "count", FACT_COUNT, 4, false },
};

#define NR_SORTS (sizeof(sorts) / sizeof(*sorts))

/* 0, or -1 if it is no number that a line may have. */
static int parse_line(const char *text, unsigned int *line)
{
	unsigned long number;
	char *end;

	number = strtoul(text, &end, 10);
	if (end == text || *end || number > INT_MAX)
		return -1;
	*line = number;
	return 0;
}

/* 0, or -1 if it is not complete. */
static int parse_fact(char *text, struct fact *fact)
{
	const char *sort = strsep(&text, "\t");
	const char *file = strsep(&text, "\t");
	const char *line = strsep(&text, "\t");
	const char *function = strsep(&text, "\t");
	const char *word;
	unsigned int i;

	if (!function || !*file || parse_line(line, &fact->line))
		return -1;
	fact->file = file;
	/* So spatch calls what is in a macro. */
	fact->function = strcmp(function, "something_else") ? function : "";

	for (i = 0; i < NR_SORTS; i++) {
		if (!strcmp(sorts[i].name, sort))
			break;
	}
	if (i == NR_SORTS)
		return -1;
	fact->sort = sorts[i].sort;

	while ((word = strsep(&text, "\t"))) {
		fact->words = grow(fact->words, fact->nr_words,
				   sizeof(*fact->words));
		fact->words[fact->nr_words++] = word;
	}
	if (fact->nr_words < sorts[i].words)
		return -1;
	return sorts[i].more || fact->nr_words == sorts[i].words ? 0 : -1;
}

/**
 * facts_read() - read what spatch printed
 * @in: its output
 * @name: what to call it in a complaint
 * @facts: where to add the facts
 *
 * Return: 0, or -1 after a complaint.
 */
int facts_read(FILE *in, const char *name, struct facts *facts)
{
	struct lines lines = { .in = in, .name = name };
	int ret;

	while ((ret = lines_next(&lines)) > 0) {
		struct fact fact = { };

		if (strncmp(lines.text, "@\t", 2))
			continue;
		fact.text = xstrdup(lines.text);
		if (parse_fact(fact.text + 2, &fact)) {
			fact_free(&fact);
			ret = lines_complain(&lines, "not a fact");
			break;
		}
		facts->facts = grow(facts->facts, facts->nr, sizeof(fact));
		facts->facts[facts->nr++] = fact;
	}
	lines_free(&lines);
	return ret;
}

void fact_free(struct fact *fact)
{
	free(fact->words);
	free(fact->text);
}

void facts_free(struct facts *facts)
{
	size_t i;

	for (i = 0; i < facts->nr; i++)
		fact_free(&facts->facts[i]);
	free(facts->facts);
	*facts = (struct facts){ };
}
