// SPDX-License-Identifier: GPL-2.0
/*
 * gup-mirror: one of what was found, for people.
 */
#include <stdlib.h>

#include "alloc.h"
#include "first.h"
#include "frames.h"
#include "model.h"
#include "report/text.h"
#include "report/text_parts.h"
#include "report/titles.h"
#include "report/units.h"

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

static void put_end(FILE *out, const char *what, const char *by,
		    const char *where, const struct stack *stack)
{
	char *whom, *line;

	if (!*by && !*where)
		return;
	whom = for_whom(stack, where);
	line = *by ? xasprintf("%s by %s() at %s%s", what, by, where, whom) :
		     xasprintf("%s at %s%s", what, where, whom);
	text_line(out, 2, line);
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
		text_line(out, 2, line);
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

		text_line(out, 2, line);
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

	text_line(out, 0, line);
	free(line);
	put_end(out, "acquired", v->acquired_by, v->acquired_at, &v->acquire);
	put_others(out, v);
	put_end(out, "released", v->released_by, v->released_at, &v->release);
	put_end(out, "released before", v->before_by, v->before_at, &v->before);
	put_machines(out, &v->machines);
	if (first_known(&v->first)) {
		char *first = first_text(&v->first);

		line = xasprintf("first: %s", first);
		text_line(out, 2, line);
		free(line);
		free(first);
	}
	if (*v->uncertain) {
		line = xasprintf("not certain: %s", v->uncertain);
		text_line(out, 2, line);
		free(line);
	}
	for (i = 0; i < v->notes.nr; i++)
		text_line(out, 2, v->notes.frames[i]);
	if (v->acquire.nr || *v->acquired_at) {
		line = xasprintf("acquire stack%s%s:",
				 *v->acquire_note ? ", " : "", v->acquire_note);
		text_stack(out, r, line, &v->acquire);
		free(line);
	}
	for (i = 0; i < v->nr_others; i++) {
		line = xasprintf("stack of %s() at %s:", v->others[i].function,
				 v->others[i].place);
		text_stack(out, r, line, &v->others[i].stack);
		free(line);
	}
	if (v->before.nr || *v->before_at)
		text_stack(out, r, "stack of the release before:", &v->before);
	if (v->release.nr || *v->released_at)
		text_stack(out, r, "release stack:", &v->release);
	fputc('\n', out);
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
	text_line(out, 0, line);
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
	text_line(out, 2, line);
	free(line);
	put_machines(out, &holder->machines);
	text_stack(out, r, "stack:", &holder->stack);
	if (holder->puts.nr)
		text_stack(out, r, "references put while it was pinned:", &holder->puts);
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
	char *place = text_place(r, site->place);
	char *line = xasprintf("%llu pin%s without FOLL_LONGTERM held for long by %s() at %s",
			       (unsigned long long)site->overlong,
			       units_plural(site->overlong), site->function,
			       place);

	text_line(out, 0, line);
	fputc('\n', out);
	free(line);
	free(place);
}
