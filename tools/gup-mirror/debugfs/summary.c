// SPDX-License-Identifier: GPL-2.0
/*
 * gup-mirror: the parser of summary.
 */
#include "debugfs/parse.h"
#include "debugfs/parse_debugfs.h"
#include "lines.h"
#include "model.h"

static int read_summary(struct lines *lines, struct report *report)
{
	int ret;

	if (debugfs_header(lines, "summary", 1, 1))
		return -1;
	while ((ret = lines_next(lines)) > 0) {
		char *key, *at = lines->text;

		if (!take_until(&at, ": ", &key))
			return lines_complain(lines, "not \"key: value\"");
		if (report_counter(report, key))
			return lines_complain(lines, "there are two of \"%s\"",
					      key);
		report_add_counter(report, key, at);
	}
	return ret;
}

/**
 * parse_summary() - read the switches and counters
 * @in: the file
 * @name: its name, for complaints
 * @report: receives the counters
 *
 * Return: 0, or -1 after a complaint.
 */
int parse_summary(FILE *in, const char *name, struct report *report)
{
	return debugfs_parse(in, name, report, read_summary);
}
