// SPDX-License-Identifier: GPL-2.0
/*
 * gup-mirror: which part of a report is shown, and in which order.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "file_uses.h"
#include "frames.h"
#include "model.h"
#include "view.h"

/* What is sorted by: more comes first. A key without numbers is the name. */
struct view_key {
	const char *name;
	uint64_t (*of_site)(const struct site *site);
	uint64_t (*of_holder)(const struct holder *holder);
};

static uint64_t site_held(const struct site *site)
{
	return site->held;
}

static uint64_t site_most(const struct site *site)
{
	return site->most;
}

static uint64_t site_calls(const struct site *site)
{
	return site->calls;
}

static uint64_t site_pages(const struct site *site)
{
	return site->pages;
}

static uint64_t site_wrong(const struct site *site)
{
	return site->wrong;
}

static uint64_t site_overlong(const struct site *site)
{
	return site->overlong;
}

/* The longest that a pin was held. */
static uint64_t site_time(const struct site *site)
{
	unsigned int i = HOLD_BUCKETS;

	while (i > 0 && !site->hold_ms[i - 1])
		i--;
	return i;
}

static uint64_t holder_pins(const struct holder *holder)
{
	return holder->pins;
}

static uint64_t holder_pages(const struct holder *holder)
{
	return holder->pages;
}

static uint64_t holder_time(const struct holder *holder)
{
	return holder->oldest_ms;
}

static const struct view_key keys[] = {
	{ "held", site_held, holder_pins },
	{ "most", site_most, holder_pins },
	{ "calls", site_calls, holder_pins },
	{ "pages", site_pages, holder_pages },
	{ "wrong", site_wrong, holder_pins },
	{ "overlong", site_overlong, holder_time },
	{ "time", site_time, holder_time },
	{ "name", NULL, NULL },
};

#define NR_KEYS (sizeof(keys) / sizeof(*keys))

const struct view_key *view_key(const char *name)
{
	size_t i;

	for (i = 0; i < NR_KEYS; i++) {
		if (!strcmp(name, keys[i].name))
			return &keys[i];
	}
	return NULL;
}

char *view_keys(void)
{
	char *text = xstrdup(keys[0].name);
	size_t i;

	for (i = 1; i < NR_KEYS; i++) {
		char *longer = xasprintf("%s, %s", text, keys[i].name);

		free(text);
		text = longer;
	}
	return text;
}

static int order_sites(const void *a, const void *b, void *data)
{
	const struct site *x = a, *y = b;
	const struct view_key *key = data;

	return (key->of_site ? more_first(key->of_site(x), key->of_site(y)) : 0) ?:
	       strcmp(x->place, y->place) ?:
	       strcmp(x->function, y->function);
}

static int order_holders(const void *a, const void *b, void *data)
{
	const struct holder *x = a, *y = b;
	const struct view_key *key = data;

	return (key->of_holder ? more_first(key->of_holder(x), key->of_holder(y)) : 0) ?:
	       strcmp(x->place, y->place) ?:
	       holder_compare(x, y);
}

/* Violations have their order: there is only one number. */
static int order_violations(const void *a, const void *b)
{
	const struct violation *x = a, *y = b;

	return strcmp(x->released_at, y->released_at) ?:
	       strcmp(x->acquired_at, y->acquired_at) ?:
	       strcmp(x->class, y->class);
}

/**
 * view_sort() - put a report into another order
 * @report: the report
 * @key: what it is sorted by
 */
void view_sort(struct report *report, const struct view_key *key)
{
	void *data = (void *)key;

	if (report->nr_sites)
		qsort_r(report->sites, report->nr_sites, sizeof(*report->sites),
			order_sites, data);
	if (report->nr_holders)
		qsort_r(report->holders, report->nr_holders,
			sizeof(*report->holders), order_holders, data);
	if (report->nr_surpluses)
		qsort_r(report->surpluses, report->nr_surpluses,
			sizeof(*report->surpluses), order_holders, data);
	if (!key->of_site && report->nr_violations)
		qsort(report->violations, report->nr_violations,
		      sizeof(*report->violations), order_violations);
}

static bool stack_in_module(const struct stack *stack, const char *module)
{
	size_t i;

	for (i = 0; i < stack->nr; i++) {
		if (frame_in_module(stack->frames[i], module))
			return true;
	}
	return false;
}

static bool holder_in_module(const struct holder *holder, const char *module)
{
	return frame_in_module(holder->place, module) ||
	       stack_in_module(&holder->stack, module);
}

static bool violation_in_module(const struct violation *v, const char *module)
{
	return frame_in_module(v->acquired_at, module) ||
	       frame_in_module(v->released_at, module) ||
	       frame_in_module(v->before_at, module) ||
	       stack_in_module(&v->acquire, module) ||
	       stack_in_module(&v->release, module) ||
	       stack_in_module(&v->before, module);
}

static bool site_has_any(const struct site *site, const struct holder *holders,
			 size_t nr)
{
	size_t i;

	for (i = 0; i < nr; i++) {
		if (!strcmp(holders[i].place, site->place) &&
		    !strcmp(holders[i].function, site->function))
			return true;
	}
	return false;
}

/* Or acquires for it; only findings are left that have to do with it. */
static bool site_in_module(const struct report *report, const struct site *site,
			   const char *module)
{
	size_t i;

	if (frame_in_module(site->place, module) ||
	    site_has_any(site, report->holders, report->nr_holders) ||
	    site_has_any(site, report->surpluses, report->nr_surpluses))
		return true;
	for (i = 0; i < report->nr_violations; i++) {
		const struct violation *v = &report->violations[i];

		if (!strcmp(v->acquired_at, site->place) &&
		    !strcmp(v->acquired_by, site->function))
			return true;
	}
	return false;
}

/* How many of these have to do with it; others are freed. */
static size_t filter_holders(struct holder *holders, size_t nr,
			     const char *module)
{
	size_t left = 0, i;

	for (i = 0; i < nr; i++) {
		if (holder_in_module(&holders[i], module))
			holders[left++] = holders[i];
		else
			holder_clear(&holders[i]);
	}
	return left;
}

/**
 * view_module() - leave only what has to do with a module
 * @report: the report; its summary and its curve stay
 * @module: a pattern
 */
void view_module(struct report *report, const char *module)
{
	size_t i, nr = 0;

	report->nr_holders = filter_holders(report->holders, report->nr_holders,
					    module);
	report->nr_surpluses = filter_holders(report->surpluses,
					      report->nr_surpluses, module);

	for (i = 0; i < report->nr_violations; i++) {
		if (violation_in_module(&report->violations[i], module))
			report->violations[nr++] = report->violations[i];
		else
			violation_clear(&report->violations[i]);
	}
	report->nr_violations = nr;
	file_uses_filter(report, module);

	nr = 0;
	for (i = 0; i < report->nr_sites; i++) {
		if (site_in_module(report, &report->sites[i], module))
			report->sites[nr++] = report->sites[i];
		else
			site_clear(&report->sites[i]);
	}
	report->nr_sites = nr;
}
