// SPDX-License-Identifier: GPL-2.0
/*
 * gup-mirror audit: finds calls of GUP functions whose pages are released in a
 * wrong way, by reading the code.
 */
#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "alloc.h"
#include "audit/audit.h"
#include "audit/facts.h"
#include "audit/files.h"
#include "audit/prepare.h"
#include "audit/spatch.h"
#include "commands.h"
#include "message.h"
#include "output.h"
#include "parse_debugfs.h"
#include "source.h"
#include "trace_report.h"
#include "usage.h"

/* Suspects were found. */
#define EXIT_FOUND 1

enum {
	OPT_JSON = 256,
	OPT_COVERAGE,
};

struct settings {
	bool json;
	unsigned int jobs;
	const char **coverage;
	size_t nr_coverage;
};

static const struct argp_option options[] = {
	{ "json", OPT_JSON, 0, 0, "print JSON", 0 },
	{ "coverage", OPT_COVERAGE, "SITES", 0,
	  "tell which calls were reached; may be given several times", 0 },
	{ "jobs", 'j', "N", 0, "run N processes (as many as there are CPUs)", 0 },
	{ 0 }
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct settings *settings = state->input;

	switch (key) {
	case OPT_JSON:
		settings->json = true;
		return 0;
	case OPT_COVERAGE:
		settings->coverage = grow(settings->coverage,
					  settings->nr_coverage,
					  sizeof(*settings->coverage));
		settings->coverage[settings->nr_coverage++] = arg;
		return 0;
	case 'j':
		return usage_number(state, "--jobs", arg, 1, 1024,
				    &settings->jobs);
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp argp = {
	.options = options,
	.parser = parse,
	.args_doc = "TREE",
	.doc = "Finds out how the pages of each GUP call in a kernel tree are released.",
};

static struct report *read_sites(const char *path)
{
	static const char trace[] = "\x17\x08\x44tracing";
	char start[sizeof(trace)] = "";
	struct report *report;
	FILE *in;
	size_t len;
	int ret;

	in = fopen(path, "re");
	if (!in) {
		complain("cannot read %s: %s", path, strerror(errno));
		return NULL;
	}
	len = fread(start, 1, sizeof(start) - 1, in);
	if (len == sizeof(trace) - 1 && !memcmp(start, trace, len)) {
		fclose(in);
		return trace_report(path);
	}
	if (*start == '{') {
		fclose(in);
		return source_read(path);
	}
	rewind(in);
	report = report_new("debugfs", path);
	ret = parse_sites(in, path, report);
	fclose(in);
	if (!ret)
		return report;
	report_free(report);
	return NULL;
}

static struct report *read_seen(const char *path)
{
	struct stat st;

	if (!stat(path, &st) && S_ISDIR(st.st_mode)) {
		char *sites = xasprintf("%s/sites", path);
		struct report *report = read_sites(sites);

		free(sites);
		return report;
	}
	return read_sites(path);
}

static int write_audit(const struct settings *settings,
		       const struct audit *audit)
{
	if (output_write("-", settings->json ? audit_json : audit_text, audit))
		return EXIT_BAD;
	return audit->nr_suspects ? EXIT_FOUND : 0;
}

static int run(const struct settings *settings, const char *tree,
	       struct report *const *reports)
{
	struct audit_files files = { };
	struct facts facts = { };
	struct audit *audit;
	int ret = EXIT_BAD;

	if (!audit_files_find(tree, &files) && !audit_prepare(&files) &&
	    !audit_spatch(&files, settings->jobs, &facts)) {
		audit = audit_judge(tree, &facts, &files);
		if (settings->nr_coverage)
			audit_cover(audit, &facts, &files, reports,
				    settings->nr_coverage);
		if (!audit->nr_calls)
			complain("%s has no call of a GUP function", tree);
		ret = write_audit(settings, audit);
		audit_free(audit);
	}
	facts_free(&facts);
	audit_files_free(&files);
	return ret;
}

/* Names of files have the tree and a slash in front. */
static void cut_slashes(char *tree)
{
	size_t len = strlen(tree);

	while (len > 1 && tree[len - 1] == '/')
		tree[--len] = '\0';
}

static int cover_and_run(const struct settings *settings, char *tree)
{
	struct report **reports;
	int ret = 0;
	size_t i;

	cut_slashes(tree);
	reports = xcalloc(settings->nr_coverage, sizeof(*reports));
	for (i = 0; i < settings->nr_coverage && !ret; i++) {
		reports[i] = read_seen(settings->coverage[i]);
		if (!reports[i])
			ret = EXIT_BAD;
	}
	if (!ret)
		ret = run(settings, tree, reports);
	for (i = 0; i < settings->nr_coverage; i++) {
		if (reports[i])
			report_free(reports[i]);
	}
	free(reports);
	return ret;
}

int cmd_audit(int argc, char **argv)
{
	long cpus = sysconf(_SC_NPROCESSORS_ONLN);
	struct settings settings = { .jobs = cpus > 0 ? cpus : 1 };
	struct words words = { .rule = "one TREE", .least = 1, .most = 1 };
	int ret = EXIT_BAD;

	if (!usage_parse(&argp, argc, argv, &words, &settings))
		ret = cover_and_run(&settings, words.list[0]);
	free(settings.coverage);
	return ret;
}
