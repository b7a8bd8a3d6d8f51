// SPDX-License-Identifier: GPL-2.0
/*
 * gup-mirror: what parts of a report for people have in common.
 */
#include <stdlib.h>

#include "alloc.h"
#include "model.h"
#include "report/table.h"
#include "report/text_parts.h"
#include "report/units.h"

void text_line(FILE *out, size_t indent, const char *words)
{
	fprintf(out, "%*s", (int)indent, "");
	wrap(out, words, indent, indent + 2);
}

char *text_place(const struct report *r, const char *place)
{
	const char *line = report_line(r, place);

	return *line ? xasprintf("%s (%s)", place, line) : xstrdup(place);
}

void text_stack(FILE *out, const struct report *r, const char *title,
		const struct stack *stack)
{
	size_t i;

	text_line(out, 2, title);
	if (!stack->nr)
		text_line(out, 4, "not recorded");
	for (i = 0; i < stack->nr; i++) {
		char *frame = text_place(r, stack->frames[i]);

		text_line(out, 4, frame);
		free(frame);
	}
}

bool text_is_over(const struct report *r, size_t *nr, size_t *hidden)
{
	if (!r->limit || *nr < r->limit) {
		(*nr)++;
		return false;
	}
	(*hidden)++;
	return true;
}

void text_hidden(FILE *out, size_t hidden, const char *what)
{
	if (hidden)
		fprintf(out, "and %zu more %s%s\n", hidden, what,
			units_plural(hidden));
}

void text_number(struct table *table, uint64_t number)
{
	char text[UNITS_LEN];

	table_add(table, units_number(text, number));
}

void text_table(FILE *out, struct table *table, const char *title, size_t hidden)
{
	if (table->nr) {
		fprintf(out, "%s\n", title);
		table_print(out, table);
		text_hidden(out, hidden, "call site");
		fputc('\n', out);
	}
	table_free(table);
}
