// SPDX-License-Identifier: GPL-2.0
/*
 * gup-mirror: the order of what is in a report: first what matters most.
 */
#include <stdlib.h>
#include <string.h>

#include "file_uses.h"
#include "model.h"

/**
 * more_first() - the order of two numbers
 * @a: one, or UNKNOWN
 * @b: the other
 *
 * Return: as for qsort(): more comes first, and what is unknown is like 0.
 */
int more_first(uint64_t a, uint64_t b)
{
	if (a == UNKNOWN)
		a = 0;
	if (b == UNKNOWN)
		b = 0;
	return (a < b) - (a > b);
}

static int order_sites(const void *a, const void *b)
{
	const struct site *x = a, *y = b;

	return (int)x->kind - (int)y->kind ?:
	       more_first(x->held, y->held) ?:
	       more_first(x->wrong, y->wrong) ?:
	       more_first(x->pages, y->pages) ?:
	       strcmp(x->place, y->place) ?:
	       strcmp(x->function, y->function);
}

static int order_violations(const void *a, const void *b)
{
	const struct violation *x = a, *y = b;

	/* What is certain comes first. */
	return !*y->uncertain - !*x->uncertain ?:
	       more_first(x->times, y->times) ?:
	       strcmp(x->class, y->class) ?:
	       strcmp(x->acquired_at, y->acquired_at) ?:
	       strcmp(x->released_at, y->released_at) ?:
	       stack_compare(&x->acquire, &y->acquire) ?:
	       stack_compare(&x->release, &y->release);
}

static int order_holders(const void *a, const void *b)
{
	const struct holder *x = a, *y = b;

	return more_first(x->pins, y->pins) ?:
	       more_first(x->pages, y->pages) ?:
	       holder_compare(x, y);
}

/* An array that has nothing may be NULL, which qsort() must not get. */
static void sort(void *array, size_t nr, size_t size,
		 int (*order)(const void *a, const void *b))
{
	if (nr)
		qsort(array, nr, size, order);
}

/**
 * report_sort() - put all that is in a report into order
 * @report: the report
 *
 * Pins come before gets; then most held, most wrong, most pages. Violations that
 * came most often are first, and those who hold most pins. The summary and the
 * curve stay as they are.
 */
void report_sort(struct report *report)
{
	sort(report->sites, report->nr_sites, sizeof(*report->sites),
	     order_sites);
	sort(report->violations, report->nr_violations,
	     sizeof(*report->violations), order_violations);
	sort(report->holders, report->nr_holders, sizeof(*report->holders),
	     order_holders);
	sort(report->surpluses, report->nr_surpluses,
	     sizeof(*report->surpluses), order_holders);
	file_uses_sort(report);
}
