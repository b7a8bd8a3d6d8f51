// SPDX-License-Identifier: GPL-2.0
/*
 * gup-mirror: reports for people.
 */
#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "checks.h"
#include "model.h"
#include "report/table.h"
#include "report/text.h"
#include "report/text_parts.h"
#include "report/titles.h"
#include "report/units.h"

static void put_summary(FILE *out, const struct report *r)
{
	/* So that four of them are in a line of a file. */
	const size_t width = 25, columns = columns_of(out);
	size_t used = 0, at = 0, i;

	if (!r->nr_summary)
		return;
	fputs("Summary\n", out);
	for (i = 0; i < r->nr_summary; i++) {
		const struct counter *counter = &r->summary[i];
		char *text = xasprintf("%s: %s", counter->key, counter->value);
		/* There is a column between two of them. */
		size_t len = (strlen(text) / width + 1) * width;

		if (at && at + len > columns) {
			fputc('\n', out);
			used = 0;
			at = 0;
		}
		if (len > columns) {
			wrap(out, text, 0, 2);
		} else {
			fprintf(out, "%*s%s", (int)(at - used), "", text);
			used = at + strlen(text);
			at += len;
		}
		free(text);
	}
	if (at)
		fputc('\n', out);
	fputc('\n', out);
}

static void put_violations(FILE *out, const struct report *r, bool certain)
{
	size_t nr = 0, hidden = 0, i;

	for (i = 0; i < r->nr_violations; i++) {
		const struct violation *v = &r->violations[i];

		if (*v->excused || !*v->uncertain != certain ||
		    text_is_over(r, &nr, &hidden))
			continue;
		if (nr == 1)
			fputs(certain ? "Violations\n\n" :
					"Possible violations\n\n", out);
		text_violation(out, r, v);
	}
	text_hidden(out, hidden, "sort");
	if (hidden)
		fputc('\n', out);
}

static void put_holders(FILE *out, const struct report *r,
			const struct holder *holders, size_t all,
			const char *title,
			void (*put)(FILE *out, const struct report *r,
				    const struct holder *holder))
{
	size_t nr = 0, hidden = 0, i;

	for (i = 0; i < all; i++) {
		if (*holders[i].excused || text_is_over(r, &nr, &hidden))
			continue;
		if (nr == 1)
			fprintf(out, "%s\n\n", title);
		put(out, r, &holders[i]);
	}
	text_hidden(out, hidden, "stack");
	if (hidden)
		fputc('\n', out);
}

static void put_excuse(FILE *out, bool *any, const char *what, const char *why)
{
	char *line = xasprintf("%s, %s", what, why);

	if (!*any)
		fputs("Not counted\n", out);
	*any = true;
	text_line(out, 2, line);
	free(line);
}

static void put_excused_holders(FILE *out, bool *any,
				const struct holder *holders, size_t nr,
				char *(*title_of)(const struct holder *holder))
{
	size_t i;

	for (i = 0; i < nr; i++) {
		char *title;

		if (!*holders[i].excused)
			continue;
		title = title_of(&holders[i]);
		put_excuse(out, any, title, holders[i].excused);
		free(title);
	}
}

/* What does not count, in a line each. */
static void put_excused(FILE *out, const struct report *r)
{
	bool any = false;
	size_t i;

	for (i = 0; i < r->nr_violations; i++) {
		const struct violation *v = &r->violations[i];
		char *title, *what;

		if (!*v->excused)
			continue;
		title = violation_title(v);
		what = xasprintf("%s: %llu time%s", title,
				 (unsigned long long)v->times,
				 units_plural(v->times));
		put_excuse(out, &any, what, v->excused);
		free(title);
		free(what);
	}
	put_excused_holders(out, &any, r->holders, r->nr_holders, holder_title);
	put_excused_holders(out, &any, r->surpluses, r->nr_surpluses,
			    surplus_title);
	for (i = 0; i < r->nr_sites; i++) {
		char *title = overlong_title(&r->sites[i]);

		if (*r->sites[i].excused)
			put_excuse(out, &any, title, r->sites[i].excused);
		free(title);
	}
	if (any)
		fputc('\n', out);
}

static void put_head(FILE *out, const struct report *r)
{
	char *text = xasprintf("GUP mirror: %s (%s)", r->name, r->source);
	size_t i;

	wrap(out, text, 0, 2);
	free(text);
	for (i = 0; i < r->nr_origins; i++) {
		text = text_origin(&r->origins[i]);
		if (*text)
			text_line(out, 0, text);
		free(text);
	}
	fputc('\n', out);
	text = report_incomplete(r);
	if (text) {
		text_line(out, 0, text);
		fputc('\n', out);
	}
	free(text);
}

/**
 * text_report() - print all of a report
 * @out: the file
 * @r: the report
 */
void text_report(FILE *out, const struct report *r)
{
	put_head(out, r);
	put_summary(out, r);
	text_sites(out, r);
	text_hold_times(out, r);
	put_holders(out, r, r->holders, r->nr_holders, "Held, by stack",
		    text_holder);
	put_holders(out, r, r->surpluses, r->nr_surpluses,
		    "Got, and perhaps not put, by stack", text_surplus);
	text_files(out, r);
	put_violations(out, r, true);
	put_violations(out, r, false);
	put_excused(out, r);
	if (!report_pins(r))
		fputs("Nothing is held.\n", out);
	if (!report_violations(r))
		fputs("No violations.\n", out);
}
