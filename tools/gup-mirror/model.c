// SPDX-License-Identifier: GPL-2.0
/*
 * gup-mirror: the life of a report.
 */
#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "file_uses.h"
#include "model.h"

/**
 * report_new() - make an empty report
 * @source: where it comes from
 * @name: a name of that
 *
 * Return: the report, for report_free().
 */
struct report *report_new(const char *source, const char *name)
{
	struct report *report = xcalloc(1, sizeof(*report));

	set_string(&report->source, source);
	set_string(&report->name, name);
	return report;
}

/**
 * site_clear() - free what a site points to
 * @site: the site
 */
void site_clear(struct site *site)
{
	free(site->function);
	free(site->place);
	free(site->excused);
}

/**
 * violation_clear() - free what a violation points to
 * @violation: the violation
 */
void violation_clear(struct violation *violation)
{
	size_t i;

	for (i = 0; i < violation->nr_others; i++) {
		free(violation->others[i].function);
		free(violation->others[i].place);
		stack_clear(&violation->others[i].stack);
	}
	free(violation->others);
	stack_clear(&violation->notes);
	stack_clear(&violation->machines);
	free(violation->acquire_note);
	free(violation->class);
	free(violation->acquired_by);
	free(violation->acquired_at);
	free(violation->released_by);
	free(violation->released_at);
	free(violation->before_by);
	free(violation->before_at);
	free(violation->uncertain);
	free(violation->excused);
	first_clear(&violation->first);
	stack_clear(&violation->acquire);
	stack_clear(&violation->before);
	stack_clear(&violation->release);
}

/**
 * holder_clear() - free what a holder points to
 * @holder: the holder
 */
void holder_clear(struct holder *holder)
{
	free(holder->function);
	free(holder->place);
	free(holder->flags);
	free(holder->excused);
	stack_clear(&holder->stack);
	stack_clear(&holder->puts);
	stack_clear(&holder->machines);
}

static void origin_clear(struct origin *origin)
{
	free(origin->name);
	free(origin->machine);
	free(origin->release);
	free(origin->architecture);
	free(origin->mode);
	free(origin->command);
	free(origin->date);
}

/**
 * report_free() - free a report and all that it has
 * @report: the report, or NULL
 */
void report_free(struct report *report)
{
	size_t i;

	if (!report)
		return;
	for (i = 0; i < report->nr_summary; i++) {
		free(report->summary[i].key);
		free(report->summary[i].value);
	}
	for (i = 0; i < report->nr_sites; i++)
		site_clear(&report->sites[i]);
	for (i = 0; i < report->nr_violations; i++)
		violation_clear(&report->violations[i]);
	for (i = 0; i < report->nr_holders; i++)
		holder_clear(&report->holders[i]);
	for (i = 0; i < report->nr_surpluses; i++)
		holder_clear(&report->surpluses[i]);
	for (i = 0; i < report->nr_origins; i++)
		origin_clear(&report->origins[i]);
	report_clear_file_uses(report);
	report_clear_lines(report);
	free(report->origins);
	free(report->summary);
	free(report->sites);
	free(report->violations);
	free(report->holders);
	free(report->surpluses);
	free(report->moments);
	free(report->source);
	free(report->name);
	free(report);
}

/* An array with one element more, which is zeroed and the last. */
static void *add_element(void *array, size_t *nr, size_t size)
{
	char *base = grow(array, *nr, size);

	memset(base + (*nr)++ * size, 0, size);
	return base;
}

/**
 * report_add_site() - add a site to a report
 * @report: the report
 *
 * Return: the site, all 0 and "", valid until the next call.
 */
struct site *report_add_site(struct report *report)
{
	struct site *site;

	report->sites = add_element(report->sites, &report->nr_sites,
				    sizeof(*report->sites));
	site = &report->sites[report->nr_sites - 1];
	set_string(&site->function, "");
	set_string(&site->place, "");
	set_string(&site->excused, "");
	return site;
}

/**
 * report_add_violation() - add a violation to a report
 * @report: the report
 *
 * Return: the violation, all 0 and "", valid until the next call.
 */
struct violation *report_add_violation(struct report *report)
{
	struct violation *violation;

	report->violations = add_element(report->violations, &report->nr_violations,
					 sizeof(*report->violations));
	violation = &report->violations[report->nr_violations - 1];
	set_string(&violation->class, "");
	set_string(&violation->acquired_by, "");
	set_string(&violation->acquired_at, "");
	set_string(&violation->released_by, "");
	set_string(&violation->released_at, "");
	set_string(&violation->before_by, "");
	set_string(&violation->before_at, "");
	first_init(&violation->first);
	set_string(&violation->uncertain, "");
	set_string(&violation->excused, "");
	set_string(&violation->acquire_note, "");
	return violation;
}

/**
 * violation_add_other() - add one who holds pins to a violation
 * @violation: the violation
 *
 * Return: the other, all 0 and "", valid until the next call.
 */
struct other *violation_add_other(struct violation *violation)
{
	struct other *other;

	violation->others = add_element(violation->others, &violation->nr_others,
					sizeof(*violation->others));
	other = &violation->others[violation->nr_others - 1];
	set_string(&other->function, "");
	set_string(&other->place, "");
	return other;
}

/**
 * report_copy_violation() - add a violation of another report to a report
 * @report: the report
 * @from: the violation
 *
 * Return: the copy, valid until the next one is added.
 */
struct violation *report_copy_violation(struct report *report,
					const struct violation *from)
{
	struct violation *violation = report_add_violation(report);
	size_t i;

	violation->times = from->times;
	set_string(&violation->class, from->class);
	set_string(&violation->acquired_by, from->acquired_by);
	set_string(&violation->acquired_at, from->acquired_at);
	set_string(&violation->released_by, from->released_by);
	set_string(&violation->released_at, from->released_at);
	set_string(&violation->before_by, from->before_by);
	set_string(&violation->before_at, from->before_at);
	first_copy(&violation->first, &from->first);
	set_string(&violation->uncertain, from->uncertain);
	set_string(&violation->excused, from->excused);
	stack_copy(&violation->machines, &from->machines);
	stack_copy(&violation->acquire, &from->acquire);
	stack_copy(&violation->before, &from->before);
	stack_copy(&violation->release, &from->release);
	set_string(&violation->acquire_note, from->acquire_note);
	stack_copy(&violation->notes, &from->notes);
	for (i = 0; i < from->nr_others; i++) {
		struct other *other = violation_add_other(violation);

		other->pins = from->others[i].pins;
		set_string(&other->function, from->others[i].function);
		set_string(&other->place, from->others[i].place);
		stack_copy(&other->stack, &from->others[i].stack);
	}
	return violation;
}

static struct holder *add_holder(struct holder **holders, size_t *nr)
{
	struct holder *holder;

	*holders = add_element(*holders, nr, sizeof(**holders));
	holder = &(*holders)[*nr - 1];
	set_string(&holder->function, "");
	set_string(&holder->place, "");
	set_string(&holder->flags, "");
	set_string(&holder->excused, "");
	return holder;
}

/**
 * report_add_holder() - add one who holds pins to a report
 * @report: the report
 *
 * Return: the holder, all 0 and "", valid until the next call.
 */
struct holder *report_add_holder(struct report *report)
{
	return add_holder(&report->holders, &report->nr_holders);
}

/**
 * report_add_surplus() - add one who has got references to a report
 * @report: the report
 *
 * Return: as report_add_holder().
 */
struct holder *report_add_surplus(struct report *report)
{
	return add_holder(&report->surpluses, &report->nr_surpluses);
}

static struct holder *copy_holder(struct holder *holder,
				  const struct holder *from)
{
	holder->estimate = from->estimate;
	holder->suspect = from->suspect;
	holder->on_file = from->on_file;
	holder->pins = from->pins;
	holder->pages = from->pages;
	holder->since_snapshot = from->since_snapshot;
	holder->oldest_ms = from->oldest_ms;
	holder->orphans = from->orphans;
	set_string(&holder->function, from->function);
	set_string(&holder->place, from->place);
	set_string(&holder->flags, from->flags);
	set_string(&holder->excused, from->excused);
	stack_copy(&holder->stack, &from->stack);
	stack_copy(&holder->puts, &from->puts);
	stack_copy(&holder->machines, &from->machines);
	return holder;
}

/**
 * report_copy_holder() - add a holder of another report to a report
 * @report: the report
 * @from: the holder
 *
 * Return: the copy, valid until the next call.
 */
struct holder *report_copy_holder(struct report *report,
				  const struct holder *from)
{
	return copy_holder(report_add_holder(report), from);
}

/**
 * report_copy_surplus() - the same for one who has got references
 * @report: the report
 * @from: the holder
 *
 * Return: the copy, valid until the next call.
 */
struct holder *report_copy_surplus(struct report *report,
				   const struct holder *from)
{
	return copy_holder(report_add_surplus(report), from);
}

/**
 * report_add_origin() - add where a report comes from
 * @report: the report
 *
 * Return: the origin, all "", valid until the next call.
 */
struct origin *report_add_origin(struct report *report)
{
	struct origin *origin;

	report->origins = add_element(report->origins, &report->nr_origins,
				      sizeof(*report->origins));
	origin = &report->origins[report->nr_origins - 1];
	set_string(&origin->name, "");
	set_string(&origin->machine, "");
	set_string(&origin->release, "");
	set_string(&origin->architecture, "");
	set_string(&origin->mode, "");
	set_string(&origin->command, "");
	set_string(&origin->date, "");
	origin->status = UNKNOWN;
	return origin;
}

/**
 * report_copy_origin() - add where another report comes from to a report
 * @report: the report
 * @from: the origin
 *
 * Return: the copy, valid until the next one is added.
 */
struct origin *report_copy_origin(struct report *report,
				  const struct origin *from)
{
	struct origin *origin = report_add_origin(report);

	set_string(&origin->name, from->name);
	set_string(&origin->machine, from->machine);
	set_string(&origin->release, from->release);
	set_string(&origin->architecture, from->architecture);
	set_string(&origin->mode, from->mode);
	set_string(&origin->command, from->command);
	set_string(&origin->date, from->date);
	origin->status = from->status;
	return origin;
}

/**
 * report_add_moment() - add a point of the curve to a report
 * @report: the report
 *
 * Return: the moment, all 0, valid until the next call.
 */
struct moment *report_add_moment(struct report *report)
{
	report->moments = add_element(report->moments, &report->nr_moments,
				      sizeof(*report->moments));
	return &report->moments[report->nr_moments - 1];
}

/**
 * report_add_counter() - add a line of the summary to a report
 * @report: the report
 * @key: what is counted
 * @value: how much there is of it, in words
 */
void report_add_counter(struct report *report, const char *key,
			const char *value)
{
	struct counter *counter;

	report->summary = add_element(report->summary, &report->nr_summary,
				      sizeof(*report->summary));
	counter = &report->summary[report->nr_summary - 1];
	set_string(&counter->key, key);
	set_string(&counter->value, value);
}

/**
 * report_counter() - find a line of the summary
 * @report: the report
 * @key: what is counted
 *
 * Return: the value, or NULL if there is none.
 */
const char *report_counter(const struct report *report, const char *key)
{
	size_t i;

	for (i = 0; i < report->nr_summary; i++) {
		if (!strcmp(report->summary[i].key, key))
			return report->summary[i].value;
	}
	return NULL;
}

/**
 * holder_compare() - put holders into an order, by who they are
 * @a: a holder
 * @b: another
 *
 * Return: less than, equal to, or greater than 0, as strcmp() does.
 */
int holder_compare(const void *a, const void *b)
{
	const struct holder *x = a, *y = b;

	return strcmp(x->place, y->place) ?:
	       strcmp(x->function, y->function) ?:
	       strcmp(x->flags, y->flags) ?:
	       stack_compare(&x->stack, &y->stack);
}
