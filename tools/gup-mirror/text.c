// SPDX-License-Identifier: GPL-2.0
/*
 * gup-mirror: reports for people.
 */
#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "model.h"
#include "table.h"
#include "text.h"
#include "units.h"

static void add_number(struct table *table, uint64_t number)
{
	char text[UNITS_LEN];

	table_add(table, units_number(text, number));
}

static void add_hold(struct table *table, const struct site *site,
		     unsigned int percent)
{
	char text[UNITS_LEN];

	table_add(table, units_hold(text, site, percent));
}

static void add_caller(struct table *table, const char *function,
		       const char *place)
{
	char *caller = xasprintf("%s() at %s", function, place);

	table_add(table, caller);
	free(caller);
}

/* A line with words that may be too long for it. */
static void put_line(FILE *out, size_t indent, const char *words)
{
	fprintf(out, "%*s", (int)indent, "");
	wrap(out, words, indent, indent + 2, TEXT_COLUMNS);
}

static void put_stack(FILE *out, const char *title, const struct stack *stack)
{
	size_t i;

	put_line(out, 2, title);
	if (!stack->nr)
		put_line(out, 4, "not recorded");
	for (i = 0; i < stack->nr; i++)
		put_line(out, 4, stack->frames[i]);
}

/**
 * text_summary() - print the counters
 * @out: the file
 * @r: the report
 */
void text_summary(FILE *out, const struct report *r)
{
	/* So that four of them are in a line. */
	const size_t width = TEXT_COLUMNS / 4;
	size_t i, at = 0;

	if (!r->nr_summary)
		return;
	fputs("Summary\n", out);
	for (i = 0; i < r->nr_summary; i++) {
		const struct counter *counter = &r->summary[i];
		char *text = xasprintf("%s: %s", counter->key, counter->value);
		/* There is a column between two of them. */
		size_t len = (strlen(text) / width + 1) * width;

		if (at + len > TEXT_COLUMNS && at) {
			fputc('\n', out);
			at = 0;
		}
		if (len >= TEXT_COLUMNS) {
			wrap(out, text, 0, 2, TEXT_COLUMNS);
		} else {
			bool last = at + len >= TEXT_COLUMNS ||
				    i + 1 == r->nr_summary;

			fprintf(out, "%-*s", last ? 0 : (int)len, text);
			at += len;
		}
		free(text);
	}
	if (at)
		fputc('\n', out);
	fputc('\n', out);
}

static void put_end(FILE *out, const char *what, const char *by,
		    const char *where)
{
	char *line;

	if (!*by && !*where)
		return;
	line = xasprintf("%s by %s() at %s", what, by, where);
	put_line(out, 2, line);
	free(line);
}

static void put_violation(FILE *out, const struct violation *v)
{
	char *line = xasprintf("%s: %llu time%s", v->class,
			       (unsigned long long)v->times,
			       units_plural(v->times));

	put_line(out, 0, line);
	free(line);
	put_end(out, "acquired", v->acquired_by, v->acquired_at);
	put_end(out, "released", v->released_by, v->released_at);
	put_end(out, "released before", v->before_by, v->before_at);
	if (*v->first) {
		line = xasprintf("first: %s", v->first);
		put_line(out, 2, line);
		free(line);
	}
	if (v->acquire.nr || *v->acquired_at)
		put_stack(out, "acquire stack:", &v->acquire);
	if (v->before.nr || *v->before_at)
		put_stack(out, "stack of the release before:", &v->before);
	if (v->release.nr || *v->released_at)
		put_stack(out, "release stack:", &v->release);
	fputc('\n', out);
}

/**
 * text_violations() - print the violations, with their stacks
 * @out: the file
 * @r: the report
 */
void text_violations(FILE *out, const struct report *r)
{
	size_t i;

	if (!r->nr_violations)
		return;
	fputs("Violations\n\n", out);
	for (i = 0; i < r->nr_violations; i++)
		put_violation(out, &r->violations[i]);
}

static void put_pins(FILE *out, const struct report *r)
{
	static const char * const titles[] = {
		"held", "most", "calls", "pages", "wrong", "call site",
	};
	struct table table = { .titles = titles, .columns = 6 };
	size_t i;

	for (i = 0; i < r->nr_sites; i++) {
		const struct site *site = &r->sites[i];

		if (site->kind != KIND_PIN)
			continue;
		add_number(&table, site->held);
		add_number(&table, site->most);
		add_number(&table, site->calls);
		add_number(&table, site->pages);
		add_number(&table, site->wrong);
		add_caller(&table, site->function, site->place);
	}
	if (table.nr) {
		fputs("Pins by call site\n", out);
		table_print(out, &table, TEXT_COLUMNS);
		fputc('\n', out);
	}
	table_free(&table);
}

static void put_gets(FILE *out, const struct report *r)
{
	static const char * const titles[] = {
		"calls", "pages", "wrong", "call site",
	};
	struct table table = { .titles = titles, .columns = 4 };
	size_t i;

	for (i = 0; i < r->nr_sites; i++) {
		const struct site *site = &r->sites[i];

		if (site->kind != KIND_GET)
			continue;
		add_number(&table, site->calls);
		add_number(&table, site->pages);
		add_number(&table, site->wrong);
		add_caller(&table, site->function, site->place);
	}
	if (table.nr) {
		fputs("Gets by call site\n", out);
		table_print(out, &table, TEXT_COLUMNS);
		fputc('\n', out);
	}
	table_free(&table);
}

/**
 * text_sites() - print what was acquired, by call site
 * @out: the file
 * @r: the report
 */
void text_sites(FILE *out, const struct report *r)
{
	put_pins(out, r);
	put_gets(out, r);
}

/**
 * text_hold_times() - print how pins were released and when, by call site
 * @out: the file
 * @r: the report
 */
void text_hold_times(FILE *out, const struct report *r)
{
	static const char * const titles[] = {
		"right", "laundered", "overlong", "half", "99%", "longest",
		"call site",
	};
	struct table table = { .titles = titles, .columns = 7 };
	size_t i;

	for (i = 0; i < r->nr_sites; i++) {
		const struct site *site = &r->sites[i];

		if (site->kind != KIND_PIN)
			continue;
		add_number(&table, site->right);
		add_number(&table, site->laundered);
		add_number(&table, site->overlong);
		add_hold(&table, site, 50);
		add_hold(&table, site, 99);
		add_hold(&table, site, 100);
		table_add(&table, site->place);
	}
	if (table.nr) {
		fputs("Released pins, and how long they were held\n", out);
		table_print(out, &table, TEXT_COLUMNS);
		fputc('\n', out);
	}
	table_free(&table);
}

static void put_holder(FILE *out, const struct holder *holder)
{
	char pages[UNITS_LEN], since[UNITS_LEN], age[UNITS_LEN];
	char *line;

	line = xasprintf("%llu pin%s by %s() at %s",
			 (unsigned long long)holder->pins,
			 units_plural(holder->pins), holder->function,
			 holder->place);
	put_line(out, 0, line);
	free(line);
	line = xasprintf("pages: %s, since the snapshot: %s, oldest: %s, flags: %s%s%s%s",
			 units_number(pages, holder->pages),
			 units_number(since, holder->since_snapshot),
			 units_ms(age, holder->oldest_ms),
			 *holder->flags ? holder->flags : "unknown",
			 holder->estimate ? ", an estimate" : "",
			 holder->suspect ? ", long without FOLL_LONGTERM" : "",
			 holder->orphans ? ", nobody else has them" : "");
	put_line(out, 2, line);
	free(line);
	put_stack(out, "stack:", &holder->stack);
	fputc('\n', out);
}

/**
 * text_holders() - print what is held, by stack
 * @out: the file
 * @r: the report
 */
void text_holders(FILE *out, const struct report *r)
{
	size_t i;

	if (!r->nr_holders)
		return;
	fputs("Held, by stack\n\n", out);
	for (i = 0; i < r->nr_holders; i++)
		put_holder(out, &r->holders[i]);
}

/**
 * text_report() - print all of a report
 * @out: the file
 * @r: the report
 */
void text_report(FILE *out, const struct report *r)
{
	char *title = xasprintf("GUP mirror: %s (%s)", r->name, r->source);

	wrap(out, title, 0, 2, TEXT_COLUMNS);
	free(title);
	fputc('\n', out);
	text_summary(out, r);
	text_sites(out, r);
	text_hold_times(out, r);
	text_holders(out, r);
	text_violations(out, r);
	if (!r->nr_holders)
		fputs("Nothing is held.\n", out);
	if (!r->nr_violations)
		fputs("No violations.\n", out);
}
