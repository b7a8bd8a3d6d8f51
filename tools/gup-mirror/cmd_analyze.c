// SPDX-License-Identifier: GPL-2.0
/*
 * gup-mirror analyze: what a recorded trace tells.
 */
#include <argp.h>
#include <stdio.h>
#include <stdlib.h>

#include "commands.h"
#include "folded.h"
#include "html.h"
#include "json.h"
#include "message.h"
#include "model.h"
#include "output.h"
#include "text.h"
#include "trace_report.h"

enum {
	OPT_JSON = 256,
	OPT_HTML,
	OPT_FOLDED,
};

struct settings {
	const char *file;
	const char *out;
	int format;		/* 0 is text */
};

static const struct argp_option options[] = {
	{ "json", OPT_JSON, 0, 0, "print JSON, see gup-mirror-json(5)", 0 },
	{ "html", OPT_HTML, "FILE", 0, "write a page to FILE", 0 },
	{ "folded", OPT_FOLDED, 0, 0, "print what is held, for a flame graph", 0 },
	{ 0 }
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct settings *settings = state->input;

	switch (key) {
	case OPT_JSON:
	case OPT_HTML:
	case OPT_FOLDED:
		if (settings->format)
			argp_error(state, "only one of --json, --html and --folded");
		settings->format = key;
		settings->out = key == OPT_HTML ? arg : "-";
		return 0;
	case ARGP_KEY_ARG:
		if (settings->file)
			argp_error(state, "only one file");
		settings->file = arg;
		return 0;
	case ARGP_KEY_NO_ARGS:
		argp_error(state, "no file given");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp argp = {
	.options = options,
	.parser = parse,
	.args_doc = "trace.dat",
	.doc = "Pairs the acquires and releases in a file that was recorded by\n"
	       "trace-cmd record -e gup_mirror, on this machine or another.",
};

static int write_text(FILE *out, const void *report)
{
	text_report(out, report);
	return 0;
}

static int write_folded(FILE *out, const void *report)
{
	folded_report(out, report);
	return 0;
}

static int write_html(FILE *out, const void *report)
{
	return html_report(out, report);
}

static int write_json(FILE *out, const void *report)
{
	return json_write(out, report);
}

int cmd_analyze(int argc, char **argv)
{
	struct settings settings = { .out = "-" };
	int (*write)(FILE *out, const void *data) = write_text;
	struct report *report;
	int ret;

	if (argp_parse(&argp, argc, argv, 0, NULL, &settings))
		return EXIT_BAD;
	if (settings.format == OPT_JSON)
		write = write_json;
	else if (settings.format == OPT_HTML)
		write = write_html;
	else if (settings.format == OPT_FOLDED)
		write = write_folded;

	report = trace_report(settings.file);
	if (!report)
		return EXIT_BAD;
	ret = output_write(settings.out, write, report);
	report_free(report);
	return ret ? EXIT_BAD : 0;
}
