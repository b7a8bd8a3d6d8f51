// SPDX-License-Identifier: GPL-2.0
/*
 * gup-mirror merge: one report of those of several machines.
 */
#include <limits.h>
#include <stdlib.h>

#include "alloc.h"
#include "commands.h"
#include "model.h"
#include "present.h"
#include "source.h"
#include "usage.h"

static const struct argp_child children[] = { { .argp = &present_argp }, { } };

static const struct argp argp = {
	.parser = present_only,
	.children = children,
	.args_doc = "REPORT REPORT...",
	.doc =
	"Adds up the reports of several machines.\vREPORT is what gup-mirror report takes: a directory with a copy of the files of /sys/kernel/debug/gup_mirror, or a file with JSON.",
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
	struct words words = {
		.rule = "two REPORTs at least",
		.least = 2,
		.most = INT_MAX,
	};

	return present_command(&argp, argc, argv, &words, merge_all);
}
