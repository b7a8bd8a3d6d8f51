// SPDX-License-Identifier: GPL-2.0
/*
 * gup-mirror: JSON becomes reports again. What it has may be anything.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "file_uses.h"
#include "message.h"
#include "model.h"
#include "report/json.h"

/* An object that is read, and what it is called in complaints. */
struct reader {
	const char *name;
	const char *array;
	size_t index;
	const json_t *object;
	bool failed;
};

/* Only the first thing that is wrong is said. */
static void wrong(struct reader *reader, const char *key, const char *what)
{
	if (reader->failed)
		return;
	reader->failed = true;
	if (reader->array)
		complain("%s: \"%s\" of %s[%zu] is not %s", reader->name, key,
			 reader->array, reader->index, what);
	else
		complain("%s: \"%s\" is not %s", reader->name, key, what);
}

static void get_number(struct reader *reader, const char *key, uint64_t *number)
{
	const json_t *value = json_object_get(reader->object, key);

	if (!value) {
		*number = UNKNOWN;
		return;
	}
	if (!json_is_integer(value) || json_integer_value(value) < 0) {
		wrong(reader, key, "a number that may be there");
		return;
	}
	*number = json_integer_value(value);
}

/* One that is always known. */
static void need_number(struct reader *reader, const char *key,
			uint64_t *number)
{
	if (json_object_get(reader->object, key))
		get_number(reader, key, number);
	else
		wrong(reader, key, "there");
}

static void get_string(struct reader *reader, const char *key, char **string)
{
	const json_t *value = json_object_get(reader->object, key);

	if (!value)
		return;
	if (!json_is_string(value))
		wrong(reader, key, "a string");
	else
		set_string(string, json_string_value(value));
}

static void need_string(struct reader *reader, const char *key, char **string)
{
	if (json_object_get(reader->object, key))
		get_string(reader, key, string);
	else
		wrong(reader, key, "there");
}

static void get_bool(struct reader *reader, const char *key, bool *on)
{
	const json_t *value = json_object_get(reader->object, key);

	if (value && !json_is_boolean(value))
		wrong(reader, key, "true or false");
	*on = json_is_true(value);
}

static void get_stack(struct reader *reader, const char *key,
		      struct stack *stack)
{
	const json_t *frames = json_object_get(reader->object, key);
	size_t i;

	if (frames && !json_is_array(frames))
		wrong(reader, key, "a list");
	for (i = 0; i < json_array_size(frames); i++) {
		const json_t *frame = json_array_get(frames, i);

		if (!json_is_string(frame)) {
			wrong(reader, key, "a list of strings");
			return;
		}
		stack_add(stack, json_string_value(frame));
	}
}

static void need_kind(struct reader *reader, enum kind *kind)
{
	char *word = xstrdup("");

	need_string(reader, "kind", &word);
	if (!strcmp(word, "pin"))
		*kind = KIND_PIN;
	else if (!strcmp(word, "get"))
		*kind = KIND_GET;
	else
		wrong(reader, "kind", "\"pin\" or \"get\"");
	free(word);
}

/* The one that begins with that number, or -1. */
static int find_bucket(const char *start)
{
	char text[24];
	int i;

	for (i = 0; i < HOLD_BUCKETS; i++) {
		snprintf(text, sizeof(text), "%llu",
			 (unsigned long long)hold_bucket_start(i));
		if (!strcmp(text, start))
			return i;
	}
	return -1;
}

static void site_from_json(struct reader *reader, struct report *report)
{
	struct site *site = report_add_site(report);
	const char *start;
	json_t *hold, *pins;

	need_kind(reader, &site->kind);
	need_string(reader, "function", &site->function);
	need_string(reader, "place", &site->place);
	get_number(reader, "calls", &site->calls);
	need_number(reader, "pages", &site->pages);
	need_number(reader, "wrong", &site->wrong);
	get_number(reader, "right", &site->right);
	get_number(reader, "laundered", &site->laundered);
	get_number(reader, "held", &site->held);
	get_number(reader, "most", &site->most);
	get_number(reader, "overlong", &site->overlong);
	get_string(reader, "excused", &site->excused);

	hold = json_object_get(reader->object, "hold_ms");
	if (hold && !json_is_object(hold))
		wrong(reader, "hold_ms", "an object");
	json_object_foreach(hold, start, pins) {
		int bucket = find_bucket(start);

		if (bucket < 0 || !json_is_integer(pins) ||
		    json_integer_value(pins) < 0)
			wrong(reader, "hold_ms", "powers of two with numbers");
		else
			site->hold_ms[bucket] = json_integer_value(pins);
	}
}

/* Version 1 has the words of the kernel. */
static void get_first(struct reader *reader, struct violation *violation)
{
	const json_t *value = json_object_get(reader->object, "first");
	struct reader inner = { .name = reader->name, .array = reader->array,
				.index = reader->index, .object = value };
	struct first *first = &violation->first;

	if (!value)
		return;
	if (json_is_string(value)) {
		if (!first_parse(first, json_string_value(value)))
			wrong(reader, "first", "what the kernel says");
		return;
	}
	if (!json_is_object(value)) {
		wrong(reader, "first", "an object");
		return;
	}
	need_number(&inner, "pfn", &first->pfn);
	need_string(&inner, "task", &first->task);
	need_number(&inner, "pid", &first->pid);
	need_number(&inner, "cpu", &first->cpu);
	need_number(&inner, "time_us", &first->time_us);
	reader->failed |= inner.failed;
}

static void get_others(struct reader *reader, struct violation *violation)
{
	const json_t *others = json_object_get(reader->object, "also_held");
	struct reader inner = { .name = reader->name, .array = "also_held" };

	if (others && !json_is_array(others))
		wrong(reader, "also_held", "a list");
	for (; inner.index < json_array_size(others); inner.index++) {
		struct other *other = violation_add_other(violation);

		inner.object = json_array_get(others, inner.index);
		need_string(&inner, "function", &other->function);
		need_string(&inner, "place", &other->place);
		need_number(&inner, "pins", &other->pins);
		get_stack(&inner, "stack", &other->stack);
	}
	reader->failed |= inner.failed;
}

static void violation_from_json(struct reader *reader, struct report *report)
{
	struct violation *violation = report_add_violation(report);

	need_string(reader, "class", &violation->class);
	need_number(reader, "times", &violation->times);
	get_string(reader, "acquired_by", &violation->acquired_by);
	get_string(reader, "acquired_at", &violation->acquired_at);
	get_string(reader, "released_by", &violation->released_by);
	get_string(reader, "released_at", &violation->released_at);
	get_string(reader, "before_by", &violation->before_by);
	get_string(reader, "before_at", &violation->before_at);
	get_first(reader, violation);
	get_stack(reader, "acquire_stack", &violation->acquire);
	get_stack(reader, "before_stack", &violation->before);
	get_stack(reader, "release_stack", &violation->release);
	get_string(reader, "acquire_note", &violation->acquire_note);
	get_stack(reader, "notes", &violation->notes);
	get_others(reader, violation);
	get_stack(reader, "machines", &violation->machines);
	get_string(reader, "uncertain", &violation->uncertain);
	get_string(reader, "excused", &violation->excused);
}

static void get_holding(struct reader *reader, struct holder *holder,
			const char *number)
{
	need_string(reader, "function", &holder->function);
	need_string(reader, "place", &holder->place);
	need_string(reader, "flags", &holder->flags);
	get_bool(reader, "estimate", &holder->estimate);
	need_number(reader, number, &holder->pins);
	get_number(reader, "pages", &holder->pages);
	get_number(reader, "since_snapshot", &holder->since_snapshot);
	get_stack(reader, "stack", &holder->stack);
	get_stack(reader, "machines", &holder->machines);
	get_string(reader, "excused", &holder->excused);
}

static void holder_from_json(struct reader *reader, struct report *report)
{
	struct holder *holder = report_add_holder(report);

	get_holding(reader, holder, "pins");
	get_number(reader, "oldest_ms", &holder->oldest_ms);
	if (json_object_get(reader->object, "orphans"))
		get_number(reader, "orphans", &holder->orphans);
	get_bool(reader, "suspect", &holder->suspect);
	get_bool(reader, "overlong_on_file", &holder->on_file);
	get_stack(reader, "puts", &holder->puts);
}

static void surplus_from_json(struct reader *reader, struct report *report)
{
	struct holder *surplus = report_add_surplus(report);

	get_holding(reader, surplus, "references");
	surplus->oldest_ms = UNKNOWN;
}

static void get_file_first(struct reader *reader, struct file_event *event)
{
	const json_t *value = json_object_get(reader->object, "first");
	struct reader inner = { .name = reader->name, .array = reader->array,
				.index = reader->index, .object = value };

	if (!value)
		return;
	need_string(&inner, "fs", &event->fs);
	need_string(&inner, "dev", &event->dev);
	need_number(&inner, "ino", &event->ino);
	need_number(&inner, "index", &event->index);
	need_number(&inner, "pfn", &event->pfn);
	reader->failed |= inner.failed;
}

static void file_use_from_json(struct reader *reader, struct report *report)
{
	const json_t *events = json_object_get(reader->object, "events");
	struct reader inner = { .name = reader->name, .array = "events" };
	struct file_use *use = report_add_file_use(report);
	size_t i;

	need_kind(reader, &use->kind);
	need_string(reader, "function", &use->function);
	need_string(reader, "place", &use->place);
	need_string(reader, "fs", &use->fs);
	for (i = 0; i < NR_FILE_COUNTS; i++)
		need_number(reader, file_count_names[i], &use->counts[i]);
	if (!json_is_array(events))
		wrong(reader, "events", "a list");
	for (; inner.index < json_array_size(events); inner.index++) {
		struct file_event *event = file_use_add_event(use);

		inner.object = json_array_get(events, inner.index);
		need_string(&inner, "event", &event->event);
		need_number(&inner, "times", &event->times);
		get_file_first(&inner, event);
		get_stack(&inner, "stack", &event->stack);
	}
	reader->failed |= inner.failed;
}

static void origin_from_json(struct reader *reader, struct report *report)
{
	struct origin *origin = report_add_origin(report);

	need_string(reader, "name", &origin->name);
	get_string(reader, "machine", &origin->machine);
	get_string(reader, "release", &origin->release);
	get_string(reader, "architecture", &origin->architecture);
	get_string(reader, "mode", &origin->mode);
	get_string(reader, "command", &origin->command);
	get_number(reader, "status", &origin->status);
	get_string(reader, "date", &origin->date);
}

static void moment_from_json(struct reader *reader, struct report *report)
{
	struct moment *moment = report_add_moment(report);

	need_number(reader, "ms", &moment->ms);
	need_number(reader, "pins", &moment->pins);
}

static bool read_summary(struct reader *top, struct report *report)
{
	json_t *summary = json_object_get(top->object, "summary"), *value;
	const char *key;

	if (!json_is_object(summary)) {
		wrong(top, "summary", "an object");
		return false;
	}
	json_object_foreach(summary, key, value) {
		char number[24];

		if (json_is_string(value)) {
			report_add_counter(report, key,
					   json_string_value(value));
		} else if (json_is_integer(value)) {
			snprintf(number, sizeof(number), "%lld",
				 (long long)json_integer_value(value));
			report_add_counter(report, key, number);
		} else {
			wrong(top, "summary", "numbers and strings");
			return false;
		}
	}
	return true;
}

static bool read_lines(struct reader *top, struct report *report)
{
	json_t *lines = json_object_get(top->object, "lines"), *line;
	const char *place;

	if (lines && !json_is_object(lines)) {
		wrong(top, "lines", "an object");
		return false;
	}
	json_object_foreach(lines, place, line) {
		if (!json_is_string(line)) {
			wrong(top, "lines", "places with strings");
			return false;
		}
		report_add_line(report, place, json_string_value(line));
	}
	report_sort_lines(report);
	return true;
}

/* All of a list, each by @read. */
static bool read_array(struct reader *top, const char *key,
		       struct report *report,
		       void (*read)(struct reader *reader,
				    struct report *report))
{
	const json_t *array = json_object_get(top->object, key);
	struct reader reader = { .name = top->name, .array = key };

	if (!json_is_array(array)) {
		wrong(top, key, "a list");
		return false;
	}
	for (; reader.index < json_array_size(array); reader.index++) {
		reader.object = json_array_get(array, reader.index);
		if (!json_is_object(reader.object)) {
			complain("%s: %s[%zu] is not an object", top->name, key,
				 reader.index);
			return false;
		}
		read(&reader, report);
		if (reader.failed)
			return false;
	}
	return true;
}

static bool check_schema(const json_t *json, const char *name)
{
	const char *schema = json_string_value(json_object_get(json, "schema"));
	const json_t *version = json_object_get(json, "version");

	if (!schema || strcmp(schema, JSON_SCHEMA) ||
	    !json_is_integer(version)) {
		complain("%s is not a report of gup-mirror: its \"schema\" is not \"%s\"",
			 name, JSON_SCHEMA);
		return false;
	}
	if (json_integer_value(version) < JSON_OLDEST ||
	    json_integer_value(version) > JSON_VERSION) {
		complain("%s has version %lld of %s, this program knows %d to %d",
			 name, (long long)json_integer_value(version),
			 JSON_SCHEMA, JSON_OLDEST, JSON_VERSION);
		return false;
	}
	return true;
}

/**
 * report_from_json() - turn JSON into a report
 * @json: the JSON, which may be anything
 * @name: where it is from, for complaints
 *
 * Return: the report, or NULL after a complaint.
 */
struct report *report_from_json(const json_t *json, const char *name)
{
	struct reader top = { .name = name, .object = json };
	struct report *report;

	if (!check_schema(json, name))
		return NULL;

	report = report_new("", "");
	need_string(&top, "source", &report->source);
	need_string(&top, "name", &report->name);
	if (!top.failed && read_summary(&top, report) &&
	    (!json_object_get(json, "provenance") ||
	     read_array(&top, "provenance", report, origin_from_json)) &&
	    read_array(&top, "sites", report, site_from_json) &&
	    read_array(&top, "violations", report, violation_from_json) &&
	    read_array(&top, "holders", report, holder_from_json) &&
	    (!json_object_get(json, "surpluses") ||
	     read_array(&top, "surpluses", report, surplus_from_json)) &&
	    (!json_object_get(json, "files") ||
	     read_array(&top, "files", report, file_use_from_json)) &&
	    read_array(&top, "moments", report, moment_from_json) &&
	    read_lines(&top, report))
		return report;
	report_free(report);
	return NULL;
}

/**
 * json_read() - read a report from a file
 * @in: the file
 * @name: its name, for complaints
 *
 * Return: the report, or NULL after a complaint.
 */
struct report *json_read(FILE *in, const char *name)
{
	struct report *report;
	json_error_t error;
	json_t *json;

	json = json_loadf(in, JSON_REJECT_DUPLICATES, &error);
	if (!json) {
		complain("%s:%d: not JSON: %s", name, error.line, error.text);
		return NULL;
	}
	report = report_from_json(json, name);
	json_decref(json);
	return report;
}
