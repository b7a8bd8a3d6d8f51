// SPDX-License-Identifier: GPL-2.0
/*
 * gup-mirror: the lines of the source that places of a report are from.
 */
#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "model.h"

static int compare(const void *a, const void *b)
{
	const struct line *x = a, *y = b;

	return strcmp(x->place, y->place);
}

/**
 * report_add_line() - add the line of a place to a report
 * @report: the report; report_sort_lines() has to follow
 * @place: the place
 * @line: "file:line"
 */
void report_add_line(struct report *report, const char *place, const char *line)
{
	struct line *new;

	report->lines = grow(report->lines, report->nr_lines,
			     sizeof(*report->lines));
	new = &report->lines[report->nr_lines++];
	*new = (struct line){ };
	set_string(&new->place, place);
	set_string(&new->line, line);
}

static void clear(struct line *line)
{
	free(line->place);
	free(line->line);
}

/**
 * report_sort_lines() - make the lines of a report ready for report_line()
 * @report: the report
 *
 * Two kernels may have the same place in two lines. Nobody can tell which of them is
 * meant then, so it has none.
 */
void report_sort_lines(struct report *report)
{
	size_t i, nr = 0;

	if (!report->nr_lines)
		return;
	qsort(report->lines, report->nr_lines, sizeof(*report->lines), compare);
	for (i = 1; i < report->nr_lines; i++) {
		struct line *kept = &report->lines[nr];
		struct line *line = &report->lines[i];

		if (compare(kept, line)) {
			report->lines[++nr] = *line;
			continue;
		}
		if (strcmp(kept->line, line->line))
			set_string(&kept->line, "");
		clear(line);
	}
	report->nr_lines = nr + 1;
}

/**
 * report_line() - find the line of a place
 * @report: the report
 * @place: the place
 *
 * Return: "file:line", which lives as long as @report, or "" if it is not known.
 */
const char *report_line(const struct report *report, const char *place)
{
	const struct line wanted = { .place = (char *)place };
	const struct line *found;

	if (!report->nr_lines)
		return "";
	found = bsearch(&wanted, report->lines, report->nr_lines,
			sizeof(*report->lines), compare);
	return found ? found->line : "";
}

/**
 * report_clear_lines() - free the lines of a report
 * @report: the report
 */
void report_clear_lines(struct report *report)
{
	size_t i;

	for (i = 0; i < report->nr_lines; i++)
		clear(&report->lines[i]);
	free(report->lines);
	report->lines = NULL;
	report->nr_lines = 0;
}
