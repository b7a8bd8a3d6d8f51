// SPDX-License-Identifier: GPL-2.0
/*
 * gup-mirror: what two reports differ in.
 *
 * It is the same if the class is the same, the GUP functions are, and who called
 * them, without offsets: these change with each build. Stacks do not count.
 */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "checks.h"
#include "diff.h"
#include "frames.h"
#include "model.h"
#include "report/json.h"
#include "report/table.h"
#include "report/text.h"
#include "report/titles.h"
#include "report/units.h"

#define CLASS_SITE "site"

/* Why something does not count. */
#define IN_BASELINE "in the baseline"

static int compare(const struct difference *a, const struct difference *b)
{
	return strcmp(a->class, b->class) ?:
	       strcmp(a->acquired_by, b->acquired_by) ?:
	       frame_compare(a->acquired_at, b->acquired_at) ?:
	       strcmp(a->released_by, b->released_by) ?:
	       frame_compare(a->released_at, b->released_at);
}

static int compare_key(const void *a, const void *b)
{
	return compare(a, b);
}

static int compare_all(const void *a, const void *b)
{
	const struct difference *x = a, *y = b;

	return (int)x->change - (int)y->change ?: compare(x, y);
}

static void append(struct diff *diff, const struct difference *one)
{
	diff->list = grow(diff->list, diff->nr, sizeof(*diff->list));
	diff->list[diff->nr++] = *one;
}

static struct difference of_violation(const struct violation *v)
{
	return (struct difference) {
		.class = violation_check(v),
		.acquired_by = v->acquired_by,
		.acquired_at = violation_acquirer(v),
		.released_by = v->released_by,
		.released_at = violation_releaser(v),
	};
}

static struct difference of_holder(const struct holder *holder,
				   const char *class)
{
	return (struct difference) {
		.class = class,
		.acquired_by = holder->function,
		.acquired_at = frames_caller(&holder->stack, holder->place),
		.released_by = "", .released_at = "",
	};
}

static void append_holders(struct diff *diff, const struct holder *holders,
			   size_t nr, const char *class, bool new)
{
	size_t i;

	for (i = 0; i < nr; i++) {
		struct difference one = of_holder(&holders[i], class);

		*(new ? &one.new : &one.old) = holders[i].pins;
		append(diff, &one);
	}
}

static void append_report(struct diff *diff, const struct report *report,
			  bool new)
{
	struct difference one;
	size_t i;

	for (i = 0; i < report->nr_violations; i++) {
		one = of_violation(&report->violations[i]);
		*(new ? &one.new : &one.old) = report->violations[i].times;
		append(diff, &one);
	}
	append_holders(diff, report->holders, report->nr_holders, CHECK_LEAK,
		       new);
	append_holders(diff, report->surpluses, report->nr_surpluses,
		       CHECK_SURPLUS, new);
	for (i = 0; i < report->nr_sites; i++) {
		one = (struct difference) {
			.class = CLASS_SITE,
			.acquired_by = report->sites[i].function,
			.acquired_at = report->sites[i].place,
			.released_by = "", .released_at = "",
		};
		*(new ? &one.new : &one.old) = report->sites[i].pages;
		append(diff, &one);
	}
}

/* How much is acquired differs from run to run, and says nothing. */
static bool differs(const struct difference *one)
{
	if (!strcmp(one->class, CLASS_SITE))
		return !one->old != !one->new;
	return one->old != one->new;
}

static enum change change_of(const struct difference *one)
{
	if (!one->old)
		return CHANGE_NEW;
	if (!one->new)
		return CHANGE_GONE;
	return one->new > one->old ? CHANGE_MORE : CHANGE_LESS;
}

void diff_make(struct diff *diff, const struct report *old,
	       const struct report *new)
{
	size_t i, last = 0, nr = 0;

	*diff = (struct diff) { .old = old, .new = new };
	append_report(diff, old, false);
	append_report(diff, new, true);
	if (!diff->nr)
		return;
	qsort(diff->list, diff->nr, sizeof(*diff->list), compare_key);
	for (i = 1; i < diff->nr; i++) {
		struct difference *into = &diff->list[last];
		const struct difference *from = &diff->list[i];

		if (compare(into, from)) {
			diff->list[++last] = *from;
			continue;
		}
		add_known(&into->old, from->old);
		add_known(&into->new, from->new);
	}
	for (i = 0; i <= last; i++) {
		struct difference one = diff->list[i];

		if (!differs(&one))
			continue;
		one.change = change_of(&one);
		diff->list[nr++] = one;
	}
	diff->nr = nr;
	if (nr)
		qsort(diff->list, nr, sizeof(*diff->list), compare_all);
}

void diff_free(struct diff *diff)
{
	free(diff->list);
}

static const char * const names[NR_CHANGES] = {
	[CHANGE_NEW] = "new",
	[CHANGE_MORE] = "more",
	[CHANGE_LESS] = "less",
	[CHANGE_GONE] = "gone",
};

static void add_row(struct table *table, const struct difference *one)
{
	char *at = frame_text(one->acquired_at);
	char *to = frame_text(one->released_at);
	char number[UNITS_LEN], *row;

	table_add(table, names[one->change]);
	table_add(table, units_number(number, one->old));
	table_add(table, units_number(number, one->new));
	table_add(table, one->class);
	if (*to && *at)
		row = xasprintf("%s() at %s, %s() at %s", one->acquired_by, at,
				one->released_by, to);
	else if (*to)
		row = xasprintf("%s() at %s", one->released_by, to);
	else
		row = xasprintf("%s() at %s", one->acquired_by, at);
	table_add(table, row);
	free(row);
	free(at);
	free(to);
}

/* "old: vm, kernel 6.12.1", for each machine that it comes from. */
static void put_origins(FILE *out, const char *which,
			const struct report *report)
{
	size_t i;

	for (i = 0; i < report->nr_origins; i++) {
		char *text = text_origin(&report->origins[i]);
		char *line = xasprintf("%s: %s", which, text);

		if (*text)
			wrap(out, line, 0, 2);
		free(line);
		free(text);
	}
}

void diff_text(FILE *out, const struct diff *diff)
{
	static const char * const titles[] = {
		"", "old", "new", "class", "acquired, released",
	};
	struct table table = { .titles = titles, .columns = 5 };
	char *title = xasprintf("GUP mirror: from %s to %s", diff->old->name,
				diff->new->name);
	size_t i;

	wrap(out, title, 0, 2);
	free(title);
	put_origins(out, "old", diff->old);
	put_origins(out, "new", diff->new);
	fputc('\n', out);
	for (i = 0; i < diff->nr; i++)
		add_row(&table, &diff->list[i]);
	if (diff->nr)
		table_print(out, &table);
	else
		fputs("No difference.\n", out);
	table_free(&table);
}

static void put_string(json_t *object, const char *key, const char *value)
{
	if (*value)
		json_object_set_new(object, key, json_string(value));
}

static void put_place(json_t *object, const char *key, const char *place)
{
	char *name = frame_text(place);

	put_string(object, key, name);
	free(name);
}

static void put_number(json_t *object, const char *key, uint64_t number)
{
	json_object_set_new(object, key,
			    json_integer(number > INT64_MAX ? INT64_MAX : number));
}

json_t *diff_to_json(const struct diff *diff)
{
	json_t *json = json_object(), *list = json_array();
	size_t i;

	put_string(json, "schema", "gup-mirror-diff");
	put_number(json, "version", 1);
	json_object_set_new(json, "old", json_string(diff->old->name));
	json_object_set_new(json, "new", json_string(diff->new->name));
	json_object_set_new(json, "old_provenance", origins_to_json(diff->old));
	json_object_set_new(json, "new_provenance", origins_to_json(diff->new));
	for (i = 0; i < diff->nr; i++) {
		const struct difference *one = &diff->list[i];
		json_t *object = json_object();

		put_string(object, "change", names[one->change]);
		put_string(object, "class", one->class);
		put_string(object, "acquired_by", one->acquired_by);
		put_place(object, "acquired_at", one->acquired_at);
		put_string(object, "released_by", one->released_by);
		put_place(object, "released_at", one->released_at);
		put_number(object, "old", one->old);
		put_number(object, "new", one->new);
		json_array_append_new(list, object);
	}
	json_object_set_new(json, "differences", list);
	return json;
}

static void excuse_known(const struct diff *known,
			 const struct difference *one, char **excused)
{
	if (known->nr && bsearch(one, known->list, known->nr,
				 sizeof(*known->list), compare_key))
		set_string(excused, IN_BASELINE);
}

static void excuse_holders(const struct diff *known, struct holder *holders,
			   size_t nr, const char *class)
{
	size_t i;

	for (i = 0; i < nr; i++) {
		const struct difference one = of_holder(&holders[i], class);

		excuse_known(known, &one, &holders[i].excused);
	}
}

/* There is no difference for what was held for long: which site had any? */
static void excuse_sites(struct report *report, const struct report *baseline)
{
	size_t i, j;

	for (i = 0; i < report->nr_sites; i++) {
		struct site *site = &report->sites[i];

		for (j = 0; site_overlong(site) && j < baseline->nr_sites; j++) {
			const struct site *old = &baseline->sites[j];

			if (old->overlong && old->overlong != UNKNOWN &&
			    old->kind == site->kind &&
			    !strcmp(old->function, site->function) &&
			    !frame_compare(old->place, site->place))
				set_string(&site->excused, IN_BASELINE);
		}
	}
}

void diff_excuse(struct report *report, const struct report *baseline)
{
	struct diff known = { };
	size_t i;

	append_report(&known, baseline, false);
	if (known.nr)
		qsort(known.list, known.nr, sizeof(*known.list), compare_key);
	for (i = 0; i < report->nr_violations; i++) {
		struct violation *v = &report->violations[i];
		const struct difference one = of_violation(v);

		excuse_known(&known, &one, &v->excused);
	}
	excuse_holders(&known, report->holders, report->nr_holders, CHECK_LEAK);
	excuse_holders(&known, report->surpluses, report->nr_surpluses,
		       CHECK_SURPLUS);
	excuse_sites(report, baseline);
	free(known.list);
}
