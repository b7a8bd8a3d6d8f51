// SPDX-License-Identifier: GPL-2.0
/*
 * gup-mirror: the parser of files.
 */
#include <stdlib.h>
#include <string.h>

#include "debugfs/parse.h"
#include "debugfs/parse_debugfs.h"
#include "file_uses.h"
#include "lines.h"
#include "model.h"

/* "pin 3 16 16 0 0 0 0 0 0 fs=ext4 function place" */
static bool take_file_use(char *at, struct file_use *use)
{
	char *fs, *function;
	uint64_t view;
	bool pins;
	size_t i;

	pins = skip_word(&at, "pin ");
	if (!pins && !skip_word(&at, "get "))
		return false;
	use->kind = pins ? KIND_PIN : KIND_GET;
	if (!take_number(&at, &view))
		return false;
	for (i = 0; i < NR_FILE_COUNTS; i++) {
		if (!skip_word(&at, " ") || !take_number(&at, &use->counts[i]))
			return false;
	}
	if (!skip_word(&at, " fs=") || !take_until(&at, " ", &fs) ||
	    !take_until(&at, " ", &function) || !*at)
		return false;
	set_string(&use->fs, fs);
	set_string(&use->function, function);
	set_string(&use->place, at);
	return true;
}

/* "cleaned: 3, first fs=ext4 dev=254:0 ino=12 index=0 pfn=0x348" */
static bool take_file_event(char *at, struct file_event *event)
{
	char *what, *fs, *dev, *end;

	if (!take_until(&at, ": ", &what) || !take_number(&at, &event->times) ||
	    !skip_word(&at, ", first fs=") || !take_until(&at, " dev=", &fs) ||
	    !take_until(&at, " ino=", &dev) || !take_number(&at, &event->ino) ||
	    !skip_word(&at, " index=") || !take_number(&at, &event->index) ||
	    !skip_word(&at, " pfn=0x") || !strchr("0123456789abcdef", *at))
		return false;
	event->pfn = strtoull(at, &end, 16);
	if (!*what || !*at || *end || event->pfn > INT64_MAX)
		return false;
	set_string(&event->event, what);
	set_string(&event->fs, fs);
	set_string(&event->dev, dev);
	return true;
}

#define FILE_COLUMNS \
	"# kind view write_pages cleaned redirtied lost replaced truncated unmapped dirtied fs function site"

static int read_files(struct lines *lines, struct report *report)
{
	struct file_event *event = NULL;
	struct file_use *use = NULL;
	int ret;

	if (debugfs_header(lines, "files", 1, 1) ||
	    lines_need(lines, "the names of the columns"))
		return -1;
	if (strcmp(lines->text, FILE_COLUMNS))
		return lines_complain(lines, "the columns are not those of version 1");
	while ((ret = lines_next(lines)) > 0) {
		char *at = lines->text;

		if (skip_word(&at, "    ")) {
			if (!event || !*at || *at == ' ')
				return lines_complain(lines, "not a frame of a stack");
			if (strcmp(at, "not recorded"))
				stack_add(&event->stack, at);
		} else if (skip_word(&at, "  ")) {
			if (!use)
				return lines_complain(lines, "there is no call site before this");
			event = file_use_add_event(use);
			if (!take_file_event(at, event))
				return lines_complain(lines, "not what happened to a file");
		} else {
			use = report_add_file_use(report);
			event = NULL;
			if (!take_file_use(at, use))
				return lines_complain(lines, "not the columns that line 2 names");
		}
	}
	return ret;
}

/**
 * parse_files() - read what happened to pages of files while they were pinned
 * @in: the file
 * @name: its name, for complaints
 * @report: receives it
 *
 * Return: 0, or -1 after a complaint.
 */
int parse_files(FILE *in, const char *name, struct report *report)
{
	return debugfs_parse(in, name, report, read_files);
}
