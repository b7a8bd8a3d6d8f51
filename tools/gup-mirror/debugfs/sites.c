// SPDX-License-Identifier: GPL-2.0
/*
 * gup-mirror: the parser of sites.
 */
#include <string.h>

#include "debugfs/parse.h"
#include "debugfs/parse_debugfs.h"
#include "lines.h"
#include "model.h"

/* "0:12,1:3,64:1": the least milliseconds of a bucket, and pins. */
static bool take_hold(char **at, uint64_t *hold_ms)
{
	if (skip_word(at, "-"))
		return true;
	do {
		uint64_t ms, pins;
		unsigned int bucket;

		if (!take_number(at, &ms) || !skip_word(at, ":") ||
		    !take_number(at, &pins))
			return false;
		bucket = hold_bucket(ms);
		if (hold_bucket_start(bucket) != ms || hold_ms[bucket])
			return false;
		hold_ms[bucket] = pins;
	} while (skip_word(at, ","));
	return true;
}

/* A column that not all sites have, with the space before it. */
static bool take_column(char **at, bool known, uint64_t *number)
{
	if (known)
		return skip_word(at, " ") && take_number(at, number);
	*number = UNKNOWN;
	return skip_word(at, " -");
}

static bool take_site(char *at, struct site *site, uint64_t version)
{
	bool pins, counted;
	uint64_t view;
	char *function;

	pins = skip_word(&at, "pin ");
	if (!pins && !skip_word(&at, "get "))
		return false;
	site->kind = pins ? KIND_PIN : KIND_GET;
	/* Older layers keep no account of gets. */
	counted = pins || version >= 4;

	if (!take_number(&at, &view) || !skip_word(&at, " ") ||
	    !take_number(&at, &site->calls) || !skip_word(&at, " ") ||
	    !take_number(&at, &site->pages) || !skip_word(&at, " ") ||
	    !take_number(&at, &site->wrong))
		return false;
	if (!take_column(&at, counted, &site->right) ||
	    !take_column(&at, counted, &site->laundered) ||
	    !take_column(&at, counted, &site->held))
		return false;
	site->most = UNKNOWN;
	if (version == 2 && !take_column(&at, pins, &site->most))
		return false;
	if (!take_column(&at, pins, &site->overlong))
		return false;
	if (!skip_word(&at, " ") || !take_hold(&at, site->hold_ms) ||
	    !skip_word(&at, " ") || !take_until(&at, " ", &function) || !*at)
		return false;
	set_string(&site->function, function);
	set_string(&site->place, at);
	return true;
}

static const char columns_2[] =
	"# kind view calls pages wrong right laundered held most overlong hold_ms function site";
static const char columns_3[] =
	"# kind view calls pages wrong right laundered held overlong hold_ms function site";

static int read_sites(struct lines *lines, struct report *report)
{
	int ret;

	if (debugfs_header(lines, "sites", 2, 4) ||
	    lines_need(lines, "the names of the columns"))
		return -1;
	if (strcmp(lines->text, lines->version == 2 ? columns_2 : columns_3))
		return lines_complain(lines, "the columns are not those of version %llu",
				      (unsigned long long)lines->version);
	while ((ret = lines_next(lines)) > 0) {
		if (!take_site(lines->text, report_add_site(report),
			       lines->version))
			return lines_complain(lines, "not the columns that line 2 names");
	}
	return ret;
}

/**
 * parse_sites() - read the sites
 * @in: the file
 * @name: its name, for complaints
 * @report: receives the sites
 *
 * Return: 0, or -1 after a complaint.
 */
int parse_sites(FILE *in, const char *name, struct report *report)
{
	return debugfs_parse(in, name, report, read_sites);
}
