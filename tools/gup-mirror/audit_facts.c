// SPDX-License-Identifier: GPL-2.0
/*
 * gup-mirror audit: what audit/facts.cocci finds in C code.
 */
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "audit_facts.h"
#include "lines.h"

static const struct {
	const char *name;
	enum fact_sort sort;
	unsigned int words;
} sorts[] = {
	{ "function", FACT_FUNCTION, 3 },
	{ "variable", FACT_VARIABLE, 2 },
	{ "field", FACT_FIELD, 3 },
	{ "table", FACT_TABLE, 2 },
	{ "assign", FACT_ASSIGN, 2 },
	{ "return", FACT_RETURN, 1 },
	{ "call", FACT_CALL, 2 },
	{ "indirect", FACT_INDIRECT, 2 },
	{ "loop", FACT_LOOP, 2 },
};

#define NR_SORTS (sizeof(sorts) / sizeof(*sorts))

/* 0, or -1 if it is not complete. */
static int parse_fact(char *text, struct fact *fact)
{
	const char *sort = strsep(&text, "\t");
	const char *file = strsep(&text, "\t");
	const char *line = strsep(&text, "\t");
	const char *function = strsep(&text, "\t");
	unsigned int i, word;
	unsigned long number;
	char *end;

	if (!function || !*file)
		return -1;
	number = strtoul(line, &end, 10);
	if (end == line || *end || number > INT_MAX)
		return -1;
	fact->line = number;
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

	for (word = 0; word < FACT_WORDS; word++) {
		fact->words[word] = "";
		if (word >= sorts[i].words)
			continue;
		fact->words[word] = strsep(&text, "\t");
		if (!fact->words[word])
			return -1;
	}
	return text ? -1 : 0;
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
			free(fact.text);
			ret = lines_complain(&lines, "not a fact");
			break;
		}
		facts->facts = grow(facts->facts, facts->nr, sizeof(fact));
		facts->facts[facts->nr++] = fact;
	}
	lines_free(&lines);
	return ret;
}

void facts_free(struct facts *facts)
{
	size_t i;

	for (i = 0; i < facts->nr; i++)
		free(facts->facts[i].text);
	free(facts->facts);
	*facts = (struct facts){ };
}
