// SPDX-License-Identifier: GPL-2.0
/*
 * gup-mirror: what the fuzzers of all parsers have in common.
 */
#include <stdarg.h>
#include <stdlib.h>

#include "../checks.h"
#include "../diff.h"
#include "../message.h"
#include "../model.h"
#include "../report/folded.h"
#include "../report/html.h"
#include "../report/json.h"
#include "../report/text.h"
#include "../report/verdicts.h"
#include "../suppress.h"
#include "harness.h"

static unsigned int complaints;

/* Instead of the one in message.c: says nothing, but looks at what it is given. */
void complain(const char *fmt, ...)
{
	char text[256];
	va_list args;

	complaints++;
	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
}

static void check_json(const struct report *report)
{
	json_t *json = report_to_json(report), *again;
	struct report *copy = report_from_json(json, "a report");

	/* What was written can be read, and is the same then. */
	if (!copy)
		abort();
	again = report_to_json(copy);
	if (!json_equal(json, again))
		abort();
	json_decref(json);
	json_decref(again);
	report_free(copy);
}

static void check_verdicts(FILE *out, const struct report *report)
{
	struct fail_on fail_on = { };
	struct checks checks;

	if (!fail_on_parse(&fail_on, "violation,leak,surplus,overlong"))
		abort();
	checks_make(&checks, report, &fail_on);
	ktap_write(out, report, &checks);
	junit_write(out, report, &checks);
	github_write(out, report, &checks);
	suppressions_write(out, report);
	checks_clear(&checks);
	fail_on_clear(&fail_on);
}

/* Nothing of a report is new to itself. */
static void check_diff(FILE *out, struct report *report)
{
	struct diff diff;

	diff_make(&diff, report, report);
	if (diff.nr)
		abort();
	diff_text(out, &diff);
	diff_free(&diff);
	diff_excuse(report, report);
	if (report_violations(report) || report_pins(report))
		abort();
}

void fuzz_report(struct report *report)
{
	struct report *merged = report_new("merge", "");
	FILE *out = fopen("/dev/null", "w");

	if (!out)
		abort();
	report_sort(report);
	check_json(report);
	text_report(out, report);
	folded_report(out, report);
	html_report(out, report);
	check_verdicts(out, report);

	report_merge(merged, report);
	report_merge(merged, report);
	check_json(merged);
	text_report(out, merged);
	check_diff(out, merged);
	report_free(merged);
	fclose(out);
}

FILE *fuzz_open(const uint8_t *data, size_t size)
{
	/* fmemopen() does not take nothing. */
	FILE *in = size ? fmemopen((void *)data, size, "r") :
			  fopen("/dev/null", "r");

	if (!in)
		abort();
	complaints = 0;
	return in;
}

void fuzz_close(FILE *in, int ret)
{
	fclose(in);
	/* One sentence if it fails, none if it does not. */
	if (complaints != (ret ? 1 : 0))
		abort();
}

int fuzz_parser(const uint8_t *data, size_t size, struct report *report,
		int (*parse)(FILE *in, const char *name,
			     struct report *report))
{
	FILE *in = fuzz_open(data, size);
	int ret = parse(in, "a file", report);

	fuzz_close(in, ret);
	if (!ret)
		fuzz_report(report);
	report_free(report);
	return 0;
}
