// SPDX-License-Identifier: GPL-2.0
/*
 * gup-mirror: parsers of the files in debugfs.
 *
 * They take what the ABI document describes and nothing else: half a report is
 * worse than none.
 */
#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "file_uses.h"
#include "lines.h"
#include "message.h"
#include "model.h"
#include "parse_debugfs.h"

/* Reads a file by @read, which returns 0, or -1 after a complaint, as this does. */
static int parse(FILE *in, const char *name, struct report *report,
		 int (*read)(struct lines *lines, struct report *report))
{
	struct lines lines = { .in = in, .name = name };
	int ret = read(&lines, report);

	lines_free(&lines);
	return ret;
}

/* The first line: what it is, and in which version, from @oldest to @newest. */
static int parse_header(struct lines *lines, const char *what, uint64_t oldest,
			uint64_t newest)
{
	uint64_t version;
	char *known;
	char *at;
	int ret;

	ret = lines_next(lines);
	if (ret < 0)
		return -1;
	at = lines->text;
	if (!ret || !skip_word(&at, "gup_mirror ") || !skip_word(&at, what) ||
	    !skip_word(&at, " - version: ") || !take_number(&at, &version) ||
	    *at) {
		complain("%s is not a \"%s\" of GUP mirror, by its first line",
			 lines->name, what);
		return -1;
	}
	lines->version = version;
	if (version >= oldest && version <= newest)
		return 0;
	known = oldest == newest ?
		xasprintf("%llu", (unsigned long long)newest) :
		xasprintf("%llu to %llu", (unsigned long long)oldest,
			  (unsigned long long)newest);
	complain("%s has version %llu, this program knows %s", lines->name,
		 (unsigned long long)version, known);
	free(known);
	return -1;
}

static int read_summary(struct lines *lines, struct report *report)
{
	int ret;

	if (parse_header(lines, "summary", 1, 1))
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
	return parse(in, name, report, read_summary);
}

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

	if (parse_header(lines, "sites", 2, 4) ||
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
	return parse(in, name, report, read_sites);
}

/*
 * The frames of a stack, each after @indent, up to a line that has less than
 * that, which is left in @lines.
 */
static int read_stack(struct lines *lines, const char *indent,
		      struct stack *stack, struct stack *puts)
{
	size_t nr = 0;

	for (;; nr++) {
		char *at;

		if (lines_need(lines, "a stack, and an empty line"))
			return -1;
		at = lines->text;
		if (!skip_word(&at, indent))
			break;
		if (!*at || *at == ' ')
			return lines_complain(lines, "not a frame of a stack");
		if (puts && nr && skip_word(&at, "put while pinned by ")) {
			stack_add(puts, at);
			nr--;
			continue;
		}
		if (!strcmp(at, "not recorded"))
			continue;
		stack_add(stack, at);
	}
	if (!nr)
		return lines_complain(lines, "no stack, not even \"not recorded\"");
	if (stack->nr && stack->nr != nr)
		return lines_complain(lines, "a stack that is recorded and is not");
	return 0;
}

/* "function() at place" */
static bool take_end(char *at, char **by, char **where)
{
	char *function;

	if (!take_until(&at, "() at ", &function) || !*at)
		return false;
	set_string(by, function);
	set_string(where, at);
	return true;
}

/* "function() at place: 3 pins" */
static bool take_other(char *at, struct violation *v)
{
	struct other *other = violation_add_other(v);
	char *pins = strrchr(at, ':');

	if (!pins)
		return false;
	*pins = '\0';
	pins += 1;
	return take_end(at, &other->function, &other->place) &&
	       skip_word(&pins, " ") && take_number(&pins, &other->pins) &&
	       (!strcmp(pins, " pin") || !strcmp(pins, " pins"));
}

/*
 * The stack that a line announces, or NULL if it announces none. What later layers
 * announce is read as well, and left aside.
 */
static struct stack *stack_of_heading(struct violation *v, char *at,
				      uint64_t version, struct stack *aside)
{
	char *end = at + strlen(at) - 1;

	if (!skip_word(&at, "  ") || *at == ' ' || *end != ':')
		return NULL;
	if (!strcmp(at, "acquire stack:"))
		return &v->acquire;
	if (!strcmp(at, "stack of the release before:"))
		return &v->before;
	if (!strcmp(at, "release stack:"))
		return &v->release;
	if (version < 3)
		return NULL;
	if (!strcmp(at, "stack of another holder:"))
		return v->nr_others ? &v->others[v->nr_others - 1].stack : NULL;
	if (skip_word(&at, "acquire stack, ")) {
		*end = '\0';
		set_string(&v->acquire_note, at);
		return &v->acquire;
	}
	return aside;
}

static bool take_violation_line(struct violation *v, char *at, uint64_t version)
{
	if (skip_word(&at, "  acquired by "))
		return take_end(at, &v->acquired_by, &v->acquired_at);
	if (skip_word(&at, "  released by "))
		return take_end(at, &v->released_by, &v->released_at);
	if (skip_word(&at, "  released before by "))
		return take_end(at, &v->before_by, &v->before_at);
	if (skip_word(&at, "  first: "))
		return !first_known(&v->first) && first_parse(&v->first, at);
	if (version < 3)
		return false;
	if (skip_word(&at, "  also held by "))
		return take_other(at, v);
	if (skip_word(&at, "  certain=no: ")) {
		set_string(&v->uncertain, at);
		return *at;
	}
	/* What is not known yet may be worth reading. */
	if (!skip_word(&at, "  ") || *at == ' ' || !strstr(at, ": "))
		return false;
	stack_add(&v->notes, at);
	return true;
}

/* A line of a violation, and the stack that it may announce. */
static int read_violation_line(struct lines *lines, struct violation *v)
{
	struct stack aside = { }, *stack;
	int ret;

	stack = stack_of_heading(v, lines->text, lines->version, &aside);
	if (!stack) {
		if (!take_violation_line(v, lines->text, lines->version))
			return lines_complain(lines, "not a line of a violation");
		return lines_need(lines, "more of a violation");
	}
	if (stack->nr)
		return lines_complain(lines, "a second stack of the same name");
	ret = read_stack(lines, "    ", stack, NULL);
	stack_clear(&aside);
	return ret;
}

static int read_violation(struct lines *lines, struct violation *v)
{
	char *class, *at = lines->text;

	if (!take_until(&at, ": ", &class) || *class == ' ' ||
	    !take_number(&at, &v->times) ||
	    (strcmp(at, " time") && strcmp(at, " times")))
		return lines_complain(lines, "not \"class: n times\"");
	set_string(&v->class, class);

	if (lines_need(lines, "more of a violation"))
		return -1;
	while (*lines->text) {
		if (read_violation_line(lines, v))
			return -1;
	}
	return 0;
}

static int read_violations(struct lines *lines, struct report *report)
{
	int ret;

	if (parse_header(lines, "violations", 2, 3))
		return -1;
	while ((ret = lines_next(lines)) > 0) {
		if (read_violation(lines, report_add_violation(report)))
			return -1;
	}
	return ret;
}

/**
 * parse_violations() - read the violations
 * @in: the file
 * @name: its name, for complaints
 * @report: receives the violations
 *
 * Return: 0, or -1 after a complaint.
 */
int parse_violations(FILE *in, const char *name, struct report *report)
{
	return parse(in, name, report, read_violations);
}

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
	if (read_stack(lines, "  ", &holder->stack, &holder->puts))
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
	if (parse_header(lines, "outstanding", 1, 2) ||
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
	return parse(in, name, report, read_outstanding);
}

static int read_ages(struct lines *lines, struct report *report)
{
	int ret;

	if (parse_header(lines, "ages", 1, 3))
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
	int ret = parse(in, name, ages, read_ages);

	if (!ret)
		add_ages(report, ages);
	report_free(ages);
	return ret;
}

/* "pin 3 16 16 0 0 0 0 0 0 fs=ext4 function place" */
static bool take_file_use(char *at, struct file_use *use)
{
	char *fs, *function;
	uint64_t view;
	bool pins;
	size_t i;

	pins = skip_word(&at, "pin ");
	if (!pins && !skip_word(&at, "get "))
		return false;
	use->kind = pins ? KIND_PIN : KIND_GET;
	if (!take_number(&at, &view))
		return false;
	for (i = 0; i < NR_FILE_COUNTS; i++) {
		if (!skip_word(&at, " ") || !take_number(&at, &use->counts[i]))
			return false;
	}
	if (!skip_word(&at, " fs=") || !take_until(&at, " ", &fs) ||
	    !take_until(&at, " ", &function) || !*at)
		return false;
	set_string(&use->fs, fs);
	set_string(&use->function, function);
	set_string(&use->place, at);
	return true;
}

/* "cleaned: 3, first fs=ext4 dev=254:0 ino=12 index=0 pfn=0x348" */
static bool take_file_event(char *at, struct file_event *event)
{
	char *what, *fs, *dev, *end;

	if (!take_until(&at, ": ", &what) || !take_number(&at, &event->times) ||
	    !skip_word(&at, ", first fs=") || !take_until(&at, " dev=", &fs) ||
	    !take_until(&at, " ino=", &dev) || !take_number(&at, &event->ino) ||
	    !skip_word(&at, " index=") || !take_number(&at, &event->index) ||
	    !skip_word(&at, " pfn=0x") || !strchr("0123456789abcdef", *at))
		return false;
	event->pfn = strtoull(at, &end, 16);
	if (!*what || !*at || *end || event->pfn > INT64_MAX)
		return false;
	set_string(&event->event, what);
	set_string(&event->fs, fs);
	set_string(&event->dev, dev);
	return true;
}

#define FILE_COLUMNS \
	"# kind view write_pages cleaned redirtied lost replaced truncated unmapped dirtied fs function site"

static int read_files(struct lines *lines, struct report *report)
{
	struct file_event *event = NULL;
	struct file_use *use = NULL;
	int ret;

	if (parse_header(lines, "files", 1, 1) ||
	    lines_need(lines, "the names of the columns"))
		return -1;
	if (strcmp(lines->text, FILE_COLUMNS))
		return lines_complain(lines, "the columns are not those of version 1");
	while ((ret = lines_next(lines)) > 0) {
		char *at = lines->text;

		if (skip_word(&at, "    ")) {
			if (!event || !*at || *at == ' ')
				return lines_complain(lines, "not a frame of a stack");
			if (strcmp(at, "not recorded"))
				stack_add(&event->stack, at);
		} else if (skip_word(&at, "  ")) {
			if (!use)
				return lines_complain(lines, "there is no call site before this");
			event = file_use_add_event(use);
			if (!take_file_event(at, event))
				return lines_complain(lines, "not what happened to a file");
		} else {
			use = report_add_file_use(report);
			event = NULL;
			if (!take_file_use(at, use))
				return lines_complain(lines, "not the columns that line 2 names");
		}
	}
	return ret;
}

/**
 * parse_files() - read what happened to pages of files while they were pinned
 * @in: the file
 * @name: its name, for complaints
 * @report: receives it
 *
 * Return: 0, or -1 after a complaint.
 */
int parse_files(FILE *in, const char *name, struct report *report)
{
	return parse(in, name, report, read_files);
}
