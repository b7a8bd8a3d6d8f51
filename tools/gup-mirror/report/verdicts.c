// SPDX-License-Identifier: GPL-2.0
/*
 * gup-mirror: verdicts for programs that run tests.
 *
 * Each check is a test of its own, with the same name in each run, so that these
 * programs can compare. What was found belongs to its check.
 */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "checks.h"
#include "frames.h"
#include "model.h"
#include "report/html_text.h"
#include "report/text.h"
#include "report/titles.h"
#include "report/units.h"
#include "report/verdicts.h"

/* A thing that was found: one of these is not NULL. */
struct finding {
	const struct violation *violation;
	const struct holder *holder, *surplus;
	const struct site *site;	/* whose pins were held for long */
};

/* The number @i of all that a report has, excused or not; false behind the last. */
static bool get_finding(const struct report *report, size_t i,
			struct finding *finding)
{
	*finding = (struct finding) { };
	if (i < report->nr_violations) {
		finding->violation = &report->violations[i];
		return true;
	}
	i -= report->nr_violations;
	if (i < report->nr_holders) {
		finding->holder = &report->holders[i];
		return true;
	}
	i -= report->nr_holders;
	if (i < report->nr_surpluses) {
		finding->surplus = &report->surpluses[i];
		return true;
	}
	i -= report->nr_surpluses;
	if (i < report->nr_sites) {
		finding->site = &report->sites[i];
		return true;
	}
	return false;
}

static bool belongs_to(const struct finding *finding, const char *name)
{
	const struct violation *v = finding->violation;
	const struct holder *holder = finding->holder;

	if (finding->site)
		return site_overlong(finding->site) &&
		       !strcmp(name, CHECK_OVERLONG);
	if (v)
		return !*v->excused && !strcmp(violation_check(v), name);
	if (!holder)
		return !*finding->surplus->excused &&
		       !strcmp(name, CHECK_SURPLUS);
	if (*holder->excused)
		return false;
	return !strcmp(name, CHECK_LEAK) ||
	       (!strcmp(name, CHECK_OVERLONG) && holder->suspect);
}

/* The next from number @i on that belongs to a check; false behind the last. */
static bool next_finding(const struct report *report, const struct check *check,
			 size_t *i, struct finding *finding)
{
	while (get_finding(report, (*i)++, finding)) {
		if (belongs_to(finding, check->name))
			return true;
	}
	return false;
}

static char *title_of(const struct finding *finding)
{
	if (finding->violation)
		return violation_title(finding->violation);
	if (finding->site)
		return overlong_title(finding->site);
	return finding->holder ? holder_title(finding->holder) :
				 surplus_title(finding->surplus);
}

/* Where it is to be looked for first. */
static const char *place_of(const struct finding *finding)
{
	const struct holder *holder = finding->holder ?: finding->surplus;
	const struct violation *v = finding->violation;
	const char *place;

	if (finding->site)
		return finding->site->place;
	if (!v)
		return frames_caller(&holder->stack, holder->place);
	place = violation_releaser(v);
	/* Nobody has released what is left. */
	return *place ? place : violation_acquirer(v);
}

/* All that text_report() says of it; to be freed. */
static char *text_of(const struct report *report, const struct finding *finding)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		return xstrdup("");
	if (finding->violation)
		text_violation(out, report, finding->violation);
	else if (finding->holder)
		text_holder(out, report, finding->holder);
	else if (finding->site)
		text_overlong(out, report, finding->site);
	else
		text_surplus(out, report, finding->surplus);
	fclose(out);
	return text;
}

static bool is_known(const struct check *check)
{
	return check->count != UNKNOWN;
}

/* Why a check says neither yes nor no; NULL if it does. To be freed. */
static char *skipped(const struct check *check)
{
	if (!is_known(check))
		return xstrdup("not known");
	if (check->count && !check->selected)
		return xasprintf("%llu found, which --fail-on does not ask for",
				 (unsigned long long)check->count);
	return NULL;
}

/* Lines of text, each behind @prefix. */
static void put_lines(FILE *out, const char *prefix, const char *text)
{
	while (*text) {
		size_t len = strcspn(text, "\n");

		if (len)
			fprintf(out, "%s%.*s\n", prefix, (int)len, text);
		text += len + (text[len] == '\n');
	}
}

static void ktap_check(FILE *out, const struct report *report,
		       const struct check *check, size_t number)
{
	struct finding finding;
	char *skip = skipped(check), *text;
	size_t i = 0;

	while (next_finding(report, check, &i, &finding)) {
		text = text_of(report, &finding);
		put_lines(out, "# ", text);
		free(text);
	}
	if (!strcmp(check->name, CHECK_INCOMPLETE) && check->count) {
		text = report_incomplete(report);
		put_lines(out, "# ", text ?: "");
		free(text);
	}
	fprintf(out, "%s %zu %s", check_failed(check) ? "not ok" : "ok", number,
		check->name);
	if (skip)
		fprintf(out, " # SKIP %s", skip);
	fputc('\n', out);
	free(skip);
}

/* Of the command that was run, if there was one. */
static const struct origin *command_of(const struct report *report)
{
	if (report->nr_origins == 1 && report->origins[0].status != UNKNOWN)
		return &report->origins[0];
	return NULL;
}

void ktap_write(FILE *out, const struct report *report,
		const struct checks *checks)
{
	const struct origin *command = command_of(report);
	char *from = text_origins(report);
	size_t i;

	fputs("KTAP version 1\n", out);
	put_lines(out, "# ", from);
	free(from);
	fprintf(out, "1..%zu\n", checks->nr + (command ? 1 : 0));
	for (i = 0; i < checks->nr; i++)
		ktap_check(out, report, &checks->list[i], i + 1);
	if (command)
		fprintf(out, "# %s ended with status %llu\n%s %zu command\n",
			command->command, (unsigned long long)command->status,
			command->status ? "not ok" : "ok", i + 1);
}

void ktap_write_skip(FILE *out, const char *why)
{
	fprintf(out, "KTAP version 1\n1..0 # SKIP %s\n", why);
}

static void begin_testcase(FILE *out, const char *name)
{
	fputs("    <testcase classname=\"gup-mirror\" name=\"", out);
	html_escape(out, name);
	fputs("\">\n", out);
}

static void put_failure(FILE *out, const char *message, const char *text)
{
	fputs("      <failure message=\"", out);
	html_escape(out, message);
	fputs("\">", out);
	html_escape(out, text);
	fputs("</failure>\n", out);
}

static void put_skipped(FILE *out, const char *why)
{
	fputs("      <skipped message=\"", out);
	html_escape(out, why);
	fputs("\"/>\n", out);
}

/* JUnit has one failure for each test. */
static void junit_check(FILE *out, const struct report *report,
			const struct check *check)
{
	char *skip = skipped(check), *all = NULL, *message, *incomplete;
	struct finding finding;
	size_t size, i = 0;
	FILE *text;

	begin_testcase(out, check->name);
	if (skip)
		put_skipped(out, skip);
	text = check_failed(check) ? open_memstream(&all, &size) : NULL;
	if (text) {
		while (next_finding(report, check, &i, &finding)) {
			char *one = text_of(report, &finding);

			fputs(one, text);
			free(one);
		}
		incomplete = report_incomplete(report);
		if (incomplete && !strcmp(check->name, CHECK_INCOMPLETE))
			fputs(incomplete, text);
		free(incomplete);
		fclose(text);
		message = xasprintf("%s: %llu", check->name,
				    (unsigned long long)check->count);
		put_failure(out, message, all);
		free(message);
		free(all);
	}
	fputs("    </testcase>\n", out);
	free(skip);
}

static void put_property(FILE *out, const char *name, const char *value)
{
	if (!*value)
		return;
	fprintf(out, "      <property name=\"%s\" value=\"", name);
	html_escape(out, value);
	fputs("\"/>\n", out);
}

static void put_properties(FILE *out, const struct report *report)
{
	size_t i;

	if (!report->nr_origins)
		return;
	fputs("    <properties>\n", out);
	for (i = 0; i < report->nr_origins; i++) {
		const struct origin *origin = &report->origins[i];

		put_property(out, "name", origin->name);
		put_property(out, "machine", origin->machine);
		put_property(out, "release", origin->release);
		put_property(out, "architecture", origin->architecture);
		put_property(out, "mode", origin->mode);
		put_property(out, "command", origin->command);
		put_property(out, "date", origin->date);
	}
	fputs("    </properties>\n", out);
}

static void begin_suite(FILE *out, size_t tests, size_t failures, size_t skips)
{
	fputs("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n", out);
	fprintf(out,
		"  <testsuite name=\"gup-mirror\" tests=\"%zu\" failures=\"%zu\" errors=\"0\" skipped=\"%zu\">\n",
		tests, failures, skips);
}

static void end_suite(FILE *out)
{
	fputs("  </testsuite>\n</testsuites>\n", out);
}

void junit_write(FILE *out, const struct report *report,
		 const struct checks *checks)
{
	const struct origin *command = command_of(report);
	size_t failures = command && command->status, skips = 0, i;

	for (i = 0; i < checks->nr; i++) {
		char *skip = skipped(&checks->list[i]);

		failures += check_failed(&checks->list[i]);
		skips += skip ? 1 : 0;
		free(skip);
	}
	begin_suite(out, checks->nr + (command ? 1 : 0), failures, skips);
	put_properties(out, report);
	for (i = 0; i < checks->nr; i++)
		junit_check(out, report, &checks->list[i]);
	if (command) {
		char *message = xasprintf("status %llu",
					  (unsigned long long)command->status);

		begin_testcase(out, "command");
		if (command->status)
			put_failure(out, message, command->command);
		fputs("    </testcase>\n", out);
		free(message);
	}
	end_suite(out);
}

void junit_write_skip(FILE *out, const char *why)
{
	begin_suite(out, 1, 0, 1);
	begin_testcase(out, "gup-mirror");
	put_skipped(out, why);
	fputs("    </testcase>\n", out);
	end_suite(out);
}

/* A line is a command for GitHub; @more is what means something in it as well. */
static void github_escape(FILE *out, const char *text, const char *more)
{
	for (; *text; text++) {
		if (strchr("%\r\n", *text) || strchr(more, *text))
			fprintf(out, "%%%02X", (unsigned char)*text);
		else
			fputc(*text, out);
	}
}

/* A file of the tree is shown with it, if it is known; @line is "file:line". */
static void annotate(FILE *out, const char *level, const char *line,
		     const char *title, const char *text)
{
	const char *colon = strrchr(line, ':');

	fprintf(out, "::%s ", level);
	if (colon && *line != '/') {
		char *file = xasprintf("%.*s", (int)(colon - line), line);

		fputs("file=", out);
		github_escape(out, file, ":,");
		fprintf(out, ",line=%s,", colon + 1);
		free(file);
	}
	fputs("title=", out);
	github_escape(out, title, ":,");
	fputs("::", out);
	github_escape(out, text, "");
	fputc('\n', out);
}

void github_write(FILE *out, const struct report *report,
		  const struct checks *checks)
{
	char *incomplete = report_incomplete(report), *from = text_origins(report);
	size_t i;

	for (i = 0; i < checks->nr; i++) {
		const struct check *check = &checks->list[i];
		struct finding finding;
		size_t j = 0;

		while (next_finding(report, check, &j, &finding)) {
			char *title = title_of(&finding);
			char *what = text_of(report, &finding);
			char *text = xasprintf("%s%s", what, from);

			annotate(out, check->selected ? "error" : "warning",
				 report_line(report, place_of(&finding)), title,
				 text);
			free(title);
			free(what);
			free(text);
		}
		if (incomplete && !strcmp(check->name, CHECK_INCOMPLETE))
			annotate(out, check->selected ? "error" : "warning", "",
				 CHECK_INCOMPLETE, incomplete);
	}
	free(incomplete);
	free(from);
}

void github_write_skip(FILE *out, const char *why)
{
	annotate(out, "notice", "", "gup-mirror", why);
}
