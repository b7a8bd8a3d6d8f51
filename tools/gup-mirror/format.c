// SPDX-License-Identifier: GPL-2.0
#include <stdio.h>

#include "folded.h"
#include "format.h"
#include "html.h"
#include "json.h"
#include "message.h"
#include "model.h"
#include "output.h"
#include "text.h"
#include "usage.h"

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

static int write_json(FILE *out, const void *report)
{
	return json_write(out, report);
}

static int write_html(FILE *out, const void *report)
{
	return html_report(out, report);
}

enum {
	KEY_JSON = 'j',
	KEY_FOLDED = 'f',
	KEY_HTML = 'H',
	KEY_OUTPUT = 'o',
};

const struct argp_option format_options[] = {
	{ .name = "json", .key = KEY_JSON, .doc = "print JSON" },
	{ .name = "folded", .key = KEY_FOLDED,
	  .doc = "print folded stacks of what is held, for flame graphs" },
	{ .name = "html", .key = KEY_HTML, .arg = "FILE",
	  .doc = "write a page for a browser to FILE" },
	{ .name = "output", .key = KEY_OUTPUT, .arg = "FILE",
	  .doc = "write to FILE instead of standard output" },
	{ }
};

static error_t set_form(struct argp_state *state,
			int (*write)(FILE *out, const void *report))
{
	struct format *format = state->input;

	if (format->write && format->write != write)
		return usage_error(state, "there must be only one of --json, --folded and --html");
	format->write = write;
	return 0;
}

/**
 * format_parse() - read an option
 * @key: which it is
 * @arg: what belongs to it
 * @state: argp's, with a struct format as its input
 *
 * Return: what argp wants to know.
 */
error_t format_parse(int key, char *arg, struct argp_state *state)
{
	struct format *format = state->input;

	switch (key) {
	case KEY_JSON:
		return set_form(state, write_json);
	case KEY_FOLDED:
		return set_form(state, write_folded);
	case KEY_HTML:
		format->path = arg;
		return set_form(state, write_html);
	case KEY_OUTPUT:
		format->path = arg;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

/**
 * format_write() - write a report as the options say, and free it
 * @format: the options
 * @report: the report, or NULL if there is none, after a complaint
 *
 * Return: the exit status.
 */
int format_write(const struct format *format, struct report *report)
{
	int ret;

	if (!report)
		return EXIT_BAD;
	ret = output_write(format->path ?: "-", format->write ?: write_text,
			   report);
	report_free(report);
	return ret ? EXIT_BAD : 0;
}
