// SPDX-License-Identifier: GPL-2.0
/*
 * gup-mirror audit: finds calls of GUP functions whose pages are released in a
 * wrong way, by reading the code.
 */
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
#include "debugfs/parse_debugfs.h"
#include "input.h"
#include "message.h"
#include "output.h"
#include "report/json.h"
#include "trace_report.h"
#include "usage.h"

enum audit_form {
	AUDIT_TEXT,
	AUDIT_JSON,
	AUDIT_HTML,
	AUDIT_GCC,
	NR_AUDIT_FORMS,
};

static int (*const writers[NR_AUDIT_FORMS])(FILE *out, const void *audit) = {
	[AUDIT_TEXT] = audit_text,
	[AUDIT_JSON] = audit_json,
	[AUDIT_HTML] = audit_html,
	[AUDIT_GCC] = audit_gcc,
};

enum {
	OPT_FORM = 256,
	OPT_COVERAGE = OPT_FORM + NR_AUDIT_FORMS,
	OPT_FAIL_ON,
	OPT_ERROR_EXITCODE,
	OPT_WIDTH,
};

/* Beside the classes of suspects. */
#define FAIL_ON_UNREAD	NR_SUSPECT_CLASSES

struct settings {
	const char *paths[NR_AUDIT_FORMS];
	unsigned int fail_on;	/* bits, by class */
	unsigned int error_status;
	unsigned int jobs;
	const char **coverage;
	size_t nr_coverage;
};

static const struct argp_option options[] = {
	{ .doc = "What is written; FILE - is standard output:" },
	{ .name = "json", .key = OPT_FORM + AUDIT_JSON, .arg = "FILE",
	  .doc = "write JSON" },
	{ .name = "html", .key = OPT_FORM + AUDIT_HTML, .arg = "FILE",
	  .doc = "write a page for a browser" },
	{ .name = "gcc", .key = OPT_FORM + AUDIT_GCC, .arg = "FILE",
	  .doc = "write lines as gcc does, for editors" },
	{ .name = "log-file", .key = OPT_FORM + AUDIT_TEXT, .arg = "FILE",
	  .doc = "write text" },
	{ .name = "width", .key = OPT_WIDTH, .arg = "N",
	  .doc = "columns of text (those of the terminal, or 100)" },
	{ .doc = "What counts:" },
	{ .name = "fail-on", .key = OPT_FAIL_ON, .arg = "SUSPECTS",
	  .doc =
	  "what fails, by comma (none, release, leak, twice, count, unread); else release" },
	{ .name = "error-exitcode", .key = OPT_ERROR_EXITCODE, .arg = "N",
	  .doc = "the exit status then (121)" },
	{ .doc = "How it is done:" },
	{ .name = "coverage", .key = OPT_COVERAGE, .arg = "SITES",
	  .doc = "tell which calls were reached; may be given several times" },
	{ .name = "jobs", .key = 'j', .arg = "N",
	  .doc = "run N processes (as many as there are CPUs)" },
	{ }
};

/* The bit of a word, or 0. */
static unsigned int find_class(const char *word, size_t len)
{
	unsigned int i;

	for (i = 0; i <= FAIL_ON_UNREAD; i++) {
		const char *name = i == FAIL_ON_UNREAD ?
				   verdict_name(AUDIT_UNREAD) :
				   suspect_class_name(i);

		if (strlen(name) == len && !strncmp(name, word, len))
			return 1u << i;
	}
	return 0;
}

static error_t set_fail_on(struct argp_state *state, const char *list)
{
	struct settings *settings = state->input;
	const char *at = list;

	settings->fail_on = 0;
	if (!strcmp(list, "none"))
		return 0;
	for (;;) {
		size_t len = strcspn(at, ",");
		unsigned int class = find_class(at, len);

		if (!class)
			return usage_error(state,
					   "--fail-on must be none, or of these, with a comma between them: release, leak, twice, count, unread; not \"%s\"",
					   list);
		settings->fail_on |= class;
		if (!at[len])
			return 0;
		at += len + 1;
	}
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct settings *settings = state->input;

	if (key >= OPT_FORM && key < OPT_FORM + NR_AUDIT_FORMS)
		return usage_path(state, settings->paths, NR_AUDIT_FORMS,
				  key - OPT_FORM, arg);
	switch (key) {
	case OPT_COVERAGE:
		settings->coverage = grow(settings->coverage,
					  settings->nr_coverage,
					  sizeof(*settings->coverage));
		settings->coverage[settings->nr_coverage++] = arg;
		return 0;
	case OPT_FAIL_ON:
		return set_fail_on(state, arg);
	case OPT_ERROR_EXITCODE:
		return usage_number(state, "--error-exitcode", arg, 1, 255,
				    &settings->error_status);
	case OPT_WIDTH:
		return usage_width(state, arg);
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

/* The file "sites" of debugfs. */
static struct report *read_table(FILE *in, const char *name)
{
	struct report *report = report_new("debugfs", name);

	if (!parse_sites(in, name, report))
		return report;
	report_free(report);
	return NULL;
}

/* Of whatever kind the file is. */
static struct report *read_sites(const struct input *input)
{
	FILE *in = input_open(input);
	struct report *report;
	int first;

	if (!in)
		return NULL;
	first = ungetc(getc(in), in);
	if (first == '{')
		report = json_read(in, input->name);
	else if (input_is_recording(in))
		report = trace_report(input->path, input->name);
	else
		report = read_table(in, input->name);
	fclose(in);
	return report;
}

static struct report *read_seen(const char *path)
{
	struct report *report;
	struct input input;
	struct stat st;

	if (!stat(path, &st) && S_ISDIR(st.st_mode)) {
		char *sites = xasprintf("%s/sites", path);

		report = read_seen(sites);
		free(sites);
		return report;
	}
	if (input_prepare(&input, path))
		return NULL;
	report = read_sites(&input);
	input_finish(&input);
	return report;
}

static bool is_bad(const struct settings *settings, const struct audit *audit)
{
	size_t i;

	for (i = 0; i < audit->nr_suspects; i++) {
		if (settings->fail_on & 1u << audit->suspects[i].class)
			return true;
	}
	for (i = 0; i < audit->nr_calls; i++) {
		if (audit->calls[i].verdict == AUDIT_UNREAD &&
		    settings->fail_on & 1u << FAIL_ON_UNREAD)
			return true;
	}
	return false;
}

/* What output_write_all() hands on. */
struct shown {
	enum audit_form form;
	const struct audit *audit;
};

static int write_form(FILE *out, const void *data)
{
	const struct shown *shown = data;

	return writers[shown->form](out, shown->audit);
}

static int write_audit(const struct settings *settings,
		       const struct audit *audit)
{
	struct output outputs[NR_AUDIT_FORMS] = { };
	struct shown shown[NR_AUDIT_FORMS];
	bool any = false;
	int i;

	for (i = 0; i < NR_AUDIT_FORMS; i++) {
		shown[i] = (struct shown) { .form = i, .audit = audit };
		outputs[i].path = settings->paths[i];
		outputs[i].data = &shown[i];
		any = any || settings->paths[i];
	}
	if (!any)
		outputs[AUDIT_TEXT].path = "-";
	if (output_write_all(outputs, NR_AUDIT_FORMS, write_form))
		return EXIT_BAD;
	return is_bad(settings, audit) ? (int)settings->error_status : 0;
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
	struct settings settings = {
		.jobs = cpus > 0 ? cpus : 1,
		.error_status = EXIT_FINDINGS,
		/* The others are not as sure. */
		.fail_on = 1u << SUSPECT_RELEASE,
	};
	struct words words = { .rule = "one TREE", .least = 1, .most = 1 };
	int ret = EXIT_BAD;

	if (!usage_parse(&argp, argc, argv, &words, &settings))
		ret = cover_and_run(&settings, words.list[0]);
	free(settings.coverage);
	return ret;
}
