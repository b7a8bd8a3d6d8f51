// SPDX-License-Identifier: GPL-2.0
/*
 * gup-mirror: one report of several.
 *
 * The machines may run different kernels, in which the same call has another
 * offset, and the compiler has given other suffixes to names. So all that counts
 * of "function.isra.0+0x10/0x20 [module]" is "function [module]".
 *
 * All is put together, sorted by what it is keyed by, and what has come to stand
 * side by side is added up.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "checks.h"
#include "file_uses.h"
#include "frames.h"
#include "model.h"

/* Where two places differ, only what they have in common stays. */
static void join_places(char **into, const char *from)
{
	char *common;

	if (!strcmp(*into, from))
		return;
	common = frame_text(*into);
	free(*into);
	*into = common;
}

static void join_stacks(struct stack *into, const struct stack *from)
{
	size_t i;

	for (i = 0; i < into->nr; i++)
		join_places(&into->frames[i], from->frames[i]);
}

/* What one of them does not know, nobody knows of both. */
static void add_if_known(uint64_t *into, uint64_t from)
{
	if (*into != UNKNOWN && from != UNKNOWN)
		add_known(into, from);
	else
		*into = UNKNOWN;
}

static void add_most(uint64_t *into, uint64_t from)
{
	if (from == UNKNOWN)
		return;
	if (*into == UNKNOWN || *into < from)
		*into = from;
}

static int key_sites(const void *a, const void *b)
{
	const struct site *x = a, *y = b;

	return (int)x->kind - (int)y->kind ?:
	       strcmp(x->function, y->function) ?:
	       frame_compare(x->place, y->place);
}

static void join_sites(void *a, void *b)
{
	struct site *into = a, *from = b;
	unsigned int i;

	if (site_overlong(into) || site_overlong(from))
		set_string(&into->excused, "");
	else if (!*into->excused)
		set_string(&into->excused, from->excused);
	join_places(&into->place, from->place);
	add_if_known(&into->calls, from->calls);
	add_known(&into->pages, from->pages);
	add_known(&into->wrong, from->wrong);
	add_known(&into->right, from->right);
	add_known(&into->laundered, from->laundered);
	add_known(&into->held, from->held);
	add_most(&into->most, from->most);
	add_known(&into->overlong, from->overlong);
	for (i = 0; i < HOLD_BUCKETS; i++)
		add_known(&into->hold_ms[i], from->hold_ms[i]);
	site_clear(from);
}

static int key_violations(const void *a, const void *b)
{
	const struct violation *x = a, *y = b;

	return strcmp(x->class, y->class) ?:
	       !*x->uncertain - !*y->uncertain ?:
	       strcmp(x->acquired_by, y->acquired_by) ?:
	       frame_compare(x->acquired_at, y->acquired_at) ?:
	       strcmp(x->released_by, y->released_by) ?:
	       frame_compare(x->released_at, y->released_at);
}

/* Of those with the same key, the one that came most often is kept. */
static int order_violations(const void *a, const void *b)
{
	const struct violation *x = a, *y = b;

	return key_violations(a, b) ?:
	       (x->times < y->times) - (x->times > y->times) ?:
	       stack_compare(&x->acquire, &y->acquire) ?:
	       stack_compare(&x->release, &y->release) ?:
	       first_compare(&x->first, &y->first);
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(char **)a, *(char **)b);
}

/* Each once, in the order of the alphabet. */
static void join_lists(struct stack *into, const struct stack *from)
{
	size_t i, j;

	for (i = 0; i < from->nr; i++) {
		for (j = 0; j < into->nr; j++) {
			if (!strcmp(into->frames[j], from->frames[i]))
				break;
		}
		if (j == into->nr)
			stack_add(into, from->frames[i]);
	}
	if (into->nr)
		qsort(into->frames, into->nr, sizeof(*into->frames),
		      compare_names);
}

static void join_violations(void *a, void *b)
{
	struct violation *into = a, *from = b;

	join_lists(&into->machines, &from->machines);
	/* What counts on one machine counts. */
	if (!*from->excused)
		set_string(&into->excused, "");

	join_places(&into->acquired_at, from->acquired_at);
	join_places(&into->released_at, from->released_at);
	add_known(&into->times, from->times);
	violation_clear(from);
}

static int key_holders(const void *a, const void *b)
{
	const struct holder *x = a, *y = b;

	return strcmp(x->function, y->function) ?:
	       frame_compare(x->place, y->place) ?:
	       strcmp(x->flags, y->flags) ?:
	       stack_compare_by(&x->stack, &y->stack, frame_compare);
}

static void join_holders(void *a, void *b)
{
	struct holder *into = a, *from = b;

	join_places(&into->place, from->place);
	join_stacks(&into->stack, &from->stack);
	join_lists(&into->puts, &from->puts);
	join_lists(&into->machines, &from->machines);
	if (!*from->excused)
		set_string(&into->excused, "");
	into->estimate |= from->estimate;
	into->suspect |= from->suspect;
	into->on_file |= from->on_file;
	add_known(&into->pins, from->pins);
	add_known(&into->pages, from->pages);
	add_known(&into->since_snapshot, from->since_snapshot);
	add_known(&into->orphans, from->orphans);
	add_most(&into->oldest_ms, from->oldest_ms);
	holder_clear(from);
}

/*
 * Sort an array, and join what has the same key; returns how many are left.
 * @order must put those side by side that have the same key.
 */
static size_t join(void *array, size_t nr, size_t size,
		   int (*order)(const void *a, const void *b),
		   int (*key)(const void *a, const void *b),
		   void (*join_two)(void *into, void *from))
{
	char *base = array;
	size_t i, last = 0;

	if (!nr)
		return 0;
	qsort(base, nr, size, order);
	for (i = 1; i < nr; i++) {
		char *into = base + last * size, *from = base + i * size;

		if (!key(into, from)) {
			join_two(into, from);
			continue;
		}
		last++;
		if (last != i)
			memcpy(base + last * size, from, size);
	}
	return last + 1;
}

static void append_site(struct report *into, const struct site *from)
{
	struct site *site = report_add_site(into);
	char *function = site->function, *place = site->place;
	char *excused = site->excused;

	*site = *from;
	site->function = function;
	site->place = place;
	site->excused = excused;
	set_string(&site->excused, from->excused);
	set_string(&site->function, from->function);
	set_string(&site->place, from->place);
}

/* What is set, rather than counted: each value is listed once. */
static const char * const settings[] = {
	"mode", "enabled", "fault", "repair", "stacks", "views_pin", "views_get",
	"inconsistent_first",
};

/* Of these, the sum says nothing, so that the largest is taken. */
static const char * const sizes[] = { "sites", "groups", "snapshot_ms" };

static bool is_one_of(const char *key, const char * const *list, size_t nr)
{
	size_t i;

	for (i = 0; i < nr; i++) {
		if (!strcmp(key, list[i]))
			return true;
	}
	return false;
}

static bool is_setting(const char *key)
{
	return is_one_of(key, settings, sizeof(settings) / sizeof(*settings));
}

static bool is_size(const char *key)
{
	return is_one_of(key, sizes, sizeof(sizes) / sizeof(*sizes));
}

static bool to_number(const char *value, uint64_t *number)
{
	char *end;

	if (*value < '0' || *value > '9')
		return false;
	*number = strtoull(value, &end, 10);
	return !*end && *number < UNKNOWN;
}

/* Is @value among those of @list, which has ", " between them? */
static bool is_listed(const char *list, const char *value)
{
	size_t len = strlen(value);

	for (;;) {
		const char *end = strstr(list, ", ") ?: list + strlen(list);

		if ((size_t)(end - list) == len && !memcmp(list, value, len))
			return true;
		if (!*end)
			return false;
		list = end + 2;
	}
}

static void join_counter(struct counter *into, const char *value)
{
	uint64_t a, b;
	char *joined;

	if (!is_setting(into->key) && to_number(into->value, &a) &&
	    to_number(value, &b)) {
		if (is_size(into->key))
			add_most(&a, b);
		else
			add_known(&a, b);
		joined = xasprintf("%llu", (unsigned long long)a);
	} else {
		if (is_listed(into->value, value))
			return;
		joined = xasprintf("%s, %s", into->value, value);
	}
	free(into->value);
	into->value = joined;
}

static struct counter *find_counter(struct report *report, const char *key)
{
	size_t i;

	for (i = 0; i < report->nr_summary; i++) {
		if (!strcmp(report->summary[i].key, key))
			return &report->summary[i];
	}
	return NULL;
}

/* The machine that a report is of: what is merged has it already. */
static void add_machine(struct stack *machines, const struct report *from)
{
	const struct origin *origin = from->origins;

	if (machines->nr)
		return;
	stack_add(machines, from->nr_origins == 1 && *origin->machine ?
			    origin->machine : from->name);
}

static void append_origins(struct report *into, const struct report *from)
{
	size_t i;

	for (i = 0; i < from->nr_origins; i++)
		report_copy_origin(into, &from->origins[i]);
	if (!from->nr_origins && *from->name) {
		struct origin *origin = report_add_origin(into);

		set_string(&origin->name, from->name);
	}
}

/**
 * report_merge() - add a report to another
 * @into: the report that is added to; an empty one to begin with
 * @from: the other one, which stays as it is
 *
 * Sites are keyed by function, kind and place, violations by class and both
 * ends, of which the stacks of the most frequent are kept, and holders by stack
 * and flags. Curves have no time in common and are left out. @into is sorted
 * afterwards.
 */
void report_merge(struct report *into, const struct report *from)
{
	size_t i;

	for (i = 0; i < from->nr_summary; i++) {
		const struct counter *counter = &from->summary[i];
		struct counter *there = find_counter(into, counter->key);

		if (there)
			join_counter(there, counter->value);
		else
			report_add_counter(into, counter->key, counter->value);
	}

	for (i = 0; i < from->nr_sites; i++)
		append_site(into, &from->sites[i]);
	append_origins(into, from);
	for (i = 0; i < from->nr_lines; i++)
		report_add_line(into, from->lines[i].place, from->lines[i].line);
	report_sort_lines(into);
	for (i = 0; i < from->nr_violations; i++)
		add_machine(&report_copy_violation(into,
						   &from->violations[i])->machines,
			    from);
	for (i = 0; i < from->nr_holders; i++)
		add_machine(&report_copy_holder(into,
						&from->holders[i])->machines,
			    from);
	for (i = 0; i < from->nr_surpluses; i++)
		add_machine(&report_copy_surplus(into,
						 &from->surpluses[i])->machines,
			    from);

	/* Each is sorted by its key alone, or by more if it matters who stays. */
	into->nr_sites = join(into->sites, into->nr_sites, sizeof(*into->sites),
			      key_sites, key_sites, join_sites);
	into->nr_violations = join(into->violations, into->nr_violations,
				   sizeof(*into->violations), order_violations,
				   key_violations, join_violations);
	into->nr_holders = join(into->holders, into->nr_holders,
				sizeof(*into->holders), key_holders,
				key_holders, join_holders);
	into->nr_surpluses = join(into->surpluses, into->nr_surpluses,
				  sizeof(*into->surpluses), key_holders,
				  key_holders, join_holders);
	file_uses_merge(into, from);
	report_sort(into);
}
