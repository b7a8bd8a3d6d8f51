// SPDX-License-Identifier: GPL-2.0
/*
 * gup-mirror report: what the kernel knows of pins, in several forms.
 */
#include "commands.h"
#include "present.h"
#include "source.h"
#include "usage.h"

static const struct argp_child children[] = { { .argp = &present_argp }, { } };

static const struct argp argp = {
	.parser = present_only,
	.children = children,
	.args_doc = "[DIRECTORY|FILE]",
	.doc =
	"Shows which pins are held, by whom, what was acquired and released, and what went wrong.\vDIRECTORY has a copy of the files of /sys/kernel/debug/gup_mirror; FILE has JSON that gup-mirror made. Without either, the running kernel is asked.",
};

static struct report *read_one(char **paths, int nr)
{
	return source_read(nr ? paths[0] : NULL);
}

int cmd_report(int argc, char **argv)
{
	struct words words = {
		.rule = "one DIRECTORY or FILE at most",
		.most = 1,
	};

	return present_command(&argp, argc, argv, &words, read_one);
}
