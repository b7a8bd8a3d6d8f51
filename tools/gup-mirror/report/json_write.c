// SPDX-License-Identifier: GPL-2.0
/*
 * gup-mirror: reports become JSON. What is unknown is left out.
 */
#include <stdlib.h>
#include <string.h>

#include "checks.h"
#include "file_uses.h"
#include "message.h"
#include "model.h"
#include "report/json.h"

/* Is @value what printing a number gives, so that it can come back the same? */
static bool is_number(const char *value)
{
	size_t len = strlen(value);

	return len && len <= 18 && strspn(value, "0123456789") == len &&
	       (*value != '0' || len == 1);
}

static void put_number(json_t *object, const char *key, uint64_t value)
{
	if (value == UNKNOWN)
		return;
	/* JSON has no limit, jansson has. */
	if (value > INT64_MAX)
		value = INT64_MAX;
	json_object_set_new(object, key, json_integer(value));
}

static void put_string(json_t *object, const char *key, const char *value)
{
	json_object_set_new(object, key, json_string(value));
}

static void put_known(json_t *object, const char *key, const char *value)
{
	if (*value)
		put_string(object, key, value);
}

static void put_stack(json_t *object, const char *key,
		      const struct stack *stack)
{
	json_t *frames = json_array();
	size_t i;

	for (i = 0; i < stack->nr; i++)
		json_array_append_new(frames, json_string(stack->frames[i]));
	json_object_set_new(object, key, frames);
}

/* What else has come to be known of a finding. */
static void put_marks(json_t *object, const struct stack *machines,
		      const char *excused)
{
	if (machines->nr)
		put_stack(object, "machines", machines);
	put_known(object, "excused", excused);
}

static json_t *summary_to_json(const struct report *report)
{
	json_t *summary = json_object();
	size_t i;

	for (i = 0; i < report->nr_summary; i++) {
		const struct counter *counter = &report->summary[i];

		if (is_number(counter->value))
			put_number(summary, counter->key,
				   strtoull(counter->value, NULL, 10));
		else
			put_string(summary, counter->key, counter->value);
	}
	return summary;
}

static json_t *site_to_json(const struct site *site)
{
	json_t *object = json_object(), *hold;
	unsigned int i;

	put_string(object, "kind", site->kind == KIND_PIN ? "pin" : "get");
	put_string(object, "function", site->function);
	put_string(object, "place", site->place);
	put_number(object, "calls", site->calls);
	put_number(object, "pages", site->pages);
	put_number(object, "wrong", site->wrong);
	/* Older kernels keep no account of gets. */
	if (site->kind == KIND_GET && site->right == UNKNOWN)
		return object;

	put_number(object, "right", site->right);
	put_number(object, "laundered", site->laundered);
	put_number(object, "held", site->held);
	put_number(object, "most", site->most);
	put_number(object, "overlong", site->overlong);
	hold = json_object();
	for (i = 0; i < HOLD_BUCKETS; i++) {
		char start[24];

		if (!site->hold_ms[i])
			continue;
		snprintf(start, sizeof(start), "%llu",
			 (unsigned long long)hold_bucket_start(i));
		put_number(hold, start, site->hold_ms[i]);
	}
	json_object_set_new(object, "hold_ms", hold);
	put_known(object, "excused", site->excused);
	return object;
}

#define put_array(object, key, array, nr, to_json)			\
do {									\
	json_t *put_list = json_array();				\
	size_t put_i;							\
									\
	for (put_i = 0; put_i < (nr); put_i++)				\
		json_array_append_new(put_list, to_json(&(array)[put_i])); \
	json_object_set_new(object, key, put_list);			\
} while (0)

static json_t *first_to_json(const struct first *first)
{
	json_t *object = json_object();

	put_number(object, "pfn", first->pfn);
	put_string(object, "task", first->task);
	put_number(object, "pid", first->pid);
	put_number(object, "cpu", first->cpu);
	put_number(object, "time_us", first->time_us);
	return object;
}

static json_t *origin_to_json(const struct origin *origin)
{
	json_t *object = json_object();

	put_string(object, "name", origin->name);
	put_known(object, "machine", origin->machine);
	put_known(object, "release", origin->release);
	put_known(object, "architecture", origin->architecture);
	put_known(object, "mode", origin->mode);
	put_known(object, "command", origin->command);
	put_number(object, "status", origin->status);
	put_known(object, "date", origin->date);
	return object;
}

/**
 * origins_to_json() - turn where a report comes from into JSON
 * @report: the report
 *
 * Return: a new reference to the JSON.
 */
json_t *origins_to_json(const struct report *report)
{
	json_t *list = json_array();
	size_t i;

	for (i = 0; i < report->nr_origins; i++)
		json_array_append_new(list, origin_to_json(&report->origins[i]));
	return list;
}

static json_t *other_to_json(const struct other *other)
{
	json_t *object = json_object();

	put_string(object, "function", other->function);
	put_string(object, "place", other->place);
	put_number(object, "pins", other->pins);
	put_stack(object, "stack", &other->stack);
	return object;
}

static json_t *violation_to_json(const struct violation *violation)
{
	json_t *object = json_object();

	put_string(object, "class", violation->class);
	put_number(object, "times", violation->times);
	put_known(object, "acquired_by", violation->acquired_by);
	put_known(object, "acquired_at", violation->acquired_at);
	put_known(object, "released_by", violation->released_by);
	put_known(object, "released_at", violation->released_at);
	put_known(object, "before_by", violation->before_by);
	put_known(object, "before_at", violation->before_at);
	if (first_known(&violation->first))
		json_object_set_new(object, "first",
				    first_to_json(&violation->first));
	put_stack(object, "acquire_stack", &violation->acquire);
	put_known(object, "acquire_note", violation->acquire_note);
	put_stack(object, "before_stack", &violation->before);
	put_stack(object, "release_stack", &violation->release);
	if (violation->nr_others)
		put_array(object, "also_held", violation->others,
			  violation->nr_others, other_to_json);
	if (violation->notes.nr)
		put_stack(object, "notes", &violation->notes);
	put_known(object, "uncertain", violation->uncertain);
	put_marks(object, &violation->machines, violation->excused);
	return object;
}

/* What both have who hold pins, and who have got references. */
static json_t *holding_to_json(const struct holder *holder, const char *number)
{
	json_t *object = json_object();

	put_string(object, "function", holder->function);
	put_string(object, "place", holder->place);
	put_string(object, "flags", holder->flags);
	json_object_set_new(object, "estimate", json_boolean(holder->estimate));
	put_number(object, number, holder->pins);
	put_number(object, "pages", holder->pages);
	put_number(object, "since_snapshot", holder->since_snapshot);
	put_stack(object, "stack", &holder->stack);
	put_marks(object, &holder->machines, holder->excused);
	return object;
}

static json_t *holder_to_json(const struct holder *holder)
{
	json_t *object = holding_to_json(holder, "pins");

	put_number(object, "oldest_ms", holder->oldest_ms);
	put_number(object, "orphans", holder->orphans);
	json_object_set_new(object, "suspect", json_boolean(holder->suspect));
	if (holder->on_file)
		json_object_set_new(object, "overlong_on_file", json_true());
	if (holder->puts.nr)
		put_stack(object, "puts", &holder->puts);
	return object;
}

static json_t *surplus_to_json(const struct holder *surplus)
{
	return holding_to_json(surplus, "references");
}

static json_t *file_event_to_json(const struct file_event *event)
{
	json_t *object = json_object(), *first = json_object();

	put_string(object, "event", event->event);
	put_number(object, "times", event->times);
	put_string(first, "fs", event->fs);
	put_string(first, "dev", event->dev);
	put_number(first, "ino", event->ino);
	put_number(first, "index", event->index);
	put_number(first, "pfn", event->pfn);
	if (*event->fs)
		json_object_set(object, "first", first);
	json_decref(first);
	put_stack(object, "stack", &event->stack);
	return object;
}

static json_t *file_use_to_json(const struct file_use *use)
{
	json_t *object = json_object();
	size_t i;

	put_string(object, "kind", use->kind == KIND_PIN ? "pin" : "get");
	put_string(object, "function", use->function);
	put_string(object, "place", use->place);
	put_string(object, "fs", use->fs);
	for (i = 0; i < NR_FILE_COUNTS; i++)
		put_number(object, file_count_names[i], use->counts[i]);
	put_array(object, "events", use->events, use->nr_events,
		  file_event_to_json);
	return object;
}

/* Once for each place, however many stacks it is in. */
static json_t *lines_to_json(const struct report *report)
{
	json_t *object = json_object();
	size_t i;

	for (i = 0; i < report->nr_lines; i++)
		put_known(object, report->lines[i].place,
			  report->lines[i].line);
	return object;
}

static json_t *moment_to_json(const struct moment *moment)
{
	json_t *object = json_object();

	put_number(object, "ms", moment->ms);
	put_number(object, "pins", moment->pins);
	return object;
}

/**
 * report_to_json() - turn a report into JSON
 * @report: the report
 *
 * Return: a new reference to the JSON.
 */
json_t *report_to_json(const struct report *report)
{
	json_t *json = json_object();
	char *incomplete;

	put_string(json, "schema", JSON_SCHEMA);
	put_number(json, "version", JSON_VERSION);
	put_string(json, "source", report->source);
	put_string(json, "name", report->name);
	json_object_set_new(json, "provenance", origins_to_json(report));
	incomplete = report_incomplete(report);
	json_object_set_new(json, "complete", json_boolean(!incomplete));
	free(incomplete);
	json_object_set_new(json, "summary", summary_to_json(report));
	put_array(json, "sites", report->sites, report->nr_sites,
		  site_to_json);
	put_array(json, "violations", report->violations,
		  report->nr_violations, violation_to_json);
	put_array(json, "holders", report->holders, report->nr_holders,
		  holder_to_json);
	if (report->nr_surpluses)
		put_array(json, "surpluses", report->surpluses,
			  report->nr_surpluses, surplus_to_json);
	if (report->nr_file_uses)
		put_array(json, "files", report->file_uses,
			  report->nr_file_uses, file_use_to_json);
	put_array(json, "moments", report->moments, report->nr_moments,
		  moment_to_json);
	if (report->nr_lines)
		json_object_set_new(json, "lines", lines_to_json(report));
	return json;
}

/**
 * json_write() - write a report to a file
 * @out: the file
 * @report: the report
 *
 * Return: 0, or -1 after a complaint.
 */
int json_write(FILE *out, const struct report *report)
{
	json_t *json = report_to_json(report);
	int ret = json_dumpf(json, out, JSON_INDENT(2));

	json_decref(json);
	fputc('\n', out);
	/* What went wrong with the file, the caller sees. */
	if (ret && !ferror(out)) {
		complain("a report cannot be written as JSON");
		return -1;
	}
	return 0;
}
