// SPDX-License-Identifier: GPL-2.0
/*
 * What spatch prints, and behind it what kernels saw, as "sites" and as JSON: all
 * that is made of both.
 */
#include <stdlib.h>
#include <string.h>

#include "../audit/audit.h"
#include "../audit/facts.h"
#include "../audit/files.h"
#include "../report/json.h"
#include "../model.h"
#include "../debugfs/parse_debugfs.h"
#include "harness.h"

static void put(const struct audit *audit)
{
	FILE *out = fopen("/dev/null", "w");

	if (!out || audit_text(out, audit) || audit_json(out, audit) ||
	    audit_html(out, audit) || audit_gcc(out, audit))
		abort();
	fclose(out);
}

/* What those who print it take for granted. */
static void check(const struct audit *audit)
{
	size_t i;

	for (i = 0; i < audit->nr_calls; i++) {
		const struct audit_call *call = &audit->calls[i];

		if (!verdict_name(call->verdict) ||
		    !coverage_name(call->coverage) ||
		    (*call->seen && !audit->covered) ||
		    (call->verdict == AUDIT_WRONG && !*call->release) ||
		    (call->verdict == AUDIT_UNREAD && !*call->why) ||
		    (call->verdict != AUDIT_UNREAD && *call->why))
			abort();
	}
	for (i = 0; i < audit->nr_suspects; i++) {
		const struct audit_suspect *suspect = &audit->suspects[i];
		const struct audit_call *call;

		if (suspect->call >= audit->nr_calls)
			abort();
		/* A wrong release is one of the call's, which is as wrong. */
		call = &audit->calls[suspect->call];
		if (suspect->class == SUSPECT_RELEASE &&
		    call->verdict != AUDIT_WRONG)
			abort();
		if (!suspect_class_name(suspect->class))
			abort();
		if (suspect->class == SUSPECT_COUNT && !*suspect->why)
			abort();
	}
}

static void judge(const struct facts *facts, struct report *const *seen,
		  size_t nr)
{
	const struct audit_files files = { };
	struct audit *audit = audit_judge("tree", facts, &files);

	check(audit);
	put(audit);
	if (nr) {
		audit_cover(audit, facts, &files, seen, nr);
		check(audit);
		put(audit);
	}
	audit_free(audit);
}

static struct report *read_sites(const uint8_t *data, size_t size)
{
	struct report *report = report_new("debugfs", "a copy");
	FILE *in = fuzz_open(data, size);
	int ret = parse_sites(in, "sites", report);

	fuzz_close(in, ret);
	if (!ret)
		return report;
	report_free(report);
	return NULL;
}

static struct report *read_json(const uint8_t *data, size_t size)
{
	FILE *in = fuzz_open(data, size);
	struct report *report = json_read(in, "report");

	fuzz_close(in, report ? 0 : -1);
	return report;
}

/* Where @what begins, or the end. */
static size_t find(const uint8_t *data, size_t size, const char *what)
{
	const uint8_t *found = memmem(data, size, what, strlen(what));

	return found ? (size_t)(found - data) : size;
}

int fuzz_one(const uint8_t *data, size_t size)
{
	size_t json = find(data, size, "\n{");
	size_t sites = find(data, json, "\ngup_mirror sites");
	struct report *seen[2];
	struct facts facts = { };
	size_t nr = 0;
	FILE *in;
	int ret;

	/* The line ends before them belong to what is before them. */
	json += json < size;
	sites += sites < json;
	if (sites < json)
		seen[nr] = read_sites(data + sites, json - sites);
	nr += sites < json && seen[nr];
	if (json < size)
		seen[nr] = read_json(data + json, size - json);
	nr += json < size && seen[nr];

	in = fuzz_open(data, sites);
	ret = facts_read(in, "facts", &facts);
	fuzz_close(in, ret);
	if (!ret)
		judge(&facts, seen, nr);
	facts_free(&facts);
	while (nr)
		report_free(seen[--nr]);
	return 0;
}
