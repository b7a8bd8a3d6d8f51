// SPDX-License-Identifier: GPL-2.0
/*
 * gup-mirror: the parser of violations.
 */
#include <string.h>

#include "debugfs/parse.h"
#include "debugfs/parse_debugfs.h"
#include "lines.h"
#include "model.h"

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
	ret = debugfs_stack(lines, "    ", stack, NULL);
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

	if (debugfs_header(lines, "violations", 2, 3))
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
	return debugfs_parse(in, name, report, read_violations);
}
