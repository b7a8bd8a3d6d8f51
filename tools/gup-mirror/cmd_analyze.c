// SPDX-License-Identifier: GPL-2.0
/*
 * gup-mirror analyze: what a recorded trace tells.
 */
#include <argp.h>

#include "commands.h"
#include "format.h"
#include "message.h"
#include "model.h"
#include "trace_report.h"

struct settings {
	struct format format;
	const char *file;
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct settings *settings = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &settings->format;
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

static const struct argp_child children[] = {
	{ .argp = &format_argp },
	{ }
};

static const struct argp argp = {
	.parser = parse,
	.args_doc = "trace.dat",
	.doc = "Pairs the acquires and releases in a file that was recorded by\n"
	       "trace-cmd record -e gup_mirror, on this machine or another.",
	.children = children,
};

int cmd_analyze(int argc, char **argv)
{
	struct settings settings = { };
	struct report *report;
	int ret;

	if (argp_parse(&argp, argc, argv, 0, NULL, &settings))
		return EXIT_BAD;

	report = trace_report(settings.file);
	if (!report)
		return EXIT_BAD;
	ret = format_write(&settings.format, report);
	report_free(report);
	return ret ? EXIT_BAD : 0;
}
