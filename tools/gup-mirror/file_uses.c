// SPDX-License-Identifier: GPL-2.0
/*
 * gup-mirror: what happened to pages of files while they were pinned.
 */
#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "file_uses.h"
#include "frames.h"

const char * const file_count_names[NR_FILE_COUNTS] = {
	"write_pages", "cleaned", "redirtied", "lost", "replaced", "truncated",
	"unmapped", "dirtied",
};

/**
 * report_add_file_use() - add a call site that has to do with files to a report
 * @report: the report
 *
 * Return: it, all 0 and "", valid until the next call.
 */
struct file_use *report_add_file_use(struct report *report)
{
	struct file_use *use;

	report->file_uses = grow(report->file_uses, report->nr_file_uses,
				 sizeof(*report->file_uses));
	use = &report->file_uses[report->nr_file_uses++];
	*use = (struct file_use) { };
	set_string(&use->function, "");
	set_string(&use->place, "");
	set_string(&use->fs, "");
	return use;
}

/**
 * file_use_add_event() - add things that happened to a call site
 * @use: the call site
 *
 * Return: they, all 0 and "", valid until the next call.
 */
struct file_event *file_use_add_event(struct file_use *use)
{
	struct file_event *event;

	use->events = grow(use->events, use->nr_events, sizeof(*use->events));
	event = &use->events[use->nr_events++];
	*event = (struct file_event) { };
	set_string(&event->event, "");
	set_string(&event->fs, "");
	set_string(&event->dev, "");
	return event;
}

static void event_clear(struct file_event *event)
{
	free(event->event);
	free(event->fs);
	free(event->dev);
	stack_clear(&event->stack);
}

/**
 * file_use_clear() - free what a call site points to
 * @use: the call site
 */
void file_use_clear(struct file_use *use)
{
	size_t i;

	for (i = 0; i < use->nr_events; i++)
		event_clear(&use->events[i]);
	free(use->events);
	free(use->function);
	free(use->place);
	free(use->fs);
}

/**
 * report_clear_file_uses() - free all that a report knows of files
 * @report: the report
 */
void report_clear_file_uses(struct report *report)
{
	size_t i;

	for (i = 0; i < report->nr_file_uses; i++)
		file_use_clear(&report->file_uses[i]);
	free(report->file_uses);
	report->file_uses = NULL;
	report->nr_file_uses = 0;
}

static void copy_event(struct file_use *use, const struct file_event *from)
{
	struct file_event *event = file_use_add_event(use);

	set_string(&event->event, from->event);
	event->times = from->times;
	set_string(&event->fs, from->fs);
	set_string(&event->dev, from->dev);
	event->ino = from->ino;
	event->index = from->index;
	event->pfn = from->pfn;
	stack_copy(&event->stack, &from->stack);
}

/* Without its events. */
static struct file_use *copy_use(struct report *report, const struct file_use *from)
{
	struct file_use *use = report_add_file_use(report);

	use->kind = from->kind;
	set_string(&use->function, from->function);
	set_string(&use->place, from->place);
	set_string(&use->fs, from->fs);
	memcpy(use->counts, from->counts, sizeof(use->counts));
	return use;
}

/**
 * report_copy_file_use() - add a call site of another report to a report
 * @report: the report
 * @from: the call site
 *
 * Return: the copy, valid until the next one is added.
 */
struct file_use *report_copy_file_use(struct report *report,
				      const struct file_use *from)
{
	struct file_use *use = copy_use(report, from);
	size_t i;

	for (i = 0; i < from->nr_events; i++)
		copy_event(use, &from->events[i]);
	return use;
}

static int order_events(const void *a, const void *b)
{
	const struct file_event *x = a, *y = b;

	return more_first(x->times, y->times) ?:
	       strcmp(x->event, y->event) ?:
	       strcmp(x->fs, y->fs) ?:
	       stack_compare(&x->stack, &y->stack);
}

static int order_uses(const void *a, const void *b)
{
	const struct file_use *x = a, *y = b;

	return more_first(x->counts[FILE_LOST], y->counts[FILE_LOST]) ?:
	       more_first(x->counts[FILE_REDIRTIED], y->counts[FILE_REDIRTIED]) ?:
	       more_first(x->counts[FILE_REPLACED], y->counts[FILE_REPLACED]) ?:
	       more_first(x->counts[FILE_CLEANED], y->counts[FILE_CLEANED]) ?:
	       more_first(x->counts[FILE_WRITE_PAGES], y->counts[FILE_WRITE_PAGES]) ?:
	       strcmp(x->place, y->place) ?:
	       strcmp(x->function, y->function) ?:
	       (int)x->kind - (int)y->kind;
}

/**
 * file_uses_sort() - put what is known of files into order
 * @report: the report
 *
 * First come call sites with data that were lost, then those that left pages dirty
 * behind the file system's back.
 */
void file_uses_sort(struct report *report)
{
	size_t i;

	for (i = 0; i < report->nr_file_uses; i++) {
		struct file_use *use = &report->file_uses[i];

		if (use->nr_events)
			qsort(use->events, use->nr_events, sizeof(*use->events),
			      order_events);
	}
	if (report->nr_file_uses)
		qsort(report->file_uses, report->nr_file_uses,
		      sizeof(*report->file_uses), order_uses);
}

/* By a comparison of places. */
static struct file_use *find_use(const struct report *report, const struct file_use *like,
				 int (*compare)(const char *a, const char *b))
{
	size_t i;

	for (i = 0; i < report->nr_file_uses; i++) {
		struct file_use *use = &report->file_uses[i];

		if (use->kind == like->kind &&
		    !strcmp(use->function, like->function) &&
		    !compare(use->place, like->place))
			return use;
	}
	return NULL;
}

static struct file_event *find_event(const struct file_use *use,
				     const struct file_event *like,
				     int (*compare)(const char *a, const char *b))
{
	size_t i;

	for (i = 0; i < use->nr_events; i++) {
		struct file_event *event = &use->events[i];

		if (!strcmp(event->event, like->event) &&
		    !strcmp(event->fs, like->fs) &&
		    !stack_compare_by(&event->stack, &like->stack, compare))
			return event;
	}
	return NULL;
}

/* The names of file systems in @from that are not in @into, with a comma before each. */
static void add_names(char **into, const char *from)
{
	while (*from) {
		size_t len = strcspn(from, ",");
		char *name = xasprintf(",%.*s,", (int)len, from);
		char *names = xasprintf(",%s,", *into);

		if (!strcmp(*into, "-") || !**into) {
			name[1 + len] = '\0';
			set_string(into, name + 1);
		} else if (strcmp(name, ",-,") && !strstr(names, name)) {
			char *longer = xasprintf("%s,%.*s", *into, (int)len, from);

			set_string(into, longer);
			free(longer);
		}
		free(names);
		free(name);
		from += len + (from[len] == ',');
	}
}

/**
 * file_uses_merge() - add what is known of files
 * @into: the report that it is added to
 * @from: the other one
 *
 * Call sites and stacks are the same if their functions are: see report_merge().
 */
void file_uses_merge(struct report *into, const struct report *from)
{
	size_t i, j;

	for (i = 0; i < from->nr_file_uses; i++) {
		const struct file_use *other = &from->file_uses[i];
		struct file_use *use = find_use(into, other, frame_compare);

		if (!use) {
			report_copy_file_use(into, other);
			continue;
		}
		for (j = 0; j < NR_FILE_COUNTS; j++)
			add_known(&use->counts[j], other->counts[j]);
		add_names(&use->fs, other->fs);
		for (j = 0; j < other->nr_events; j++) {
			struct file_event *event =
				find_event(use, &other->events[j], frame_compare);

			if (event)
				add_known(&event->times, other->events[j].times);
			else
				copy_event(use, &other->events[j]);
		}
	}
}

/* How much more it is; all of it if that was cleared meanwhile. */
static uint64_t more_than(uint64_t now, uint64_t before)
{
	return before <= now ? now - before : now;
}

/**
 * file_uses_new() - what happened to files between two looks at the kernel
 * @into: receives it
 * @before: the first look
 * @after: the second
 *
 * The file of the first of the events is only told if all of them are new.
 */
void file_uses_new(struct report *into, const struct report *before,
		   const struct report *after)
{
	size_t i, j;

	for (i = 0; i < after->nr_file_uses; i++) {
		const struct file_use *now = &after->file_uses[i];
		const struct file_use *old = find_use(before, now, strcmp);
		struct file_use *use = copy_use(into, now);
		bool any = false;

		for (j = 0; j < NR_FILE_COUNTS; j++) {
			use->counts[j] = more_than(now->counts[j],
						   old ? old->counts[j] : 0);
			any |= use->counts[j];
		}
		if (!any) {
			file_use_clear(use);
			into->nr_file_uses--;
			continue;
		}
		for (j = 0; j < now->nr_events; j++) {
			const struct file_event *event = &now->events[j], *was =
				old ? find_event(old, event, strcmp) : NULL;
			uint64_t times = more_than(event->times, was ? was->times : 0);

			if (!times)
				continue;
			copy_event(use, event);
			use->events[use->nr_events - 1].times = times;
			if (times != event->times)
				set_string(&use->events[use->nr_events - 1].fs, "");
		}
	}
}

static bool use_in_module(const struct file_use *use, const char *module)
{
	size_t i, j;

	if (frame_in_module(use->place, module))
		return true;
	for (i = 0; i < use->nr_events; i++) {
		const struct stack *stack = &use->events[i].stack;

		for (j = 0; j < stack->nr; j++) {
			if (frame_in_module(stack->frames[j], module))
				return true;
		}
	}
	return false;
}

/**
 * file_uses_filter() - leave only what has to do with a module
 * @report: the report
 * @module: a pattern
 */
void file_uses_filter(struct report *report, const char *module)
{
	size_t i, nr = 0;

	for (i = 0; i < report->nr_file_uses; i++) {
		if (use_in_module(&report->file_uses[i], module))
			report->file_uses[nr++] = report->file_uses[i];
		else
			file_use_clear(&report->file_uses[i]);
	}
	report->nr_file_uses = nr;
}

/**
 * report_file_count() - sum up a count of all call sites
 * @report: the report
 * @count: which one
 *
 * Return: the sum.
 */
uint64_t report_file_count(const struct report *report, enum file_count count)
{
	uint64_t sum = 0;
	size_t i;

	for (i = 0; i < report->nr_file_uses; i++)
		add_known(&sum, report->file_uses[i].counts[count]);
	return sum;
}
