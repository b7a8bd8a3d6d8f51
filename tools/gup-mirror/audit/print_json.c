// SPDX-License-Identifier: GPL-2.0
/*
 * gup-mirror audit: its result for programs; gup-mirror-audit(1) describes it.
 */
#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "audit/audit.h"
#include "message.h"

#define AUDIT_SCHEMA	"gup-mirror-audit"
#define AUDIT_VERSION	1

/* What is not UTF-8, in a name of a file, becomes "?". */
static json_t *string(const char *text)
{
	json_t *json = json_string(text);
	char *copy, *at;

	if (json)
		return json;
	copy = strdup(text);
	if (!copy)
		return NULL;
	for (at = copy; *at; at++) {
		if (*at & 0x80)
			*at = '?';
	}
	json = json_string(copy);
	free(copy);
	return json;
}

static void set(json_t *object, const char *key, json_t *value)
{
	if (!value || json_object_set_new(object, key, value)) {
		complain("out of memory");
		exit(EXIT_BAD);
	}
}

static json_t *call_to_json(const struct audit *audit,
			    const struct audit_call *call)
{
	json_t *json = json_object();

	set(json, "file", string(call->file));
	set(json, "line", json_integer(call->line));
	set(json, "caller", string(call->function));
	set(json, "function", string(call->name));
	set(json, "kind", json_string(call->kind == KIND_PIN ? "pin" : "get"));
	set(json, "verdict", json_string(verdict_name(call->verdict)));
	if (*call->why)
		set(json, "why", string(call->why));
	if (*call->release)
		set(json, "release", string(call->release));
	if (audit->covered) {
		set(json, "state", json_string(work_name(audit_work(call))));
		set(json, "seen", json_string(coverage_name(call->coverage)));
		set(json, "sites", string(call->seen));
	}
	return json;
}

static json_t *suspect_to_json(const struct audit *audit,
			       const struct audit_suspect *suspect)
{
	const struct audit_call *call = &audit->calls[suspect->call];
	json_t *json = json_object();

	set(json, "class", json_string(suspect_class_name(suspect->class)));
	set(json, "file", string(suspect->file));
	set(json, "line", json_integer(suspect->line));
	set(json, "caller", string(suspect->function));
	set(json, "function", string(suspect->name));
	set(json, "argument", string(suspect->what));
	if (*suspect->why)
		set(json, "why", json_string(suspect->why));
	set(json, "through", string(suspect->through));
	set(json, "acquired_file", string(call->file));
	set(json, "acquired_line", json_integer(call->line));
	set(json, "acquired_by", string(call->name));
	set(json, "acquired_in", string(call->function));
	set(json, "acquired_elsewhere", json_integer(suspect->others));
	return json;
}

int audit_json(FILE *out, const void *data)
{
	const struct audit *audit = data;
	json_t *json = json_object(), *array;
	size_t i;
	int ret;

	set(json, "schema", json_string(AUDIT_SCHEMA));
	set(json, "version", json_integer(AUDIT_VERSION));
	set(json, "tree", string(audit->tree));
	set(json, "unread_files", json_integer(audit->unreadable));

	array = json_array();
	for (i = 0; i < audit->nr_suspects; i++)
		json_array_append_new(array, suspect_to_json(audit,
							     &audit->suspects[i]));
	set(json, "suspects", array);

	array = json_array();
	for (i = 0; i < audit->nr_calls; i++)
		json_array_append_new(array, call_to_json(audit,
							  &audit->calls[i]));
	set(json, "calls", array);

	if (audit->covered) {
		array = json_array();
		for (i = 0; i < audit->nr_strangers; i++)
			json_array_append_new(array,
					      string(audit->strangers[i]));
		set(json, "unknown_sites", array);
	}

	ret = json_dumpf(json, out, JSON_INDENT(2));
	json_decref(json);
	if (ret || fputc('\n', out) == EOF) {
		complain("cannot write: %s", strerror(errno));
		return -1;
	}
	return 0;
}
