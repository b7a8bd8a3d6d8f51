// SPDX-License-Identifier: GPL-2.0
/*
 * gup-mirror: call sites in a page.
 */
#include <stdlib.h>

#include "frames.h"
#include "model.h"
#include "report/html_curve.h"
#include "report/html_page.h"
#include "report/html_parts.h"
#include "report/html_text.h"
#include "report/units.h"

/* See html_at_most(). */
#define MAX_TIMES	500
#define MAX_SITES	2000

static void put_site(FILE *out, const struct report *r, const struct site *site)
{
	char *callers = frames_callers_of_site(r, site);

	html_caller(out, site->function, site->place);
	html_source(out, r, site->place);
	if (*callers) {
		fputs(", for <code>", out);
		html_escape(out, callers);
		fputs("</code>", out);
	}
	free(callers);
}

static void put_hold(FILE *out, const struct site *site, unsigned int percent)
{
	char text[UNITS_LEN];

	fputs("<td class=\"n\">", out);
	html_escape(out, units_hold(text, site, percent));
	fputs("</td>", out);
}

static void put_more(FILE *out, size_t more, const char *rest)
{
	fprintf(out, "<tr><td class=\"dim\">and %zu more call site%s</td>%s",
		more, units_plural(more), rest);
}

static void add_times(struct site *into, const struct site *site)
{
	unsigned int i;

	add_known(&into->right, site->right);
	add_known(&into->laundered, site->laundered);
	add_known(&into->overlong, site->overlong);
	for (i = 0; i < HOLD_BUCKETS; i++)
		add_known(&into->hold_ms[i], site->hold_ms[i]);
}

/* Behind the name. */
static void put_time(FILE *out, const struct site *site)
{
	html_number(out, site->right, false);
	html_number(out, site->laundered, false);
	html_number(out, site->overlong, true);
	put_hold(out, site, 50);
	put_hold(out, site, 99);
	put_hold(out, site, 100);
	fputs("<td>", out);
	html_hold_bars(out, site);
	fputs("</td></tr>\n", out);
}

void html_times(FILE *out, const struct report *r)
{
	size_t pins = 0, shown = 0, i;
	struct site rest = { .overlong = UNKNOWN };

	fputs("<h2 id=\"times\">Released pins, and how long they were held</h2>\n",
	      out);
	for (i = 0; i < r->nr_sites; i++)
		pins += r->sites[i].kind == KIND_PIN;
	if (!pins) {
		fputs("<p>None.</p>\n", out);
		return;
	}
	fputs("<p class=\"dim\">Each bar stands for twice the time of the one ", out);
	fputs("before it, from less than 1 ms to more than 4 minutes.</p>\n", out);
	html_table(out, "Hold times",
		   "call site|#right|#laundered|#overlong|#half|#99%|#longest|1 ms to 4 min");
	for (i = 0; i < r->nr_sites; i++) {
		const struct site *site = &r->sites[i];

		if (site->kind != KIND_PIN)
			continue;
		if (shown == html_at_most(r, MAX_TIMES)) {
			add_times(&rest, site);
			continue;
		}
		shown++;
		fputs("<tr><td>", out);
		put_site(out, r, site);
		fputs("</td>", out);
		put_time(out, site);
	}
	if (pins > shown) {
		put_more(out, pins - shown, "");
		put_time(out, &rest);
	}
	fputs("</table></div>\n", out);
}

/* Behind name and kind. */
static void put_counts(FILE *out, const struct site *site)
{
	html_number(out, site->held, false);
	html_number(out, site->most, false);
	html_number(out, site->calls, false);
	html_number(out, site->pages, false);
	html_number(out, site->wrong, true);
	fputs("</tr>\n", out);
}

void html_sites(FILE *out, const struct report *r)
{
	struct site rest = {
		.held = UNKNOWN, .most = UNKNOWN, .calls = UNKNOWN,
	};
	size_t most = html_at_most(r, MAX_SITES), i;

	fputs("<h2 id=\"sites\">Call sites</h2>\n", out);
	if (!r->nr_sites) {
		fputs("<p>None.</p>\n", out);
		return;
	}
	html_table(out, "Call sites", "call site|kind|#held|#most|#calls|#pages|#wrong");
	for (i = 0; i < r->nr_sites; i++) {
		const struct site *site = &r->sites[i];

		if (i >= most) {
			add_known(&rest.held, site->held);
			add_known(&rest.calls, site->calls);
			add_known(&rest.pages, site->pages);
			add_known(&rest.wrong, site->wrong);
			continue;
		}
		fputs("<tr><td>", out);
		put_site(out, r, site);
		fprintf(out, "</td><td>%s</td>",
			site->kind == KIND_PIN ? "pin" : "get");
		put_counts(out, site);
	}
	if (r->nr_sites > most) {
		put_more(out, r->nr_sites - most, "<td></td>");
		put_counts(out, &rest);
	}
	fputs("</table></div>\n", out);
}
