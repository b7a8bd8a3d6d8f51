// SPDX-License-Identifier: GPL-2.0
/*
 * gup-mirror audit: its result as a page. With coverage, calls are in the order of
 * what is left to be done.
 */
#include <stdlib.h>

#include "alloc.h"
#include "audit/describe.h"
#include "report/html_page.h"
#include "report/html_text.h"

static void put_head(FILE *out, const struct audit *audit)
{
	size_t works[NR_WORKS] = { }, verdicts[NR_VERDICTS] = { }, i;
	char *tree = printable(audit->tree);

	html_begin(out, "GUP mirror audit: ", tree);
	fputs("<header>\n<h1>GUP mirror: calls in the source</h1>\n", out);
	fputs("<p class=\"dim\"><code>", out);
	html_escape(out, tree);
	fputs("</code></p>\n", out);
	free(tree);
	if (audit->unreadable)
		fprintf(out,
			"<p class=\"banner\">Files that were not read: %zu</p>\n",
			audit->unreadable);
	fputs("<nav><a href=\"#suspects\">Suspects</a>", out);
	fputs("<a href=\"#calls\">Calls</a></nav>\n<div class=\"cards\">\n", out);
	html_card(out, "suspect", "s", audit->nr_suspects, audit->nr_suspects);
	html_card(out, "call", "s", audit->nr_calls, false);
	for (i = 0; i < audit->nr_calls; i++) {
		verdicts[audit->calls[i].verdict]++;
		works[audit_work(&audit->calls[i])]++;
	}
	for (i = 0; audit->covered && i < NR_WORKS; i++)
		html_card(out, work_name(i), "", works[i], works[i] && !i);
	for (i = 0; !audit->covered && i < NR_VERDICTS; i++)
		html_card(out, verdict_name(i), "", verdicts[i],
			  verdicts[i] && !i);
	fputs("</div>\n</header>\n<main>\n", out);
}

static void put_text(FILE *out, char *text)
{
	html_escape(out, text);
	free(text);
}

static void put_place(FILE *out, const char *file, unsigned int line)
{
	fputs("<code>", out);
	put_text(out, printable(file));
	fprintf(out, ":%u</code>", line);
}

static void put_suspects(FILE *out, const struct audit *audit)
{
	size_t i;

	fputs("<h2 id=\"suspects\">Suspects</h2>\n", out);
	if (!audit->nr_suspects) {
		fputs("<p>None.</p>\n", out);
		return;
	}
	html_table(out, "Suspects", "what|class");
	for (i = 0; i < audit->nr_suspects; i++) {
		const struct audit_suspect *suspect = &audit->suspects[i];

		fputs("<tr><td>", out);
		put_place(out, suspect->file, suspect->line);
		fputs(": ", out);
		put_text(out, suspect_sentence(audit, suspect));
		fprintf(out, "</td><td class=\"bad\">%s</td></tr>\n",
			suspect_class_name(suspect->class));
	}
	fputs("</table></div>\n", out);
}

static void put_call(FILE *out, const struct audit *audit,
		     const struct audit_call *call)
{
	bool bad = call->verdict == AUDIT_WRONG;

	fputs("<tr><td>", out);
	put_place(out, call->file, call->line);
	fputs(" ", out);
	put_text(out, call_words(call));
	fputs("</td>", out);
	if (audit->covered)
		fprintf(out, "<td%s>%s</td><td>%s</td>",
			audit_work(call) == WORK_WRONG ? " class=\"bad\"" : "",
			work_name(audit_work(call)),
			coverage_name(call->coverage));
	fprintf(out, "<td%s>%s</td><td>", bad ? " class=\"bad\"" : "",
		verdict_name(call->verdict));
	put_text(out, call_release(call));
	fputs("</td>", out);
	if (audit->covered) {
		fputs("<td>", out);
		put_text(out, printable(call->seen));
		fputs("</td>", out);
	}
	fputs("</tr>\n", out);
}

static void put_calls(FILE *out, const struct audit *audit)
{
	size_t order, i, nr = audit->covered ? (size_t)NR_WORKS : NR_VERDICTS;

	fputs("<h2 id=\"calls\">Calls</h2>\n", out);
	if (!audit->nr_calls) {
		fputs("<p>None.</p>\n", out);
		return;
	}
	html_table(out, "Calls", audit->covered ?
		   "call|state|seen|text|release|sites" : "call|text|release");
	for (order = 0; order < nr; order++) {
		for (i = 0; i < audit->nr_calls; i++) {
			const struct audit_call *call = &audit->calls[i];

			if (order == (audit->covered ? (size_t)audit_work(call) :
				      call->verdict))
				put_call(out, audit, call);
		}
	}
	fputs("</table></div>\n", out);
}

static void put_strangers(FILE *out, const struct audit *audit)
{
	size_t i;

	if (!audit->nr_strangers)
		return;
	fputs("<h2>Seen, but not in this tree</h2>\n<ul>\n", out);
	for (i = 0; i < audit->nr_strangers; i++) {
		fputs("<li><code>", out);
		put_text(out, printable(audit->strangers[i]));
		fputs("</code></li>\n", out);
	}
	fputs("</ul>\n", out);
}

int audit_html(FILE *out, const void *data)
{
	const struct audit *audit = data;

	put_head(out, audit);
	put_suspects(out, audit);
	put_calls(out, audit);
	put_strangers(out, audit);
	html_end(out);
	return 0;
}
