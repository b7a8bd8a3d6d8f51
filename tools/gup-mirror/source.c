// SPDX-License-Identifier: GPL-2.0
/*
 * gup-mirror: where reports are.
 */
#include <errno.h>
#include <linux/magic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include "alloc.h"
#include "json.h"
#include "message.h"
#include "model.h"
#include "parse_debugfs.h"
#include "source.h"

#define DEBUGFS "/sys/kernel/debug"

static const struct part {
	const char *name;
	int (*parse)(FILE *in, const char *name, struct report *report);
	bool optional;
} parts[] = {
	{ "summary", parse_summary, false },
	{ "sites", parse_sites, false },
	{ "violations", parse_violations, false },
	{ "outstanding", parse_outstanding, false },
	/* Behind outstanding, of which it tells more. */
	{ "ages", parse_ages, true },
};

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
	size_t i;

	for (i = 0; i < sizeof(parts) / sizeof(*parts); i++) {
		if (read_part(dir, &parts[i], report)) {
			report_free(report);
			return NULL;
		}
	}
	return report;
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
		complain("this kernel has no GUP mirror: it needs CONFIG_DEBUG_GUP_MIRROR=y");
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
		complain("GUP mirror is off: boot with gup_mirror=pin or gup_mirror=all");
		report_free(report);
		return NULL;
	}
	report_sort(report);
	return report;
}

static struct report *read_json(const char *path)
{
	FILE *in = fopen(path, "re");
	struct report *report;

	if (!in) {
		complain("cannot read %s: %s", path, strerror(errno));
		return NULL;
	}
	report = json_read(in, path);
	fclose(in);
	return report;
}

/**
 * source_read() - read a report, from wherever it is
 * @path: a directory with a copy of the files of debugfs, or a file with JSON;
 *	NULL for the running kernel
 *
 * Return: the report, which is sorted, or NULL after a complaint.
 */
struct report *source_read(const char *path)
{
	struct report *report;
	struct stat st;

	if (!path)
		return source_read_live(DEBUGFS);

	if (stat(path, &st)) {
		complain("cannot read %s: %s", path, strerror(errno));
		return NULL;
	}
	report = S_ISDIR(st.st_mode) ? read_files(path, path) : read_json(path);
	if (report)
		report_sort(report);
	return report;
}
