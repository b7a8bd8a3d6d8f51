// SPDX-License-Identifier: GPL-2.0
/*
 * gup-mirror: where reports are.
 */
#include <errno.h>
#include <linux/magic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <sys/vfs.h>
#include <time.h>

#include "alloc.h"
#include "debugfs/parse_debugfs.h"
#include "input.h"
#include "message.h"
#include "model.h"
#include "report/json.h"
#include "source.h"

#define DEBUGFS "/sys/kernel/debug"

static const struct part {
	const char *name;
	int (*parse)(FILE *in, const char *name, struct report *report);
	bool optional;
} parts[] = {
	{ "outstanding", parse_outstanding, false },
	/* Behind outstanding, of which it tells more. */
	{ "ages", parse_ages, true },
	/* Behind ages, which has the kernel look for pins that got lost. */
	{ "sites", parse_sites, false },
	{ "violations", parse_violations, false },
	{ "files", parse_files, true },
	{ "summary", parse_summary, false },
};

static int status = EXIT_BAD;

int source_status(void)
{
	return status;
}

static int read_part(const char *dir, const struct part *part,
		     struct report *report)
{
	char *name = xasprintf("%s/%s", dir, part->name);
	FILE *in = fopen(name, "re");
	int ret = -1;

	if (in) {
		ret = part->parse(in, name, report);
		fclose(in);
	} else if (part->optional && errno == ENOENT) {
		ret = 0;
	} else if (errno == EACCES || errno == EPERM) {
		complain("no permission to read %s: run gup-mirror as root",
			 name);
	} else {
		complain("cannot read %s: %s", name, strerror(errno));
	}
	free(name);
	return ret;
}

static struct report *read_files(const char *dir, const char *name)
{
	struct report *report = report_new("debugfs", name);
	struct origin *origin;
	size_t i;

	for (i = 0; i < sizeof(parts) / sizeof(*parts); i++) {
		if (read_part(dir, &parts[i], report)) {
			report_free(report);
			return NULL;
		}
	}
	origin = report_add_origin(report);
	set_string(&origin->name, name);
	set_string(&origin->mode, report_counter(report, "mode") ?: "");
	return report;
}

static void no_layer(const char *what)
{
	complain("%s", what);
	status = EXIT_NO_LAYER;
}

/* Where and when the running kernel was asked. */
static void add_here(struct report *report)
{
	struct origin *origin = &report->origins[0];
	time_t now = time(NULL);
	struct utsname name;
	char date[32];
	struct tm tm;

	if (!uname(&name)) {
		set_string(&origin->machine, name.nodename);
		set_string(&origin->release, name.release);
		set_string(&origin->architecture, name.machine);
	}
	if (gmtime_r(&now, &tm) &&
	    strftime(date, sizeof(date), "%Y-%m-%dT%H:%M:%SZ", &tm))
		set_string(&origin->date, date);
}

/* Why is there no @dir in @debugfs? */
static void complain_of_debugfs(const char *debugfs, const char *dir)
{
	struct statfs fs;

	if (errno == EACCES || errno == EPERM)
		complain("no permission to read %s: run gup-mirror as root",
			 dir);
	else if (errno != ENOENT)
		complain("cannot read %s: %s", dir, strerror(errno));
	else if (statfs(debugfs, &fs) || fs.f_type != DEBUGFS_MAGIC)
		complain("debugfs is not mounted: run mount -t debugfs none %s",
			 debugfs);
	else
		no_layer("this kernel has no GUP mirror: it needs CONFIG_DEBUG_GUP_MIRROR=y");
}

/**
 * source_read_live() - read what the running kernel knows
 * @debugfs: where debugfs is mounted
 *
 * Return: the report, or NULL after a complaint.
 */
struct report *source_read_live(const char *debugfs)
{
	char *dir = xasprintf("%s/gup_mirror", debugfs);
	struct report *report = NULL;
	const char *mode;
	struct stat st;

	if (stat(dir, &st))
		complain_of_debugfs(debugfs, dir);
	else
		report = read_files(dir, "the running kernel");
	free(dir);
	if (!report)
		return NULL;

	mode = report_counter(report, "mode");
	if (mode && !strcmp(mode, "off")) {
		no_layer("GUP mirror is off: boot with gup_mirror=pin or gup_mirror=all");
		report_free(report);
		return NULL;
	}
	add_here(report);
	report_sort(report);
	return report;
}

static struct report *read_json(const struct input *input)
{
	FILE *in = input_open(input);
	struct report *report = NULL;

	if (!in)
		return NULL;
	if (input_is_recording(in))
		complain("%s is a recording: use gup-mirror analyze",
			 input->name);
	else
		report = json_read(in, input->name);
	fclose(in);
	return report;
}

/**
 * source_read() - read a report, from wherever it is
 * @path: a directory with a copy of the files of debugfs, or a file with JSON;
 *	NULL for the running kernel, "-" for JSON on standard input
 *
 * Return: the report, which is sorted, or NULL after a complaint.
 */
struct report *source_read(const char *path)
{
	struct report *report;
	struct input input;
	struct stat st;

	if (!path)
		return source_read_live(DEBUGFS);

	if (input_prepare(&input, path))
		return NULL;
	report = !stat(input.path, &st) && S_ISDIR(st.st_mode) ?
		 read_files(input.path, input.name) : read_json(&input);
	input_finish(&input);
	if (report)
		report_sort(report);
	return report;
}
