// SPDX-License-Identifier: GPL-2.0
/*
 * For the tests of the parsers:
 *
 *	parse NAME FILE		parse FILE as the NAME of debugfs, or as JSON, and
 *				print all that came of it as JSON
 *	parse live DIRECTORY	read from a debugfs that is mounted there
 */
#include <stdlib.h>
#include <string.h>

#include "../message.h"
#include "../model.h"
#include "../debugfs/parse_debugfs.h"
#include "../report/json.h"
#include "../source.h"

static const struct {
	const char *name;
	int (*parse)(FILE *in, const char *name, struct report *report);
} parsers[] = {
	{ "summary", parse_summary },
	{ "sites", parse_sites },
	{ "violations", parse_violations },
	{ "outstanding", parse_outstanding },
	{ "ages", parse_ages },
	{ "files", parse_files },
};

static struct report *parse(const char *name, const char *path)
{
	struct report *report;
	size_t i;
	FILE *in;
	int ret;

	if (!strcmp(name, "live"))
		return source_read_live(path);
	in = fopen(path, "r");
	if (!in) {
		complain("cannot read %s", path);
		return NULL;
	}

	if (!strcmp(name, "json")) {
		report = json_read(in, "a file");
		fclose(in);
		return report;
	}
	for (i = 0; i < sizeof(parsers) / sizeof(*parsers); i++) {
		if (strcmp(name, parsers[i].name))
			continue;
		report = report_new("", "");
		ret = parsers[i].parse(in, name, report);
		fclose(in);
		if (!ret)
			return report;
		report_free(report);
		return NULL;
	}
	fclose(in);
	complain("there is no parser \"%s\"", name);
	return NULL;
}

int main(int argc, char **argv)
{
	struct report *report = argc == 3 ? parse(argv[1], argv[2]) : NULL;

	if (!report)
		return EXIT_BAD;
	json_write(stdout, report);
	report_free(report);
	return 0;
}
