// SPDX-License-Identifier: GPL-2.0
/*
 * gup-mirror: reports for people.
 */
#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "checks.h"
#include "file_uses.h"
#include "frames.h"
#include "model.h"
#include "report/table.h"
#include "report/text.h"
#include "report/titles.h"
#include "report/units.h"

static void add_number(struct table *table, uint64_t number)
{
	char text[UNITS_LEN];

	table_add(table, units_number(text, number));
}

static void add_hold(struct table *table, const struct site *site,
		     unsigned int percent)
{
	char text[UNITS_LEN];

	table_add(table, units_hold(text, site, percent));
}

/* With the line of the source if it is known; the caller frees it. */
static char *with_line(const struct report *r, const char *place)
{
	const char *line = report_line(r, place);

	return *line ? xasprintf("%s (%s)", place, line) : xstrdup(place);
}

static void add_site(struct table *table, const struct report *r,
		     const struct site *site)
{
	char *callers = frames_callers_of_site(r, site);
	char *place = with_line(r, site->place);
	char *text = xasprintf("%s() at %s%s%s", site->function, place,
			       *callers ? ", for " : "", callers);

	table_add(table, text);
	free(text);
	free(place);
	free(callers);
}

/* ", for fat_direct_IO [fat]", where the place of the call is that of a helper. */
static char *for_whom(const struct stack *stack, const char *place)
{
	const char *caller = frames_caller(stack, place);
	char *name, *text;

	if (caller == place)
		return xstrdup("");
	name = frame_text(caller);
	text = xasprintf(", for %s", name);
	free(name);
	return text;
}

/* A line with words that may be too long for it. */
static void put_line(FILE *out, size_t indent, const char *words)
{
	fprintf(out, "%*s", (int)indent, "");
	wrap(out, words, indent, indent + 2);
}

static void put_stack(FILE *out, const struct report *r, const char *title,
		      const struct stack *stack)
{
	size_t i;

	put_line(out, 2, title);
	if (!stack->nr)
		put_line(out, 4, "not recorded");
	for (i = 0; i < stack->nr; i++) {
		char *frame = with_line(r, stack->frames[i]);

		put_line(out, 4, frame);
		free(frame);
	}
}

static void put_summary(FILE *out, const struct report *r)
{
	/* So that four of them are in a line of a file. */
	const size_t width = 25, columns = columns_of(out);
	size_t used = 0, at = 0, i;

	if (!r->nr_summary)
		return;
	fputs("Summary\n", out);
	for (i = 0; i < r->nr_summary; i++) {
		const struct counter *counter = &r->summary[i];
		char *text = xasprintf("%s: %s", counter->key, counter->value);
		/* There is a column between two of them. */
		size_t len = (strlen(text) / width + 1) * width;

		if (at && at + len > columns) {
			fputc('\n', out);
			used = 0;
			at = 0;
		}
		if (len > columns) {
			wrap(out, text, 0, 2);
		} else {
			fprintf(out, "%*s%s", (int)(at - used), "", text);
			used = at + strlen(text);
			at += len;
		}
		free(text);
	}
	if (at)
		fputc('\n', out);
	fputc('\n', out);
}

static void put_end(FILE *out, const char *what, const char *by,
		    const char *where, const struct stack *stack)
{
	char *whom, *line;

	if (!*by && !*where)
		return;
	whom = for_whom(stack, where);
	line = *by ? xasprintf("%s by %s() at %s%s", what, by, where, whom) :
		     xasprintf("%s at %s%s", what, where, whom);
	put_line(out, 2, line);
	free(line);
	free(whom);
}

static void put_machines(FILE *out, const struct stack *machines)
{
	char *line = xstrdup("on");
	size_t i;

	for (i = 0; i < machines->nr; i++) {
		char *longer = xasprintf("%s%s %s", line, i ? "," : "",
					 machines->frames[i]);

		free(line);
		line = longer;
	}
	if (machines->nr)
		put_line(out, 2, line);
	free(line);
}

static void put_others(FILE *out, const struct violation *v)
{
	size_t i;

	for (i = 0; i < v->nr_others; i++) {
		const struct other *other = &v->others[i];
		char *line = xasprintf("also held by %s() at %s: %llu pin%s",
				       other->function, other->place,
				       (unsigned long long)other->pins,
				       units_plural(other->pins));

		put_line(out, 2, line);
		free(line);
	}
}

/**
 * text_violation() - print a violation, with its stacks
 * @out: the file
 * @r: the report that it is of
 * @v: the violation
 */
void text_violation(FILE *out, const struct report *r, const struct violation *v)
{
	char *line = xasprintf("%s%s: %llu time%s", violation_doubt(v), v->class,
			       (unsigned long long)v->times,
			       units_plural(v->times));
	size_t i;

	put_line(out, 0, line);
	free(line);
	put_end(out, "acquired", v->acquired_by, v->acquired_at, &v->acquire);
	put_others(out, v);
	put_end(out, "released", v->released_by, v->released_at, &v->release);
	put_end(out, "released before", v->before_by, v->before_at, &v->before);
	put_machines(out, &v->machines);
	if (first_known(&v->first)) {
		char *first = first_text(&v->first);

		line = xasprintf("first: %s", first);
		put_line(out, 2, line);
		free(line);
		free(first);
	}
	if (*v->uncertain) {
		line = xasprintf("not certain: %s", v->uncertain);
		put_line(out, 2, line);
		free(line);
	}
	for (i = 0; i < v->notes.nr; i++)
		put_line(out, 2, v->notes.frames[i]);
	if (v->acquire.nr || *v->acquired_at) {
		line = xasprintf("acquire stack%s%s:",
				 *v->acquire_note ? ", " : "", v->acquire_note);
		put_stack(out, r, line, &v->acquire);
		free(line);
	}
	for (i = 0; i < v->nr_others; i++) {
		line = xasprintf("stack of %s() at %s:", v->others[i].function,
				 v->others[i].place);
		put_stack(out, r, line, &v->others[i].stack);
		free(line);
	}
	if (v->before.nr || *v->before_at)
		put_stack(out, r, "stack of the release before:", &v->before);
	if (v->release.nr || *v->released_at)
		put_stack(out, r, "release stack:", &v->release);
	fputc('\n', out);
}

/* Is there no room for one more of @nr, of which @hidden are told? */
static bool is_over(const struct report *r, size_t *nr, size_t *hidden)
{
	if (!r->limit || *nr < r->limit) {
		(*nr)++;
		return false;
	}
	(*hidden)++;
	return true;
}

static void put_hidden(FILE *out, size_t hidden, const char *what)
{
	if (hidden)
		fprintf(out, "and %zu more %s%s\n", hidden, what,
			units_plural(hidden));
}

static void put_violations(FILE *out, const struct report *r, bool certain)
{
	size_t nr = 0, hidden = 0, i;

	for (i = 0; i < r->nr_violations; i++) {
		const struct violation *v = &r->violations[i];

		if (*v->excused || !*v->uncertain != certain ||
		    is_over(r, &nr, &hidden))
			continue;
		if (nr == 1)
			fputs(certain ? "Violations\n\n" :
					"Possible violations\n\n", out);
		text_violation(out, r, v);
	}
	put_hidden(out, hidden, "sort");
	if (hidden)
		fputc('\n', out);
}

static void put_pins(FILE *out, const struct report *r)
{
	static const char * const titles[] = {
		"held", "most", "calls", "pages", "wrong", "call site",
	};
	struct table table = { .titles = titles, .columns = 6 };
	size_t nr = 0, hidden = 0, i;

	for (i = 0; i < r->nr_sites; i++) {
		const struct site *site = &r->sites[i];

		if (site->kind != KIND_PIN || is_over(r, &nr, &hidden))
			continue;
		add_number(&table, site->held);
		add_number(&table, site->most);
		add_number(&table, site->calls);
		add_number(&table, site->pages);
		add_number(&table, site->wrong);
		add_site(&table, r, site);
	}
	if (table.nr) {
		fputs("Pins by call site\n", out);
		table_print(out, &table);
		put_hidden(out, hidden, "call site");
		fputc('\n', out);
	}
	table_free(&table);
}

static void put_gets(FILE *out, const struct report *r)
{
	static const char * const titles[] = {
		"calls", "pages", "wrong", "call site",
	};
	struct table table = { .titles = titles, .columns = 4 };
	size_t nr = 0, hidden = 0, i;

	for (i = 0; i < r->nr_sites; i++) {
		const struct site *site = &r->sites[i];

		if (site->kind != KIND_GET || is_over(r, &nr, &hidden))
			continue;
		add_number(&table, site->calls);
		add_number(&table, site->pages);
		add_number(&table, site->wrong);
		add_site(&table, r, site);
	}
	if (table.nr) {
		fputs("Gets by call site\n", out);
		table_print(out, &table);
		put_hidden(out, hidden, "call site");
		fputc('\n', out);
	}
	table_free(&table);
}

static void put_sites(FILE *out, const struct report *r)
{
	put_pins(out, r);
	put_gets(out, r);
}

static void put_hold_times(FILE *out, const struct report *r)
{
	static const char * const titles[] = {
		"right", "laundered", "overlong", "half", "99%", "longest",
		"call site",
	};
	struct table table = { .titles = titles, .columns = 7 };
	size_t nr = 0, hidden = 0, i;

	for (i = 0; i < r->nr_sites; i++) {
		const struct site *site = &r->sites[i];

		if (site->kind != KIND_PIN || is_over(r, &nr, &hidden))
			continue;
		add_number(&table, site->right);
		add_number(&table, site->laundered);
		add_number(&table, site->overlong);
		add_hold(&table, site, 50);
		add_hold(&table, site, 99);
		add_hold(&table, site, 100);
		table_add(&table, site->place);
	}
	if (table.nr) {
		fputs("Released pins, and how long they were held\n", out);
		table_print(out, &table);
		put_hidden(out, hidden, "call site");
		fputc('\n', out);
	}
	table_free(&table);
}

/* One who has got references, or holds pins: @what is one of them. */
static void put_holder(FILE *out, const struct report *r,
		       const struct holder *holder, const char *what)
{
	char pages[UNITS_LEN], since[UNITS_LEN], age[UNITS_LEN];
	char *line, *whom = for_whom(&holder->stack, holder->place);

	line = xasprintf("%llu %s%s by %s() at %s%s",
			 (unsigned long long)holder->pins, what,
			 units_plural(holder->pins), holder->function,
			 holder->place, whom);
	free(whom);
	put_line(out, 0, line);
	free(line);
	line = xasprintf("pages: %s, since the snapshot: %s, oldest: %s, flags: %s%s%s%s%s",
			 units_number(pages, holder->pages),
			 units_number(since, holder->since_snapshot),
			 units_ms(age, holder->oldest_ms),
			 *holder->flags ? holder->flags : "unknown",
			 holder->estimate ? ", an estimate" : "",
			 holder->suspect ? ", long without FOLL_LONGTERM" : "",
			 holder->on_file ? ", which GUP refuses for files" : "",
			 holder->orphans ? ", nobody else has them" : "");
	put_line(out, 2, line);
	free(line);
	put_machines(out, &holder->machines);
	put_stack(out, r, "stack:", &holder->stack);
	if (holder->puts.nr)
		put_stack(out, r, "references put while it was pinned:", &holder->puts);
	fputc('\n', out);
}

/**
 * text_holder() - print who holds pins, with the stack
 * @out: the file
 * @r: the report that it is of
 * @holder: who it is
 */
void text_holder(FILE *out, const struct report *r, const struct holder *holder)
{
	put_holder(out, r, holder, "pin");
}

/**
 * text_surplus() - print who has got references, with the stack
 * @out: the file
 * @r: the report that it is of
 * @surplus: who it is
 */
void text_surplus(FILE *out, const struct report *r,
		  const struct holder *surplus)
{
	put_holder(out, r, surplus, "reference");
}

/**
 * text_overlong() - print who has held pins for long that were released since
 * @out: the file
 * @r: the report that it is of
 * @site: the call site
 */
void text_overlong(FILE *out, const struct report *r, const struct site *site)
{
	char *place = with_line(r, site->place);
	char *line = xasprintf("%llu pin%s without FOLL_LONGTERM held for long by %s() at %s",
			       (unsigned long long)site->overlong,
			       units_plural(site->overlong), site->function,
			       place);

	put_line(out, 0, line);
	fputc('\n', out);
	free(line);
	free(place);
}

static void put_holders(FILE *out, const struct report *r,
			const struct holder *holders, size_t all,
			const char *title,
			void (*put)(FILE *out, const struct report *r,
				    const struct holder *holder))
{
	size_t nr = 0, hidden = 0, i;

	for (i = 0; i < all; i++) {
		if (*holders[i].excused || is_over(r, &nr, &hidden))
			continue;
		if (nr == 1)
			fprintf(out, "%s\n\n", title);
		put(out, r, &holders[i]);
	}
	put_hidden(out, hidden, "stack");
	if (hidden)
		fputc('\n', out);
}

/* What whoever has pinned the pages did not know, in a sentence each. */
static void put_behind(FILE *out, const struct report *r)
{
	uint64_t dirty = report_file_count(r, FILE_REDIRTIED);
	uint64_t lost = report_file_count(r, FILE_LOST);
	uint64_t replaced = report_file_count(r, FILE_REPLACED);
	bool run = !strcmp(r->source, "run");
	char *line;

	if (dirty) {
		line = xasprintf("%s left %llu page%s dirty behind the file system's back: %s",
				 run ? "Your command" : "Somebody",
				 (unsigned long long)dirty, units_plural(dirty),
				 "it had written them back, believed them to be clean, and was not told before a device wrote to them again.");
		put_line(out, 0, line);
		free(line);
	}
	if (lost) {
		line = xasprintf("What was written to %llu page%s is on no disk: %s",
				 (unsigned long long)lost, units_plural(lost),
				 "nobody has marked that dirty.");
		put_line(out, 0, line);
		free(line);
	}
	if (replaced) {
		line = xasprintf("%llu page%s left the page cache while pinned: %s",
				 (unsigned long long)replaced, units_plural(replaced),
				 "what devices have written there since, the file does not have.");
		put_line(out, 0, line);
		free(line);
	}
	if (dirty || lost || replaced)
		fputc('\n', out);
}

static void put_file_event(FILE *out, const struct report *r,
			   const struct file_event *event)
{
	char *line = xasprintf("%s: %llu time%s", event->event,
			       (unsigned long long)event->times,
			       units_plural(event->times));

	put_line(out, 0, line);
	free(line);
	if (*event->fs) {
		line = xasprintf("first: fs=%s dev=%s ino=%llu index=%llu pfn=0x%llx",
				 event->fs, event->dev,
				 (unsigned long long)event->ino,
				 (unsigned long long)event->index,
				 (unsigned long long)event->pfn);
		put_line(out, 2, line);
		free(line);
	}
	put_stack(out, r, "stack:", &event->stack);
	fputc('\n', out);
}

static void put_files(FILE *out, const struct report *r)
{
	/* In the order of enum file_count. */
	static const char * const titles[] = {
		"written", "cleaned", "redirtied", "lost", "replaced", "truncated",
		"unmapped", "dirtied", "call site",
	};
	struct table table = { .titles = titles, .columns = NR_FILE_COUNTS + 1 };
	size_t nr = 0, hidden = 0, i, j;

	for (i = 0; i < r->nr_file_uses; i++) {
		const struct file_use *use = &r->file_uses[i];
		char *text, *place;

		if (is_over(r, &nr, &hidden))
			continue;
		for (j = 0; j < NR_FILE_COUNTS; j++)
			add_number(&table, use->counts[j]);
		place = with_line(r, use->place);
		text = xasprintf("%s() at %s, on %s", use->function, place, use->fs);
		table_add(&table, text);
		free(text);
		free(place);
	}
	if (table.nr) {
		fputs("Pinned pages of files\n", out);
		table_print(out, &table);
		put_hidden(out, hidden, "call site");
		fputc('\n', out);
	}
	table_free(&table);

	put_behind(out, r);
	for (i = 0; i < nr; i++) {
		for (j = 0; j < r->file_uses[i].nr_events; j++)
			put_file_event(out, r, &r->file_uses[i].events[j]);
	}
}

static void put_excuse(FILE *out, bool *any, const char *what, const char *why)
{
	char *line = xasprintf("%s, %s", what, why);

	if (!*any)
		fputs("Not counted\n", out);
	*any = true;
	put_line(out, 2, line);
	free(line);
}

static void put_excused_holders(FILE *out, bool *any,
				const struct holder *holders, size_t nr,
				char *(*title_of)(const struct holder *holder))
{
	size_t i;

	for (i = 0; i < nr; i++) {
		char *title;

		if (!*holders[i].excused)
			continue;
		title = title_of(&holders[i]);
		put_excuse(out, any, title, holders[i].excused);
		free(title);
	}
}

/* What does not count, in a line each. */
static void put_excused(FILE *out, const struct report *r)
{
	bool any = false;
	size_t i;

	for (i = 0; i < r->nr_violations; i++) {
		const struct violation *v = &r->violations[i];
		char *title, *what;

		if (!*v->excused)
			continue;
		title = violation_title(v);
		what = xasprintf("%s: %llu time%s", title,
				 (unsigned long long)v->times,
				 units_plural(v->times));
		put_excuse(out, &any, what, v->excused);
		free(title);
		free(what);
	}
	put_excused_holders(out, &any, r->holders, r->nr_holders, holder_title);
	put_excused_holders(out, &any, r->surpluses, r->nr_surpluses,
			    surplus_title);
	for (i = 0; i < r->nr_sites; i++) {
		char *title = overlong_title(&r->sites[i]);

		if (*r->sites[i].excused)
			put_excuse(out, &any, title, r->sites[i].excused);
		free(title);
	}
	if (any)
		fputc('\n', out);
}

static void add_word(char **text, const char *key, const char *value)
{
	char *longer;

	if (!*value)
		return;
	longer = xasprintf("%s%s%s%s", *text, **text ? ", " : "", key, value);
	free(*text);
	*text = longer;
}

/**
 * text_origin() - say where a report comes from
 * @origin: where
 *
 * Return: a line without its end, which the caller frees; "" if nothing is known.
 */
char *text_origin(const struct origin *origin)
{
	char *text = xstrdup("");

	add_word(&text, "", origin->machine);
	add_word(&text, "kernel ", origin->release);
	add_word(&text, "", origin->architecture);
	add_word(&text, "mode ", origin->mode);
	add_word(&text, "", origin->date);
	add_word(&text, "command: ", origin->command);
	return text;
}

/**
 * text_origins() - say where all of a report comes from
 * @r: the report
 *
 * Return: lines, each with its end, which the caller frees; "" if nothing is known.
 */
char *text_origins(const struct report *r)
{
	char *all = xstrdup("");
	size_t i;

	for (i = 0; i < r->nr_origins; i++) {
		char *line = text_origin(&r->origins[i]);
		char *longer = xasprintf("%s%s%s", all, line, *line ? "\n" : "");

		free(line);
		free(all);
		all = longer;
	}
	return all;
}

static void put_head(FILE *out, const struct report *r)
{
	char *text = xasprintf("GUP mirror: %s (%s)", r->name, r->source);
	size_t i;

	wrap(out, text, 0, 2);
	free(text);
	for (i = 0; i < r->nr_origins; i++) {
		text = text_origin(&r->origins[i]);
		if (*text)
			put_line(out, 0, text);
		free(text);
	}
	fputc('\n', out);
	text = report_incomplete(r);
	if (text) {
		put_line(out, 0, text);
		fputc('\n', out);
	}
	free(text);
}

/**
 * text_report() - print all of a report
 * @out: the file
 * @r: the report
 */
void text_report(FILE *out, const struct report *r)
{
	put_head(out, r);
	put_summary(out, r);
	put_sites(out, r);
	put_hold_times(out, r);
	put_holders(out, r, r->holders, r->nr_holders, "Held, by stack",
		    text_holder);
	put_holders(out, r, r->surpluses, r->nr_surpluses,
		    "Got, and perhaps not put, by stack", text_surplus);
	put_files(out, r);
	put_violations(out, r, true);
	put_violations(out, r, false);
	put_excused(out, r);
	if (!report_pins(r))
		fputs("Nothing is held.\n", out);
	if (!report_violations(r))
		fputs("No violations.\n", out);
}
