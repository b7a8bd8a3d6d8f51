// SPDX-License-Identifier: GPL-2.0
/*
 * gup-mirror audit: its result for people.
 */
#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "audit/describe.h"
#include "table.h"
#include "units.h"

static void put_suspect(FILE *out, const struct audit *audit,
			const struct audit_suspect *suspect)
{
	char *sentence = suspect_sentence(audit, suspect);
	char *file = printable(suspect->file);
	char *text = xasprintf("%s:%u: %s", file, suspect->line, sentence);

	fputs("  ", out);
	wrap(out, text, 2, 4);
	free(text);
	free(file);
	free(sentence);
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
			fprintf(out, "%s\n", suspects_title(class));
		titled = true;
		put_suspect(out, audit, suspect);
	}
	if (titled)
		fputc('\n', out);
}

/* "a.c:7 pin_user_pages() in f()", then @more if there is any. */
static void add_call(struct table *table, const struct audit_call *call,
		     const char *before, const char *more)
{
	char *words = call_words(call), *file = printable(call->file);
	char *text = xasprintf("%s:%u %s%s%s", file, call->line, words,
			       *more ? before : "", more);

	table_add(table, text);
	free(text);
	free(file);
	free(words);
}

static void put_calls(FILE *out, const struct audit *audit,
		      enum verdict verdict)
{
	static const char *const titles[] = { "verdict", "call" };
	struct table table = { .titles = titles, .columns = 2 };
	size_t i;

	for (i = 0; i < audit->nr_calls; i++) {
		const struct audit_call *call = &audit->calls[i];
		char *release;

		if (call->verdict != verdict)
			continue;
		release = call_release(call);
		table_add(&table, verdict_name(verdict));
		add_call(&table, call, *call->why ? ": " : ", ", release);
		free(release);
	}
	if (table.nr) {
		fprintf(out, "%s: %zu\n", verdict_meaning(verdict),
			table.nr / 2);
		table_print(out, &table);
		fputc('\n', out);
	}
	table_free(&table);
}

/* A list of what is left to be done. */
static void put_work(FILE *out, const struct audit *audit, enum work work)
{
	static const char *const titles[] = { "state", "seen", "text", "call" };
	struct table table = { .titles = titles, .columns = 4 };
	size_t i;

	for (i = 0; i < audit->nr_calls; i++) {
		const struct audit_call *call = &audit->calls[i];
		char *seen;

		if (audit_work(call) != work)
			continue;
		seen = printable(call->seen);
		table_add(&table, work_name(work));
		table_add(&table, coverage_name(call->coverage));
		table_add(&table, verdict_name(call->verdict));
		add_call(&table, call, ", seen at ", seen);
		free(seen);
	}
	if (table.nr) {
		fprintf(out, "%s: %zu\n", work_meaning(work), table.nr / 4);
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
	tree = printable(audit->tree);
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
	size_t numbers[NR_VERDICTS] = { }, seen[NR_COVERAGES] = { };
	size_t works[NR_WORKS] = { }, i;

	for (i = 0; i < audit->nr_calls; i++) {
		numbers[audit->calls[i].verdict]++;
		seen[audit->calls[i].coverage]++;
		works[audit_work(&audit->calls[i])]++;
	}
	fprintf(out, "%zu call%s:", audit->nr_calls,
		units_plural(audit->nr_calls));
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
	fputs("\nState:", out);
	for (i = 0; i < NR_WORKS; i++)
		fprintf(out, "%s %zu %s", i ? "," : "", works[i], work_name(i));
	fputc('\n', out);
}

int audit_text(FILE *out, const void *data)
{
	const struct audit *audit = data;
	unsigned int i;

	for (i = 0; i < NR_SUSPECT_CLASSES; i++)
		put_suspects(out, audit, i);
	if (audit->covered) {
		for (i = 0; i < NR_WORKS; i++)
			put_work(out, audit, i);
		put_strangers(out, audit);
	} else {
		for (i = 0; i < NR_VERDICTS; i++)
			put_calls(out, audit, i);
	}
	put_totals(out, audit);
	return 0;
}
