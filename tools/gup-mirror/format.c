// SPDX-License-Identifier: GPL-2.0
#include <stdio.h>

#include "folded.h"
#include "format.h"
#include "html.h"
#include "json.h"
#include "output.h"
#include "text.h"

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

static const struct argp_option options[] = {
	{ .name = "json", .key = KEY_JSON, .doc = "print JSON" },
	{ .name = "folded", .key = KEY_FOLDED,
	  .doc = "print folded stacks of what is held, for flame graphs" },
	{ .name = "html", .key = KEY_HTML, .arg = "FILE",
	  .doc = "write a page for a browser to FILE" },
	{ .name = "output", .key = KEY_OUTPUT, .arg = "FILE",
	  .doc = "write to FILE instead of standard output" },
	{ }
};

static void set_form(struct argp_state *state,
		     int (*write)(FILE *out, const void *report))
{
	struct format *format = state->input;

	if (format->write && format->write != write)
		argp_error(state, "choose one of --json, --folded and --html");
	format->write = write;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct format *format = state->input;

	switch (key) {
	case KEY_JSON:
		set_form(state, write_json);
		return 0;
	case KEY_FOLDED:
		set_form(state, write_folded);
		return 0;
	case KEY_HTML:
		set_form(state, write_html);
		format->path = arg;
		return 0;
	case KEY_OUTPUT:
		format->path = arg;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

const struct argp format_argp = { .options = options, .parser = parse };

/**
 * format_write() - write a report as the options say
 * @format: the options
 * @report: the report
 *
 * Return: 0, or -1 after a complaint.
 */
int format_write(const struct format *format, const struct report *report)
{
	return output_write(format->path ?: "-", format->write ?: write_text,
			    report);
}
