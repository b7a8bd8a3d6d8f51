// SPDX-License-Identifier: GPL-2.0
/*
 * gup-mirror: what happened between two looks at the kernel.
 */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "checks.h"
#include "file_uses.h"
#include "findings.h"
#include "model.h"

/*
 * The first time names it for good. Its functions do not: they lose their names
 * when a module is unloaded.
 */
static bool same_violation(const struct violation *a, const struct violation *b)
{
	if (strcmp(violation_check(a), violation_check(b)))
		return false;
	if (first_known(&a->first) || first_known(&b->first))
		return !first_compare(&a->first, &b->first);
	return !strcmp(a->acquired_at, b->acquired_at) &&
	       !strcmp(a->released_at, b->released_at) &&
	       stack_equal(&a->acquire, &b->acquire) &&
	       stack_equal(&a->release, &b->release);
}

/* How often it was seen before; 0 as well if all was cleared since. */
static uint64_t times_before(const struct report *before,
			     const struct violation *violation)
{
	size_t i;

	for (i = 0; i < before->nr_violations; i++) {
		const struct violation *v = &before->violations[i];

		if (same_violation(v, violation) && v->times <= violation->times)
			return v->times;
	}
	return 0;
}

static void add_violation(struct report *report, const struct violation *from,
			  uint64_t times)
{
	struct violation *v = report_copy_violation(report, from);

	/* Else it was the first of all, but not the first of this run. */
	if (times != from->times) {
		first_clear(&v->first);
		first_init(&v->first);
	}
	v->times = times;
}

static void add_new_violations(struct report *into, const struct report *before,
			       const struct report *after)
{
	size_t i;

	for (i = 0; i < after->nr_violations; i++) {
		const struct violation *v = &after->violations[i];
		uint64_t times = v->times - times_before(before, v);

		if (times)
			add_violation(into, v, times);
	}
}

static bool has_class(const struct report *report, const char *class)
{
	size_t i;

	for (i = 0; i < report->nr_violations; i++)
		if (!strcmp(violation_check(&report->violations[i]), class))
			return true;
	return false;
}

/* The kernel has room for so many sorts; the trace has all, without stacks. */
static void add_unknown_violations(struct report *into,
				   const struct report *trace)
{
	struct report *known = report_new("", "");
	size_t i;

	add_new_violations(known, known, into);
	for (i = 0; i < trace->nr_violations; i++)
		if (!has_class(known, trace->violations[i].class))
			report_copy_violation(into, &trace->violations[i]);
	report_free(known);
}

/* The kernel's clock for pins is that of its ticks. */
#define SLACK_MS	20

/*
 * Were pins taken since the snapshot? If all of them came after the end, they are of
 * somebody else, who does I/O all the time.
 */
static bool is_new(const struct holder *holder, uint64_t ended_ms)
{
	return holder->since_snapshot &&
	       (holder->oldest_ms == UNKNOWN ||
		holder->oldest_ms + SLACK_MS >= ended_ms);
}

/* Of a copy, what is from before the snapshot. */
static void leave_new(struct holder *holder)
{
	if (holder->since_snapshot == holder->pins)
		return;
	holder->pins = holder->since_snapshot;
	/* Which of the pages are from before, nobody knows; the oldest is. */
	holder->pages = UNKNOWN;
	holder->oldest_ms = UNKNOWN;
	holder->suspect = false;
	holder->on_file = false;
	holder->orphans = 0;
}

static void add_new_holders(struct report *into, const struct report *after,
			    uint64_t ended_ms)
{
	size_t i;

	for (i = 0; i < after->nr_holders; i++) {
		if (is_new(&after->holders[i], ended_ms))
			leave_new(report_copy_holder(into, &after->holders[i]));
	}
	for (i = 0; i < after->nr_surpluses; i++) {
		if (after->surpluses[i].since_snapshot)
			leave_new(report_copy_surplus(into,
						      &after->surpluses[i]));
	}
}

/* A trace has no size behind the offset. */
static bool same_place(const char *traced, const char *place)
{
	size_t len = strcspn(traced, " "), size = strcspn(place, "/");

	if (!strcmp(traced, place))
		return true;
	return len == size && !strncmp(traced, place, len) &&
	       !strcmp(traced + len, place + strcspn(place, " "));
}

static const struct site *find_site(const struct report *report,
				    const struct site *traced)
{
	size_t i;

	for (i = 0; i < report->nr_sites; i++) {
		const struct site *site = &report->sites[i];

		if (site->kind == traced->kind &&
		    !strcmp(site->function, traced->function) &&
		    same_place(traced->place, site->place))
			return site;
	}
	return NULL;
}

/* Pins that were held for too long, which a trace does not tell. */
static void add_overlong(struct report *trace, const struct report *before,
			 const struct report *after)
{
	size_t i;

	for (i = 0; i < trace->nr_sites; i++) {
		struct site *site = &trace->sites[i];
		const struct site *old = find_site(before, site);
		const struct site *new = find_site(after, site);

		if (site->kind != KIND_PIN || !new || new->overlong == UNKNOWN)
			continue;
		site->overlong = new->overlong;
		/* It is less if all was cleared since. */
		if (old && old->overlong <= new->overlong)
			site->overlong -= old->overlong;
	}
}

/* Exchanges the lists, so that the old ones are freed with @other. */
static void exchange(struct report *report, struct report *other)
{
	struct report old = *report;

	report->violations = other->violations;
	report->nr_violations = other->nr_violations;
	report->holders = other->holders;
	report->nr_holders = other->nr_holders;
	report->surpluses = other->surpluses;
	report->nr_surpluses = other->nr_surpluses;
	report->file_uses = other->file_uses;
	report->nr_file_uses = other->nr_file_uses;
	other->violations = old.violations;
	other->nr_violations = old.nr_violations;
	other->holders = old.holders;
	other->nr_holders = old.nr_holders;
	other->surpluses = old.surpluses;
	other->nr_surpluses = old.nr_surpluses;
	other->file_uses = old.file_uses;
	other->nr_file_uses = old.nr_file_uses;
}

/**
 * findings_add() - add what the kernel knows to the report of a recording
 * @trace: the report
 * @before: the kernel's, of before the recording
 * @after: of after it
 * @ended_ms: for how long what was recorded had ended when @after was read
 */
void findings_add(struct report *trace, const struct report *before,
		  const struct report *after, uint64_t ended_ms)
{
	struct report *new = report_new("", "");

	add_new_violations(new, before, after);
	add_unknown_violations(new, trace);
	add_overlong(trace, before, after);
	add_new_holders(new, after, ended_ms);
	file_uses_new(new, before, after);
	exchange(trace, new);
	report_free(new);
	report_sort(trace);
}

void findings_keep(struct report *trace, struct report *kept)
{
	size_t i;

	exchange(trace, kept);
	for (i = 0; i < kept->nr_origins; i++)
		report_copy_origin(trace, &kept->origins[i]);
	for (i = 0; i < trace->nr_sites; i++) {
		const struct site *site = find_site(kept, &trace->sites[i]);

		if (site && site->kind == KIND_PIN)
			trace->sites[i].overlong = site->overlong;
	}
	set_string(&trace->source, kept->source);
	report_sort(trace);
}

uint64_t findings_new_pins(const struct report *report, uint64_t ended_ms)
{
	uint64_t pins = 0;
	size_t i;

	for (i = 0; i < report->nr_holders; i++)
		if (is_new(&report->holders[i], ended_ms))
			pins += report->holders[i].since_snapshot;
	return pins;
}
