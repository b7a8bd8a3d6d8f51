// SPDX-License-Identifier: GPL-2.0
/*
 * gup-mirror analyze: what a recorded trace tells.
 */
#include "commands.h"
#include "findings.h"
#include "input.h"
#include "model.h"
#include "present.h"
#include "trace/kept.h"
#include "trace/trace_report.h"
#include "usage.h"

static const struct argp_child children[] = { { .argp = &present_argp }, { } };

static const struct argp argp = {
	.parser = present_only,
	.children = children,
	.args_doc = "TRACE.DAT",
	.doc = "Pairs the acquires and releases in a file that was recorded by\n"
	       "trace-cmd record -e gup_mirror, on this machine or another.",
};

/* With what gup-mirror run has kept in the file. */
static struct report *analyze(char **paths, int nr)
{
	struct report *report, *kept = NULL;
	bool failed = false;
	struct input input;

	(void)nr;
	if (input_prepare(&input, paths[0]))
		return NULL;
	report = trace_report(input.path, input.name);
	if (report)
		kept = kept_read(input.path, input.name, &failed);
	input_finish(&input);
	if (kept)
		findings_keep(report, kept);
	report_free(kept);
	if (!failed)
		return report;
	report_free(report);
	return NULL;
}

int cmd_analyze(int argc, char **argv)
{
	struct words words = { .rule = "one TRACE.DAT", .least = 1, .most = 1 };

	return present_command(&argp, argc, argv, &words, analyze);
}
