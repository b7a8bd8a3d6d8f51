// SPDX-License-Identifier: GPL-2.0
/*
 * gup-mirror: the parsers of outstanding and ages.
 */
#include <stdlib.h>
#include <string.h>

#include "debugfs/parse.h"
#include "debugfs/parse_debugfs.h"
#include "lines.h"
#include "model.h"

/* "key=" and a number, with the space behind it. */
static bool take_key(char **at, const char *key, uint64_t *number)
{
	return skip_word(at, key) && skip_word(at, "=") &&
	       take_number(at, number) && skip_word(at, " ");
}

/* "key=yes " or "key=no " */
static bool take_switch(char **at, const char *key, bool *on)
{
	if (!skip_word(at, key) || !skip_word(at, "="))
		return false;
	*on = skip_word(at, "yes ");
	return *on || skip_word(at, "no ");
}

static bool take_flags(char **at, struct holder *holder)
{
	char *flags;

	if (!skip_word(at, "flags=") || !take_until(at, " ", &flags))
		return false;
	set_string(&holder->flags, flags);
	return true;
}

/* The end of the line. */
static bool take_caller(char *at, struct holder *holder)
{
	char *function;

	if (!skip_word(&at, "function=") ||
	    !take_until(&at, " site=", &function) || !*at)
		return false;
	set_string(&holder->function, function);
	set_string(&holder->place, at);
	return true;
}

static bool take_outstanding(char *at, struct holder *holder)
{
	const char *what = *at == 's' ? "surplus" : "pins";

	holder->oldest_ms = UNKNOWN;
	return take_key(&at, what, &holder->pins) &&
	       take_key(&at, "pages", &holder->pages) &&
	       take_key(&at, "since_snapshot", &holder->since_snapshot) &&
	       take_flags(&at, holder) &&
	       take_switch(&at, "estimate", &holder->estimate) &&
	       take_caller(at, holder);
}

/* Beside the flags, so that the holder is the same in outstanding and in ages. */
static void take_mark(struct holder *holder)
{
	static const char mark[] = "|overlong-on-file";
	size_t len = strlen(holder->flags), size = sizeof(mark) - 1;

	holder->on_file = len > size && !strcmp(holder->flags + len - size, mark);
	if (holder->on_file)
		holder->flags[len - size] = '\0';
}

static bool take_age(char *at, struct holder *holder)
{
	uint64_t folios;

	if (!take_key(&at, "oldest_ms", &holder->oldest_ms) ||
	    !take_key(&at, "folios", &folios) ||
	    !take_key(&at, "pins", &holder->pins) ||
	    !take_key(&at, "orphans", &holder->orphans) ||
	    !take_switch(&at, "suspect", &holder->suspect) ||
	    !take_flags(&at, holder))
		return false;
	take_mark(holder);
	return take_caller(at, holder);
}

static int read_holder(struct lines *lines, struct holder *holder,
		       bool (*take)(char *at, struct holder *holder))
{
	if (!take(lines->text, holder))
		return lines_complain(lines, "not what begins a group of pins");
	if (debugfs_stack(lines, "  ", &holder->stack, &holder->puts))
		return -1;
	if (*lines->text)
		return lines_complain(lines, "not an empty line");
	return 0;
}

/* Behind the header: the totals, an empty line, and blocks. */
static int read_holders(struct lines *lines, struct report *report,
			bool (*take)(char *at, struct holder *holder))
{
	char *at = lines->text;
	int ret;

	if (!skip_word(&at, "# total: "))
		return lines_complain(lines, "not \"# total: ...\"");
	if (lines_need(lines, "an empty line"))
		return -1;
	if (*lines->text)
		return lines_complain(lines, "not an empty line");

	while ((ret = lines_next(lines)) > 0) {
		bool pins = strncmp(lines->text, "surplus=", 8);

		if (read_holder(lines, pins ? report_add_holder(report) :
					      report_add_surplus(report), take))
			return -1;
	}
	return ret;
}

static int read_outstanding(struct lines *lines, struct report *report)
{
	if (debugfs_header(lines, "outstanding", 1, 2) ||
	    lines_need(lines, "the totals"))
		return -1;
	return read_holders(lines, report, take_outstanding);
}

/**
 * parse_outstanding() - read what is held
 * @in: the file
 * @name: its name, for complaints
 * @report: receives the holders
 *
 * Return: 0, or -1 after a complaint.
 */
int parse_outstanding(FILE *in, const char *name, struct report *report)
{
	return debugfs_parse(in, name, report, read_outstanding);
}

static int read_ages(struct lines *lines, struct report *report)
{
	int ret;

	if (debugfs_header(lines, "ages", 1, 3))
		return -1;
	/* That is all there is while the layer is off. */
	ret = lines_next(lines);
	if (ret <= 0)
		return ret;
	return read_holders(lines, report, take_age);
}

/*
 * The files are not read at the same time, so that a group may be in one of them
 * only: it has no age then, or nothing that is held.
 */
static void add_ages(struct report *report, struct report *ages)
{
	size_t i;

	if (!ages->nr_holders)
		return;
	/* By the same group, in whichever file. */
	qsort(ages->holders, ages->nr_holders, sizeof(*ages->holders),
	      holder_compare);
	for (i = 0; i < report->nr_holders; i++) {
		struct holder *holder = &report->holders[i];
		const struct holder *age;

		age = bsearch(holder, ages->holders, ages->nr_holders,
			      sizeof(*ages->holders), holder_compare);
		if (!age)
			continue;
		holder->oldest_ms = age->oldest_ms;
		holder->orphans = age->orphans;
		holder->suspect = age->suspect;
		holder->on_file = age->on_file;
		stack_copy(&holder->puts, &age->puts);
	}
}

/**
 * parse_ages() - read how long pins have been held
 * @in: the file
 * @name: its name, for complaints
 * @report: receives the ages of the holders that it has
 *
 * Return: 0, or -1 after a complaint.
 */
int parse_ages(FILE *in, const char *name, struct report *report)
{
	struct report *ages = report_new("", "");
	int ret = debugfs_parse(in, name, ages, read_ages);

	if (!ret)
		add_ages(report, ages);
	report_free(ages);
	return ret;
}
