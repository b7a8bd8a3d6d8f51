// SPDX-License-Identifier: GPL-2.0
/*
 * gup-mirror: a report of releases that were paired with acquires.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model.h"
#include "trace/pairs.h"
#include "trace/pairs_state.h"
#include "trace/trace.h"

static void report_sites(struct pairs *pairs, struct trace *trace,
			 struct report *report)
{
	size_t i;

	for (i = 0; i < pairs->nr_places; i++) {
		const struct place *place = &pairs->places[i];
		struct site *site = report_add_site(report);

		site->kind = place->pin ? KIND_PIN : KIND_GET;
		set_string(&site->function, place->function);
		set_string(&site->place, trace_symbol(trace, place->address));
		/* There is an event for each run of pages, not for each call. */
		site->calls = UNKNOWN;
		site->pages = place->pages;
		site->wrong = place->wrong;
		site->right = place->pin ? place->right : UNKNOWN;
		site->laundered = place->pin ? place->laundered : UNKNOWN;
		site->held = place->pin ? place->held : UNKNOWN;
		site->most = place->pin ? place->most : UNKNOWN;
		/* It depends on a parameter that the trace does not have. */
		site->overlong = UNKNOWN;
		memcpy(site->hold_ms, place->hold_ms, sizeof(site->hold_ms));
	}
}

static void report_holders(struct pairs *pairs, struct trace *trace,
			   struct report *report)
{
	struct pin **pins = pins_sorted(&pairs->pins);
	struct holder *holder = NULL;
	uint64_t age;
	size_t i;

	for (i = 0; i < pairs->pins.nr; i++) {
		const struct group *group = &pairs->groups[pins[i]->group];
		const struct place *place = &pairs->places[group->place];

		if (!i || pins[i]->group != pins[i - 1]->group) {
			holder = report_add_holder(report);
			set_string(&holder->function, place->function);
			set_string(&holder->place,
				   trace_symbol(trace, place->address));
			set_string(&holder->flags,
				   group->write && group->longterm ?
					"WRITE|LONGTERM" :
				   group->write ? "WRITE" :
				   group->longterm ? "LONGTERM" : "-");
			holder->estimate = group->estimate;
			stack_add(&holder->stack, holder->place);
		}
		holder->pins++;
		if (holder->pins == 1 || pins[i]->pfn != pins[i - 1]->pfn)
			holder->pages++;
		age = (pairs->now - pins[i]->ts) / NS_PER_MS;
		if (holder->pins == 1 || age > holder->oldest_ms)
			holder->oldest_ms = age;
	}
	free(pins);
}

/* In place of a name where there is none. */
static const char *no_none(const char *name)
{
	return strcmp(name, "none") ? name : "";
}

static void put_violations(struct pairs *pairs, struct trace *trace,
			   struct report *report)
{
	size_t i;

	for (i = 0; i < pairs->nr_wrongs; i++) {
		const struct wrong *wrong = &pairs->wrongs[i];
		struct violation *v = report_add_violation(report);

		set_string(&v->class, wrong->class);
		v->times = wrong->times;
		set_string(&v->acquired_by, no_none(wrong->acquired));
		set_string(&v->acquired_at, trace_symbol(trace, wrong->site));
		set_string(&v->released_by, no_none(wrong->released));
		set_string(&v->released_at, trace_symbol(trace, wrong->caller));
		first_copy(&v->first, &wrong->first);
	}
}

static void counter(struct report *report, const char *key, uint64_t value)
{
	char text[32];

	snprintf(text, sizeof(text), "%llu", (unsigned long long)value);
	report_add_counter(report, key, text);
}

static void report_totals(struct pairs *pairs, const struct trace *trace,
			  struct report *report)
{
	const struct trace_totals *totals = trace_totals(trace);
	uint64_t before = 0;

	/* What was released once too often was not acquired before. */
	if (pairs->unmatched > pairs->excess)
		before = pairs->unmatched - pairs->excess;

	counter(report, "cpus", totals->cpus);
	counter(report, "duration_ms", (pairs->now - pairs->start) / NS_PER_MS);
	counter(report, "acquires", totals->events[TRACE_ACQUIRE]);
	counter(report, "releases", totals->events[TRACE_RELEASE]);
	counter(report, "violations", totals->events[TRACE_VIOLATION]);
	if (pairs->watch_calls)
		counter(report, "syscalls", pairs->nr_calls);
	counter(report, "lost_events", totals->lost);
	counter(report, "lost_gaps", totals->lost_times);
	counter(report, "damaged_events", totals->damaged);
	counter(report, "released_from_before", before);
	counter(report, "pins", pairs->pins.nr);
}

struct report *pairs_report(struct pairs *pairs, struct trace *trace,
			    const char *name)
{
	struct report *report = report_new("trace", name);

	report_totals(pairs, trace, report);
	report_sites(pairs, trace, report);
	put_violations(pairs, trace, report);
	report_holders(pairs, trace, report);
	moments_report(&pairs->moments, report);
	report_sort(report);
	return report;
}
