// SPDX-License-Identifier: GPL-2.0
/*
 * gup-mirror report: what the kernel knows of pins, in several forms.
 */
#include <argp.h>

#include "commands.h"
#include "format.h"
#include "message.h"
#include "model.h"
#include "source.h"

struct options {
	struct format format;
	const char *path;
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct options *options = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &options->format;
		return 0;
	case ARGP_KEY_ARG:
		if (options->path)
			argp_error(state, "there is one DIRECTORY or FILE at most");
		options->path = arg;
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
	.args_doc = "[DIRECTORY|FILE]",
	.doc =
	"Shows which pins are held, by whom, what was acquired and released, and what went wrong.\vDIRECTORY has a copy of the files of /sys/kernel/debug/gup_mirror; FILE has JSON that gup-mirror made. Without either, the running kernel is asked.",
	.children = children,
};

int cmd_report(int argc, char **argv)
{
	struct options options = { };
	struct report *report;
	int ret;

	if (argp_parse(&argp, argc, argv, 0, NULL, &options))
		return EXIT_BAD;
	report = source_read(options.path);
	if (!report)
		return EXIT_BAD;
	ret = format_write(&options.format, report);
	report_free(report);
	return ret ? EXIT_BAD : 0;
}
