// SPDX-License-Identifier: GPL-2.0
/*
 * gup-mirror: what parts of a page have in common.
 */
#include "model.h"
#include "report/html_parts.h"
#include "report/html_text.h"
#include "report/units.h"

void html_source(FILE *out, const struct report *r, const char *place)
{
	const char *line = report_line(r, place);

	if (!*line)
		return;
	fputs(" <span class=\"dim\">(", out);
	html_escape(out, line);
	fputs(")</span>", out);
}

void html_stack(FILE *out, const struct report *r, const char *title,
		const struct stack *stack)
{
	size_t i;

	fputs("<div><h3>", out);
	html_escape(out, title);
	fputs("</h3><pre>", out);
	if (!stack->nr)
		fputs("not recorded", out);
	for (i = 0; i < stack->nr; i++) {
		html_escape(out, stack->frames[i]);
		html_source(out, r, stack->frames[i]);
		fputc('\n', out);
	}
	fputs("</pre></div>\n", out);
}

void html_caller(FILE *out, const char *function, const char *place)
{
	fputs("<code>", out);
	html_escape(out, function);
	fputs("()</code> at <code>", out);
	html_escape(out, place);
	fputs("</code>", out);
}

size_t html_at_most(const struct report *r, size_t most)
{
	return r->limit && r->limit < most ? r->limit : most;
}

void html_number(FILE *out, uint64_t number, bool bad)
{
	char text[UNITS_LEN];

	bad = bad && number && number != UNKNOWN;
	fprintf(out, "<td class=\"n%s\">%s</td>", bad ? " bad" : "",
		units_number(text, number));
}
