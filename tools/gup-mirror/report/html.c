// SPDX-License-Identifier: GPL-2.0
/*
 * gup-mirror: a report as one page, which loads nothing and needs no script.
 */
#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "checks.h"
#include "file_uses.h"
#include "frames.h"
#include "model.h"
#include "report/html.h"
#include "report/html_curve.h"
#include "report/html_page.h"
#include "report/html_parts.h"
#include "report/html_text.h"
#include "report/text.h"
#include "report/titles.h"
#include "report/units.h"

static void put_origin(FILE *out, const struct origin *origin)
{
	char *text = text_origin(origin);

	if (*text) {
		fputs("<p class=\"dim\">", out);
		html_escape(out, text);
		fputs("</p>\n", out);
	}
	free(text);
}

static void put_overview(FILE *out, const struct report *r)
{
	uint64_t pins = report_pins(r), times = report_violations(r);
	uint64_t pages = 0, suspects = 0;
	bool pages_known = false;
	char *incomplete;
	size_t i;

	for (i = 0; i < r->nr_holders; i++) {
		if (*r->holders[i].excused)
			continue;
		suspects += r->holders[i].suspect;
		if (r->holders[i].pages == UNKNOWN)
			continue;
		pages += r->holders[i].pages;
		pages_known = true;
	}

	fputs("<header>\n<h1>GUP mirror</h1>\n<p class=\"dim\"><code>", out);
	html_escape(out, r->name);
	fputs("</code> (", out);
	html_escape(out, r->source);
	fputs(")</p>\n", out);
	for (i = 0; i < r->nr_origins; i++)
		put_origin(out, &r->origins[i]);
	incomplete = report_incomplete(r);
	if (incomplete) {
		fputs("<p class=\"banner\" role=\"alert\">", out);
		html_escape(out, incomplete);
		fputs("</p>\n", out);
	}
	free(incomplete);
	fputs("<nav><a href=\"#violations\">Violations</a>", out);
	fputs("<a href=\"#held\">Held</a>", out);
	fputs("<a href=\"#times\">Hold times</a>", out);
	fputs("<a href=\"#sites\">Call sites</a>", out);
	if (r->nr_file_uses)
		fputs("<a href=\"#files\">Files</a>", out);
	fputs("<a href=\"#summary\">Summary</a></nav>\n", out);
	fputs("<div class=\"cards\">\n", out);
	html_card(out, "violation", "s", times, times);
	html_card(out, "held pin", "s", pins, false);
	html_card(out, "held page", "s",
		  pages_known || !pins ? pages : UNKNOWN, false);
	html_card(out, "held for too long", "", suspects, suspects);
	html_card(out, "call site", "s", r->nr_sites, false);
	if (r->nr_file_uses)
		html_card(out, "page", "s left dirty behind the file system's back",
			  report_file_count(r, FILE_REDIRTIED), true);
	fputs("</div>\n</header>\n<main>\n", out);
}

/* For whom, where the place of the call is that of a helper. */
static void put_whom(FILE *out, const struct stack *stack, const char *place)
{
	const char *caller = frames_caller(stack, place);
	char *name;

	if (caller == place)
		return;
	name = frame_text(caller);
	fputs(", for <code>", out);
	html_escape(out, name);
	fputs("</code>", out);
	free(name);
}

static void put_machines(FILE *out, const char *before,
			 const struct stack *machines)
{
	size_t i;

	for (i = 0; i < machines->nr; i++) {
		fputs(i ? ", " : before, out);
		html_escape(out, machines->frames[i]);
	}
}

static void put_end(FILE *out, const char *what, const char *by,
		    const char *where, const struct stack *stack)
{
	if (!*by && !*where)
		return;
	fprintf(out, "<dt>%s</dt><dd>", what);
	html_caller(out, by, where);
	put_whom(out, stack, where);
	fputs("</dd>\n", out);
}

static void put_excuse(FILE *out, const char *excused)
{
	if (!*excused)
		return;
	fputs(", not counted: ", out);
	html_escape(out, excused);
}

static void put_violation(FILE *out, const struct report *r,
			  const struct violation *v)
{
	const char *where = violation_releaser(v);
	char *title;
	size_t i;

	/* Nobody has released what is left. */
	if (!*where)
		where = violation_acquirer(v);
	/* What does not count is to be looked at only by who wants to. */
	fputs(*v->excused || *v->uncertain ? "<details><summary><b>" :
			    "<details class=\"bad\" open><summary><b>", out);
	fputs(violation_doubt(v), out);
	html_escape(out, v->class);
	fputs("</b> in <code>", out);
	html_escape(out, where);
	fprintf(out, "</code>, %llu time%s", (unsigned long long)v->times,
		units_plural(v->times));
	put_excuse(out, v->excused);
	fputs("</summary>\n<div class=\"in\"><dl>\n", out);
	if (v->machines.nr) {
		put_machines(out, "<dt>on</dt><dd>", &v->machines);
		fputs("</dd>\n", out);
	}
	put_end(out, "acquired by", v->acquired_by, v->acquired_at, &v->acquire);
	for (i = 0; i < v->nr_others; i++) {
		const struct other *other = &v->others[i];

		fputs("<dt>also held by</dt><dd>", out);
		html_caller(out, other->function, other->place);
		fprintf(out, ": %llu pin%s</dd>\n",
			(unsigned long long)other->pins,
			units_plural(other->pins));
	}
	put_end(out, "released by", v->released_by, v->released_at, &v->release);
	put_end(out, "before by", v->before_by, v->before_at, &v->before);
	if (first_known(&v->first)) {
		char *first = first_text(&v->first);

		fputs("<dt>first</dt><dd>", out);
		html_escape(out, first);
		fputs("</dd>\n", out);
		free(first);
	}
	if (*v->uncertain) {
		fputs("<dt>not certain</dt><dd>", out);
		html_escape(out, v->uncertain);
		fputs("</dd>\n", out);
	}
	for (i = 0; i < v->notes.nr; i++) {
		fputs("<dt>also</dt><dd>", out);
		html_escape(out, v->notes.frames[i]);
		fputs("</dd>\n", out);
	}
	fputs("</dl><div class=\"stacks\">\n", out);
	if (v->acquire.nr || *v->acquired_at) {
		title = *v->acquire_note ?
			xasprintf("Acquired at (%s)", v->acquire_note) :
			xstrdup("Acquired at");
		html_stack(out, r, title, &v->acquire);
		free(title);
	}
	for (i = 0; i < v->nr_others; i++)
		html_stack(out, r, "Acquired by another holder at",
			   &v->others[i].stack);
	if (v->release.nr || *v->released_at)
		html_stack(out, r, "Released at", &v->release);
	if (v->before.nr || *v->before_at)
		html_stack(out, r, "Released before at", &v->before);
	fputs("</div></div></details>\n", out);
}

/* See html_at_most(). */
#define MAX_STACKS	500

/* Those with stacks that have no room. */
static void put_left_out(FILE *out, size_t nr, size_t most, uint64_t sum)
{
	char number[UNITS_LEN];

	if (nr > most)
		fprintf(out, "<p class=\"dim\">and %zu more, with %s in all</p>\n",
			nr - most, units_number(number, sum));
}

static void put_violations(FILE *out, const struct report *r)
{
	size_t most = html_at_most(r, MAX_STACKS), i;
	uint64_t rest = 0;

	fputs("<h2 id=\"violations\">Violations</h2>\n", out);
	if (!r->nr_violations)
		fputs("<p>None.</p>\n", out);
	for (i = 0; i < r->nr_violations; i++) {
		if (i < most)
			put_violation(out, r, &r->violations[i]);
		else
			add_known(&rest, r->violations[i].times);
	}
	put_left_out(out, r->nr_violations, most, rest);
}

static void put_holder(FILE *out, const struct report *r,
		       const struct holder *holder, uint64_t most)
{
	char number[UNITS_LEN];
	/* Something is to be seen of even one. */
	double width = 2 + 118.0 * holder->pins / (most ? most : 1);

	fputs("<tr><td>", out);
	html_caller(out, holder->function, holder->place);
	put_whom(out, &holder->stack, holder->place);
	put_machines(out, ", on ", &holder->machines);
	put_excuse(out, holder->excused);
	if (holder->estimate)
		fputs(", an estimate", out);
	if (holder->suspect)
		fputs(", held for long without <code>FOLL_LONGTERM</code>",
		      out);
	if (holder->on_file)
		fputs(", which GUP refuses for files", out);
	if (holder->orphans)
		fputs(", nobody else has these pages", out);
	html_stack(out, r, "Stack", &holder->stack);
	if (holder->puts.nr)
		html_stack(out, r, "References put while it was pinned",
			   &holder->puts);
	fprintf(out, "</td><td class=\"n\">%s</td>",
		units_number(number, holder->pins));
	fprintf(out,
		"<td><svg width=\"120\" height=\"14\" aria-hidden=\"true\"><rect class=\"back\" width=\"120\" height=\"14\"/><rect class=\"bar\" width=\"%.1f\" height=\"14\"/></svg></td>",
		width);
	fprintf(out, "<td class=\"n\">%s</td>",
		units_number(number, holder->pages));
	fprintf(out, "<td class=\"n\">%s</td>",
		units_number(number, holder->since_snapshot));
	fprintf(out, "<td class=\"n%s\">%s</td><td class=\"flags\"><code>",
		holder->suspect ? " bad" : "",
		units_ms(number, holder->oldest_ms));
	html_escape(out, holder->flags);
	fputs("</code></td></tr>\n", out);
}

static void put_holder_table(FILE *out, const struct report *r,
			     const struct holder *holders, size_t nr,
			     const char *caption, const char *columns)
{
	size_t room = html_at_most(r, MAX_STACKS), i;
	uint64_t most = 0, rest = 0;

	for (i = 0; i < nr; i++) {
		if (holders[i].pins > most)
			most = holders[i].pins;
		if (i >= room)
			add_known(&rest, holders[i].pins);
	}
	html_table(out, caption, columns);
	for (i = 0; i < nr && i < room; i++)
		put_holder(out, r, &holders[i], most);
	fputs("</table></div>\n", out);
	put_left_out(out, nr, room, rest);
}

static void put_holders(FILE *out, const struct report *r)
{
	fputs("<h2 id=\"held\">Held, by stack</h2>\n", out);
	if (r->nr_holders)
		put_holder_table(out, r, r->holders, r->nr_holders,
				 "Held, by stack",
				 "acquired by|#pins||#pages|#since snapshot|#oldest|flags");
	else
		fputs("<p>Nothing is held.</p>\n", out);
	if (!r->nr_surpluses)
		return;
	fputs("<h2 id=\"got\">Got, and perhaps not put, by stack</h2>\n", out);
	put_holder_table(out, r, r->surpluses, r->nr_surpluses,
			 "Got, and perhaps not put, by stack",
			 "acquired by|#references||#pages|#since snapshot|#oldest|flags");
}

static void put_summary(FILE *out, const struct report *r)
{
	size_t i;

	if (!r->nr_summary)
		return;
	fputs("<h2 id=\"summary\">Summary</h2>\n<ul class=\"keys\">\n", out);
	for (i = 0; i < r->nr_summary; i++) {
		fputs("<li><span class=\"dim\">", out);
		html_escape(out, r->summary[i].key);
		fputs("</span> <b>", out);
		html_escape(out, r->summary[i].value);
		fputs("</b></li>\n", out);
	}
	fputs("</ul>\n", out);
}

/**
 * html_report() - print a report as a page
 * @out: the file
 * @r: the report
 *
 * Return: 0.
 */
int html_report(FILE *out, const struct report *r)
{
	html_begin(out, "GUP mirror: ", r->name);
	put_overview(out, r);
	put_violations(out, r);
	put_holders(out, r);
	html_curve(out, r);
	html_times(out, r);
	html_sites(out, r);
	html_files(out, r);
	put_summary(out, r);
	html_end(out);
	return 0;
}
