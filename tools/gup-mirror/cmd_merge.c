// SPDX-License-Identifier: GPL-2.0
/*
 * gup-mirror merge: one report of those of several machines.
 */
#include <argp.h>
#include <stdlib.h>

#include "alloc.h"
#include "commands.h"
#include "format.h"
#include "message.h"
#include "model.h"
#include "source.h"

struct options {
	struct format format;
	char **paths;
	int nr;
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct options *options = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &options->format;
		return 0;
	case ARGP_KEY_ARG:
		options->paths = grow(options->paths, options->nr,
				      sizeof(*options->paths));
		options->paths[options->nr++] = arg;
		return 0;
	case ARGP_KEY_END:
		if (options->nr < 2)
			argp_error(state, "there must be two reports at least");
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
	.args_doc = "REPORT REPORT...",
	.doc =
	"Adds up the reports of several machines.\vREPORT is what gup-mirror report takes: a directory with a copy of the files of /sys/kernel/debug/gup_mirror, or a file with JSON.",
	.children = children,
};

/* "A, B, C" */
static void add_name(struct report *report, const char *name)
{
	char *names = *report->name ? xasprintf("%s, %s", report->name, name) :
				      xstrdup(name);

	set_string(&report->name, names);
	free(names);
}

static struct report *merge_all(char **paths, int nr)
{
	struct report *report = report_new("merge", "");
	int i;

	for (i = 0; i < nr; i++) {
		struct report *part = source_read(paths[i]);

		if (!part) {
			report_free(report);
			return NULL;
		}
		add_name(report, part->name);
		report_merge(report, part);
		report_free(part);
	}
	return report;
}

int cmd_merge(int argc, char **argv)
{
	struct options options = { };
	struct report *report;
	int ret = -1;

	if (!argp_parse(&argp, argc, argv, 0, NULL, &options)) {
		report = merge_all(options.paths, options.nr);
		if (report)
			ret = format_write(&options.format, report);
		report_free(report);
	}
	free(options.paths);
	return ret ? EXIT_BAD : 0;
}
