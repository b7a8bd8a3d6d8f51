// SPDX-License-Identifier: GPL-2.0
/*
 * gup-mirror: call sites, for people.
 */
#include <stdlib.h>

#include "alloc.h"
#include "frames.h"
#include "model.h"
#include "report/table.h"
#include "report/text_parts.h"
#include "report/units.h"

static void add_hold(struct table *table, const struct site *site,
		     unsigned int percent)
{
	char text[UNITS_LEN];

	table_add(table, units_hold(text, site, percent));
}

static void add_site(struct table *table, const struct report *r,
		     const struct site *site)
{
	char *callers = frames_callers_of_site(r, site);
	char *place = text_place(r, site->place);
	char *text = xasprintf("%s() at %s%s%s", site->function, place,
			       *callers ? ", for " : "", callers);

	table_add(table, text);
	free(text);
	free(place);
	free(callers);
}

static void put_pins(FILE *out, const struct report *r)
{
	static const char * const titles[] = {
		"held", "most", "calls", "pages", "wrong", "call site",
	};
	struct table table = { .titles = titles, .columns = 6 };
	size_t nr = 0, hidden = 0, i;

	for (i = 0; i < r->nr_sites; i++) {
		const struct site *site = &r->sites[i];

		if (site->kind != KIND_PIN || text_is_over(r, &nr, &hidden))
			continue;
		text_number(&table, site->held);
		text_number(&table, site->most);
		text_number(&table, site->calls);
		text_number(&table, site->pages);
		text_number(&table, site->wrong);
		add_site(&table, r, site);
	}
	text_table(out, &table, "Pins by call site", hidden);
}

static void put_gets(FILE *out, const struct report *r)
{
	static const char * const titles[] = {
		"calls", "pages", "wrong", "call site",
	};
	struct table table = { .titles = titles, .columns = 4 };
	size_t nr = 0, hidden = 0, i;

	for (i = 0; i < r->nr_sites; i++) {
		const struct site *site = &r->sites[i];

		if (site->kind != KIND_GET || text_is_over(r, &nr, &hidden))
			continue;
		text_number(&table, site->calls);
		text_number(&table, site->pages);
		text_number(&table, site->wrong);
		add_site(&table, r, site);
	}
	text_table(out, &table, "Gets by call site", hidden);
}

void text_sites(FILE *out, const struct report *r)
{
	put_pins(out, r);
	put_gets(out, r);
}

void text_hold_times(FILE *out, const struct report *r)
{
	static const char * const titles[] = {
		"right", "laundered", "overlong", "half", "99%", "longest",
		"call site",
	};
	struct table table = { .titles = titles, .columns = 7 };
	size_t nr = 0, hidden = 0, i;

	for (i = 0; i < r->nr_sites; i++) {
		const struct site *site = &r->sites[i];

		if (site->kind != KIND_PIN || text_is_over(r, &nr, &hidden))
			continue;
		text_number(&table, site->right);
		text_number(&table, site->laundered);
		text_number(&table, site->overlong);
		add_hold(&table, site, 50);
		add_hold(&table, site, 99);
		add_hold(&table, site, 100);
		table_add(&table, site->place);
	}
	text_table(out, &table, "Released pins, and how long they were held", hidden);
}
