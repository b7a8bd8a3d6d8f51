// SPDX-License-Identifier: GPL-2.0
/*
 * gup-mirror: what becomes of a report.
 */
#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "debuginfo.h"
#include "diff.h"
#include "frames.h"
#include "message.h"
#include "model.h"
#include "output.h"
#include "present.h"
#include "report/folded.h"
#include "report/html.h"
#include "report/json.h"
#include "report/text.h"
#include "report/verdicts.h"
#include "source.h"
#include "suppress.h"
#include "usage.h"
#include "view.h"

enum {
	/* Behind those of the commands. */
	KEY_FORM = 0x200,
	KEY_FAIL_ON = KEY_FORM + NR_FORMS,
	KEY_ERROR_EXITCODE,
	KEY_SUPPRESSIONS,
	KEY_BASELINE,
	KEY_HELPERS,
	KEY_VMLINUX,
	KEY_MODULES,
	KEY_MODULE,
	KEY_SORT,
	KEY_LIMIT,
	KEY_WIDTH,
};

static const struct argp_option options[] = {
	{ .doc = "What is written; FILE - is standard output:" },
	{ .name = "json", .key = KEY_FORM + FORM_JSON, .arg = "FILE",
	  .doc = "write JSON" },
	{ .name = "html", .key = KEY_FORM + FORM_HTML, .arg = "FILE",
	  .doc = "write a page for a browser" },
	{ .name = "folded", .key = KEY_FORM + FORM_FOLDED, .arg = "FILE",
	  .doc = "write folded stacks of what is held, for flame graphs" },
	{ .name = "ktap", .key = KEY_FORM + FORM_KTAP, .arg = "FILE",
	  .doc = "write test results as the kernel's tests do" },
	{ .name = "junit", .key = KEY_FORM + FORM_JUNIT, .arg = "FILE",
	  .doc = "write test results as XML" },
	{ .name = "github", .key = KEY_FORM + FORM_GITHUB, .arg = "FILE",
	  .doc = "write annotations for a job on GitHub" },
	{ .name = "log-file", .key = KEY_FORM + FORM_TEXT, .arg = "FILE",
	  .doc = "write text" },
	{ .name = "gen-suppressions", .key = KEY_FORM + FORM_SUPPRESSIONS,
	  .arg = "FILE", .doc = "write suppressions of all that was found" },
	{ .doc = "What counts:" },
	{ .name = "fail-on", .key = KEY_FAIL_ON, .arg = "CLASSES",
	  .doc = "what changes the exit status, with a comma between them" },
	{ .name = "error-exitcode", .key = KEY_ERROR_EXITCODE, .arg = "N",
	  .doc = "the exit status then (121)" },
	{ .name = "suppressions", .key = KEY_SUPPRESSIONS, .arg = "FILE",
	  .doc = "what is listed there does not count" },
	{ .name = "baseline", .key = KEY_BASELINE, .arg = "REPORT",
	  .doc = "what that report has does not count" },
	{ .name = "helpers", .key = KEY_HELPERS, .arg = "LIST",
	  .doc =
	  "functions that get pages for others; + in front adds to those that are known" },
	{ .doc = "What is shown:" },
	{ .name = "module", .key = KEY_MODULE, .arg = "NAME",
	  .doc = "only what has to do with that module" },
	{ .name = "sort", .key = KEY_SORT, .arg = "KEY",
	  .doc = "what comes first: held, most, calls, pages, wrong, overlong, time, or the name" },
	{ .name = "limit", .key = KEY_LIMIT, .arg = "N",
	  .doc = "at most so many rows of each table, of text and of a page" },
	{ .name = "width", .key = KEY_WIDTH, .arg = "N",
	  .doc = "columns of text (those of the terminal, or 100)" },
	{ .name = "vmlinux", .key = KEY_VMLINUX, .arg = "FILE",
	  .doc = "the kernel with debug information, for lines of the source" },
	{ .name = "modules-dir", .key = KEY_MODULES, .arg = "DIRECTORY",
	  .doc = "where its modules are, with debug information" },
	{ }
};

static error_t set_fail_on(struct argp_state *state, const char *list)
{
	struct present *present = state->input;
	error_t error;
	char *names;

	present->fail_on_given = true;
	if (fail_on_parse(&present->fail_on, list))
		return 0;
	names = fail_on_names();
	error = usage_error(state,
			    "--fail-on must be none, or of these, with a comma between them: %s; not \"%s\"",
			    names, list);
	free(names);
	return error;
}

static error_t set_sort(struct argp_state *state, const char *name)
{
	struct present *present = state->input;
	error_t error;
	char *keys;

	present->sort = view_key(name);
	if (present->sort)
		return 0;
	keys = view_keys();
	error = usage_error(state, "--sort must be one of %s; not \"%s\"", keys,
			    name);
	free(keys);
	return error;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct present *present = state->input;

	if (key >= KEY_FORM && key < KEY_FORM + NR_FORMS)
		return usage_path(state, present->paths, NR_FORMS,
				  key - KEY_FORM, arg);
	switch (key) {
	case KEY_FAIL_ON:
		return set_fail_on(state, arg);
	case KEY_ERROR_EXITCODE:
		return usage_number(state, "--error-exitcode", arg, 1, 255,
				    &present->error_status);
	case KEY_SUPPRESSIONS:
		present->suppressions_path = arg;
		return 0;
	case KEY_BASELINE:
		present->baseline_path = arg;
		return 0;
	case KEY_MODULE:
		present->module = arg;
		return 0;
	case KEY_SORT:
		return set_sort(state, arg);
	case KEY_LIMIT:
		return usage_number(state, "--limit", arg, 1, 1000000,
				    &present->limit);
	case KEY_WIDTH:
		return usage_width(state, arg);
	case KEY_VMLINUX:
		present->vmlinux_path = arg;
		return 0;
	case KEY_MODULES:
		present->modules_path = arg;
		return 0;
	case KEY_HELPERS:
		frames_set_helpers(arg);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

/* Classes are in one table, and completion reads them here. */
static char *help(int key, const char *text, void *input)
{
	char *names, *longer;

	(void)input;
	if (key != KEY_FAIL_ON)
		return (char *)text;
	names = fail_on_names();
	longer = xasprintf("%s (none, %s)", text, names);
	free(names);
	return longer;
}

const struct argp present_argp = {
	.options = options, .parser = parse, .help_filter = help,
};

error_t present_only(int key, char *arg, struct argp_state *state)
{
	(void)arg;
	if (key != ARGP_KEY_INIT)
		return ARGP_ERR_UNKNOWN;
	state->child_inputs[0] = state->input;
	return 0;
}

void present_init(struct present *present, const char *fail_on)
{
	*present = (struct present) { .error_status = EXIT_FINDINGS };
	fail_on_parse(&present->fail_on, fail_on);
}

void present_free(struct present *present)
{
	fail_on_clear(&present->fail_on);
	suppressions_free(present->suppressions);
	report_free(present->baseline);
	debuginfo_free(present->debuginfo);
}

int present_begin(struct present *present)
{
	if (present->suppressions_path) {
		present->suppressions =
			suppressions_read(present->suppressions_path);
		if (!present->suppressions)
			return -1;
	}
	if (present->baseline_path) {
		present->baseline = source_read(present->baseline_path);
		if (!present->baseline)
			return -1;
	}
	if (present->vmlinux_path || present->modules_path) {
		present->debuginfo = debuginfo_new(present->vmlinux_path,
						   present->modules_path);
		if (!present->debuginfo)
			return -1;
	}
	return 0;
}

bool present_any(const struct present *present)
{
	int i;

	for (i = 0; i < NR_FORMS; i++) {
		if (present->paths[i])
			return true;
	}
	return false;
}

void present_prepare(const struct present *present, struct report *report)
{
	report->limit = present->limit;
	if (present->module)
		view_module(report, present->module);
	if (present->sort)
		view_sort(report, present->sort);
	if (present->debuginfo)
		debuginfo_add_lines(present->debuginfo, report);
	if (present->baseline)
		diff_excuse(report, present->baseline);
	if (!present->suppressions)
		return;
	suppressions_apply(present->suppressions, report);
	suppressions_complain_of_unused(present->suppressions);
}

/* What output_write_all() hands on. */
struct shown {
	enum form form;
	const struct present *present;
	const struct report *report;
	const struct checks *checks;
	const char *why;	/* there is no report */
};

static int write_form(FILE *out, const void *data)
{
	const struct shown *shown = data;
	const struct present *present = shown->present;

	switch (shown->form) {
	case FORM_TEXT:
		if (present->own_text)
			present->own_text(out, present->own);
		else
			text_report(out, shown->report);
		return 0;
	case FORM_JSON:
		if (present->own_json)
			return present->own_json(out, present->own);
		return json_write(out, shown->report);
	case FORM_HTML:
		return html_report(out, shown->report);
	case FORM_FOLDED:
		folded_report(out, shown->report);
		return 0;
	case FORM_KTAP:
		ktap_write(out, shown->report, shown->checks);
		return 0;
	case FORM_JUNIT:
		junit_write(out, shown->report, shown->checks);
		return 0;
	case FORM_GITHUB:
		github_write(out, shown->report, shown->checks);
		return 0;
	case FORM_SUPPRESSIONS:
		suppressions_write(out, shown->report);
		return 0;
	default:
		return 0;
	}
}

/* For tests it is the same as for run, which asks for something. */
static void make_checks(const struct present *present,
			const struct report *report, struct checks *checks)
{
	struct fail_on usual = { };

	if (!present->fail_on_given && !present->fail_on.violation) {
		fail_on_parse(&usual, "violation,leak");
		checks_make(checks, report, &usual);
	} else {
		checks_make(checks, report, &present->fail_on);
	}
	fail_on_clear(&usual);
}

bool present_is_bad(const struct present *present, const struct report *report)
{
	struct checks checks;
	bool bad;

	checks_make(&checks, report, &present->fail_on);
	bad = checks_failed(&checks);
	checks_clear(&checks);
	return bad;
}

int present_write(const struct present *present, const struct report *report)
{
	struct output outputs[NR_FORMS] = { };
	struct shown shown[NR_FORMS];
	struct checks checks;
	int i, ret;

	make_checks(present, report, &checks);
	for (i = 0; i < NR_FORMS; i++) {
		shown[i] = (struct shown) {
			.form = i,
			.present = present,
			.report = report,
			.checks = &checks,
		};
		outputs[i].path = present->paths[i];
		outputs[i].data = &shown[i];
	}
	ret = output_write_all(outputs, NR_FORMS, write_form);
	checks_clear(&checks);
	if (ret)
		return EXIT_BAD;
	return present_is_bad(present, report) ? (int)present->error_status : 0;
}

int present(struct present *present, struct report *report, int failed)
{
	int status;

	if (!report) {
		if (failed == EXIT_NO_LAYER)
			present_skip(present);
		present_free(present);
		return failed;
	}
	if (!present_any(present))
		present->paths[FORM_TEXT] = "-";
	present_prepare(present, report);
	status = present_write(present, report);
	report_free(report);
	present_free(present);
	return status;
}

static int write_skip(FILE *out, const void *data)
{
	const struct shown *shown = data;

	if (shown->form == FORM_KTAP)
		ktap_write_skip(out, shown->why);
	else if (shown->form == FORM_JUNIT)
		junit_write_skip(out, shown->why);
	else
		github_write_skip(out, shown->why);
	return 0;
}

int present_skip(const struct present *present)
{
	static const enum form forms[] = { FORM_KTAP, FORM_JUNIT, FORM_GITHUB };
	enum { NR_SKIPS = sizeof(forms) / sizeof(*forms) };
	struct output outputs[NR_SKIPS] = { };
	struct shown shown[NR_SKIPS];
	size_t i;

	for (i = 0; i < NR_SKIPS; i++) {
		shown[i] = (struct shown) {
			.form = forms[i],
			.why = "this kernel has no GUP mirror, or it is off",
		};
		outputs[i].path = present->paths[forms[i]];
		outputs[i].data = &shown[i];
	}
	return output_write_all(outputs, NR_SKIPS, write_skip) ? EXIT_BAD :
								 EXIT_NO_LAYER;
}

int present_command(const struct argp *argp, int argc, char **argv,
		    struct words *words,
		    struct report *(*read)(char **words, int nr))
{
	struct present settings;
	struct report *report;

	present_init(&settings, "none");
	if (usage_parse(argp, argc, argv, words, &settings) ||
	    present_begin(&settings)) {
		present_free(&settings);
		return EXIT_BAD;
	}
	report = read(words->list, words->nr);
	return present(&settings, report, source_status());
}
