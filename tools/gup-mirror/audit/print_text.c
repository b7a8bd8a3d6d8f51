// SPDX-License-Identifier: GPL-2.0
/*
 * gup-mirror audit: its result for people.
 */
#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "audit/audit.h"
#include "table.h"
#include "text.h"

static const char *const verdict_meanings[NR_VERDICTS] = {
	[AUDIT_WRONG] = "a release is wrong",
	[AUDIT_MIXED] = "only found releases that also get other pages",
	[AUDIT_RIGHT] = "the releases found are right",
	[AUDIT_ELSEWHERE] = "no release found in its directory",
	[AUDIT_NO_PAGES] = "asks for no pages",
	[AUDIT_UNREAD] = "not understood",
};

static const char *const suspect_titles[NR_SUSPECT_CLASSES] = {
	[SUSPECT_RELEASE] = "Suspects",
	[SUSPECT_LEAK] = "Leak suspects",
	[SUSPECT_TWICE] = "Suspects of a second release",
};

static const char *const coverage_meanings[NR_COVERAGES] = {
	[COVER_WRONG] = "released in a wrong way",
	[COVER_HELD] = "reached, nothing was released",
	[COVER_UNSURE] = "some of several calls were reached",
	[COVER_GOT] = "reached, and no wrong release; what is got has no account",
	[COVER_INDIRECT] = "seen as the GUP call that it makes for its caller",
	[COVER_NEVER] = "never reached",
	[COVER_RIGHT] = "released rightly",
};

/* A name of a file may have any characters. Frees what it gets. */
static char *printable(char *text)
{
	char *clean = NULL;

	set_string(&clean, text);
	free(text);
	return clean;
}

/* What the function of a suspect does. */
static char *describe_suspect(const struct audit_suspect *suspect)
{
	switch (suspect->class) {
	case SUSPECT_LEAK:
		return xasprintf("returns without a release of %s,",
				 suspect->what);
	case SUSPECT_TWICE:
		return xasprintf("calls %s(%s) after another release",
				 suspect->name, suspect->what);
	default:
		return xasprintf("calls %s(%s) for pages", suspect->name,
				 suspect->what);
	}
}

static void put_suspect(FILE *out, const struct audit *audit,
			const struct audit_suspect *suspect)
{
	const struct audit_call *call = &audit->calls[suspect->call];
	char *text, *through, *others, *does;

	through = xasprintf(*suspect->through ? ", through %s" : "%s",
			    suspect->through);
	others = suspect->others ?
		 xasprintf(", and from %zu more", suspect->others) :
		 xstrdup("");
	does = describe_suspect(suspect);
	text = xasprintf("%s:%u: %s() %s of %s() in %s() at %s:%u%s%s",
			 suspect->file, suspect->line, suspect->function, does,
			 call->name, call->function, call->file, call->line,
			 others, through);
	text = printable(text);
	fputs("  ", out);
	wrap(out, text, 2, 4);
	free(text);
	free(does);
	free(through);
	free(others);
}

static void put_suspects(FILE *out, const struct audit *audit,
			 enum suspect_class class)
{
	bool titled = false;
	size_t i;

	for (i = 0; i < audit->nr_suspects; i++) {
		const struct audit_suspect *suspect = &audit->suspects[i];

		if (suspect->class != class)
			continue;
		if (!titled)
			fprintf(out, "%s\n", suspect_titles[class]);
		titled = true;
		put_suspect(out, audit, suspect);
	}
	if (titled)
		fputc('\n', out);
}

static char *describe(const struct audit_call *call)
{
	return xasprintf("%s:%u %s() in %s()", call->file, call->line,
			 call->name, *call->function ? call->function : "?");
}

static const char *release_words(const struct audit_call *call)
{
	if (!*call->release)
		return "";
	return call->verdict == AUDIT_ELSEWHERE ?
	       ", perhaps released at " : ", released at ";
}

static void put_calls(FILE *out, const struct audit *audit,
		      enum verdict verdict)
{
	static const char *const titles[] = { "verdict", "call" };
	struct table table = { .titles = titles, .columns = 2 };
	size_t i;

	for (i = 0; i < audit->nr_calls; i++) {
		const struct audit_call *call = &audit->calls[i];
		char *text, *longer;

		if (call->verdict != verdict)
			continue;
		text = describe(call);
		longer = xasprintf("%s%s%s%s", text, verdict == AUDIT_UNREAD ?
				   ": " : release_words(call), call->release,
				   call->why);
		longer = printable(longer);
		table_add(&table, verdict_name(verdict));
		table_add(&table, longer);
		free(longer);
		free(text);
	}
	if (table.nr) {
		fprintf(out, "%s: %zu\n", verdict_meanings[verdict],
			table.nr / 2);
		table_print(out, &table);
		fputc('\n', out);
	}
	table_free(&table);
}

static void put_covered(FILE *out, const struct audit *audit,
			enum coverage coverage)
{
	static const char *const titles[] = { "seen", "audit", "call" };
	struct table table = { .titles = titles, .columns = 3 };
	size_t i;

	for (i = 0; i < audit->nr_calls; i++) {
		const struct audit_call *call = &audit->calls[i];
		char *text, *longer;

		if (call->coverage != coverage)
			continue;
		text = describe(call);
		longer = xasprintf("%s%s%s", text,
				   *call->seen ? ", seen at " : "",
				   call->seen);
		longer = printable(longer);
		table_add(&table, coverage_name(coverage));
		table_add(&table, verdict_name(call->verdict));
		table_add(&table, longer);
		free(longer);
		free(text);
	}
	if (table.nr) {
		fprintf(out, "%s: %zu\n", coverage_meanings[coverage],
			table.nr / 3);
		table_print(out, &table);
		fputc('\n', out);
	}
	table_free(&table);
}

static void put_strangers(FILE *out, const struct audit *audit)
{
	char *tree;
	size_t i;

	if (!audit->nr_strangers)
		return;
	tree = printable(xstrdup(audit->tree));
	fprintf(out, "Seen, but not in %s: %zu\n", tree, audit->nr_strangers);
	free(tree);
	for (i = 0; i < audit->nr_strangers; i++) {
		fputs("  ", out);
		wrap(out, audit->strangers[i], 2, 4);
	}
	fputc('\n', out);
}

/* How many of a sort; "3 wrong, 1 mixed". */
static void put_totals(FILE *out, const struct audit *audit)
{
	size_t numbers[NR_VERDICTS] = { }, seen[NR_COVERAGES] = { }, i;

	for (i = 0; i < audit->nr_calls; i++) {
		numbers[audit->calls[i].verdict]++;
		seen[audit->calls[i].coverage]++;
	}
	fprintf(out, "%zu calls:", audit->nr_calls);
	for (i = 0; i < NR_VERDICTS; i++)
		fprintf(out, "%s %zu %s", i ? "," : "", numbers[i],
			verdict_name(i));
	fprintf(out, "; suspects: %zu\n", audit->nr_suspects);
	if (audit->unreadable)
		fprintf(out, "Files that were not read: %zu\n",
			audit->unreadable);
	if (!audit->covered)
		return;
	fputs("Seen:", out);
	for (i = 0; i < NR_COVERAGES; i++)
		fprintf(out, "%s %zu %s", i ? "," : "", seen[i],
			coverage_name(i));
	fputc('\n', out);
}

int audit_text(FILE *out, const void *data)
{
	const struct audit *audit = data;
	unsigned int i;

	for (i = 0; i < NR_SUSPECT_CLASSES; i++)
		put_suspects(out, audit, i);
	if (audit->covered) {
		for (i = 0; i < NR_COVERAGES; i++)
			put_covered(out, audit, i);
		put_strangers(out, audit);
	} else {
		for (i = 0; i < NR_VERDICTS; i++)
			put_calls(out, audit, i);
	}
	put_totals(out, audit);
	return 0;
}
