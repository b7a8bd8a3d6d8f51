// SPDX-License-Identifier: GPL-2.0
/*
 * gup-mirror: a file of findings that are known and are not to count.
 *
 *	# why
 *	{
 *	   a name
 *	   class: put-on-pin
 *	   acquired by: pin_user_pages_fast
 *	   released by: my_driver_*
 *	   module: my_driver
 *	}
 */
#include <fnmatch.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "checks.h"
#include "frames.h"
#include "input.h"
#include "lines.h"
#include "message.h"
#include "model.h"
#include "report/text.h"
#include "report/titles.h"
#include "suppress.h"

/* Patterns; NULL where anything will do. */
struct suppression {
	char *name;
	unsigned long line;
	char *class, *acquired, *released, *module;
	bool used;
};

struct suppressions {
	char *path;
	struct suppression *list;
	size_t nr;
};

void suppressions_free(struct suppressions *all)
{
	size_t i;

	if (!all)
		return;
	for (i = 0; i < all->nr; i++) {
		free(all->list[i].name);
		free(all->list[i].class);
		free(all->list[i].acquired);
		free(all->list[i].released);
		free(all->list[i].module);
	}
	free(all->list);
	free(all->path);
	free(all);
}

/* Without spaces at both ends. */
static char *trim(char *text)
{
	size_t len;

	text += strspn(text, " \t");
	len = strlen(text);
	while (len && strchr(" \t", text[len - 1]))
		text[--len] = '\0';
	return text;
}

static bool is_comment(const char *text)
{
	return !*text || *text == '#';
}

/* The next line that says something: 1, or 0 at the end, or -1. */
static int next_line(struct lines *lines, char **text)
{
	int ret;

	do {
		ret = lines_next(lines);
		if (ret > 0)
			*text = trim(lines->text);
	} while (ret > 0 && is_comment(*text));
	return ret;
}

static int read_key(struct lines *lines, struct suppression *s, char *text)
{
	static const char * const keys[] = {
		"class", "acquired by", "released by", "module",
	};
	char **values[] = { &s->class, &s->acquired, &s->released, &s->module };
	char *key, *value = text;
	size_t i;

	if (!take_until(&value, ":", &key))
		return lines_complain(lines, "not \"key: pattern\"");
	value = trim(value);
	for (i = 0; i < sizeof(keys) / sizeof(*keys); i++) {
		if (strcmp(key, keys[i]))
			continue;
		if (*values[i])
			return lines_complain(lines, "there are two of \"%s\"", key);
		if (!*value)
			return lines_complain(lines, "there is no pattern behind \"%s:\"",
					      key);
		*values[i] = xstrdup(value);
		return 0;
	}
	return lines_complain(lines, "\"%s\" must be class, acquired by, released by or module",
			      key);
}

/* Behind its "{". */
static int read_one(struct lines *lines, struct suppression *s)
{
	char *text;
	int ret;

	s->line = lines->number;
	ret = next_line(lines, &text);
	if (ret > 0 && strcmp(text, "}")) {
		s->name = xstrdup(text);
		while ((ret = next_line(lines, &text)) > 0) {
			if (!strcmp(text, "}"))
				break;
			if (read_key(lines, s, text))
				return -1;
		}
	}
	if (!ret)
		return lines_complain(lines, "the file ends where there must be a }");
	if (ret < 0)
		return -1;
	if (!s->name)
		return lines_complain(lines, "a suppression without a name");
	if (!s->class && !s->acquired && !s->released && !s->module)
		return lines_complain(lines, "the suppression \"%s\" would suppress everything",
				      s->name);
	return 0;
}

static int read_all(struct lines *lines, struct suppressions *all)
{
	char *text;
	int ret;

	while ((ret = next_line(lines, &text)) > 0) {
		if (strcmp(text, "{"))
			return lines_complain(lines, "not a { that begins a suppression");
		all->list = grow(all->list, all->nr, sizeof(*all->list));
		all->list[all->nr++] = (struct suppression) { };
		if (read_one(lines, &all->list[all->nr - 1]))
			return -1;
	}
	return ret;
}

struct suppressions *suppressions_parse(FILE *in, const char *name)
{
	struct suppressions *all = xcalloc(1, sizeof(*all));
	struct lines lines = { .in = in, .name = name };
	int ret;

	all->path = xstrdup(name);
	ret = read_all(&lines, all);
	lines_free(&lines);
	if (!ret)
		return all;
	suppressions_free(all);
	return NULL;
}

struct suppressions *suppressions_read(const char *path)
{
	struct suppressions *all = NULL;
	struct input input;
	FILE *in;

	if (input_prepare(&input, path))
		return NULL;
	in = input_open(&input);
	if (in) {
		all = suppressions_parse(in, input.name);
		fclose(in);
	}
	input_finish(&input);
	return all;
}

/* The GUP function, or any function of the stack. */
static bool end_matches(const char *pattern, const char *by, const char *place,
			const struct stack *stack)
{
	size_t i;

	if (!pattern)
		return true;
	if ((*by && !fnmatch(pattern, by, 0)) ||
	    (*place && frame_matches(place, pattern)))
		return true;
	for (i = 0; i < stack->nr; i++) {
		if (frame_matches(stack->frames[i], pattern))
			return true;
	}
	return false;
}

static bool in_module(const char *pattern, const char *place,
		      const struct stack *stack)
{
	size_t i;

	if (frame_in_module(place, pattern))
		return true;
	for (i = 0; i < stack->nr; i++) {
		if (frame_in_module(stack->frames[i], pattern))
			return true;
	}
	return false;
}

static bool suppresses_violation(const struct suppression *s,
				 const struct violation *v)
{
	return (!s->class || !fnmatch(s->class, violation_check(v), 0)) &&
	       end_matches(s->acquired, v->acquired_by, v->acquired_at,
			   &v->acquire) &&
	       end_matches(s->released, v->released_by, v->released_at,
			   &v->release) &&
	       (!s->module ||
		in_module(s->module, v->acquired_at, &v->acquire) ||
		in_module(s->module, v->released_at, &v->release));
}

/* Nobody has released what is held, or was got. */
static bool suppresses_holder(const struct suppression *s, const char *class,
			      const struct holder *holder)
{
	return (!s->class || !fnmatch(s->class, class, 0)) &&
	       !s->released &&
	       end_matches(s->acquired, holder->function, holder->place,
			   &holder->stack) &&
	       (!s->module ||
		in_module(s->module, holder->place, &holder->stack));
}

static void excuse(struct suppression *s, char **excused)
{
	char *why = xasprintf("suppressed by \"%s\"", s->name);

	set_string(excused, why);
	free(why);
	s->used = true;
}

static void apply_to_holders(struct suppression *s, const char *class,
			     struct holder *holders, size_t nr)
{
	size_t i;

	for (i = 0; i < nr; i++) {
		if (suppresses_holder(s, class, &holders[i]))
			excuse(s, &holders[i].excused);
	}
}

void suppressions_apply(struct suppressions *all, struct report *report)
{
	size_t i, j;

	for (i = 0; i < all->nr; i++) {
		struct suppression *s = &all->list[i];

		for (j = 0; j < report->nr_violations; j++) {
			struct violation *v = &report->violations[j];

			if (suppresses_violation(s, v))
				excuse(s, &v->excused);
		}
		apply_to_holders(s, CHECK_LEAK, report->holders,
				 report->nr_holders);
		apply_to_holders(s, CHECK_SURPLUS, report->surpluses,
				 report->nr_surpluses);
	}
}

void suppressions_complain_of_unused(const struct suppressions *all)
{
	size_t i;

	for (i = 0; i < all->nr; i++) {
		if (!all->list[i].used)
			complain("%s:%lu: the suppression \"%s\" was not used",
				 all->path, all->list[i].line, all->list[i].name);
	}
}

/* A name as it is, whatever characters are in it. */
static void put_pattern(FILE *out, const char *key, const char *name)
{
	if (!*name)
		return;
	fprintf(out, "   %s: ", key);
	for (; *name; name++) {
		if (strchr("*?[\\", *name))
			fputc('\\', out);
		fputc(*name, out);
	}
	fputc('\n', out);
}

static void put_place(FILE *out, const char *key, const char *place)
{
	struct frame_name name = frame_name(place);
	char *function = xasprintf("%.*s", name.len, name.function);

	put_pattern(out, key, function);
	free(function);
}

static void put_module(FILE *out, const char *place)
{
	const char *start = strrchr(place, '[');
	char *module;

	if (!start || !frame_in_module(place, "*"))
		return;
	module = xasprintf("%.*s", (int)strlen(start) - 2, start + 1);
	put_pattern(out, "module", module);
	free(module);
}

static void write_holders(FILE *out, const struct holder *holders, size_t nr,
			  const char *how, const char *class)
{
	size_t i;

	for (i = 0; i < nr; i++) {
		const struct holder *holder = &holders[i];
		const char *caller = frames_caller(&holder->stack, holder->place);
		char *name;

		if (*holder->excused)
			continue;
		name = frame_text(caller);
		fprintf(out, "{\n   %s by %s\n   class: %s\n", how, name, class);
		free(name);
		put_place(out, "acquired by", caller);
		put_module(out, caller);
		fputs("}\n", out);
	}
}

/* Where these were seen, behind a #. */
static void put_origins(FILE *out, const struct report *report)
{
	size_t i;

	for (i = 0; i < report->nr_origins; i++) {
		char *text = text_origin(&report->origins[i]);

		if (*text)
			fprintf(out, "# %s\n", text);
		free(text);
	}
}

void suppressions_write(FILE *out, const struct report *report)
{
	size_t i;

	put_origins(out, report);
	for (i = 0; i < report->nr_violations; i++) {
		const struct violation *v = &report->violations[i];
		const char *acquirer = violation_acquirer(v);
		const char *releaser = violation_releaser(v);
		char *title;

		if (*v->excused)
			continue;
		title = violation_title(v);
		fprintf(out, "{\n   %s\n", title);
		free(title);
		put_pattern(out, "class", violation_check(v));
		put_place(out, "acquired by", acquirer);
		put_place(out, "released by", releaser);
		put_module(out, *releaser ? releaser : acquirer);
		fputs("}\n", out);
	}
	write_holders(out, report->holders, report->nr_holders, "left",
		      CHECK_LEAK);
	write_holders(out, report->surpluses, report->nr_surpluses, "got",
		      CHECK_SURPLUS);
}
