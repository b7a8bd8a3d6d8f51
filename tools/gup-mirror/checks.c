// SPDX-License-Identifier: GPL-2.0
/*
 * gup-mirror: what can be wrong in a report, one by one.
 */
#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "checks.h"
#include "model.h"
#include "report/units.h"

/* As documentation/dev-tools/gup-mirror.rst has them. */
static const char * const classes[] = {
	"put-on-pin", "unpin-on-get", "double-unpin", "unpin-unpinned",
	"free-while-pinned", "lost-pin", "leak-at-unload",
	"double-put", "dirty-by-readonly-pin", "dirty-unpinned", "lost-write",
	"unpin-while-mapped",
	CHECK_FAILED_CALL,
};

static const char * const others[] = {
	CHECK_POSSIBLE, CHECK_LEAK, CHECK_SURPLUS, CHECK_OVERLONG, CHECK_INCOMPLETE,
};

#define NR(array) (sizeof(array) / sizeof(*(array)))

static void add_name(struct fail_on *fail_on, const char *name)
{
	fail_on->names = grow(fail_on->names, fail_on->nr,
			      sizeof(*fail_on->names));
	fail_on->names[fail_on->nr++] = xstrdup(name);
}

static bool is_known(const char *name)
{
	size_t i;

	for (i = 0; i < NR(classes); i++) {
		if (!strcmp(name, classes[i]))
			return true;
	}
	for (i = 0; i < NR(others); i++) {
		if (!strcmp(name, others[i]))
			return true;
	}
	return false;
}

static bool is_named(const struct fail_on *fail_on, const char *name)
{
	size_t i;

	for (i = 0; i < fail_on->nr; i++) {
		if (!strcmp(name, fail_on->names[i]))
			return true;
	}
	return false;
}

void fail_on_clear(struct fail_on *fail_on)
{
	size_t i;

	for (i = 0; i < fail_on->nr; i++)
		free(fail_on->names[i]);
	free(fail_on->names);
	*fail_on = (struct fail_on) { };
}

bool fail_on_parse(struct fail_on *fail_on, const char *list)
{
	fail_on_clear(fail_on);
	if (!strcmp(list, "none"))
		return true;
	for (;;) {
		size_t len = strcspn(list, ",");
		char *name = xasprintf("%.*s", (int)len, list);
		bool known = true;

		if (!strcmp(name, "violation"))
			fail_on->violation = true;
		else if (is_known(name))
			add_name(fail_on, name);
		else
			known = false;
		free(name);
		if (!known)
			return false;
		if (!list[len])
			return true;
		list += len + 1;
	}
}

char *fail_on_names(void)
{
	char *text = xstrdup("violation");
	size_t i;

	for (i = 0; i < NR(others) + NR(classes); i++) {
		char *longer = xasprintf("%s, %s", text, i < NR(others) ?
					 others[i] : classes[i - NR(others)]);

		free(text);
		text = longer;
	}
	return text;
}

struct check *checks_find(const struct checks *checks, const char *name)
{
	size_t i;

	for (i = 0; i < checks->nr; i++) {
		if (!strcmp(checks->list[i].name, name))
			return &checks->list[i];
	}
	return NULL;
}

static struct check *add_check(struct checks *checks, const char *name,
			       uint64_t count, bool selected)
{
	checks->list = grow(checks->list, checks->nr, sizeof(*checks->list));
	checks->list[checks->nr++] = (struct check) {
		.name = xstrdup(name),
		.count = count,
		.selected = selected,
	};
	return &checks->list[checks->nr - 1];
}

static uint64_t counter(const struct report *report, const char *key)
{
	const char *value = report_counter(report, key);

	return value ? strtoull(value, NULL, 10) : 0;
}

/* Only a recording can have lost something that its report would need. */
static uint64_t missing(const struct report *report)
{
	uint64_t sum = counter(report, "lost_events");

	add_known(&sum, counter(report, "lost_gaps"));
	add_known(&sum, counter(report, "damaged_events"));
	return sum;
}

char *report_incomplete(const struct report *report)
{
	uint64_t lost = counter(report, "lost_events");
	uint64_t gaps = counter(report, "lost_gaps");
	uint64_t damaged = counter(report, "damaged_events");

	if (!missing(report))
		return NULL;
	return xasprintf("INCOMPLETE: %llu event%s lost, %llu more gap%s, %llu event%s damaged. %s",
			 (unsigned long long)lost, units_plural(lost),
			 (unsigned long long)gaps, units_plural(gaps),
			 (unsigned long long)damaged, units_plural(damaged),
			 "What was released may be listed as held, and what went wrong may be missing.");
}

const char *violation_check(const struct violation *v)
{
	return *v->uncertain ? CHECK_POSSIBLE : v->class;
}

uint64_t report_violations(const struct report *report)
{
	uint64_t times = 0;
	size_t i;

	for (i = 0; i < report->nr_violations; i++) {
		const struct violation *v = &report->violations[i];

		if (!*v->excused && !*v->uncertain)
			add_known(&times, v->times);
	}
	return times;
}

uint64_t report_pins(const struct report *report)
{
	uint64_t pins = 0;
	size_t i;

	for (i = 0; i < report->nr_holders; i++) {
		if (!*report->holders[i].excused)
			add_known(&pins, report->holders[i].pins);
	}
	return pins;
}

/* Gets have an account with gup_mirror=all only, which a recording does not tell. */
static bool knows_gets(const struct report *report)
{
	size_t i;

	for (i = 0; i < report->nr_origins; i++) {
		if (!strcmp(report->origins[i].mode, "all"))
			return true;
	}
	return report->nr_surpluses;
}

uint64_t report_surplus(const struct report *report)
{
	uint64_t references = knows_gets(report) ? 0 : UNKNOWN;
	size_t i;

	for (i = 0; i < report->nr_surpluses; i++) {
		if (!*report->surpluses[i].excused)
			add_known(&references, report->surpluses[i].pins);
	}
	return references;
}

bool site_overlong(const struct site *site)
{
	return site->overlong && site->overlong != UNKNOWN && !*site->excused;
}

uint64_t report_overlong(const struct report *report)
{
	uint64_t pins = UNKNOWN;
	size_t i;

	for (i = 0; i < report->nr_sites; i++) {
		if (!*report->sites[i].excused)
			add_known(&pins, report->sites[i].overlong);
	}
	for (i = 0; i < report->nr_holders; i++) {
		if (report->holders[i].suspect && !*report->holders[i].excused)
			add_known(&pins, report->holders[i].pins);
	}
	return pins;
}

void checks_make(struct checks *checks, const struct report *report,
		 const struct fail_on *fail_on)
{
	size_t i;

	*checks = (struct checks) { };
	for (i = 0; i < NR(classes); i++) {
		bool known = strcmp(classes[i], CHECK_FAILED_CALL) ||
			     report_counter(report, "syscalls");

		add_check(checks, classes[i], known ? 0 : UNKNOWN,
			  fail_on->violation || is_named(fail_on, classes[i]));
	}
	add_check(checks, CHECK_POSSIBLE, 0, is_named(fail_on, CHECK_POSSIBLE));
	for (i = 0; i < report->nr_violations; i++) {
		const struct violation *v = &report->violations[i];
		struct check *check = checks_find(checks, violation_check(v));

		if (*v->excused)
			continue;
		if (!check)
			check = add_check(checks, v->class, 0,
					  fail_on->violation);
		add_known(&check->count, v->times);
	}
	add_check(checks, CHECK_LEAK, report_pins(report),
		  is_named(fail_on, CHECK_LEAK));
	add_check(checks, CHECK_SURPLUS, report_surplus(report),
		  is_named(fail_on, CHECK_SURPLUS));
	add_check(checks, CHECK_OVERLONG, report_overlong(report),
		  is_named(fail_on, CHECK_OVERLONG));
	add_check(checks, CHECK_INCOMPLETE, missing(report),
		  is_named(fail_on, CHECK_INCOMPLETE));
}

void checks_clear(struct checks *checks)
{
	size_t i;

	for (i = 0; i < checks->nr; i++)
		free(checks->list[i].name);
	free(checks->list);
}

bool check_failed(const struct check *check)
{
	return check->selected && check->count && check->count != UNKNOWN;
}

bool checks_failed(const struct checks *checks)
{
	size_t i;

	for (i = 0; i < checks->nr; i++) {
		if (check_failed(&checks->list[i]))
			return true;
	}
	return false;
}
