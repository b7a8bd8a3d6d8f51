// SPDX-License-Identifier: GPL-2.0
/*
 * gup-mirror analyze: what a recorded trace tells.
 */
#include "commands.h"
#include "format.h"
#include "message.h"
#include "trace_report.h"
#include "usage.h"

static const struct argp argp = {
	.options = format_options,
	.parser = format_parse,
	.args_doc = "TRACE.DAT",
	.doc = "Pairs the acquires and releases in a file that was recorded by\n"
	       "trace-cmd record -e gup_mirror, on this machine or another.",
};

int cmd_analyze(int argc, char **argv)
{
	struct words words = { .rule = "one TRACE.DAT", .least = 1, .most = 1 };
	struct format format = { };

	if (usage_parse(&argp, argc, argv, &words, &format))
		return EXIT_BAD;
	return format_write(&format, trace_report(words.list[0]));
}
