// SPDX-License-Identifier: GPL-2.0
/*
 * gup-mirror report: what the kernel knows of pins, in several forms.
 */
#include "commands.h"
#include "format.h"
#include "message.h"
#include "source.h"
#include "usage.h"

static const struct argp argp = {
	.options = format_options,
	.parser = format_parse,
	.args_doc = "[DIRECTORY|FILE]",
	.doc =
	"Shows which pins are held, by whom, what was acquired and released, and what went wrong.\vDIRECTORY has a copy of the files of /sys/kernel/debug/gup_mirror; FILE has JSON that gup-mirror made. Without either, the running kernel is asked.",
};

int cmd_report(int argc, char **argv)
{
	struct words words = {
		.rule = "one DIRECTORY or FILE at most",
		.most = 1,
	};
	struct format format = { };

	if (usage_parse(&argp, argc, argv, &words, &format))
		return EXIT_BAD;
	return format_write(&format,
			    source_read(words.nr ? words.list[0] : NULL));
}
