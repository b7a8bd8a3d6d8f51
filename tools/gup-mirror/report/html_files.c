// SPDX-License-Identifier: GPL-2.0
/*
 * gup-mirror: what happened to files, in a page.
 */
#include "file_uses.h"
#include "model.h"
#include "report/html_page.h"
#include "report/html_parts.h"
#include "report/html_text.h"
#include "report/units.h"

/* See html_at_most(). */
#define MAX_USES	500

static void put_file_event(FILE *out, const struct report *r,
			   const struct file_event *event)
{
	fputs("<details><summary><b>", out);
	html_escape(out, event->event);
	fprintf(out, "</b>, %llu time%s", (unsigned long long)event->times,
		units_plural(event->times));
	if (*event->fs) {
		fputs(", first on <code>", out);
		html_escape(out, event->fs);
		fputs("</code>, device ", out);
		html_escape(out, event->dev);
		fprintf(out, ", inode %llu, page %llu", (unsigned long long)event->ino,
			(unsigned long long)event->index);
	}
	fputs("</summary><div class=\"in\">", out);
	html_stack(out, r, "Stack", &event->stack);
	fputs("</div></details>\n", out);
}

void html_files(FILE *out, const struct report *r)
{
	size_t most = html_at_most(r, MAX_USES), i, j;

	if (!r->nr_file_uses)
		return;
	fputs("<h2 id=\"files\">Pinned pages of files</h2>\n", out);
	fputs("<p class=\"dim\">Pages of files that were pinned to be written to, and what ", out);
	fputs("was done to pinned pages. Those that are redirtied were left dirty behind ", out);
	fputs("the file system's back.</p>\n", out);
	html_table(out, "Pinned pages of files",
		   "call site|#written|#cleaned|#redirtied|#lost|#replaced|#truncated|#unmapped|#dirtied");
	for (i = 0; i < r->nr_file_uses && i < most; i++) {
		const struct file_use *use = &r->file_uses[i];

		fputs("<tr><td>", out);
		html_caller(out, use->function, use->place);
		html_source(out, r, use->place);
		fputs(", on ", out);
		html_escape(out, use->fs);
		for (j = 0; j < use->nr_events; j++)
			put_file_event(out, r, &use->events[j]);
		fputs("</td>", out);
		for (j = 0; j < NR_FILE_COUNTS; j++)
			html_number(out, use->counts[j],
				    j == FILE_REDIRTIED || j == FILE_LOST);
		fputs("</tr>\n", out);
	}
	fputs("</table></div>\n", out);
	if (r->nr_file_uses > most)
		fprintf(out, "<p class=\"dim\">and %zu more</p>\n",
			r->nr_file_uses - most);
}
