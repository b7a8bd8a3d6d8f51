// SPDX-License-Identifier: GPL-2.0
/*
 * gup-mirror diff: what two reports differ in.
 */
#include "commands.h"
#include "diff.h"
#include "message.h"
#include "model.h"
#include "present.h"
#include "source.h"
#include "usage.h"
#include "view.h"

static const struct argp_child children[] = { { .argp = &present_argp }, { } };

static const struct argp argp = {
	.parser = present_only,
	.children = children,
	.args_doc = "OLD NEW",
	.doc =
	"Tells what is new in a report, what is gone, and of what there is more or less.\vOLD and NEW are what gup-mirror report takes. What is new counts for --fail-on, what OLD has does not.",
};

static void write_text(FILE *out, const void *diff)
{
	diff_text(out, diff);
}

static int write_json(FILE *out, const void *diff)
{
	json_t *json = diff_to_json(diff);

	json_dumpf(json, out, JSON_INDENT(2));
	json_decref(json);
	fputc('\n', out);
	return 0;
}

static int compare(struct present *settings, struct report *old,
		   struct report *new)
{
	struct diff diff;
	int status;

	/* Before they are compared: what is taken out is freed. */
	if (settings->module) {
		view_module(old, settings->module);
		view_module(new, settings->module);
	}
	diff_make(&diff, old, new);
	diff_excuse(new, old);
	settings->own_text = write_text;
	settings->own_json = write_json;
	settings->own = &diff;
	status = present(settings, new, EXIT_BAD);
	diff_free(&diff);
	return status;
}

int cmd_diff(int argc, char **argv)
{
	struct words words = { .rule = "OLD and NEW", .least = 2, .most = 2 };
	struct report *old = NULL, *new = NULL;
	struct present settings;
	int status = EXIT_BAD;

	present_init(&settings, "none");
	if (!usage_parse(&argp, argc, argv, &words, &settings) &&
	    !present_begin(&settings))
		old = source_read(words.list[0]);
	if (old)
		new = source_read(words.list[1]);
	if (new)
		status = compare(&settings, old, new);
	else
		present_free(&settings);
	report_free(old);
	return status;
}
